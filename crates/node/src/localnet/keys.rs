//! The consensus keys that users add to the home of a running network.

use crate::home::{Home, HomeError, Stamp, load_keys, stamp};
use ics_client::ConsensusKey;
use ics_world::KeySource;

/// The keys that sign blocks of a home's keyring.
///
/// # Errors
/// [`HomeError`], without a word of the keys.
pub(super) fn consensus_keys(home: &Home) -> Result<Vec<ConsensusKey>, HomeError> {
    Ok(load_keys(home)?.iter().map(|(_, key)| key.clone()).collect())
}

/// The keyring of a home, read when its file has changed.
pub(super) struct HomeKeys {
    home: Home,
    seen: Option<Stamp>,
}

impl HomeKeys {
    pub(super) const fn new(home: Home) -> Self {
        Self { home, seen: None }
    }
}

impl KeySource for HomeKeys {
    fn changed(&mut self) -> Result<Option<Vec<(String, ConsensusKey)>>, String> {
        let now = stamp(&self.home);
        if now == self.seen {
            return Ok(None);
        }
        // A change while the file is read is seen the next time.
        self.seen = now;
        let keys = load_keys(&self.home).map_err(|error| error.to_string())?;
        Ok(Some(keys.iter().map(|(name, key)| (name.to_owned(), key.clone())).collect()))
    }
}
