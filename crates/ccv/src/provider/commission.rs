//! What a validator keeps of the rewards from one consumer, where it wants other than what it keeps on the provider.
//!
//! Source: provider spec §7.7.

use super::host::{Host, View};
use super::state;
use crate::id::{ConsumerId, ProviderAddr};
use alloc::vec::Vec;
use ics_abci::Dec;
use ics_kv::Corrupt;

/// The share that a validator chose for a consumer, 0 to 1; `None` for the one that it takes on the provider.
///
/// # Errors
/// [`Corrupt`].
pub fn chosen(view: &impl View, id: ConsumerId, validator: ProviderAddr) -> Result<Option<Dec>, Corrupt> {
    state::COMMISSION.get(view, &(id, validator))
}

/// A validator takes this share from now on.
pub(super) fn choose(host: &mut impl Host, id: ConsumerId, validator: ProviderAddr, rate: Dec) {
    state::COMMISSION.set(host, &(id, validator), &rate);
    state::COMMISSIONED.set(host, &(validator, id), &());
}

/// Forgets what was chosen for a consumer that is being deleted.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn forget(host: &mut impl Host, id: ConsumerId) -> Result<(), Corrupt> {
    let validators =
        state::COMMISSION.under(host, &id).map(|entry| entry.map(|((_, validator), _)| validator));
    for validator in validators.collect::<Result<Vec<_>, _>>()? {
        remove(host, id, validator);
    }
    Ok(())
}

/// Forgets what a validator chose that staking removed (provider spec §11.12).
///
/// # Errors
/// [`Corrupt`].
pub(super) fn forget_validator(host: &mut impl Host, validator: ProviderAddr) -> Result<(), Corrupt> {
    let consumers = state::COMMISSIONED.under(host, &validator).map(|entry| entry.map(|((_, id), ())| id));
    for id in consumers.collect::<Result<Vec<_>, _>>()? {
        remove(host, id, validator);
    }
    Ok(())
}

fn remove(host: &mut impl Host, id: ConsumerId, validator: ProviderAddr) {
    state::COMMISSION.remove(host, &(id, validator));
    state::COMMISSIONED.remove(host, &(validator, id));
}
