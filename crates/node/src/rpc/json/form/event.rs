//! What a subscriber is told.
//!
//! Source: CometBFT 0.38 `types/events.go`; recordings of a live network.

use super::block::{BlockForm, FullForm, HeaderForm, IdForm};
use super::evidence::EvidenceForm;
use super::result::{BlockEventForm, FinalForm, SparseResultForm};
use super::validator::ValidatorForm;
use super::{B64, Int};
use ics_abci::{Event, Height, TxResult};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The `result` of a message to a subscriber.
#[derive(Serialize)]
pub(crate) struct ToldForm<'a> {
    pub(crate) query: &'a str,
    pub(crate) data: &'a RawValue,
    pub(crate) events: &'a BTreeMap<String, Vec<String>>,
}

/// What happened.
#[derive(Serialize)]
#[serde(tag = "type", content = "value")]
pub(crate) enum EventForm {
    #[serde(rename = "tendermint/event/NewBlock")]
    NewBlock(Box<NewBlockForm>),
    #[serde(rename = "tendermint/event/NewBlockHeader")]
    NewBlockHeader { header: Box<HeaderForm> },
    #[serde(rename = "tendermint/event/NewBlockEvents")]
    NewBlockEvents(NewBlockEventsForm),
    #[serde(rename = "tendermint/event/NewEvidence")]
    NewEvidence { height: Int<u64>, evidence: Box<EvidenceForm> },
    #[serde(rename = "tendermint/event/Tx")]
    Tx {
        #[serde(rename = "TxResult")]
        tx: TxEventForm,
    },
    #[serde(rename = "tendermint/event/ValidatorSetUpdates")]
    ValidatorSetUpdates { validator_updates: Vec<ValidatorForm> },
}

#[derive(Serialize)]
pub(crate) struct NewBlockForm {
    block: FullForm,
    block_id: IdForm,
    result_finalize_block: FinalForm,
}

impl NewBlockForm {
    pub(crate) fn new(block: BlockForm, result_finalize_block: FinalForm) -> Self {
        let (block, block_id) = block.into_parts();
        Self { block, block_id, result_finalize_block }
    }
}

#[derive(Serialize)]
pub(crate) struct NewBlockEventsForm {
    height: Int<u64>,
    events: Vec<BlockEventForm>,
    num_txs: Int<usize>,
}

impl NewBlockEventsForm {
    pub(crate) fn new(height: Height, events: &[Event], txs: usize) -> Self {
        let events = events.iter().map(BlockEventForm::from).collect();
        Self { height: Int(height.0), events, num_txs: Int(txs) }
    }
}

/// A transaction, zeros left out.
#[derive(Serialize)]
pub(crate) struct TxEventForm {
    height: Int<u64>,
    #[serde(skip_serializing_if = "is_zero")]
    index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    tx: Option<B64>,
    result: SparseResultForm,
}

impl TxEventForm {
    pub(crate) fn new(height: Height, index: u32, tx: Vec<u8>, result: TxResult) -> Self {
        Self { height: Int(height.0), index, tx: B64::or_null(tx), result: result.into() }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks with a reference
const fn is_zero(number: &u32) -> bool {
    *number == 0
}
