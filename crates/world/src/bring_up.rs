//! Bringing the local network up: what is still missing is read off the chains, so it can be interrupted anywhere.
//!
//! Journey (d) of the architecture: create → opt in, assign keys → spawn → launch → genesis → client, connection, channels →
//! first validator set change. Everything on chain comes about by ordinary transactions.

use crate::ask::ask_if;
use crate::effect::Effect;
use crate::endpoint::Endpoint;
use crate::plan::Plan;
use crate::topology;
use crate::wallet::{Submission, account, submit};
use crate::world::{ChainIndex, World, WorldError};
use crate::{founding, launch};
use ics_abci::Height;
use ics_client::GasPrice;
use ics_proto::Any;
use ics_proto::cosmos::base::query::v1beta1::PageRequest;
use ics_proto::ibc::core::channel::v1::{
    IdentifiedChannel, QueryChannelsRequest, QueryChannelsResponse, State,
};
use ics_proto::interchain_security::ccv::{consumer::v1 as consumer, provider::v1 as provider};
use ics_relay::View;
use std::collections::{BTreeMap, BTreeSet};

/// The provider's place.
pub(crate) const HOME: ChainIndex = ChainIndex(0);
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

/// How far a network is.
#[derive(Clone, Debug, Default)]
pub struct BringUp {
    reached: Vec<Progress>,
    set: BTreeSet<Progress>,
    /// What each signer of [`BringUp::send`] sent last.
    sent: BTreeMap<u32, Submission>,
}

impl BringUp {
    /// The points passed, in order.
    #[must_use]
    pub fn reached(&self) -> &[Progress] {
        &self.reached
    }

    /// Whether every consumer of the plan has applied an update of its provider, or is stopped.
    #[must_use]
    pub fn is_ready(&self, plan: &Plan) -> bool {
        plan.consumers.iter().all(|consumer| {
            let passed = |point: fn(String) -> Progress| self.has_passed(&point(consumer.chain_id.clone()));
            passed(Progress::Secured) || passed(Progress::Stopped)
        })
    }

