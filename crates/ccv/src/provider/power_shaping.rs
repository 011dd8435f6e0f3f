//! How a consumer's set is shaped: the record that its owner gives, and what computation takes from it.
//!
//! Journey: create and update messages → [`set`]; epochs and launches → [`shape`], [`bind`]. Source: provider spec §2.2,
//! §2.6 step 9, §3.4, §3.6.

use super::candidates::Candidates;
use super::error::{Error, Fault};
use super::host::{Host, View};
use super::{phase, state};
use crate::id::{ConsumerId, ProviderAddr};
use crate::valset::Shape;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::{ConsAddr, Power};
use ics_kv::Corrupt;

/// Most entries of a list.
const LIST_MAX: usize = 1_000;

/// How a consumer's set is shaped; all zero and empty for not at all. Lists hold provider consensus addresses, bech32.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PowerShaping {
    /// Percent of the provider's power that must validate; 0 for opt-in.
    pub top_n: u32,
    /// Most percent of the consumer's power that one validator may have; 0 for any.
    pub validators_power_cap: u32,
    /// Most validators; 0 for any number.
    pub validator_set_cap: u32,
    /// Who may validate; empty for everybody.
    pub allowlist: Vec<String>,
    /// Who may not.
    pub denylist: Vec<String>,
    /// Least stake, in tokens' smallest unit.
    pub min_stake: u64,
    /// Whether validators outside the provider's own set may validate.
    pub allow_inactive_vals: bool,
    /// Who comes first when the set is cut.
    pub prioritylist: Vec<String>,
}

impl PowerShaping {
    /// Checks every field by itself. `prefix` is that of accounts.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn validate(&self, prefix: &str) -> Result<(), Fault> {
        if self.top_n != 0 && !(50..=100).contains(&self.top_n) {
            return Err(Fault::new("TopN", "can be either 0 or in the range [50, 100]"));
        }
        if self.validators_power_cap > 100 {
            return Err(Fault::new("ValidatorsPowerCap", "has to be in the range [0, 100]"));
        }
        let prefix = format!("{prefix}valcons");
        for (field, list) in [
            ("Allowlist", &self.allowlist),
            ("Denylist", &self.denylist),
            ("Prioritylist", &self.prioritylist),
        ] {
            if list.len() > LIST_MAX {
                return Err(Fault::new(field, "is too long"));
            }
            if list.iter().any(|text| ConsAddr::parse(&prefix, text).is_err()) {
                return Err(Fault::new(field, "holds what is no consensus address"));
            }
        }
        Ok(())
    }

    /// What computation takes from it. Entries of lists that are no address count for nothing: [`Self::validate`]
    /// refuses them.
    fn shape(&self, prefix: &str) -> Shape {
        let prefix = format!("{prefix}valcons");
        let list = |texts: &[String]| -> Vec<ProviderAddr> {
            let addrs = texts.iter().filter_map(|text| ConsAddr::parse(&prefix, text).ok().map(ProviderAddr));
            addrs.collect::<BTreeSet<_>>().into_iter().collect()
        };
        Shape {
            top_n: self.top_n,
            power_cap: self.validators_power_cap,
            set_cap: self.validator_set_cap,
            min_stake: self.min_stake,
            allow_inactive: self.allow_inactive_vals,
            allowed: list(&self.allowlist),
            denied: list(&self.denylist),
            preferred: list(&self.prioritylist),
        }
    }
}

/// How a consumer's set is shaped; not at all for one that was never given any shape.
///
/// # Errors
/// [`Corrupt`].
pub fn get(view: &impl View, id: ConsumerId) -> Result<PowerShaping, Corrupt> {
    Ok(state::POWER_SHAPING.get(view, &id)?.unwrap_or_default())
}

/// Gives a consumer its shape. Top N that changes binds from now on: the least power comes from the active validators.
///
/// # Errors
/// [`Error::NobodyToBind`] where Top N changes and nobody is active, [`Error::NoGenesis`], [`Error::Corrupt`]; then
/// nothing is written.
pub fn set(host: &mut impl Host, id: ConsumerId, new: &PowerShaping) -> Result<(), Error> {
    let before = get(host, id)?;
    let binding = match new.top_n {
        top_n if top_n == before.top_n || top_n == 0 => None,
        top_n => Some(Candidates::read(host)?.min_power(top_n).ok_or(Error::NobodyToBind(id))?),
    };
    let shape = new.shape(host.prefix());
    state::POWER_SHAPING.set(host, &id, new);
    state::SHAPE.set(host, &id, &shape);
    if new.min_stake == 0 {
        state::MIN_STAKE.remove(host, &id);
    } else {
        state::MIN_STAKE.set(host, &id, &());
    }
    if new.top_n == 0 {
        state::MIN_POWER.remove(host, &id);
    } else if let Some(min_power) = binding {
        state::MIN_POWER.set(host, &id, &min_power);
    }
    phase::mark_dirty(host, id)?;
    Ok(())
}

/// The shape as computation needs it.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn shape(view: &impl View, id: ConsumerId) -> Result<Shape, Corrupt> {
    Ok(state::SHAPE.get(view, &id)?.unwrap_or_default())
}

/// The least power that a Top N chain binds, as last computed; `None` on other chains.
///
/// # Errors
/// [`Corrupt`].
pub fn min_power(view: &impl View, id: ConsumerId) -> Result<Option<Power>, Corrupt> {
    state::MIN_POWER.get(view, &id)
}

/// The least power that a Top N chain binds is this from now on.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn bind(host: &mut impl Host, id: ConsumerId, power: Power) -> Result<(), Corrupt> {
    if min_power(host, id)? != Some(power) {
        state::MIN_POWER.set(host, &id, &power);
    }
    Ok(())
}

/// Forgets all but the record itself, which describes a deleted consumer still.
pub(super) fn forget(host: &mut impl Host, id: ConsumerId) {
    state::SHAPE.remove(host, &id);
    state::MIN_STAKE.remove(host, &id);
    state::MIN_POWER.remove(host, &id);
}
