//! Files of a node's home: written as a whole, and closed to others where a key is in them.

use super::NodeHomeError;
use crate::home::whole;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Mode 0644.
    Everybody,
    /// Mode 0600.
    Owner,
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> NodeHomeError {
    let path = path.to_owned();
    move |error| NodeHomeError::Io { path, error }
}

/// Replaces a file as a whole: a crash leaves the old or the new. Its folder is made where there is none, for its owner
/// alone, as CometBFT makes it.
///
/// # Errors
/// [`NodeHomeError::Io`].
pub(super) fn write(path: &Path, text: &str, access: Access) -> Result<(), NodeHomeError> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io_at(folder))?;
    }
    let mode = match access {
        Access::Everybody => whole::OPEN,
        Access::Owner => whole::SECRET,
    };
    whole::replace(path, text.as_bytes(), mode).map_err(|(path, error)| NodeHomeError::Io { path, error })
}

/// # Errors
/// [`NodeHomeError::Missing`], [`NodeHomeError::Io`].
pub(super) fn read(path: &Path) -> Result<String, NodeHomeError> {
    fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => NodeHomeError::Missing(path.to_owned()),
        _ => io_at(path)(error),
    })
}

/// The text of a file that its owner alone may read.
///
/// # Errors
/// As [`read`]; [`NodeHomeError::Exposed`].
pub(super) fn read_secret(path: &Path) -> Result<String, NodeHomeError> {
    let text = read(path)?;
    let mode = fs::metadata(path).map_err(io_at(path))?.permissions().mode();
    if mode & 0o077 == 0 { Ok(text) } else { Err(NodeHomeError::Exposed(path.to_owned())) }
}
