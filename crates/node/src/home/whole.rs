//! Files that are replaced as a whole: a crash leaves the old or the new, never a mixture, and what was replaced stays so.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Mode of a file that everybody may read.
pub(crate) const OPEN: u32 = 0o644;
/// Mode of a file that its owner alone may read.
pub(crate) const SECRET: u32 = 0o600;

/// Writes the content beside the file's place and moves it there; content and move are on the disk when this returns.
///
/// # Errors
/// What fails, and where.
pub(crate) fn replace(path: &Path, content: &[u8], mode: u32) -> Result<(), (PathBuf, io::Error)> {
    let beside = path.with_added_extension("new");
    let at = |path: &Path| {
        let path = path.to_owned();
        |error| (path, error)
    };
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(mode);
    let mut open = options.open(&beside).map_err(at(&beside))?;
    // One that was left behind has the mode it had.
    open.set_permissions(fs::Permissions::from_mode(mode)).map_err(at(&beside))?;
    open.write_all(content).and_then(|()| open.sync_all()).map_err(at(&beside))?;
    fs::rename(&beside, path).map_err(at(path))?;
    let folder = match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => return Ok(()),
    };
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}
