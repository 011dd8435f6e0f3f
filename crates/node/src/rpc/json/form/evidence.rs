//! Evidence in a block: two votes for one height, or a header that the chain did not have.

use super::block::{IdForm, SignedHeaderForm};
use super::validator::ValidatorForm;
use super::{B64, Hex, Int, Stamp};
use ics_engine::evidence::Proven;
use ics_proto::tendermint::v0_38::types::{self as raw, evidence::Sum};
use prost::Message as _;
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
#[serde(tag = "type", content = "value")]
pub(crate) enum EvidenceForm {
    #[serde(rename = "tendermint/DuplicateVoteEvidence")]
    DuplicateVote(Box<DuplicateVoteForm>),
    #[serde(rename = "tendermint/LightClientAttackEvidence")]
    LightClientAttack(Box<LightClientAttackForm>),
}

#[derive(Serialize)]
pub(crate) struct DuplicateVoteForm {
    vote_a: Option<VoteForm>,
    vote_b: Option<VoteForm>,
    #[serde(rename = "TotalVotingPower")]
    total_voting_power: Int<i64>,
    #[serde(rename = "ValidatorPower")]
    validator_power: Int<i64>,
    #[serde(rename = "Timestamp")]
    timestamp: Stamp,
}

#[derive(Serialize)]
struct VoteForm {
    r#type: i32,
    height: Int<i64>,
    round: i32,
    block_id: IdForm,
    timestamp: Stamp,
    validator_address: Hex,
    validator_index: i32,
    signature: Option<B64>,
    extension: Option<B64>,
    extension_signature: Option<B64>,
}

#[derive(Serialize)]
pub(crate) struct LightClientAttackForm {
    #[serde(rename = "ConflictingBlock")]
    conflicting_block: Option<LightBlockForm>,
    #[serde(rename = "CommonHeight")]
    common_height: Int<i64>,
    #[serde(rename = "ByzantineValidators")]
    byzantine_validators: Vec<ValidatorForm>,
    #[serde(rename = "TotalVotingPower")]
    total_voting_power: Int<i64>,
    #[serde(rename = "Timestamp")]
    timestamp: Stamp,
}

#[derive(Serialize)]
struct LightBlockForm {
    signed_header: Option<SignedHeaderForm>,
    validator_set: Option<SetForm>,
}

#[derive(Serialize)]
struct SetForm {
    validators: Vec<ValidatorForm>,
    proposer: Option<ValidatorForm>,
}

/// Gives the fields of evidence, some of which Go prints under their own names, those of protobuf.
pub(crate) fn plain_names(evidence: &mut Value) {
    let Some(fields) = evidence.get_mut("value").and_then(Value::as_object_mut) else { return };
    for (given, plain) in [
        ("ConflictingBlock", "conflicting_block"),
        ("CommonHeight", "common_height"),
        ("ByzantineValidators", "byzantine_validators"),
        ("TotalVotingPower", "total_voting_power"),
        ("ValidatorPower", "validator_power"),
        ("Timestamp", "timestamp"),
    ] {
        if let Some(value) = fields.remove(given) {
            fields.insert(plain.to_owned(), value);
        }
    }
}

/// Evidence in CometBFT's JSON.
pub(crate) fn read(mut evidence: Value) -> Result<raw::Evidence, String> {
    plain_names(&mut evidence);
    let sum: Sum = serde_json::from_value(evidence).map_err(|error| error.to_string())?;
    Ok(raw::Evidence { sum: Some(sum) })
}

impl EvidenceForm {
    /// The form of a block's evidence; `None` for what was never evidence, of which a block holds none.
    pub(crate) fn new(proven: &Proven) -> Option<Self> {
        Some(match raw::Evidence::decode(proven.encode().as_slice()).ok()?.sum? {
            Sum::DuplicateVoteEvidence(evidence) => Self::DuplicateVote(Box::new(evidence.into())),
            Sum::LightClientAttackEvidence(evidence) => Self::LightClientAttack(Box::new(evidence.into())),
        })
    }
}

impl From<raw::DuplicateVoteEvidence> for DuplicateVoteForm {
    fn from(evidence: raw::DuplicateVoteEvidence) -> Self {
        Self {
            vote_a: evidence.vote_a.map(VoteForm::from),
            vote_b: evidence.vote_b.map(VoteForm::from),
            total_voting_power: Int(evidence.total_voting_power),
            validator_power: Int(evidence.validator_power),
            timestamp: Stamp(evidence.timestamp),
        }
    }
}

impl From<raw::Vote> for VoteForm {
    fn from(vote: raw::Vote) -> Self {
        Self {
            r#type: vote.r#type,
            height: Int(vote.height),
            round: vote.round,
            block_id: vote.block_id.into(),
            timestamp: Stamp(vote.timestamp),
            validator_address: Hex(vote.validator_address),
            validator_index: vote.validator_index,
            signature: B64::or_null(vote.signature),
            extension: B64::or_null(vote.extension),
            extension_signature: B64::or_null(vote.extension_signature),
        }
    }
}

impl From<raw::LightClientAttackEvidence> for LightClientAttackForm {
    fn from(evidence: raw::LightClientAttackEvidence) -> Self {
        Self {
            conflicting_block: evidence.conflicting_block.map(LightBlockForm::from),
            common_height: Int(evidence.common_height),
            byzantine_validators: evidence
                .byzantine_validators
                .into_iter()
                .map(ValidatorForm::from)
                .collect(),
            total_voting_power: Int(evidence.total_voting_power),
            timestamp: Stamp(evidence.timestamp),
        }
    }
}

impl From<raw::LightBlock> for LightBlockForm {
    fn from(block: raw::LightBlock) -> Self {
        Self {
            signed_header: block.signed_header.map(|signed| SignedHeaderForm {
                header: signed.header.unwrap_or_default().into(),
                commit: signed.commit.unwrap_or_default().into(),
            }),
            validator_set: block.validator_set.map(|set| SetForm {
                validators: set.validators.into_iter().map(ValidatorForm::from).collect(),
                proposer: set.proposer.map(ValidatorForm::from),
            }),
        }
    }
}
