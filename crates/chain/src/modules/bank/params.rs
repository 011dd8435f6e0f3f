//! Which coins may be sent: the rule for all, and exceptions by denomination. Governance changes them.
//!
//! Source: SDK x/bank `keeper/send.go`.

use super::Coins;
use crate::Error;
use ics_kv::{Corrupt, Item, Map, Read, Write};

/// Whether coins without an exception may be sent.
const DEFAULT: Item<bool> = Item::at("bank", 3);
/// Exceptions: whether coins of a denomination may be sent.
const EXCEPTIONS: Map<String, bool> = Map::at("bank", 4);

/// Whether coins without an exception may be sent.
///
/// # Errors
/// [`Corrupt`] state.
pub fn default_send_enabled(state: &(impl Read + ?Sized)) -> Result<bool, Corrupt> {
    Ok(DEFAULT.get(state)?.unwrap_or(true))
}

/// The exceptions, by denomination.
pub fn send_exceptions<'a>(
    state: &'a (impl Read + ?Sized),
) -> impl Iterator<Item = Result<(String, bool), Corrupt>> + 'a {
    EXCEPTIONS.iter(state)
}

/// The exception for a denomination.
///
/// # Errors
/// [`Corrupt`] state.
pub fn send_exception(state: &(impl Read + ?Sized), denom: &str) -> Result<Option<bool>, Corrupt> {
    EXCEPTIONS.get(state, &denom.to_owned())
}

/// Whether people may send these coins.
///
/// # Errors
/// `bank/5` where they may not.
pub fn check_send_enabled(state: &(impl Read + ?Sized), coins: &Coins) -> Result<(), Error> {
    for coin in &coins.0 {
        let enabled = match send_exception(state, &coin.denom)? {
            Some(enabled) => enabled,
            None => default_send_enabled(state)?,
        };
        if !enabled {
            let text =
                format!("{} transfers are currently disabled: send transactions are disabled", coin.denom);
            return Err(Error::refused("bank", 5, text));
        }
    }
    Ok(())
}

pub(super) fn set_default(state: &mut (impl Write + ?Sized), enabled: bool) {
    DEFAULT.set(state, &enabled);
}

pub(super) fn set_exception(state: &mut (impl Write + ?Sized), denom: &str, enabled: Option<bool>) {
    match enabled {
        Some(enabled) => EXCEPTIONS.set(state, &denom.to_owned(), &enabled),
        None => EXCEPTIONS.remove(state, &denom.to_owned()),
    }
}
