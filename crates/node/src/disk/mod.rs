//! A chain's database: one redb file, one transaction per block.
//!
//! Journey: a block's merged [`Batch`] → [`Database::write`] → durable (fsync) → only then announced.
//! Source: the store's crash rules; two-phase commits with quick repair, because keys and values are chosen by
//! whoever sends transactions.

mod create;
pub(crate) mod integrity;

pub(crate) use create::create;

use ics_kv::rows::{Batch, Disk, DiskError, Rows, Table};
use ics_kv::{Bytes, KeyRange};
use redb::{ReadableDatabase as _, TableDefinition, TableError};
use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::path::Path;

/// How much of the file is kept in memory.
const CACHE_BYTES: usize = 33_554_432;

/// An open database file. After a failed write it refuses all others until it is opened again.
pub struct Database(redb::Database);

type Entry<'a> = (redb::AccessGuard<'a, &'static [u8]>, redb::AccessGuard<'a, &'static [u8]>);

fn table(name: Table) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    TableDefinition::new(name)
}

impl Database {
    /// Opens the file, creating it where there is none.
    ///
    /// # Errors
    /// [`DiskError`]: another process holds it, it is no database, or the disk fails.
    pub fn open(path: &Path) -> Result<Self, DiskError> {
        let opened = redb::Database::builder().set_cache_size(CACHE_BYTES).create(path);
        let db = opened.map_err(|error| match error {
            redb::DatabaseError::DatabaseAlreadyOpen => DiskError::Failed(format!(
                "{} is open already: another process runs this chain",
                path.display()
            )),
            other => any(other),
        })?;
        Ok(Self(db))
    }
}

impl Database {
    /// Gives room back that rows no longer need.
    ///
    /// # Errors
    /// [`DiskError`].
    pub(crate) fn compact(&mut self) -> Result<(), DiskError> {
        self.0.compact().map(drop).map_err(|error| DiskError::Failed(error.to_string()))
    }
}

/// What any error of the database is to whoever drives the chain.
fn any(error: impl Into<redb::Error>) -> DiskError {
    match error.into() {
        redb::Error::Io(error) if is_full(&error) => DiskError::Full,
        // A file that is no database, or that ends too early.
        redb::Error::Io(error)
            if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
        {
            DiskError::Corrupt(error.to_string())
        }
        redb::Error::Corrupted(what) => DiskError::Corrupt(what),
        redb::Error::PreviousIo => {
            DiskError::Failed("an earlier write failed: the database must be opened again".to_owned())
        }
        other => DiskError::Failed(other.to_string()),
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// `SIGXFSZ`, whose number is the same on Linux and macOS.
const FILE_LIMIT_SIGNAL: i32 = 25;

/// Catches the signal that ends a process which writes beyond its file size limit: the write fails instead, and is told of
/// as a full disk. The handler stays for the rest of the process.
pub(crate) fn survive_file_limit(runtime: &tokio::runtime::Runtime) -> io::Result<()> {
    let _inside = runtime.enter();
    let kind = tokio::signal::unix::SignalKind::from_raw(FILE_LIMIT_SIGNAL);
    tokio::signal::unix::signal(kind).map(drop)
}

impl Rows for Database {
    fn row(&self, name: Table, key: &[u8]) -> Result<Option<Bytes>, DiskError> {
        let read = self.0.begin_read().map_err(any)?;
        let table = match read.open_table(table(name)) {
            Ok(table) => table,
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(any(error)),
        };
        let row = table.get(key).map_err(any)?;
        Ok(row.map(|value| Bytes::copy_from_slice(value.value())))
    }

    fn rows(&self, name: Table, range: KeyRange, limit: usize) -> Result<Vec<(Bytes, Bytes)>, DiskError> {
        if range.end.as_ref().is_some_and(|end| *end <= range.start) {
            return Ok(Vec::new());
        }
        let read = self.0.begin_read().map_err(any)?;
        let table = match read.open_table(table(name)) {
            Ok(table) => table,
            Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            Err(error) => return Err(any(error)),
        };
        let end = range.end.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let found = table.range::<&[u8]>((Bound::Included(range.start.as_slice()), end)).map_err(any)?;
        let copied = |row: Result<Entry<'_>, redb::StorageError>| -> Result<(Bytes, Bytes), DiskError> {
            let (key, value) = row.map_err(any)?;
            Ok((Bytes::copy_from_slice(key.value()), Bytes::copy_from_slice(value.value())))
        };
        if range.descending {
            found.rev().take(limit).map(copied).collect()
        } else {
            found.take(limit).map(copied).collect()
        }
    }
}

impl Disk for Database {
    fn write(&self, batch: Batch) -> Result<(), DiskError> {
        let mut write = self.0.begin_write().map_err(any)?;
        write.set_durability(redb::Durability::Immediate).map_err(any)?;
        write.set_quick_repair(true);
        // The last entry for a row wins; a table is opened once.
        let mut by_table: BTreeMap<Table, BTreeMap<Bytes, Option<Bytes>>> = BTreeMap::new();
        for (name, key, value) in batch.rows {
            by_table.entry(name).or_default().insert(key, value);
        }
        for (name, rows) in by_table {
            let mut table = write.open_table(table(name)).map_err(any)?;
            for (key, value) in rows {
                match value {
                    Some(value) => drop(table.insert(key.as_ref(), value.as_ref()).map_err(any)?),
                    None => drop(table.remove(key.as_ref()).map_err(any)?),
                }
            }
        }
        write.commit().map_err(any)
    }
}
