//! The last durable state from the rows of a disk: a checkpoint, then the log, every height compared with its roots.

use crate::checkpoint::{Manifest, Restore, manifests};
use crate::rows::{self, COMMITS, Form, META, Roots, WAL};
use crate::snapshot::Snapshot;
use crate::{Hash, Multistore, StoreError};
use ics_kv::KeyRange;
use ics_kv::rows::{DiskError, Rows, Table};

/// Why no state can be recovered. The rows are left as they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecoverError {
    /// The disk did not answer.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The rows were written by another version of this software.
    #[error(
        "the stored state has form {found}, this version reads form {expected}: use the version that wrote it, or start from an empty home"
    )]
    Form {
        /// The form that this version reads.
        expected: u64,
        /// The form of the rows.
        found: u64,
    },
    /// The rows belong to a chain that begins at another height.
    #[error(
        "the stored chain begins at height {found}, this one at {expected}: use the home of this chain, or start from an empty one"
    )]
    InitialHeight {
        /// First height of the chain that is asked for.
        expected: u64,
        /// First height of the chain in the rows.
        found: u64,
    },
    /// The rows belong to a chain with other stores.
    #[error(
        "the stored chain has the stores {found:?}, this one {expected:?}: use the home of this chain, or start from an empty one"
    )]
    Stores {
        /// Stores of the chain that is asked for.
        expected: Vec<String>,
        /// Stores of the chain in the rows.
        found: Vec<String>,
    },
    /// A row that must be there is not.
    #[error(
        "table {table} lacks the row for height {height}: restore a backup, or start from an empty home and sync again"
    )]
    Missing {
        /// Its table.
        table: Table,
        /// Its height.
        height: u64,
    },
    /// A row does not decode, or contradicts another.
    #[error(
        "table {table} is corrupt at height {height}: restore a backup, or start from an empty home and sync again"
    )]
    Corrupt {
        /// Its table.
        table: Table,
        /// Its height, 0 where it has none.
        height: u64,
    },
    /// The rows give another state than the one that was committed.
    #[error(
        "the state rebuilt for height {height} has app hash {}, but {} was committed: restore a backup, or start from an empty home and sync again",
        hex(found),
        hex(expected)
    )]
    Mismatch {
        /// The height.
        height: u64,
        /// The app hash that was committed.
        expected: Hash,
        /// The app hash of the rebuilt state.
        found: Hash,
    },
    /// A change set in the log is one that no block can have written.
    #[error(
        "the log of height {height} cannot be replayed ({source}): restore a backup, or start from an empty home and sync again"
    )]
    Replay {
        /// The height.
        height: u64,
        /// Why it is refused.
        source: StoreError,
    },
    /// A state can be rolled back only to a height between the oldest that the rows give and the tip.
    #[error("cannot roll back to height {target}: the rows give the heights from {oldest} to {tip}")]
    Rollback {
        /// The height that was asked for.
        target: u64,
        /// The earliest height possible.
        oldest: u64,
        /// The last committed height.
        tip: u64,
    },
}

fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Multistore {
    /// The state that was durable last, with as many heights before it as the rows give, up to `keep`. Rows without
    /// any commit give the state before the first block. Arguments as for [`Multistore::new`].
    ///
    /// # Errors
    /// [`RecoverError`] if the rows belong to something else or do not give exactly the states that were committed.
    pub fn recover(
        rows: &(impl Rows + ?Sized),
        stores: &[&'static str],
        initial_version: u64,
        keep: usize,
    ) -> Result<Self, RecoverError> {
        let mut multistore = Self::new(stores, initial_version, keep);
        let expected = multistore.form();
        let Some(tip) = tip(rows, Some(&expected))? else { return Ok(multistore) };
        let oldest_wanted = tip.saturating_sub(multistore.keep()).saturating_add(1);
        let base = base(rows, &expected, oldest_wanted, tip)?;
        if let Some(manifest) = base {
            let mut begun = Begun::new(manifest);
            begun.read(rows, &|| true)?;
            drop(multistore.push(begun.finish(rows, multistore.names())?));
        }
        while multistore.tip() != Some(tip) {
            replay(rows, &mut multistore)?;
        }
        Ok(multistore)
    }
}

/// The last committed height, if any, after checking that the rows are of the form that is expected.
pub(crate) fn tip(rows: &(impl Rows + ?Sized), expected: Option<&Form>) -> Result<Option<u64>, RecoverError> {
    let last = rows.rows(COMMITS, KeyRange::prefix(&[]).rev(), 1)?.pop();
    let tip = rows.row(META, rows::TIP)?;
    let form = rows.row(META, rows::FORM)?;
    let Some(form) = form else {
        return match (last, tip) {
            (None, None) => Ok(None),
            _ => Err(RecoverError::Missing { table: META, height: 0 }),
        };
    };
    let corrupt = RecoverError::Corrupt { table: META, height: 0 };
    let form = rows::read_form(&form).ok_or_else(|| corrupt.clone())?;
    check_form(&form, expected)?;
    let tip = tip.ok_or(RecoverError::Missing { table: META, height: 0 })?;
    let tip = rows::read_height(&tip).ok_or_else(|| corrupt.clone())?;
    let last = last.and_then(|(key, _)| rows::read_height(&key));
    if last != Some(tip) || tip < form.initial_version {
        return Err(corrupt);
    }
    Ok(Some(tip))
}

pub(crate) fn check_form(found: &Form, expected: Option<&Form>) -> Result<(), RecoverError> {
    if found.version != rows::VERSION {
        return Err(RecoverError::Form { expected: rows::VERSION, found: found.version });
    }
    let Some(expected) = expected else { return Ok(()) };
    if found.initial_version != expected.initial_version {
        let (expected, found) = (expected.initial_version, found.initial_version);
        return Err(RecoverError::InitialHeight { expected, found });
    }
    if found.stores != expected.stores {
        let (expected, found) = (expected.stores.clone(), found.stores.clone());
        return Err(RecoverError::Stores { expected, found });
    }
    Ok(())
}

/// Where to replay from: the newest checkpoint at or below `wanted`; else the first block, while its log is there; else
/// the oldest checkpoint.
fn base(
    rows: &(impl Rows + ?Sized),
    form: &Form,
    wanted: u64,
    tip: u64,
) -> Result<Option<Manifest>, RecoverError> {
    let whole = manifests(rows)?;
    if let Some(late) = whole.iter().find(|manifest| manifest.height > tip) {
        return Err(RecoverError::Corrupt { table: rows::MANIFEST, height: late.height });
    }
    if let Some(newest) = whole.iter().rev().find(|manifest| manifest.height <= wanted) {
        return Ok(Some(*newest));
    }
    if rows.row(WAL, &form.initial_version.to_be_bytes())?.is_some() {
        return Ok(None);
    }
    match whole.first() {
        Some(oldest) => Ok(Some(*oldest)),
        None => Err(RecoverError::Missing { table: WAL, height: form.initial_version }),
    }
}

/// A checkpoint that is read in part.
pub struct Begun {
    pub(crate) manifest: Manifest,
    next: u32,
    restore: Restore,
}

impl Begun {
    pub(crate) fn new(manifest: Manifest) -> Self {
        Self { manifest, next: 0, restore: Restore::default() }
    }

    /// Reads on, row by row, as long as `goes_on` says so: whether it is read.
    pub(crate) fn read(
        &mut self,
        rows: &(impl Rows + ?Sized),
        goes_on: &dyn Fn() -> bool,
    ) -> Result<bool, RecoverError> {
        let Manifest { height, chunks } = self.manifest;
        for number in self.next..chunks {
            if !goes_on() {
                self.next = number;
                return Ok(false);
            }
            let chunk = rows.row(rows::CHECKPOINT, &rows::chunk_key(height, number))?;
            let chunk = chunk.ok_or(RecoverError::Missing { table: rows::CHECKPOINT, height })?;
            self.restore.chunk(&chunk).ok_or(RecoverError::Corrupt { table: rows::CHECKPOINT, height })?;
        }
        self.next = chunks;
        Ok(true)
    }

    /// The state, once it is read.
    pub(crate) fn finish(
        self,
        rows: &(impl Rows + ?Sized),
        names: &[&'static str],
    ) -> Result<Snapshot, RecoverError> {
        let height = self.manifest.height;
        let stores = self.restore.finish(names);
        let stores = stores.ok_or(RecoverError::Corrupt { table: rows::CHECKPOINT, height })?;
        let snapshot = Snapshot::of(height, stores);
        compare(rows, &snapshot)?;
        Ok(snapshot)
    }
}

/// Adds the next height from the log.
pub(crate) fn replay(rows: &(impl Rows + ?Sized), multistore: &mut Multistore) -> Result<(), RecoverError> {
    let height = multistore.next_height();
    let row = rows.row(WAL, &height.to_be_bytes())?.ok_or(RecoverError::Missing { table: WAL, height })?;
    let changes = rows::read_changes(&row).ok_or(RecoverError::Corrupt { table: WAL, height })?;
    let working =
        multistore.working(height, &changes).map_err(|source| RecoverError::Replay { height, source })?;
    let snapshot = working.snapshot();
    compare(rows, &snapshot)?;
    drop(multistore.push(snapshot));
    Ok(())
}

/// Whether a rebuilt state is the one that was committed at its height.
fn compare(rows: &(impl Rows + ?Sized), snapshot: &Snapshot) -> Result<(), RecoverError> {
    let height = snapshot.height();
    let row = rows.row(COMMITS, &height.to_be_bytes())?;
    let row = row.ok_or(RecoverError::Missing { table: COMMITS, height })?;
    let Roots { app_hash: expected, stores } =
        rows::read_roots(&row).ok_or(RecoverError::Corrupt { table: COMMITS, height })?;
    let found = snapshot.app_hash();
    let roots = snapshot.roots();
    if found != expected
        || !roots.iter().copied().eq(stores.iter().map(|(name, root)| (name.as_str(), *root)))
    {
        return Err(RecoverError::Mismatch { height, expected, found });
    }
    Ok(())
}
