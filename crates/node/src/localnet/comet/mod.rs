//! The local network on CometBFT: a node for each validator and chain, each of two processes, and this one, which starts and
//! ends them, founds the consumers and relays, as anybody does who is no node: over JSON-RPC.
//!
//! Journey: [`run`] → the provider's nodes → each time that a chain has new blocks: what is missing is read off the chains →
//! transactions, consumers' nodes, packets.

mod network;
mod node;
mod program;
mod wire;

use super::failure::explain;
use super::hermes::{self, Hermes, Pair};
use super::keys::consensus_keys;
use super::{LocalnetError, Notice, Options, RelayedBy, facts, named, ports, rest, wall};
use crate::home::{Engine, Facts, Home};
use ics_abci::{ConsAddr, ConsKey, Time};
use ics_client::ConsensusKey;
use ics_proto::interchain_security::ccv::provider::v1 as provider;
use ics_relay::View as _;
use ics_world::topology::{self, PROVIDER, PROVIDER_PREFIX, RELAYER_INDEX};
use ics_world::{
    BringUp, ChainIndex, Effect, Endpoint as _, Phase as _, Plan, Progress, Relayer, Unstarted, ask,
    first_genesis, founding_acts, genesis_json, listed, path_to, provider_genesis, send,
};
use network::Network;
use node::Programs;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often is looked for new blocks and ended nodes.
const GLANCE: Duration = Duration::from_millis(50);
/// How long nothing may be told while the network is not ready.
const TELL_EVERY: Duration = Duration::from_secs(10);
/// How long nodes of a process that was killed may take to end.
const LEFTOVERS: Duration = Duration::from_secs(15);
/// The provider's place.
const HOME: ChainIndex = ChainIndex(0);

/// What is known of a network beside its chains.
struct Course {
    plan: Plan,
    bring_up: BringUp,
    relayer: Relayer,
    relayed_by: RelayedBy,
    /// Launched consumers whose chains are not started here, by what the provider calls them.
    unstarted: BTreeMap<String, Unstarted>,
}

