//! Stake goes in and comes out.
//!
//! Source: SDK x/staking `Delegate`, `Unbond`, `Undelegate`.

use super::validator::{Status, Validator};
use super::{error, state, unbonding};
use crate::modules::bank::{self, Coins};
use crate::{Ctx, Error};
use ics_abci::{AccAddr, Dec, Event, Time, ValAddr};

/// What an undelegation leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undelegated {
    /// When the coins come back.
    pub completion: Time,
    /// How many, smallest unit.
    pub amount: u128,
}

/// Delegates coins to a validator; gives the shares. Emits `delegate`.
///
/// # Errors
/// No such validator, a validator whose shares are worth nothing, coins that the delegator does not own.
pub fn delegate(
    ctx: &mut Ctx<'_>,
    delegator: &AccAddr,
    operator: &ValAddr,
    amount: u128,
) -> Result<Dec, Error> {
    let validator = state::validator(ctx, operator)?.ok_or_else(error::no_validator)?;
    let shares = ctx.atomically(|ctx| deposit(ctx, delegator, validator, amount, Source::Account))?;
    let prefix = ctx.chain.prefix;
    let coin = format!("{amount}{}", state::params(ctx)?.bond_denom);
    ctx.emit(
        Event::new("delegate")
            .with("validator", operator.to_text(&format!("{prefix}valoper")))
            .with("delegator", delegator.to_text(prefix))
            .with("amount", coin)
            .with("new_shares", shares),
    );
    Ok(shares)
}

/// Where stake comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The delegator's account.
    Account,
    /// One of the two pools.
    Pool(&'static str),
}

/// Moves the coins and writes the shares.
pub(super) fn deposit(
    ctx: &mut Ctx<'_>,
    delegator: &AccAddr,
    mut validator: Validator,
    amount: u128,
    source: Source,
) -> Result<Dec, Error> {
    let before = validator.clone();
    let issued = validator.add_tokens(amount)?;
    let coins = Coins::one(&state::params(ctx)?.bond_denom, amount);
    match source {
        Source::Account => bank::delegate(ctx, delegator, validator.pool(), &coins)?,
        Source::Pool(pool) if pool == validator.pool() => {}
        Source::Pool(pool) => bank::send_between_modules(ctx, pool, validator.pool(), &coins)?,
    }
    state::put(ctx, Some(&before), &validator);
    let key = (delegator.0.clone(), validator.operator.0.clone());
    let shares = state::DELEGATIONS.get(ctx, &key)?.unwrap_or(Dec::ZERO);
    state::DELEGATIONS.set(ctx, &key, &shares.plus(issued).map_err(error::arithmetic)?);
    let (delegator, operator) = key;
    state::DELEGATORS.set(ctx, &(operator, delegator), &());
    Ok(issued)
}

/// Takes stake back: it is liable until the unbonding time has passed, then it is paid out. Emits `unbond`.
///
/// # Errors
/// No such validator or delegation, less stake than asked for, too many unbondings at a time.
pub fn undelegate(
    ctx: &mut Ctx<'_>,
    delegator: &AccAddr,
    operator: &ValAddr,
    amount: u128,
) -> Result<Undelegated, Error> {
    let undelegated = ctx.atomically(|ctx| withdraw(ctx, delegator, operator, amount))?;
    let prefix = ctx.chain.prefix;
    let coin = format!("{}{}", undelegated.amount, state::params(ctx)?.bond_denom);
    ctx.emit(
        Event::new("unbond")
            .with("validator", operator.to_text(&format!("{prefix}valoper")))
            .with("delegator", delegator.to_text(prefix))
            .with("amount", coin)
            .with("completion_time", whole_seconds(undelegated.completion)),
    );
    Ok(undelegated)
}

/// The text of a time without its fraction, as events carry it.
pub(super) fn whole_seconds(time: Time) -> String {
    Time::new(time.seconds(), 0).unwrap_or(time).to_string()
}

fn withdraw(
    ctx: &mut Ctx<'_>,
    delegator: &AccAddr,
    operator: &ValAddr,
    amount: u128,
) -> Result<Undelegated, Error> {
    let before = state::validator(ctx, operator)?.ok_or_else(error::no_validator)?;
    let shares = owned_shares(ctx, delegator, &before, amount)?;
    unbonding::check_room(ctx, delegator, operator)?;
    let amount = take(ctx, delegator, &before, shares)?;
    let params = state::params(ctx)?;
    if before.status == Status::Bonded {
        let coins = Coins::one(&params.bond_denom, amount);
        bank::send_between_modules(ctx, super::BONDED_POOL, super::NOT_BONDED_POOL, &coins)?;
    }
    let completion = ctx.block.time.plus(params.unbonding_time.into()).map_err(Error::invalid_request)?;
    unbonding::push(ctx, delegator, operator, completion, amount)?;
    Ok(Undelegated { completion, amount })
}

/// The shares that are worth so much, of which the delegator has as many.
pub(super) fn owned_shares(
    ctx: &Ctx<'_>,
    delegator: &AccAddr,
    validator: &Validator,
    amount: u128,
) -> Result<Dec, Error> {
    let owned = state::delegation(ctx, delegator, &validator.operator)?.ok_or_else(error::no_delegation)?;
    let shares = validator.shares_of(amount)?;
    if shares > owned {
        return Err(Error::invalid_request("invalid shares amount"));
    }
    Ok(shares)
}

/// Takes shares from a delegation and its validator; gives what they were worth, which stays in the pool that it is in.
pub(super) fn take(
    ctx: &mut Ctx<'_>,
    delegator: &AccAddr,
    before: &Validator,
    shares: Dec,
) -> Result<u128, Error> {
    let key = (delegator.0.clone(), before.operator.0.clone());
    let owned = state::DELEGATIONS.get(ctx, &key)?.ok_or_else(error::no_delegation)?;
    let mut validator = before.clone();
    let amount = validator.remove_shares(shares)?;
    let left = owned.minus(shares).map_err(error::arithmetic)?;
    if left.is_zero() {
        state::DELEGATIONS.remove(ctx, &key);
        state::DELEGATORS.remove(ctx, &(key.1, key.0));
    } else {
        state::DELEGATIONS.set(ctx, &key, &left);
    }
    // A validator that keeps too little of its own stake leaves the set until its operator brings it back.
    if delegator.0 == before.operator.0
        && !validator.jailed
        && before.tokens_of(left)? < validator.min_self_delegation
    {
        validator.jailed = true;
    }
    state::put(ctx, Some(before), &validator);
    if validator.shares.is_zero() && validator.status == Status::Unbonded {
        state::remove(ctx, &validator);
    }
    Ok(amount)
}
