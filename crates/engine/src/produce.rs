//! One block: propose, sign, execute, commit. The engine changes only where all of it went well.
//!
//! Source: CometBFT 0.38 `state/execution.go` (`CreateProposalBlock`, `ApplyBlock`).

use crate::block::FullBlock;
use crate::border::to_hash;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::header::{data_hash, evidence_hash, tx_hash};
use crate::params::{data_bytes, tx_bytes};
use crate::solo::{self, Signing};
use crate::state::State;
use crate::tables::{self, BlockRow, height_key};
use crate::{border::BorderError, index};
use ics_abci::{Application, Block, BlockResult, Check, Halt, Height, Proposal, Time, Verdict};
use ics_kv::rows::Batch;
use std::time::Duration;
use tendermint::block::{Commit, Header, Id};

/// The least by which times rise from block to block.
const TIME_STEP: Duration = Duration::from_millis(1);

/// A block that was made. It counts when `writes` and `batch` are on the disk, in one piece.
#[derive(Clone, Debug)]
pub struct Made<W> {
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time: Time,
    /// Its id.
    pub id: Id,
    /// Its header.
    pub header: Header,
    /// The signatures for it.
    pub commit: Commit,
    /// Its transactions.
    pub txs: Vec<Vec<u8>>,
    /// What it did.
    pub result: BlockResult,
    /// The application no longer needs blocks below; 0 for all. The engine itself forgets none.
    pub retain_height: Height,
    /// What the application wants written.
    pub app_writes: W,
    /// What the engine wants written.
    pub batch: Batch,
}

/// A proposal: what is signed and executed.
struct Draft {
    block: FullBlock,
    encoded: Vec<u8>,
    id: Id,
    decided: Block,
}

impl Engine {
    /// Makes the next block and everything that is to be written for it. Votes carry `now`, or one millisecond more than
    /// the block's own time where `now` is earlier; the next block has that time.
    ///
    /// # Errors
    /// [`EngineError`]. After [`EngineError::NoQuorum`] neither engine nor application has changed; after
    /// [`EngineError::Halt`] the engine has not, and the chain cannot go on.
    pub fn produce<A: Application + ?Sized>(
        &mut self,
        app: &mut A,
        now: Time,
        signing: &Signing,
    ) -> Result<Made<A::Writes>, EngineError> {
        let draft = self.propose(app)?;
        let Draft { block, encoded, id, decided } = draft;
        let (height, time) = (decided.height, decided.time);
        let earliest = time.plus(TIME_STEP).map_err(|error| Halt(format!("block {height}: {error}")))?;
        let votes = (height, id, now.max(earliest));
        let (set, chain_id) = (self.state.current(), self.state.chain_id());
        let commit = solo::commit(&self.keyring, signing, set, chain_id, votes)?;

        let result = app.finalize_block(&decided)?;
        if result.txs.len() != decided.txs.len() {
            let (got, want) = (result.txs.len(), decided.txs.len());
            return Err(Halt(format!("block {height}: {got} results for {want} transactions")).into());
        }
        let next = self.state.advance(id, commit.clone(), &result)?;
        let mut batch = batch(&self.state, &next, &id, encoded, &decided, &result).map_err(Halt::from)?;
        let done = self.evidence.done(&next, block.evidence.len(), &mut batch).map_err(Halt::from)?;
        let committed = app.commit()?;

        self.state = next;
        self.evidence.settle(done);
        self.mempool.settle(&decided.txs, &result.txs, |tx| app.check_tx(tx, Check::Again));
        Ok(Made {
            height,
            time,
            id,
            header: block.header,
            commit,
            txs: decided.txs,
            result,
            retain_height: committed.retain_height,
            app_writes: committed.writes,
            batch,
        })
    }

    /// The next block as far as it is settled before its transactions are: no transactions, and a hash of zeros. An
    /// application that is given this may execute transactions one by one ahead of the decision, if it proposes just
    /// these when [`Engine::produce`] asks it.
    #[must_use]
    pub fn outline(&self) -> Block {
        let (evidence, _) = self.evidence.next(&self.state);
        self.state.outline(evidence.into_iter().map(|(_, claim)| claim).collect())
    }

    fn propose<A: Application + ?Sized>(&self, app: &A) -> Result<Draft, EngineError> {
        let state = &self.state;
        let (evidence, evidence_bytes) = self.evidence.next(state);
        let max_bytes = data_bytes(state.params(), state.current().validators().len(), evidence_bytes);
        let (height, time) = (state.next_height(), state.next_time());
        let txs = self.mempool.reap(max_bytes, state.params().block_max_gas);
        let txs = app.prepare(Proposal { height, time, max_bytes, txs });
        let bytes = txs.iter().fold(0_u64, |sum, tx| sum.saturating_add(tx_bytes(tx)));
        if bytes > max_bytes {
            return Err(EngineError::TooMuchData { bytes, max: max_bytes });
        }
        let proposal = Proposal { height, time, max_bytes, txs };
        if app.process(&proposal) == Verdict::Reject {
            return Err(EngineError::Rejected(height));
        }
        let (evidence, misbehavior): (Vec<_>, Vec<_>) = evidence.into_iter().unzip();
        let block = FullBlock {
            header: state.header(data_hash(&proposal.txs), evidence_hash(&evidence)).map_err(Halt::from)?,
            txs: proposal.txs,
            evidence,
            last_commit: state.tip().map(|tip| tip.commit.clone()),
        };
        let encoded = block.encode();
        let id = block.id(&encoded).map_err(Halt::from)?;
        let hash = to_hash(id.hash).map_err(Halt::from)?;
        let decided = Block { hash, txs: block.txs.clone(), ..state.outline(misbehavior) };
        Ok(Draft { block, encoded, id, decided })
    }
}

/// The rows of a block.
fn batch(
    before: &State,
    after: &State,
    id: &Id,
    encoded: Vec<u8>,
    decided: &Block,
    result: &BlockResult,
) -> Result<Batch, BorderError> {
    let mut batch = Batch::default();
    let height = decided.height;
    let row = BlockRow {
        hash: decided.hash,
        parts_total: id.part_set_header.total,
        parts_hash: to_hash(id.part_set_header.hash)?,
        block: encoded,
    };
    tables::put(&mut batch, tables::BLOCKS, height_key(height), &row)?;
    batch.put(tables::HASHES, decided.hash.to_vec(), height_key(height));
    tables::put(&mut batch, tables::RESULTS, height_key(height), result)?;
    for (index, (tx, done)) in (0_u32..).zip(decided.txs.iter().zip(&result.txs)) {
        tables::put(&mut batch, tables::TXS, tables::tx_key(&tx_hash(tx), height, index), &done.code)?;
    }
    if let Some(row) = index::row(result) {
        batch.put(tables::EVENTS, height_key(height), row);
    }
    after.save(before, &mut batch)?;
    Ok(batch)
}
