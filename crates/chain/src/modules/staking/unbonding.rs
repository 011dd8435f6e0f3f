//! Stake that is on its way back: liable still, and paid out when it is due.

use super::delegation::{self, Source};
use super::state::{self, TimeKey, time_key};
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
    /// Counts all unbondings and redelegations of the chain from 1.
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
const QUEUE: Map<(TimeKey, u64), Owner> = Map::at("staking", 10);
/// The id that was given last.
const LAST_ID: Item<u64> = Item::at("staking", 11);

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

/// An id that nothing has had.
pub(super) fn next_id(ctx: &mut Ctx<'_>) -> Result<u64, Corrupt> {
    let id = last_id(ctx)?.saturating_add(1);
    LAST_ID.set(ctx, &id);
    Ok(id)
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
        let id = next_id(ctx)?;
        QUEUE.set(ctx, &(time_key(completion), id), &key);
        entries.push(Unbonding { id, height, completion, initial_balance: amount, balance: amount });
    }
    UNBONDINGS.set(ctx, &key, &entries);
    Ok(())
}

/// Takes back that stake is on its way: so much of what began at a height is bonded again, to the same validator. Emits
/// `cancel_unbonding_delegation`.
///
/// # Errors
/// No such validator or unbonding, a validator that is jailed or whose shares are worth nothing, more than is on its way,
/// stake whose time has passed.
pub fn cancel_unbonding(
    ctx: &mut Ctx<'_>,
    delegator: &AccAddr,
    operator: &ValAddr,
    amount: u128,
    height: Height,
) -> Result<(), Error> {
    let validator = state::validator(ctx, operator)?.ok_or_else(error::no_validator)?;
    if validator.tokens == 0 && !validator.shares.is_zero() {
        return Err(error::bad_exchange_rate());
    }
    if validator.jailed {
        return Err(error::jailed());
    }
    let (prefix, valoper) = (ctx.chain.prefix, format!("{}valoper", ctx.chain.prefix));
    let (who, whose) = (delegator.to_text(prefix), operator.to_text(&valoper));
    let mut entries = unbondings(ctx, delegator, operator)?;
    if entries.is_empty() {
        // The SDK passes on the error of its query service.
        let what = format!("unbonding delegation with delegator {who} not found for validator {whose}");
        return Err(Error::unregistered(format!("rpc error: code = NotFound desc = {what}")));
    }
    let position = entries.iter().position(|entry| entry.height == height);
    let missing =
        || Error::not_found(format!("unbonding delegation entry is not found at block height {height}"));
    let entry = position.and_then(|position| entries.get_mut(position)).ok_or_else(missing)?;
    let too_much = || Error::invalid_request("amount is greater than the unbonding delegation entry balance");
    entry.balance = entry.balance.checked_sub(amount).ok_or_else(too_much)?;
    entry.initial_balance = entry.initial_balance.saturating_sub(amount);
    if entry.completion < ctx.block.time {
        return Err(Error::invalid_request("unbonding delegation is already processed"));
    }
    let (is_empty, queued) = (entry.balance == 0, (time_key(entry.completion), entry.id));
    ctx.atomically(|ctx| {
        delegation::deposit(ctx, delegator, validator, amount, Source::Pool(NOT_BONDED_POOL))?;
        if is_empty {
            entries.retain(|entry| entry.id != queued.1);
            QUEUE.remove(ctx, &queued);
        }
        put(ctx, &(delegator.0.clone(), operator.0.clone()), &entries);
        Ok::<(), Error>(())
    })?;
    let coin = format!("{amount}{}", state::params(ctx)?.bond_denom);
    ctx.emit(
        Event::new("cancel_unbonding_delegation")
            .with("amount", coin)
            .with("validator", whose)
            .with("delegator", who)
            .with("creation_height", height),
    );
    Ok(())
}

fn put(state: &mut (impl Write + ?Sized), owner: &Owner, entries: &Vec<Unbonding>) {
    if entries.is_empty() {
        UNBONDINGS.remove(state, owner);
    } else {
        UNBONDINGS.set(state, owner, entries);
    }
}

/// Pays out what is due. Emits `complete_unbonding`.
pub(super) fn complete_due(ctx: &mut Ctx<'_>) -> Result<(), Error> {
    let due = state::take_due(ctx, &QUEUE)?;
    if due.is_empty() {
        return Ok(());
    }
    let denom = state::params(ctx)?.bond_denom;
    for (id, owner) in due {
        complete(ctx, id, owner, &denom)?;
    }
    Ok(())
}

fn complete(ctx: &mut Ctx<'_>, id: u64, owner: Owner, denom: &str) -> Result<(), Error> {
    let mut entries = UNBONDINGS.get(ctx, &owner)?.unwrap_or_default();
    let Some(position) = entries.iter().position(|entry| entry.id == id) else { return Ok(()) };
    let entry = entries.remove(position);
    put(ctx, &owner, &entries);
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
