//! ICS-02, 03 and 07: clients, connections and the Tendermint light client, decided by ibc-rs over our state.

mod adapter;
pub mod client;
pub mod connection;
mod refusal;
pub(crate) mod verify;

use super::path;
use crate::Ctx;
use ics_kv::{Bytes, Write};

pub(crate) use adapter::IbcCtx;

/// Writes what IBC's store always holds, so that it is never empty: an empty store proves nothing, not even absence.
///
/// Called once, with the genesis.
pub fn init_genesis(ctx: &mut Ctx<'_>) {
    for counter in [path::NEXT_CLIENT, path::NEXT_CONNECTION, path::NEXT_CHANNEL] {
        ctx.set(&path::key(counter), Bytes::copy_from_slice(&0_u64.to_be_bytes()));
    }
}
