//! What happens at the end of an epoch: sets are computed, differences queued, and what waits is sent.
//!
//! Only consumers whose set may have changed are computed ([`dirty`]), and only those for which something waits are sent to.
//! Journey: end block → [`map_height`], at an epoch [`queue`], then [`send`]. Source: provider spec §3.1, §3.8, §3.11.

use super::candidates::Candidates;
use super::consumer_set::{self, Member};
use super::error::Error;
use super::host::{Host, View};
use super::link::{self, Link};
use super::phase::{self, Phase};
use super::{dirty, params, pending, report, state};
use crate::id::{ConsumerId, VscId};
use crate::rules::{EmptiedSet, FirstUpdate, OldUpdates};
use crate::valset::is_epoch_block;
use crate::wire::vsc::ValidatorSetChange;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::{Height, Time};
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
    match host.rules().old_updates {
        OldUpdates::Keep => return Ok(()),
        OldUpdates::Forget => {}
    }
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
    let candidates = Candidates::read(host)?;
    dirty::mark_changed(host, &candidates)?;
    for id in dirty::take(host)? {
        queue_for(host, id, vsc_id, &candidates)?;
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
    let due = state::OUTBOX.iter(host).map(|entry| entry.map(|(id, ())| id));
    let due = due.collect::<Result<Vec<_>, Corrupt>>()?;
    if due.is_empty() {
        return Ok(());
    }
    let params = params::get(host)?;
    for id in due {
        match link::of(host, id)? {
            Some(Link::Open { channel, .. }) if phase::of(host, id)? == Some(Phase::Launched) => {
                pending::flush(host, id, &channel, &params)?;
            }
            Some(_) | None => state::OUTBOX.remove(host, &id),
        }
    }
    Ok(())
}

fn queue_for(
    host: &mut impl Host,
    id: ConsumerId,
    vsc_id: VscId,
    candidates: &Candidates,
) -> Result<(), Error> {
    let before = consumer_set::current(host, id)?;
    let mut next = consumer_set::next(host, id, candidates, &before)?;
    if next.members.is_empty() && !before.is_empty() {
        next.members = emptied(host, id, &before);
    }
    let updates = consumer_set::changes(&before, &next.members);
    consumer_set::adopt(host, id, candidates, &before, next)?;
    let is_open = matches!(link::of(host, id)?, Some(Link::Open { .. }));
    if !updates.is_empty() || (is_open && is_first(host, id)?) {
        let change = ValidatorSetChange { updates, id: vsc_id, slash_acks: Vec::new() };
        pending::queue(host, id, change)?;
    }
    if is_open && pending::is_waiting(host, id)? {
        state::OUTBOX.set(host, &id, &());
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

/// Whether a consumer whose channel is open gets an update that changes nothing: its first, which opens it.
fn is_first(view: &impl View, id: ConsumerId) -> Result<bool, Corrupt> {
    match view.rules().first_update {
        FirstUpdate::OnChange => Ok(false),
        FirstUpdate::EvenIfEmpty => Ok(!state::LAST_SENT.has(view, &id) && !pending::is_waiting(view, id)?),
    }
}
