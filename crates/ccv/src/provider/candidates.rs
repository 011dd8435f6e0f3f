//! The provider's validators as the sets of consumers are computed from them: read once for all consumers of a block.
//!
//! Source: provider spec §3.3, §3.4, §3.7 step 1.

use super::error::Error;
use super::host::{Bonded, ValidatorStatus, View};
use super::{own_set, params};
use crate::id::ProviderAddr;
use crate::valset;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cmp::Reverse;
use ics_abci::{ConsKey, Power};

/// Who may validate consumers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidates {
    /// The bonded validators, most tokens first, equal ones as staking orders them.
    bonded: Vec<Bonded>,
    /// How many of them may validate where inactive ones may not.
    active_max: usize,
    /// The provider's own set.
    active: BTreeMap<ProviderAddr, Power>,
    /// Who they all are, ascending, and the keys that they use on the provider, in the same order.
    addrs: Vec<ProviderAddr>,
    keys: Vec<ConsKey>,
}

impl Candidates {
    /// The validators now.
    ///
    /// # Errors
    /// [`Error::NoGenesis`], [`Error::Corrupt`].
    pub fn read(view: &impl View) -> Result<Self, Error> {
        let active_max = params::get(view)?.own_set_max();
        let mut bonded = own_set::bonded(view);
        let active = bonded.iter().take(active_max).map(|of| (of.provider_addr, of.power)).collect();
        bonded.sort_by_key(|of| Reverse(of.tokens));
        let own_keys: BTreeMap<ProviderAddr, ConsKey> =
            bonded.iter().map(|of| (of.provider_addr, of.key)).collect();
        let (addrs, keys) = own_keys.into_iter().unzip();
        Ok(Self { bonded, active_max, active, addrs, keys })
    }

    /// Who they are, ascending.
    #[must_use]
    pub fn addrs(&self) -> &[ProviderAddr] {
        &self.addrs
    }

    /// The key that a bonded validator uses on the provider.
    #[must_use]
    pub fn own_key(&self, addr: &ProviderAddr) -> Option<ConsKey> {
        self.addrs.binary_search(addr).ok().and_then(|at| self.keys.get(at)).copied()
    }

    /// The bonded validators, most tokens first.
    #[must_use]
    pub fn bonded(&self) -> &[Bonded] {
        &self.bonded
    }

    /// How many of them, from the first on, may validate where inactive ones may not.
    #[must_use]
    pub const fn active_max(&self) -> usize {
        self.active_max
    }

    /// Whether a validator makes the provider's blocks.
    #[must_use]
    pub fn is_active(&self, addr: &ProviderAddr) -> bool {
        self.active.contains_key(addr)
    }

    /// Least power that a Top N chain binds, of the active validators alone; `None` where nobody is active.
    #[must_use]
    pub fn min_power(&self, top_n: u32) -> Option<Power> {
        if top_n == 0 {
            return None;
        }
        let powers: Vec<Power> = self.active.values().copied().collect();
        valset::min_power(&powers, top_n)
    }

    /// The active validators with at least `min_power`, ascending by address.
    #[must_use]
    pub fn active_from(&self, min_power: Power) -> Vec<ProviderAddr> {
        self.active.iter().filter(|(_, power)| **power >= min_power).map(|(addr, _)| *addr).collect()
    }
}

/// What of a validator's tokens counts as stake, smallest unit.
#[must_use]
pub(super) fn bonded_tokens(validator: &Bonded) -> u128 {
    match validator.status {
        ValidatorStatus::Bonded => validator.tokens,
        ValidatorStatus::Unbonding | ValidatorStatus::Unbonded => 0,
    }
}
