//! The provider's own consensus set: the bonded validators with most power, cut to a parameter.
//!
//! Journey: end block → [`update`] → the engine. Staking itself returns no updates. Source: provider spec §3.2.

use super::error::Error;
use super::host::{Bonded, Host, View};
use super::{params, state};
use crate::id::ProviderAddr;
use crate::valset::diff;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use ics_abci::ValUpdate;
use ics_kv::Corrupt;

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

/// Stores the next set; gives what changes in it since the last one, for the engine.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`].
pub fn update(host: &mut impl Host) -> Result<Vec<ValUpdate>, Error> {
    let next = active(host)?;
    let next: Vec<(ProviderAddr, ValUpdate)> = next
        .iter()
        .map(|validator| (validator.provider_addr, ValUpdate { key: validator.key, power: validator.power }))
        .collect();
    let last = state::OWN_SET.iter(host).collect::<Result<Vec<_>, Corrupt>>()?;
    let updates =
        |set: &[(ProviderAddr, ValUpdate)]| set.iter().map(|(_, member)| *member).collect::<Vec<_>>();
    let changes = diff(&updates(&last), &updates(&next));
    let by_addr: BTreeMap<ProviderAddr, ValUpdate> = next.into_iter().collect();
    for (addr, member) in &last {
        if by_addr.get(addr) != Some(member) {
            state::OWN_SET.remove(host, addr);
        }
    }
    let last: BTreeMap<ProviderAddr, ValUpdate> = last.into_iter().collect();
    for (addr, member) in &by_addr {
        if last.get(addr) != Some(member) {
            state::OWN_SET.set(host, addr, member);
        }
    }
    Ok(changes)
}
