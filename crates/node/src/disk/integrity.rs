//! Whether a database file is what was written, found out without touching it.
//!
//! The database's check repairs what it can, so it runs on an overlay that keeps what it writes in memory: a file that
//! fails is refused, stays as it is, and can still be restored or looked at. An ordinary opening trusts pages before it
//! has compared their checksums, and panics on damaged ones; the one here believes no page that has not been verified
//! from the root down. It cannot tell the one bit that says which of the last two blocks holds from a crash.
//! Source: redb's file format, `docs/design.md` of its sources.

use ics_kv::rows::DiskError;
use redb::StorageBackend;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How much of the file the check keeps in memory.
const CACHE_BYTES: usize = 33_554_432;
/// Size of the pieces in which the overlay keeps what is written.
const PIECE: u64 = 4_096;
/// Where the header keeps its flags, behind the mark of the format.
const FLAGS_OFFSET: u64 = 9;
/// Set where the last commit reached the disk in two phases, as all of ours do ([`crate::disk`]).
const TWO_PHASES: u8 = 4;

/// Checks every page of the file against its checksum.
///
/// # Errors
/// [`DiskError::Corrupt`] where it is no database or not the one that was written.
pub(crate) fn check(path: &Path) -> Result<(), DiskError> {
    let file = File::open(path).map_err(|error| DiskError::Failed(format!("{}: {error}", path.display())))?;
    let metadata = file.metadata().map_err(|error| DiskError::Failed(error.to_string()))?;
    // The library would make an empty file a new database, and the chain would begin again unnoticed.
    if metadata.len() == 0 {
        return Err(DiskError::Corrupt("the file is empty".to_owned()));
    }
    let mut flags = [0];
    match file.read_exact_at(&mut flags, FLAGS_OFFSET) {
        // Without the flag the library would take damage for a commit cut short and go back to the one before.
        Ok(()) if flags[0] & TWO_PHASES == 0 => {
            return Err(DiskError::Corrupt("the header is not the one that was written".to_owned()));
        }
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            return Err(DiskError::Corrupt("the file ends within its header".to_owned()));
        }
        Err(error) => return Err(DiskError::Failed(error.to_string())),
    }
    let overlay = Overlay::new(file).map_err(|error| DiskError::Failed(error.to_string()))?;
    redb::Database::builder()
        .set_cache_size(CACHE_BYTES)
        .set_check_integrity_on_open(true)
        .create_with_backend(overlay)
        .map(drop)
        .map_err(|error| DiskError::Corrupt(error.to_string()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Database;
    use ics_kv::rows::{Batch, Disk as _, Rows as _};
    use ics_kv::{Bytes, KeyRange};
    use std::fs;

    const ROWS: &str = "rows";
    const BLOCKS: &str = "blocks";
    const PAGE: usize = 4_096;

    type Found = Vec<(Bytes, Bytes)>;

    /// Thirty blocks that overwrite one another, long rows among them; the last one says its number. The file as a kill
    /// leaves it, and as an orderly end does.
    fn written(path: &Path) -> [Vec<u8>; 2] {
        let disk = Database::open(path).unwrap();
        for n in 0..30_u32 {
            let mut batch = Batch::default();
            batch.put(ROWS, (n % 7).to_be_bytes().to_vec(), [1; 700].repeat(n as usize % 7));
            batch.put(BLOCKS, "tip", n.to_be_bytes().to_vec());
            disk.write(batch).unwrap();
        }
        let killed = fs::read(path).unwrap();
        drop(disk);
        [killed, fs::read(path).unwrap()]
    }

    fn read(path: &Path) -> Result<Found, DiskError> {
        let disk = Database::open(path)?;
        let mut found = disk.rows(ROWS, KeyRange::prefix(b""), 100)?;
        found.extend(disk.rows(BLOCKS, KeyRange::prefix(b""), 100)?);
        Ok(found)
    }

    /// Whether a damaged file is refused; it is left alone then, and otherwise every row is there.
    fn is_refused(path: &Path, bytes: &[u8], rows: &Found, what: &str) -> bool {
        fs::write(path, bytes).unwrap();
        let checked = check(path);
        assert!(fs::read(path).unwrap() == bytes, "{what}: the file was changed");
        match &checked {
            Ok(()) => assert!(read(path).as_ref() == Ok(rows), "{what}: other rows"),
            Err(error) => assert!(matches!(error, DiskError::Corrupt(_)), "{what}: {error}"),
        }
        checked.is_err()
    }

    /// Both files, each given to `damage` with a way to try what became of it.
    fn damaged(damage: impl Fn(&[u8], &mut dyn FnMut(&[u8], String) -> bool)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        for whole in written(&path) {
            fs::write(&path, &whole).unwrap();
            assert_eq!(check(&path), Ok(()));
            let rows = read(&path).unwrap();
            assert_eq!(rows.last().unwrap().1, 29_u32.to_be_bytes().to_vec());
            damage(&whole, &mut |bytes, what| is_refused(&path, bytes, &rows, &what));
        }
    }

    #[test]
    fn a_bit_changed_anywhere_is_corrupt_or_harmless() {
        damaged(|whole, try_it| {
            let header = (0..64).flat_map(|at| (0..8).map(move |bit| (at, bit)));
            // Which of the last two blocks holds: a crash between writing and naming the last leaves the same bytes.
            let header = header.filter(|place| *place != (9, 0));
            let slots = (64..320).map(|at| (at, at % 8));
            let held = |at: &usize| whole[*at] != 0;
            let pages = (PAGE..whole.len()).step_by(211).filter(held).map(|at| (at, at % 8));
            let mut refused = 0;
            for (at, bit) in header.chain(slots).chain(pages) {
                let mut bytes = whole.to_vec();
                bytes[at] ^= 1 << bit;
                refused += u32::from(try_it(&bytes, format!("bit {bit} of byte {at}")));
            }
            assert!(refused > 300, "{refused} refused");
        });
    }

    #[test]
    fn a_page_lost_or_put_in_the_place_of_another_is_corrupt_or_harmless() {
        damaged(|whole, try_it| {
            let mut refused = 0;
            for (number, page) in whole.chunks(PAGE).enumerate().skip(1) {
                for (what, other) in [("zeros", [0; PAGE]), ("ones", [255; PAGE])] {
                    if page.iter().any(|byte| *byte != 0) {
                        let mut bytes = whole.to_vec();
                        bytes[number * PAGE..][..PAGE].copy_from_slice(&other);
                        refused += u32::from(try_it(&bytes, format!("page {number} of {what}")));
                    }
                }
                let from = (number % 13 + 1) * PAGE;
                let mut bytes = whole.to_vec();
                bytes.copy_within(from..from + PAGE, number * PAGE);
                try_it(&bytes, format!("page {number} as the one at {from}"));
            }
            assert!(refused > 20, "{refused} refused");
        });
    }

    #[test]
    fn a_file_of_another_length_is_corrupt_or_harmless() {
        damaged(|whole, try_it| {
            for cut in [1, 9, 10, 64, 200, 319, 320, PAGE, PAGE + 1, whole.len() / 2, whole.len() - 1] {
                assert!(try_it(&whole[..cut], format!("cut at {cut}")), "cut at {cut}");
            }
            for more in [1, PAGE, 20 * PAGE] {
                try_it(&[whole, &vec![7; more]].concat(), format!("{more} bytes more"));
            }
        });
    }
}
