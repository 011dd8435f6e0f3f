//! Who is opted in to which consumer, since when and until when; the only writer of opt-ins.
//!
//! Every change marks the consumer, so that the next epoch computes its set. Source: provider spec §3.5.

use super::among::among;
use super::host::{Host, View};
use super::{phase, state};
use crate::id::{ConsumerId, ProviderAddr};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::Height;
use ics_kv::Corrupt;

/// From when to when a validator is, or was last, opted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Tenure {
    /// Provider height, in blocks, at which it opted in.
    pub joined: Height,
    /// Provider height, in blocks, at which it opted out; none while it is in.
    pub left: Option<Height>,
}

/// Whether a validator is opted in.
///
/// # Errors
/// [`Corrupt`].
pub fn is_opted_in(view: &impl View, id: ConsumerId, validator: ProviderAddr) -> Result<bool, Corrupt> {
    Ok(tenure(view, id, validator)?.is_some_and(|tenure| tenure.left.is_none()))
}

/// The last tenure of a validator on a consumer.
///
/// # Errors
/// [`Corrupt`].
pub fn tenure(view: &impl View, id: ConsumerId, validator: ProviderAddr) -> Result<Option<Tenure>, Corrupt> {
    state::TENURE.get(view, &(id, validator))
}

/// Who is opted in to a consumer, ascending by address.
///
/// # Errors
/// [`Corrupt`].
pub fn opted_in(view: &impl View, id: ConsumerId) -> Result<Vec<ProviderAddr>, Corrupt> {
    let mut validators = Vec::new();
    for entry in state::TENURE.under(view, &id) {
        let ((_, validator), tenure) = entry?;
        if tenure.left.is_none() {
            validators.push(validator);
        }
    }
    Ok(validators)
}

/// Which of `validators` (ascending) are opted in to a consumer, ascending.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn opted_in_among(
    view: &impl View,
    id: ConsumerId,
    validators: &[ProviderAddr],
) -> Result<Vec<ProviderAddr>, Corrupt> {
    let tenures = among(view, &state::TENURE, id, validators)?;
    let running = tenures.into_iter().filter(|(_, tenure)| tenure.left.is_none());
    Ok(running.map(|(validator, _)| validator).collect())
}

/// The consumers that a validator is opted in to, ascending by id.
///
/// # Errors
/// [`Corrupt`].
pub fn consumers_of(view: &impl View, validator: ProviderAddr) -> Result<Vec<ConsumerId>, Corrupt> {
    state::OPTED_IN.under(view, &validator).map(|entry| entry.map(|((_, id), ())| id)).collect()
}

/// Opts a validator in; who is in already stays as it is.
///
/// # Errors
/// [`Corrupt`].
pub fn join(host: &mut impl Host, id: ConsumerId, validator: ProviderAddr) -> Result<(), Corrupt> {
    if is_opted_in(host, id, validator)? {
        return Ok(());
    }
    enter(host, id, validator);
    phase::mark_dirty(host, id)
}

fn enter(host: &mut impl Host, id: ConsumerId, validator: ProviderAddr) {
    let tenure = Tenure { joined: host.height(), left: None };
    state::TENURE.set(host, &(id, validator), &tenure);
    state::OPTED_IN.set(host, &(validator, id), &());
}

/// Opts validators in as Top N does, `validators` ascending. It is part of computing the set, so nothing is marked.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn join_all(
    host: &mut impl Host,
    id: ConsumerId,
    validators: &[ProviderAddr],
) -> Result<(), Corrupt> {
    let already = opted_in_among(host, id, validators)?;
    for validator in validators.iter().filter(|validator| already.binary_search(validator).is_err()) {
        enter(host, id, *validator);
    }
    Ok(())
}

/// Opts a validator out; who is not in stays as it is.
///
/// # Errors
/// [`Corrupt`].
pub fn leave(host: &mut impl Host, id: ConsumerId, validator: ProviderAddr) -> Result<(), Corrupt> {
    let Some(tenure) = tenure(host, id, validator)? else { return Ok(()) };
    if tenure.left.is_some() {
        return Ok(());
    }
    let left = Some(host.height());
    state::TENURE.set(host, &(id, validator), &Tenure { left, ..tenure });
    state::OPTED_IN.remove(host, &(validator, id));
    phase::mark_dirty(host, id)
}

/// Forgets all tenures of a consumer, as its deletion does.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn forget(host: &mut impl Host, id: ConsumerId) -> Result<(), Corrupt> {
    let validators = state::TENURE
        .under(host, &id)
        .map(|entry| entry.map(|((_, validator), _)| validator))
        .collect::<Result<Vec<_>, _>>()?;
    for validator in validators {
        state::TENURE.remove(host, &(id, validator));
        state::OPTED_IN.remove(host, &(validator, id));
    }
    Ok(())
}

/// Opts a validator that staking removed out of everything, so that no flag outlives it (provider spec §11.12).
///
/// # Errors
/// [`Corrupt`].
pub(super) fn leave_all(host: &mut impl Host, validator: ProviderAddr) -> Result<(), Corrupt> {
    for id in consumers_of(host, validator)? {
        leave(host, id, validator)?;
    }
    Ok(())
}
