//! The parameters of IBC's core: which kinds of clients are trusted, and how slow a block may be. Governance changes them.
//!
//! Source: ibc-go v10 `02-client/types/params.go`, `03-connection/types/params.go`.

use super::error::general;
use super::path::STORE;
use crate::modules::auth;
use crate::route::account;
use crate::{ChainConfig, Ctx, Error};
use ibc_proto::ibc::core::client::v1 as cli;
use ibc_proto::ibc::core::connection::v1 as conn;
use ics_abci::AccAddr;
use ics_kv::{Corrupt, Item, Read, Write};
use std::collections::BTreeSet;
use std::time::Duration;

/// Kinds of clients that are trusted; `*` alone for all. No path of ICS-24 begins with such a byte.
const ALLOWED_CLIENTS: Item<Vec<String>> = Item::at(STORE, 1);
/// The longest that a block should take, nanoseconds.
const BLOCK_NANOS_MAX: Item<u64> = Item::at(STORE, 2);

/// The kind of all clients here.
const TENDERMINT: &str = "07-tendermint";
/// All kinds.
const ALL: &str = "*";
/// Most kinds.
const ALLOWED_MAX: usize = 200;
/// Half a minute.
const BLOCK_NANOS_DEFAULT: u64 = 30_000_000_000;

/// Kinds of clients that are trusted.
///
/// # Errors
/// [`Corrupt`] state.
pub fn allowed_clients(state: &(impl Read + ?Sized)) -> Result<Vec<String>, Corrupt> {
    Ok(ALLOWED_CLIENTS.get(state)?.unwrap_or_else(|| vec![TENDERMINT.to_owned()]))
}

/// Whether Tendermint clients are trusted.
pub(crate) fn is_tendermint_allowed(state: &(impl Read + ?Sized)) -> Result<bool, Corrupt> {
    let allowed = allowed_clients(state)?;
    Ok(allowed == [ALL] || allowed.iter().any(|kind| kind == TENDERMINT))
}

/// The longest that a block should take: a delay in time is also one of so many blocks.
///
/// # Errors
/// [`Corrupt`] state.
pub fn block_time_max(state: &(impl Read + ?Sized)) -> Result<Duration, Corrupt> {
    Ok(Duration::from_nanos(BLOCK_NANOS_MAX.get(state)?.unwrap_or(BLOCK_NANOS_DEFAULT)))
}

/// Refuses everybody but governance, in ibc-go's words.
pub(crate) fn only_authority(chain: &ChainConfig, got: &str) -> Result<(), Error> {
    let expected = auth::authority().to_text(chain.prefix);
    if got == expected {
        return Ok(());
    }
    Err(general::unauthorized(format!("expected {expected}, got {got}")))
}

/// Whether a key of IBC's store, without the store's name, is of the parameters.
pub(super) fn is_key(key: &[u8]) -> bool {
    let within =
        |full: Vec<u8>| full.strip_prefix(STORE.as_bytes()).is_some_and(|rest| rest.get(1..) == Some(key));
    within(ALLOWED_CLIENTS.key()) || within(BLOCK_NANOS_MAX.key())
}

/// Stores what a genesis document says; what is usual needs no row.
///
/// # Errors
/// In words, where the kinds of clients make no sense.
pub(super) fn restore(
    state: &mut (impl Write + ?Sized),
    allowed: Option<Vec<String>>,
    block_nanos: u64,
) -> Result<(), String> {
    if let Some(allowed) = allowed.filter(|allowed| allowed != &[TENDERMINT]) {
        check_kinds(&allowed)?;
        ALLOWED_CLIENTS.set(state, &allowed);
    }
    if ![0, BLOCK_NANOS_DEFAULT].contains(&block_nanos) {
        BLOCK_NANOS_MAX.set(state, &block_nanos);
    }
    Ok(())
}

fn check_kinds(kinds: &[String]) -> Result<(), String> {
    if kinds.len() > ALLOWED_MAX {
        return Err(format!("allowed clients length must not exceed {ALLOWED_MAX} items"));
    }
    if kinds.len() > 1 && kinds.iter().any(|kind| kind == ALL) {
        return Err(format!(
            "allow list must have only one element because the allow all clients wildcard ({ALL}) is present"
        ));
    }
    let mut known = BTreeSet::new();
    for (index, kind) in kinds.iter().enumerate() {
        if kind.trim().is_empty() {
            return Err(format!("client type {index} cannot be blank"));
        }
        if !known.insert(kind) {
            return Err(format!("duplicate client type: {kind}"));
        }
    }
    Ok(())
}

fn kinds(msg: &cli::MsgUpdateParams) -> &[String] {
    msg.params.as_ref().map_or(&[], |params| &params.allowed_clients)
}

pub(super) fn check_clients(chain: &ChainConfig, msg: &cli::MsgUpdateParams) -> Result<Vec<AccAddr>, Error> {
    let signer = account(chain, "signer", &msg.signer)?;
    check_kinds(kinds(msg)).map_err(Error::unregistered)?;
    Ok(vec![signer])
}

/// Answers `MsgUpdateParams` of ICS-02.
pub(super) fn update_clients(
    ctx: &mut Ctx<'_>,
    msg: cli::MsgUpdateParams,
) -> Result<cli::MsgUpdateParamsResponse, Error> {
    check_clients(ctx.chain, &msg)?;
    only_authority(ctx.chain, &msg.signer)?;
    ALLOWED_CLIENTS.set(ctx, &kinds(&msg).to_vec());
    Ok(cli::MsgUpdateParamsResponse {})
}

fn block_nanos(msg: &conn::MsgUpdateParams) -> Result<u64, Error> {
    match msg.params.as_ref().map_or(0, |params| params.max_expected_time_per_block) {
        0 => Err(Error::unregistered("MaxExpectedTimePerBlock cannot be zero")),
        nanos => Ok(nanos),
    }
}

pub(super) fn check_connections(
    chain: &ChainConfig,
    msg: &conn::MsgUpdateParams,
) -> Result<Vec<AccAddr>, Error> {
    let signer = account(chain, "signer", &msg.signer)?;
    block_nanos(msg)?;
    Ok(vec![signer])
}

/// Answers `MsgUpdateParams` of ICS-03.
pub(super) fn update_connections(
    ctx: &mut Ctx<'_>,
    msg: conn::MsgUpdateParams,
) -> Result<conn::MsgUpdateParamsResponse, Error> {
    only_authority(ctx.chain, &msg.signer)?;
    BLOCK_NANOS_MAX.set(ctx, &block_nanos(&msg)?);
    Ok(conn::MsgUpdateParamsResponse {})
}
