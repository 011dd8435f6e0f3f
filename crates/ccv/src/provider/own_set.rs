//! The provider's own consensus set: the bonded validators with most power, cut to a parameter.
//!
//! Journey: end block → [`update`] → the engine. Staking itself returns no updates. Source: provider spec §3.2.

use super::error::Error;
use super::host::{Bonded, Host, View};
use super::{params, state};
use crate::id::ProviderAddr;
use crate::valset::diff;
use alloc::vec::Vec;
use core::cmp::Reverse;
use ics_abci::ValUpdate;

/// The validators that make the provider's blocks, most power first.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`].
pub fn active(view: &impl View) -> Result<Vec<Bonded>, Error> {
    let max = params::get(view)?.own_set_max();
    let mut active = bonded(view);
    active.truncate(max);
    Ok(active)
}

/// The bonded validators that have power, as staking orders them: most power first.
pub(super) fn bonded(view: &impl View) -> Vec<Bonded> {
    let mut bonded = view.bonded();
    bonded.retain(|validator| validator.power > 0);
    bonded
}

/// What became of the stake of validators in the block at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staked {
    /// Every power is what it was after the last block.
    Unchanged,
    /// Some may not be.
    Changed,
}

/// The set that was given to consensus last, most power first, equal powers by address.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn given(view: &impl View) -> Result<Vec<ValUpdate>, Error> {
    let set = state::OWN_SET.get(view)?.unwrap_or_default();
    let mut set: Vec<ValUpdate> = set.into_iter().map(|(_, member)| member).collect();
    set.sort_by_key(|member| Reverse(member.power));
    Ok(set)
}

/// Stores the next set; gives what changes in it since the last one, for the engine. Where neither powers nor the
/// parameter changed, no validator is read.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`].
pub fn update(host: &mut impl Host, staked: Staked) -> Result<Vec<ValUpdate>, Error> {
    let max = params::get(host)?.max_provider_consensus_validators;
    if staked == Staked::Unchanged && state::OWN_SET_MAX.get(host)? == Some(max) {
        return Ok(Vec::new());
    }
    let mut next: Vec<(ProviderAddr, ValUpdate)> = active(host)?
        .iter()
        .map(|validator| (validator.provider_addr, ValUpdate { key: validator.key, power: validator.power }))
        .collect();
    let last = state::OWN_SET.get(host)?.unwrap_or_default();
    let updates =
        |set: &[(ProviderAddr, ValUpdate)]| set.iter().map(|(_, member)| *member).collect::<Vec<_>>();
    let changes = diff(&updates(&last), &updates(&next));
    next.sort_by_key(|(addr, _)| *addr);
    if next != last {
        state::OWN_SET.set(host, &next);
    }
    state::OWN_SET_MAX.set(host, &max);
    Ok(changes)
}
