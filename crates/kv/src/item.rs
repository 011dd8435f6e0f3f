//! Named places in the state: one value, or a map of them.

use crate::{Corrupt, Key, KeyEnd, KeyRange, Read, Scan, Value, Write};
use alloc::vec::Vec;
use core::marker::PhantomData;

/// One value at a key of its own.
///
/// The key is the store's name, a slash and the prefix byte; a component that the host puts into a
/// store of its choice (a scope) leaves the name empty.
#[derive(Debug)]
pub struct Item<T> {
    store: &'static str,
    prefix: u8,
    of: PhantomData<fn() -> T>,
}

/// Many values, each at a key.
#[derive(Debug)]
pub struct Map<K, V> {
    store: &'static str,
    prefix: u8,
    of: PhantomData<fn() -> (K, V)>,
}

fn base(store: &str, prefix: u8) -> Vec<u8> {
    let mut key = Vec::with_capacity(store.len().saturating_add(32));
    if !store.is_empty() {
        key.extend_from_slice(store.as_bytes());
        key.push(b'/');
    }
    key.push(prefix);
    key
}

impl<T: Value> Item<T> {
    pub(crate) const fn prefix(&self) -> u8 {
        self.prefix
    }

    /// The item with this prefix byte in whichever scope it is used.
    #[must_use]
    pub const fn new(prefix: u8) -> Self {
        Self::at("", prefix)
    }

    /// The item with this prefix byte in a store.
    #[must_use]
    pub const fn at(store: &'static str, prefix: u8) -> Self {
        Self { store, prefix, of: PhantomData }
    }

    /// The full key.
    #[must_use]
    pub fn key(&self) -> Vec<u8> {
        base(self.store, self.prefix)
    }

    /// The value, if one is stored.
    ///
    /// # Errors
    /// [`Corrupt`] if the stored bytes do not decode.
    pub fn get(&self, from: &(impl Read + ?Sized)) -> Result<Option<T>, Corrupt> {
        decode(from.get(&self.key()), || self.key())
    }

    /// Stores the value.
    pub fn set(&self, to: &mut (impl Write + ?Sized), value: &T) {
        to.set(&self.key(), value.to_value());
    }

    /// Removes the value.
    pub fn remove(&self, from: &mut (impl Write + ?Sized)) {
        from.remove(&self.key());
    }
}

impl<K: KeyEnd, V: Value> Map<K, V> {
    pub(crate) const fn prefix(&self) -> u8 {
        self.prefix
    }

    /// The map with this prefix byte in whichever scope it is used.
    #[must_use]
    pub const fn new(prefix: u8) -> Self {
        Self::at("", prefix)
    }

    /// The map with this prefix byte in a store.
    #[must_use]
    pub const fn at(store: &'static str, prefix: u8) -> Self {
        Self { store, prefix, of: PhantomData }
    }

    /// The full key of an entry.
    #[must_use]
    pub fn key(&self, key: &K) -> Vec<u8> {
        let mut full = base(self.store, self.prefix);
        key.write_end(&mut full);
        full
    }

    /// The value at `key`, if one is stored.
    ///
    /// # Errors
    /// [`Corrupt`] if the stored bytes do not decode.
    pub fn get(&self, from: &(impl Read + ?Sized), key: &K) -> Result<Option<V>, Corrupt> {
        let full = self.key(key);
        decode(from.get(&full), || full)
    }

    /// Whether there is an entry at `key`.
    pub fn has(&self, from: &(impl Read + ?Sized), key: &K) -> bool {
        from.get(&self.key(key)).is_some()
    }

    /// Stores an entry.
    pub fn set(&self, to: &mut (impl Write + ?Sized), key: &K, value: &V) {
        to.set(&self.key(key), value.to_value());
    }

    /// Removes an entry.
    pub fn remove(&self, from: &mut (impl Write + ?Sized), key: &K) {
        from.remove(&self.key(key));
    }

    /// All entries, ascending by key.
    pub fn iter<'a>(&self, from: &'a (impl Read + ?Sized)) -> Entries<'a, K, V> {
        self.entries(from, KeyRange::prefix(&base(self.store, self.prefix)))
    }

    /// The entries whose key begins with these parts, ascending.
    pub fn under<'a>(&self, from: &'a (impl Read + ?Sized), parts: &impl Key) -> Entries<'a, K, V> {
        let mut prefix = base(self.store, self.prefix);
        parts.write(&mut prefix);
        self.entries(from, KeyRange::prefix(&prefix))
    }

    /// The entries whose key begins with these parts, descending.
    pub fn under_rev<'a>(&self, from: &'a (impl Read + ?Sized), parts: &impl Key) -> Entries<'a, K, V> {
        let mut prefix = base(self.store, self.prefix);
        parts.write(&mut prefix);
        self.entries(from, KeyRange::prefix(&prefix).rev())
    }

    /// The entries from `start` (included) to `end` (excluded), ascending.
    pub fn between<'a>(&self, from: &'a (impl Read + ?Sized), start: &K, end: &K) -> Entries<'a, K, V> {
        self.entries(from, KeyRange::between(self.key(start), self.key(end)))
    }

    /// The entries from `start` (included) to `end` (excluded), descending.
    pub fn between_rev<'a>(&self, from: &'a (impl Read + ?Sized), start: &K, end: &K) -> Entries<'a, K, V> {
        self.entries(from, KeyRange::between(self.key(start), self.key(end)).rev())
    }

    /// All entries, descending by key.
    pub fn iter_rev<'a>(&self, from: &'a (impl Read + ?Sized)) -> Entries<'a, K, V> {
        self.entries(from, KeyRange::prefix(&base(self.store, self.prefix)).rev())
    }

    fn entries<'a>(&self, from: &'a (impl Read + ?Sized), range: KeyRange) -> Entries<'a, K, V> {
        Entries { skip: base(self.store, self.prefix).len(), scan: from.scan(range), of: PhantomData }
    }
}

fn decode<V: Value>(
    stored: Option<crate::Bytes>,
    key: impl FnOnce() -> Vec<u8>,
) -> Result<Option<V>, Corrupt> {
    match stored {
        None => Ok(None),
        Some(bytes) => V::from_value(&bytes).map(Some).ok_or_else(|| Corrupt { key: key() }),
    }
}

/// Decoded entries of a [`Map`].
pub struct Entries<'a, K, V> {
    skip: usize,
    scan: Scan<'a>,
    of: PhantomData<fn() -> (K, V)>,
}

impl<K: KeyEnd, V: Value> Iterator for Entries<'_, K, V> {
    type Item = Result<(K, V), Corrupt>;

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = self.scan.next()?;
        let decoded = key.get(self.skip..).and_then(K::read_end).zip(V::from_value(&value));
        Some(decoded.ok_or_else(|| Corrupt { key: key.to_vec() }))
    }
}
