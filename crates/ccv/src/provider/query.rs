//! Questions about the provider's side, answered from a view. None of them changes state.
//!
//! Answers are domain values; the chain turns them into protobuf and adds what staking knows. Source: provider spec §8.5.

use super::candidates::Candidates;
use super::consumer_set::{self, Member};
use super::error::{Error, Wanted};
use super::host::{ValidatorStatus, View};
use super::infraction_params::{self, InfractionParameters};
use super::init_params::InitializationParameters;
use super::metadata::ConsumerMetadata;
use super::meter::{self, Meter};
use super::params::{self, Params};
use super::phase::{self, Phase};
use super::power_shaping::{self, PowerShaping};
use super::{commission, keys, lifecycle, link, members, state};
use crate::id::{ChainId, ClientId, ConsumerAddr, ConsumerId, ProviderAddr};
use crate::valset;
use crate::wire::genesis::ConsumerGenesis;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use ics_abci::{AccAddr, ConsKey, Dec, Power, Time, ValAddr};
use ics_kv::Corrupt;

/// Most consumers of one page.
pub const PAGE_MAX: usize = 1_000;

/// All that is known of one consumer's description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Its id.
    pub consumer_id: ConsumerId,
    /// What it calls itself.
    pub chain_id: ChainId,
    /// Who may change it.
    pub owner: AccAddr,
    /// Where it stands.
    pub phase: Phase,
    /// Its description.
    pub metadata: ConsumerMetadata,
    /// What it starts with.
    pub init_params: InitializationParameters,
    /// How its set is shaped.
    pub power_shaping: PowerShaping,
    /// The least power that Top N binds, as last computed; none on other chains.
    pub min_power: Option<Power>,
    /// What infractions on it cost.
    pub infraction_params: InfractionParameters,
    /// The provider's client of it, between launch and deletion.
    pub client_id: Option<ClientId>,
}

/// In which order pages show consumers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The oldest first.
    Ascending,
    /// The newest first.
    Descending,
}

/// Which consumers a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageWanted {
    /// Those of one phase; all where absent.
    pub phase: Option<Phase>,
    /// By id.
    pub order: Order,
    /// None before this one, in that order; from the first on where absent.
    pub start: Option<ConsumerId>,
    /// How many of those to leave out first.
    pub skip: usize,
    /// At most this many, and at most [`PAGE_MAX`]; at least one.
    pub limit: usize,
    /// Whether to count them all.
    pub count: bool,
}

/// A page of consumers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The consumers, in the order wanted.
    pub chains: Vec<Chain>,
    /// Where the next page begins; none after the last.
    pub next: Option<ConsumerId>,
    /// How many consumers all pages have, where that was asked.
    pub total: Option<u64>,
}

/// A key that a validator assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPair {
    /// The validator.
    pub provider_addr: ProviderAddr,
    /// The address of its key on the consumer.
    pub consumer_addr: ConsumerAddr,
    /// The key.
    pub consumer_key: ConsKey,
}

/// A validator of a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerValidator {
    /// Who it is.
    pub provider_addr: ProviderAddr,
    /// Its operator.
    pub operator: ValAddr,
    /// The key that it uses on the consumer.
    pub consumer_key: ConsKey,
    /// Its power there.
    pub consumer_power: Power,
    /// Whether it is jailed on the provider.
    pub jailed: bool,
    /// Whether its stake is bonded.
    pub status: ValidatorStatus,
    /// Its tokens, smallest unit.
    pub tokens: u128,
    /// The commission that it chose for the consumer, 0 to 1; `None` for its own on the provider.
    pub commission: Option<Dec>,
    /// Whether it has to validate the consumer now.
    pub validates_current_epoch: bool,
}

/// The genesis of a launched consumer.
///
/// # Errors
/// [`Error::NoConsumerGenesis`], [`Error::Corrupt`].
pub fn consumer_genesis(view: &impl View, id: ConsumerId) -> Result<ConsumerGenesis, Error> {
    state::GENESIS.get(view, &id)?.ok_or_else(|| Error::NoConsumerGenesis(id.to_string()))
}

