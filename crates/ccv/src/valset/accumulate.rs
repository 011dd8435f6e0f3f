//! Merging updates that have come in but are not applied yet. Source: consumer spec §2.4, §10 step 3.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cmp::Reverse;
use ics_abci::{ConsKey, Power, ValUpdate};

/// One update per key, the last of `pending` followed by `packet`; most power first, equal powers by the keys' protobuf
/// text from the greatest down. Every node returns them to consensus in this order.
#[must_use]
pub fn accumulate(pending: &[ValUpdate], packet: &[ValUpdate]) -> Vec<ValUpdate> {
    let last: BTreeMap<ConsKey, Power> =
        pending.iter().chain(packet).map(|update| (update.key, update.power)).collect();
    let mut merged: Vec<ValUpdate> = last.into_iter().map(|(key, power)| ValUpdate { key, power }).collect();
    merged.sort_by_cached_key(|update| Reverse((update.power, update.key.proto_text())));
    merged
}
