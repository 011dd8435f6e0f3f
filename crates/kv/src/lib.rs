//! How any module of a chain names and encodes its state.
//!
//! A module declares its keys as constants ([`Item`], [`Map`], [`TimeQueue`]) and uses them on anything that is [`Read`]
//! and [`Write`]: an ordered map of bytes, be it a block's working state, a component's scope of it, a committed
//! snapshot or, in a test, a `BTreeMap`. Keys are built of [`Key`] parts, whose bytes sort as the values do and are never
//! the prefix of one another, so that all entries under some parts are one range; values are borsh types ([`Value`]).
//! What is stored and does not decode is [`Corrupt`]: never skipped, never a default. A [`Journal`] collects writes over
//! an immutable base with savepoints that undo them; [`rows`] is the same idea for the disk: what to write is a value.
//!
//! Absent here: hashes, chains, clocks, input and output.
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod codec;
mod item;
mod journal;
mod listed;
mod queue;
mod range;
pub mod rows;

pub use bytes::Bytes;
pub use codec::{Key, KeyEnd, Value};
pub use item::{Entries, Item, Map};
pub use journal::{Changes, Journal, Savepoint};
pub use listed::Listed;
pub use queue::TimeQueue;
pub use range::KeyRange;

use alloc::boxed::Box;
use alloc::vec::Vec;

/// Entries in the order of their keys: ascending, or descending where the range asked for it.
pub type Scan<'a> = Box<dyn Iterator<Item = (Bytes, Bytes)> + 'a>;

/// An ordered map from bytes to bytes that can be read.
pub trait Read {
    /// The value at `key`, if there is one.
    fn get(&self, key: &[u8]) -> Option<Bytes>;
    /// All entries of `range`, ascending (or descending where the range says so). Lazy: stopping early costs nothing.
    fn scan(&self, range: KeyRange) -> Scan<'_>;
}

/// An ordered map from bytes to bytes that can be changed. Keys and values must not be empty: the
/// state tree could not prove them.
pub trait Write: Read {
    /// Stores `value` at `key`.
    fn set(&mut self, key: &[u8], value: Bytes);
    /// Removes the entry at `key`; absent keys are fine.
    fn remove(&mut self, key: &[u8]);
}

/// A stored value does not decode: nothing can be decided from here, the node must halt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("corrupt state at key {key:02x?}")]
pub struct Corrupt {
    /// The full key of the entry.
    pub key: Vec<u8>,
}

impl<R: Read + ?Sized> Read for &R {
    fn get(&self, key: &[u8]) -> Option<Bytes> {
        (**self).get(key)
    }
    fn scan(&self, range: KeyRange) -> Scan<'_> {
        (**self).scan(range)
    }
}

impl<R: Read + ?Sized> Read for &mut R {
    fn get(&self, key: &[u8]) -> Option<Bytes> {
        (**self).get(key)
    }
    fn scan(&self, range: KeyRange) -> Scan<'_> {
        (**self).scan(range)
    }
}

impl<W: Write + ?Sized> Write for &mut W {
    fn set(&mut self, key: &[u8], value: Bytes) {
        (**self).set(key, value);
    }
    fn remove(&mut self, key: &[u8]) {
        (**self).remove(key);
    }
}

impl<R: Read + ?Sized> Read for alloc::sync::Arc<R> {
    fn get(&self, key: &[u8]) -> Option<Bytes> {
        (**self).get(key)
    }
    fn scan(&self, range: KeyRange) -> Scan<'_> {
        (**self).scan(range)
    }
}

/// An ordinary ordered map is a base of its own, for tests and for hosts that keep everything in memory.
impl Read for alloc::collections::BTreeMap<Bytes, Bytes> {
    fn get(&self, key: &[u8]) -> Option<Bytes> {
        alloc::collections::BTreeMap::get(self, key).cloned()
    }
    fn scan(&self, range: KeyRange) -> Scan<'_> {
        let descending = range.descending;
        let Some(bounds) = range.bounds() else { return Box::new(core::iter::empty()) };
        let entries = self.range::<[u8], _>(bounds).map(|(k, v)| (k.clone(), v.clone()));
        if descending { Box::new(entries.rev()) } else { Box::new(entries) }
    }
}

impl Write for alloc::collections::BTreeMap<Bytes, Bytes> {
    fn set(&mut self, key: &[u8], value: Bytes) {
        self.insert(Bytes::copy_from_slice(key), value);
    }
    fn remove(&mut self, key: &[u8]) {
        alloc::collections::BTreeMap::remove(self, key);
    }
}
