//! The key table: everything that the provider's side of the protocol stores, one line each.
//!
//! Keys are relative to the scope in which the host puts the protocol. Iterations go over an index that holds only what
//! concerns the question: consumers of one phase, consumers of one validator, keys of one validator.

use super::consumer_set::Member;
use super::dirty::Standing;
use super::due::Slot;
use super::epoch::Liable;
use super::infraction_params::{InfractionParameters, QueuedInfraction};
use super::init_params::InitializationParameters;
use super::link::Link;
use super::members::Tenure;
use super::metadata::ConsumerMetadata;
use super::meter::Meter;
use super::params::Params;
use super::phase::Phase;
use super::power_shaping::PowerShaping;
use crate::id::{ChainId, ChannelId, ClientId, ConsumerAddr, ConsumerId, DueAt, ProviderAddr, VscId};
use crate::valset::Shape;
use crate::wire::genesis::ConsumerGenesis;
use crate::wire::vsc::ValidatorSetChange;
use alloc::vec::Vec;
use ics_abci::{AccAddr, ConsKey, Dec, Height, Power, Time, ValUpdate};
use ics_kv::{Item, Map, TimeQueue};

/// Parameters of the module.
pub const PARAMS: Item<Params> = Item::new(1);
/// The id of the running epoch: the next validator set updates carry it.
pub const VSC_ID: Item<VscId> = Item::new(2);
/// From when the set of an update is liable. Ids older than an unbonding period are forgotten, all but the newest of them.
pub const LIABLE: Map<VscId, Liable> = Map::new(3);
/// The number that the next consumer gets; absent means 0.
pub const NEXT_CONSUMER: Item<u64> = Item::new(4);
/// The provider's own set as last given to consensus, key and power, ascending by address.
pub const OWN_SET: Item<Vec<(ProviderAddr, ValUpdate)>> = Item::new(5);
/// To how many validators it was cut.
pub const OWN_SET_MAX: Item<i64> = Item::new(7);
/// The bonded validators at the last epoch, ascending by address; what differs at the next marks consumers dirty.
pub const LAST_EPOCH: Item<Vec<Standing>> = Item::new(6);
/// How much power consumers may still have jailed.
pub const METER: Item<Meter> = Item::new(8);

/// Phase of each consumer ever created.
pub const PHASE: Map<ConsumerId, Phase> = Map::new(10);
/// Consumers by phase number: the index behind every iteration over consumers.
pub const BY_PHASE: Map<(u8, ConsumerId), ()> = Map::new(11);
/// Chain id of each consumer; not unique.
pub const CHAIN_ID: Map<ConsumerId, ChainId> = Map::new(12);
/// Who may change a consumer.
pub const OWNER: Map<ConsumerId, AccAddr> = Map::new(13);
/// Description of each consumer.
pub const METADATA: Map<ConsumerId, ConsumerMetadata> = Map::new(14);
/// What each consumer starts with.
pub const INIT_PARAMS: Map<ConsumerId, InitializationParameters> = Map::new(15);
/// How each consumer's set is shaped, as its owner wrote it.
pub const POWER_SHAPING: Map<ConsumerId, PowerShaping> = Map::new(16);
/// What infractions on each consumer cost.
pub const INFRACTION_PARAMS: Map<ConsumerId, InfractionParameters> = Map::new(17);
/// What infractions on a launched consumer will cost.
pub const QUEUED_INFRACTION: Map<ConsumerId, QueuedInfraction> = Map::new(18);

/// Consumers to launch, by spawn time (UTC).
pub const SPAWN_QUEUE: TimeQueue<DueAt, ConsumerId> = TimeQueue::new(20);
/// Where a consumer stands in the spawn queue.
pub const SPAWN_AT: Map<ConsumerId, Slot> = Map::new(21);
/// Consumers to delete, by removal time (UTC).
pub const REMOVAL_QUEUE: TimeQueue<DueAt, ConsumerId> = TimeQueue::new(22);
/// When a stopped consumer is deleted.
pub const REMOVAL_AT: Map<ConsumerId, Time> = Map::new(23);
/// Consumers whose [`QUEUED_INFRACTION`] takes effect, by that time (UTC).
pub const INFRACTION_QUEUE: TimeQueue<DueAt, ConsumerId> = TimeQueue::new(24);

