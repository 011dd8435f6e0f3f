//! Evidence that a driver injects: what is refused, and where it shows.

use crate::support::*;
use ics_abci::{Evidence, Fault, Height, Misbehavior};
use ics_engine::evidence::{EvidenceError, Proven};
use ics_engine::history::HistoryError;
use ics_engine::{Engine, header, history, solo};
use ics_kv::KeyRange;
use ics_kv::rows::{Batch, DiskError, Rows as _};
use prost::Message;
use tendermint::block::Id;
use tendermint_proto::google::protobuf::Timestamp;
use tendermint_proto::v0_38::types as raw;

/// Validator 1 voted for two blocks at `height`.
fn double_vote(chain: &Chain, height: u64) -> Evidence {
    let (block, set) = (
        history::block(&chain.rows, Height(height)).unwrap().unwrap(),
        history::validators(&chain.rows, Height(height)).unwrap().unwrap(),
    );
    let time = ics_engine::to_time(block.block.header.time).unwrap();
    let timestamp = Some(Timestamp { seconds: time.seconds(), nanos: time.nanos() as i32 });
    let other = Id { hash: tendermint::Hash::Sha256([7; 32]), ..block.id };
    let vote = |id: Id| {
        let bytes = solo::vote_bytes(chain.engine.chain_id(), Height(height), Some(&id), time);
        raw::Vote {
            r#type: 2,
            height: height as i64,
            block_id: Some(id.into()),
            timestamp,
            validator_address: addr(1).0.to_vec(),
            validator_index: 1,
            signature: chain.engine.keyring().sign(&addr(1), &bytes).unwrap().to_vec(),
            ..raw::Vote::default()
        }
    };
    let evidence = raw::DuplicateVoteEvidence {
        vote_a: Some(vote(block.id)),
        vote_b: Some(vote(other)),
        total_voting_power: set.total_power(),
        validator_power: set.get(&addr(1)).unwrap().power,
        timestamp,
    };
    let misbehavior = Misbehavior {
        fault: Fault::DuplicateVote,
        validator: addr(1),
        power: evidence.validator_power,
        height: Height(height),
        time,
        total_power: evidence.total_voting_power,
    };
    let sum = Some(raw::evidence::Sum::DuplicateVoteEvidence(evidence));
    Evidence { bytes: raw::Evidence { sum }.encode_to_vec(), misbehavior }
}

fn chain() -> Chain {
    let mut chain = Chain::start(&[10, 9, 8]);
    for _ in 0..3 {
        chain.block();
    }
    chain
}

#[test]
fn evidence_reaches_the_application_the_header_and_the_stored_block() {
    let mut chain = chain();
    let evidence = double_vote(&chain, 2);
    chain.add(&evidence).unwrap();
    assert_eq!(chain.add(&evidence), Err(EvidenceError::Known));
    let made = chain.block();
    assert_eq!(chain.app.blocks[3].misbehavior, [evidence.misbehavior]);
    let proven = Proven::decode(&evidence.bytes).unwrap();
    let expected = header::evidence_hash(std::slice::from_ref(&proven));
    assert_eq!(made.header.evidence_hash.unwrap().as_bytes(), expected);
    assert_eq!(history::block(&chain.rows, Height(4)).unwrap().unwrap().block.evidence, [proven]);
    chain.block();
    assert_eq!(chain.app.blocks[4].misbehavior, [], "once");
}

fn rows_of_evidence(chain: &Chain) -> usize {
    chain.rows.rows("engine_evidence", KeyRange::prefix(&[]), 10).unwrap().len()
}

#[test]
fn evidence_that_waits_survives_a_restart_in_its_order() {
    let mut chain = chain();
    let all: Vec<_> = [3, 1, 2].into_iter().map(|height| double_vote(&chain, height)).collect();
    for evidence in &all {
        chain.add(evidence).unwrap();
    }
    chain.engine = Engine::resume(&chain.rows, keyring()).unwrap().unwrap();
    assert_eq!(chain.add(&all[1]), Err(EvidenceError::Known));
    chain.block();
    let expected: Vec<_> = all.iter().map(|evidence| evidence.misbehavior).collect();
    assert_eq!(chain.app.blocks[3].misbehavior, expected);
    assert_eq!(rows_of_evidence(&chain), 0);
    chain.engine = Engine::resume(&chain.rows, keyring()).unwrap().unwrap();
    chain.block();
    assert_eq!(chain.app.blocks[4].misbehavior, [], "once");
}

