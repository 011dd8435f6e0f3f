//! Which key a validator uses on a consumer, and to whom an address on a consumer leads.
//!
//! An address leads to its validator as long as an infraction signed with its key may come in: until one unbonding
//! period after the last moment at which the consumer may have learned of the key that replaced it.
//! Journey: assign → [`assign`] → end of an epoch → [`tell`] → end block → [`prune`]. Source: provider spec §4; attack B-6.

use super::among::among;
use super::error::{Error, InUse, Wanted};
use super::host::{Host, View};
use super::link::{self, Link};
use super::phase::{self, Phase};
use super::{commission, due, members, params, pending, state};
use crate::id::{ConsumerAddr, ConsumerId, DueAt, ProviderAddr};
use crate::rules::ReplacedKey;
use alloc::vec::Vec;
use core::time::Duration;
use ics_abci::ConsKey;
use ics_kv::Corrupt;

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
    state::HOLDER.get(view, &(addr, id))
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
    host.atomically(|host| {
        if let Some(old) = old {
            let old = ConsumerAddr(old.address());
            match phase {
                Some(Phase::Launched) => retire(host, id, old)?,
                _ => forget_addr(host, id, old, validator)?,
            }
        }
        state::KEY.set(host, &(id, validator), &key);
        state::HOLDER.set(host, &(addr, id), &validator);
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
        if let Some(validator) = holder(host, id, addr)? {
            forget_addr(host, id, addr, validator)?;
        }
    }
    Ok(())
}

/// Queues the replaced keys of those consumers that were sent all there is to tell: each is forgotten one unbonding
/// period after the last moment at which the consumer can take the update that replaces it.
///
/// A consumer that cannot be reached may still use the old key: it is remembered until the consumer is told or deleted.
/// Such a consumer costs a few reads an epoch, others none. Runs at the end of an epoch, after updates were sent.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`].
pub fn tell(host: &mut impl Host) -> Result<(), Error> {
    let untold = state::UNTOLD
        .iter(host)
        .map(|entry| entry.map(|(id, ())| id))
        .collect::<Result<Vec<_>, Corrupt>>()?;
    if untold.is_empty() {
        return Ok(());
    }
    let timeout = params::get(host)?.ccv_timeout_period.get().unwrap_or(Duration::MAX);
    let due = due::after(due::after(host.now(), timeout), host.unbonding_period());
    for id in untold {
        if phase::of(host, id)? != Some(Phase::Launched) {
            state::UNTOLD.remove(host, &id);
        } else if matches!(link::of(host, id)?, Some(Link::Open { .. })) && !pending::is_waiting(host, id)? {
            for addr in retired(host, id)? {
                if state::RETIRED.get(host, &(id, addr))? == Some(None) {
                    let slot = due::push(host, &state::PRUNE_QUEUE, due, &(id, addr))?;
                    state::RETIRED.set(host, &(id, addr), &Some(slot));
                }
            }
            state::UNTOLD.remove(host, &id);
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
            forget_addr(host, id, addr, validator)?;
            state::KEY.remove(host, &(id, validator));
            phase::mark_dirty(host, id)?;
        }
        commission::forget_validator(host, validator)?;
        members::leave_all(host, validator)?;
        Ok(())
    })
}

/// Forgets every key on a consumer that is being deleted, replaced ones too.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn forget(host: &mut impl Host, id: ConsumerId) -> Result<(), Corrupt> {
    for (validator, key) in all(host, id)? {
        forget_addr(host, id, ConsumerAddr(key.address()), validator)?;
        state::KEY.remove(host, &(id, validator));
    }
    for addr in retired(host, id)? {
        if let Some(validator) = holder(host, id, addr)? {
            forget_addr(host, id, addr, validator)?;
        }
    }
    state::UNTOLD.remove(host, &id);
    Ok(())
}

/// Every assigned key on a consumer, ascending by validator.
///
/// # Errors
/// [`Corrupt`].
pub fn all(view: &impl View, id: ConsumerId) -> Result<Vec<(ProviderAddr, ConsKey)>, Corrupt> {
    state::KEY.under(view, &id).map(|entry| entry.map(|((_, validator), key)| (validator, key))).collect()
}

/// The keys that any of `validators` (ascending) assigned on a consumer, ascending by validator.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn assigned_among(
    view: &impl View,
    id: ConsumerId,
    validators: &[ProviderAddr],
) -> Result<Vec<(ProviderAddr, ConsKey)>, Corrupt> {
    among(view, &state::KEY, id, validators)
}

/// The replaced keys on a consumer that are still remembered.
fn retired(view: &impl View, id: ConsumerId) -> Result<Vec<ConsumerAddr>, Corrupt> {
    state::RETIRED.under(view, &id).map(|entry| entry.map(|((_, addr), _)| addr)).collect()
}

/// A key on a launched consumer was replaced.
fn retire(host: &mut impl Host, id: ConsumerId, addr: ConsumerAddr) -> Result<(), Corrupt> {
    let slot = match host.rules().replaced_key {
        ReplacedKey::AfterDelivery => {
            state::UNTOLD.set(host, &id, &());
            None
        }
        ReplacedKey::AfterAssignment => {
            let due = due::after(host.now(), host.unbonding_period());
            Some(due::push(host, &state::PRUNE_QUEUE, due, &(id, addr))?)
        }
    };
    state::RETIRED.set(host, &(id, addr), &slot);
    Ok(())
}

fn forget_addr(
    host: &mut impl Host,
    id: ConsumerId,
    addr: ConsumerAddr,
    validator: ProviderAddr,
) -> Result<(), Corrupt> {
    if let Some(Some(slot)) = state::RETIRED.get(host, &(id, addr))? {
        due::withdraw(host, &state::PRUNE_QUEUE, slot);
    }
    state::RETIRED.remove(host, &(id, addr));
    state::HOLDER.remove(host, &(addr, id));
    state::ADDRESSES.remove(host, &(validator, id, addr));
    Ok(())
}
