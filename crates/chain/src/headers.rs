//! The history of block headers: one home for staking's historical info, IBC's host state and the consumer's.
//!
//! Journey: `App` opens a block → [`record`], before the role's begin block; an IBC handshake or a query → [`at`].
//! Source: ICS-02 (self consensus state); the SDK's historical info.

use crate::{Ctx, Error};
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::{Height, Time};
use ics_kv::{Corrupt, Map, Read, Write};
use serde::{Deserialize, Serialize};

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

/// A header of the section `headers` of a genesis document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenesisHeader {
    /// Height of the block.
    #[serde(with = "crate::json::int")]
    pub height: u64,
    /// Time of the block.
    #[serde(with = "crate::json::time")]
    pub time: Time,
    /// App hash in the header, base64.
    #[serde(with = "crate::json::base64")]
    pub app_hash: Vec<u8>,
    /// Hash of the set that signs the next block, base64.
    #[serde(with = "crate::json::base64")]
    pub next_validators_hash: Vec<u8>,
}

/// Keeps the headers of a chain that was exported: others may have asked it to prove what it knows of itself.
///
/// # Errors
/// `sdk/18`, naming the header: hashes that are none, heights that do not ascend below the first block.
pub fn init(
    state: &mut (impl Write + ?Sized),
    initial_height: Height,
    headers: &[GenesisHeader],
) -> Result<(), Error> {
    let mut last = None;
    let mut kept = Vec::with_capacity(headers.len());
    for (index, header) in headers.iter().enumerate() {
        let wrong = |why: &str| Error::invalid_request(format!("headers[{index}]: {why}"));
        if last.is_some_and(|last| last >= header.height) || header.height >= initial_height.0 {
            return Err(wrong("heights must ascend, below that of the first block"));
        }
        last = Some(header.height);
        let hash = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).map_err(|_| wrong("a hash has 32 bytes"));
        let (app_hash, next_validators_hash) = (hash(&header.app_hash)?, hash(&header.next_validators_hash)?);
        kept.push((header.height, Header { time: header.time, app_hash, next_validators_hash }));
    }
    for (height, header) in kept {
        HEADERS.set(state, &height, &header);
    }
    Ok(())
}

/// The headers that are kept, ascending.
///
/// # Errors
/// [`Corrupt`] state.
pub fn export(state: &(impl Read + ?Sized)) -> Result<Vec<GenesisHeader>, Corrupt> {
    let told = |(height, header): (u64, Header)| GenesisHeader {
        height,
        time: header.time,
        app_hash: header.app_hash.to_vec(),
        next_validators_hash: header.next_validators_hash.to_vec(),
    };
    HEADERS.iter(state).map(|entry| entry.map(told)).collect()
}
