//! The whole state at one height as rows, so that recovery need not replay the chain from its first block.
//!
//! Journey: every [`CHECKPOINT_EVERY`] blocks the driver hands the tip's snapshot to [`Checkpoint::begin`] and writes each
//! batch that comes out, beside the blocks that go on. Nothing counts until the last batch, which holds the manifest
//! and at the same time deletes what only older states needed, or begins to ([`crate::forget`] goes on). A crash before it
//! leaves the older checkpoints valid; its remains are deleted by the next one.

use crate::codec::{Reader, put_bytes, put_uvarint};
use crate::forget;
use crate::iavl::{Rebuild, Visit, Walk};
use crate::rows::{self, CHECKPOINT, MANIFEST, after};
use crate::snapshot::{Snapshot, Stores};
use bytes::Bytes;
use ics_kv::KeyRange;
use ics_kv::rows::{Batch, DiskError, Rows, Table};

/// How many blocks lie between checkpoints by default.
pub const CHECKPOINT_EVERY: u64 = 1_000;
/// How many checkpoints are kept: the older one allows for a long history after recovery.
pub(crate) const KEPT: usize = 2;
/// A row is closed once it holds this many bytes.
const CHUNK_BYTES: usize = 1 << 20;
/// How many manifests are asked for at once; there are hardly ever more than three.
const PAGE: usize = 64;

const STORE: u8 = 0;
const LEAF: u8 = 1;
const INNER: u8 = 2;

/// Whether the state after `height` should be written whole, at one such state every `every` blocks.
#[must_use]
pub fn checkpoint_due(height: u64, every: u64) -> bool {
    height.checked_rem(every) == Some(0)
}

/// The batches of one checkpoint, in the order in which they must be written. At most one may be under way at a time.
pub struct Checkpoint {
    snapshot: Snapshot,
    chunk_bytes: usize,
    /// Next store to open, and the walk through the one before.
    store: usize,
    walk: Option<Walk>,
    chunks: u32,
    /// Deletions that do no harm before the manifest is there: remains of a checkpoint that was cut short.
    first: Batch,
    /// Deletions that belong to the manifest.
    last: Batch,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Remains,
    Chunks,
    Manifest,
    Done,
}

impl Checkpoint {
    /// Prepares to write `snapshot`, which must be committed and durable. There is nothing to write for a state that
    /// has a checkpoint already, for one older than those kept, and before the first commit.
    ///
    /// # Errors
    /// [`DiskError`] if the rows that are there cannot be read.
    pub fn begin(rows: &(impl Rows + ?Sized), snapshot: Snapshot) -> Result<Self, DiskError> {
        Self::keeping(rows, snapshot, KEPT)
    }

    /// The same where no checkpoint and nothing of the log is forgotten, so that every height can be rebuilt.
    ///
    /// # Errors
    /// [`DiskError`] if the rows that are there cannot be read.
    pub fn begin_archive(rows: &(impl Rows + ?Sized), snapshot: Snapshot) -> Result<Self, DiskError> {
        Self::keeping(rows, snapshot, usize::MAX)
    }

    fn keeping(rows: &(impl Rows + ?Sized), snapshot: Snapshot, kept: usize) -> Result<Self, DiskError> {
        let height = snapshot.height();
        let mut checkpoints = manifests(rows)?;
        let known = checkpoints.iter().any(|manifest| manifest.height == height);
        checkpoints.push(Manifest { height, chunks: 0 });
        checkpoints.sort_unstable_by_key(|manifest| manifest.height);
        let obsolete = checkpoints.len().saturating_sub(kept);
        let useless =
            height == 0 || known || checkpoints.iter().take(obsolete).any(|old| old.height == height);
        let (mut first, mut last) = (Batch::default(), Batch::default());
        if !useless {
            delete_remains(rows, &checkpoints, height, &mut first)?;
            if let Some(oldest) = checkpoints.get(obsolete).filter(|_| checkpoints.len() >= kept) {
                last = forget::below(rows, oldest.height)?;
            }
        }
        let stage = if useless { Stage::Done } else { Stage::Remains };
        Ok(Self { snapshot, chunk_bytes: CHUNK_BYTES, store: 0, walk: None, chunks: 0, first, last, stage })
    }

