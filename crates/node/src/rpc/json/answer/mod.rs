//! The methods: one table, one function each.
//!
//! Source: CometBFT 0.38 `rpc/core/routes.go` and the files beside it.

mod block;
mod commit;
mod consensus;
mod evidence;
mod height;
mod mempool;
mod node;
mod page;
mod query;
mod set;
mod tx;

pub(crate) use tx::QUERY_BYTES_MAX;

use super::args::{Arg, Args, Kind};
use crate::rpc::serve::{Panicked, Shared, Unanswered};
use crate::rpc::{Backend, Deadline, Late};
use ics_engine::TxRefused;
use ics_engine::history::HistoryError;
use ics_engine::prove::ProveError;
use ics_engine::search::{QueryError, SearchError};
use serde::Serialize;
use serde_json::value::RawValue;

/// Why a method has no answer: the `data` of an internal error.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("height must be greater than 0, but got {0}")]
    NotPositive(i64),
    #[error("height {height} must be less than or equal to the current blockchain height {tip}")]
    Future { height: u64, tip: u64 },
    #[error("height {height} is not available, lowest height is {base}")]
    Pruned { height: u64, base: u64 },
    #[error("heights must be non-negative")]
    Negative,
    #[error("min height {min} can't be greater than max height {max}")]
    Order { min: u64, max: u64 },
    #[error("there is no block yet")]
    NoBlock,
    #[error("page should be within [1, {pages}] range, given {page}")]
    Page { pages: i64, page: i64 },
    #[error("tx ({0}) not found")]
    TxNotFound(String),
    #[error("maximum query length exceeded")]
    QueryLength,
    #[error("expected order_by to be either `asc` or `desc` or empty")]
    OrderBy,
    #[error("there are {total} chunks, chunk {chunk} is not one of them")]
    Chunk { chunk: i64, total: usize },
    #[error("genesis response is large, please use the genesis_chunked API instead")]
    GenesisSize,
    #[error("failed to parse query: {0}")]
    Subscription(QueryError),
    #[error("max_subscription_clients {0} reached")]
    Clients(usize),
    #[error("max_subscriptions_per_client {0} reached")]
    Subscriptions(usize),
    #[error("already subscribed")]
    Subscribed,
    #[error("subscription not found")]
    NotSubscribed,
    #[error("error on broadcastTxCommit: {0}")]
    Commit(TxRefused),
    #[error("timed out waiting for tx to be included in a block")]
    CommitTimeout,
    #[error("txSub was canceled (reason: CometBFT exited)")]
    CommitEnd,
    #[error("no evidence was provided")]
    NoEvidence,
    #[error("evidence cannot be read: {0}")]
    EvidenceForm(String),
    #[error("failed to add evidence: {0}")]
    Evidence(#[from] ProveError),
    #[error("the method waits for a block, which only a client of the socket can")]
    Waits,
    #[error("the answers to this batch have {0} bytes already: ask again, for less at once")]
    BatchBytes(usize),
    #[error("the method failed: this is a bug")]
    Panicked,
    #[error(transparent)]
    Late(#[from] Late),
    #[error(transparent)]
    Search(#[from] SearchError),
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error(transparent)]
    Tx(#[from] TxRefused),
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error("the answer cannot be printed: {0}")]
    Print(String),
}

/// A method's answer: its `result`.
pub(crate) type Answered = Result<Box<RawValue>, Refusal>;

/// A method.
pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) args: &'static [Arg],
    how: How,
}

/// How a method comes to its answer.
enum How {
    /// At once.
    Now(fn(&dyn Backend, &Args) -> Answered),
    /// After work that may last, and that looks at the deadline.
    Long(fn(&dyn Backend, &Args, Deadline) -> Answered),
    /// When the transaction it brings is in a block.
    Committed,
}

impl Method {
    /// The method's answer.
    pub(crate) async fn answer(
        &'static self,
        shared: &Shared<dyn Backend>,
        args: Args,
        until: Deadline,
    ) -> Answered {
        match self.how {
            How::Now(answer) => shared.work_until(until, move |backend| answer(backend, &args)).await?,
            How::Long(answer) => {
                shared.work_until(until, move |backend| answer(backend, &args, until)).await?
            }
            How::Committed => commit::broadcast_tx_commit(shared, &args, until).await,
        }
    }

    /// The answer of a method that waits for nothing.
    pub(crate) fn now(&self, backend: &dyn Backend, args: &Args, until: Deadline) -> Answered {
        match self.how {
            How::Now(answer) => answer(backend, args),
            How::Long(answer) => answer(backend, args, until),
            How::Committed => Err(Refusal::Waits),
        }
    }
}

