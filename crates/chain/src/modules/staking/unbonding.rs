//! Stake that is on its way back: liable still, and paid out when it is due.

use super::state::{self, time_key};
use super::{NOT_BONDED_POOL, error};
use crate::modules::bank::{self, Coins};
use crate::{Ctx, Error};
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::{AccAddr, Event, Height, Time, ValAddr};
use ics_kv::{Corrupt, Item, Map, Read, Write};
use std::collections::BTreeMap;

/// A part of a delegation on its way back.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Unbonding {
    /// Counts all unbondings of the chain from 1.
    pub id: u64,
    /// Where it began.
    pub height: Height,
    /// When it is due.
    pub completion: Time,
    /// What it began with, smallest unit.
    pub initial_balance: u128,
    /// What will be paid out.
    pub balance: u128,
}

/// By delegator and operator; never empty.
const UNBONDINGS: Map<Owner, Vec<Unbonding>> = Map::at("staking", 9);
/// Delegator and operator.
pub(super) type Owner = (Vec<u8>, Vec<u8>);
/// By due time and id.
const QUEUE: Map<((u64, u32), u64), Owner> = Map::at("staking", 10);
/// The id that was given last.
const LAST_ID: Item<u64> = Item::at("staking", 11);

/// Most unbondings that one block pays out; the rest wait for the next.
const MOST_PER_BLOCK: usize = 1_000;

/// What is on its way back from a validator to a delegator.
///
/// # Errors
/// [`Corrupt`] state.
pub fn unbondings(
    state: &(impl Read + ?Sized),
    delegator: &AccAddr,
    operator: &ValAddr,
) -> Result<Vec<Unbonding>, Corrupt> {
    Ok(UNBONDINGS.get(state, &(delegator.0.clone(), operator.0.clone()))?.unwrap_or_default())
}

/// What is on its way back to a delegator, by operator.
pub(super) fn of_delegator<'a>(
    state: &'a (impl Read + ?Sized),
    delegator: &AccAddr,
) -> impl Iterator<Item = Result<(ValAddr, Vec<Unbonding>), Corrupt>> + 'a {
    let entries = UNBONDINGS.under(state, &delegator.0);
    entries.map(|entry| entry.map(|((_, operator), unbondings)| (ValAddr(operator), unbondings)))
}

/// Everything that is on its way back, by delegator and operator.
pub(super) fn all<'a>(
    state: &'a (impl Read + ?Sized),
) -> impl Iterator<Item = Result<(Owner, Vec<Unbonding>), Corrupt>> + 'a {
    UNBONDINGS.iter(state)
}

/// The id that was given last; 0 for none.
pub(super) fn last_id(state: &(impl Read + ?Sized)) -> Result<u64, Corrupt> {
    Ok(LAST_ID.get(state)?.unwrap_or(0))
}

/// Stores what was on its way back on a chain that was exported.
pub(super) fn restore(
    state: &mut (impl Write + ?Sized),
    unbondings: &BTreeMap<Owner, Vec<Unbonding>>,
    last_id: u64,
) {
    for (owner, entries) in unbondings {
        UNBONDINGS.set(state, owner, entries);
        for entry in entries {
            QUEUE.set(state, &(time_key(entry.completion), entry.id), owner);
        }
    }
    if last_id > 0 {
        LAST_ID.set(state, &last_id);
    }
}

/// Whether one more may begin.
pub(super) fn check_room(ctx: &Ctx<'_>, delegator: &AccAddr, operator: &ValAddr) -> Result<(), Error> {
    let most = usize::try_from(state::params(ctx)?.max_entries).unwrap_or(usize::MAX);
    if unbondings(ctx, delegator, operator)?.len() >= most {
        return Err(error::too_many_unbondings());
    }
    Ok(())
}

/// Begins one, or adds to the one that began in this block.
pub(super) fn push(
    ctx: &mut Ctx<'_>,
    delegator: &AccAddr,
    operator: &ValAddr,
    completion: Time,
    amount: u128,
) -> Result<(), Error> {
    let key = (delegator.0.clone(), operator.0.clone());
    let mut entries = unbondings(ctx, delegator, operator)?;
    let height = ctx.block.height;
    let same = |entry: &&mut Unbonding| entry.height == height && entry.completion == completion;
    if let Some(entry) = entries.iter_mut().find(same) {
        // Both lie in one pool, whose sum fits.
        entry.initial_balance = entry.initial_balance.saturating_add(amount);
        entry.balance = entry.balance.saturating_add(amount);
    } else {
        let id = last_id(ctx)?.saturating_add(1);
        LAST_ID.set(ctx, &id);
        QUEUE.set(ctx, &(time_key(completion), id), &key);
        entries.push(Unbonding { id, height, completion, initial_balance: amount, balance: amount });
    }
    UNBONDINGS.set(ctx, &key, &entries);
    Ok(())
}

/// Pays out what is due. Emits `complete_unbonding`.
pub(super) fn complete_due(ctx: &mut Ctx<'_>) -> Result<(), Error> {
    let now = time_key(ctx.block.time);
    let mut due = Vec::new();
    for entry in QUEUE.iter(ctx).take(MOST_PER_BLOCK) {
        let ((time, id), owner) = entry?;
        if time > now {
            break;
        }
        due.push(((time, id), owner));
    }
    if due.is_empty() {
        return Ok(());
    }
    let denom = state::params(ctx)?.bond_denom;
    for (key, owner) in due {
        QUEUE.remove(ctx, &key);
        complete(ctx, key.1, owner, &denom)?;
    }
    Ok(())
}

fn complete(ctx: &mut Ctx<'_>, id: u64, owner: Owner, denom: &str) -> Result<(), Error> {
    let mut entries = UNBONDINGS.get(ctx, &owner)?.unwrap_or_default();
    let Some(position) = entries.iter().position(|entry| entry.id == id) else { return Ok(()) };
    let entry = entries.remove(position);
    if entries.is_empty() {
        UNBONDINGS.remove(ctx, &owner);
    } else {
        UNBONDINGS.set(ctx, &owner, &entries);
    }
    let (delegator, operator) = (AccAddr(owner.0), ValAddr(owner.1));
    let coins = Coins::one(denom, entry.balance);
    if !coins.is_zero() {
        bank::undelegate(ctx, NOT_BONDED_POOL, &delegator, &coins)?;
    }
    let prefix = ctx.chain.prefix;
    ctx.emit(
        Event::new("complete_unbonding")
            .with("amount", coins)
            .with("validator", operator.to_text(&format!("{prefix}valoper")))
            .with("delegator", delegator.to_text(prefix)),
    );
    Ok(())
}
