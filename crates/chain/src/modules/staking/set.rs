//! The set of validators, worked out at the end of every block, and what changed in it.
//!
//! Journey: a role's end block → [`end_block`] → the engine, or the provider's consumers.
//! Source: SDK x/staking `BlockValidatorUpdates`.

use super::state::{self, LAST_POWER, LAST_TOTAL, REMOVED, SETTLED, time_key};
use super::validator::{Status, Validator};
use super::{BONDED_POOL, NOT_BONDED_POOL, redelegation, unbonding};
use crate::modules::bank::{self, Coins};
use crate::{Ctx, Error};
use ics_abci::{ConsAddr, ConsKey, Power, ValAddr};
use ics_kv::{Corrupt, Map};
use std::collections::BTreeMap;

/// A power that the set did not have before this block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PowerChange {
    /// Whose.
    pub operator: ValAddr,
    /// The key that signs.
    pub key: ConsKey,
    /// Before; 0 for none.
    pub old: Power,
    /// Now; 0 for none.
    pub new: Power,
}

/// What the end of a block changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndBlock {
    /// The powers: first those of members, most power first, then those that left, by operator.
    pub powers: Vec<PowerChange>,
    /// Validators that ceased to exist in this block.
    pub removed: Vec<(ValAddr, ConsAddr)>,
}

/// Unbonding validators by due time and operator.
const QUEUE: Map<((u64, u32), Vec<u8>), ()> = Map::at("staking", 12);

/// Most validators that become unbonded in one block; the rest wait for the next.
const MOST_PER_BLOCK: usize = 1_000;

/// Works out the set, then settles what is due.
///
/// # Errors
/// Corrupt state only; the node must halt.
pub fn end_block(ctx: &mut Ctx<'_>) -> Result<EndBlock, Error> {
    let powers = apply(ctx)?;
    unbond_due(ctx)?;
    unbonding::complete_due(ctx)?;
    redelegation::complete_due(ctx)?;
    Ok(EndBlock { powers, removed: take_removed(ctx)? })
}

/// Compares the most powerful with the set of before; who comes in is bonded, who drops out begins to unbond.
/// Nothing is read where no validator changed since the set was worked out.
pub(crate) fn apply(ctx: &mut Ctx<'_>) -> Result<Vec<PowerChange>, Error> {
    let params = state::params(ctx)?;
    if SETTLED.get(ctx)? == Some(params.max_validators) {
        return Ok(Vec::new());
    }
    let mut last: BTreeMap<Vec<u8>, Power> = LAST_POWER.iter(ctx).collect::<Result<_, Corrupt>>()?;
    let most = usize::try_from(params.max_validators).unwrap_or(usize::MAX);
    let members: Vec<Validator> = state::by_power(ctx)
        .take(most)
        .take_while(|validator| validator.as_ref().map_or(true, |validator| validator.potential_power() > 0))
        .collect::<Result<_, Corrupt>>()?;
    let (mut changes, mut total) = (Vec::new(), 0_i64);
    let (mut bonds, mut unbonds) = (0_u128, 0_u128);
    for validator in members {
        let new = validator.potential_power();
        if validator.status != Status::Bonded {
            bonds = bonds.saturating_add(validator.tokens);
            bond(ctx, &validator);
        }
        let old = last.remove(&validator.operator.0).unwrap_or(0);
        if old != new {
            LAST_POWER.set(ctx, &validator.operator.0, &new);
            changes.push(PowerChange { operator: validator.operator, key: validator.key, old, new });
        }
        total = total.saturating_add(new);
    }
    for (operator, old) in last {
        let key = || Error::Corrupt(Corrupt { key: state::VALIDATORS.key(&operator) });
        let validator = state::VALIDATORS.get(ctx, &operator)?.ok_or_else(key)?;
        unbonds = unbonds.saturating_add(validator.tokens);
        begin_unbonding(ctx, &validator, params.unbonding_time.into())?;
        LAST_POWER.remove(ctx, &operator);
        changes.push(PowerChange { operator: ValAddr(operator), key: validator.key, old, new: 0 });
    }
    // Only the difference moves between the pools.
    let (into, out_of) = (bonds.saturating_sub(unbonds), unbonds.saturating_sub(bonds));
    if into > 0 {
        let coins = Coins::one(&params.bond_denom, into);
        bank::send_between_modules(ctx, NOT_BONDED_POOL, BONDED_POOL, &coins)?;
    } else if out_of > 0 {
        let coins = Coins::one(&params.bond_denom, out_of);
        bank::send_between_modules(ctx, BONDED_POOL, NOT_BONDED_POOL, &coins)?;
    }
    if !changes.is_empty() {
        LAST_TOTAL.set(ctx, &total);
    }
    SETTLED.set(ctx, &params.max_validators);
    Ok(changes)
}

fn bond(ctx: &mut Ctx<'_>, before: &Validator) {
    QUEUE.remove(ctx, &(time_key(before.unbonding_time), before.operator.0.clone()));
    let after = Validator { status: Status::Bonded, ..before.clone() };
    state::put(ctx, Some(before), &after);
}

fn begin_unbonding(
    ctx: &mut Ctx<'_>,
    before: &Validator,
    unbonding_time: std::time::Duration,
) -> Result<(), Error> {
    let mut after = before.clone();
    let due = ctx.block.time.plus(unbonding_time).map_err(Error::invalid_request)?;
    state::begin_unbonding(&mut after, ctx.block.height, due);
    state::put(ctx, Some(before), &after);
    queue(ctx, &after);
    Ok(())
}

/// Lets a validator that is unbonding wait for its time.
pub(super) fn queue(ctx: &mut Ctx<'_>, validator: &Validator) {
    QUEUE.set(ctx, &(time_key(validator.unbonding_time), validator.operator.0.clone()), &());
}

/// Validators whose time has passed are unbonded; those without stake cease to exist.
fn unbond_due(ctx: &mut Ctx<'_>) -> Result<(), Error> {
    let now = time_key(ctx.block.time);
    let mut due = Vec::new();
    for entry in QUEUE.iter(ctx).take(MOST_PER_BLOCK) {
        let (key, ()) = entry?;
        if key.0 > now {
            break;
        }
        due.push(key);
    }
    for key in due {
        QUEUE.remove(ctx, &key);
        let Some(before) = state::VALIDATORS.get(ctx, &key.1)? else { continue };
        if before.status != Status::Unbonding {
            continue;
        }
        let after = Validator { status: Status::Unbonded, ..before.clone() };
        state::put(ctx, Some(&before), &after);
        if after.shares.is_zero() {
            state::remove(ctx, &after);
        }
    }
    Ok(())
}

fn take_removed(ctx: &mut Ctx<'_>) -> Result<Vec<(ValAddr, ConsAddr)>, Error> {
    let removed: Vec<([u8; 20], Vec<u8>)> = REMOVED.iter(ctx).collect::<Result<_, Corrupt>>()?;
    for (addr, _) in &removed {
        REMOVED.remove(ctx, addr);
    }
    Ok(removed.into_iter().map(|(addr, operator)| (ValAddr(operator), ConsAddr(addr))).collect())
}
