//! What an operator changes of its validator.
//!
//! Source: SDK x/staking `EditValidator`.

use super::validator::{Commission, Description};
use super::{error, state};
use crate::{Ctx, Error};
use ics_abci::{Dec, Event, Time, ValAddr};
use std::time::Duration;

/// In place of a text of the description: it stays as it is.
const AS_IT_IS: &str = "[do-not-modify]";

/// At least so long lies between two changes of a commission.
const BETWEEN_CHANGES: Duration = Duration::from_secs(86_400);

/// What is to be different about a validator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Its operator.
    pub operator: ValAddr,
    /// What it says of itself; a text `[do-not-modify]` stays as it is.
    pub description: Description,
    /// Another commission, a fraction.
    pub rate: Option<Dec>,
    /// Another least stake of its own, smallest unit.
    pub min_self_delegation: Option<u128>,
}

impl Edit {
    /// What can be said without state.
    ///
    /// # Errors
    /// `sdk/18`.
    pub fn check(&self) -> Result<(), Error> {
        if self.description == Description::default() {
            return Err(Error::invalid_request("empty description"));
        }
        if self.min_self_delegation == Some(0) {
            return Err(Error::invalid_request("minimum self delegation must be a positive integer"));
        }
        if self.rate.is_some_and(|rate| rate.is_negative() || rate > Dec::ONE) {
            return Err(Error::invalid_request("commission rate must be between 0 and 1 (inclusive)"));
        }
        Ok(())
    }
}

/// Changes a validator. Emits `edit_validator`.
///
/// # Errors
/// Those of [`Edit::check`]; no such validator; a text that is too long; a commission below the chain's least, above the
/// validator's most, changed too much or too soon; a least stake that is not more than before or more than there is.
pub fn edit_validator(ctx: &mut Ctx<'_>, edit: &Edit) -> Result<(), Error> {
    edit.check()?;
    let least = state::params(ctx)?.min_commission();
    if edit.rate.is_some_and(|rate| rate < least) {
        let text = format!("commission rate cannot be less than the min commission rate {least}");
        return Err(Error::invalid_request(text));
    }
    let before = state::validator(ctx, &edit.operator)?.ok_or_else(error::no_validator)?;
    let mut after = before.clone();
    after.description = edit.description.over(&before.description);
    after.description.check()?;
    if let Some(rate) = edit.rate {
        after.commission = before.commission.changed(rate, ctx.block.time)?;
    }
    if let Some(least) = edit.min_self_delegation {
        if least <= before.min_self_delegation {
            return Err(error::self_delegation_decreased());
        }
        if least > before.tokens {
            return Err(error::self_delegation_low());
        }
        after.min_self_delegation = least;
    }
    state::put(ctx, Some(&before), &after);
    ctx.emit(
        Event::new("edit_validator")
            .with("commission_rate", after.commission.in_words())
            .with("min_self_delegation", after.min_self_delegation),
    );
    Ok(())
}

impl Description {
    /// These texts, those of `known` where they are to stay.
    fn over(&self, known: &Self) -> Self {
        let pick = |new: &String, old: &String| if new == AS_IT_IS { old.clone() } else { new.clone() };
        Self {
            moniker: pick(&self.moniker, &known.moniker),
            identity: pick(&self.identity, &known.identity),
            website: pick(&self.website, &known.website),
            security_contact: pick(&self.security_contact, &known.security_contact),
            details: pick(&self.details, &known.details),
        }
    }
}

impl Commission {
    fn changed(&self, rate: Dec, now: Time) -> Result<Self, Error> {
        if self.updated.plus(BETWEEN_CHANGES).map_or(true, |next| now < next) {
            return Err(error::commission_again());
        }
        if rate > self.max_rate {
            return Err(error::commission_over_max());
        }
        if rate.minus(self.rate).map_err(error::arithmetic)? > self.max_change_rate {
            return Err(error::commission_jump());
        }
        Ok(Self { rate, updated: now, ..*self })
    }

    /// As the SDK's events show it: protobuf's text form, in one line, with a space at the end.
    fn in_words(&self) -> String {
        let [rate, max, change] =
            [self.rate, self.max_rate, self.max_change_rate].map(|rate| rate.to_atomics_text());
        let nanos = match self.updated.nanos() {
            0 => String::new(),
            nanos => format!("nanos:{nanos} "),
        };
        let seconds = match self.updated.seconds() {
            0 => String::new(),
            seconds => format!("seconds:{seconds} "),
        };
        format!(
            "commission_rates:<rate:\"{rate}\" max_rate:\"{max}\" max_change_rate:\"{change}\" > \
             update_time:<{seconds}{nanos}> "
        )
    }
}
