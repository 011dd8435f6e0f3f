//! A half-open range of keys, the way every store is asked for many entries.

use alloc::vec::Vec;
use core::ops::Bound;

/// Keys from `start` (included) to `end` (excluded; none means to the last key).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    /// First key of the range.
    pub start: Vec<u8>,
    /// First key after the range, or `None` for no end.
    pub end: Option<Vec<u8>>,
    /// Whether entries come from the greatest key down.
    pub descending: bool,
}

/// The two ends of a range, as an ordered map takes them.
pub(crate) type Bounds<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

impl KeyRange {
    /// Every key that begins with `prefix`.
    #[must_use]
    pub fn prefix(prefix: &[u8]) -> Self {
        Self { start: prefix.to_vec(), end: after_prefix(prefix), descending: false }
    }

    /// Keys from `start` up to, and without, `end`.
    #[must_use]
    pub fn between(start: Vec<u8>, end: Vec<u8>) -> Self {
        Self { start, end: Some(end), descending: false }
    }

    /// The same keys from the greatest down.
    #[must_use]
    pub fn rev(mut self) -> Self {
        self.descending = !self.descending;
        self
    }

    /// Whether `key` lies in the range.
    #[must_use]
    pub fn contains(&self, key: &[u8]) -> bool {
        key >= self.start.as_slice() && self.end.as_deref().is_none_or(|end| key < end)
    }

    /// The bounds for an ordered map; `None` where the range is empty (an ordered map panics on those).
    #[must_use]
    pub(crate) fn bounds(&self) -> Option<Bounds<'_>> {
        match &self.end {
            Some(end) if *end <= self.start => None,
            Some(end) => Some((Bound::Included(&self.start), Bound::Excluded(end))),
            None => Some((Bound::Included(&self.start), Bound::Unbounded)),
        }
    }
}

/// The least key greater than every key with this prefix; `None` when the prefix is all 0xff.
fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}
