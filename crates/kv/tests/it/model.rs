//! What every store must answer, computed the slow way.

use ics_kv::{Bytes, KeyRange, Read, Scan};
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::BTreeMap;

pub(crate) type Plain = BTreeMap<Bytes, Bytes>;

/// A few bytes, so that keys meet and neighbour one another, with both ends of the range among them.
pub(crate) fn short_bytes(len: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(vec![0x00, 0x01, 0x61, 0xfe, 0xff]), len)
}

/// Prefixes, halves and empty or backward ranges, in both directions.
pub(crate) fn range() -> impl Strategy<Value = KeyRange> {
    let shape = prop_oneof![
        short_bytes(0..4).prop_map(|prefix| KeyRange::prefix(&prefix)),
        (short_bytes(0..4), short_bytes(0..4)).prop_map(|(start, end)| KeyRange::between(start, end)),
        short_bytes(0..4).prop_map(|start| KeyRange { start, end: None, descending: false }),
    ];
    (shape, any::<bool>()).prop_map(|(range, back)| if back { range.rev() } else { range })
}

/// The entries of a range, by looking at every entry.
pub(crate) fn filtered(of: &Plain, range: &KeyRange) -> Vec<(Bytes, Bytes)> {
    let inside = |key: &[u8]| {
        key >= range.start.as_slice() && range.end.as_ref().is_none_or(|end| key < end.as_slice())
    };
    let mut found: Vec<_> =
        of.iter().filter(|(key, _)| inside(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
    if range.descending {
        found.reverse();
    }
    found
}

/// A reader that counts the entries its scans gave.
pub(crate) struct Counted<R> {
    pub(crate) inner: R,
    pub(crate) given: Cell<usize>,
}

impl<R> Counted<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, given: Cell::new(0) }
    }
}

impl<R: Read> Read for Counted<R> {
    fn get(&self, key: &[u8]) -> Option<Bytes> {
        self.inner.get(key)
    }
    fn scan(&self, range: KeyRange) -> Scan<'_> {
        Box::new(self.inner.scan(range).inspect(|_| self.given.set(self.given.get() + 1)))
    }
}
