//! Transactions in blocks.
//!
//! Source: CometBFT 0.38 `rpc/core/tx.go`.

use super::super::args::Args;
use super::super::form::Int;
use super::super::form::result::{TxForm, TxProofForm};
use super::{Answered, Refusal, page, print};
use crate::rpc::backend::History;
use crate::rpc::{Backend, Deadline};
use ics_engine::history::{self, StoredTx};
use ics_engine::search::{self, Limits, Order, Query, SearchError};
use ics_proto::tendermint::v0_38::types as raw;
use serde::Serialize;

/// Most bytes of a query.
pub(crate) const QUERY_BYTES_MAX: usize = 512;
/// A search counts and pages no more than this many matches; where there are more it is refused.
pub(super) const FOUND_MAX: usize = 10_000;

#[derive(Serialize)]
struct SearchAnswer {
    txs: Vec<TxForm>,
    total_count: Int<usize>,
}

/// The query of a search.
pub(super) fn query(args: &Args) -> Result<Query, Refusal> {
    let text = args.text("query");
    if text.len() > QUERY_BYTES_MAX {
        return Err(Refusal::QueryLength);
    }
    Ok(text.parse()?)
}

/// The order of a search, `unsaid` where the request names none.
pub(super) fn order(args: &Args, unsaid: Order) -> Result<Order, Refusal> {
    match args.text("order_by") {
        "" => Ok(unsaid),
        "asc" => Ok(Order::Ascending),
        "desc" => Ok(Order::Descending),
        _ => Err(Refusal::OrderBy),
    }
}

/// What a search has found, where it was not stopped by the deadline.
pub(super) fn searched<T>(found: Result<T, SearchError>, until: Deadline) -> Result<T, Refusal> {
    found.map_err(|error| match error {
        SearchError::Stopped => until.late().into(),
        other => other.into(),
    })
}

fn form(rows: &History<'_>, stored: StoredTx, args: &Args) -> Result<TxForm, Refusal> {
    if !args.flag("prove") {
        return Ok(TxForm::new(stored, None));
    }
    let header = history::header(rows, stored.height)?;
    let proof = history::tx_proof(rows, stored.height, stored.index)?;
    let proof = header.zip(proof).map(|(header, proof)| {
        TxProofForm::new(raw::Header::from(header).data_hash, stored.tx.clone(), proof)
    });
    Ok(TxForm::new(stored, proof))
}

pub(super) fn tx(backend: &dyn Backend, args: &Args) -> Answered {
    let rows = &History::of(backend);
    let hash = args.bytes("hash");
    let known = <[u8; 32]>::try_from(hash).ok();
    let stored = known.map(|hash| history::tx(rows, &hash)).transpose()?.flatten();
    let stored = stored.ok_or_else(|| Refusal::TxNotFound(hex::encode_upper(hash)))?;
    print(&form(rows, stored, args)?)
}

pub(super) fn tx_search(backend: &dyn Backend, args: &Args, until: Deadline) -> Answered {
    let rows = &History::of(backend);
    let query = query(args)?;
    let order = order(args, Order::Ascending)?;
    let goes_on = || !until.has_passed();
    let limits = Limits { found: FOUND_MAX, goes_on: &goes_on };
    let found = searched(search::txs(rows, &query, order, limits), until)?;
    let mut txs = Vec::new();
    for (height, index) in page::page(&found, args)? {
        until.check()?;
        if let Some(stored) = history::tx_at(rows, *height, *index)? {
            txs.push(form(rows, stored, args)?);
        }
    }
    print(&SearchAnswer { txs, total_count: Int(found.len()) })
}
