//! How the module begins with a new chain. Import and export of a running provider's state come later.
//!
//! Source: provider spec §8.2.

use super::error::{Error, Fault};
use super::host::Host;
use super::own_set::{self, Staked};
use super::params::Params;
use super::state;
use crate::id::VscId;
use alloc::vec::Vec;
use ics_abci::ValUpdate;

/// What the module begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// The id that the first epoch's updates carry, at least 1.
    pub valset_update_id: VscId,
    /// Parameters.
    pub params: Params,
}

impl Default for Genesis {
    fn default() -> Self {
        Self { valset_update_id: VscId(1), params: Params::default() }
    }
}

impl Genesis {
    /// Checks every field.
    ///
    /// # Errors
    /// [`Error::Params`].
    pub fn validate(&self) -> Result<(), Error> {
        if self.valset_update_id == VscId(0) {
            return Err(Error::Params(Fault::new("ValsetUpdateId", "cannot be zero")));
        }
        self.params.validate().map_err(Error::Params)
    }
}

/// Begins: gives the provider's whole first set, computed from staking, which must have begun before.
///
/// # Errors
/// [`Error::Params`]; then nothing is written. [`Error::Corrupt`].
pub fn init(host: &mut impl Host, genesis: &Genesis) -> Result<Vec<ValUpdate>, Error> {
    genesis.validate()?;
    state::PARAMS.set(host, &genesis.params);
    state::VSC_ID.set(host, &genesis.valset_update_id);
    own_set::update(host, Staked::Changed)
}