    /// The same checkpoint in rows of about `bytes` bytes (default 1 MiB).
    #[must_use]
    pub fn chunk_bytes(mut self, bytes: usize) -> Self {
        self.chunk_bytes = bytes;
        self
    }

    /// The height of the state.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.snapshot.height()
    }

    /// The next row's bytes; empty at the end.
    fn chunk(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while out.len() < self.chunk_bytes.max(1) {
            match self.walk.as_mut().and_then(Walk::next) {
                Some(Visit::Leaf { version, key, value }) => {
                    out.push(LEAF);
                    put_uvarint(&mut out, version);
                    put_bytes(&mut out, &key);
                    put_bytes(&mut out, &value);
                }
                Some(Visit::Inner { version }) => {
                    out.push(INNER);
                    put_uvarint(&mut out, version);
                }
                None => {
                    let Some((name, tree)) = self.snapshot.stores().get(self.store) else { break };
                    out.push(STORE);
                    put_bytes(&mut out, name.as_bytes());
                    self.walk = Some(Walk::new(tree));
                    self.store = self.store.saturating_add(1);
                }
            }
        }
        out
    }
}

impl Iterator for Checkpoint {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let height = self.height();
        if self.stage == Stage::Remains {
            self.stage = Stage::Chunks;
            if !self.first.rows.is_empty() {
                return Some(std::mem::take(&mut self.first));
            }
        }
        if self.stage == Stage::Chunks {
            let chunk = self.chunk();
            if !chunk.is_empty() {
                let mut batch = Batch::default();
                batch.put(CHECKPOINT, rows::chunk_key(height, self.chunks), chunk);
                // 2^32 rows of a mebibyte are beyond any state that fits memory.
                self.chunks = self.chunks.saturating_add(1);
                return Some(batch);
            }
            self.stage = Stage::Manifest;
        }
        if self.stage == Stage::Manifest {
            self.stage = Stage::Done;
            let mut batch = std::mem::take(&mut self.last);
            batch.put(MANIFEST, rows::height_key(height), self.chunks.to_be_bytes().to_vec());
            return Some(batch);
        }
        None
    }
}

/// A whole checkpoint: its height, and in how many rows it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) height: u64,
    pub(crate) chunks: u32,
}

impl Manifest {
    /// Deletes the rows that are there: the number in the manifest is not trusted with it.
    pub(crate) fn delete(self, rows: &(impl Rows + ?Sized), batch: &mut Batch) -> Result<(), DiskError> {
        batch.delete(MANIFEST, rows::height_key(self.height));
        delete_range(rows, CHECKPOINT, KeyRange::prefix(&self.height.to_be_bytes()), batch)
    }
}

/// Deletes every row of a range.
pub(crate) fn delete_range(
    rows: &(impl Rows + ?Sized),
    table: Table,
    mut range: KeyRange,
    batch: &mut Batch,
) -> Result<(), DiskError> {
    // One row at a time: the rows may be large, and only their keys are wanted.
    while let Some((key, _)) = rows.rows(table, range.clone(), 1)?.pop() {
        range.start = after(&key);
        batch.delete(table, key);
    }
    Ok(())
}

/// All whole checkpoints, ascending.
pub(crate) fn manifests(rows: &(impl Rows + ?Sized)) -> Result<Vec<Manifest>, DiskError> {
    let mut found = Vec::new();
    let mut range = KeyRange::prefix(&[]);
    loop {
        let page = rows.rows(MANIFEST, range.clone(), PAGE)?;
        let Some((last, _)) = page.last() else { return Ok(found) };
        range.start = after(last);
        for (key, value) in &page {
            let manifest = rows::read_height(key).zip(value.as_ref().try_into().ok().map(u32::from_be_bytes));
            let (height, chunks) =
                manifest.ok_or_else(|| DiskError::Corrupt(format!("row {key:02x?} of table {MANIFEST}")))?;
            found.push(Manifest { height, chunks });
        }
    }
}

