//! A disk in memory.

use ics_kv::rows::{Batch, Disk, DiskError, Memory, Rows, Table};
use ics_kv::{Bytes, KeyRange};
use std::sync::{PoisonError, RwLock};

/// Rows in memory, shared by whoever reads and writes them.
#[derive(Debug, Default)]
pub struct MemoryDisk(RwLock<Memory>);

impl Rows for MemoryDisk {
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, DiskError> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).row(table, key)
    }
    fn rows(&self, table: Table, range: KeyRange, limit: usize) -> Result<Vec<(Bytes, Bytes)>, DiskError> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).rows(table, range, limit)
    }
}

impl Disk for MemoryDisk {
    fn write(&self, batch: Batch) -> Result<(), DiskError> {
        self.0.write().unwrap_or_else(PoisonError::into_inner).apply(batch);
        Ok(())
    }
}
