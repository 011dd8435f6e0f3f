//! The validators that the provider lends: the only writer of their records. Source: consumer spec §11.

use super::error::Error;
use super::host::Host;
use super::state::{CURRENT_SET, CrossChainValidator, OUTSTANDING_DOWNTIME, SetHash, VALIDATORS};
use crate::id::ConsumerAddr;
use crate::valset;
use alloc::vec::Vec;
use core::cmp::Reverse;
use ics_abci::{Power, ValUpdate};
use ics_kv::{Corrupt, Read};

/// What an update does to a validator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It comes in.
    Join,
    /// It stays, with this power.
    Stay,
    /// It goes.
    Leave,
    /// It was not in, and does not come in: consensus need not know, and would refuse to remove it.
    Nothing,
}

/// What an update to `power` does to a validator that is in the set or is not.
#[must_use]
pub const fn change(is_member: bool, power: Power) -> Change {
    match (is_member, power > 0) {
        (false, true) => Change::Join,
        (true, true) => Change::Stay,
        (true, false) => Change::Leave,
        (false, false) => Change::Nothing,
    }
}

/// Applies updates in order; gives those that consensus must know, in the same order. Whoever comes in is watched by
/// slashing and starts without a reported downtime. A power below 0 removes, as 0 does.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn apply<H: Host>(host: &mut H, updates: &[ValUpdate]) -> Result<Vec<ValUpdate>, Error> {
    let mut forwarded = Vec::new();
    for update in updates {
        let addr = ConsumerAddr(update.key.address());
        let is_member = VALIDATORS.get(host, &addr)?.is_some();
        let record = CrossChainValidator { key: update.key, power: update.power };
        match change(is_member, update.power) {
            Change::Nothing => continue,
            Change::Leave => VALIDATORS.remove(host, &addr),
            Change::Stay => VALIDATORS.set(host, &addr, &record),
            Change::Join => {
                VALIDATORS.set(host, &addr, &record);
                host.on_bonded(addr.0);
                OUTSTANDING_DOWNTIME.remove(host, &addr);
            }
        }
        forwarded.push(ValUpdate { key: update.key, power: update.power.max(0) });
    }
    if !forwarded.is_empty() {
        let (hash, _) = present(host)?;
        CURRENT_SET.set(host, &hash);
    }
    Ok(forwarded)
}

/// The present set and its hash: most power first, equal powers by address.
///
/// # Errors
/// [`Corrupt`].
pub fn present(from: &(impl Read + ?Sized)) -> Result<(SetHash, Vec<ValUpdate>), Corrupt> {
    let mut members = by_address(from)?;
    // Stable, and the order so far is by address.
    members.sort_by_key(|member| Reverse(member.power));
    Ok((valset::hash(&members), members))
}

/// The present set in the order of addresses.
///
/// # Errors
/// [`Corrupt`].
pub fn by_address(from: &(impl Read + ?Sized)) -> Result<Vec<ValUpdate>, Corrupt> {
    VALIDATORS
        .iter(from)
        .map(|entry| entry.map(|(_, validator)| ValUpdate { key: validator.key, power: validator.power }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_members_can_leave_and_only_power_lets_in() {
        for (is_member, power, expected) in [
            (false, 1, Change::Join),
            (false, 0, Change::Nothing),
            (false, -1, Change::Nothing),
            (true, 1, Change::Stay),
            (true, 0, Change::Leave),
            (true, -1, Change::Leave),
        ] {
            assert_eq!(change(is_member, power), expected, "{is_member} {power}");
        }
    }
}
