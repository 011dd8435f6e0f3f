//! Offering transactions, and what waits.
//!
//! Source: CometBFT 0.38 `rpc/core/mempool.go`.

use super::super::args::Args;
use super::super::form::result::TxResultForm;
use super::super::form::{B64, Hex, Int};
use super::{Answered, page, print};
use crate::rpc::{Backend, Waiting};
use ics_engine::header::tx_hash;
use serde::Serialize;

#[derive(Serialize)]
struct BroadcastAnswer {
    code: u32,
    data: Hex,
    log: String,
    codespace: String,
    hash: Hex,
}

#[derive(Serialize)]
struct WaitingAnswer {
    n_txs: Int<usize>,
    total: Int<usize>,
    total_bytes: Int<u64>,
    txs: Option<Vec<B64>>,
}

pub(super) fn broadcast_tx_sync(backend: &dyn Backend, args: &Args) -> Answered {
    let tx = args.bytes("tx");
    let checked = backend.broadcast(tx.to_vec())?;
    print(&BroadcastAnswer {
        code: checked.code,
        data: Hex(checked.data),
        log: checked.log,
        codespace: checked.codespace,
        hash: Hex(tx_hash(tx).to_vec()),
    })
}

/// As [`broadcast_tx_sync`], but what the application says of the transaction is not told.
pub(super) fn broadcast_tx_async(backend: &dyn Backend, args: &Args) -> Answered {
    let tx = args.bytes("tx");
    backend.broadcast(tx.to_vec())?;
    print(&BroadcastAnswer {
        code: 0,
        data: Hex(Vec::new()),
        log: String::new(),
        codespace: String::new(),
        hash: Hex(tx_hash(tx).to_vec()),
    })
}

pub(super) fn check_tx(backend: &dyn Backend, args: &Args) -> Answered {
    print(&TxResultForm::from(backend.check(args.bytes("tx"))))
}

pub(super) fn num_unconfirmed_txs(backend: &dyn Backend, _: &Args) -> Answered {
    let Waiting { count, bytes, .. } = backend.waiting(0);
    print(&WaitingAnswer { n_txs: Int(count), total: Int(count), total_bytes: Int(bytes), txs: None })
}

pub(super) fn unconfirmed_txs(backend: &dyn Backend, args: &Args) -> Answered {
    let Waiting { count, bytes, txs } = backend.waiting(page::per_page(args.int("limit")));
    let txs: Vec<B64> = txs.into_iter().map(B64).collect();
    print(&WaitingAnswer {
        n_txs: Int(txs.len()),
        total: Int(count),
        total_bytes: Int(bytes),
        txs: Some(txs),
    })
}