/// Runs the network until `stop` is set or it cannot go on.
///
/// # Errors
/// [`LocalnetError`]; what the nodes have committed stays.
pub(super) fn run(
    options: &Options,
    validators: usize,
    stop: &AtomicBool,
    notice: &mut dyn FnMut(Notice),
) -> Result<(), LocalnetError> {
    let began = wall();
    let programs = Programs { ics: options.program.clone(), cometbft: program::find()? };
    let hermes = match options.relayed_by {
        RelayedBy::Embedded | RelayedBy::Nobody => None,
        RelayedBy::Hermes(events) => Some((hermes::find()?, events)),
    };
    let plan = Plan::local_of(validators);
    let planned = plan.consumers.len().saturating_add(1);
    // Nothing is forgotten before it is clear that a new network can start.
    let (home, _hold) = if options.reset {
        let (home, hold) = Home::claim(&options.home)?;
        free(options.port_offset, planned, validators, stop)?;
        hold.reset()?;
        (home, hold)
    } else {
        let home = Home::open(&options.home)?;
        let hold = home.hold()?;
        let known = home.facts()?.map_or(0, |facts| facts.chains.len());
        free(options.port_offset, planned.max(known), validators, stop)?;
        (home, hold)
    };
    let known = home.facts()?;
    let resumed = known.is_some();
    facts::write_keys(&home, &plan)?;
    let mut facts = known.unwrap_or_else(|| facts::people(&plan));
    facts.engine = Engine::CometBft;
    let mut network = Network::new(&home, &plan, programs, options.port_offset, options.block_time);
    open(&mut network, &plan, &mut facts, began).map_err(|error| of_world(home.path(), error))?;
    home.write_facts(&facts)?;
    facts.chains.iter().for_each(|chain| notice(Notice::Serving(chain.clone())));
    notice(Notice::Opened { facts: facts.clone(), resumed });

    let price = plan.gas_price.clone();
    let mut hermes = hermes.map(|(program, events)| Hermes::new(program, &home, price, events));
    let relayer = topology::key(RELAYER_INDEX).map_err(|error| explain(home.path(), error.into()))?;
    let mut course = Course {
        relayer: Relayer::new(relayer, plan.gas_price.clone()),
        plan,
        bring_up: BringUp::default(),
        relayed_by: options.relayed_by,
        unstarted: BTreeMap::new(),
    };
    let (mut announced, mut told) = (false, began);
    while !stop.load(Ordering::Relaxed) {
        let now = wall();
        for (chain_id, moniker, why) in network.tend(now)? {
            notice(Notice::NodeEnded { chain_id, moniker, why });
        }
        let (has_moved, mut effects) = network.refresh();
        if has_moved {
            let before = network.chains().len();
            effects.extend(course.step(&home, &mut network)?);
            for chain in network.chains().iter().skip(before) {
                facts.chains.push(chain.fact.clone());
                notice(Notice::Serving(chain.fact.clone()));
            }
            if network.chains().len() > before {
                home.write_facts(&facts)?;
            }
        }
        if effects.iter().any(|effect| !matches!(effect, Effect::Block { txs: 0, .. })) {
            told = now;
        }
        let name = |chain: &ChainIndex| network.chains().get(chain.0).map(|chain| chain.fact.id.clone());
        for (chain_id, effect) in named(name, effects) {
            let secured = course.secured_by_hand(&network, &effect);
            notice(Notice::Effect { chain_id, effect });
            secured.into_iter().for_each(&mut *notice);
        }
        if !announced && now.since(told) >= TELL_EVERY {
            told = now;
            let clock = network.wires().first().map_or(now, |wire| wire.tip().1);
            notice(Notice::Waiting { since: now.since(began), clock });
        }
        if !announced && course.is_ready() {
            announced = true;
            let sets = course.sets(&network);
            notice(Notice::Ready { facts: facts.clone(), sets, took: wall().since(began) });
        }
        if let Some(hermes) = hermes.as_mut().filter(|_| course.bring_up.is_founded(&course.plan)) {
            let look =
                |consumer: &str, show: &mut dyn FnMut(&Pair<'_>)| course.show_pair(&network, consumer, show);
            hermes.step(&facts.chains, &look, now, notice)?;
        }
        rest(now, GLANCE, stop);
    }
    drop(hermes);
    network.stop();
    Ok(())
}

/// Waits until all ports are free: nodes of a process that was killed end soon after it.
fn free(offset: u16, chains: usize, validators: usize, stop: &AtomicBool) -> Result<(), LocalnetError> {
    let began = wall();
    loop {
        match ports::check_nodes(offset, chains, validators) {
            Err(LocalnetError::Port(_))
                if wall().since(began) < LEFTOVERS && !stop.load(Ordering::Relaxed) =>
            {
                std::thread::sleep(GLANCE);
            }
            checked => return checked,
        }
    }
}

fn of_world(home: &Path, error: Failure) -> LocalnetError {
    match error {
        Failure::World(error) => explain(home, error),
        Failure::Own(error) => error,
    }
}

/// Either kind of failure of a step.
enum Failure {
    World(ics_world::WorldError),
    Own(LocalnetError),
}

impl<E: Into<ics_world::WorldError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::World(error.into())
    }
}

fn own(error: LocalnetError) -> Failure {
    Failure::Own(error)
}

/// Starts the provider, and the consumers that the home has already.
fn open(network: &mut Network, plan: &Plan, facts: &mut Facts, now: Time) -> Result<(), Failure> {
    let known = std::mem::take(&mut facts.chains);
    if known.is_empty() {
        let genesis = match network.genesis(PROVIDER).map_err(own)? {
            Some(genesis) => genesis,
            None => genesis_json(&provider_genesis(plan, now)?).map_err(|error| {
                ics_world::WorldError::Site { chain: PROVIDER.to_owned(), error: error.into() }
            })?,
        };
        let fact = network.start(PROVIDER, None, &genesis, topology::consensus_key).map_err(own)?;
        facts.chains.push(fact);
    }
    for chain in known {
        let missing =
            || LocalnetError::Options("the homes of a chain's nodes are gone: start over with --reset");
        let genesis = network.genesis(&chain.id).map_err(own)?.ok_or_else(missing).map_err(own)?;
        let consumer_id = chain.consumer_id.as_deref();
        let fact = network.start(&chain.id, consumer_id, &genesis, topology::consensus_key).map_err(own)?;
        facts.chains.push(fact);
    }
    Ok(())
}