/// A page of consumers, ordered by id.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn consumer_chains(view: &impl View, wanted: PageWanted) -> Result<Page, Error> {
    let limit = wanted.limit.clamp(1, PAGE_MAX);
    // One more than asked for tells where the next page begins.
    let more = limit.saturating_add(1);
    let from = |start| consumers(view, wanted.phase, wanted.order, start);
    let mut ids: Vec<ConsumerId> =
        from(wanted.start).skip(wanted.skip).take(more).collect::<Result<_, Corrupt>>()?;
    let next = if ids.len() > limit { ids.pop() } else { None };
    let chains = ids.into_iter().map(|id| consumer_chain(view, id)).collect::<Result<_, Error>>()?;
    let total = if wanted.count {
        Some(from(None).try_fold(0_u64, |total, id| id.map(|_| total.saturating_add(1)))?)
    } else {
        None
    };
    Ok(Page { chains, next, total })
}

/// The consumers from `start` on in an order, all or those of one phase.
fn consumers<'a>(
    view: &'a impl View,
    of: Option<Phase>,
    order: Order,
    start: Option<ConsumerId>,
) -> Box<dyn Iterator<Item = Result<ConsumerId, Corrupt>> + 'a> {
    let (first, end) = match (order, start) {
        (Order::Ascending, start) => (start.unwrap_or(ConsumerId(0)), ConsumerId(u64::MAX)),
        (Order::Descending, None) => (ConsumerId(0), ConsumerId(u64::MAX)),
        (Order::Descending, Some(start)) => (ConsumerId(0), ConsumerId(start.0.saturating_add(1))),
    };
    match of {
        None => {
            let entries = match order {
                Order::Ascending => state::PHASE.between(view, &first, &end),
                Order::Descending => state::PHASE.between_rev(view, &first, &end),
            };
            Box::new(entries.map(|entry| entry.map(|(id, _)| id)))
        }
        Some(of) => {
            let (first, end) = ((of.number(), first), (of.number(), end));
            let entries = match order {
                Order::Ascending => state::BY_PHASE.between(view, &first, &end),
                Order::Descending => state::BY_PHASE.between_rev(view, &first, &end),
            };
            Box::new(entries.map(|entry| entry.map(|((_, id), ())| id)))
        }
    }
}

/// One consumer.
///
/// # Errors
/// [`Error::UnknownConsumer`], [`Error::Corrupt`].
pub fn consumer_chain(view: &impl View, id: ConsumerId) -> Result<Chain, Error> {
    let unknown = || Error::UnknownConsumer(id.to_string());
    Ok(Chain {
        consumer_id: id,
        chain_id: lifecycle::chain_id(view, id)?,
        owner: state::OWNER.get(view, &id)?.ok_or_else(unknown)?,
        phase: phase::of(view, id)?.ok_or_else(unknown)?,
        metadata: state::METADATA.get(view, &id)?.ok_or_else(unknown)?,
        init_params: lifecycle::init_params(view, id)?,
        power_shaping: power_shaping::get(view, id)?,
        min_power: power_shaping::min_power(view, id)?,
        infraction_params: infraction_params::of(view, id)?,
        client_id: link::of(view, id)?.map(|link| link.client().clone()),
    })
}

/// The address of the key that a validator assigned on a consumer; `None` where it assigned none.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn validator_consumer_addr(
    view: &impl View,
    id: ConsumerId,
    validator: ProviderAddr,
) -> Result<Option<ConsumerAddr>, Error> {
    Ok(keys::assigned(view, id, validator)?.map(|key| ConsumerAddr(key.address())))
}

/// The validator that holds an assigned address on a consumer; `None` where nobody does.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn validator_provider_addr(
    view: &impl View,
    id: ConsumerId,
    addr: ConsumerAddr,
) -> Result<Option<ProviderAddr>, Error> {
    Ok(keys::holder(view, id, addr)?)
}

/// Every assigned key on a consumer, ascending by validator.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn all_pairs(view: &impl View, id: ConsumerId) -> Result<Vec<KeyPair>, Error> {
    let pair = |(provider_addr, consumer_key): (ProviderAddr, ConsKey)| KeyPair {
        provider_addr,
        consumer_addr: ConsumerAddr(consumer_key.address()),
        consumer_key,
    };
    Ok(keys::all(view, id)?.into_iter().map(pair).collect())
}

/// The parameters of the module.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`].
pub fn params(view: &impl View) -> Result<Params, Error> {
    params::get(view)
}

/// Who is opted in to a consumer, ascending.
///
/// # Errors
/// [`Error::WrongPhase`] unless it is active, [`Error::Corrupt`].
pub fn opted_in_validators(view: &impl View, id: ConsumerId) -> Result<Vec<ProviderAddr>, Error> {
    require_active(view, id)?;
    Ok(members::opted_in(view, id)?)
}

