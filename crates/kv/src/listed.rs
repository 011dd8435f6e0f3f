//! Tables without their types: what it takes to carry a whole state from one chain into the next.
//!
//! A module lists its tables once; its rows go out as they are stored, and come back only where the table's own types can
//! read them.

use crate::{Item, Key, KeyEnd, KeyRange, Map, Read, Scan, TimeQueue, Value, Write};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A table by its name, with its types forgotten but for what reads them.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// What it is called in a document.
    pub name: &'static str,
    prefix: u8,
    admits: fn(&[u8], &[u8]) -> bool,
}

impl Listed {
    /// Its rows in a scope (a state whose keys begin with the prefix byte): what follows the prefix byte, and the value.
    pub fn rows<'a>(&self, scope: &'a (impl Read + ?Sized)) -> Scan<'a> {
        let rows = scope.scan(KeyRange::prefix(&[self.prefix]));
        Box::new(rows.map(|(key, value)| (key.slice(1.min(key.len())..), value)))
    }

    /// Whether a row's key and value are of the table's types.
    #[must_use]
    pub fn admits(&self, key: &[u8], value: &[u8]) -> bool {
        (self.admits)(key, value)
    }

    /// The key of a row in its scope.
    #[must_use]
    pub fn key(&self, key: &[u8]) -> Vec<u8> {
        let mut full = Vec::with_capacity(key.len().saturating_add(1));
        full.push(self.prefix);
        full.extend_from_slice(key);
        full
    }

    /// Writes a row into a scope.
    pub fn put(&self, scope: &mut (impl Write + ?Sized), key: &[u8], value: crate::Bytes) {
        scope.set(&self.key(key), value);
    }
}

/// A value has one encoding: what decodes to it and is written otherwise is refused.
fn is_value<V: Value>(bytes: &[u8]) -> bool {
    V::from_value(bytes).is_some_and(|value| *value.to_value() == *bytes)
}

fn is_key<K: KeyEnd>(bytes: &[u8]) -> bool {
    K::read_end(bytes).is_some_and(|key| {
        let mut written = Vec::with_capacity(bytes.len());
        key.write_end(&mut written);
        written == bytes
    })
}

impl<T: Value> Item<T> {
    /// The item as a table of one row at most, whose key is empty.
    #[must_use]
    pub const fn listed(&self, name: &'static str) -> Listed {
        Listed { name, prefix: self.prefix(), admits: |key, value| key.is_empty() && is_value::<T>(value) }
    }
}

impl<K: KeyEnd, V: Value> Map<K, V> {
    /// The map as a table.
    #[must_use]
    pub const fn listed(&self, name: &'static str) -> Listed {
        Listed { name, prefix: self.prefix(), admits: |key, value| is_key::<K>(key) && is_value::<V>(value) }
    }
}

impl<T: Key + Clone, V: Value> TimeQueue<T, V> {
    /// The queue as a table.
    #[must_use]
    pub const fn listed(&self, name: &'static str) -> Listed {
        self.entries().listed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Bytes;
    use alloc::collections::BTreeMap;
    use alloc::string::String;

    const COUNT: Item<u64> = Item::new(1);
    const NAMES: Map<u64, String> = Map::new(2);
    const QUEUE: TimeQueue<u64, String> = TimeQueue::new(3);
    const TABLES: [Listed; 3] = [COUNT.listed("count"), NAMES.listed("names"), QUEUE.listed("queue")];

    #[test]
    fn rows_that_went_out_come_back_where_they_were() {
        let mut state = BTreeMap::new();
        COUNT.set(&mut state, &7);
        NAMES.set(&mut state, &1, &"one".into());
        NAMES.set(&mut state, &2, &"two".into());
        QUEUE.push(&mut state, &9, &"due".into()).unwrap();
        let mut copy: BTreeMap<Bytes, Bytes> = BTreeMap::new();
        let mut counts = Vec::new();
        for table in TABLES {
            let rows: Vec<_> = table.rows(&state).collect();
            counts.push((table.name, rows.len()));
            for (key, value) in rows {
                assert!(table.admits(&key, &value), "{}", table.name);
                table.put(&mut copy, &key, value);
            }
        }
        assert_eq!(counts, [("count", 1), ("names", 2), ("queue", 1)]);
        assert_eq!(copy, state);
    }

    #[test]
    fn what_is_not_of_a_tables_types_is_not_admitted() {
        let [count, names, _] = TABLES;
        let one = 1_u64.to_value();
        assert!(count.admits(&[], &one));
        assert!(!count.admits(&[0], &one));
        assert!(!count.admits(&[], &one[1..]));
        assert!(!names.admits(&[1; 7], &String::from("a").to_value()));
        assert!(!names.admits(&[1; 9], &String::from("a").to_value()));
        assert!(!names.admits(&[1; 8], &[1, 0, 0, 0, 0xff, 1]));
        assert!(!names.admits(&[1; 8], &[]));
    }
}
