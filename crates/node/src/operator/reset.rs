//! Forgetting a chain's blocks and state, and what was signed of it.

use super::OperatorError;
use crate::abci::hold;
use crate::node_home::{NodeHome, NodeHomeError};
use std::fs;
use std::io;
use std::path::Path;

/// Whether CometBFT's book of other nodes stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepPeers {
    /// It goes.
    No,
    /// It stays.
    Yes,
}

/// Removes all that is in `data`, ours and CometBFT's, and says that the node signed nothing yet. Whoever does that to a
/// validator of a chain that goes on elsewhere signs twice.
///
/// # Errors
/// [`OperatorError`]: no home of a node, one that is in use, files that cannot be removed.
pub fn reset(home: &NodeHome, keep: KeepPeers) -> Result<(), OperatorError> {
    home.text(&home.config_toml())?;
    let data = home.path().join("data");
    fs::create_dir_all(&data).map_err(at(&data))?;
    let lock = data.join("application.lock");
    let _hold = hold(home.path(), &lock)?;
    for entry in fs::read_dir(&data).map_err(at(&data))? {
        let entry = entry.map_err(at(&data))?;
        let path = entry.path();
        if path == lock {
            continue;
        }
        let is_folder = entry.file_type().map_err(at(&path))?.is_dir();
        if is_folder { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }.map_err(at(&path))?;
    }
    if keep == KeepPeers::No {
        let book = home.path().join("config").join("addrbook.json");
        match fs::remove_file(&book) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&book)(error)),
            _ => {}
        }
    }
    Ok(home.write_validator_state()?)
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> OperatorError {
    let path = path.to_owned();
    move |error| NodeHomeError::Io { path, error }.into()
}