impl Course {
    fn is_ready(&self) -> bool {
        match self.relayed_by {
            RelayedBy::Nobody => self.bring_up.is_founded(&self.plan),
            RelayedBy::Embedded | RelayedBy::Hermes(_) => self.bring_up.is_ready(&self.plan),
        }
    }

    /// The next step of everything that is missing, by the chains' last blocks.
    fn step(&mut self, home: &Home, network: &mut Network) -> Result<Vec<Effect>, LocalnetError> {
        self.try_step(home, network).map_err(|error| of_world(home.path(), error))
    }

    fn try_step(&mut self, home: &Home, network: &mut Network) -> Result<Vec<Effect>, Failure> {
        let mut effects = Vec::new();
        let Some(provider) = network.wires().first().filter(|wire| wire.tip().0.0 > 0) else {
            return Ok(effects);
        };
        let (now, listed) = (provider.tip().1, listed(provider)?);
        for chain in &listed {
            effects.extend(self.launch(home, network, chain)?);
            let index = network.find_consumer(&chain.consumer_id);
            if let Some(index) = index
                && !self.relayer.has(HOME, index)
                && let Some(path) = path_to(self.relayer.key(), chain)
            {
                self.relayer.add(path, HOME, index);
            }
            let wire = index.and_then(|index| network.wires().get(index.0));
            let runs = wire.filter(|wire| wire.tip().0.0 > 0);
            if index.is_some() || network.find(&chain.chain_id).is_none() {
                effects.extend(self.bring_up.watch(chain, runs.map(|wire| wire as &dyn ics_relay::View))?);
            }
        }
        if self.relayed_by == RelayedBy::Embedded {
            effects.extend(self.relayer.step(network.wires_mut(), now));
        }
        let Some(provider) = network.wires_mut().first_mut() else { return Ok(effects) };
        if !self.bring_up.is_founded(&self.plan) && !provider.has_work() {
            let acts = founding_acts(&self.plan, provider, &listed, now)?;
            effects.extend(send(provider, &self.plan.gas_price, acts)?);
        }
        Ok(effects)
    }

    /// Starts the chain of a consumer that has launched and does not run yet.
    fn launch(
        &mut self,
        home: &Home,
        network: &mut Network,
        chain: &provider::Chain,
    ) -> Result<Option<Effect>, Failure> {
        let id = &chain.consumer_id;
        let is_due =
            chain.phase() == provider::ConsumerPhase::Launched && network.find_consumer(id).is_none();
        let Some(wire) = network.wires().first().filter(|_| is_due) else { return Ok(None) };
        let held = held(&self.plan, home, &chain.chain_id)?;
        let found = match network.genesis(&chain.chain_id).map_err(own)? {
            _ if network.find(&chain.chain_id).is_some() => Err(Unstarted::NameTaken),
            Some(genesis) => Ok(genesis),
            None => {
                let holds = |key: &ConsKey| held.contains_key(&key.address());
                match first_genesis(&self.plan, wire, chain, holds)? {
                    None => return Ok(None),
                    Some(Err(why)) => Err(why),
                    Some(Ok(genesis)) => {
                        genesis_json(&genesis).map_err(|why| Unstarted::Refused(why.to_string()))
                    }
                }
            }
        };
        let genesis = match found {
            Ok(genesis) => genesis,
            Err(why) => {
                let is_news = self.unstarted.insert(id.clone(), why.clone()).as_ref() != Some(&why);
                let (consumer_id, chain_id) = (id.clone(), chain.chain_id.clone());
                return Ok(is_news.then_some(Effect::Unstarted { consumer_id, chain_id, why }));
            }
        };
        let keys: BTreeMap<String, ConsensusKey> = self
            .plan
            .validators
            .iter()
            .map(|validator| {
                let own = topology::consensus_key(&validator.moniker);
                let assigned = assigned(wire, id, &own).and_then(|addr| held.get(&addr).cloned());
                (validator.moniker.clone(), assigned.unwrap_or(own))
            })
            .collect();
        let key =
            |moniker: &str| keys.get(moniker).cloned().unwrap_or_else(|| topology::consensus_key(moniker));
        match network.start(&chain.chain_id, Some(id), &genesis, key) {
            Ok(_) => {}
            // There are no ports for so many chains.
            Err(error @ LocalnetError::Offset { .. }) => {
                let (consumer_id, chain_id) = (id.clone(), chain.chain_id.clone());
                let why = Unstarted::Refused(error.to_string());
                let is_news = self.unstarted.insert(id.clone(), why.clone()).as_ref() != Some(&why);
                return Ok(is_news.then_some(Effect::Unstarted { consumer_id, chain_id, why }));
            }
            Err(error) => return Err(own(error)),
        }
        let index = network.chains().len().saturating_sub(1);
        Ok(Some(Effect::ConsumerStarted { chain: ChainIndex(index), consumer_id: id.clone() }))
    }

