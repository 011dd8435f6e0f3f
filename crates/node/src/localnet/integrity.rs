//! Whether a database file is what was written, found out without touching it.
//!
//! The database's own check repairs what it can, which may mean going back to an earlier block, and a damaged page may
//! make it panic. So it runs on an overlay that keeps what it writes in memory: a file that fails is refused, stays as it
//! is, and can still be restored or looked at.

use ics_kv::rows::DiskError;
use redb::StorageBackend;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How much of the file the check keeps in memory.
const CACHE_BYTES: usize = 33_554_432;
/// Size of the pieces in which the overlay keeps what is written.
const PIECE: u64 = 4_096;

/// Checks every page of the file against its checksum.
///
/// # Errors
/// [`DiskError::Corrupt`] where it is no database or not the one that was written.
pub(super) fn check(path: &Path) -> Result<(), DiskError> {
    let file = File::open(path).map_err(|error| DiskError::Failed(format!("{}: {error}", path.display())))?;
    let metadata = file.metadata().map_err(|error| DiskError::Failed(error.to_string()))?;
    // The library would make an empty file a new database, and the chain would begin again unnoticed.
    if metadata.len() == 0 {
        return Err(DiskError::Corrupt("the file is empty".to_owned()));
    }
    let overlay = Overlay::new(file).map_err(|error| DiskError::Failed(error.to_string()))?;
    let hook = take_hook();
    // What a damaged page makes the library say is of no use to whoever has to restore the file.
    set_hook(Box::new(|_| {}));
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut database =
            redb::Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(overlay)?;
        database.check_integrity()
    }));
    set_hook(hook);
    let why = match outcome {
        Ok(Ok(true)) => return Ok(()),
        Ok(Ok(false)) => "pages do not have their checksums".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "pages do not hold what they should".to_owned(),
    };
    Err(DiskError::Corrupt(why))
}

/// A file with what would have been written to it.
#[derive(Debug)]
struct Overlay {
    file: File,
    changes: Mutex<Changes>,
}

#[derive(Debug)]
struct Changes {
    /// Length with the changes, bytes.
    len: u64,
    /// Bytes of the file that count: what was cut off once reads as zeros.
    base: u64,
    /// Changed pieces by number.
    pieces: BTreeMap<u64, Vec<u8>>,
}

impl Overlay {
    fn new(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { file, changes: Mutex::new(Changes { len, base: len, pieces: BTreeMap::new() }) })
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A piece as it is now.
    fn piece(&self, changes: &Changes, number: u64) -> io::Result<Vec<u8>> {
        if let Some(piece) = changes.pieces.get(&number) {
            return Ok(piece.clone());
        }
        let size = usize::try_from(PIECE).unwrap_or(0);
        let start = number.saturating_mul(PIECE);
        let there = usize::try_from(changes.base.saturating_sub(start).min(PIECE)).unwrap_or(0);
        let mut piece = vec![0; size];
        if let Some(part) = piece.get_mut(..there) {
            self.file.read_exact_at(part, start)?;
        }
        Ok(piece)
    }
}

/// The pieces of a range: number, first byte within, and how many bytes.
fn pieces(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, usize)> {
    let mut at = offset;
    let end = offset.saturating_add(u64::try_from(len).unwrap_or(u64::MAX));
    std::iter::from_fn(move || {
        if at >= end {
            return None;
        }
        let (number, within) = (at.checked_div(PIECE)?, at.checked_rem(PIECE)?);
        let count = PIECE.saturating_sub(within).min(end.saturating_sub(at));
        at = at.saturating_add(count);
        Some((number, usize::try_from(within).ok()?, usize::try_from(count).ok()?))
    })
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.changes().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let changes = self.changes();
        let end = offset.checked_add(u64::try_from(out.len()).unwrap_or(u64::MAX));
        if end.is_none_or(|end| end > changes.len) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut rest = out;
        for (number, within, count) in pieces(offset, rest.len()) {
            let piece = self.piece(&changes, number)?;
            let (target, after) = rest.split_at_mut(count.min(rest.len()));
            for (to, from) in target.iter_mut().zip(piece.iter().skip(within)) {
                *to = *from;
            }
            rest = after;
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut changes = self.changes();
        if len < changes.len {
            let last = len.checked_div(PIECE).unwrap_or(0);
            let mut piece = self.piece(&changes, last)?;
            let keep = usize::try_from(len.checked_rem(PIECE).unwrap_or(0)).unwrap_or(0);
            piece.iter_mut().skip(keep).for_each(|byte| *byte = 0);
            changes.pieces.split_off(&last);
            changes.pieces.insert(last, piece);
            changes.base = changes.base.min(len);
        }
        changes.len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut changes = self.changes();
        let mut rest = data;
        for (number, within, count) in pieces(offset, data.len()) {
            let mut piece = self.piece(&changes, number)?;
            let (source, after) = rest.split_at(count.min(rest.len()));
            for (to, from) in piece.iter_mut().skip(within).zip(source) {
                *to = *from;
            }
            changes.pieces.insert(number, piece);
            rest = after;
        }
        let end = offset.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
        changes.len = changes.len.max(end);
        Ok(())
    }
}
