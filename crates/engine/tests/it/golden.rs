//! Blocks, headers, commits and sets of a recorded network of CometBFT 0.38: every hash is computed again.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_consensus::{Signature, VerificationKey};
use ics_abci::{ConsKey, Height, Params, TxResult, ValUpdate};
use ics_engine::block::FullBlock;
use ics_engine::evidence::Proven;
use ics_engine::{ValidatorSet, header, merkle, params, solo, to_time};
use prost::Message;
use serde_json::Value;
use tendermint::block::{Commit, CommitSig, Header, Id};
use tendermint_proto::google::protobuf::Timestamp;
use tendermint_proto::v0_38::types as raw;

fn recording(name: &str) -> Value {
    let path = format!("{}/tests/recordings/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap()).unwrap()
}

/// Members, and their recorded priorities by key.
fn set(name: &str) -> (Vec<ValUpdate>, Vec<(ConsKey, i64)>) {
    let recorded = recording(name);
    let one = |validator: &Value| {
        let key = ConsKey::ed25519(&bytes(&validator["pub_key"]["value"])).unwrap();
        let power = number(&validator["voting_power"]);
        assert_eq!(validator["address"].as_str().unwrap(), hex::encode_upper(key.address().0));
        (ValUpdate { key, power }, (key, number(&validator["proposer_priority"])))
    };
    recorded["validators"].as_array().unwrap().iter().map(one).unzip()
}

fn evidence(value: &Value) -> Proven {
    let time = |value: &Value| {
        let time = ics_abci::Time::parse(value.as_str().unwrap()).unwrap();
        Some(Timestamp { seconds: time.seconds(), nanos: time.nanos() as i32 })
    };
    let vote = |vote: &Value| raw::Vote {
        r#type: number(&vote["type"]) as i32,
        height: number(&vote["height"]),
        round: number(&vote["round"]) as i32,
        block_id: Some(raw::BlockId {
            hash: hex::decode(vote["block_id"]["hash"].as_str().unwrap()).unwrap(),
            part_set_header: Some(raw::PartSetHeader {
                total: number(&vote["block_id"]["parts"]["total"]) as u32,
                hash: hex::decode(vote["block_id"]["parts"]["hash"].as_str().unwrap()).unwrap(),
            }),
        }),
        timestamp: time(&vote["timestamp"]),
        validator_address: hex::decode(vote["validator_address"].as_str().unwrap()).unwrap(),
        validator_index: number(&vote["validator_index"]) as i32,
        signature: bytes(&vote["signature"]),
        ..raw::Vote::default()
    };
    assert_eq!(value["type"], "tendermint/DuplicateVoteEvidence");
    let value = &value["value"];
    let evidence = raw::DuplicateVoteEvidence {
        vote_a: Some(vote(&value["vote_a"])),
        vote_b: Some(vote(&value["vote_b"])),
        total_voting_power: number(&value["TotalVotingPower"]),
        validator_power: number(&value["ValidatorPower"]),
        timestamp: time(&value["Timestamp"]),
    };
    let sum = Some(raw::evidence::Sum::DuplicateVoteEvidence(evidence));
    Proven::decode(&raw::Evidence { sum }.encode_to_vec()).unwrap()
}

fn block(recorded: &Value) -> FullBlock {
    let block = &recorded["block"];
    let last_commit = &block["last_commit"];
    FullBlock {
        header: serde_json::from_value(block["header"].clone()).unwrap(),
        txs: block["data"]["txs"].as_array().unwrap().iter().map(bytes).collect(),
        evidence: block["evidence"]["evidence"].as_array().unwrap().iter().map(evidence).collect(),
        last_commit: (last_commit["height"] != "0").then(|| commit(last_commit)),
    }
}

fn commit(recorded: &Value) -> Commit {
    let mut recorded = recorded.clone();
    for signature in recorded["signatures"].as_array_mut().unwrap() {
        if signature["signature"].is_null() {
            signature["signature"] = "".into();
        }
    }
    serde_json::from_value(recorded).unwrap()
}

#[test]
fn recorded_blocks_encode_to_the_recorded_ids_and_hashes() {
    let mut with_txs = 0;
    for name in [
        "provider_block",
        "provider_block_h1",
        "provider_block_303",
        "consumer_block",
        "consumer_block_h1",
        "consumer_block_295",
        "consumer_block_with_evidence_208",
    ] {
        let recorded = recording(name);
        let block = block(&recorded);
        let header = &block.header;
        let same = |what: &str, computed: [u8; 32], recorded: Option<tendermint::Hash>| {
            assert_eq!(recorded, Some(tendermint::Hash::Sha256(computed)), "{what} of {name}");
        };
        same("data hash", header::data_hash(&block.txs), header.data_hash);
        same("last commit hash", header::commit_hash(block.last_commit.as_ref()), header.last_commit_hash);
        same("evidence hash", header::evidence_hash(&block.evidence), header.evidence_hash);
        let encoded = block.encode();
        let id: Id = serde_json::from_value(recorded["block_id"].clone()).unwrap();
        assert_eq!(block.id(&encoded).unwrap(), id, "{name}");
        assert_eq!(FullBlock::decode(&encoded).unwrap(), block, "{name}");
        with_txs += usize::from(!block.txs.is_empty());
    }
    assert_eq!(with_txs, 2);
}

#[test]
fn recorded_sets_have_the_recorded_hashes() {
    for (set_name, header_name) in [
        ("provider_validators_at", "provider_block"),
        ("provider_validators_h1", "provider_block_h1"),
        ("consumer_validators_at", "consumer_block"),
    ] {
        let (members, _) = set(set_name);
        let header: Header =
            serde_json::from_value(recording(header_name)["block"]["header"].clone()).unwrap();
        let set = ValidatorSet::genesis(&members).unwrap();
        assert_eq!(set.hash().as_slice(), header.validators_hash.as_bytes(), "{set_name}");
    }
    let hash = |name: &str, field: &str| recording(name)["header"][field].as_str().unwrap().to_owned();
    let computed = |name: &str| hex::encode_upper(ValidatorSet::genesis(&set(name).0).unwrap().hash());
    assert_eq!(computed("consumer_validators_before_vsc"), hash("consumer_header_88", "validators_hash"));
    assert_eq!(computed("consumer_validators_before_vsc"), hash("consumer_header_89", "validators_hash"));
    assert_eq!(computed("consumer_validators_after_vsc"), hash("consumer_header_89", "next_validators_hash"));
}

/// The consumer's two validators from its start, over the validator set change that takes effect at height 90.
#[test]
fn recorded_priorities_follow_from_the_start_of_the_chain() {
    let (members, first) = set("consumer_validators_h1");
    let (_, before) = set("consumer_validators_before_vsc");
    let (changed, after) = set("consumer_validators_after_vsc");
    let mut set = ValidatorSet::genesis(&members).unwrap();
    let priorities =
        |set: &ValidatorSet| set.validators().iter().map(|v| (v.key, v.priority)).collect::<Vec<_>>();
    assert_eq!(priorities(&set), first);
    for height in 2..=90 {
        let updates: &[ValUpdate] = if height == 90 { &changed[..1] } else { &[] };
        set = set.next(updates).unwrap();
        if height == 38 {
            assert_eq!(priorities(&set), before);
        }
    }
    assert_eq!(priorities(&set), after);
}

#[test]
fn recorded_parameters_have_the_recorded_hash() {
    let recorded = &recording("provider_consensus_params")["consensus_params"];
    let params = Params {
        block_max_bytes: number(&recorded["block"]["max_bytes"]),
        block_max_gas: number(&recorded["block"]["max_gas"]),
        evidence_max_bytes: number(&recorded["evidence"]["max_bytes"]),
        ..Params::default()
    };
    assert_eq!(params::check(&params), Ok(()));
    let header: Header =
        serde_json::from_value(recording("provider_block")["block"]["header"].clone()).unwrap();
    assert_eq!(params::hash(&params).as_slice(), header.consensus_hash.as_bytes());
}

#[test]
fn recorded_results_have_the_hash_in_the_next_header() {
    let hash = |name: &str| recording(name)["header"]["last_results_hash"].as_str().unwrap().to_owned();
    let results: Vec<_> = recording("provider_results_329")["txs_results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| TxResult {
            code: number(&result["code"]) as u32,
            data: bytes(&result["data"]),
            log: "not part of the hash".into(),
            gas_wanted: number(&result["gas_wanted"]),
            gas_used: number(&result["gas_used"]),
            ..TxResult::default()
        })
        .collect();
    assert_eq!(hex::encode_upper(header::results_hash(&results)), hash("provider_header_330"));
    assert_eq!(hex::encode_upper(header::results_hash(&[])), hash("provider_header_331"));
}

