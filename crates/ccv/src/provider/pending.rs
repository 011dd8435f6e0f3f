//! Updates that wait to be sent, per consumer in the order of their epochs.
//!
//! They wait for the channel to open, and while the client is not active. Source: provider spec §3.8, §1.8.

use super::error::Error;
use super::host::{Host, SendError, View};
use super::params::Params;
use super::phase::{self, Cause};
use super::state;
use crate::id::{ChannelId, ConsumerId, VscId};
use crate::valset::accumulate;
use crate::wire::vsc::ValidatorSetChange;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use ics_abci::Time;
use ics_kv::Corrupt;

/// Most updates that wait for one consumer.
pub const WAITING_MAX: usize = 200;

/// What became of the updates that waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flush {
    /// All are sent: this many.
    Sent(usize),
    /// The client is not active: they wait on.
    Waiting,
    /// The channel cannot take them: the consumer is stopped.
    Stopped(String),
}

/// Puts an update behind those that wait; where [`WAITING_MAX`] wait already, it joins the last of them.
///
/// Two updates in one packet say what two packets in one block do, so a consumer that cannot be reached does not make
/// the provider's state grow (provider spec §11.12).
///
/// # Errors
/// [`Corrupt`].
pub(super) fn queue(
    host: &mut impl Host,
    id: ConsumerId,
    mut change: ValidatorSetChange,
) -> Result<(), Corrupt> {
    let waiting = waiting(host, id)?;
    if waiting.len() >= WAITING_MAX
        && let Some(last) = waiting.last()
    {
        state::PENDING.remove(host, &(id, last.id));
        change.updates = accumulate(&last.updates, &change.updates);
        let acks = core::mem::take(&mut change.slash_acks);
        change.slash_acks = last.slash_acks.iter().cloned().chain(acks).collect();
    }
    state::PENDING.set(host, &(id, change.id), &change);
    Ok(())
}

/// The updates that wait, oldest first.
///
/// # Errors
/// [`Corrupt`].
pub fn waiting(view: &impl View, id: ConsumerId) -> Result<Vec<ValidatorSetChange>, Corrupt> {
    state::PENDING.under(view, &id).map(|entry| entry.map(|(_, change)| change)).collect()
}

/// Whether any update waits for a consumer.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn is_waiting(view: &impl View, id: ConsumerId) -> Result<bool, Corrupt> {
    Ok(state::PENDING.under(view, &id).next().transpose()?.is_some())
}

/// Sends what waits for a consumer, oldest first. What IBC refuses for good stops that consumer and no other.
///
/// # Errors
/// [`Error::Corrupt`].
pub(super) fn flush(
    host: &mut impl Host,
    id: ConsumerId,
    channel: &ChannelId,
    params: &Params,
) -> Result<Flush, Error> {
    let waiting = waiting(host, id)?;
    let Some(timeout) = timeout(host, params) else {
        return stop(host, id, "the timeout lies beyond the year 9999".to_string());
    };
    for change in &waiting {
        match host.atomically(|host| host.send(channel, change.encode(), timeout)) {
            Ok(_) => sent(host, id, change.id),
            Err(SendError::ClientInactive) => return Ok(Flush::Waiting),
            Err(SendError::Refused(why)) => return stop(host, id, why),
        }
    }
    state::OUTBOX.remove(host, &id);
    Ok(Flush::Sent(waiting.len()))
}

/// Forgets the updates of a consumer that is being deleted.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn forget(host: &mut impl Host, id: ConsumerId) -> Result<(), Corrupt> {
    for change in waiting(host, id)? {
        state::PENDING.remove(host, &(id, change.id));
    }
    state::LAST_SENT.remove(host, &id);
    state::OUTBOX.remove(host, &id);
    Ok(())
}

fn timeout(view: &impl View, params: &Params) -> Option<Time> {
    view.now().plus(params.ccv_timeout_period.get()?).ok()
}

fn sent(host: &mut impl Host, id: ConsumerId, vsc_id: VscId) {
    state::PENDING.remove(host, &(id, vsc_id));
    state::LAST_SENT.set(host, &id, &vsc_id);
}

fn stop(host: &mut impl Host, id: ConsumerId, why: String) -> Result<Flush, Error> {
    state::OUTBOX.remove(host, &id);
    phase::stop(host, id, &Cause::SendFailed(why.clone()))?;
    Ok(Flush::Stopped(why))
}
