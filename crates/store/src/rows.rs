//! The tables that the store keeps on a disk, and the bytes in them.
//!
//! Heights in keys are eight bytes, most significant first, so rows come in the order of the chain. No row needs a
//! checksum of its own: whatever is read back is compared with the roots and the app hash of its height.

use crate::Hash;
use crate::codec::{Reader, put_bytes, put_len};
use crate::simple_merkle;
use bytes::Bytes;
use ics_kv::{Changes, rows::Table};

/// What each block changed, by height: the log from which newer states are replayed.
pub const WAL: Table = "store_wal";
/// The app hash and the root of each store, by height.
pub const COMMITS: Table = "store_commits";
/// The form of the rows, the stores, the first height, and the tip.
pub const META: Table = "store_meta";
/// All nodes of the state at some heights, cut into rows: height, then the row's number (four bytes).
pub const CHECKPOINT: Table = "store_checkpoint";
/// Which checkpoints are whole, by height.
pub const MANIFEST: Table = "store_manifest";

/// Key in [`META`] of the last committed height.
pub(crate) const TIP: &[u8] = b"tip";
/// Key in [`META`] of the [`Form`].
pub(crate) const FORM: &[u8] = b"form";
/// The number of this form of rows; another one is not read.
pub(crate) const VERSION: u64 = 1;

pub(crate) fn height_key(height: u64) -> Bytes {
    Bytes::copy_from_slice(&height.to_be_bytes())
}

/// The least key behind `key`.
pub(crate) fn after(key: &[u8]) -> Vec<u8> {
    [key, &[0][..]].concat()
}

pub(crate) fn chunk_key(height: u64, number: u32) -> Bytes {
    Bytes::from([&height.to_be_bytes()[..], &number.to_be_bytes()[..]].concat())
}

/// The height at the front of a key, and what follows it.
pub(crate) fn key_height(key: &[u8]) -> Option<(u64, &[u8])> {
    let mut reader = Reader::new(key);
    let height = u64::from_be_bytes(reader.array()?);
    Some((height, key.get(8..)?))
}

pub(crate) fn read_height(value: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(value.try_into().ok()?))
}

/// The value of a [`WAL`] row: how many changes, then each key with a mark (0 gone, 1 written) and the value.
pub(crate) fn write_changes(changes: &Changes) -> Vec<u8> {
    let room = changes
        .iter()
        .map(|(key, value)| key.len().saturating_add(value.as_ref().map_or(0, Bytes::len)).saturating_add(8));
    let mut out = Vec::with_capacity(room.fold(8, usize::saturating_add));
    put_len(&mut out, changes.len());
    for (key, value) in changes {
        put_bytes(&mut out, key);
        match value {
            None => out.push(0),
            Some(value) => {
                out.push(1);
                put_bytes(&mut out, value);
            }
        }
    }
    out
}

/// The changes of a [`WAL`] row. Keys and values are copied: they outlive the row by far.
pub(crate) fn read_changes(value: &[u8]) -> Option<Changes> {
    let mut reader = Reader::new(value);
    let mut changes = Changes::new();
    let count = reader.uvarint()?;
    while !reader.is_empty() {
        let key = Bytes::copy_from_slice(reader.bytes()?);
        let value = match reader.byte()? {
            0 => None,
            1 => Some(Bytes::copy_from_slice(reader.bytes()?)),
            _ => return None,
        };
        changes.insert(key, value);
    }
    (u64::try_from(changes.len()) == Ok(count)).then_some(changes)
}

/// The value of a [`COMMITS`] row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Roots {
    pub(crate) app_hash: Hash,
    pub(crate) stores: Vec<(String, Hash)>,
}

pub(crate) fn write_roots(app_hash: Hash, stores: &[(&'static str, Hash)]) -> Vec<u8> {
    let mut out = app_hash.to_vec();
    for (name, root) in stores {
        put_bytes(&mut out, name.as_bytes());
        out.extend_from_slice(root);
    }
    out
}

/// The roots of a [`COMMITS`] row, if they give the app hash beside them.
pub(crate) fn read_roots(value: &[u8]) -> Option<Roots> {
    let mut reader = Reader::new(value);
    let app_hash = reader.array()?;
    let mut stores = Vec::new();
    while !reader.is_empty() {
        let name = std::str::from_utf8(reader.bytes()?).ok()?;
        stores.push((name, reader.array()?));
    }
    if simple_merkle::app_hash(&stores) != app_hash {
        return None;
    }
    let stores = stores.into_iter().map(|(name, root)| (name.to_owned(), root)).collect();
    Some(Roots { app_hash, stores })
}

/// What must be equal for rows to be read as this chain's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) version: u64,
    pub(crate) initial_version: u64,
    pub(crate) stores: Vec<String>,
}

pub(crate) fn write_form(form: &Form) -> Vec<u8> {
    let mut out = [form.version.to_be_bytes(), form.initial_version.to_be_bytes()].concat();
    for name in &form.stores {
        put_bytes(&mut out, name.as_bytes());
    }
    out
}

pub(crate) fn read_form(value: &[u8]) -> Option<Form> {
    let mut reader = Reader::new(value);
    let version = u64::from_be_bytes(reader.array()?);
    if version != VERSION {
        // Of another form only its number is known.
        return Some(Form { version, initial_version: 0, stores: Vec::new() });
    }
    let initial_version = u64::from_be_bytes(reader.array()?);
    let mut stores = Vec::new();
    while !reader.is_empty() {
        stores.push(std::str::from_utf8(reader.bytes()?).ok()?.to_owned());
    }
    Some(Form { version, initial_version, stores })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_read_as_nothing_or_as_what_writes_them(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Some(changes) = read_changes(&bytes) {
                prop_assert_eq!(read_changes(&write_changes(&changes)), Some(changes));
            }
            if let Some(form) = read_form(&bytes)
                && form.version == VERSION
            {
                prop_assert_eq!(write_form(&form), bytes.clone());
            }
            read_roots(&bytes);
            key_height(&bytes);
        }

        #[test]
        fn changes_read_back(
            changes in prop::collection::btree_map(
                prop::collection::vec(any::<u8>(), 0..300),
                prop::option::of(prop::collection::vec(any::<u8>(), 0..300)),
                0..20,
            ),
        ) {
            let changes: Changes =
                changes.into_iter().map(|(key, value)| (Bytes::from(key), value.map(Bytes::from))).collect();
            let bytes = write_changes(&changes);
            prop_assert_eq!(read_changes(&bytes), Some(changes.clone()));
            for cut in 0..bytes.len() {
                prop_assert_eq!(read_changes(&bytes[..cut]), None);
            }
        }
    }

    #[test]
    fn a_claimed_count_allocates_nothing() {
        let mut bytes = Vec::new();
        put_len(&mut bytes, usize::MAX);
        assert_eq!(read_changes(&bytes), None);
        put_len(&mut bytes, usize::MAX);
        assert_eq!(read_changes(&bytes), None);
    }

    #[test]
    fn roots_that_do_not_give_their_app_hash_are_refused() {
        let stores = [("bank", [1; 32]), ("ibc", [2; 32])];
        let bytes = write_roots(simple_merkle::app_hash(&stores), &stores);
        assert_eq!(read_roots(&bytes).unwrap().stores.len(), 2);
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            assert_eq!(read_roots(&flipped), None, "byte {at}");
        }
    }
}