/// Deletes rows of checkpoints that never became whole. Rows of whole ones are skipped without being read, but for one; those
/// below are being forgotten already.
fn delete_remains(
    rows: &(impl Rows + ?Sized),
    whole: &[Manifest],
    writing: u64,
    batch: &mut Batch,
) -> Result<(), DiskError> {
    let mut range = KeyRange::prefix(&[]);
    let oldest = whole.iter().map(|manifest| manifest.height).find(|height| *height != writing);
    range.start = oldest.unwrap_or(0).to_be_bytes().to_vec();
    while let Some((key, _)) = rows.rows(CHECKPOINT, range.clone(), 1)?.pop() {
        range.start = after(&key);
        let height = rows::key_height(&key).map(|(height, _)| height);
        match height.filter(|height| *height != writing && whole.iter().any(|it| it.height == *height)) {
            Some(height) => match height.checked_add(1) {
                Some(next) => range.start = next.to_be_bytes().to_vec(),
                None => break,
            },
            None => batch.delete(CHECKPOINT, key),
        }
    }
    Ok(())
}

/// Puts the rows of a checkpoint together again. The caller compares the roots.
#[derive(Default)]
pub(crate) struct Restore {
    names: Vec<String>,
    trees: Vec<crate::iavl::Tree>,
    current: Option<Rebuild>,
}

impl Restore {
    /// Adds the next row. `None` where it does not continue a valid state.
    pub(crate) fn chunk(&mut self, bytes: &[u8]) -> Option<()> {
        let mut reader = Reader::new(bytes);
        while !reader.is_empty() {
            match reader.byte()? {
                STORE => {
                    self.close()?;
                    self.names.push(std::str::from_utf8(reader.bytes()?).ok()?.to_owned());
                    self.current = Some(Rebuild::default());
                }
                LEAF => {
                    let version = reader.uvarint()?;
                    let key = reader.bytes()?.into();
                    let value = Bytes::copy_from_slice(reader.bytes()?);
                    self.current.as_mut()?.push(Visit::Leaf { version, key, value })?;
                }
                INNER => self.current.as_mut()?.push(Visit::Inner { version: reader.uvarint()? })?,
                _ => return None,
            }
        }
        Some(())
    }

    /// The stores, if they are exactly those named, in that order.
    pub(crate) fn finish(mut self, names: &[&'static str]) -> Option<Stores> {
        self.close()?;
        let same = self.names.iter().map(String::as_str).eq(names.iter().copied());
        same.then(|| names.iter().copied().zip(self.trees).collect())
    }

    fn close(&mut self) -> Option<()> {
        if let Some(current) = self.current.take() {
            self.trees.push(current.finish()?);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iavl::Tree;
    use ics_kv::rows::Memory;
    use proptest::prelude::*;
    use std::cell::Cell;

    const NAMES: [&str; 2] = ["bank", "ibc"];

    fn restored<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, names: &[&'static str]) -> Option<Stores> {
        let mut restore = Restore::default();
        for chunk in chunks {
            restore.chunk(chunk)?;
        }
        restore.finish(names)
    }

    /// The rows that a state is written in.
    fn written(stores: &Stores, chunk_bytes: usize) -> Vec<Vec<u8>> {
        let snapshot = Snapshot::of(7, stores.clone());
        let batches = Checkpoint::begin(&Memory::default(), snapshot).unwrap().chunk_bytes(chunk_bytes);
        let rows = batches.flat_map(|batch| batch.rows).filter(|(table, ..)| *table == CHECKPOINT);
        rows.filter_map(|(_, _, value)| value.map(Vec::from)).collect()
    }

    /// A piece of a checkpoint: the head of a store, a leaf, a node above two, or noise.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        let store = prop::sample::select(vec!["bank", "ibc", "gov", ""]).prop_map(|name| {
            let mut out = vec![STORE];
            put_bytes(&mut out, name.as_bytes());
            out
        });
        let leaf = (0_u64..3, prop::collection::vec(0_u8..4, 0..3), prop::collection::vec(any::<u8>(), 0..3));
        let leaf = leaf.prop_map(|(version, key, value)| {
            let mut out = vec![LEAF];
            put_uvarint(&mut out, version);
            put_bytes(&mut out, &key);
            put_bytes(&mut out, &value);
            out
        });
        let inner = (0_u8..4).prop_map(|version| vec![INNER, version]);
        prop_oneof![1 => store, 6 => leaf, 4 => inner, 1 => prop::collection::vec(any::<u8>(), 0..4)]
    }

