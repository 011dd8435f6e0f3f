//! What infractions on a consumer cost. The defaults are copied when it is created; asking for others comes later.
//!
//! Source: provider spec §2.2, §2.4.

use super::error::Fault;
use super::host::View;
use crate::wire::genesis::DurationNs;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::Dec;

/// What both kinds of infractions cost.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct InfractionParameters {
    /// Two votes at one height.
    pub double_sign: SlashJailParameters,
    /// Too many missed blocks.
    pub downtime: SlashJailParameters,
}

/// What one kind of infraction costs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SlashJailParameters {
    /// Share of the stake that is burned, 0 to 1.
    pub slash_fraction: Dec,
    /// How long the validator is jailed.
    pub jail_duration: DurationNs,
    /// Whether it can never come back; without effect for downtime.
    pub tombstone: bool,
}

/// The part of [`InfractionParameters`] that a message gives: what it leaves out stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct InfractionChange {
    /// New costs of a double sign.
    pub double_sign: Option<SlashJailParameters>,
    /// New costs of downtime.
    pub downtime: Option<SlashJailParameters>,
}

impl InfractionChange {
    /// Checks every part that is there.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn validate(&self) -> Result<(), Fault> {
        for (field, part) in [("DoubleSign", &self.double_sign), ("Downtime", &self.downtime)] {
            let Some(part) = part else { continue };
            if part.jail_duration.0 < 0 {
                return Err(Fault::new(field, "jail duration cannot be negative"));
            }
            if part.slash_fraction.is_negative() || part.slash_fraction > Dec::ONE {
                return Err(Fault::new(field, "slash fraction must be from 0 to 1"));
            }
        }
        Ok(())
    }

    /// Whether it asks for nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.double_sign.is_none() && self.downtime.is_none()
    }
}

/// What a new consumer gets: the provider's own costs now.
#[must_use]
pub fn defaults(view: &impl View) -> InfractionParameters {
    let (fraction, jail) = view.infraction_defaults();
    let jail_ns = i64::try_from(jail.as_nanos()).unwrap_or(i64::MAX);
    InfractionParameters {
        double_sign: SlashJailParameters {
            slash_fraction: fraction,
            jail_duration: DurationNs(i64::MAX),
            tombstone: true,
        },
        downtime: SlashJailParameters {
            slash_fraction: Dec::ZERO,
            jail_duration: DurationNs(jail_ns),
            tombstone: false,
        },
    }
}
