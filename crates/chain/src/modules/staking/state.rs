//! The key table of staking, and what others may ask of it.

use super::validator::{Params, Status, Validator};
use crate::Ctx;
use crate::modules::bank;
use ics_abci::{AccAddr, ConsAddr, Dec, Height, Power, ValAddr};
use ics_kv::{Corrupt, Item, Map, Read, Value, Write};
use std::time::Duration;

/// The parameters.
pub(super) const PARAMS: Item<Params> = Item::at("staking", 0);
/// By operator.
pub(super) const VALIDATORS: Map<Vec<u8>, Validator> = Map::at("staking", 1);
/// Consensus address to operator.
pub(super) const BY_CONS_ADDR: Map<[u8; 20], Vec<u8>> = Map::at("staking", 2);
/// Power and operator's bytes inverted, so that going down meets the most power first and, among equals, the lowest
/// operator; holds whoever is not jailed.
const BY_POWER: Map<(u64, Vec<u8>), Vec<u8>> = Map::at("staking", 3);
/// The set after the last end of block: operator to power.
pub(super) const LAST_POWER: Map<Vec<u8>, Power> = Map::at("staking", 4);
/// Its sum.
pub(super) const LAST_TOTAL: Item<Power> = Item::at("staking", 5);
/// Shares by delegator and operator.
pub(super) const DELEGATIONS: Map<(Vec<u8>, Vec<u8>), Dec> = Map::at("staking", 6);
/// The same from the other end: operator and delegator.
pub(super) const DELEGATORS: Map<(Vec<u8>, Vec<u8>), ()> = Map::at("staking", 7);
/// How many validators the set was last worked out for; gone as soon as a validator changes.
pub(super) const SETTLED: Item<u32> = Item::at("staking", 13);
/// Consensus addresses of validators that were removed since the last end of block.
pub(super) const REMOVED: Map<[u8; 20], Vec<u8>> = Map::at("staking", 8);

/// A validator of the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bonded {
    /// The validator.
    pub validator: Validator,
    /// Its power after the last end of block; 0 for none.
    pub last_power: Power,
}

/// The module's parameters.
///
/// # Errors
/// [`Corrupt`] state.
pub fn params(state: &(impl Read + ?Sized)) -> Result<Params, Corrupt> {
    Ok(PARAMS.get(state)?.unwrap_or_default())
}

/// How long stake stays liable after it was withdrawn.
///
/// # Errors
/// [`Corrupt`] state.
pub fn unbonding_time(state: &(impl Read + ?Sized)) -> Result<Duration, Corrupt> {
    Ok(params(state)?.unbonding_time.into())
}

/// How many headers staking promises to keep.
///
/// # Errors
/// [`Corrupt`] state.
pub fn historical_entries(state: &(impl Read + ?Sized)) -> Result<u32, Corrupt> {
    Ok(params(state)?.historical_entries)
}

/// The validator of an operator.
///
/// # Errors
/// [`Corrupt`] state.
pub fn validator(state: &(impl Read + ?Sized), operator: &ValAddr) -> Result<Option<Validator>, Corrupt> {
    VALIDATORS.get(state, &operator.0)
}

/// The validator with a consensus address.
///
/// # Errors
/// [`Corrupt`] state.
pub fn validator_by_cons_addr(
    state: &(impl Read + ?Sized),
    addr: &ConsAddr,
) -> Result<Option<Validator>, Corrupt> {
    match BY_CONS_ADDR.get(state, &addr.0)? {
        Some(operator) => VALIDATORS.get(state, &operator),
        None => Ok(None),
    }
}

/// All validators, by operator.
pub fn validators<'a>(
    state: &'a (impl Read + ?Sized),
) -> impl Iterator<Item = Result<Validator, Corrupt>> + 'a {
    VALIDATORS.iter(state).map(|entry| entry.map(|(_, validator)| validator))
}

/// Bonded validators, most power (by tokens) first, ties by operator ascending, at most `max_validators`.
///
/// # Errors
/// [`Corrupt`] state.
pub fn bonded(state: &(impl Read + ?Sized)) -> Result<Vec<Bonded>, Corrupt> {
    let most = usize::try_from(params(state)?.max_validators).unwrap_or(usize::MAX);
    let mut set = Vec::new();
    for validator in by_power(state) {
        if set.len() >= most {
            break;
        }
        let validator = validator?;
        if validator.status == Status::Bonded {
            let last_power = LAST_POWER.get(state, &validator.operator.0)?.unwrap_or(0);
            set.push(Bonded { validator, last_power });
        }
    }
    Ok(set)
}

/// The power of an operator's validator after the last end of block; 0 for none.
///
/// # Errors
/// [`Corrupt`] state.
pub fn last_power(state: &(impl Read + ?Sized), operator: &ValAddr) -> Result<Power, Corrupt> {
    Ok(LAST_POWER.get(state, &operator.0)?.unwrap_or(0))
}

