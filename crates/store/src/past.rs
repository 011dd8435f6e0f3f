//! States that are in memory no longer, rebuilt from the rows of a disk that forgets none.
//!
//! Journey: a question about an old height → [`rebuild`]: the newest checkpoint at or below it, then the log up to it, every
//! height compared with its roots.

use crate::Multistore;
use crate::checkpoint::manifests;
use crate::recover::{Begun, RecoverError, check_form, replay};
use crate::rows::{self, META, WAL};
use crate::snapshot::Snapshot;
use ics_kv::rows::Rows;

/// What [`rebuild`] came to.
pub enum Rebuilt {
    /// The state that was asked for.
    Whole(Snapshot),
    /// Nobody waits any longer; with the state of the last height that was reached, if any, to go on from.
    Stopped(Option<Snapshot>),
    /// The rows do not reach back so far.
    Absent,
}

/// The state after the block at `height`, which is committed and durable. `near` is a state of the same chain that is there
/// already. `goes_on` is asked before each row of a checkpoint and each height of the log; where it says no, `begun` keeps
/// what was read of a checkpoint, and the next call goes on with that. Other arguments as for [`Multistore::new`].
///
/// # Errors
/// [`RecoverError`] if the rows belong to something else or do not give exactly the state that was committed.
pub fn rebuild(
    rows: &(impl Rows + ?Sized),
    (stores, initial_version): (&[&'static str], u64),
    height: u64,
    near: Option<Snapshot>,
    begun: &mut Option<Begun>,
    goes_on: &dyn Fn() -> bool,
) -> Result<Rebuilt, RecoverError> {
    let mut multistore = Multistore::new(stores, initial_version, 1);
    let expected = multistore.form();
    let Some(form) = rows.row(META, rows::FORM)? else { return Ok(Rebuilt::Absent) };
    let form = rows::read_form(&form).ok_or(RecoverError::Corrupt { table: META, height: 0 })?;
    check_form(&form, Some(&expected))?;
    let near = near.filter(|near| near.height() <= height);
    let newest = manifests(rows)?.into_iter().rev().find(|manifest| manifest.height <= height);
    let near_height = near.as_ref().map(Snapshot::height);
    match (newest, near) {
        (Some(manifest), _) if Some(manifest.height) > near_height => {
            let same = begun.take().filter(|begun| begun.manifest == manifest);
            let mut reading = same.unwrap_or_else(|| Begun::new(manifest));
            if !reading.read(rows, goes_on)? {
                *begun = Some(reading);
                return Ok(Rebuilt::Stopped(None));
            }
            drop(multistore.push(reading.finish(rows, multistore.names())?));
        }
        (_, Some(near)) => drop(multistore.push(near)),
        (_, None) => {
            if height < expected.initial_version
                || rows.row(WAL, &rows::height_key(expected.initial_version))?.is_none()
            {
                return Ok(Rebuilt::Absent);
            }
        }
    }
    while multistore.tip() != Some(height) {
        if !goes_on() {
            return Ok(Rebuilt::Stopped(multistore.tip().map(|_| multistore.latest())));
        }
        replay(rows, &mut multistore)?;
    }
    Ok(Rebuilt::Whole(multistore.latest()))
}

/// The earliest height that [`rebuild`] gives; none where no state is durable.
///
/// # Errors
/// [`RecoverError::Disk`].
pub fn oldest(rows: &(impl Rows + ?Sized), initial_version: u64) -> Result<Option<u64>, RecoverError> {
    let first = initial_version.max(1);
    if rows.row(WAL, &rows::height_key(first))?.is_some() {
        return Ok(Some(first));
    }
    Ok(manifests(rows)?.first().map(|manifest| manifest.height))
}
