//! The application and its disk: a block is durable before its commit is answered, and before anybody else sees it.
//!
//! Source: CometBFT 0.38 `consensus/replay.go`: after any crash CometBFT is at most one block ahead of what was answered,
//! and executes it again; an application that is ahead of CometBFT's state by one is believed by its hash.

use crate::app_toml::{ChainKind, HaltAt, Pruning};
use crate::rpc::Deadline;
use ics_abci::{
    Answer, Application as _, Block, BlockResult, Check, Genesis, Halt, Height, Init, Params, Proposal,
    Query, TxResult, Verdict,
};
use ics_chain::{App, Reader};
use ics_kv::rows::{Disk, DiskError, Rows, Table};
use ics_store::{Checkpoint, RecoverError, Snapshot, checkpoint_due, forget, forget_below};
use std::sync::{Arc, Mutex, PoisonError};

/// Where a database says whose it is: table and key.
pub(super) const OWNER: (Table, &[u8]) = ("node", b"chain");
/// A checkpoint of the state every so many blocks at least.
const CHECKPOINT_EVERY_MIN: u64 = 1_000;

/// Which blocks CometBFT may forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Retention {
    /// How many of the last blocks to keep; 0 keeps all.
    pub(super) blocks_min: u64,
    /// How many blocks old evidence may be: those are kept in any case.
    pub(super) evidence_blocks: u64,
}

/// A durable application.
pub(super) struct Chain {
    /// None after a halt: what is in memory may be ahead of the disk, and answers no more.
    app: Mutex<Option<App>>,
    reader: Reader,
    disk: Arc<dyn Disk>,
    terms: Terms,
}

/// What a node does with its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    /// The chain's id.
    pub(super) chain_id: String,
    /// What it is.
    pub(super) kind: ChainKind,
    /// Height of its first block.
    pub(super) first: Height,
    /// Which blocks CometBFT may forget.
    pub(super) retention: Retention,
    /// Which heights can be asked about, as in the app's configuration.
    pub(super) pruning: Pruning,
    /// After which block the process stops.
    pub(super) halt: HaltAt,
}

impl Terms {
    /// Whose a database is, as it says itself.
    pub(super) fn owner(&self) -> String {
        format!("{} {}", self.kind, self.chain_id)
    }

    /// A checkpoint every so many blocks: the log back to the older of two gives `keep` heights after a start.
    fn checkpoint_every(&self) -> u64 {
        self.pruning.keep_recent.max(CHECKPOINT_EVERY_MIN)
    }
}

impl Chain {
    pub(super) fn new(app: App, disk: Arc<dyn Disk>, terms: Terms) -> Self {
        let reader = app.reader();
        let reader = if terms.pruning.is_archive {
            reader.reaching(Arc::clone(&disk) as Arc<dyn Rows>)
        } else {
            reader
        };
        Self { reader, app: Mutex::new(Some(app)), disk, terms }
    }

    /// The last durable height and the hash of the state after it; none before the first.
    pub(super) fn last(&self) -> Option<(Height, [u8; 32])> {
        let height = self.reader.height();
        // A block may be committed in between: then that is the last, and this one is still there to be asked about.
        let state = self.reader.state(height).filter(|_| height.0 > 0)?;
        Some((height, state.app_hash()))
    }

    /// The earliest height whose state can be asked about; 0 before the first block.
    pub(super) fn oldest(&self) -> Height {
        self.reader.oldest()
    }

    /// The last durable state; none before the first block.
    pub(super) fn state(&self) -> Option<Snapshot> {
        self.last().and_then(|(height, _)| self.reader.state(height))
    }

    /// Answers a question from durable state, beside everything else.
    pub(super) fn query(&self, query: &Query, until: Deadline) -> Answer {
        self.reader.query_while(query, &|| !until.has_passed())
    }

    /// Checks a transaction for the mempool, beside the block that runs.
    pub(super) fn check_tx(&self, tx: &[u8], check: Check) -> TxResult {
        self.reader.check_tx(tx, check)
    }

    /// Starts the chain; nothing is written before the first commit, so that it may be started again.
    ///
    /// # Errors
    /// [`Halt`].
    pub(super) fn init(&self, genesis: &Genesis) -> Result<Init, Halt> {
        ics_engine::params::check(&genesis.params).map_err(Halt)?;
        self.drive(|app| app.init_chain(genesis))
    }

    /// The transactions of a proposal.
    ///
    /// # Errors
    /// [`Halt`] after an earlier one.
    pub(super) fn prepare(&self, proposal: Proposal) -> Result<Vec<Vec<u8>>, Halt> {
        self.drive(|app| Ok(app.prepare(proposal)))
    }

    /// Whether a proposal is acceptable.
    ///
    /// # Errors
    /// [`Halt`] after an earlier one.
    pub(super) fn process(&self, proposal: &Proposal) -> Result<Verdict, Halt> {
        self.drive(|app| Ok(app.process(proposal)))
    }

