//! Bringing the local network up: what is still missing is read off the chains, so it can be interrupted anywhere.
//!
//! Journey (d) of the architecture: create → opt in, assign keys → spawn → launch → genesis → client, connection, channels →
//! first validator set change. Everything on chain comes about by ordinary transactions.

use crate::ask::AskError;
use crate::effect::Effect;
use crate::plan::{ConsumerPlan, Plan};
use crate::topology::{self, PROVIDER_PREFIX};
use crate::wallet::{account, submit};
use crate::world::{ChainIndex, World, WorldError};
use crate::{founding, launch};
use ics_abci::Height;
use ics_proto::Any;
use ics_proto::cosmos::base::query::v1beta1::PageRequest;
use ics_proto::ibc::core::channel::v1::{
    IdentifiedChannel, QueryChannelsRequest, QueryChannelsResponse, State,
};
use ics_proto::interchain_security::ccv::{consumer::v1 as consumer, provider::v1 as provider};
use prost::Message;
use std::collections::BTreeSet;

/// The provider's place.
pub(crate) const HOME: ChainIndex = ChainIndex(0);
/// Place of the account that owns the network's consumers.
const OWNER_INDEX: u32 = 0;
/// Most messages of one transaction.
const AT_ONCE: usize = 20;
/// Consumers of one page of the provider's list.
const PAGE: u64 = 1_000;

/// A point that the network passes once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    /// The provider knows a consumer.
    Created(String),
    /// Its validators opted in and it may spawn.
    Scheduled(String),
    /// Its chain runs.
    Started(String),
    /// Its first channel to the provider is open.
    Connected(String),
    /// It has applied an update of its provider: it is open for everybody.
    Secured(String),
    /// The provider stopped it: it is told no more changes.
    Stopped(String),
    /// The provider deleted it: nothing of the provider stands for its blocks any more.
    Deleted(String),
}

/// How far the network is.
#[derive(Clone, Debug, Default)]
pub(crate) struct BringUp {
    reached: Vec<Progress>,
    set: BTreeSet<Progress>,
}

impl BringUp {
    /// The points passed, in order.
    #[must_use]
    pub(crate) fn reached(&self) -> &[Progress] {
        &self.reached
    }

    pub(crate) fn is_ready(&self, plan: &Plan) -> bool {
        plan.consumers.iter().all(|consumer| {
            let passed = |point: fn(String) -> Progress| self.has_passed(&point(consumer.chain_id.clone()));
            passed(Progress::Secured) || passed(Progress::Stopped)
        })
    }

    pub(crate) fn is_founded(&self, plan: &Plan) -> bool {
        plan.consumers.iter().all(|consumer| {
            let passed = |point: fn(String) -> Progress| self.has_passed(&point(consumer.chain_id.clone()));
            passed(Progress::Started) || passed(Progress::Stopped)
        })
    }

    fn has_passed(&self, point: &Progress) -> bool {
        self.set.contains(point)
    }

    fn pass(&mut self, point: Progress, effects: &mut Vec<Effect>) {
        if self.set.insert(point.clone()) {
            self.reached.push(point.clone());
            effects.push(Effect::Progress(point));
        }
    }
}

/// The answer of a chain; `None` where it refuses, as it does before there is anything to tell.
pub(crate) fn ask<A: Message + Default>(
    world: &World,
    chain: ChainIndex,
    path: &str,
    request: &impl Message,
) -> Result<Option<A>, WorldError> {
    match world.ask(chain, path, request) {
        Ok(answer) => Ok(Some(answer)),
        Err(AskError::NoChain(_) | AskError::Refused { .. }) => Ok(None),
        Err(AskError::Undecodable(path)) => Err(WorldError::Answer(path)),
    }
}

/// Every consumer that the provider knows; none before its first block.
pub(crate) fn listed(world: &World) -> Result<Vec<provider::Chain>, WorldError> {
    let path = "/interchain_security.ccv.provider.v1.Query/QueryConsumerChains";
    let (mut chains, mut key) = (Vec::new(), Vec::new());
    loop {
        let pagination = Some(PageRequest { key, limit: PAGE, ..PageRequest::default() });
        let request = provider::QueryConsumerChainsRequest { phase: 0, pagination };
        let answer: Option<provider::QueryConsumerChainsResponse> = ask(world, HOME, path, &request)?;
        let Some(answer) = answer else { return Ok(chains) };
        chains.extend(answer.chains);
        key = answer.pagination.map(|page| page.next_key).unwrap_or_default();
        if key.is_empty() {
            return Ok(chains);
        }
    }
}

/// The next step of everything that is missing, and what became of every consumer, whoever made it.
pub(crate) fn step(world: &mut World) -> Result<Vec<Effect>, WorldError> {
    let mut effects = Vec::new();
    if world.site(HOME).is_none_or(|site| site.height() == Height(0)) {
        return Ok(effects);
    }
    let listed = listed(world)?;
    effects.extend(launch::start_launched(world, &listed)?);
    for chain in &listed {
        watch(world, chain, &mut effects)?;
    }
    // One transaction of the network's own at a time keeps the sequences of its accounts simple.
    if !world.is_ready() && world.site(HOME).is_some_and(|site| !site.has_work()) {
        let plan = world.plan().clone();
        effects.extend(act(world, &plan, &listed)?);
    }
    Ok(effects)
}

pub(crate) trait Phase {
    fn phase(&self) -> provider::ConsumerPhase;
}

impl Phase for provider::Chain {
    fn phase(&self) -> provider::ConsumerPhase {
        provider::ConsumerPhase::from_str_name(&self.phase).unwrap_or(provider::ConsumerPhase::Unspecified)
    }
}

