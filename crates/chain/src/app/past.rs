//! States of heights that are in memory no longer, for a node whose disk forgets none.

use crate::Error;
use ics_abci::Height;
use ics_kv::rows::Rows;
use ics_store::{Begun, Rebuilt, Snapshot, oldest, rebuild};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

/// How many rebuilt states are kept: whoever asks about a height asks about it again, and about the next. Each may be as
/// large as the whole state, since those that come from different checkpoints share nothing.
const KEPT: usize = 2;
/// How many questions may wait for a state, with the one that it is rebuilt for: fewer than a server works on at once, so
/// that there are places left for all the others.
const ASKING_MAX: usize = 8;
/// How often whoever waits for his turn looks whether it came, and whether he still is to wait.
const GLANCE: Duration = Duration::from_millis(5);

/// Rebuilds states, one at a time, so that strangers who ask about many heights cost no more memory than the states that
/// are kept and the one that is made.
pub(super) struct Past {
    rows: Arc<dyn Rows>,
    stores: Vec<&'static str>,
    first: Height,
    /// The last that were rebuilt or reached on the way, the newest last. Locked for moments only.
    rebuilt: Mutex<VecDeque<Snapshot>>,
    /// Locked by whoever rebuilds: what is read of a checkpoint.
    turn: Mutex<Option<Begun>>,
    asking: AtomicUsize,
}

/// A place among those who wait.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(asking: &'a AtomicUsize) -> Option<Self> {
        let place = Self(asking);
        (asking.fetch_add(1, Ordering::Relaxed) < ASKING_MAX).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Past {
    pub(super) fn new(rows: Arc<dyn Rows>, stores: Vec<&'static str>, first: Height) -> Self {
        let (rebuilt, turn, asking) = (Mutex::default(), Mutex::default(), AtomicUsize::new(0));
        Self { rows, stores, first, rebuilt, turn, asking }
    }

    /// The earliest height that the rows have.
    pub(super) fn oldest(&self) -> Option<u64> {
        oldest(&*self.rows, self.first.0).ok().flatten()
    }

    /// The state after a durable height; none where the rows do not have it. What is there when nobody waits any longer is
    /// kept: whoever asks again has it continued.
    ///
    /// # Errors
    /// gRPC's `DeadlineExceeded` once `goes_on` says no, `ResourceExhausted` where too many wait.
    pub(super) fn at(
        &self,
        height: Height,
        goes_on: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Snapshot>, Error> {
        if let Some(known) = self.known(height) {
            return Ok(Some(known));
        }
        let late = || {
            let text = format!("the state at height {height} is not rebuilt yet: ask again, and it goes on");
            Error::unknown_request(format!("rpc error: code = DeadlineExceeded desc = {text}"))
        };
        let _place = Place::take(&self.asking).ok_or_else(|| {
            let text = "too many questions about old heights at once: ask again later";
            Error::unknown_request(format!("rpc error: code = ResourceExhausted desc = {text}"))
        })?;
        let mut begun = self.turn(goes_on).ok_or_else(late)?;
        // It may be what whoever had the turn before rebuilt.
        if let Some(known) = self.known(height) {
            return Ok(Some(known));
        }
        let near = self.nearest(height);
        match rebuild(&*self.rows, (&self.stores, self.first.0), height.0, near, &mut begun, &goes_on) {
            Ok(Rebuilt::Whole(state)) => {
                self.keep(state.clone());
                Ok(Some(state))
            }
            Ok(Rebuilt::Stopped(reached)) => {
                reached.into_iter().for_each(|state| self.keep(state));
                Err(late())
            }
            // Rows that are damaged are told of when the node starts; here they give no state.
            Ok(Rebuilt::Absent) | Err(_) => Ok(None),
        }
    }

    /// Waits until nobody else rebuilds; none where nobody waits any longer.
    fn turn(&self, goes_on: &dyn Fn() -> bool) -> Option<MutexGuard<'_, Option<Begun>>> {
        loop {
            match self.turn.try_lock() {
                Ok(turn) => return Some(turn),
                Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) if !goes_on() => return None,
                Err(TryLockError::WouldBlock) => std::thread::sleep(GLANCE),
            }
        }
    }

    fn rebuilt(&self) -> MutexGuard<'_, VecDeque<Snapshot>> {
        self.rebuilt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, height: Height) -> Option<Snapshot> {
        self.rebuilt().iter().find(|state| state.height() == height.0).cloned()
    }

    /// The last one before a height.
    fn nearest(&self, height: Height) -> Option<Snapshot> {
        let rebuilt = self.rebuilt();
        rebuilt.iter().filter(|state| state.height() < height.0).max_by_key(|it| it.height()).cloned()
    }

    fn keep(&self, state: Snapshot) {
        let mut rebuilt = self.rebuilt();
        rebuilt.retain(|known| known.height() != state.height());
        rebuilt.push_back(state);
        let surplus = rebuilt.len().saturating_sub(KEPT);
        let surplus: Vec<Snapshot> = rebuilt.drain(..surplus).collect();
        // Others need not wait until it is freed.
        drop(rebuilt);
        drop(surplus);
    }
}
