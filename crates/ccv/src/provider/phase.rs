//! The life of a consumer as a state machine; the only writer of phases and of the queues that move them.
//!
//! Journey: create → REGISTERED → (spawn time) INITIALIZED → begin block → LAUNCHED → STOPPED → begin block → DELETED.
//! Source: provider spec §2.1, §2.7, §2.8, §2.12.

use super::due;
use super::error::Error;
use super::host::{Host, View};
use super::{report, state};
use crate::id::{ConsumerId, DueAt};
use alloc::string::String;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use ics_abci::Time;
use ics_kv::Corrupt;

/// How many due consumers a block handles at most, per queue; the rest wait for the next block.
pub const DUE_PER_BLOCK: usize = 200;

/// Where a consumer stands. An id that was never given has no phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub enum Phase {
    /// Has an id and no spawn time.
    Registered,
    /// Waits for its spawn time.
    Initialized,
    /// Genesis made, client known, updates are produced.
    Launched,
    /// No more updates; kept for one unbonding period.
    Stopped,
    /// Only its description is left.
    Deleted,
}

impl Phase {
    /// The number in protobuf; 0 there stands for no phase.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Registered => 1,
            Self::Initialized => 2,
            Self::Launched => 3,
            Self::Stopped => 4,
            Self::Deleted => 5,
        }
    }

    /// The phase with this number in protobuf; `None` for 0 and unknown numbers.
    #[must_use]
    pub const fn from_number(number: i32) -> Option<Self> {
        match number {
            1 => Some(Self::Registered),
            2 => Some(Self::Initialized),
            3 => Some(Self::Launched),
            4 => Some(Self::Stopped),
            5 => Some(Self::Deleted),
            _ => None,
        }
    }

    /// The name in protobuf, as queries and events print it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registered => "CONSUMER_PHASE_REGISTERED",
            Self::Initialized => "CONSUMER_PHASE_INITIALIZED",
            Self::Launched => "CONSUMER_PHASE_LAUNCHED",
            Self::Stopped => "CONSUMER_PHASE_STOPPED",
            Self::Deleted => "CONSUMER_PHASE_DELETED",
        }
    }

    /// Whether validators may opt in and assign keys: not stopped yet.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Registered | Self::Initialized | Self::Launched)
    }

    /// Whether what the consumer starts with may still change.
    #[must_use]
    pub const fn is_prelaunched(self) -> bool {
        matches!(self, Self::Registered | Self::Initialized)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a consumer is stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its owner asked for it.
    Owner,
    /// A packet to it timed out.
    Timeout,
    /// It refused a packet.
    ErrorAck,
    /// A packet to it cannot be sent.
    SendFailed(String),
    /// It closed the channel, which cannot be opened again.
    ChannelClosed,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner => f.write_str("removed by its owner"),
            Self::Timeout => f.write_str("packet timed out"),
            Self::ErrorAck => f.write_str("packet refused"),
            Self::SendFailed(why) => write!(f, "packet not sent: {why}"),
            Self::ChannelClosed => f.write_str("channel closed"),
        }
    }
}

/// What became of a wish to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It runs no more, and is deleted at this time.
    Stopped(Time),
    /// It did not run; nothing changed.
    NotRunning,
}

/// The phase of a consumer; `None` for an id that was never given.
///
/// # Errors
/// [`Corrupt`].
pub fn of(view: &impl View, id: ConsumerId) -> Result<Option<Phase>, Corrupt> {
    state::PHASE.get(view, &id)
}

/// All consumers of a phase, ascending by id.
///
/// # Errors
/// [`Corrupt`].
pub fn all(view: &impl View, phase: Phase) -> Result<Vec<ConsumerId>, Corrupt> {
    state::BY_PHASE.under(view, &phase.number()).map(|entry| entry.map(|((_, id), ())| id)).collect()
}

/// A new consumer: REGISTERED.
///
/// # Errors
/// [`Error::Transition`] if the id has a phase already.
pub fn register(host: &mut impl Host, id: ConsumerId) -> Result<(), Error> {
    enter(host, id, Phase::Registered)
}

/// Sets when a consumer launches: INITIALIZED, once in the queue. The same time again keeps its place.
///
/// # Errors
/// [`Error::Transition`] if it launched already.
pub fn schedule(host: &mut impl Host, id: ConsumerId, spawn: Time) -> Result<(), Error> {
    let queued = state::SPAWN_AT.get(host, &id)?;
    enter(host, id, Phase::Initialized)?;
    match queued {
        Some(slot) if slot.due == spawn => return Ok(()),
        Some(slot) => due::withdraw(host, &state::SPAWN_QUEUE, slot),
        None => {}
    }
    let slot = due::push(host, &state::SPAWN_QUEUE, spawn, &id)?;
    state::SPAWN_AT.set(host, &id, &slot);
    Ok(())
}

