//! What a consumer is made of, how it comes to wait for its launch, and how it goes.
//!
//! Source: provider spec §2.5 to §2.7, §2.12.

use super::error::Error;
use super::host::{Host, View};
use super::init_params::InitializationParameters;
use super::{
    commission, consumer_set, infraction_params, keys, link, members, pending, phase, power_shaping, report,
    state,
};
use crate::id::{ChainId, ConsumerId};
use alloc::string::ToString;
use ics_abci::{AccAddr, Time};

/// A new consumer's id.
///
/// # Errors
/// [`Error::IdsExhausted`], [`Error::Corrupt`].
pub(super) fn next_id(host: &mut impl Host) -> Result<ConsumerId, Error> {
    let id = state::NEXT_CONSUMER.get(host)?.unwrap_or(0);
    state::NEXT_CONSUMER.set(host, &id.checked_add(1).ok_or(Error::IdsExhausted)?);
    Ok(ConsumerId(id))
}

/// The chain id of a consumer.
///
/// # Errors
/// [`Error::UnknownConsumer`], [`Error::Corrupt`].
pub fn chain_id(view: &impl View, id: ConsumerId) -> Result<ChainId, Error> {
    state::CHAIN_ID.get(view, &id)?.ok_or_else(|| Error::UnknownConsumer(id.to_string()))
}

/// What a consumer starts with.
///
/// # Errors
/// [`Error::UnknownConsumer`], [`Error::Corrupt`].
pub fn init_params(view: &impl View, id: ConsumerId) -> Result<InitializationParameters, Error> {
    state::INIT_PARAMS.get(view, &id)?.ok_or_else(|| Error::UnknownConsumer(id.to_string()))
}

/// Checks that an account owns a consumer.
///
/// # Errors
/// [`Error::NoOwner`], [`Error::NotOwner`], [`Error::Corrupt`].
pub(super) fn require_owner(view: &impl View, id: ConsumerId, signer: &AccAddr) -> Result<(), Error> {
    let owner = state::OWNER.get(view, &id)?.ok_or(Error::NoOwner(id))?;
    if owner == *signer {
        return Ok(());
    }
    let text = |address: &AccAddr| address.to_text(view.prefix());
    Err(Error::NotOwner { owner: text(&owner), found: text(signer) })
}

/// Puts a consumer that has a spawn time where its launch takes it from; one without stays as it is.
///
/// # Errors
/// [`Error::UnknownConsumer`], [`Error::Transition`], [`Error::Corrupt`].
pub(super) fn initialize(host: &mut impl Host, id: ConsumerId) -> Result<(), Error> {
    let spawn = init_params(host, id)?.spawn_time;
    if spawn == Time::ZERO {
        return Ok(());
    }
    phase::schedule(host, id, spawn)
}

/// Deletes the stopped consumers whose time has come, at most [`phase::DUE_PER_BLOCK`].
///
/// # Errors
/// [`Error::Corrupt`].
pub fn delete_due(host: &mut impl Host) -> Result<(), Error> {
    for id in phase::take_due_removals(host)? {
        host.atomically(|host| delete(host, id))?;
    }
    Ok(())
}

/// Forgets all but a consumer's description. Nothing in it can fail but by corrupt state, so no consumer is stuck.
fn delete(host: &mut impl Host, id: ConsumerId) -> Result<(), Error> {
    phase::delete(host, id)?;
    let close_error = link::sever(host, id)?;
    keys::forget(host, id)?;
    members::forget(host, id)?;
    pending::forget(host, id)?;
    commission::forget(host, id)?;
    infraction_params::withdraw(host, id)?;
    consumer_set::forget(host, id);
    power_shaping::forget(host, id);
    state::GENESIS.remove(host, &id);
    state::EVIDENCE_MIN_HEIGHT.remove(host, &id);
    host.emit(report::consumer_deleted(id, close_error.as_deref()));
    Ok(())
}
