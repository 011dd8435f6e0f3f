//! What is missing of a network on CometBFT, read off its chains each time that they have new blocks, and done.

use super::network::{Chain, Network};
use super::wire::Wire;
use crate::home::Home;
use crate::localnet::failure::explain;
use crate::localnet::hermes::Pair;
use crate::localnet::keys::consensus_keys;
use crate::localnet::{LocalnetError, Notice, RelayedBy, facts};
use ics_abci::{ConsAddr, ConsKey};
use ics_client::{ConsensusKey, Key};
use ics_proto::interchain_security::ccv::provider::v1 as provider;
use ics_relay::View;
use ics_world::topology::{self, PROVIDER_PREFIX};
use ics_world::{
    BringUp, ChainIndex, Effect, Phase as _, Plan, Progress, Relayer, Unstarted, WorldError, ask,
    first_genesis, founding_acts, genesis_json, listed, path_to,
};
use std::collections::BTreeMap;
use std::path::Path;

/// The provider's place.
const HOME: ChainIndex = ChainIndex(0);

/// What is known of a network beside its chains.
pub(super) struct Course {
    plan: Plan,
    bring_up: BringUp,
    relayer: Relayer,
    relayed_by: RelayedBy,
    /// Launched consumers whose chains are not started here, by what the provider calls them.
    unstarted: BTreeMap<String, Unstarted>,
}

impl Course {
    /// A network of a plan of which nothing is known yet.
    pub(super) fn new(plan: Plan, relayer: Key, relayed_by: RelayedBy) -> Self {
        let relayer = Relayer::new(relayer, plan.gas_price.clone());
        Self { plan, bring_up: BringUp::default(), relayer, relayed_by, unstarted: BTreeMap::new() }
    }

    /// Whether every consumer of the plan runs.
    pub(super) fn is_founded(&self) -> bool {
        self.bring_up.is_founded(&self.plan)
    }

    /// Whether the network is ready, see [`RelayedBy`].
    pub(super) fn is_ready(&self) -> bool {
        match self.relayed_by {
            RelayedBy::Nobody => self.bring_up.is_founded(&self.plan),
            RelayedBy::Embedded | RelayedBy::Hermes(_) => self.bring_up.is_ready(&self.plan),
        }
    }

    /// The next step of everything that is missing, by the chains' last blocks.
    pub(super) fn step(&mut self, home: &Home, network: &mut Network) -> Result<Vec<Effect>, LocalnetError> {
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
                effects.extend(self.bring_up.watch(chain, runs.map(|wire| wire as &dyn View))?);
            }
        }
        if self.relayed_by == RelayedBy::Embedded {
            effects.extend(self.relayer.step(network.wires_mut(), now));
        }
        let Some(provider) = network.wires_mut().first_mut() else { return Ok(effects) };
        if !self.bring_up.is_founded(&self.plan) {
            let acts = founding_acts(&self.plan, provider, &listed, now)?;
            effects.extend(self.bring_up.send(provider, &self.plan.gas_price, acts)?);
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
    pub(super) fn show_pair(&self, network: &Network, consumer: &str, show: &mut dyn FnMut(&Pair<'_>)) {
        let Some(index) = network.find(consumer) else { return };
        let wires =
            (network.wires().first(), network.wires().get(index.0), self.relayer.clients(HOME, index));
        if let (Some(provider), Some(consumer), Some((provider_client, client))) = wires {
            show(&Pair { provider, consumer, client, provider_client });
        }
    }

    /// The set of a consumer that is in no plan, when it is secured.
    pub(super) fn secured_by_hand(&self, network: &Network, effect: &Effect) -> Option<Notice> {
        let Effect::Progress(Progress::Secured(chain_id)) = effect else { return None };
        if self.plan.consumers.iter().any(|planned| planned.chain_id == *chain_id) {
            return None;
        }
        let members = self.members(network, network.find(chain_id)?);
        Some(Notice::Secured { chain_id: chain_id.clone(), members })
    }

    /// Validators by moniker, with their powers, of every chain.
    pub(super) fn sets(&self, network: &Network) -> Vec<(String, Vec<(String, i64)>)> {
        let of = |(index, chain): (usize, &Chain)| {
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
fn assigned(provider: &Wire, consumer_id: &str, own: &ConsensusKey) -> Option<ConsAddr> {
    let path = "/interchain_security.ccv.provider.v1.Query/QueryValidatorConsumerAddr";
    let request = provider::QueryValidatorConsumerAddrRequest {
        provider_address: own.address().to_text(&format!("{PROVIDER_PREFIX}valcons")),
        consumer_id: consumer_id.to_owned(),
    };
    let answer: provider::QueryValidatorConsumerAddrResponse = ask(provider, path, &request).ok()?;
    let (_, bytes) = ics_abci::from_bech32(&answer.consumer_address).ok()?;
    bytes.try_into().ok().map(ConsAddr)
}

/// What a failed step means for the home.
pub(super) fn of_world(home: &Path, error: Failure) -> LocalnetError {
    match error {
        Failure::World(error) => explain(home, error),
        Failure::Own(error) => error,
    }
}

/// Either kind of failure of a step.
pub(super) enum Failure {
    World(WorldError),
    Own(LocalnetError),
}

impl<E: Into<WorldError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::World(error.into())
    }
}

pub(super) fn own(error: LocalnetError) -> Failure {
    Failure::Own(error)
}
