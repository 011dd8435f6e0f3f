//! The methods: one table, one function each.
//!
//! Source: CometBFT 0.38 `rpc/core/routes.go` and the files beside it.

mod block;
mod height;
mod mempool;
mod node;
mod page;
mod query;
mod set;
mod tx;

use super::args::{Arg, Args, Kind};
use crate::rpc::Backend;
use ics_engine::TxRefused;
use ics_engine::history::HistoryError;
use ics_engine::search::QueryError;
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
    pub(crate) answer: fn(&dyn Backend, &Args) -> Answered,
}

/// Every method, by name.
pub(crate) const METHODS: &[Method] = &[
    Method { name: "abci_info", args: &[], answer: node::abci_info },
    Method {
        name: "abci_query",
        args: &[("path", Kind::Text), ("data", Kind::Hex), ("height", Kind::Int), ("prove", Kind::Bool)],
        answer: query::abci_query,
    },
    Method { name: "block", args: &[("height", Kind::Int)], answer: block::block },
    Method { name: "block_results", args: &[("height", Kind::Int)], answer: block::block_results },
    Method {
        name: "block_search",
        args: &[
            ("query", Kind::Text),
            ("page", Kind::Int),
            ("per_page", Kind::Int),
            ("order_by", Kind::Text),
        ],
        answer: block::block_search,
    },
    Method {
        name: "blockchain",
        args: &[("minHeight", Kind::Int), ("maxHeight", Kind::Int)],
        answer: block::blockchain,
    },
    Method { name: "broadcast_tx_async", args: &[("tx", Kind::Bytes)], answer: mempool::broadcast_tx_async },
    Method { name: "broadcast_tx_sync", args: &[("tx", Kind::Bytes)], answer: mempool::broadcast_tx_sync },
    Method { name: "commit", args: &[("height", Kind::Int)], answer: block::commit },
    Method { name: "consensus_params", args: &[("height", Kind::Int)], answer: set::consensus_params },
    Method { name: "genesis", args: &[], answer: node::genesis },
    Method { name: "genesis_chunked", args: &[("chunk", Kind::Int)], answer: node::genesis_chunked },
    Method { name: "header", args: &[("height", Kind::Int)], answer: block::header },
    Method { name: "health", args: &[], answer: node::health },
    Method { name: "net_info", args: &[], answer: node::net_info },
    Method { name: "num_unconfirmed_txs", args: &[], answer: mempool::num_unconfirmed_txs },
    Method { name: "status", args: &[], answer: node::status },
    Method { name: "tx", args: &[("hash", Kind::Bytes), ("prove", Kind::Bool)], answer: tx::tx },
    Method {
        name: "tx_search",
        args: &[
            ("query", Kind::Text),
            ("prove", Kind::Bool),
            ("page", Kind::Int),
            ("per_page", Kind::Int),
            ("order_by", Kind::Text),
        ],
        answer: tx::tx_search,
    },
    Method { name: "unconfirmed_txs", args: &[("limit", Kind::Int)], answer: mempool::unconfirmed_txs },
    Method {
        name: "validators",
        args: &[("height", Kind::Int), ("page", Kind::Int), ("per_page", Kind::Int)],
        answer: set::validators,
    },
];

/// The method of this name.
pub(crate) fn method(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

fn print(answer: &impl Serialize) -> Answered {
    serde_json::value::to_raw_value(answer).map_err(|error| Refusal::Print(error.to_string()))
}