    /// Whether every consumer of the plan runs, or is stopped.
    #[must_use]
    pub fn is_founded(&self, plan: &Plan) -> bool {
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

    /// Notes what a consumer has reached, by what its provider lists and, where it runs, by its chain. Tells what is new.
    ///
    /// # Errors
    /// [`WorldError::Answer`].
    pub fn watch(
        &mut self,
        listed: &provider::Chain,
        consumer: Option<&dyn View>,
    ) -> Result<Vec<Effect>, WorldError> {
        let mut effects = Vec::new();
        let id = || listed.chain_id.clone();
        let phase = listed.phase();
        self.pass(Progress::Created(id()), &mut effects);
        if phase >= provider::ConsumerPhase::Initialized {
            self.pass(Progress::Scheduled(id()), &mut effects);
        }
        if phase >= provider::ConsumerPhase::Stopped {
            self.pass(Progress::Stopped(id()), &mut effects);
        }
        if phase == provider::ConsumerPhase::Deleted {
            self.pass(Progress::Deleted(id()), &mut effects);
        }
        let Some(consumer) = consumer else { return Ok(effects) };
        self.pass(Progress::Started(id()), &mut effects);
        if self.has_passed(&Progress::Secured(id())) {
            return Ok(effects);
        }
        let path = "/ibc.core.channel.v1.Query/Channels";
        let channels: Option<QueryChannelsResponse> =
            ask_if(consumer, path, &QueryChannelsRequest::default())?;
        let open = |channel: &IdentifiedChannel| channel.state == State::Open as i32;
        if channels.is_some_and(|answer| answer.channels.iter().any(open)) {
            self.pass(Progress::Connected(id()), &mut effects);
        }
        let path = "/interchain_security.ccv.consumer.v1.Query/QueryProviderInfo";
        let info: Option<consumer::QueryProviderInfoResponse> =
            ask_if(consumer, path, &consumer::QueryProviderInfoRequest {})?;
        if info.is_some() {
            self.pass(Progress::Secured(id()), &mut effects);
        }
        Ok(effects)
    }

    /// Sends messages to the provider, each lot in a transaction of whom the mnemonic has at its place, unless one of that
    /// signer may still wait for a block: that keeps the sequences of the accounts simple, and nothing is sent twice. What
    /// fails is told.
    ///
    /// # Errors
    /// [`WorldError::Key`].
    pub fn send(
        &mut self,
        provider: &mut impl Endpoint,
        price: &GasPrice,
        acts: Vec<(u32, Vec<Any>)>,
    ) -> Result<Vec<Effect>, WorldError> {
        let mut effects = Vec::new();
        for (signer, messages) in acts {
            if self.sent.get(&signer).is_some_and(|sent| provider.may_wait(sent)) {
                continue;
            }
            let key = topology::key(signer)?;
            let sent = account(provider, &key)
                .and_then(|mut account| submit(provider, &key, &mut account, price, messages));
            match sent {
                Ok(sent) => drop(self.sent.insert(signer, sent)),
                Err(error) => {
                    let why = format!("setting the network up: {error}");
                    effects.push(Effect::RelayFailed { chain: HOME, why });
                }
            }
        }
        Ok(effects)
    }
}

/// Every consumer that the provider knows; none before its first block.
///
/// # Errors
/// [`WorldError::Answer`].
pub fn listed(provider: &dyn View) -> Result<Vec<provider::Chain>, WorldError> {
    let path = "/interchain_security.ccv.provider.v1.Query/QueryConsumerChains";
    let (mut chains, mut key) = (Vec::new(), Vec::new());
    loop {
        let pagination = Some(PageRequest { key, limit: PAGE, ..PageRequest::default() });
        let request = provider::QueryConsumerChainsRequest { phase: 0, pagination };
        let answer: Option<provider::QueryConsumerChainsResponse> = ask_if(provider, path, &request)?;
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
    let Some(provider) = world.site(HOME).filter(|site| site.height() > Height(0)) else {
        return Ok(effects);
    };
    let listed = listed(provider)?;
    effects.extend(launch::start_launched(world, &listed)?);
    for chain in &listed {
        effects.extend(watch(world, chain)?);
    }
    if !world.is_ready() {
        effects.extend(act(world, &listed)?);
    }
    Ok(effects)
}

/// A consumer's phase, of which the provider's list gives the name.
pub trait Phase {
    /// The phase; unspecified where the name is none.
    fn phase(&self) -> provider::ConsumerPhase;
}

impl Phase for provider::Chain {
    fn phase(&self) -> provider::ConsumerPhase {
        provider::ConsumerPhase::from_str_name(&self.phase).unwrap_or(provider::ConsumerPhase::Unspecified)
    }
}

fn watch(world: &mut World, chain: &provider::Chain) -> Result<Vec<Effect>, WorldError> {
    let index = world.find_consumer(&chain.consumer_id);
    if index.is_none()
        && (chain.phase() == provider::ConsumerPhase::Deleted || world.find(&chain.chain_id).is_some())
    {
        // Nothing of it is here: a chain that has its name is another's.
        return Ok(Vec::new());
    }
    let mut bring_up = std::mem::take(world.bring_up_mut());
    let site = index.and_then(|index| world.site(index));
    let effects = bring_up.watch(chain, site.map(|site| site as &dyn View));
    *world.bring_up_mut() = bring_up;
    effects
}

/// Sends the transactions that the provider needs next; a site that is not there needs none.
fn act(world: &mut World, listed: &[provider::Chain]) -> Result<Vec<Effect>, WorldError> {
    let now = world.now();
    let price = world.plan().gas_price.clone();
    let Some(site) = world.site(HOME) else { return Ok(Vec::new()) };
    let acts = founding::next(world.plan(), site, listed, now)?;
    let mut bring_up = std::mem::take(world.bring_up_mut());
    let effects =
        world.site_mut(HOME).map_or_else(|| Ok(Vec::new()), |site| bring_up.send(site, &price, acts));
    *world.bring_up_mut() = bring_up;
    effects
}
