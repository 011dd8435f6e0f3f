//! What happens at the end of an epoch: sets are computed, differences queued, and what waits is sent.
//!
//! Only consumers whose set may have changed are computed: they are marked when somebody opts in or out, when a key is
//! assigned, when they launch, when their channel opens, and here, when a validator that opted in to them changed.
//! Journey: end block → [`map_height`], at an epoch [`queue`], then [`send`]. Source: provider spec §3.1, §3.8, §3.11.

use super::consumer_set::{self, Member};
use super::error::Error;
use super::host::{Bonded, Host, View};
use super::link::{self, Link};
use super::phase::{self, Phase};
use super::{members, params, pending, report, state};
use crate::id::{ConsumerId, ProviderAddr, VscId};
use crate::rules::{EmptiedSet, FirstUpdate};
use crate::valset::is_epoch_block;
use crate::wire::vsc::ValidatorSetChange;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::{Height, Power, Time};
use ics_kv::Corrupt;

/// Whether the block being executed ends an epoch.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`].
pub fn ends(view: &impl View) -> Result<bool, Error> {
    Ok(is_epoch_block(view.height(), params::get(view)?.epoch_length()))
}

/// From when the set of an update is liable for what its validators do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Liable {
    /// Provider height, in blocks: the one after its epoch.
    pub height: Height,
    /// Time of the epoch's last block (UTC).
    pub noted: Time,
}

/// The id that this epoch's updates will carry.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`].
pub fn current(view: &impl View) -> Result<VscId, Error> {
    state::VSC_ID.get(view)?.ok_or(Error::NoGenesis)
}

/// Notes from which height the set of this epoch's updates is liable: the next block. Overwritten until the epoch ends.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`].
pub fn map_height(host: &mut impl Host) -> Result<(), Error> {
    let id = current(host)?;
    let liable = Liable { height: host.height().next(), noted: host.now() };
    state::LIABLE.set(host, &id, &liable);
    Ok(())
}

/// The provider height, in blocks, from which the set of an update is liable; `None` for an update that never was.
///
/// An id that is forgotten stands for the newest forgotten time: whatever still unbonds began after it, so nothing more
/// and nothing less is liable than at the id's own height.
///
/// # Errors
/// [`Corrupt`].
pub fn liable_height(view: &impl View, id: VscId) -> Result<Option<Height>, Corrupt> {
    if let Some(liable) = state::LIABLE.get(view, &id)? {
        return Ok(Some(liable.height));
    }
    let oldest = state::LIABLE.iter(view).next().transpose()?;
    Ok(oldest.and_then(|(oldest, liable)| (id < oldest).then_some(liable.height)))
}

/// Forgets the oldest ids whose successor is older than an unbonding period. One id comes with each epoch and up to two
/// go, so a shortened period is caught up with.
fn forget_old(host: &mut impl Host) -> Result<(), Corrupt> {
    let (now, unbonding) = (host.now(), host.unbonding_period());
    let oldest = state::LIABLE.iter(host).take(3).collect::<Result<Vec<_>, Corrupt>>()?;
    for (id, (_, successor)) in oldest.iter().map(|(id, _)| id).zip(oldest.iter().skip(1)) {
        if now.since(successor.noted) < unbonding {
            break;
        }
        state::LIABLE.remove(host, id);
    }
    Ok(())
}

/// Computes the sets that may have changed, queues what to tell each consumer, and begins the next epoch.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`]; no consumer's set can make it fail otherwise.
pub fn queue(host: &mut impl Host) -> Result<(), Error> {
    let vsc_id = current(host)?;
    let eligible = consumer_set::eligible(host)?;
    mark_changed(host, &eligible)?;
    let dirty =
        state::DIRTY.iter(host).map(|entry| entry.map(|(id, ())| id)).collect::<Result<Vec<_>, Corrupt>>()?;
    for id in dirty {
        state::DIRTY.remove(host, &id);
        queue_for(host, id, vsc_id, &eligible)?;
    }
    state::VSC_ID.set(host, &vsc_id.next());
    forget_old(host)?;
    Ok(())
}

/// Sends what waits for the consumers whose channel is open.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`].
pub fn send(host: &mut impl Host) -> Result<(), Error> {
    let params = params::get(host)?;
    for id in phase::all(host, Phase::Launched)? {
        if let Some(Link::Open { channel, .. }) = link::of(host, id)? {
            pending::flush(host, id, &channel, &params)?;
        }
    }
    Ok(())
}

/// Marks the consumers of every validator whose power, or whose place among the eligible, changed since the last epoch.
fn mark_changed(host: &mut impl Host, eligible: &[Bonded]) -> Result<(), Corrupt> {
    let before = state::EPOCH_POWER.iter(host).collect::<Result<BTreeMap<ProviderAddr, Power>, Corrupt>>()?;
    let after: BTreeMap<ProviderAddr, Power> =
        eligible.iter().map(|validator| (validator.provider_addr, validator.power)).collect();
    for gone in before.keys().filter(|addr| !after.contains_key(addr)) {
        state::EPOCH_POWER.remove(host, gone);
        mark_consumers_of(host, *gone)?;
    }
    for (addr, power) in &after {
        if before.get(addr) != Some(power) {
            state::EPOCH_POWER.set(host, addr, power);
            mark_consumers_of(host, *addr)?;
        }
    }
    Ok(())
}

fn mark_consumers_of(host: &mut impl Host, validator: ProviderAddr) -> Result<(), Corrupt> {
    for id in members::consumers_of(host, validator)? {
        phase::mark_dirty(host, id)?;
    }
    Ok(())
}

fn queue_for(
    host: &mut impl Host,
    id: ConsumerId,
    vsc_id: VscId,
    eligible: &[Bonded],
) -> Result<(), Corrupt> {
    let before = consumer_set::current(host, id)?;
    let next = consumer_set::next(host, id, eligible)?;
    let after = if next.is_empty() && !before.is_empty() { emptied(host, id, &before) } else { next };
    let updates = consumer_set::changes(&before, &after);
    consumer_set::store(host, id, &before, &after);
    if !updates.is_empty() || is_first(host, id)? {
        let change = ValidatorSetChange { updates, id: vsc_id, slash_acks: Vec::new() };
        pending::queue(host, id, change)?;
    }
    Ok(())
}

/// What stays of a set that would be empty.
fn emptied(host: &mut impl Host, id: ConsumerId, before: &[Member]) -> Vec<Member> {
    match host.rules().emptied_set {
        EmptiedSet::Send => Vec::new(),
        EmptiedSet::KeepLast => {
            host.emit(report::set_kept(id));
            before.to_vec()
        }
    }
}

/// Whether a consumer gets an update that changes nothing: its first, which opens it.
fn is_first(view: &impl View, id: ConsumerId) -> Result<bool, Corrupt> {
    match view.rules().first_update {
        FirstUpdate::OnChange => Ok(false),
        FirstUpdate::EvenIfEmpty => {
            Ok(matches!(link::of(view, id)?, Some(Link::Open { .. })) && !pending::has_any(view, id)?)
        }
    }
}
