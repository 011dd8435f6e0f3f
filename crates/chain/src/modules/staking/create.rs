//! How a validator comes into being.

use super::delegation::{self, Source};
use super::validator::{Commission, Description, Status, Validator};
use super::{error, state};
use crate::{Ctx, Error};
use ics_abci::{AccAddr, ConsKey, Dec, Event, Height, Time, ValAddr};

/// A validator that somebody wants to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewValidator {
    /// Its operator, whose account pays the first stake.
    pub operator: ValAddr,
    /// The key with which it will sign.
    pub key: ConsKey,
    /// What it says of itself.
    pub description: Description,
    /// Commission now, ever at most, and more at most within a day.
    pub rates: [Dec; 3],
    /// Least stake of its own.
    pub min_self_delegation: u128,
    /// Its first stake.
    pub amount: u128,
}

impl NewValidator {
    /// What can be said without state.
    ///
    /// # Errors
    /// `sdk/18` and the commission's own errors.
    pub fn check(&self) -> Result<(), Error> {
        if self.amount == 0 {
            return Err(Error::invalid_request("invalid delegation amount"));
        }
        if self.description == Description::default() {
            return Err(Error::invalid_request("empty description"));
        }
        let [rate, max_rate, max_change_rate] = self.rates;
        if max_rate.is_negative() {
            return Err(error::commission_negative());
        }
        if max_rate > Dec::ONE {
            return Err(error::commission_huge());
        }
        if rate.is_negative() {
            return Err(error::commission_negative());
        }
        if rate > max_rate {
            return Err(error::commission_over_max());
        }
        if max_change_rate.is_negative() {
            return Err(error::change_negative());
        }
        if max_change_rate > max_rate {
            return Err(error::change_over_max());
        }
        if self.min_self_delegation == 0 {
            return Err(Error::invalid_request("minimum self delegation must be a positive integer"));
        }
        if self.amount < self.min_self_delegation {
            return Err(error::self_delegation_low());
        }
        self.description.check()
    }
}

impl Description {
    /// Whether no text is too long.
    pub(super) fn check(&self) -> Result<(), Error> {
        for (field, text, most) in [
            ("moniker", &self.moniker, 70),
            ("identity", &self.identity, 3_000),
            ("website", &self.website, 140),
            ("security contact", &self.security_contact, 140),
            ("details", &self.details, 280),
        ] {
            let len = text.len();
            if len > most {
                let text = format!("invalid {field} length; got: {len}, max: {most}");
                return Err(Error::invalid_request(text));
            }
        }
        Ok(())
    }
}

/// Makes a validator and its first delegation. It enters the set at the end of a block, if its power suffices.
/// Whoever shares keys with other chains asks first whether this key may be used.
///
/// # Errors
/// Those of [`NewValidator::check`]; an operator or a key that is a validator's already; a commission below the
/// chain's least; coins that the operator does not own.
pub fn create_validator(ctx: &mut Ctx<'_>, new: &NewValidator) -> Result<(), Error> {
    new.check()?;
    let params = state::params(ctx)?;
    let least = params.min_commission();
    let [rate, max_rate, max_change_rate] = new.rates;
    if rate < least {
        return Err(error::commission_low(least));
    }
    if state::VALIDATORS.has(ctx, &new.operator.0) {
        return Err(error::owner_exists());
    }
    let addr = new.key.address();
    if state::BY_CONS_ADDR.has(ctx, &addr.0) {
        return Err(error::key_exists());
    }
    if !matches!(new.key, ConsKey::Ed25519(_)) {
        return Err(error::key_type(new.key.kind(), "[ed25519]"));
    }
    let validator = Validator {
        operator: new.operator.clone(),
        key: new.key,
        jailed: false,
        status: Status::Unbonded,
        tokens: 0,
        shares: Dec::ZERO,
        description: new.description.clone(),
        unbonding_height: Height(0),
        unbonding_time: Time::UNIX_EPOCH,
        commission: Commission { rate, max_rate, max_change_rate, updated: ctx.block.time },
        min_self_delegation: new.min_self_delegation,
    };
    let text = new.operator.to_text(&format!("{}valoper", ctx.chain.prefix));
    let delegator = AccAddr(new.operator.0.clone());
    ctx.atomically(|ctx| {
        state::put(ctx, None, &validator);
        state::BY_CONS_ADDR.set(ctx, &addr.0, &new.operator.0);
        // Who was removed in this block and comes again is no longer gone.
        state::REMOVED.remove(ctx, &addr.0);
        delegation::deposit(ctx, &delegator, validator, new.amount, Source::Account)
    })?;
    let amount = format!("{}{}", new.amount, params.bond_denom);
    ctx.emit(Event::new("create_validator").with("validator", text).with("amount", amount));
    Ok(())
}