    fn stores() -> impl Strategy<Value = Stores> {
        let rows = prop::collection::vec((any::<[u8; 2]>(), prop::collection::vec(any::<u8>(), 1..9)), 0..40);
        (rows.clone(), rows).prop_map(|(bank, ibc)| {
            let tree = |rows: Vec<([u8; 2], Vec<u8>)>| {
                let mut tree = Tree::new();
                for (version, (key, value)) in (1_u64..=40).zip(rows) {
                    tree.set(&key, Bytes::from(value), version);
                }
                tree
            };
            vec![("bank", tree(bank)), ("ibc", tree(ibc))]
        })
    }

    #[test]
    fn any_pieces_are_refused_or_the_one_encoding_of_what_they_give() {
        let accepted = Cell::new(0_u32);
        let config = ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() };
        proptest!(config, |(pieces in prop::collection::vec(piece(), 0..7), headed in any::<bool>())| {
            let head = if headed { vec![STORE, 4, b'b', b'a', b'n', b'k'] } else { Vec::new() };
            let bytes = [head, pieces.concat()].concat();
            for names in [&NAMES[..1], &NAMES] {
                if let Some(stores) = restored([bytes.as_slice()], names) {
                    prop_assert_eq!(written(&stores, usize::MAX).concat(), bytes.clone());
                    accepted.set(accepted.get().saturating_add(1));
                }
            }
        });
        assert!(accepted.get() > 100, "{} accepted", accepted.get());
    }

    #[test]
    fn every_state_comes_back_and_a_byte_changed_gives_none_or_another() {
        let config = ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() };
        proptest!(config, |(stores in stores(), chunk_bytes in 1_usize..500, place in any::<prop::sample::Index>(), bits in 1_u8..)| {
            let rows = written(&stores, chunk_bytes);
            let app_hash = Snapshot::of(7, stores).app_hash();
            let back = restored(rows.iter().map(Vec::as_slice), &NAMES).unwrap();
            prop_assert_eq!(Snapshot::of(7, back.clone()).app_hash(), app_hash);
            prop_assert_eq!(written(&back, chunk_bytes), rows.clone());
            let mut changed = rows.concat();
            let place = place.index(changed.len());
            changed[place] ^= bits;
            if let Some(other) = restored([changed.as_slice()], &NAMES) {
                prop_assert_ne!(Snapshot::of(7, other.clone()).app_hash(), app_hash);
                prop_assert_eq!(written(&other, usize::MAX).concat(), changed);
            }
        });
    }

    #[test]
    fn a_length_that_lies_reserves_nothing() {
        for kind in [STORE, LEAF] {
            let mut bytes = vec![kind];
            put_uvarint(&mut bytes, u64::MAX);
            put_uvarint(&mut bytes, u64::MAX);
            assert!(restored([bytes.as_slice()], &NAMES).is_none());
        }
    }
}
