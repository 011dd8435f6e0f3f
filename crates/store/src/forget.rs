//! Forgetting: the rows that lead to states older than those that are kept, a bounded number at a time.
//!
//! Journey: a checkpoint's last batch, and [`forget`] in the batches of the blocks after it, until nothing is left; or
//! [`forget_below`] for a chain that does not run. All that goes lies below a checkpoint that stays, and older checkpoints
//! go before the log that leads on from them: whatever is left in between, what recovery begins with is whole.

use crate::checkpoint::KEPT;
use crate::rows::{self, CHECKPOINT, COMMITS, MANIFEST, WAL};
use ics_kv::KeyRange;
use ics_kv::rows::{Batch, DiskError, Rows};

/// Most rows that go with one batch.
const ROWS_MAX: usize = 2_000;
/// Once so many bytes of rows were read to find their keys, the rest goes with the next batch.
const BYTES_MAX: usize = 16 << 20;

/// What to delete because no state that is kept needs it: some of it, and nothing once nothing is left. Not for an archive.
///
/// # Errors
/// [`DiskError`] if the rows cannot be read.
pub fn forget(rows: &(impl Rows + ?Sized)) -> Result<Batch, DiskError> {
    let newest = rows.rows(MANIFEST, KeyRange::prefix(&[]).rev(), KEPT)?;
    // With fewer the log still reaches back further than the oldest of them.
    let oldest = newest.last().filter(|_| newest.len() == KEPT).and_then(|(key, _)| rows::read_height(key));
    oldest.map_or_else(|| Ok(Batch::default()), |oldest| below(rows, oldest))
}

/// What to delete so that `height` becomes the oldest state: some of it, and nothing once nothing is left, or where
/// `height` has no checkpoint.
///
/// # Errors
/// [`DiskError`] if the rows cannot be read.
pub fn forget_below(rows: &(impl Rows + ?Sized), height: u64) -> Result<Batch, DiskError> {
    match rows.row(MANIFEST, &rows::height_key(height))? {
        Some(_) => below(rows, height),
        None => Ok(Batch::default()),
    }
}

/// Deletes rows below a checkpoint that stays. The roots of its own height stay too: they are what it is compared with.
pub(crate) fn below(rows: &(impl Rows + ?Sized), stays: u64) -> Result<Batch, DiskError> {
    let mut batch = Batch::default();
    let mut bytes = 0_usize;
    let log_end = stays.saturating_add(1);
    for (table, end) in [(MANIFEST, stays), (CHECKPOINT, stays), (WAL, log_end), (COMMITS, stays)] {
        let mut range = KeyRange::between(Vec::new(), end.to_be_bytes().to_vec());
        // One row at a time: the rows may be large, and only their keys are wanted.
        while batch.rows.len() < ROWS_MAX && bytes < BYTES_MAX {
            let Some((key, value)) = rows.rows(table, range.clone(), 1)?.pop() else { break };
            bytes = bytes.saturating_add(value.len());
            range.start = rows::after(&key);
            batch.delete(table, key);
        }
    }
    Ok(batch)
}