#[test]
fn what_one_block_has_no_room_for_waits_for_the_next_across_a_restart() {
    let mut start = genesis(&[10, 9, 8]);
    start.params.evidence_max_bytes = 700;
    let mut chain = Chain::from(&start);
    (0..3).for_each(|_| drop(chain.block()));
    let all: Vec<_> = [1, 2, 3].into_iter().map(|height| double_vote(&chain, height)).collect();
    assert!((300..450).contains(&all[0].bytes.len()), "one fits, two do not: {}", all[0].bytes.len());
    for evidence in &all {
        chain.add(evidence).unwrap();
    }
    for (block, evidence) in (3..).zip(&all) {
        assert_eq!(rows_of_evidence(&chain), 6 - block);
        chain.engine = Engine::resume(&chain.rows, keyring()).unwrap().unwrap();
        chain.block();
        assert_eq!(chain.app.blocks[block].misbehavior, [evidence.misbehavior]);
    }
}

/// The same two votes, with bytes that nobody signed.
fn retold(evidence: &Evidence, index: i32) -> Evidence {
    let raw::Evidence { sum: Some(raw::evidence::Sum::DuplicateVoteEvidence(mut it)) } =
        raw::Evidence::decode(&*evidence.bytes).unwrap()
    else {
        panic!("not a double vote")
    };
    it.vote_a.as_mut().unwrap().validator_index = index;
    it.vote_b.as_mut().unwrap().extension_signature = vec![7];
    let sum = Some(raw::evidence::Sum::DuplicateVoteEvidence(it));
    Evidence { bytes: raw::Evidence { sum }.encode_to_vec(), ..evidence.clone() }
}

#[test]
fn one_offence_waits_once_however_it_is_told() {
    let mut chain = chain();
    let evidence = double_vote(&chain, 2);
    chain.add(&evidence).unwrap();
    for index in 0..1_000 {
        assert_eq!(chain.add(&retold(&evidence, index)), Err(EvidenceError::Known));
    }
    let other = double_vote(&chain, 3);
    chain.add(&other).unwrap();
    chain.block();
    assert_eq!(chain.app.blocks[3].misbehavior.len(), 2);
}

#[test]
fn what_a_block_carried_is_not_carried_again_also_after_a_restart() {
    let mut chain = chain();
    let evidence = double_vote(&chain, 2);
    chain.add(&evidence).unwrap();
    chain.block();
    for _ in 0..2 {
        assert_eq!(chain.add(&evidence), Err(EvidenceError::Committed));
        assert_eq!(chain.add(&retold(&evidence, 5)), Err(EvidenceError::Committed));
        chain.block();
        chain.engine = Engine::resume(&chain.rows, keyring()).unwrap().unwrap();
    }
    let carried: Vec<_> = chain.app.blocks.iter().map(|block| block.misbehavior.len()).collect();
    assert_eq!(carried, [0, 0, 0, 1, 0, 0]);
}

#[test]
fn what_a_block_carried_is_remembered_until_it_is_too_old() {
    let mut start = genesis(&[10, 9, 8]);
    start.params.evidence_max_age_blocks = 3;
    start.params.evidence_max_age_ns = 1;
    let mut chain = Chain::from(&start);
    (0..3).for_each(|_| drop(chain.block()));
    let all: Vec<_> = [1, 2, 3].into_iter().map(|height| double_vote(&chain, height)).collect();
    for evidence in &all {
        chain.add(evidence).unwrap();
    }
    chain.block();
    let kept =
        |chain: &Chain| chain.rows.rows("engine_evidence_carried", KeyRange::prefix(&[]), 10).unwrap().len();
    // The offence of height 1 is three blocks old in the block that carries it; in the sixth block that of height 2 is four.
    for left in [3, 1, 0] {
        assert_eq!(kept(&chain), left);
        let answers: Vec<_> = all.iter().map(|it| chain.add(it).unwrap_err()).collect();
        let old = (1..=3 - left as u64).map(EvidenceError::Age);
        let expected: Vec<_> = old.chain((0..left).map(|_| EvidenceError::Committed)).collect();
        assert_eq!(answers, expected);
        chain.block();
        chain.engine = Engine::resume(&chain.rows, keyring()).unwrap().unwrap();
    }
}

#[test]
fn rows_of_carried_evidence_that_are_none_stop_a_restart() {
    let mut chain = chain();
    let evidence = double_vote(&chain, 2);
    chain.add(&evidence).unwrap();
    chain.block();
    let table = "engine_evidence_carried";
    let (key, row) = chain.rows.rows(table, KeyRange::prefix(&[]), 1).unwrap().remove(0);
    for (key, row) in [(key.to_vec(), row[1..].to_vec()), (b"odd".to_vec(), row.to_vec())] {
        let mut rows = chain.rows.clone();
        let mut batch = Batch::default();
        batch.put(table, key, row);
        rows.apply(batch);
        let refused = Engine::resume(&rows, keyring()).unwrap_err();
        assert!(
            matches!(&refused, HistoryError::Corrupt { table: found, .. } if *found == table),
            "{refused}"
        );
    }
}

