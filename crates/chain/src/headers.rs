//! The history of block headers: one home for staking's historical info, IBC's host state and the consumer's.
//!
//! Journey: `App` opens a block → [`record`], before the role's begin block; an IBC handshake or a query → [`at`].
//! Source: ICS-02 (self consensus state); the SDK's historical info.

use crate::Ctx;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::{Height, Time};
use ics_kv::{Corrupt, Map, Read};

/// What a header says that others must be able to ask for later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Header {
    /// Time of the block.
    pub time: Time,
    /// App hash in the header: the state after the block before.
    pub app_hash: [u8; 32],
    /// Hash of the set that signs the next block.
    pub next_validators_hash: [u8; 32],
}

/// How many headers are kept, in blocks: the SDK's default of historical entries.
pub const KEPT: u64 = 10_000;

/// Height to header.
const HEADERS: Map<u64, Header> = Map::at("headers", 1);

/// Keeps the header of the block at hand and forgets the one that became too old.
///
/// Called once a block, first thing in begin block.
///
/// # Errors
/// None today; a stored entry is never read here.
pub fn record(ctx: &mut Ctx<'_>) -> Result<(), Corrupt> {
    let block = ctx.block;
    let header = Header {
        time: block.time,
        app_hash: block.app_hash,
        next_validators_hash: block.next_validators_hash,
    };
    HEADERS.set(ctx, &block.height.0, &header);
    if let Some(old) = block.height.0.checked_sub(KEPT)
        && HEADERS.has(ctx, &old)
    {
        HEADERS.remove(ctx, &old);
    }
    Ok(())
}

/// The header of the block at `height`, if it is still kept.
///
/// # Errors
/// [`Corrupt`] if the stored entry does not decode.
pub fn at(state: &(impl Read + ?Sized), height: Height) -> Result<Option<Header>, Corrupt> {
    HEADERS.get(state, &height.0)
}
