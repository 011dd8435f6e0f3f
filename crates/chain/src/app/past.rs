//! States of heights that are in memory no longer, for a node whose disk forgets none.

use ics_abci::Height;
use ics_kv::rows::Rows;
use ics_store::{Snapshot, oldest, rebuild};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// How many rebuilt states are kept: whoever asks about a height asks about it again, and about the next.
const KEPT: usize = 4;

/// Rebuilds states, one at a time, so that strangers who ask about many heights cost no more memory than one.
pub(super) struct Past {
    rows: Arc<dyn Rows>,
    stores: Vec<&'static str>,
    first: Height,
    /// The last ones, the newest question's last.
    rebuilt: Mutex<VecDeque<Snapshot>>,
}

impl Past {
    pub(super) fn new(rows: Arc<dyn Rows>, stores: Vec<&'static str>, first: Height) -> Self {
        Self { rows, stores, first, rebuilt: Mutex::default() }
    }

    /// The earliest height that the rows have.
    pub(super) fn oldest(&self) -> Option<u64> {
        oldest(&*self.rows, self.first.0).ok().flatten()
    }

    /// The state after a durable height; none where the rows do not have it, or where nobody waits for it any longer.
    pub(super) fn at(&self, height: Height, goes_on: &(dyn Fn() -> bool + Sync)) -> Option<Snapshot> {
        let mut rebuilt = self.rebuilt.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = rebuilt.iter().find(|state| state.height() == height.0) {
            return Some(known.clone());
        }
        let near =
            rebuilt.iter().filter(|state| state.height() < height.0).max_by_key(|state| state.height());
        let near = near.cloned();
        // Rows that are damaged are told of when the node starts; here they give no state.
        let state = rebuild(&*self.rows, (&self.stores, self.first.0), height.0, near, &goes_on).ok()??;
        rebuilt.push_back(state.clone());
        let surplus = rebuilt.len().saturating_sub(KEPT);
        drop(rebuilt.drain(..surplus));
        Some(state)
    }
}