/// Notes what a consumer and its chain have reached.
fn watch(world: &mut World, chain: &provider::Chain, effects: &mut Vec<Effect>) -> Result<(), WorldError> {
    let id = || chain.chain_id.clone();
    let phase = chain.phase();
    if world.find_consumer(&chain.consumer_id).is_none()
        && (phase == provider::ConsumerPhase::Deleted || world.find(&chain.chain_id).is_some())
    {
        // Nothing of it is here: a chain that has its name is another's.
        return Ok(());
    }
    let mut pass = |world: &mut World, point: Progress| world.bring_up_mut().pass(point, effects);
    pass(world, Progress::Created(id()));
    if phase >= provider::ConsumerPhase::Initialized {
        pass(world, Progress::Scheduled(id()));
    }
    if phase >= provider::ConsumerPhase::Stopped {
        pass(world, Progress::Stopped(id()));
    }
    if phase == provider::ConsumerPhase::Deleted {
        pass(world, Progress::Deleted(id()));
    }
    let Some(index) = world.find_consumer(&chain.consumer_id) else { return Ok(()) };
    pass(world, Progress::Started(id()));
    if world.bring_up_mut().has_passed(&Progress::Secured(id())) {
        return Ok(());
    }
    let path = "/ibc.core.channel.v1.Query/Channels";
    let channels: Option<QueryChannelsResponse> = ask(world, index, path, &QueryChannelsRequest::default())?;
    let open = |channel: &IdentifiedChannel| channel.state == State::Open as i32;
    if channels.is_some_and(|answer| answer.channels.iter().any(open)) {
        pass(world, Progress::Connected(id()));
    }
    let path = "/interchain_security.ccv.consumer.v1.Query/QueryProviderInfo";
    let info: Option<consumer::QueryProviderInfoResponse> =
        ask(world, index, path, &consumer::QueryProviderInfoRequest {})?;
    if info.is_some() {
        pass(world, Progress::Secured(id()));
    }
    Ok(())
}

/// The transactions that the provider needs next, each of a bounded size: what is left is the next step's.
fn act(world: &mut World, plan: &Plan, listed: &[provider::Chain]) -> Result<Vec<Effect>, WorldError> {
    let is_listed = |consumer: &ConsumerPlan| listed.iter().any(|chain| chain.chain_id == consumer.chain_id);
    let missing = plan.consumers.iter().filter(|consumer| !is_listed(consumer));
    let mut effects = Vec::new();
    let owner = owner()?;
    let messages: Vec<Any> =
        missing.take(AT_ONCE).map(|consumer| founding::create(plan, consumer, &owner)).collect();
    if !messages.is_empty() {
        send(world, OWNER_INDEX, messages, &mut effects)?;
        return Ok(effects);
    }
    let registered: Vec<_> = plan
        .consumers
        .iter()
        .filter_map(|consumer| registered(listed, consumer).map(|chain| (consumer, chain)))
        .collect();
    let mut waiting = false;
    for validator in &plan.validators {
        let mut messages = Vec::new();
        for (consumer, chain) in &registered {
            let is_member = consumer.members.contains(&validator.moniker);
            if is_member && messages.len() < AT_ONCE && !has_opted_in(world, chain, &validator.moniker)? {
                messages.push(founding::opt_in(consumer, chain, validator)?);
            }
        }
        if !messages.is_empty() {
            waiting = true;
            send(world, validator.index, messages, &mut effects)?;
        }
    }
    if waiting {
        return Ok(effects);
    }
    let now = world.now();
    let spawn = |(consumer, chain): &(&ConsumerPlan, &provider::Chain)| {
        founding::spawn(plan, consumer, chain, &owner, now)
    };
    let messages: Vec<Any> = registered.iter().take(AT_ONCE).map(spawn).collect();
    if !messages.is_empty() {
        send(world, OWNER_INDEX, messages, &mut effects)?;
    }
    Ok(effects)
}

fn registered<'a>(listed: &'a [provider::Chain], consumer: &ConsumerPlan) -> Option<&'a provider::Chain> {
    listed.iter().find(|chain| {
        chain.chain_id == consumer.chain_id && chain.phase() == provider::ConsumerPhase::Registered
    })
}

fn owner() -> Result<String, WorldError> {
    Ok(topology::key(OWNER_INDEX)?.address().to_text(PROVIDER_PREFIX))
}

fn send(
    world: &mut World,
    index: u32,
    messages: Vec<Any>,
    effects: &mut Vec<Effect>,
) -> Result<(), WorldError> {
    let key = topology::key(index)?;
    let price = world.plan().gas_price.clone();
    let Some(site) = world.site_mut(HOME) else { return Ok(()) };
    let sent = account(site, &key).and_then(|mut account| submit(site, &key, &mut account, &price, messages));
    if let Err(error) = sent {
        effects.push(Effect::RelayFailed { chain: HOME, why: format!("setting the network up: {error}") });
    }
    Ok(())
}

fn has_opted_in(world: &World, chain: &provider::Chain, moniker: &str) -> Result<bool, WorldError> {
    let path = "/interchain_security.ccv.provider.v1.Query/QueryConsumerChainOptedInValidators";
    let request =
        provider::QueryConsumerChainOptedInValidatorsRequest { consumer_id: chain.consumer_id.clone() };
    let answer: Option<provider::QueryConsumerChainOptedInValidatorsResponse> =
        ask(world, HOME, path, &request)?;
    let addr = topology::consensus_key(moniker).address().to_text(&format!("{PROVIDER_PREFIX}valcons"));
    Ok(answer.is_some_and(|answer| answer.validators_provider_addresses.contains(&addr)))
}