fn require_active(view: &impl View, id: ConsumerId) -> Result<(), Error> {
    let found = phase::of(view, id)?;
    if found.is_some_and(Phase::is_active) {
        return Ok(());
    }
    Err(Error::WrongPhase { id, wanted: Wanted::Active, found })
}

/// The launched consumers that a validator has to validate, ascending: it is in the set, or will be.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`].
pub fn has_to_validate(view: &impl View, validator: ProviderAddr) -> Result<Vec<ConsumerId>, Error> {
    let candidates = Candidates::read(view)?;
    let mut ids = Vec::new();
    for id in phase::all(view, Phase::Launched)? {
        if consumer_set::has_to_validate(view, id, validator, &candidates)? {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// The validators of a consumer, ascending by address: the stored set once launched, before that the set that it would
/// have now, none once stopped.
///
/// # Errors
/// [`Error::UnknownConsumer`], [`Error::NoGenesis`], [`Error::Corrupt`].
pub fn consumer_validators(view: &impl View, id: ConsumerId) -> Result<Vec<ConsumerValidator>, Error> {
    let phase = phase::of(view, id)?.ok_or_else(|| Error::UnknownConsumer(id.to_string()))?;
    let mut set: Vec<Member> = match phase {
        Phase::Launched => consumer_set::current(view, id)?,
        Phase::Registered | Phase::Initialized => {
            consumer_set::next(view, id, &Candidates::read(view)?, &[])?.members
        }
        Phase::Stopped | Phase::Deleted => Vec::new(),
    };
    set.sort_by_key(|member| member.provider_addr);
    let mut validators = Vec::new();
    for member in set {
        let Some(staked) = view.validator_by_key(&member.provider_addr) else { continue };
        validators.push(ConsumerValidator {
            provider_addr: member.provider_addr,
            operator: staked.operator,
            consumer_key: member.key,
            consumer_power: member.power,
            jailed: staked.jailed,
            status: staked.status,
            tokens: staked.tokens,
            commission: commission::chosen(view, id, member.provider_addr)?,
            // Every member of a stored set has to, and every member of the set that would be.
            validates_current_epoch: true,
        });
    }
    Ok(validators)
}

/// Blocks until the end of the running epoch; 0 in its last block.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`].
pub fn blocks_until_next_epoch(view: &impl View) -> Result<u64, Error> {
    Ok(valset::blocks_until_next_epoch(view.height(), params::get(view)?.epoch_length()))
}

/// Whose client it is.
///
/// # Errors
/// [`Error::NoConsumerOfClient`], [`Error::Corrupt`].
pub fn consumer_id_from_client_id(view: &impl View, client: &ClientId) -> Result<ConsumerId, Error> {
    link::consumer_of_client(view, client)?.ok_or_else(|| Error::NoConsumerOfClient(client.clone()))
}

/// What a validator keeps of an active consumer's rewards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Commission {
    /// The share that it chose for the consumer, 0 to 1.
    Chosen(Dec),
    /// What this validator of staking takes on the provider.
    Staking(ValAddr),
}

/// What a validator keeps of an active consumer's rewards.
///
/// # Errors
/// [`Error::WrongPhase`], [`Error::NoSuchValidator`], [`Error::Corrupt`].
pub fn commission_of(view: &impl View, id: ConsumerId, validator: ProviderAddr) -> Result<Commission, Error> {
    require_active(view, id)?;
    if let Some(rate) = commission::chosen(view, id, validator)? {
        return Ok(Commission::Chosen(rate));
    }
    let staked = view.validator_by_key(&validator).ok_or(Error::NoSuchValidator(validator))?;
    Ok(Commission::Staking(staked.operator))
}

/// The denominations in which every consumer may pay rewards: none, for no message registers one yet.
#[must_use]
pub const fn registered_reward_denoms() -> Vec<String> {
    Vec::new()
}

/// How much of the provider's power consumers may still have jailed: the meter, and what it holds at most.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`].
pub fn throttle_state(view: &impl View) -> Result<(Meter, Power), Error> {
    Ok((meter::get(view)?, meter::allowance(view)?))
}

/// When a consumer's chain begins: the time of the block that launched it, which is what the provider's client of it
/// knows at its initial height.
///
/// # Errors
/// [`Error::NoConsumerGenesis`], [`Error::NoGenesisTime`] where it reuses a connection, [`Error::Corrupt`].
pub fn consumer_genesis_time(view: &impl View, id: ConsumerId) -> Result<Time, Error> {
    let genesis = consumer_genesis(view, id)?;
    genesis.provider.consensus_state.map(|state| state.timestamp).ok_or(Error::NoGenesisTime(id))
}