/// The genesis that each launched consumer starts from.
pub const GENESIS: Map<ConsumerId, ConsumerGenesis> = Map::new(30);
/// How far the connection to each consumer has come.
pub const LINK: Map<ConsumerId, Link> = Map::new(31);
/// Whose client it is.
pub const CONSUMER_OF_CLIENT: Map<ClientId, ConsumerId> = Map::new(32);
/// Whose channel it is.
pub const CONSUMER_OF_CHANNEL: Map<ChannelId, ConsumerId> = Map::new(33);
/// Least height, in blocks of the consumer, at which an infraction there is punishable.
pub const EVIDENCE_MIN_HEIGHT: Map<ConsumerId, Height> = Map::new(34);

/// The set of each consumer as last computed, ascending by address.
pub const SET: Map<ConsumerId, Vec<Member>> = Map::new(40);
/// Consumers whose set may differ from the stored one: the next epoch computes these.
pub const DIRTY: Map<ConsumerId, ()> = Map::new(41);
/// Updates that were computed and not yet sent, by epoch.
pub const PENDING: Map<(ConsumerId, VscId), ValidatorSetChange> = Map::new(42);
/// The last update sent to a consumer; none before the first.
pub const LAST_SENT: Map<ConsumerId, VscId> = Map::new(43);
/// Consumers with an open channel for which updates wait: the next epoch sends to these.
pub const OUTBOX: Map<ConsumerId, ()> = Map::new(44);
/// Least power that each Top N chain binds, as last computed; these are the Top N chains.
pub const MIN_POWER: Map<ConsumerId, Power> = Map::new(45);
/// How each consumer's set is shaped with lists parsed and sorted, as sets are computed from it.
pub const SHAPE: Map<ConsumerId, Shape> = Map::new(46);
/// Consumers that ask for a minimum stake: the index of shapes that depend on tokens.
pub const MIN_STAKE: Map<ConsumerId, ()> = Map::new(47);

/// From when to when a validator is opted in, in provider heights (blocks).
pub const TENURE: Map<(ConsumerId, ProviderAddr), Tenure> = Map::new(50);
/// The consumers that a validator is opted in to: the index of running tenures.
pub const OPTED_IN: Map<(ProviderAddr, ConsumerId), ()> = Map::new(51);

/// The key that a validator assigned on a consumer; none means its provider key.
pub const KEY: Map<(ConsumerId, ProviderAddr), ConsKey> = Map::new(60);
/// Whose key on a consumer it is, or was until it is pruned.
pub const HOLDER: Map<(ConsumerAddr, ConsumerId), ProviderAddr> = Map::new(61);
/// All addresses that lead to a validator: the index of [`HOLDER`].
pub const ADDRESSES: Map<(ProviderAddr, ConsumerId, ConsumerAddr), ()> = Map::new(62);
/// Replaced keys, by the time (UTC) from which they are forgotten.
pub const PRUNE_QUEUE: TimeQueue<DueAt, (ConsumerId, ConsumerAddr)> = TimeQueue::new(63);
/// Replaced keys that are remembered, and where they stand in [`PRUNE_QUEUE`]; none until the consumer was told.
pub const RETIRED: Map<(ConsumerId, ConsumerAddr), Option<Slot>> = Map::new(64);
/// Consumers that have not been sent all that replaced their [`RETIRED`] keys.
pub const UNTOLD: Map<ConsumerId, ()> = Map::new(65);

/// Share of a consumer's rewards that a validator chose to keep, 0 to 1.
pub const COMMISSION: Map<(ConsumerId, ProviderAddr), Dec> = Map::new(66);
/// The consumers for which a validator chose: the index of [`COMMISSION`].
pub const COMMISSIONED: Map<(ProviderAddr, ConsumerId), ()> = Map::new(67);

/// Validators that a consumer reported for a double sign, with the provider height of the last report.
pub const DOUBLE_SIGN_LOG: Map<ProviderAddr, Height> = Map::new(70);
