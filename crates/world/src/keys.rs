//! Consensus keys that a world signs with beside those of its plan: somebody may add one at any time.

use ics_abci::ConsAddr;
use ics_client::ConsensusKey;
use std::collections::BTreeMap;

/// Where such keys are kept.
pub trait KeySource: Send {
    /// All keys by name, where they may have changed since they were asked for last.
    ///
    /// # Errors
    /// In words, where they cannot be read; it is told each time, so a source says it once per change.
    fn changed(&mut self) -> Result<Option<Vec<(String, ConsensusKey)>>, String>;
}

/// No keys beside the plan's.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeys;

impl KeySource for NoKeys {
    fn changed(&mut self) -> Result<Option<Vec<(String, ConsensusKey)>>, String> {
        Ok(None)
    }
}

/// The keys that were ever found. One that is taken away is still signed with until the world is opened anew.
pub(crate) struct Keys {
    source: Box<dyn KeySource>,
    found: BTreeMap<ConsAddr, (String, ConsensusKey)>,
}

impl Keys {
    pub(crate) fn new(source: Box<dyn KeySource>) -> Self {
        Self { source, found: BTreeMap::new() }
    }

    /// The keys that have come since the last time.
    pub(crate) fn refresh(&mut self) -> Result<Vec<ConsensusKey>, String> {
        let mut new = Vec::new();
        for (name, key) in self.source.changed()?.unwrap_or_default() {
            if self.found.insert(key.address(), (name, key.clone())).is_none() {
                new.push(key);
            }
        }
        Ok(new)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &ConsensusKey> {
        self.found.values().map(|(_, key)| key)
    }

    pub(crate) fn name(&self, addr: &ConsAddr) -> Option<&str> {
        self.found.get(addr).map(|(name, _)| name.as_str())
    }
}
