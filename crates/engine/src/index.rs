//! The index of events: one compact row per block, eight bytes per attribute.
//!
//! A row holds, sorted, a hash of `type.key=value` and who emitted it: 0 for the block itself, n + 1 for transaction n.
//! Hashes may collide, so a search checks every candidate against the block's results.

use ics_abci::{BlockResult, Event};
use std::collections::BTreeSet;

/// The block's row; `None` where nothing happened.
pub(crate) fn row(result: &BlockResult) -> Option<Vec<u8>> {
    let mut entries = BTreeSet::new();
    add(&mut entries, 0, &result.events);
    for (emitter, tx) in (1_u32..).zip(&result.txs) {
        add(&mut entries, emitter, &tx.events);
    }
    if entries.is_empty() {
        return None;
    }
    let pack = |(hash, emitter): (u32, u32)| [hash.to_be_bytes(), emitter.to_be_bytes()].concat();
    Some(entries.into_iter().flat_map(pack).collect())
}

/// Who in a row may have emitted the attribute of this hash.
pub(crate) fn emitters(row: &[u8], hash: u32) -> BTreeSet<u32> {
    let (entries, _) = row.as_chunks::<8>();
    entries
        .iter()
        .map(|entry| {
            let entry = u64::from_be_bytes(*entry);
            (u32::try_from(entry >> 32_u32).unwrap_or(0), u32::try_from(entry & 0xffff_ffff).unwrap_or(0))
        })
        .filter_map(|(found, emitter)| (found == hash).then_some(emitter))
        .collect()
}

/// FNV-1a, 32 bits, of `name=value`, where the name is `type.key`.
pub(crate) fn hash(name: &str, value: &str) -> u32 {
    fnv([name, "=", value])
}

fn add(entries: &mut BTreeSet<(u32, u32)>, emitter: u32, events: &[Event]) {
    for event in events {
        for attribute in &event.attributes {
            let hash = fnv([&event.kind, ".", &attribute.key, "=", &attribute.value]);
            entries.insert((hash, emitter));
        }
    }
}

fn fnv<'a>(parts: impl IntoIterator<Item = &'a str>) -> u32 {
    parts
        .into_iter()
        .flat_map(str::bytes)
        .fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_attribute_is_hashed_the_same_from_event_and_query() {
        let event = Event::new("send_packet").with("packet_sequence", "1");
        let mut entries = BTreeSet::new();
        add(&mut entries, 7, &[event]);
        assert_eq!(entries, BTreeSet::from([(hash("send_packet.packet_sequence", "1"), 7)]));
        assert_eq!(fnv(["foobar"]), 0xbf9c_f968);
    }
}
