//! The hashes that a header is made of, one function each.
//!
//! Source: CometBFT 0.38 `types/{tx,block,evidence,results}.go`.

use crate::evidence::Proven;
use crate::merkle::{self, Hash};
use ics_abci::TxResult;
use prost::Message;
use sha2::{Digest, Sha256};
use tendermint::block::Commit;
use tendermint_proto::v0_38::abci::ExecTxResult;
use tendermint_proto::v0_38::types::CommitSig;

/// The version of the block protocol that every header names.
pub const BLOCK_PROTOCOL: u64 = 11;

/// The hash by which a transaction is known.
#[must_use]
pub fn tx_hash(tx: &[u8]) -> Hash {
    Sha256::digest(tx).into()
}

/// The root over the hashes of a block's transactions.
#[must_use]
pub fn data_hash(txs: &[Vec<u8>]) -> Hash {
    merkle::root(&txs.iter().map(|tx| tx_hash(tx)).collect::<Vec<_>>())
}

/// The root over what transactions did, as far as it is deterministic: code, data and gas.
#[must_use]
pub fn results_hash(results: &[TxResult]) -> Hash {
    let leaves: Vec<_> = results
        .iter()
        .map(|result| {
            let deterministic = ExecTxResult {
                code: result.code,
                data: result.data.clone().into(),
                gas_wanted: result.gas_wanted,
                gas_used: result.gas_used,
                ..ExecTxResult::default()
            };
            deterministic.encode_to_vec()
        })
        .collect();
    merkle::root(&leaves)
}

/// The root over the signatures of the last commit; `None` stands for the commit before the first block.
#[must_use]
pub fn commit_hash(commit: Option<&Commit>) -> Hash {
    let signatures = commit.map(|commit| commit.signatures.as_slice()).unwrap_or_default();
    let leaves: Vec<_> = signatures.iter().map(|sig| CommitSig::from(sig.clone()).encode_to_vec()).collect();
    merkle::root(&leaves)
}

/// The root over a block's evidence, each without the wrapper that says of which kind it is.
#[must_use]
pub fn evidence_hash(evidence: &[Proven]) -> Hash {
    merkle::root(&evidence.iter().map(Proven::inner_bytes).collect::<Vec<_>>())
}
