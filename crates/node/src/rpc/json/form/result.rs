//! What transactions and blocks did.

use super::params::UpdatesForm;
use super::validator::UpdateForm;
use super::{B64, Hex, Int, non_zero, or_null};
use ics_abci::{BlockResult, Event, Height, Params, TxResult};
use ics_engine::history::StoredTx;
use ics_engine::merkle::{Hash, Proof};
use serde::Serialize;

#[derive(Serialize)]
struct AttributeForm {
    key: String,
    value: String,
    index: bool,
}

/// An event of a transaction.
#[derive(Serialize)]
struct TxEventForm {
    r#type: String,
    attributes: Vec<AttributeForm>,
}

/// An event of a block, printed by another encoder than those of transactions.
#[derive(Serialize)]
pub(crate) struct BlockEventForm {
    #[serde(skip_serializing_if = "String::is_empty")]
    r#type: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<AttributeForm>,
}

/// What a transaction did.
#[derive(Serialize)]
pub(crate) struct TxResultForm {
    code: u32,
    data: Option<B64>,
    log: String,
    info: &'static str,
    gas_wanted: Int<i64>,
    gas_used: Int<i64>,
    events: Vec<TxEventForm>,
    codespace: String,
}

/// What a transaction did, zeros left out: as subscribers are told.
#[derive(Serialize)]
pub(crate) struct SparseResultForm {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<B64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    log: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    gas_wanted: Option<Int<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gas_used: Option<Int<i64>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<BlockEventForm>,
    #[serde(skip_serializing_if = "String::is_empty")]
    codespace: String,
}

/// What a block did, as subscribers are told.
#[derive(Serialize)]
pub(crate) struct FinalForm {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<BlockEventForm>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tx_results: Vec<TxResultForm>,
    validator_updates: Vec<UpdateForm>,
    consensus_param_updates: Option<UpdatesForm>,
    app_hash: B64,
}

/// The answer of `block_results`.
#[derive(Serialize)]
pub(crate) struct BlockResultForm {
    height: Int<u64>,
    txs_results: Option<Vec<TxResultForm>>,
    finalize_block_events: Option<Vec<BlockEventForm>>,
    validator_updates: Option<Vec<UpdateForm>>,
    consensus_param_updates: Option<UpdatesForm>,
    app_hash: B64,
}

/// The answer of `tx`, and an element of `tx_search`.
#[derive(Serialize)]
pub(crate) struct TxForm {
    hash: Hex,
    height: Int<u64>,
    index: u32,
    tx_result: TxResultForm,
    tx: B64,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<TxProofForm>,
}

#[derive(Serialize)]
pub(crate) struct TxProofForm {
    root_hash: Hex,
    data: B64,
    proof: ProofForm,
}

#[derive(Serialize)]
struct ProofForm {
    total: Int<u64>,
    index: Int<u64>,
    leaf_hash: B64,
    aunts: Vec<B64>,
}

fn attributes(event: &Event) -> Vec<AttributeForm> {
    let form = |attribute: &ics_abci::Attribute| AttributeForm {
        key: attribute.key.clone(),
        value: attribute.value.clone(),
        index: true,
    };
    event.attributes.iter().map(form).collect()
}

impl From<&Event> for BlockEventForm {
    fn from(event: &Event) -> Self {
        Self { r#type: event.kind.clone(), attributes: attributes(event) }
    }
}

impl From<TxResult> for SparseResultForm {
    fn from(result: TxResult) -> Self {
        Self {
            code: (result.code != 0).then_some(result.code),
            data: B64::or_null(result.data),
            log: result.log,
            gas_wanted: non_zero(result.gas_wanted),
            gas_used: non_zero(result.gas_used),
            events: result.events.iter().map(BlockEventForm::from).collect(),
            codespace: result.codespace,
        }
    }
}

impl FinalForm {
    /// The form of a block's results; for `params` see [`BlockResultForm::new`].
    pub(crate) fn new(result: BlockResult, params: Option<Params>) -> Self {
        Self {
            events: result.events.iter().map(BlockEventForm::from).collect(),
            tx_results: result.txs.into_iter().map(TxResultForm::from).collect(),
            validator_updates: result.validators.iter().map(UpdateForm::from).collect(),
            consensus_param_updates: params.map(UpdatesForm::from),
            app_hash: B64(result.app_hash.to_vec()),
        }
    }
}

impl From<TxResult> for TxResultForm {
    fn from(result: TxResult) -> Self {
        let event = |event: &Event| TxEventForm { r#type: event.kind.clone(), attributes: attributes(event) };
        Self {
            code: result.code,
            data: B64::or_null(result.data),
            log: result.log,
            info: "",
            gas_wanted: Int(result.gas_wanted),
            gas_used: Int(result.gas_used),
            events: result.events.iter().map(event).collect(),
            codespace: result.codespace,
        }
    }
}

impl BlockResultForm {
    /// The form of a block's results; `params` are those of the next block, which the reference's applications name
    /// in every block.
    pub(crate) fn new(height: Height, result: BlockResult, params: Option<Params>) -> Self {
        Self {
            height: Int(height.0),
            txs_results: or_null(result.txs.into_iter().map(TxResultForm::from).collect()),
            finalize_block_events: or_null(result.events.iter().map(BlockEventForm::from).collect()),
            validator_updates: or_null(result.validators.iter().map(UpdateForm::from).collect()),
            consensus_param_updates: params.map(UpdatesForm::from),
            app_hash: B64(result.app_hash.to_vec()),
        }
    }
}

impl TxForm {
    pub(crate) fn new(stored: StoredTx, proof: Option<TxProofForm>) -> Self {
        Self {
            hash: Hex(stored.hash.to_vec()),
            height: Int(stored.height.0),
            index: stored.index,
            tx_result: stored.result.into(),
            tx: B64(stored.tx),
            proof,
        }
    }
}

impl TxProofForm {
    pub(crate) fn new(root: Vec<u8>, tx: Vec<u8>, proof: Proof) -> Self {
        let bytes = |hash: Hash| B64(hash.to_vec());
        Self {
            root_hash: Hex(root),
            data: B64(tx),
            proof: ProofForm {
                total: Int(proof.total),
                index: Int(proof.index),
                leaf_hash: bytes(proof.leaf_hash),
                aunts: proof.aunts.into_iter().map(bytes).collect(),
            },
        }
    }
}
