//! Writes over an immutable base, which can be undone to any savepoint.

use crate::{Bytes, KeyRange, Read, Scan, Write};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// What a block changed: key to new value, or to `None` where the entry is gone.
pub type Changes = BTreeMap<Bytes, Option<Bytes>>;

/// A base with the writes made on top of it, and how to undo them.
#[derive(Clone, Debug)]
pub struct Journal<B> {
    base: B,
    writes: Changes,
    undo: Vec<(Bytes, Option<Option<Bytes>>)>,
}

/// A moment of a [`Journal`] to which it can go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Savepoint(usize);

impl<B: Read> Journal<B> {
    /// No writes yet over `base`.
    pub fn new(base: B) -> Self {
        Self { base, writes: Changes::new(), undo: Vec::new() }
    }

    /// The present moment.
    #[must_use]
    pub fn savepoint(&self) -> Savepoint {
        Savepoint(self.undo.len())
    }

    /// Undoes every write made since `to`. A savepoint of the future is ignored.
    pub fn revert(&mut self, to: Savepoint) {
        while self.undo.len() > to.0 {
            match self.undo.pop() {
                Some((key, Some(before))) => {
                    self.writes.insert(key, before);
                }
                Some((key, None)) => {
                    self.writes.remove(&key);
                }
                None => break,
            }
        }
    }

    /// Forgets how to undo: what is written stays. Every savepoint taken before becomes void.
    pub fn forget_undo(&mut self) {
        self.undo.clear();
    }

    /// The base under the writes.
    #[must_use]
    pub fn base(&self) -> &B {
        &self.base
    }

    /// The writes so far, by key.
    #[must_use]
    pub fn changes(&self) -> &Changes {
        &self.writes
    }

    /// The writes, by key.
    #[must_use]
    pub fn into_changes(self) -> Changes {
        self.writes
    }

    fn put(&mut self, key: &[u8], value: Option<Bytes>) {
        let key = Bytes::copy_from_slice(key);
        let before = self.writes.insert(key.clone(), value);
        self.undo.push((key, before));
    }
}

impl<B: Read> Read for Journal<B> {
    fn get(&self, key: &[u8]) -> Option<Bytes> {
        match self.writes.get(key) {
            Some(written) => written.clone(),
            None => self.base.get(key),
        }
    }

    fn scan(&self, range: KeyRange) -> Scan<'_> {
        let Some(bounds) = range.bounds() else { return Box::new(core::iter::empty()) };
        let written = self.writes.range::<[u8], _>(bounds);
        let written: Written<'_> = if range.descending { Box::new(written.rev()) } else { Box::new(written) };
        let descending = range.descending;
        let base = self.base.scan(range);
        Box::new(Merge { base: base.peekable(), written: written.peekable(), descending })
    }
}

impl<B: Read> Write for Journal<B> {
    fn set(&mut self, key: &[u8], value: Bytes) {
        self.put(key, Some(value));
    }
    fn remove(&mut self, key: &[u8]) {
        self.put(key, None);
    }
}

type Written<'a> = Box<dyn Iterator<Item = (&'a Bytes, &'a Option<Bytes>)> + 'a>;

struct Merge<'a> {
    base: core::iter::Peekable<Scan<'a>>,
    written: core::iter::Peekable<Written<'a>>,
    descending: bool,
}

impl Iterator for Merge<'_> {
    type Item = (Bytes, Bytes);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let order = match (self.base.peek(), self.written.peek()) {
                (None, None) => return None,
                (Some(_), None) => core::cmp::Ordering::Less,
                (None, Some(_)) => core::cmp::Ordering::Greater,
                (Some((base, _)), Some((written, _))) if self.descending => (*written).cmp(base),
                (Some((base, _)), Some((written, _))) => base.cmp(written),
            };
            if order.is_lt() {
                return self.base.next();
            }
            if order.is_eq() {
                self.base.next();
            }
            if let Some((key, Some(value))) = self.written.next() {
                return Some((key.clone(), value.clone()));
            }
        }
    }
}
