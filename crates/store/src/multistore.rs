//! The committed state of one chain: the stores at the tip, the states of the last heights, and how a block is added.

use crate::rows::{self, Form};
use crate::snapshot::{Snapshot, Stores, split};
use crate::{Hash, iavl::Tree};
use bytes::Bytes;
use ics_kv::{Changes, rows::Batch};
use std::collections::VecDeque;

/// How many heights stay readable by default.
pub const KEEP: usize = 100;

/// The committed state of one chain.
#[derive(Clone, Debug)]
pub struct Multistore {
    /// Sorted by name, each once.
    names: Vec<&'static str>,
    initial_version: u64,
    keep: usize,
    /// The last heights, ascending and without gaps; empty before the first commit.
    history: VecDeque<Snapshot>,
    before_first: Snapshot,
}

/// The state after a block that is not committed: dropping it is free.
#[derive(Debug)]
pub struct Working {
    snapshot: Snapshot,
    wal: Vec<u8>,
    changes_len: usize,
    /// App hash of the state that the changes were applied to.
    base: Hash,
}

/// States that are no longer kept. Freeing their nodes takes milliseconds: drop this where nobody waits.
#[derive(Debug, Default)]
#[must_use = "drop it where nobody waits: freeing old nodes takes time"]
pub struct Dropped(Vec<Snapshot>);

/// Why changes cannot become a block's state. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A key does not begin with the name of a store and a slash.
    #[error("key {0:02x?} lies in no store of this chain")]
    UnknownStore(Vec<u8>),
    /// An entry without a key cannot be proved.
    #[error("store {0:?}: a key must not be empty")]
    EmptyKey(String),
    /// An entry without a value cannot be proved, and would break the proofs of its neighbours.
    #[error("key {0:02x?}: a value must not be empty")]
    EmptyValue(Vec<u8>),
    /// A block other than the next one.
    #[error("the next block is {expected}, not {found}")]
    Height {
        /// The height that may be committed next.
        expected: u64,
        /// The height that was given.
        found: u64,
    },
    /// The working state was made from another state than the one at the tip.
    #[error("the state of block {0} was computed from another state than the last committed one")]
    Stale(u64),
}

