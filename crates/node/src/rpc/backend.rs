//! The seam between the servers and the chain that runs behind them.

use super::{Deadline, Node};
use ics_abci::{Answer, ConsKey, Evidence, Height, Query, TxResult};
use ics_engine::TxRefused;
use ics_engine::evidence::EvidenceError;
use ics_engine::history::HistoryError;
use ics_kv::rows::{DiskError, Rows, Table};
use ics_kv::{Bytes, KeyRange};
use ics_store::Snapshot;
use serde_json::value::RawValue;
use std::time::Duration;
use tokio::sync::watch;

/// What the servers need of a chain whose engine runs in this process. Every method answers at once and may be called from
/// many threads.
pub trait Backend: Node + Send + Sync + 'static {
    /// What the engine wrote, durably: the servers announce nothing else.
    fn rows(&self) -> &dyn Rows;
    /// Answers from committed state, at any height that is kept; what it says after the deadline is no answer.
    fn query(&self, query: &Query, until: Deadline) -> Answer;
    /// Offers a transaction to the mempool.
    ///
    /// # Errors
    /// [`TxRefused`] where the mempool does not take it; a refusal by the application is an answer with a code.
    fn broadcast(&self, tx: Vec<u8>) -> Result<TxResult, TxRefused>;
    /// What the application says of a transaction that is not offered.
    fn check(&self, tx: &[u8]) -> TxResult;
    /// Tells of each block once it is durable, by its height.
    fn tips(&self) -> watch::Receiver<Height>;
    /// Puts evidence that was verified into the next block that has room for it, durably.
    ///
    /// # Errors
    /// [`EvidenceError`] where it waits already, is too old or too large, or too much waits.
    fn add_evidence(&self, evidence: &Evidence) -> Result<(), EvidenceError>;
    /// The mempool, with at most `limit` of its transactions, first come first.
    fn waiting(&self, limit: usize) -> Waiting;
    /// The genesis document.
    fn genesis(&self) -> &RawValue;
    /// The earliest height whose state can be asked about.
    fn oldest(&self) -> Height {
        Height(1)
    }
    /// The application's committed state; none where there is none to read.
    fn committed(&self) -> Option<Snapshot> {
        None
    }
    /// Whether the chain's clock is behind the wall clock, as after a long pause.
    fn catching_up(&self) -> bool {
        false
    }
    /// How many blocks this process has made, and how long that took.
    fn worked(&self) -> (u64, Duration) {
        (0, Duration::ZERO)
    }
    /// Who this node says that it is.
    fn node(&self) -> NodeInfo;
    /// The consensus key that `status` names. Wallets refuse a node without one.
    fn validator(&self) -> Option<ConsKey>;
}

/// Who a node says that it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeInfo {
    /// 40 hexadecimal digits.
    pub id: String,
    /// What humans call it.
    pub moniker: String,
    /// The chain's id.
    pub network: String,
    /// Where peers would reach it, e.g. `tcp://127.0.0.1:26656`.
    pub listen_addr: String,
    /// Where its JSON-RPC is, e.g. `tcp://127.0.0.1:26657`.
    pub rpc_addr: String,
    /// The application's name (`abci_info`).
    pub app_name: String,
    /// Prefix of the chain's addresses, e.g. `cosmos`.
    pub prefix: String,
}

/// What waits for a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many transactions.
    pub count: usize,
    /// Their bytes together.
    pub bytes: u64,
    /// The first of them.
    pub txs: Vec<Vec<u8>>,
}

/// The rows of a backend, for functions that take any rows.
#[derive(Clone, Copy)]
pub(crate) struct History<'a>(&'a dyn Rows);

impl<'a> History<'a> {
    pub(crate) fn of(backend: &'a dyn Backend) -> Self {
        Self(backend.rows())
    }

    /// Height of the last block, 0 before the first.
    pub(crate) fn tip(&self) -> Result<u64, HistoryError> {
        Ok(ics_engine::history::tip(self)?.map_or(0, |height| height.0))
    }
}

impl Rows for History<'_> {
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, DiskError> {
        self.0.row(table, key)
    }

    fn rows(&self, table: Table, range: KeyRange, limit: usize) -> Result<Vec<(Bytes, Bytes)>, DiskError> {
        self.0.rows(table, range, limit)
    }
}
