//! Headers and sets of past blocks, for tools that ask a chain what staking would tell. A set is stored once, by its hash,
//! and the entries of the heights refer to it: an idle chain writes no set. Source: consumer spec §12.

use super::error::Error;
use super::host::Host;
use super::state::{CURRENT_SET, HISTORICAL, HistoricalEntry, SET_USES, SETS};
use super::validators;
use crate::id::AtHeight;
use alloc::vec::Vec;
use ics_abci::{Height, ValUpdate};
use ics_kv::{Corrupt, Read};

/// A past block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoricalInfo {
    /// The header, as the host gave it.
    pub header: Vec<u8>,
    /// The set at its beginning: most power first, equal powers by address.
    pub members: Vec<ValUpdate>,
}

/// Records the block that begins, and drops what is `entries` blocks old or older.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn track<H: Host>(host: &mut H, entries: i64) -> Result<(), Error> {
    let height = host.height();
    let Ok(entries) = u64::try_from(entries) else { return Ok(()) };
    if entries > 0 {
        record(host, height)?;
    }
    prune(host, height, entries)
}

/// The block at `height`, if it is kept.
///
/// # Errors
/// [`Corrupt`].
pub fn at(from: &(impl Read + ?Sized), height: Height) -> Result<Option<HistoricalInfo>, Corrupt> {
    let Some(entry) = HISTORICAL.get(from, &AtHeight(height))? else { return Ok(None) };
    let members = SETS.get(from, &entry.set)?.ok_or_else(|| Corrupt { key: SETS.key(&entry.set) })?;
    Ok(Some(HistoricalInfo { header: entry.header, members }))
}

fn record<H: Host>(host: &mut H, height: Height) -> Result<(), Error> {
    let set = match CURRENT_SET.get(host)? {
        Some(set) => set,
        None => validators::present(host)?.0,
    };
    let uses = SET_USES.get(host, &set)?.unwrap_or(0);
    if uses == 0 {
        let (_, members) = validators::present(host)?;
        SETS.set(host, &set, &members);
    }
    SET_USES.set(host, &set, &uses.saturating_add(1));
    let header = host.header_record();
    HISTORICAL.set(host, &AtHeight(height), &HistoricalEntry { header, set });
    Ok(())
}

/// Drops the entries from `height - entries` downwards, up to the first that is missing: one in an ordinary block, more
/// after the parameter was lowered.
fn prune<H: Host>(host: &mut H, height: Height, entries: u64) -> Result<(), Error> {
    let mut old = height.0.checked_sub(entries);
    while let Some(height) = old.map(|old| AtHeight(Height(old))) {
        let Some(entry) = HISTORICAL.get(host, &height)? else { return Ok(()) };
        HISTORICAL.remove(host, &height);
        match SET_USES.get(host, &entry.set)?.unwrap_or(0) {
            0 | 1 => {
                SET_USES.remove(host, &entry.set);
                SETS.remove(host, &entry.set);
            }
            uses => SET_USES.set(host, &entry.set, &uses.saturating_sub(1)),
        }
        old = height.0.0.checked_sub(1);
    }
    Ok(())
}
