//! What the command of Hermes that ran last has said.

use crate::home::{HomeError, io_at};
use std::fs;
use std::path::{Path, PathBuf};

/// Where it stands.
pub(super) fn file(folder: &Path) -> PathBuf {
    folder.join("log")
}

/// Forgets it, before the next command.
///
/// # Errors
/// [`HomeError::Io`].
pub(super) fn begin(folder: &Path) -> Result<(), HomeError> {
    let path = file(folder);
    fs::write(&path, []).map_err(io_at(&path))
}

/// Whether it has said this.
pub(super) fn has_said(folder: &Path, words: &str) -> bool {
    said(folder).contains(words)
}

/// The last line of it that says something.
pub(super) fn last_words(folder: &Path) -> String {
    super::config::last_line(&said(folder))
}

fn said(folder: &Path) -> String {
    String::from_utf8_lossy(&fs::read(file(folder)).unwrap_or_default()).into_owned()
}
