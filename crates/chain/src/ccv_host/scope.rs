//! A store of its own for the protocol: keys that it reads and writes are relative to the store's name.

use ics_kv::{Bytes, KeyRange, Read, Scan, Write};

/// The full key of a key in a store.
pub(crate) fn within(store: &str, key: &[u8]) -> Vec<u8> {
    let mut full = Vec::with_capacity(store.len().saturating_add(key.len()).saturating_add(1));
    full.extend_from_slice(store.as_bytes());
    full.push(b'/');
    full.extend_from_slice(key);
    full
}

pub(crate) fn get(state: &(impl Read + ?Sized), store: &str, key: &[u8]) -> Option<Bytes> {
    state.get(&within(store, key))
}

pub(crate) fn scan<'a>(state: &'a (impl Read + ?Sized), store: &str, range: KeyRange) -> Scan<'a> {
    let skip = store.len().saturating_add(1);
    let end = match range.end {
        Some(end) => Some(within(store, &end)),
        None => KeyRange::prefix(&within(store, &[])).end,
    };
    let range = KeyRange { start: within(store, &range.start), end, descending: range.descending };
    Box::new(state.scan(range).map(move |(key, value)| (key.slice(skip.min(key.len())..), value)))
}

pub(crate) fn set(state: &mut (impl Write + ?Sized), store: &str, key: &[u8], value: Bytes) {
    state.set(&within(store, key), value);
}

pub(crate) fn remove(state: &mut (impl Write + ?Sized), store: &str, key: &[u8]) {
    state.remove(&within(store, key));
}