#[test]
fn rows_of_evidence_that_are_none_stop_a_restart() {
    let mut chain = chain();
    let evidence = double_vote(&chain, 2);
    chain.add(&evidence).unwrap();
    let table = "engine_evidence";
    let (key, row) = chain.rows.rows(table, KeyRange::prefix(&[]), 1).unwrap().remove(0);
    for (key, row) in [(key.to_vec(), row[1..].to_vec()), (b"odd".to_vec(), row.to_vec())] {
        let mut rows = chain.rows.clone();
        let mut batch = Batch::default();
        batch.put(table, key, row);
        rows.apply(batch);
        let refused = Engine::resume(&rows, keyring()).unwrap_err();
        assert!(matches!(&refused, HistoryError::Corrupt { table: "engine_evidence", .. }), "{refused}");
    }
}

#[test]
fn evidence_that_was_not_written_down_is_not_taken_and_may_come_again() {
    let mut chain = chain();
    let evidence = double_vote(&chain, 2);
    for _ in 0..2 {
        let refused = chain.engine.add_evidence(&evidence, |_| Err(DiskError::Full)).unwrap_err();
        assert_eq!(refused, EvidenceError::Disk("the disk is full".to_owned()));
    }
    let made = chain.block();
    assert_eq!(made.header.evidence_hash.unwrap().as_bytes(), header::evidence_hash(&[]));
    chain.add(&evidence).unwrap();
    assert_eq!(rows_of_evidence(&chain), 1);
    chain.block();
    assert_eq!(chain.app.blocks[4].misbehavior, [evidence.misbehavior]);
}

#[test]
fn evidence_that_does_not_say_what_is_claimed_is_refused() {
    let mut chain = chain();
    let good = double_vote(&chain, 2);
    let mut refused = |change: &dyn Fn(&mut Evidence)| {
        let mut evidence = good.clone();
        change(&mut evidence);
        chain.add(&evidence).unwrap_err()
    };
    assert_eq!(refused(&|e| e.misbehavior.validator = addr(2)), EvidenceError::Mismatch("validator"));
    assert_eq!(refused(&|e| e.misbehavior.power = 1), EvidenceError::Mismatch("power"));
    assert_eq!(refused(&|e| e.misbehavior.height = Height(1)), EvidenceError::Mismatch("height"));
    assert_eq!(refused(&|e| e.misbehavior.total_power = 1), EvidenceError::Mismatch("total power"));
    assert_eq!(refused(&|e| e.misbehavior.time = ics_abci::Time::ZERO), EvidenceError::Mismatch("time"));
    assert_eq!(
        refused(&|e| e.misbehavior.fault = Fault::LightClientAttack),
        EvidenceError::Mismatch("fault")
    );
    assert_eq!(refused(&|e| e.bytes.clear()), EvidenceError::Decode("of no known kind".into()));
    // An unknown field is dropped by decoding: other bytes, same meaning.
    assert_eq!(refused(&|e| e.bytes.extend([0x78, 1])), EvidenceError::NotCanonical);
    assert_eq!(
        refused(&|e| e.bytes = vec![0; 1_048_576]),
        EvidenceError::TooLarge { bytes: 1_048_576 + 4, max: 1_048_576 }
    );
}

#[test]
fn evidence_is_refused_when_it_is_too_old_by_blocks_and_by_time() {
    let mut start = genesis(&[10, 9, 8]);
    start.params.evidence_max_age_blocks = 2;
    start.params.evidence_max_age_ns = 2_500_000_000;
    let mut chain = Chain::from(&start);
    chain.block();
    chain.block();
    let evidence = double_vote(&chain, 2);
    chain.block();
    // Two blocks and 2 s old in the block that would carry it.
    chain.engine.clone().add_evidence(&evidence, |_| Ok(())).unwrap();
    let mut slow = (chain.engine.clone(), chain.app.clone());
    slow.0.produce(&mut slow.1, chain.now, &ics_engine::Signing::default()).unwrap();
    slow.0.add_evidence(&evidence, |_| Ok(())).unwrap();
    chain.block();
    assert_eq!(chain.add(&evidence), Err(EvidenceError::Age(2)));
}
