//! Evidence over JSON-RPC: what proves a double vote is in the next block, anything else is refused.

use crate::rpc_chain::{Net, recorded};
use serde_json::{Value, json};
use tendermint::Hash;
use tendermint::block::Id;

/// Evidence that validator 1 voted for two blocks at height 3.
fn double_vote(net: &Net) -> Value {
    let stored = ics_engine::history::block(&net.chain.rows, ics_abci::Height(3)).unwrap().unwrap();
    let other = Id { hash: Hash::Sha256([0xff; 32]), ..stored.id };
    let set = ics_engine::history::validators(&net.chain.rows, ics_abci::Height(3)).unwrap().unwrap();
    json!({
        "type": "tendermint/DuplicateVoteEvidence",
        "value": {
            "vote_a": net.chain.vote(3, stored.id), "vote_b": net.chain.vote(3, other),
            "TotalVotingPower": set.total_power().to_string(), "ValidatorPower": "5",
            "Timestamp": stored.block.header.time.to_rfc3339(),
        },
    })
}

#[test]
fn a_double_vote_is_in_the_next_block() {
    let net = Net::busy();
    let evidence = double_vote(&net);
    let answer = net.result("broadcast_evidence", json!({"evidence": evidence}));
    let hash = answer["hash"].as_str().unwrap();
    assert_eq!(hash.len(), 64, "{answer}");
    assert_eq!(net.result("broadcast_evidence", json!({"evidence": evidence})), answer, "it waits already");
    net.chain.block_of(&[]);
    let block = net.result("block", json!({"height": "6"}));
    let carried = &block["block"]["evidence"]["evidence"][0];
    assert_eq!(carried["value"]["vote_b"]["signature"], evidence["value"]["vote_b"]["signature"]);
    assert_eq!(carried["value"]["ValidatorPower"], "5");
    assert!(block["block"]["evidence"]["evidence"].as_array().unwrap().len() == 1);
    assert_eq!(net.result("broadcast_evidence", json!({"evidence": evidence})), answer, "a block has it");
    net.chain.block_of(&[]);
    let block = net.result("block", json!({"height": "7"}));
    assert_eq!(block["block"]["evidence"]["evidence"], json!([]), "once");
}

#[test]
fn evidence_that_waits_is_there_after_a_restart() {
    let net = Net::busy();
    let evidence = double_vote(&net);
    net.result("broadcast_evidence", json!({"evidence": evidence}));
    net.chain.restart();
    net.chain.block_of(&[]);
    let carried = |height: &str| {
        let block = net.result("block", json!({"height": height}));
        block["block"]["evidence"]["evidence"].as_array().unwrap().len()
    };
    assert_eq!(carried("6"), 1);
    net.chain.restart();
    net.chain.block_of(&[]);
    assert_eq!(carried("7"), 0, "once");
}

#[test]
fn what_proves_nothing_is_refused_with_the_reason() {
    let net = Net::busy();
    let refused = |evidence: Value| net.refusal("broadcast_evidence", json!({"evidence": evidence}));
    let with = |change: &dyn Fn(&mut Value)| {
        let mut evidence = double_vote(&net);
        change(&mut evidence["value"]);
        refused(evidence)
    };
    let why =
        |what: &str| format!("failed to add evidence: the evidence does not prove a double vote: {what}");
    assert_eq!(with(&|v| v["vote_b"] = v["vote_a"].clone()), why("the votes are for the same block"));
    assert_eq!(
        with(&|v| (v["vote_a"], v["vote_b"]) = (v["vote_b"].clone(), v["vote_a"].clone())),
        why("the votes are not in the order of their blocks")
    );
    assert_eq!(
        with(&|v| v["vote_b"]["signature"] = v["vote_a"]["signature"].clone()),
        why("a signature is wrong")
    );
    assert_eq!(
        with(&|v| v["vote_a"]["round"] = json!(1)),
        why("the votes are of different heights, rounds or kinds")
    );
    assert_eq!(with(&|v| v["ValidatorPower"] = json!("6")), why("the validator has another power"));
    assert_eq!(with(&|v| v["TotalVotingPower"] = json!("6")), why("the set has another power"));
    assert_eq!(with(&|v| v["Timestamp"] = json!("2024-01-01T00:00:00Z")), why("the block has another time"));
    // Of another chain, as CometBFT prints it: of a height that this chain does not have.
    let theirs: Value = serde_json::from_str(&recorded("consumer_block_with_evidence_208")).unwrap();
    let theirs = theirs["result"]["block"]["evidence"]["evidence"][0].clone();
    assert_eq!(refused(theirs), why("there is no block of this height"));
    assert_eq!(net.refusal("broadcast_evidence", json!({})), "no evidence was provided");
    let odd = refused(json!({"type": "tendermint/Odd", "value": {}}));
    assert!(odd.starts_with("evidence cannot be read: unknown variant `tendermint/Odd`"), "{odd}");
}
