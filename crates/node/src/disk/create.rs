//! A new database file.

use super::Database;
use ics_kv::rows::DiskError;
use std::fs;
use std::io;
use std::path::Path;

/// Makes an empty database beside its place and moves it there: a kill in between leaves no half-made file that the next
/// start would have to call corrupt.
///
/// # Errors
/// [`DiskError`].
pub(crate) fn create(path: &Path) -> Result<(), DiskError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    }
    let beside = path.with_extension("new");
    match fs::remove_file(&beside) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(&beside, &error)),
    }
    drop(Database::open(&beside)?);
    fs::rename(&beside, path).map_err(|error| failed(path, &error))?;
    let Some(folder) = path.parent() else { return Ok(()) };
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failed(folder, &error))
}

fn failed(path: &Path, error: &io::Error) -> DiskError {
    DiskError::Failed(format!("{}: {error}", path.display()))
}
