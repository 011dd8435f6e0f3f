//! Evidence that strangers bring: only two real votes are proof, and only as they were cast.

use crate::support::*;
use ics_abci::Height;
use ics_engine::prove::{ProveError, double_vote};
use ics_engine::{history, solo};
use prost::Message;
use tendermint::block::Id;
use tendermint_proto::google::protobuf::Timestamp;
use tendermint_proto::v0_38::types as raw;

const HEIGHT: Height = Height(2);

fn chain() -> Chain {
    let mut chain = Chain::start(&[10, 9, 8]);
    (0..3).for_each(|_| drop(chain.block()));
    chain
}

/// A precommit of validator 1 at height 2, for a block or for none.
fn vote(chain: &Chain, id: Option<Id>) -> raw::Vote {
    let block = history::block(&chain.rows, HEIGHT).unwrap().unwrap();
    let time = ics_engine::to_time(block.block.header.time).unwrap();
    let bytes = solo::vote_bytes(chain.engine.chain_id(), HEIGHT, id.as_ref(), time);
    raw::Vote {
        r#type: 2,
        height: 2,
        block_id: id.map(raw::BlockId::from),
        timestamp: Some(Timestamp { seconds: time.seconds(), nanos: time.nanos() as i32 }),
        validator_address: addr(1).0.to_vec(),
        validator_index: 1,
        signature: chain.engine.keyring().sign(&addr(1), &bytes).unwrap().to_vec(),
        ..raw::Vote::default()
    }
}

fn evidence(chain: &Chain, votes: [raw::Vote; 2]) -> raw::DuplicateVoteEvidence {
    let set = history::validators(&chain.rows, HEIGHT).unwrap().unwrap();
    let timestamp = votes[0].timestamp;
    let [vote_a, vote_b] = votes.map(Some);
    raw::DuplicateVoteEvidence {
        vote_a,
        vote_b,
        total_voting_power: set.total_power(),
        validator_power: set.get(&addr(1)).unwrap().power,
        timestamp,
    }
}

fn two_blocks(chain: &Chain) -> raw::DuplicateVoteEvidence {
    let id = history::block(&chain.rows, HEIGHT).unwrap().unwrap().id;
    let other = Id { hash: tendermint::Hash::Sha256([0xff; 32]), ..id };
    evidence(chain, [vote(chain, Some(id)), vote(chain, Some(other))])
}

fn bytes(evidence: raw::DuplicateVoteEvidence) -> Vec<u8> {
    raw::Evidence { sum: Some(raw::evidence::Sum::DuplicateVoteEvidence(evidence)) }.encode_to_vec()
}

/// Why two votes prove nothing, of which both were changed in the same way.
fn refused(change: impl Fn(&mut raw::Vote)) -> ProveError {
    let chain = chain();
    let mut evidence = two_blocks(&chain);
    double_vote(&chain.rows, &bytes(evidence.clone())).unwrap();
    [&mut evidence.vote_a, &mut evidence.vote_b].into_iter().flatten().for_each(change);
    double_vote(&chain.rows, &bytes(evidence)).unwrap_err()
}

#[test]
fn one_vote_for_no_block_is_not_two_votes() {
    let chain = chain();
    let nil = vote(&chain, None);
    // A signature for no block covers nothing of its id: two ids can be told, and both would be signed.
    let parts = |total| raw::PartSetHeader { total, hash: Vec::new() };
    let with = |total| {
        let block_id = Some(raw::BlockId { hash: Vec::new(), part_set_header: Some(parts(total)) });
        raw::Vote { block_id, ..nil.clone() }
    };
    let refused = double_vote(&chain.rows, &bytes(evidence(&chain, [with(0), with(1)]))).unwrap_err();
    assert_eq!(refused, ProveError::Unproven("a vote is neither for a block nor for none"));
}

#[test]
fn a_vote_for_a_block_and_one_for_none_are_two() {
    let chain = chain();
    let id = history::block(&chain.rows, HEIGHT).unwrap().unwrap().id;
    let proof = evidence(&chain, [vote(&chain, None), vote(&chain, Some(id))]);
    double_vote(&chain.rows, &bytes(proof)).unwrap();
}

#[test]
fn what_no_signature_covers_must_be_as_the_validator_sent_it() {
    let index = ProveError::Unproven("the validator has another place in the set");
    assert_eq!(refused(|vote| vote.validator_index = 0), index);
    assert_eq!(refused(|vote| vote.validator_index = -1), index);
    let extension = ProveError::Unproven("a vote has an extension, and this chain knows none");
    assert_eq!(refused(|vote| vote.extension = vec![1]), extension);
    assert_eq!(refused(|vote| vote.extension_signature = vec![1]), extension);
}

#[test]
fn votes_are_prevotes_or_precommits_of_a_round() {
    assert_eq!(
        refused(|vote| vote.r#type = 32),
        ProveError::Unproven("the votes are neither prevotes nor precommits")
    );
    assert_eq!(refused(|vote| vote.round = -1), ProveError::Unproven("the round is below zero"));
}
