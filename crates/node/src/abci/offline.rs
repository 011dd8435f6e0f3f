//! What is done to the state of a chain that does not run.

use super::failure::{StartError, of_disk, of_state};
use super::setup::{Opened, open};
use crate::app_toml::{Overrides, Pruning};
use ics_abci::Height;
use ics_kv::rows::Disk as _;
use std::path::Path;

/// Takes the last block back, so that CometBFT executes it again after a rollback of its own; gives the height before it.
///
/// # Errors
/// [`StartError`]; [`StartError::Rollback`] where the block before is not there.
pub fn rollback(home: &Path) -> Result<Height, StartError> {
    let Opened { chain, database, hold: _hold, disk, .. } = open(home, &Overrides::default())?;
    let refused = |why: String| StartError::Rollback { path: database.clone(), why };
    let (last, _) = chain.last().ok_or_else(|| refused("there is no block".to_owned()))?;
    let writes = ics_store::rollback(&*disk, last.prev().0).map_err(|error| refused(error.to_string()))?;
    disk.write(writes).map_err(|error| of_disk(database.clone(), error))?;
    Ok(last.prev())
}

/// The genesis document, as JSON, from which the chain goes on where it stopped.
///
/// # Errors
/// [`StartError`]; [`StartError::Export`] where it is the home of another chain than the one asked for.
pub fn export(home: &Path, chain_id: Option<&str>) -> Result<String, StartError> {
    let Opened { chain, database, hold: _hold, genesis, .. } = open(home, &Overrides::default())?;
    let failed = |why: String| StartError::Export { path: database.clone(), why };
    if let Some(asked) = chain_id.filter(|asked| *asked != genesis.chain_id) {
        return Err(failed(format!("it is that of {}, not of {asked}", genesis.chain_id)));
    }
    let document = chain.export(&genesis.params).map_err(|halt| failed(halt.0))?;
    ics_world::genesis_json(&document).map_err(|error| failed(error.to_string()))
}

/// What a database holds after it was pruned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// The first height that can be asked about.
    pub oldest: Height,
    /// The last.
    pub last: Height,
    /// Length of the file before, bytes.
    pub bytes_before: u64,
    /// And now.
    pub bytes_after: u64,
}

/// Forgets what leads to heights older than those that are kept, by `app.toml` or as said here, and gives the room back.
///
/// # Errors
/// [`StartError`].
pub fn prune(home: &Path, pruning: Option<Pruning>) -> Result<Pruned, StartError> {
    let keep = pruning.filter(|pruning| !pruning.is_archive).map(|pruning| pruning.keep_recent.to_string());
    let overrides = keep.map_or_else(Overrides::default, |keep| {
        let custom = [("pruning", "custom"), ("pruning-keep-recent", &keep), ("pruning-interval", "1")];
        Overrides(custom.map(|(key, value)| (key, value.to_owned())).to_vec())
    });
    let Opened { chain, database, hold: _hold, disk, .. } = open(home, &overrides)?;
    let at = |error| of_disk(database.clone(), error);
    let length = || std::fs::metadata(&database).map_or(0, |found| found.len());
    let bytes_before = length();
    if chain.last().is_none() {
        return Err(StartError::Rollback { path: database, why: "there is no block".to_owned() });
    }
    if pruning.unwrap_or(chain.pruning()).is_archive {
        return Err(StartError::Archive(database));
    }
    let (oldest, last) = chain.prune().map_err(|error| of_state(database.clone(), error))?;
    drop(chain);
    let mut disk = std::sync::Arc::into_inner(disk).ok_or_else(|| StartError::Busy(home.to_owned()))?;
    disk.compact().map_err(at)?;
    drop(disk);
    Ok(Pruned { oldest, last, bytes_before, bytes_after: length() })
}
