//! What transfer keeps: its parameters, the ways that vouchers came, what lies in escrow.

use super::{Denom, PORT};
use crate::{Ctx, Error};
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::AccAddr;
use ics_kv::{Corrupt, Item, Map, Read, Write};
use sha2::{Digest, Sha256};

/// Whether coins may travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Params {
    /// Away from here.
    pub send_enabled: bool,
    /// To here.
    pub receive_enabled: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { send_enabled: true, receive_enabled: true }
    }
}

const PARAMS: Item<Params> = Item::at(PORT, 1);
/// Hash of the full path to the full path.
pub(super) const DENOMS: Map<[u8; 32], String> = Map::at(PORT, 2);
/// Denomination to the amount in escrow over all channels, smallest unit.
pub(super) const ESCROWED: Map<String, u128> = Map::at(PORT, 3);

/// Writes the parameters of the genesis.
pub fn init_genesis(state: &mut (impl Write + ?Sized), params: &Params) {
    PARAMS.set(state, params);
}

pub(super) fn set_params(state: &mut (impl Write + ?Sized), params: &Params) {
    PARAMS.set(state, params);
}

/// The parameters.
///
/// # Errors
/// [`Corrupt`] if they do not decode.
pub fn params(state: &(impl Read + ?Sized)) -> Result<Params, Corrupt> {
    Ok(PARAMS.get(state)?.unwrap_or_default())
}

/// The amount of a denomination in escrow over all channels, smallest unit.
///
/// # Errors
/// [`Corrupt`] if it does not decode.
pub fn total_escrow(state: &(impl Read + ?Sized), denom: &str) -> Result<u128, Corrupt> {
    Ok(ESCROWED.get(state, &denom.to_owned())?.unwrap_or(0))
}

/// Counts what went into escrow (or out of it). Sums stay within the supply, which fits.
pub(super) fn count_escrow(
    ctx: &mut Ctx<'_>,
    denom: &str,
    change: Change,
    amount: u128,
) -> Result<(), Error> {
    let held = total_escrow(ctx, denom)?;
    let held = match change {
        Change::In => held.saturating_add(amount),
        Change::Out => held.saturating_sub(amount),
    };
    if held == 0 {
        ESCROWED.remove(ctx, &denom.to_owned());
    } else {
        ESCROWED.set(ctx, &denom.to_owned(), &held);
    }
    Ok(())
}

/// Into escrow, or out of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    In,
    Out,
}

/// The way that a voucher came.
pub(super) fn denom(state: &(impl Read + ?Sized), hash: [u8; 32]) -> Result<Option<Denom>, Corrupt> {
    Ok(DENOMS.get(state, &hash)?.map(|path| Denom::from_path(&path)))
}

/// The account that holds what left over a channel (ADR-028).
#[must_use]
pub fn escrow_address(port: &str, channel: &str) -> AccAddr {
    let mut hash = Sha256::new();
    hash.update(b"ics20-1\0");
    hash.update(format!("{port}/{channel}"));
    AccAddr(hash.finalize().into_iter().take(20).collect())
}