/// Takes a waiting consumer back: REGISTERED, out of the queue if it is still there.
///
/// # Errors
/// [`Error::Transition`] unless it is INITIALIZED.
pub fn unschedule(host: &mut impl Host, id: ConsumerId) -> Result<(), Error> {
    enter(host, id, Phase::Registered)?;
    if let Some(slot) = state::SPAWN_AT.get(host, &id)? {
        due::withdraw(host, &state::SPAWN_QUEUE, slot);
        state::SPAWN_AT.remove(host, &id);
    }
    Ok(())
}

/// Takes the consumers whose spawn time has come, at most [`DUE_PER_BLOCK`], in order.
///
/// # Errors
/// [`Corrupt`].
pub fn take_due_launches(host: &mut impl Host) -> Result<Vec<ConsumerId>, Corrupt> {
    let now = DueAt(host.now());
    let due = state::SPAWN_QUEUE.take_due(host, &now, DUE_PER_BLOCK)?;
    let due = only(host, due, Phase::Initialized)?;
    for id in &due {
        state::SPAWN_AT.remove(host, id);
    }
    Ok(due)
}

/// A launch succeeded: LAUNCHED, and due at the next epoch.
///
/// # Errors
/// [`Error::Transition`] unless it is INITIALIZED.
pub fn launch(host: &mut impl Host, id: ConsumerId) -> Result<(), Error> {
    enter(host, id, Phase::Launched)?;
    mark_dirty(host, id)?;
    Ok(())
}

/// Stops a running consumer: no more updates, deleted one unbonding period from now. Only the first cause counts:
/// a consumer that does not run is left as it is, its removal time included.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn stop(host: &mut impl Host, id: ConsumerId, cause: &Cause) -> Result<Stop, Error> {
    if of(host, id)? != Some(Phase::Launched) {
        return Ok(Stop::NotRunning);
    }
    let removal = due::after(host.now(), host.unbonding_period());
    host.atomically(|host| {
        enter(host, id, Phase::Stopped)?;
        state::DIRTY.remove(host, &id);
        state::REMOVAL_AT.set(host, &id, &removal);
        state::REMOVAL_QUEUE.push(host, &DueAt(removal), &id)?;
        host.emit(report::consumer_stopped(id, cause, removal));
        Ok(Stop::Stopped(removal))
    })
}

/// Takes the consumers whose removal time has come, at most [`DUE_PER_BLOCK`], in order.
///
/// # Errors
/// [`Corrupt`].
pub fn take_due_removals(host: &mut impl Host) -> Result<Vec<ConsumerId>, Corrupt> {
    let now = DueAt(host.now());
    let due = state::REMOVAL_QUEUE.take_due(host, &now, DUE_PER_BLOCK)?;
    only(host, due, Phase::Stopped)
}

/// Those in a phase. No step leaves others in a queue; were one there, it must not halt the chain (provider spec §11.9).
fn only(view: &impl View, ids: Vec<ConsumerId>, phase: Phase) -> Result<Vec<ConsumerId>, Corrupt> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        if of(view, id)? == Some(phase) {
            found.push(id);
        }
    }
    Ok(found)
}

/// A deletion is done: DELETED.
///
/// # Errors
/// [`Error::Transition`] unless it is STOPPED.
pub fn delete(host: &mut impl Host, id: ConsumerId) -> Result<(), Error> {
    enter(host, id, Phase::Deleted)?;
    state::REMOVAL_AT.remove(host, &id);
    Ok(())
}

/// The set of a running consumer may have changed: the next epoch computes it. Others are not marked.
///
/// # Errors
/// [`Corrupt`].
pub fn mark_dirty(host: &mut impl Host, id: ConsumerId) -> Result<(), Corrupt> {
    if of(host, id)? == Some(Phase::Launched) {
        state::DIRTY.set(host, &id, &());
    }
    Ok(())
}

fn enter(host: &mut impl Host, id: ConsumerId, to: Phase) -> Result<(), Error> {
    use Phase::{Deleted, Initialized, Launched, Registered, Stopped};
    let from = of(host, id)?;
    match (from, to) {
        (None, Registered)
        | (Some(Registered), Initialized)
        | (Some(Initialized), Registered | Initialized | Launched)
        | (Some(Launched), Stopped)
        | (Some(Stopped), Deleted) => {}
        (None, Initialized | Launched | Stopped | Deleted)
        | (Some(Registered), Registered | Launched | Stopped | Deleted)
        | (Some(Initialized), Stopped | Deleted)
        | (Some(Launched), Registered | Initialized | Launched | Deleted)
        | (Some(Stopped), Registered | Initialized | Launched | Stopped)
        | (Some(Deleted), Registered | Initialized | Launched | Stopped | Deleted) => {
            return Err(Error::Transition { id, from, to });
        }
    }
    if let Some(from) = from {
        state::BY_PHASE.remove(host, &(from.number(), id));
    }
    state::PHASE.set(host, &id, &to);
    state::BY_PHASE.set(host, &(to.number(), id), &());
    Ok(())
}