    /// Executes a block.
    ///
    /// # Errors
    /// [`Halt`].
    pub(super) fn finalize(&self, block: &Block) -> Result<BlockResult, Halt> {
        self.drive(|app| app.finalize_block(block))
    }

    /// Makes the executed block durable, then visible; gives the height below which CometBFT may forget blocks.
    ///
    /// # Errors
    /// [`Halt`]: no block was executed, or the disk failed.
    pub(super) fn commit(&self) -> Result<Height, Halt> {
        let disk = |error: DiskError| Halt(error.to_string());
        self.drive(|app| {
            let mut writes = app.commit_unannounced()?.writes;
            let height = app.height();
            if height == self.terms.first {
                writes.put(OWNER.0, OWNER.1.to_vec(), self.terms.owner().into_bytes());
            }
            if !self.terms.pruning.is_archive {
                writes.merge(forget(&self.disk).map_err(disk)?);
            }
            self.disk.write(writes).map_err(disk)?;
            app.announce();
            let (chain_id, app_hash) = (&self.terms.chain_id, hex::encode_upper(app.app_hash()));
            tracing::info!(chain_id, height = height.0, app_hash, "committed a block");
            if checkpoint_due(height.0, self.terms.checkpoint_every()) {
                let begin =
                    if self.terms.pruning.is_archive { Checkpoint::begin_archive } else { Checkpoint::begin };
                for part in begin(&self.disk, app.store().latest()).map_err(disk)? {
                    self.disk.write(part).map_err(disk)?;
                }
            }
            Ok(self.terms.retention.retain(height))
        })
    }

    /// The committed state as a genesis document. `params` are CometBFT's.
    ///
    /// # Errors
    /// [`Halt`] where there is no committed state, or a damaged one.
    pub(super) fn export(&self, params: &Params) -> Result<Genesis, Halt> {
        self.drive(|app| app.export(params).map_err(|error| Halt(error.to_string())))
    }

    /// Writes the state of the oldest height that is in memory, whole, and forgets what leads to older ones. Gives that height,
    /// as the rows then have it, and the last.
    ///
    /// # Errors
    /// [`RecoverError`] where the disk fails.
    pub(super) fn prune(&self) -> Result<(Height, Height), RecoverError> {
        let (oldest, last) = (self.reader.oldest(), self.reader.height());
        if oldest > self.terms.first
            && let Some(state) = self.reader.state(oldest)
        {
            for part in Checkpoint::begin_archive(&self.disk, state)? {
                self.disk.write(part)?;
            }
        }
        loop {
            let some = forget_below(&self.disk, oldest.0)?;
            if some.rows.is_empty() {
                break;
            }
            self.disk.write(some)?;
        }
        let oldest = ics_store::oldest(&self.disk, self.terms.first.0)?.unwrap_or(last.0);
        Ok((Height(oldest), last))
    }

    /// Which heights can be asked about.
    pub(super) const fn pruning(&self) -> Pruning {
        self.terms.pruning
    }

    /// The chain's id.
    pub(super) fn id(&self) -> &str {
        &self.terms.chain_id
    }

    /// The last durable height, where the operator wants the process to stop at it or before.
    pub(super) fn to_stop_at(&self) -> Option<Height> {
        let (height, time) = self.reader.last().filter(|_| self.terms.halt != HaltAt::default())?;
        let HaltAt { height: halt_height, time_s } = self.terms.halt;
        let is_high = halt_height.is_some_and(|halt| height >= halt);
        let is_late = time_s.is_some_and(|halt| u64::try_from(time.seconds()).is_ok_and(|now| now >= halt));
        (is_high || is_late).then_some(height)
    }

    fn drive<T>(&self, step: impl FnOnce(&mut App) -> Result<T, Halt>) -> Result<T, Halt> {
        let mut slot = self.app.lock().unwrap_or_else(PoisonError::into_inner);
        // Out of its place while it works: a halt or a panic leaves none.
        let mut app = slot.take().ok_or_else(|| Halt("it has halted already".to_owned()))?;
        let done = step(&mut app)?;
        *slot = Some(app);
        Ok(done)
    }
}

impl Retention {
    /// The lowest height to keep after a block; 0 for all.
    fn retain(self, last: Height) -> Height {
        if self.blocks_min == 0 {
            return Height(0);
        }
        Height(last.0.saturating_sub(self.blocks_min.max(self.evidence_blocks)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_kept_that_the_operator_or_evidence_needs() {
        let retain = |blocks_min, evidence_blocks, last| {
            Retention { blocks_min, evidence_blocks }.retain(Height(last)).0
        };
        assert_eq!(retain(0, 10, 1_000), 0, "nobody asked for less than all");
        assert_eq!(retain(100, 10, 1_000), 900);
        assert_eq!(retain(100, 300, 1_000), 700, "evidence of the last 300 blocks can still come");
        assert_eq!(retain(100, 300, 300), 0);
    }
}
