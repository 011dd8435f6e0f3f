//! The chains of a network on CometBFT, and their nodes: made, started, watched, ended.

use super::node::{Node, Place, Programs};
use super::wire::Wire;
use crate::app_toml::ChainKind;
use crate::home::{ChainFact, ChainRole, Home, HomeError};
use crate::localnet::ports::{self, Addrs, NodeAddrs};
use crate::localnet::{LocalnetError, Notice};
use crate::node_home::{NodeHome, Peer, Users};
use ics_abci::{Height, Time};
use ics_client::ConsensusKey;
use ics_relay::View as _;
use ics_world::topology::{CONSUMER_PREFIX, PROVIDER_PREFIX};
use ics_world::{ChainIndex, Effect, Plan};
use std::fs;
use std::time::Duration;

/// A chain that runs.
pub(super) struct Chain {
    pub(super) fact: ChainFact,
    metrics: Vec<String>,
    nodes: Vec<Node>,
    /// The last block that was told of; none before the first look.
    told: Option<Height>,
}

impl Chain {
    /// That it serves, and where.
    pub(super) fn tell(&self, notice: &mut dyn FnMut(Notice)) {
        notice(Notice::Serving(self.fact.clone()));
        let (chain_id, urls) = (Some(self.fact.id.clone()), self.metrics.clone());
        notice(Notice::Metrics { chain_id, urls });
    }
}

/// All chains, the provider first: their place decides their ports.
pub(super) struct Network {
    home: Home,
    plan: Plan,
    programs: Programs,
    port_offset: u16,
    block_time: Duration,
    chains: Vec<Chain>,
    /// The same chains, to be read and written to.
    wires: Vec<Wire>,
}

impl Network {
    pub(super) fn new(
        home: &Home,
        plan: &Plan,
        programs: Programs,
        port_offset: u16,
        block_time: Duration,
    ) -> Self {
        let (home, plan) = (home.clone(), plan.clone());
        Self { home, plan, programs, port_offset, block_time, chains: Vec::new(), wires: Vec::new() }
    }

    pub(super) fn chains(&self) -> &[Chain] {
        &self.chains
    }

    pub(super) fn wires(&self) -> &[Wire] {
        &self.wires
    }

    pub(super) fn wires_mut(&mut self) -> &mut [Wire] {
        &mut self.wires
    }

    /// The chain of an id.
    pub(super) fn find(&self, chain_id: &str) -> Option<ChainIndex> {
        self.chains.iter().position(|chain| chain.fact.id == chain_id).map(ChainIndex)
    }

    /// The chain of a consumer, by what the provider calls it.
    pub(super) fn find_consumer(&self, consumer_id: &str) -> Option<ChainIndex> {
        let is_it = |chain: &Chain| chain.fact.consumer_id.as_deref() == Some(consumer_id);
        self.chains.iter().position(is_it).map(ChainIndex)
    }

    /// The genesis document of a chain that has begun here.
    pub(super) fn genesis(&self, chain_id: &str) -> Result<Option<String>, LocalnetError> {
        let homes = self.plan.validators.iter().map(|validator| self.node_home(chain_id, &validator.moniker));
        let Some(made) = homes.into_iter().find(NodeHome::is_made) else { return Ok(None) };
        let path = made.genesis_json();
        let text = fs::read_to_string(&path);
        text.map(Some).map_err(|error| HomeError::Io { path, error }.into())
    }

    fn node_home(&self, chain_id: &str, moniker: &str) -> NodeHome {
        let path = self.home.node(chain_id, moniker);
        // Whoever looks for its processes finds the whole path.
        NodeHome::at(&std::path::absolute(&path).unwrap_or(path))
    }

