//! CometBFT's numbers of a chain whose engine runs in this process, from what the engine wrote.

use super::Sheet;
use crate::rpc::Backend;
use crate::rpc::backend::History;
use ics_abci::{Height, Power};
use ics_engine::history::{self, HistoryError};
use ics_proto::tendermint::v0_38::types::{self as raw, BlockIdFlag};
use std::sync::{Arc, Mutex, PoisonError};

/// Most blocks whose transactions one scrape counts; the next goes on.
const BLOCKS_MAX: usize = 2_000;

/// A chain that is watched, from the block after which that began.
pub(crate) struct Watched {
    pub(crate) backend: Arc<dyn Backend>,
    /// The last block that was counted.
    counted: Mutex<Counted>,
}

#[derive(Clone, Copy)]
struct Counted {
    /// Since which block.
    since: Height,
    height: Height,
    txs: u64,
}

impl Watched {
    pub(crate) fn new(backend: Arc<dyn Backend>) -> Self {
        let tip = Height(History::of(&*backend).tip().unwrap_or(0));
        Self { backend, counted: Mutex::new(Counted { since: tip, height: tip, txs: 0 }) }
    }

    /// Puts what the engine did onto a sheet.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub(crate) fn read(&self, sheet: &mut Sheet<'_>) -> Result<(), HistoryError> {
        let backend = &*self.backend;
        let rows = &History::of(backend);
        let Some(tip) = history::tip(rows)? else { return Ok(()) };
        let Some(last) = history::block(rows, tip)? else { return Ok(()) };
        let set = history::validators(rows, tip)?;
        let members = set.as_ref().map(|set| set.validators()).unwrap_or_default();
        let power = |members: &mut dyn Iterator<Item = Power>| members.fold(0_i64, i64::saturating_add);
        sheet.gauge("cometbft_consensus_height", "Height of the chain.", &[], tip.0);
        sheet.gauge("cometbft_consensus_latest_block_height", "The latest block height.", &[], tip.0);
        sheet.gauge("cometbft_consensus_validators", "Number of validators.", &[], members.len());
        let total = power(&mut members.iter().map(|member| member.power));
        sheet.gauge("cometbft_consensus_validators_power", "Total power of all validators.", &[], total);
        let commit = history::commit(rows, tip)?.map(|stored| raw::Commit::from(stored.commit));
        let signatures = commit.map(|commit| commit.signatures).unwrap_or_default();
        // Signatures stand in the order of the set.
        let missing = members
            .iter()
            .zip(&signatures)
            .filter(|(_, signature)| signature.block_id_flag == i32::from(BlockIdFlag::Absent));
        let missing: Vec<Power> = missing.map(|(member, _)| member.power).collect();
        sheet.gauge(
            "cometbft_consensus_missing_validators",
            "Number of validators who did not sign.",
            &[],
            missing.len(),
        );
        sheet.gauge(
            "cometbft_consensus_missing_validators_power",
            "Total power of the missing validators.",
            &[],
            power(&mut missing.iter().copied()),
        );
        sheet.gauge("cometbft_consensus_num_txs", "Number of transactions.", &[], last.block.txs.len());
        sheet.gauge("cometbft_consensus_block_size_bytes", "Size of the block.", &[], last.size);
        let counted = self.count(rows, tip)?;
        sheet.gauge("cometbft_consensus_total_txs", "Total number of transactions.", &[], counted.txs);
        if let Some(first) = history::header(rows, counted.since)? {
            let spent = last.block.header.time.duration_since(first.time).unwrap_or_default();
            let blocks = tip.0.saturating_sub(counted.since.0);
            let help = "Time between this and the last block.";
            sheet.measured("cometbft_consensus_block_interval_seconds", help, blocks, spent.as_secs_f64());
        }
        let waiting = backend.waiting(0);
        sheet.gauge(
            "cometbft_mempool_size",
            "Size of the mempool (number of uncommitted transactions).",
            &[],
            waiting.count,
        );
        sheet.gauge("cometbft_mempool_size_bytes", "Total size of the mempool in bytes.", &[], waiting.bytes);
        sheet.gauge("cometbft_p2p_peers", "Number of peers.", &[], 0);
        let help = "Whether or not a node is block syncing. 1 if yes, 0 if no.";
        sheet.gauge("cometbft_blocksync_syncing", help, &[], i64::from(backend.catching_up()));
        let (blocks, worked) = backend.worked();
        // In milliseconds.
        let sum = f64::from(u32::try_from(worked.as_millis()).unwrap_or(u32::MAX));
        let help = "Time spent making blocks, in milliseconds.";
        sheet.measured("cometbft_state_block_processing_time", help, blocks, sum);
        Ok(())
    }

    /// Counts transactions up to a block.
    fn count(&self, rows: &History<'_>, tip: Height) -> Result<Counted, HistoryError> {
        let mut slot = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let mut counted = *slot;
        for _ in 0..BLOCKS_MAX {
            if counted.height >= tip {
                break;
            }
            counted.height = counted.height.next();
            let txs = history::block(rows, counted.height)?.map_or(0, |stored| stored.block.txs.len());
            counted.txs = counted.txs.saturating_add(u64::try_from(txs).unwrap_or(0));
            // What began before the first block began with it.
            if counted.since.0 == 0 {
                counted.since = counted.height;
            }
        }
        *slot = counted;
        Ok(counted)
    }
}
