//! When something becomes due, and where it stands in its queue until then, so that it is taken out without a search.
//!
//! Strangers choose spawn times, and thousands may choose the same. Source: provider spec §2.8.

use super::host::Host;
use crate::id::DueAt;
use borsh::{BorshDeserialize, BorshSerialize};
use core::time::Duration;
use ics_abci::Time;
use ics_kv::{Corrupt, TimeQueue, Value};

/// The place of an item in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Slot {
    /// When it is due (UTC).
    pub due: Time,
    /// Which of those that are due at that time.
    pub place: u64,
}

/// Puts an item into a queue.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn push<V: Value>(
    host: &mut impl Host,
    queue: &TimeQueue<DueAt, V>,
    due: Time,
    item: &V,
) -> Result<Slot, Corrupt> {
    let place = queue.push(host, &DueAt(due), item)?;
    Ok(Slot { due, place })
}

/// Takes an item out of a queue before it is due.
pub(super) fn withdraw<V: Value>(host: &mut impl Host, queue: &TimeQueue<DueAt, V>, slot: Slot) {
    queue.remove(host, &DueAt(slot.due), slot.place);
}

/// `now` and `period` later; the last second of time where that lies beyond it.
pub(super) fn after(now: Time, period: Duration) -> Time {
    let last = Time::parse("9999-12-31T23:59:59Z").unwrap_or(now);
    now.plus(period).unwrap_or(last)
}
