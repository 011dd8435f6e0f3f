//! The local network on CometBFT: a node for each validator and chain, each of two processes, and this one, which starts and
//! ends them, founds the consumers and relays, as anybody does who is no node: over JSON-RPC.
//!
//! Journey: [`run`] → the provider's nodes → each time that a chain has new blocks, [`Course::step`]: what is missing is read off
//! the chains → transactions, consumers' nodes, packets.

mod course;
mod network;
mod node;
mod program;
mod wire;

use super::failure::explain;
use super::hermes::{self, Hermes, Pair};
use super::{LocalnetError, Notice, Options, RelayedBy, claim, facts, named, ports, rest, wall};
use crate::home::{Engine, Facts, Home};
use course::{Course, Failure, of_world, own};
use ics_abci::Time;
use ics_relay::View as _;
use ics_world::topology::{self, PROVIDER, RELAYER_INDEX};
use ics_world::{ChainIndex, Effect, Plan, genesis_json, provider_genesis};
use network::Network;
use node::Programs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often is looked for new blocks and ended nodes.
const GLANCE: Duration = Duration::from_millis(50);
/// How long nothing may be told while the network is not ready.
const TELL_EVERY: Duration = Duration::from_secs(10);
/// How long nodes of a process that was killed may take to end.
const LEFTOVERS: Duration = Duration::from_secs(15);

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
    let is_free = |home: &Home, chains| free(home, options.port_offset, chains, validators, stop);
    let (home, _hold) = claim(options, plan.consumers.len().saturating_add(1), is_free)?;
    let known = home.facts()?;
    let resumed = known.is_some();
    facts::write_keys(&home, &plan)?;
    let mut facts = known.unwrap_or_else(|| facts::people(&plan));
    facts.engine = Engine::CometBft;
    let mut network = Network::new(&home, &plan, programs, options.port_offset, options.block_time);
    open(&mut network, &plan, &mut facts, began).map_err(|error| of_world(home.path(), error))?;
    home.write_facts(&facts)?;
    network.chains().iter().for_each(|chain| chain.tell(notice));
    notice(Notice::Opened { facts: facts.clone(), resumed });

    let price = plan.gas_price.clone();
    let mut hermes = hermes.map(|(program, events)| Hermes::new(program, &home, price, events));
    let relayer = topology::key(RELAYER_INDEX).map_err(|error| explain(home.path(), error.into()))?;
    let mut course = Course::new(plan, relayer, options.relayed_by);
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
                chain.tell(notice);
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
        if !announced && course.is_ready() && hermes.as_ref().is_none_or(Hermes::listens) {
            announced = true;
            let sets = course.sets(&network);
            notice(Notice::Ready { facts: facts.clone(), sets, took: wall().since(began) });
        }
        if let Some(hermes) = hermes.as_mut().filter(|_| course.is_founded()) {
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

/// Looks whether all ports are free; waits for nodes that the home has, which end soon after a process that was killed.
fn free(
    home: &Home,
    offset: u16,
    chains: usize,
    validators: usize,
    stop: &AtomicBool,
) -> Result<(), LocalnetError> {
    let began = wall();
    let patience = if home.has_nodes() { LEFTOVERS } else { Duration::ZERO };
    loop {
        match ports::check_nodes(offset, chains, validators) {
            Err(LocalnetError::Port(_))
                if wall().since(began) < patience && !stop.load(Ordering::Relaxed) =>
            {
                std::thread::sleep(GLANCE);
            }
            checked => return checked,
        }
    }
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
