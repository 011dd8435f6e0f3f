//! A simulated disk, and a chain that runs on one.

use crate::random::Random;
use ics_kv::rows::{Batch, Disk, DiskError, Memory, Rows, Table};
use ics_kv::{Bytes, Changes, KeyRange};
use ics_store::{Checkpoint, Multistore, RecoverError, checkpoint_due};
use std::sync::{Mutex, MutexGuard};

pub const STORES: [&str; 3] = ["bank", "ibc", "quiet"];
pub const KEEP: usize = 10;
pub const EVERY: u64 = 7;
pub const FIRST: u64 = 3;

/// What the write during which the power fails leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Torn {
    /// Nothing of the batch.
    Lost,
    /// All of the batch, though nobody heard of it.
    Kept,
}

/// Rows in memory whose power fails at the n-th write from now.
#[derive(Default)]
pub struct Simulated {
    rows: Mutex<Memory>,
    fails: Mutex<Option<(usize, Torn)>>,
    writes: Mutex<usize>,
}

impl Simulated {
    pub fn failing_at(write: usize, torn: Torn) -> Self {
        Self { fails: Mutex::new(Some((write, torn))), ..Self::default() }
    }

    /// Power is back: what was durable is there, and nothing fails any more.
    pub fn restart(self) -> Self {
        Self { rows: self.rows, ..Self::default() }
    }

    pub fn writes(&self) -> usize {
        *self.writes.lock().unwrap()
    }

    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        self.rows.lock().unwrap()
    }

    /// All rows of the store's tables.
    pub fn dump(&self) -> Vec<(Table, Bytes, Bytes)> {
        use ics_store::rows::{CHECKPOINT, COMMITS, MANIFEST, META, WAL};
        [WAL, COMMITS, META, CHECKPOINT, MANIFEST]
            .into_iter()
            .flat_map(|table| {
                let rows = self.rows(table, KeyRange::prefix(&[]), usize::MAX).unwrap();
                rows.into_iter().map(move |(key, value)| (table, key, value))
            })
            .collect()
    }
}

impl Rows for Simulated {
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, DiskError> {
        self.memory().row(table, key)
    }
    fn rows(&self, table: Table, range: KeyRange, limit: usize) -> Result<Vec<(Bytes, Bytes)>, DiskError> {
        self.memory().rows(table, range, limit)
    }
}

impl Disk for Simulated {
    fn write(&self, batch: Batch) -> Result<(), DiskError> {
        let mut writes = self.writes.lock().unwrap();
        let fails = *self.fails.lock().unwrap();
        *writes += 1;
        match fails {
            Some((at, torn)) if *writes >= at => {
                if *writes == at && torn == Torn::Kept {
                    self.memory().apply(batch);
                }
                Err(DiskError::Failed("power failure".to_owned()))
            }
            _ => {
                self.memory().apply(batch);
                Ok(())
            }
        }
    }
}

/// The changes of the block at `height`, the same in every run.
pub fn block(height: u64) -> Changes {
    let mut random = Random(height.wrapping_mul(0x1234_5678_9abc_def1));
    let mut changes = Changes::new();
    if height.is_multiple_of(13) {
        return changes;
    }
    for _ in 0..random.below(20) + 1 {
        let key = format!("{}/key{}", STORES[random.below(2) as usize], random.below(60));
        let value = (random.below(4) > 0).then(|| Bytes::from(format!("value {}", random.next())));
        changes.insert(Bytes::from(key), value);
    }
    changes
}

pub fn recover(rows: &impl Rows) -> Result<Multistore, RecoverError> {
    Multistore::recover(rows, &STORES, FIRST, KEEP)
}

/// Runs blocks until `last` is durable, with checkpoints, or until the disk fails.
pub fn run(store: &mut Multistore, disk: &impl Disk, last: u64) -> Result<(), DiskError> {
    while store.next_height() <= last {
        let height = store.next_height();
        let working = store.working(height, &block(height)).unwrap();
        let (batch, dropped) = store.commit(working).unwrap();
        disk.write(batch)?;
        drop(dropped);
        if checkpoint_due(height, EVERY) {
            for batch in Checkpoint::begin(disk, store.latest())?.chunk_bytes(300) {
                disk.write(batch)?;
            }
        }
    }
    Ok(())
}

/// A chain that never failed, with every height up to `last` still readable.
pub fn undisturbed(last: u64) -> Multistore {
    let mut store = Multistore::new(&STORES, FIRST, usize::MAX);
    run(&mut store, &Simulated::default(), last).unwrap();
    store
}

/// Asserts that every height of `found` holds exactly the state, hashes and proofs of `expected`.
pub fn assert_equal_history(found: &Multistore, expected: &Multistore, context: &str) {
    let Some(tip) = found.tip() else { return };
    for height in found.oldest().unwrap()..=tip {
        let (found, expected) = (found.at(height).unwrap(), expected.at(height).unwrap());
        assert_eq!(found.app_hash(), expected.app_hash(), "{context}: height {height}");
        assert_eq!(found.roots(), expected.roots(), "{context}: height {height}");
        for key in ["bank/key7", "ibc/key30", "ibc/a", "bank/zzz", "quiet/key1"] {
            let (store, key) = key.split_once('/').unwrap();
            assert_eq!(
                found.prove(store, key.as_bytes()),
                expected.prove(store, key.as_bytes()),
                "{context}: height {height}, {store}/{key}"
            );
        }
    }
}
