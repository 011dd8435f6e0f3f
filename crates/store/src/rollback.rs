//! Going back to an earlier height: the rows of all later ones are deleted.

use crate::checkpoint::{delete_range, manifests};
use crate::past::oldest;
use crate::recover::{RecoverError, tip};
use crate::rows::{self, COMMITS, FORM, META, TIP, WAL};
use ics_kv::KeyRange;
use ics_kv::rows::{Batch, Rows};

/// What to write so that recovery gives the state after `target`. Only while no checkpoint is under way.
///
/// # Errors
/// [`RecoverError::Rollback`] for heights that the rows do not give, and whatever keeps the rows from being read.
pub fn rollback(rows: &(impl Rows + ?Sized), target: u64) -> Result<Batch, RecoverError> {
    let whole = manifests(rows)?;
    let Some(tip) = tip(rows, None)? else { return Err(RecoverError::Missing { table: META, height: 0 }) };
    let form = rows.row(META, FORM)?.and_then(|form| rows::read_form(&form));
    let form = form.ok_or(RecoverError::Corrupt { table: META, height: 0 })?;
    // The log may begin earlier than what it leads on from: then it is being forgotten.
    let oldest = oldest(rows, form.initial_version)?;
    let oldest = oldest.ok_or(RecoverError::Missing { table: WAL, height: tip })?;
    if target < oldest || target > tip {
        return Err(RecoverError::Rollback { target, oldest, tip });
    }
    let mut batch = Batch::default();
    if let Some(next) = target.checked_add(1) {
        let later = || KeyRange { start: next.to_be_bytes().to_vec(), end: None, descending: false };
        delete_range(rows, WAL, later(), &mut batch)?;
        delete_range(rows, COMMITS, later(), &mut batch)?;
    }
    for manifest in whole.into_iter().filter(|manifest| manifest.height > target) {
        manifest.delete(rows, &mut batch)?;
    }
    batch.put(META, TIP, rows::height_key(target));
    Ok(batch)
}
