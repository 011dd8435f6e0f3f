//! Whom the chain's parameters obey: the account of the module gov, which nobody has a key of.
//!
//! Source: SDK, the `authority` of every keeper.

use crate::{ChainConfig, Error};
use ics_abci::{AccAddr, module_address};

/// The account that may change parameters: proposals act in its name.
#[must_use]
pub fn authority() -> AccAddr {
    module_address("gov")
}

/// Refuses everybody but [`authority`].
///
/// # Errors
/// `gov/13`.
pub fn only_authority(chain: &ChainConfig, got: &str) -> Result<(), Error> {
    let expected = authority().to_text(chain.prefix);
    if got == expected {
        return Ok(());
    }
    Err(invalid_signer(format!("invalid authority; expected {expected}, got {got}")))
}

/// `gov/13`.
pub(crate) fn invalid_signer(what: impl core::fmt::Display) -> Error {
    Error::refused("gov", 13, format!("{what}: expected gov account as only signer for proposal message"))
}
