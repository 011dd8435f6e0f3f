//! How a consumer's set is shaped. Only the record that shapes nothing can be stored yet.
//!
//! Source: provider spec §2.2, §3.6.

use super::error::{Error, Fault};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::ConsAddr;

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

    /// Checks that it shapes nothing, which is all that can be done yet.
    ///
    /// # Errors
    /// [`Error::NotYet`] naming the first part that is asked for.
    pub fn require_none(&self) -> Result<(), Error> {
        for (asked, what) in [
            (self.top_n != 0, "Top N"),
            (self.validators_power_cap != 0, "validators power cap"),
            (self.validator_set_cap != 0, "validator set cap"),
            (!self.allowlist.is_empty(), "allowlist"),
            (!self.denylist.is_empty(), "denylist"),
            (self.min_stake != 0, "minimum stake"),
            (self.allow_inactive_vals, "inactive validators"),
            (!self.prioritylist.is_empty(), "prioritylist"),
        ] {
            if asked {
                return Err(Error::NotYet(what));
            }
        }
        Ok(())
    }
}
