//! What infractions on a consumer cost.
//!
//! The provider's own costs are copied when a consumer is created, what its owner gives goes over them. Once it launched,
//! a change waits for one unbonding period, so that nobody is punished by rules that came after the stake.
//! Journey: update → [`change`] → begin block → [`apply_due`]. Source: provider spec §2.2, §2.4, §2.11.

use super::due::{self, Slot};
use super::error::{Error, Fault};
use super::host::{Host, View};
use super::phase::{DUE_PER_BLOCK, Phase};
use super::state;
use crate::id::{ConsumerId, DueAt};
use crate::wire::genesis::DurationNs;
use alloc::string::ToString;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::Dec;
use ics_kv::Corrupt;

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

    /// It over what is there: a part that it leaves out stays.
    #[must_use]
    pub fn over(&self, there: InfractionParameters) -> InfractionParameters {
        InfractionParameters {
            double_sign: self.double_sign.clone().unwrap_or(there.double_sign),
            downtime: self.downtime.clone().unwrap_or(there.downtime),
        }
    }
}

/// A change that waits.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct QueuedInfraction {
    /// What infractions will cost.
    pub params: InfractionParameters,
    /// From when on.
    pub slot: Slot,
}

/// What infractions on a consumer cost now.
///
/// # Errors
/// [`Error::UnknownConsumer`], [`Error::Corrupt`].
pub fn of(view: &impl View, id: ConsumerId) -> Result<InfractionParameters, Error> {
    state::INFRACTION_PARAMS.get(view, &id)?.ok_or_else(|| Error::UnknownConsumer(id.to_string()))
}

/// The change that waits for a consumer, if one does.
///
/// # Errors
/// [`Corrupt`].
pub fn queued(view: &impl View, id: ConsumerId) -> Result<Option<QueuedInfraction>, Corrupt> {
    state::QUEUED_INFRACTION.get(view, &id)
}

/// Changes what infractions on a consumer in `phase` cost: at once before its launch, else one unbonding period from now.
///
/// It takes the place of a change that waits, so the wait begins again; what equals the costs of now ends the wait.
///
/// # Errors
/// [`Error::UnknownConsumer`], [`Error::Corrupt`].
pub(super) fn change(
    host: &mut impl Host,
    id: ConsumerId,
    phase: Phase,
    change: &InfractionChange,
) -> Result<(), Error> {
    let now = of(host, id)?;
    let params = change.over(now.clone());
    if phase.is_prelaunched() {
        state::INFRACTION_PARAMS.set(host, &id, &params);
        return Ok(());
    }
    withdraw(host, id)?;
    if params != now {
        let due = due::after(host.now(), host.unbonding_period());
        let slot = due::push(host, &state::INFRACTION_QUEUE, due, &id)?;
        state::QUEUED_INFRACTION.set(host, &id, &QueuedInfraction { params, slot });
    }
    Ok(())
}

/// Drops the change that waits for a consumer, if one does.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn withdraw(host: &mut impl Host, id: ConsumerId) -> Result<(), Corrupt> {
    if let Some(waiting) = queued(host, id)? {
        due::withdraw(host, &state::INFRACTION_QUEUE, waiting.slot);
        state::QUEUED_INFRACTION.remove(host, &id);
    }
    Ok(())
}

/// Makes the changes whose time has come, at most [`DUE_PER_BLOCK`].
///
/// An entry without its record, which no step leaves, changes nothing rather than halt the chain (provider spec §11.9).
///
/// # Errors
/// [`Corrupt`].
pub fn apply_due(host: &mut impl Host) -> Result<(), Corrupt> {
    let now = DueAt(host.now());
    for id in state::INFRACTION_QUEUE.take_due(host, &now, DUE_PER_BLOCK)? {
        if let Some(waiting) = queued(host, id)? {
            state::INFRACTION_PARAMS.set(host, &id, &waiting.params);
            state::QUEUED_INFRACTION.remove(host, &id);
        }
    }
    Ok(())
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
