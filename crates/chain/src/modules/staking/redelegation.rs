//! Stake that went from one validator to another: it counts for the new one at once, and is liable for what the old one did
//! until its time has passed.
//!
//! Journey: a message → [`redelegate`] → at the end of a block [`complete_due`] forgets what is no longer liable.
//! Source: SDK x/staking `BeginRedelegation`, `CompleteRedelegation`.

use super::delegation::{self, Source, whole_seconds};
use super::state::{self, TimeKey, time_key};
use super::validator::{Status, Validator};
use super::{error, unbonding};
use crate::modules::bank::Coins;
use crate::{Ctx, Error};
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::{AccAddr, Dec, Event, Height, Time, ValAddr};
use ics_kv::{Corrupt, Map, Read, Write};
use std::collections::BTreeMap;

/// Stake on which two validators have a claim.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Redelegation {
    /// Counts all unbondings and redelegations of the chain from 1.
    pub id: u64,
    /// From where on the old validator's faults do not touch it.
    pub height: Height,
    /// When it is free of the old validator.
    pub completion: Time,
    /// What went over, smallest unit.
    pub initial_balance: u128,
    /// The shares that it became.
    pub shares: Dec,
}

/// Delegator, the operator that it came from, the operator that it went to.
pub(super) type Path = (Vec<u8>, Vec<u8>, Vec<u8>);

/// Never empty.
const REDELEGATIONS: Map<Path, Vec<Redelegation>> = Map::at("staking", 14);
/// The same from the side of the old validator: its operator, delegator, the new operator.
const LEFT: Map<Path, ()> = Map::at("staking", 15);
/// The same from the side of the new validator: its operator, delegator, the old operator.
const CAME: Map<Path, ()> = Map::at("staking", 16);
/// By due time and id.
const QUEUE: Map<(TimeKey, u64), Path> = Map::at("staking", 17);

/// What went from one validator to another and is not free of the first.
///
/// # Errors
/// [`Corrupt`] state.
pub fn redelegations(
    state: &(impl Read + ?Sized),
    delegator: &AccAddr,
    from: &ValAddr,
    to: &ValAddr,
) -> Result<Vec<Redelegation>, Corrupt> {
    Ok(REDELEGATIONS.get(state, &path(delegator, from, to))?.unwrap_or_default())
}

/// All of a delegator, by the old and the new operator.
pub(super) fn of_delegator<'a>(
    state: &'a (impl Read + ?Sized),
    delegator: &AccAddr,
) -> impl Iterator<Item = Result<(Path, Vec<Redelegation>), Corrupt>> + 'a {
    REDELEGATIONS.under(state, &delegator.0)
}

/// All that left a validator, by delegator and new operator.
pub(super) fn from_validator<'a>(
    state: &'a (impl Read + ?Sized),
    operator: &ValAddr,
) -> impl Iterator<Item = Result<(Path, Vec<Redelegation>), Corrupt>> + 'a {
    LEFT.under(state, &operator.0).map(|entry| {
        let ((from, delegator, to), ()) = entry?;
        let path = (delegator, from, to);
        let entries = REDELEGATIONS.get(state, &path)?;
        let entries = entries.ok_or_else(|| Corrupt { key: REDELEGATIONS.key(&path) })?;
        Ok((path, entries))
    })
}

/// All there are.
pub(super) fn all<'a>(
    state: &'a (impl Read + ?Sized),
) -> impl Iterator<Item = Result<(Path, Vec<Redelegation>), Corrupt>> + 'a {
    REDELEGATIONS.iter(state)
}

/// Stores what a chain that was exported had.
pub(super) fn restore(state: &mut (impl Write + ?Sized), redelegations: &BTreeMap<Path, Vec<Redelegation>>) {
    for (path, entries) in redelegations {
        put(state, path, entries);
        for entry in entries {
            QUEUE.set(state, &(time_key(entry.completion), entry.id), path);
        }
    }
}