impl Multistore {
    /// The state before the first block.
    ///
    /// `initial_version` is the height of the first block (0 counts as 1); its nodes get that version, as do those
    /// written at genesis. `keep` is how many of the last heights stay readable, at least one. The names of stores
    /// contain no slash.
    #[must_use]
    pub fn new(stores: &[&'static str], initial_version: u64, keep: usize) -> Self {
        let mut names = stores.to_vec();
        names.sort_unstable();
        names.dedup();
        let before_first = Snapshot::before_first(&names);
        let (initial_version, keep) = (initial_version.max(1), keep.max(1));
        Self { names, initial_version, keep, history: VecDeque::new(), before_first }
    }

    /// The last committed height.
    #[must_use]
    pub fn tip(&self) -> Option<u64> {
        self.history.back().map(Snapshot::height)
    }

    /// The earliest height that is still readable.
    #[must_use]
    pub fn oldest(&self) -> Option<u64> {
        self.history.front().map(Snapshot::height)
    }

    /// The state at the tip; without entries before the first commit.
    #[must_use]
    pub fn latest(&self) -> Snapshot {
        self.history.back().unwrap_or(&self.before_first).clone()
    }

    /// The state after the block at `height`, if it is still kept.
    #[must_use]
    pub fn at(&self, height: u64) -> Option<Snapshot> {
        let index = height.checked_sub(self.oldest()?)?;
        self.history.get(usize::try_from(index).ok()?).cloned()
    }

    /// The height that is committed next.
    #[must_use]
    pub fn next_height(&self) -> u64 {
        // A chain does not reach the last height of 64 bits; if it did, that height would be refused as committed.
        self.tip().map_or(self.initial_version, |tip| tip.saturating_add(1))
    }

    /// The state after the block at `height` with these changes (by full key), without committing it.
    ///
    /// # Errors
    /// [`StoreError`] for changes that no store can hold and for any height but the next.
    pub fn working(&self, height: u64, changes: &Changes) -> Result<Working, StoreError> {
        let expected = self.next_height();
        // Versions are signed 64-bit numbers in the preimages of nodes.
        if height != expected || Some(height) == self.tip() || i64::try_from(height).is_err() {
            return Err(StoreError::Height { expected, found: height });
        }
        for (key, value) in changes {
            self.check(key, value.as_ref())?;
        }
        let base = self.latest();
        let snapshot = Snapshot::of(height, apply(base.stores().clone(), height, changes));
        let wal = rows::write_changes(changes);
        Ok(Working { snapshot, wal, changes_len: changes.len(), base: base.app_hash() })
    }

    /// Makes a working state the committed one and returns what to write. The caller announces the block only once
    /// the rows are durable; if they cannot be written, it must not use this value any further.
    ///
    /// # Errors
    /// [`StoreError::Height`] and [`StoreError::Stale`] if another state was committed since the working one was made.
    pub fn commit(&mut self, working: Working) -> Result<(Batch, Dropped), StoreError> {
        let height = working.height();
        let expected = self.next_height();
        if height != expected {
            return Err(StoreError::Height { expected, found: height });
        }
        if working.base != self.latest().app_hash() {
            return Err(StoreError::Stale(height));
        }
        let mut batch = Batch::default();
        if self.history.is_empty() {
            batch.put(rows::META, rows::FORM, rows::write_form(&self.form()));
        }
        let roots = rows::write_roots(working.app_hash(), &working.snapshot.roots());
        batch.put(rows::WAL, rows::height_key(height), working.wal);
        batch.put(rows::COMMITS, rows::height_key(height), roots);
        batch.put(rows::META, rows::TIP, rows::height_key(height));
        Ok((batch, self.push(working.snapshot)))
    }

    /// Puts the state of the next height at the tip.
    pub(crate) fn push(&mut self, snapshot: Snapshot) -> Dropped {
        self.history.push_back(snapshot);
        let surplus = self.history.len().saturating_sub(self.keep);
        Dropped(self.history.drain(..surplus).collect())
    }

    pub(crate) fn form(&self) -> Form {
        let stores = self.names.iter().map(|name| (*name).to_owned()).collect();
        Form { version: rows::VERSION, initial_version: self.initial_version, stores }
    }

    pub(crate) fn names(&self) -> &[&'static str] {
        &self.names
    }

    pub(crate) fn keep(&self) -> u64 {
        u64::try_from(self.keep).unwrap_or(u64::MAX)
    }

    fn check(&self, full: &Bytes, value: Option<&Bytes>) -> Result<(), StoreError> {
        match split(full) {
            Some((store, key)) if self.names.binary_search(&store).is_ok() => {
                if key.is_empty() {
                    return Err(StoreError::EmptyKey(store.to_owned()));
                }
            }
            Some(_) | None => return Err(StoreError::UnknownStore(full.to_vec())),
        }
        if value.is_some_and(Bytes::is_empty) {
            return Err(StoreError::EmptyValue(full.to_vec()));
        }
        Ok(())
    }
}

/// Applies checked changes in the order of their keys.
fn apply(mut stores: Stores, height: u64, changes: &Changes) -> Stores {
    // All keys of a store are neighbours, so the store is looked up once for each run of them.
    let mut run: Option<(usize, &str)> = None;
    for (full, value) in changes {
        let Some((store, key)) = split(full) else { continue };
        let index = match run {
            Some((index, name)) if name == store => Ok(index),
            _ => stores.binary_search_by(|(name, _)| (*name).cmp(store)),
        };
        let Ok(index) = index else { continue };
        run = Some((index, store));
        if let Some((_, tree)) = stores.get_mut(index) {
            write(tree, key, value.clone(), height);
        }
    }
    stores
}

fn write(tree: &mut Tree, key: &[u8], value: Option<Bytes>, height: u64) {
    match value {
        Some(value) => tree.set(key, value, height),
        None => {
            tree.remove(key, height);
        }
    }
}

impl Working {
    /// The app hash after the block.
    #[must_use]
    pub fn app_hash(&self) -> Hash {
        self.snapshot.app_hash()
    }

    /// The block's height.
    #[must_use]
    pub fn height(&self) -> u64 {
        self.snapshot.height()
    }

    /// How many keys the block wrote or removed.
    #[must_use]
    pub fn changes_len(&self) -> usize {
        self.changes_len
    }

    /// The state after the block.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot.clone()
    }
}

impl Dropped {
    /// How many states are dropped.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing to free.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
