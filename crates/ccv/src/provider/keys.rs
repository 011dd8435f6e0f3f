//! Which key a validator uses on a consumer, and to whom an address on a consumer leads.
//!
//! An address leads to its validator as long as an infraction signed with its key may come in: until one unbonding
//! period after another key replaced it. Source: provider spec §4.

use super::error::{Error, InUse, Wanted};
use super::host::{Host, View};
use super::phase::{self, Phase};
use super::{members, state};
use crate::id::{ConsumerAddr, ConsumerId, DueAt, ProviderAddr};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::{ConsKey, Time};
use ics_kv::Corrupt;

/// Who holds, or held, a key on a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Holder {
    /// The validator.
    pub validator: ProviderAddr,
    /// When the address is forgotten (UTC); none while its key is in use.
    pub prune_at: Option<Time>,
}

/// The key that a validator assigned on a consumer; `None` where it uses its provider key.
///
/// # Errors
/// [`Corrupt`].
pub fn assigned(
    view: &impl View,
    id: ConsumerId,
    validator: ProviderAddr,
) -> Result<Option<ConsKey>, Corrupt> {
    state::KEY.get(view, &(id, validator))
}

/// Who holds an assigned address on a consumer; `None` for addresses that nobody assigned.
///
/// # Errors
/// [`Corrupt`].
pub fn holder(view: &impl View, id: ConsumerId, addr: ConsumerAddr) -> Result<Option<ProviderAddr>, Corrupt> {
    Ok(state::HOLDER.get(view, &(addr, id))?.map(|holder| holder.validator))
}

/// To whom an address on a consumer leads: its holder, else whoever has the same address on the provider.
///
/// # Errors
/// [`Corrupt`].
pub fn resolve(view: &impl View, id: ConsumerId, addr: ConsumerAddr) -> Result<ProviderAddr, Corrupt> {
    Ok(holder(view, id, addr)?.unwrap_or(ProviderAddr(addr.0)))
}

/// Gives a validator a key on a consumer.
///
/// A key that anybody holds there, even one that waits to be forgotten, and another validator's provider key are
/// refused. The consumer learns of it at the next epoch.
///
/// # Errors
/// [`Error::WrongPhase`], [`Error::KeyInUse`], [`Error::DefaultKey`], [`Error::Corrupt`]; then nothing is written.
pub fn assign(
    host: &mut impl Host,
    id: ConsumerId,
    validator: ProviderAddr,
    key: ConsKey,
) -> Result<(), Error> {
    let phase = phase::of(host, id)?;
    if !phase.is_some_and(Phase::is_active) {
        return Err(Error::WrongPhase { id, wanted: Wanted::Active, found: phase });
    }
    let addr = ConsumerAddr(key.address());
    let old = assigned(host, id, validator)?;
    if let Some(owner) = host.validator_by_key(&ProviderAddr(addr.0)) {
        if owner.provider_addr != validator {
            return Err(Error::KeyInUse(InUse::ProviderKey));
        }
        if old.is_none() {
            return Err(Error::DefaultKey);
        }
    }
    if state::HOLDER.has(host, &(addr, id)) {
        return Err(Error::KeyInUse(InUse::Assigned));
    }
    // A replaced key whose time of forgetting lies after the year 9999 is kept for good.
    let prune_at = host.now().plus(host.unbonding_period()).ok();
    host.atomically(|host| {
        if let Some(old) = old {
            retire(
                host,
                id,
                validator,
                ConsumerAddr(old.address()),
                phase == Some(Phase::Launched),
                prune_at,
            )?;
        }
        state::KEY.set(host, &(id, validator), &key);
        state::HOLDER.set(host, &(addr, id), &Holder { validator, prune_at: None });
        state::ADDRESSES.set(host, &(validator, id, addr), &());
        phase::mark_dirty(host, id)?;
        Ok(())
    })
}

/// Forgets the replaced keys whose time has come, at most [`phase::DUE_PER_BLOCK`] in a block.
///
/// # Errors
/// [`Corrupt`].
pub fn prune(host: &mut impl Host) -> Result<(), Corrupt> {
    let now = host.now();
    for (id, addr) in state::PRUNE_QUEUE.take_due(host, &DueAt(now), phase::DUE_PER_BLOCK)? {
        // Since it was queued, the address may have been forgotten with its validator and taken by another.
        let Some(holder) = state::HOLDER.get(host, &(addr, id))? else { continue };
        if holder.prune_at.is_some_and(|prune_at| prune_at <= now) {
            forget_addr(host, id, addr, holder.validator);
        }
    }
    Ok(())
}

/// Whether a new validator may use `key` on the provider: nobody holds it on an active consumer.
///
/// # Errors
/// [`Error::KeyInUse`], [`Error::Corrupt`].
pub fn admit(view: &impl View, key: &ConsKey) -> Result<(), Error> {
    let addr = ConsumerAddr(key.address());
    for entry in state::HOLDER.under(view, &addr) {
        let ((_, id), _) = entry?;
        if phase::of(view, id)?.is_some_and(Phase::is_active) {
            return Err(Error::KeyInUse(InUse::Assigned));
        }
    }
    Ok(())
}

/// Staking removed a validator: its keys, also replaced ones, and its opt-ins go with it on every consumer.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn on_validator_removed(host: &mut impl Host, validator: ProviderAddr) -> Result<(), Error> {
    let held = state::ADDRESSES
        .under(host, &validator)
        .map(|entry| entry.map(|((_, id, addr), ())| (id, addr)))
        .collect::<Result<Vec<_>, Corrupt>>()?;
    host.atomically(|host| {
        for (id, addr) in held {
            forget_addr(host, id, addr, validator);
            state::KEY.remove(host, &(id, validator));
            phase::mark_dirty(host, id)?;
        }
        members::leave_all(host, validator)?;
        Ok(())
    })
}

/// Forgets every key on a consumer that is being deleted. Replaced ones are due by then, and left to [`prune`].
///
/// # Errors
/// [`Corrupt`].
pub(super) fn forget(host: &mut impl Host, id: ConsumerId) -> Result<(), Corrupt> {
    let assigned = all(host, id)?;
    for (validator, key) in assigned {
        forget_addr(host, id, ConsumerAddr(key.address()), validator);
        state::KEY.remove(host, &(id, validator));
    }
    Ok(())
}

/// Every assigned key on a consumer, ascending by validator.
///
/// # Errors
/// [`Corrupt`].
pub fn all(view: &impl View, id: ConsumerId) -> Result<Vec<(ProviderAddr, ConsKey)>, Corrupt> {
    state::KEY.under(view, &id).map(|entry| entry.map(|((_, validator), key)| (validator, key))).collect()
}

/// A key was replaced: at once forgotten before launch, else one unbonding period later.
fn retire(
    host: &mut impl Host,
    id: ConsumerId,
    validator: ProviderAddr,
    addr: ConsumerAddr,
    launched: bool,
    prune_at: Option<Time>,
) -> Result<(), Corrupt> {
    if !launched {
        forget_addr(host, id, addr, validator);
        return Ok(());
    }
    state::HOLDER.set(host, &(addr, id), &Holder { validator, prune_at });
    match prune_at {
        Some(due) => state::PRUNE_QUEUE.push(host, &DueAt(due), &(id, addr)),
        None => Ok(()),
    }
}

fn forget_addr(host: &mut impl Host, id: ConsumerId, addr: ConsumerAddr, validator: ProviderAddr) {
    state::HOLDER.remove(host, &(addr, id));
    state::ADDRESSES.remove(host, &(validator, id, addr));
}