/// Moves stake to another validator. Gives when it is free of the first: at once, the zero time, where that one is unbonded.
/// Emits `redelegate`.
///
/// # Errors
/// No such validators or delegation, less stake than asked for, the same validator, stake that is not free of a third, too
/// many at a time, shares that are worth nothing on either side.
pub fn redelegate(
    ctx: &mut Ctx<'_>,
    delegator: &AccAddr,
    from: &ValAddr,
    to: &ValAddr,
    amount: u128,
) -> Result<Time, Error> {
    let before = state::validator(ctx, from)?.ok_or_else(error::no_validator)?;
    let shares = delegation::owned_shares(ctx, delegator, &before, amount)?;
    if from == to {
        return Err(error::same_validator());
    }
    let target = state::validator(ctx, to)?.ok_or_else(error::no_target)?;
    if CAME.under(ctx, &(from.0.clone(), delegator.0.clone())).next().is_some() {
        return Err(error::transitive());
    }
    let most = usize::try_from(state::params(ctx)?.max_entries).unwrap_or(usize::MAX);
    if redelegations(ctx, delegator, from, to)?.len() >= most {
        return Err(error::too_many_redelegations());
    }
    let completion = ctx.atomically(|ctx| move_stake(ctx, delegator, &before, target, shares))?;
    let valoper = format!("{}valoper", ctx.chain.prefix);
    let coin = format!("{amount}{}", state::params(ctx)?.bond_denom);
    ctx.emit(
        Event::new("redelegate")
            .with("source_validator", from.to_text(&valoper))
            .with("destination_validator", to.to_text(&valoper))
            .with("amount", coin)
            .with("completion_time", whole_seconds(completion)),
    );
    Ok(completion)
}

fn move_stake(
    ctx: &mut Ctx<'_>,
    delegator: &AccAddr,
    before: &Validator,
    target: Validator,
    shares: Dec,
) -> Result<Time, Error> {
    let moved = delegation::take(ctx, delegator, before, shares)?;
    if moved == 0 {
        return Err(error::tiny_redelegation());
    }
    let to = target.operator.clone();
    let issued = delegation::deposit(ctx, delegator, target, moved, Source::Pool(before.pool()))?;
    let (height, completion) = match before.status {
        Status::Unbonded => return Ok(Time::ZERO),
        Status::Unbonding => (before.unbonding_height, before.unbonding_time),
        Status::Bonded => {
            let due = ctx.block.time.plus(state::unbonding_time(ctx)?);
            (ctx.block.height, due.map_err(Error::invalid_request)?)
        }
    };
    let path = path(delegator, &before.operator, &to);
    let id = unbonding::next_id(ctx)?;
    let mut entries = REDELEGATIONS.get(ctx, &path)?.unwrap_or_default();
    entries.push(Redelegation { id, height, completion, initial_balance: moved, shares: issued });
    put(ctx, &path, &entries);
    QUEUE.set(ctx, &(time_key(completion), id), &path);
    Ok(completion)
}

/// Forgets what is free of its first validator. Emits `complete_redelegation`.
pub(super) fn complete_due(ctx: &mut Ctx<'_>) -> Result<(), Error> {
    for (_, path) in state::take_due(ctx, &QUEUE)? {
        complete(ctx, &path)?;
    }
    Ok(())
}

/// All of one path whose time has passed: what was due at once is told at once, as in the SDK.
fn complete(ctx: &mut Ctx<'_>, path: &Path) -> Result<(), Error> {
    let entries = REDELEGATIONS.get(ctx, path)?.unwrap_or_default();
    let (free, left): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|entry| entry.completion <= ctx.block.time);
    if free.is_empty() {
        return Ok(());
    }
    put(ctx, path, &left);
    let sum = free.iter().fold(0_u128, |sum, entry| sum.saturating_add(entry.initial_balance));
    let coins = Coins::one(&state::params(ctx)?.bond_denom, sum);
    let (delegator, from, to) = path.clone();
    let valoper = format!("{}valoper", ctx.chain.prefix);
    ctx.emit(
        Event::new("complete_redelegation")
            .with("amount", coins)
            .with("delegator", AccAddr(delegator).to_text(ctx.chain.prefix))
            .with("source_validator", ValAddr(from).to_text(&valoper))
            .with("destination_validator", ValAddr(to).to_text(&valoper)),
    );
    Ok(())
}

fn path(delegator: &AccAddr, from: &ValAddr, to: &ValAddr) -> Path {
    (delegator.0.clone(), from.0.clone(), to.0.clone())
}

/// Stores the entries of a path with both indices, or removes all three where there are none.
fn put(state: &mut (impl Write + ?Sized), path: &Path, entries: &Vec<Redelegation>) {
    let (delegator, from, to) = path.clone();
    let left = (from.clone(), delegator.clone(), to.clone());
    let came = (to, delegator, from);
    if entries.is_empty() {
        REDELEGATIONS.remove(state, path);
        LEFT.remove(state, &left);
        CAME.remove(state, &came);
    } else {
        REDELEGATIONS.set(state, path, entries);
        LEFT.set(state, &left, &());
        CAME.set(state, &came, &());
    }
}
