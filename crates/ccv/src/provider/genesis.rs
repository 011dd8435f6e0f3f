//! How the module begins: with a new chain, or where a chain that was exported stopped.
//!
//! Source: provider spec §8.2.

use super::epoch::Liable;
use super::error::{Error, Fault};
use super::host::{Host, View};
use super::meter;
use super::own_set::{self, Staked};
use super::params::Params;
use super::state;
use crate::id::VscId;
use alloc::vec::Vec;
use ics_abci::{Height, ValUpdate};

/// What the module begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// The id that the first epoch's updates carry, at least 1.
    pub valset_update_id: VscId,
    /// Parameters.
    pub params: Params,
    /// Heights from which the sets of past updates are liable, where a chain goes on without its consumers.
    pub liable: Vec<(VscId, Height)>,
}

impl Default for Genesis {
    fn default() -> Self {
        Self { valset_update_id: VscId(1), params: Params::default(), liable: Vec::new() }
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
        if self.liable.iter().any(|(id, _)| *id == VscId(0) || *id > self.valset_update_id) {
            return Err(Error::Params(Fault::new("ValsetUpdateIdToHeight", "is of no past update")));
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
    // When an epoch ended is not known any more: its set stays liable for one unbonding period from now.
    let noted = host.now();
    for (id, height) in &genesis.liable {
        state::LIABLE.set(host, id, &Liable { height: *height, noted });
    }
    meter::fill(host)?;
    own_set::update(host, Staked::Changed)
}

/// Goes on with the rows of [`super::TABLES`] that the host wrote: gives the set that was given to consensus last, most
/// power first.
///
/// # Errors
/// [`Error::NoGenesis`] where the rows hold no parameters or no epoch, [`Error::Params`], [`Error::Corrupt`].
pub fn resume(view: &impl View) -> Result<Vec<ValUpdate>, Error> {
    let params = state::PARAMS.get(view)?.ok_or(Error::NoGenesis)?;
    let valset_update_id = state::VSC_ID.get(view)?.ok_or(Error::NoGenesis)?;
    Genesis { valset_update_id, params, liable: Vec::new() }.validate()?;
    own_set::given(view)
}