    /// Shows a consumer and its provider, where both run and know each other.
    fn show_pair(&self, network: &Network, consumer: &str, show: &mut dyn FnMut(&Pair<'_>)) {
        let Some(index) = network.find(consumer) else { return };
        let wires =
            (network.wires().first(), network.wires().get(index.0), self.relayer.clients(HOME, index));
        if let (Some(provider), Some(consumer), Some((provider_client, client))) = wires {
            show(&Pair { provider, consumer, client, provider_client });
        }
    }

    /// The set of a consumer that is in no plan, when it is secured.
    fn secured_by_hand(&self, network: &Network, effect: &Effect) -> Option<Notice> {
        let Effect::Progress(Progress::Secured(chain_id)) = effect else { return None };
        if self.plan.consumers.iter().any(|planned| planned.chain_id == *chain_id) {
            return None;
        }
        let members = self.members(network, network.find(chain_id)?);
        Some(Notice::Secured { chain_id: chain_id.clone(), members })
    }

    /// Validators by moniker, with their powers, of every chain.
    fn sets(&self, network: &Network) -> Vec<(String, Vec<(String, i64)>)> {
        let of = |(index, chain): (usize, &network::Chain)| {
            (chain.fact.id.clone(), self.members(network, ChainIndex(index)))
        };
        network.chains().iter().enumerate().map(of).collect()
    }

    fn members(&self, network: &Network, index: ChainIndex) -> Vec<(String, i64)> {
        let (Some(provider), Some(wire)) = (network.wires().first(), network.wires().get(index.0)) else {
            return Vec::new();
        };
        let consumer_id = network.chains().get(index.0).and_then(|chain| chain.fact.consumer_id.as_deref());
        let members = wire.members(wire.tip().0.next()).unwrap_or_default();
        let name = |addr: &ConsAddr| {
            facts::moniker(&self.plan, provider, consumer_id, addr)
                .unwrap_or_else(|| hex::encode_upper(addr.0))
        };
        let member = |member: &tendermint::validator::Info| {
            let addr = member.address.as_bytes().try_into().ok().map(ConsAddr)?;
            Some((name(&addr), i64::try_from(member.power.value()).ok()?))
        };
        members.iter().filter_map(member).collect()
    }
}

/// The keys that validators here can sign a chain with: those of the plan, and those in the home's keyring.
fn held(plan: &Plan, home: &Home, chain_id: &str) -> Result<BTreeMap<ConsAddr, ConsensusKey>, Failure> {
    let more = consensus_keys(home).map_err(|error| own(error.into()))?;
    Ok(plan.keys_for(chain_id).chain(more).map(|key| (key.address(), key)).collect())
}

/// The address of the key that a validator of the provider signs a consumer with; none where it is its own.
fn assigned(provider: &wire::Wire, consumer_id: &str, own: &ConsensusKey) -> Option<ConsAddr> {
    let path = "/interchain_security.ccv.provider.v1.Query/QueryValidatorConsumerAddr";
    let request = provider::QueryValidatorConsumerAddrRequest {
        provider_address: own.address().to_text(&format!("{PROVIDER_PREFIX}valcons")),
        consumer_id: consumer_id.to_owned(),
    };
    let answer: provider::QueryValidatorConsumerAddrResponse = ask(provider, path, &request).ok()?;
    let (_, bytes) = ics_abci::from_bech32(&answer.consumer_address).ok()?;
    bytes.try_into().ok().map(ConsAddr)
}
