//! The key table: everything that the consumer's side keeps. Prefixes follow the reference where the meaning is the same;
//! 15, 20 and 21 are left for the queue of slash packets. Source: consumer spec §3.

use crate::id::{AtHeight, ChannelId, ClientId, ConsumerAddr, VscId};
use crate::wire::genesis::ConsumerParams;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::{ConsKey, Height, Power, ValUpdate};
use ics_kv::{Corrupt, Item, Listed, Map, Read};

/// Height of the last transmission of rewards, blocks; absent is 0.
pub const LAST_TRANSMISSION_HEIGHT: Item<i64> = Item::new(1);
/// The client that follows the provider.
pub const PROVIDER_CLIENT: Item<ClientId> = Item::new(3);
/// The established channel: the one on which the first validator set change came. Absent means that the chain takes
/// nothing but IBC messages.
pub const PROVIDER_CHANNEL: Item<ChannelId> = Item::new(4);
/// Updates that came in and are not applied yet, merged and in order; an empty list is pending too.
pub const PENDING_CHANGES: Item<Vec<ValUpdate>> = Item::new(5);
/// Header and set by height, the last `historical_entries` of them.
pub const HISTORICAL: Map<AtHeight, HistoricalEntry> = Map::new(11);
/// Which update made the set that the end of the block before a height returned.
pub const VSC_ID_AT: Map<AtHeight, VscId> = Map::new(13);
/// Validators whose downtime is reported and not dealt with.
pub const OUTSTANDING_DOWNTIME: Map<ConsumerAddr, ()> = Map::new(14);
/// The present validators.
pub const VALIDATORS: Map<ConsumerAddr, CrossChainValidator> = Map::new(16);
/// Height at which the genesis ran; 0 at the start of a chain.
pub const INIT_HEIGHT: Item<Height> = Item::new(17);
/// Parameters.
pub const PARAMS: Item<ConsumerParams> = Item::new(22);
/// Hash of the present set; absent until the first block records it.
pub const CURRENT_SET: Item<SetHash> = Item::new(30);
/// Sets that an entry of [`HISTORICAL`] refers to: once each, most power first, equal powers by address.
pub const SETS: Map<SetHash, Vec<ValUpdate>> = Map::new(31);
/// How many entries of [`HISTORICAL`] refer to a set; never 0.
pub const SET_USES: Map<SetHash, u64> = Map::new(32);

/// All of the above, as genesis documents carry them; a table that is not listed here is lost there.
pub const TABLES: &[Listed] = &[
    LAST_TRANSMISSION_HEIGHT.listed("last_transmission_height"),
    PROVIDER_CLIENT.listed("provider_client"),
    PROVIDER_CHANNEL.listed("provider_channel"),
    PENDING_CHANGES.listed("pending_changes"),
    HISTORICAL.listed("historical"),
    VSC_ID_AT.listed("vsc_id_at"),
    OUTSTANDING_DOWNTIME.listed("outstanding_downtime"),
    VALIDATORS.listed("validators"),
    INIT_HEIGHT.listed("init_height"),
    PARAMS.listed("params"),
    CURRENT_SET.listed("current_set"),
    SETS.listed("sets"),
    SET_USES.listed("set_uses"),
];

/// Hash of a validator set, see [`crate::valset::hash()`].
pub type SetHash = [u8; 32];

/// A validator of the provider that validates here.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CrossChainValidator {
    /// The key with which it signs here.
    pub key: ConsKey,
    /// Its power, at least 1.
    pub power: Power,
}

/// What is kept of a past block.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct HistoricalEntry {
    /// The header, as the host gave it.
    pub header: Vec<u8>,
    /// The set at its beginning.
    pub set: SetHash,
}

/// The parameters; the defaults, under which nothing is enabled, before genesis.
///
/// # Errors
/// [`Corrupt`].
pub fn params(from: &(impl Read + ?Sized)) -> Result<ConsumerParams, Corrupt> {
    Ok(PARAMS.get(from)?.unwrap_or_default())
}
