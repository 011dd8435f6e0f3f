//! States that are in memory no longer, rebuilt from the rows of a disk that forgets none.
//!
//! Journey: a question about an old height → [`rebuild`]: the newest checkpoint at or below it, then the log up to it, every
//! height compared with its roots.

use crate::Multistore;
use crate::checkpoint::manifests;
use crate::recover::{RecoverError, check_form, replay, restore};
use crate::rows::{self, META, WAL};
use crate::snapshot::Snapshot;
use ics_kv::rows::Rows;

/// The state after the block at `height`, which is committed and durable. `near` is a state of the same chain that is there
/// already, `goes_on` is asked before each height: `None` where it says no, and where the rows do not reach back so far.
/// Other arguments as for [`Multistore::new`].
///
/// # Errors
/// [`RecoverError`] if the rows belong to something else or do not give exactly the state that was committed.
pub fn rebuild(
    rows: &(impl Rows + ?Sized),
    (stores, initial_version): (&[&'static str], u64),
    height: u64,
    near: Option<Snapshot>,
    goes_on: &dyn Fn() -> bool,
) -> Result<Option<Snapshot>, RecoverError> {
    let mut multistore = Multistore::new(stores, initial_version, 1);
    let expected = multistore.form();
    let Some(form) = rows.row(META, rows::FORM)? else { return Ok(None) };
    let form = rows::read_form(&form).ok_or(RecoverError::Corrupt { table: META, height: 0 })?;
    check_form(&form, Some(&expected))?;
    let near = near.filter(|near| near.height() <= height);
    let newest = manifests(rows)?.into_iter().rev().find(|manifest| manifest.height <= height);
    let near_height = near.as_ref().map(Snapshot::height);
    match (newest, near) {
        (Some(manifest), _) if Some(manifest.height) > near_height => {
            drop(multistore.push(restore(rows, manifest, multistore.names())?));
        }
        (_, Some(near)) => drop(multistore.push(near)),
        (_, None) => {
            if height < expected.initial_version
                || rows.row(WAL, &rows::height_key(expected.initial_version))?.is_none()
            {
                return Ok(None);
            }
        }
    }
    while multistore.tip() != Some(height) {
        if !goes_on() {
            return Ok(None);
        }
        replay(rows, &mut multistore)?;
    }
    Ok(Some(multistore.latest()))
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
