//! Offering a transaction and waiting until a block has it.
//!
//! Source: CometBFT 0.38 `rpc/core/mempool.go` (`BroadcastTxCommit`).

use super::super::args::Args;
use super::super::form::result::TxResultForm;
use super::super::form::{Hex, Int};
use super::{Answered, Refusal, print};
use crate::rpc::backend::History;
use crate::rpc::serve::{CLIENTS_MAX, Shared};
use crate::rpc::{Backend, Deadline};
use ics_abci::TxResult;
use ics_engine::header::tx_hash;
use ics_engine::history::{self, StoredTx};
use ics_engine::merkle::Hash;
use serde::Serialize;
use std::time::Duration;

/// How long a block may take, as CometBFT has it (`timeout_broadcast_tx_commit`).
const COMMIT_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Serialize)]
struct CommitAnswer {
    check_tx: TxResultForm,
    tx_result: TxResultForm,
    hash: Hex,
    height: Int<u64>,
}

pub(super) async fn broadcast_tx_commit(
    shared: &Shared<dyn Backend>,
    args: &Args,
    until: Deadline,
) -> Answered {
    let _client = shared.client().ok_or(Refusal::Clients(CLIENTS_MAX))?;
    let tx = args.bytes("tx").to_vec();
    let hash = tx_hash(&tx);
    // Asked for before the transaction is offered: the very next block may have it.
    let mut tips = shared.tips();
    let offered = shared.work_until(until, move |backend| {
        let before = History::of(backend).tip()?;
        Ok::<_, Refusal>((before, backend.broadcast(tx).map_err(Refusal::Commit)?))
    });
    let (before, checked) = offered.await??;
    let done = if checked.code == 0 {
        let included = async {
            loop {
                tips.changed().await.map_err(|_| Refusal::CommitEnd)?;
                if let Some(stored) = find(shared, hash, before).await? {
                    return Ok(stored);
                }
            }
        };
        let waited: Result<StoredTx, Refusal> =
            tokio::time::timeout(COMMIT_TIMEOUT, included).await.map_err(|_| Refusal::CommitTimeout)?;
        Some(waited?)
    } else {
        None
    };
    let (tx_result, height) =
        done.map_or((TxResult::default(), 0), |stored| (stored.result, stored.height.0));
    print(&CommitAnswer {
        check_tx: checked.into(),
        tx_result: tx_result.into(),
        hash: Hex(hash.to_vec()),
        height: Int(height),
    })
}

/// The transaction, where a block after that height has it.
async fn find(shared: &Shared<dyn Backend>, hash: Hash, before: u64) -> Result<Option<StoredTx>, Refusal> {
    // One row, at each block: it waits behind no search.
    let found = shared.work_at_once(move |backend| history::tx(&History::of(backend), &hash)).await??;
    Ok(found.filter(|stored| stored.height.0 > before))
}