impl From<Panicked> for Refusal {
    fn from(_: Panicked) -> Self {
        Self::Panicked
    }
}

impl From<Unanswered> for Refusal {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Panicked => Self::Panicked,
            Unanswered::Late(late) => Self::Late(late),
        }
    }
}

/// Every method, by name.
pub(crate) const METHODS: &[Method] = &[
    Method { name: "abci_info", args: &[], how: How::Now(node::abci_info) },
    Method {
        name: "abci_query",
        args: &[("path", Kind::Text), ("data", Kind::Hex), ("height", Kind::Int), ("prove", Kind::Bool)],
        how: How::Long(query::abci_query),
    },
    Method { name: "block", args: &[("height", Kind::Int)], how: How::Now(block::block) },
    Method { name: "block_by_hash", args: &[("hash", Kind::Bytes)], how: How::Now(block::block_by_hash) },
    Method { name: "block_results", args: &[("height", Kind::Int)], how: How::Now(block::block_results) },
    Method {
        name: "block_search",
        args: &[
            ("query", Kind::Text),
            ("page", Kind::Int),
            ("per_page", Kind::Int),
            ("order_by", Kind::Text),
        ],
        how: How::Long(block::block_search),
    },
    Method {
        name: "blockchain",
        args: &[("minHeight", Kind::Int), ("maxHeight", Kind::Int)],
        how: How::Now(block::blockchain),
    },
    Method {
        name: "broadcast_evidence",
        args: &[("evidence", Kind::Json)],
        how: How::Now(evidence::broadcast_evidence),
    },
    Method {
        name: "broadcast_tx_async",
        args: &[("tx", Kind::Bytes)],
        how: How::Now(mempool::broadcast_tx_async),
    },
    Method { name: "broadcast_tx_commit", args: &[("tx", Kind::Bytes)], how: How::Committed },
    Method {
        name: "broadcast_tx_sync",
        args: &[("tx", Kind::Bytes)],
        how: How::Now(mempool::broadcast_tx_sync),
    },
    Method { name: "check_tx", args: &[("tx", Kind::Bytes)], how: How::Now(mempool::check_tx) },
    Method { name: "commit", args: &[("height", Kind::Int)], how: How::Now(block::commit) },
    Method { name: "consensus_params", args: &[("height", Kind::Int)], how: How::Now(set::consensus_params) },
    Method { name: "consensus_state", args: &[], how: How::Now(consensus::consensus_state) },
    Method { name: "dump_consensus_state", args: &[], how: How::Now(consensus::dump_consensus_state) },
    Method { name: "genesis", args: &[], how: How::Now(node::genesis) },
    Method { name: "genesis_chunked", args: &[("chunk", Kind::Int)], how: How::Now(node::genesis_chunked) },
    Method { name: "header", args: &[("height", Kind::Int)], how: How::Now(block::header) },
    Method { name: "header_by_hash", args: &[("hash", Kind::Hex)], how: How::Now(block::header_by_hash) },
    Method { name: "health", args: &[], how: How::Now(node::health) },
    Method { name: "net_info", args: &[], how: How::Now(node::net_info) },
    Method { name: "num_unconfirmed_txs", args: &[], how: How::Now(mempool::num_unconfirmed_txs) },
    Method { name: "status", args: &[], how: How::Now(node::status) },
    Method { name: "tx", args: &[("hash", Kind::Bytes), ("prove", Kind::Bool)], how: How::Now(tx::tx) },
    Method {
        name: "tx_search",
        args: &[
            ("query", Kind::Text),
            ("prove", Kind::Bool),
            ("page", Kind::Int),
            ("per_page", Kind::Int),
            ("order_by", Kind::Text),
        ],
        how: How::Long(tx::tx_search),
    },
    Method {
        name: "unconfirmed_txs",
        args: &[("limit", Kind::Int)],
        how: How::Now(mempool::unconfirmed_txs),
    },
    Method {
        name: "validators",
        args: &[("height", Kind::Int), ("page", Kind::Int), ("per_page", Kind::Int)],
        how: How::Now(set::validators),
    },
];

/// The method of this name.
pub(crate) fn method(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

pub(crate) fn print(answer: &impl Serialize) -> Answered {
    serde_json::value::to_raw_value(answer).map_err(|error| Refusal::Print(error.to_string()))
}