    /// Starts a chain at the next place, a node for each validator of the plan. `key` gives what each of them signs with,
    /// where its home is not made yet.
    ///
    /// # Errors
    /// [`LocalnetError`].
    pub(super) fn start(
        &mut self,
        chain_id: &str,
        consumer_id: Option<&str>,
        genesis: &str,
        key: impl Fn(&str) -> ConsensusKey,
    ) -> Result<ChainFact, LocalnetError> {
        let index = self.chains.len();
        let kind = if consumer_id.is_none() { ChainKind::Provider } else { ChainKind::Consumer };
        let Addrs { grpc, rest, .. } = ports::of(index, self.port_offset)?;
        // One node of a chain answers users, as the one process of the embedded engine does.
        let users = Users { grpc: Some(grpc), rest: Some(rest), metrics: true };
        let mut places = Vec::new();
        for (number, validator) in self.plan.validators.iter().enumerate() {
            places.push(Place {
                chain_id: chain_id.to_owned(),
                kind,
                moniker: validator.moniker.clone(),
                home: self.node_home(chain_id, &validator.moniker),
                addrs: ports::of_node(index, number, self.port_offset)?,
                users: if number == 0 { users } else { Users::default() },
            });
        }
        let peers: Vec<Peer> = places.iter().map(Place::peer).collect();
        let price = self.plan.gas_price.to_string();
        for place in &places {
            place.prepare(genesis, &key(&place.moniker), &peers, self.block_time, &price)?;
        }
        let NodeAddrs { rpc, metrics, .. } = ports::of_node(index, 0, self.port_offset)?;
        let (role, prefix) = match consumer_id {
            None => (ChainRole::Provider, PROVIDER_PREFIX),
            Some(_) => (ChainRole::Consumer, CONSUMER_PREFIX),
        };
        let fact = ChainFact {
            id: chain_id.to_owned(),
            role,
            consumer_id: consumer_id.map(str::to_owned),
            rpc: format!("http://{rpc}"),
            grpc: format!("http://{grpc}"),
            rest: format!("http://{rest}"),
        };
        let nodes = places.into_iter().map(|place| Node::new(place, self.programs.clone())).collect();
        // What consensus does, CometBFT tells; where the protocol stands, the application beside it.
        let metrics =
            vec![format!("http://{metrics}/metrics"), format!("{}/metrics?format=prometheus", fact.rest)];
        self.chains.push(Chain { fact: fact.clone(), metrics, nodes, told: None });
        self.wires.push(Wire::new(rpc, chain_id, prefix));
        Ok(fact)
    }

    /// Starts every node that does not run; gives chain, validator and reason of those that have ended. A chain that somebody
    /// made by hand may be none that runs: the others do not stop for it.
    ///
    /// # Errors
    /// [`LocalnetError::Node`].
    pub(super) fn tend(&mut self, now: Time) -> Result<Vec<(String, String, String)>, LocalnetError> {
        let mut ended = Vec::new();
        for chain in &mut self.chains {
            let is_planned = chain.fact.role == ChainRole::Provider
                || self.plan.consumers.iter().any(|planned| planned.chain_id == chain.fact.id);
            for node in &mut chain.nodes {
                let why = match node.tend(now) {
                    Ok(None) => continue,
                    Ok(Some(why)) => why,
                    Err(LocalnetError::Node { why, .. }) if !is_planned => why,
                    Err(error) => return Err(error),
                };
                ended.push((chain.fact.id.clone(), node.place().moniker.clone(), why));
            }
        }
        Ok(ended)
    }

    /// Looks how far the chains are; gives what happened in their new blocks, and whether there are any.
    pub(super) fn refresh(&mut self) -> (bool, Vec<Effect>) {
        let (mut has_moved, mut effects) = (false, Vec::new());
        for (index, (chain, wire)) in self.chains.iter_mut().zip(&mut self.wires).enumerate() {
            has_moved |= wire.refresh();
            let (tip, _) = wire.tip();
            if tip == Height(0) {
                continue;
            }
            // What was before this process is history.
            let told = *chain.told.get_or_insert(tip);
            for height in (told.0.saturating_add(1)..=tip.0).map(Height) {
                let Ok((time, done)) = wire.block(height) else { break };
                let (index, at) = (ChainIndex(index), (height, time));
                effects.extend(Effect::of_block(index, at, &done.txs, &done.events, done.changes));
                chain.told = Some(height);
            }
        }
        (has_moved, effects)
    }

    /// Ends every node: all at once, and each CometBFT before its application.
    pub(super) fn stop(&mut self) {
        let mut nodes: Vec<&mut Node> = self.chains.iter_mut().flat_map(|chain| &mut chain.nodes).collect();
        nodes.iter_mut().for_each(|node| node.release());
        nodes.iter_mut().for_each(|node| node.stop());
    }
}