/// The set after the last end of block, by operator.
///
/// # Errors
/// [`Corrupt`] state.
pub fn last_powers(state: &(impl Read + ?Sized)) -> Result<Vec<(ValAddr, Power)>, Corrupt> {
    LAST_POWER.iter(state).map(|entry| entry.map(|(operator, power)| (ValAddr(operator), power))).collect()
}

/// The sum of all powers after the last end of block.
///
/// # Errors
/// [`Corrupt`] state.
pub fn last_total_power(state: &(impl Read + ?Sized)) -> Result<Power, Corrupt> {
    Ok(LAST_TOTAL.get(state)?.unwrap_or(0))
}

/// Shares of a delegation.
///
/// # Errors
/// [`Corrupt`] state.
pub fn delegation(
    state: &(impl Read + ?Sized),
    delegator: &AccAddr,
    operator: &ValAddr,
) -> Result<Option<Dec>, Corrupt> {
    DELEGATIONS.get(state, &(delegator.0.clone(), operator.0.clone()))
}

/// The delegations of a delegator: operator and shares.
pub fn delegations_of<'a>(
    state: &'a (impl Read + ?Sized),
    delegator: &AccAddr,
) -> impl Iterator<Item = Result<(ValAddr, Dec), Corrupt>> + 'a {
    DELEGATIONS
        .under(state, &delegator.0)
        .map(|entry| entry.map(|((_, operator), shares)| (ValAddr(operator), shares)))
}

/// Stake in one of the two pools, smallest unit.
///
/// # Errors
/// [`Corrupt`] state.
pub fn tokens_of(state: &(impl Read + ?Sized), pool: &str) -> Result<u128, Corrupt> {
    bank::balance(state, &ics_abci::module_address(pool), &params(state)?.bond_denom)
}

/// Validators that are not jailed, most power first, ties by operator ascending.
pub(super) fn by_power<'a>(
    state: &'a (impl Read + ?Sized),
) -> impl Iterator<Item = Result<Validator, Corrupt>> + 'a {
    BY_POWER.iter_rev(state).map(move |entry| {
        let (key, operator) = entry?;
        VALIDATORS.get(state, &operator)?.ok_or_else(|| Corrupt { key: BY_POWER.key(&key) })
    })
}

/// Stores a validator in place of what it was before (none for a new one) and keeps the index by power.
pub(super) fn put(state: &mut (impl Write + ?Sized), before: Option<&Validator>, after: &Validator) {
    if let Some(before) = before {
        BY_POWER.remove(state, &power_key(before));
    }
    VALIDATORS.set(state, &after.operator.0, after);
    SETTLED.remove(state);
    if !after.jailed {
        BY_POWER.set(state, &power_key(after), &after.operator.0);
    }
}

/// Forgets a validator that is unbonded and without shares.
pub(super) fn remove(state: &mut (impl Write + ?Sized), validator: &Validator) {
    let addr = validator.key.address().0;
    VALIDATORS.remove(state, &validator.operator.0);
    SETTLED.remove(state);
    BY_CONS_ADDR.remove(state, &addr);
    BY_POWER.remove(state, &power_key(validator));
    REMOVED.set(state, &addr, &validator.operator.0);
}

fn power_key(validator: &Validator) -> (u64, Vec<u8>) {
    let power = u64::try_from(validator.potential_power()).unwrap_or(0);
    (power, validator.operator.0.iter().map(|byte| !byte).collect())
}

/// A moment as a key: it sorts by time.
pub(crate) type TimeKey = (u64, u32);

/// The key of a moment.
pub(crate) fn time_key(time: ics_abci::Time) -> TimeKey {
    let seconds = time.seconds().saturating_sub(ics_abci::Time::ZERO.seconds());
    (u64::try_from(seconds).unwrap_or(0), time.nanos())
}

/// Most of what waits in one queue that one block settles; the rest waits for the next.
const MOST_PER_BLOCK: usize = 1_000;

/// Takes what is due at the block's time out of a queue, by due time and id; gives id and value.
pub(super) fn take_due<V: Value>(
    ctx: &mut Ctx<'_>,
    queue: &Map<(TimeKey, u64), V>,
) -> Result<Vec<(u64, V)>, Corrupt> {
    let now = time_key(ctx.block.time);
    let mut due = Vec::new();
    for entry in queue.iter(ctx).take(MOST_PER_BLOCK) {
        let (key, value) = entry?;
        if key.0 > now {
            break;
        }
        due.push((key, value));
    }
    for (key, _) in &due {
        queue.remove(ctx, key);
    }
    Ok(due.into_iter().map(|((_, id), value)| (id, value)).collect())
}

/// Marks where a validator stopped to be bonded.
pub(super) fn begin_unbonding(validator: &mut Validator, height: Height, due: ics_abci::Time) {
    validator.status = Status::Unbonding;
    validator.unbonding_height = height;
    validator.unbonding_time = due;
}