/// The signature was made by CometBFT over the bytes that `vote_bytes` computes.
#[test]
fn recorded_signatures_verify_over_our_vote_bytes() {
    let recorded = recording("provider_commit");
    let commit = commit(&recorded["signed_header"]["commit"]);
    let (members, _) = set("provider_validators_at");
    let CommitSig::BlockIdFlagCommit { timestamp, signature, validator_address } = &commit.signatures[0]
    else {
        panic!("not signed");
    };
    assert_eq!(validator_address.as_bytes(), members[0].key.address().0);
    let time = to_time(*timestamp).unwrap();
    let key = VerificationKey::try_from(members[0].key.bytes()).unwrap();
    let signature = Signature::try_from(signature.as_ref().unwrap().as_bytes()).unwrap();
    let verify = |chain_id: &str, block: Option<&Id>| {
        key.verify(&signature, &solo::vote_bytes(chain_id, Height(434), block, time))
    };
    assert_eq!(verify("provi", Some(&commit.block_id)), Ok(()));
    assert_eq!(verify("provi", None), Err(ed25519_consensus::Error::InvalidSignature));
    assert_eq!(verify("prov", Some(&commit.block_id)), Err(ed25519_consensus::Error::InvalidSignature));
}

#[test]
fn a_recorded_transaction_has_the_recorded_proof() {
    let recorded = recording("tx_with_proof");
    let tx = bytes(&recorded["tx"]);
    let hash = header::tx_hash(&tx);
    assert_eq!(hex::encode_upper(hash), recorded["hash"].as_str().unwrap());
    let proof = merkle::proof(&[hash], 0).unwrap();
    assert_eq!(proof.leaf_hash.to_vec(), bytes(&recorded["proof"]["proof"]["leaf_hash"]));
    assert_eq!(hex::encode_upper(merkle::root(&[hash])), recorded["proof"]["root_hash"].as_str().unwrap());
    assert_eq!((proof.total, proof.index, proof.aunts), (1, 0, Vec::new()));
}
