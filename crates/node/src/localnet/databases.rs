//! The databases below a home, each looked through before it is used.

use crate::disk::{Database, create, integrity};
use crate::home::{Facts, Home};
use ics_kv::rows::{Disk, DiskError};
use ics_world::DiskFactory;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Opens every chain's file once.
pub(super) struct Databases {
    home: Home,
    /// Chains that have run here: their files must be there.
    known: BTreeSet<String>,
    open: BTreeMap<String, Arc<Database>>,
}

impl Databases {
    pub(super) fn new(home: Home, known: Option<&Facts>) -> Self {
        let known = known.into_iter().flat_map(|facts| &facts.chains).map(|chain| chain.id.clone());
        Self { home, known: known.collect(), open: BTreeMap::new() }
    }
}

impl DiskFactory for Databases {
    fn disk(&mut self, chain_id: &str) -> Result<Arc<dyn Disk>, DiskError> {
        if let Some(open) = self.open.get(chain_id) {
            return Ok(Arc::<Database>::clone(open));
        }
        let path = self.home.database(chain_id);
        if path.exists() {
            integrity::check(&path).map_err(|error| match error {
                DiskError::Corrupt(why) => DiskError::Corrupt(format!("{chain_id}: {why}")),
                other => other,
            })?;
        } else if self.known.contains(chain_id) {
            return Err(DiskError::Corrupt(format!("{chain_id}: {} is missing", path.display())));
        } else {
            create(&path)?;
        }
        let database = Arc::new(Database::open(&path)?);
        self.open.insert(chain_id.to_owned(), Arc::clone(&database));
        Ok(database)
    }

    fn stored(&mut self, chain_id: &str) -> Result<Option<Arc<dyn Disk>>, DiskError> {
        let is_known = self.known.contains(chain_id) || self.home.database(chain_id).exists();
        if is_known { self.disk(chain_id).map(Some) } else { Ok(None) }
    }
}
