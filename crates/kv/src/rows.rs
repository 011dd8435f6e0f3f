//! What a disk holds, as rows in tables, and what to write to it, as a value.
//!
//! Whoever drives a chain merges the batches of its parts into one and writes that atomically, so that no two parts can
//! disagree after a crash.

use crate::{Bytes, KeyRange, Scan};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// The name of a table.
pub type Table = &'static str;

/// Rows to put and to delete, all or nothing. Within one batch a later entry for the same row wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// `(table, key, value)`, where no value means: delete the row.
    pub rows: Vec<(Table, Bytes, Option<Bytes>)>,
}

impl Batch {
    /// Adds a row.
    pub fn put(&mut self, table: Table, key: impl Into<Bytes>, value: impl Into<Bytes>) {
        self.rows.push((table, key.into(), Some(value.into())));
    }

    /// Deletes a row; absent rows are fine.
    pub fn delete(&mut self, table: Table, key: impl Into<Bytes>) {
        self.rows.push((table, key.into(), None));
    }

    /// Adds all of `other` behind this.
    pub fn merge(&mut self, other: Self) {
        self.rows.extend(other.rows);
    }
}

/// Why a disk did not answer or did not write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiskError {
    /// There is no space left; nothing of the batch was written.
    #[error("the disk is full")]
    Full,
    /// The file holds something that cannot be read back.
    #[error("the database is corrupt: {0}")]
    Corrupt(String),
    /// Any other failure of the device or the file system.
    #[error("the database failed: {0}")]
    Failed(String),
}

/// A disk that can be read. Rows that were written are durable before they can be read.
pub trait Rows: Send + Sync {
    /// The row at `key`.
    ///
    /// # Errors
    /// [`DiskError`] as the device gives it.
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, DiskError>;

    /// At most `limit` rows of `range`, ascending, or descending where the range says so.
    ///
    /// # Errors
    /// [`DiskError`] as the device gives it.
    fn rows(&self, table: Table, range: KeyRange, limit: usize) -> Result<Vec<(Bytes, Bytes)>, DiskError>;
}

/// A disk that can be written: all of a batch, durably, or nothing of it.
pub trait Disk: Rows {
    /// Writes the batch; when this returns, it survives a crash.
    ///
    /// # Errors
    /// [`DiskError`]; then nothing of the batch is there.
    fn write(&self, batch: Batch) -> Result<(), DiskError>;
}

/// Tables in memory: the disk of tests and of worlds without one.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    tables: BTreeMap<Table, BTreeMap<Bytes, Bytes>>,
}

impl Memory {
    /// Applies a batch.
    pub fn apply(&mut self, batch: Batch) {
        for (table, key, value) in batch.rows {
            let rows = self.tables.entry(table).or_default();
            match value {
                Some(value) => rows.insert(key, value),
                None => rows.remove(&key),
            };
        }
    }
}

impl Rows for Memory {
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, DiskError> {
        Ok(self.tables.get(table).and_then(|rows| rows.get(key)).cloned())
    }

    fn rows(&self, table: Table, range: KeyRange, limit: usize) -> Result<Vec<(Bytes, Bytes)>, DiskError> {
        let scan: Scan<'_> = match self.tables.get(table) {
            Some(rows) => crate::Read::scan(rows, range),
            None => Box::new(core::iter::empty()),
        };
        Ok(scan.take(limit).collect())
    }
}

impl<R: Rows + ?Sized> Rows for alloc::sync::Arc<R> {
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, DiskError> {
        (**self).row(table, key)
    }
    fn rows(&self, table: Table, range: KeyRange, limit: usize) -> Result<Vec<(Bytes, Bytes)>, DiskError> {
        (**self).rows(table, range, limit)
    }
}

impl<D: Disk + ?Sized> Disk for alloc::sync::Arc<D> {
    fn write(&self, batch: Batch) -> Result<(), DiskError> {
        (**self).write(batch)
    }
}
