//! Evidence that strangers bring: whether it proves what it claims, before it may wait for a block.
//!
//! Journey: `broadcast_evidence` → [`double_vote`] → [`crate::Engine::add_evidence`].
//! Source: CometBFT 0.38 `evidence/verify.go` (`VerifyDuplicateVote`), `types/{vote,canonical}.go`.

use crate::border::timestamp;
use crate::evidence::{EvidenceError, Proven};
use crate::history::{self, HistoryError};
use ed25519_consensus::{Signature, VerificationKey};
use ics_abci::{ConsKey, Evidence, Fault, Height, Misbehavior};
use ics_kv::rows::Rows;
use prost::Message;
use tendermint_proto::v0_38::types::{
    self as raw, CanonicalBlockId, CanonicalPartSetHeader, CanonicalVote, SignedMsgType, evidence::Sum,
};

/// Length of the hashes in a block's id.
const HASH_BYTES: usize = 32;

/// Why evidence proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProveError {
    /// It is no evidence.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// Of a kind that is not verified here.
    #[error("evidence of a light client attack is not taken here: only of two votes for one height")]
    LightClientAttack,
    /// What it shows is no fault, or not that of the validator.
    #[error("the evidence does not prove a double vote: {0}")]
    Unproven(&'static str),
    /// History cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// Evidence of two votes of a validator for one height and round, by its protobuf bytes (`tendermint.types.Evidence`):
/// verified with the set that signed the height. What the signatures do not cover is compared too, and extensions are
/// refused, so that nobody can make many proofs of one.
///
/// # Errors
/// [`ProveError`].
pub fn double_vote(rows: &impl Rows, bytes: &[u8]) -> Result<Evidence, ProveError> {
    Proven::decode(bytes)?;
    let decoded = raw::Evidence::decode(bytes).map_err(|error| EvidenceError::Decode(error.to_string()))?;
    let Some(Sum::DuplicateVoteEvidence(evidence)) = decoded.sum else {
        return Err(ProveError::LightClientAttack);
    };
    let is = |holds: bool, why| if holds { Ok(()) } else { Err(ProveError::Unproven(why)) };
    let (Some(a), Some(b)) = (&evidence.vote_a, &evidence.vote_b) else {
        return Err(ProveError::Unproven("a vote is missing"));
    };
    let height =
        u64::try_from(a.height).map(Height).map_err(|_| ProveError::Unproven("a height is below zero"))?;
    let alike = a.height == b.height && a.round == b.round && a.r#type == b.r#type;
    is(alike, "the votes are of different heights, rounds or kinds")?;
    let is_vote =
        [SignedMsgType::Prevote, SignedMsgType::Precommit].iter().any(|kind| a.r#type == *kind as i32);
    is(is_vote, "the votes are neither prevotes nor precommits")?;
    is(a.round >= 0, "the round is below zero")?;
    is(a.validator_address == b.validator_address, "the votes are of different validators")?;
    for vote in [a, b] {
        is(is_whole_or_none(vote.block_id.as_ref()), "a vote is neither for a block nor for none")?;
        let is_extended = !vote.extension.is_empty() || !vote.extension_signature.is_empty();
        is(!is_extended, "a vote has an extension, and this chain knows none")?;
    }
    is(a.block_id != b.block_id, "the votes are for the same block")?;
    let key = |vote: &raw::Vote| vote.block_id.as_ref().map(block_key).unwrap_or_default();
    is(key(a) < key(b), "the votes are not in the order of their blocks")?;
    let (Some(set), Some(header)) = (history::validators(rows, height)?, history::header(rows, height)?)
    else {
        return Err(ProveError::Unproven("there is no block of this height"));
    };
    let place = set.validators().iter().position(|member| member.addr.0[..] == a.validator_address);
    let found = place.and_then(|place| Some((i32::try_from(place).ok()?, set.validators().get(place)?)));
    let (index, member) =
        found.ok_or(ProveError::Unproven("the validator is not in the set of this height"))?;
    let is_there = a.validator_index == index && b.validator_index == index;
    is(is_there, "the validator has another place in the set")?;
    is(evidence.validator_power == member.power, "the validator has another power")?;
    is(evidence.total_voting_power == set.total_power(), "the set has another power")?;
    let time = crate::to_time(header.time).map_err(|_| ProveError::Unproven("the block has no time"))?;
    is(evidence.timestamp == Some(timestamp(time)), "the block has another time")?;
    for vote in [a, b] {
        is(is_signed(vote, header.chain_id.as_str(), &member.key), "a signature is wrong")?;
    }
    let misbehavior = Misbehavior {
        fault: Fault::DuplicateVote,
        validator: member.key.address(),
        power: member.power,
        height,
        time,
        total_power: set.total_power(),
    };
    Ok(Evidence { bytes: bytes.to_vec(), misbehavior })
}

/// Whether a vote is for a block or for none. Of anything between the two the signature would be that of a vote for none, so
/// that one vote could pass for two.
fn is_whole_or_none(id: Option<&raw::BlockId>) -> bool {
    let Some(id) = id else { return true };
    let parts = id.part_set_header.clone().unwrap_or_default();
    let is_none = id.hash.is_empty() && parts == raw::PartSetHeader::default();
    is_none || (id.hash.len() == HASH_BYTES && parts.total > 0 && parts.hash.len() == HASH_BYTES)
}

/// By what CometBFT orders blocks: the hash, then the encoded header of the parts.
fn block_key(id: &raw::BlockId) -> (Vec<u8>, Vec<u8>) {
    let parts = id.part_set_header.as_ref().map(Message::encode_to_vec);
    (id.hash.clone(), parts.unwrap_or_default())
}

fn is_signed(vote: &raw::Vote, chain_id: &str, key: &ConsKey) -> bool {
    let ConsKey::Ed25519(key) = key else { return false };
    let Ok(signature) = <[u8; 64]>::try_from(vote.signature.as_slice()) else { return false };
    let Ok(key) = VerificationKey::try_from(*key) else { return false };
    key.verify(&Signature::from(signature), &signed_bytes(vote, chain_id)).is_ok()
}

/// What a validator signs to cast a vote.
fn signed_bytes(vote: &raw::Vote, chain_id: &str) -> Vec<u8> {
    let parts = |header: &raw::PartSetHeader| CanonicalPartSetHeader {
        total: header.total,
        hash: header.hash.clone(),
    };
    let block = vote.block_id.as_ref().filter(|id| !id.hash.is_empty()).map(|id| CanonicalBlockId {
        hash: id.hash.clone(),
        part_set_header: id.part_set_header.as_ref().map(parts),
    });
    let canonical = CanonicalVote {
        r#type: vote.r#type,
        height: vote.height,
        round: i64::from(vote.round),
        block_id: block,
        timestamp: vote.timestamp,
        chain_id: chain_id.to_owned(),
    };
    canonical.encode_length_delimited_to_vec()
}
