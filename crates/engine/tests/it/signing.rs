//! Who signs, when a block is made without some, and what time that gives.

use crate::support::*;
use ics_abci::{Genesis, Halt, Height, Params, Time, VoteFlag};
use ics_engine::{Engine, EngineError, NoQuorum, Signing, history, to_time};
use std::time::Duration;
use tendermint::block::CommitSig;

#[test]
fn exactly_two_thirds_of_the_power_is_no_quorum_and_changes_nothing() {
    let mut chain = Chain::start(&[10, 10, 10]);
    chain.block();
    let error = chain.block_signed(&absent(&[1])).unwrap_err();
    let expected = NoQuorum { height: Height(2), power: 20, total: 30, missing: vec![addr(1)] };
    assert_eq!(error, EngineError::NoQuorum(expected));
    let hex: String = addr(1).0.iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(
        error.to_string(),
        format!("no quorum for block 2: 20 of 30 voting power signed, missing {hex}")
    );
    assert_eq!((chain.engine.height(), chain.app.blocks.len()), (Some(Height(1)), 1));
    assert_eq!(chain.block().height, Height(2), "goes on when all sign again");
}

#[test]
fn a_little_more_than_two_thirds_is_a_quorum() {
    let mut chain = Chain::start(&[11, 10, 10]);
    assert_eq!(chain.block_signed(&absent(&[1])).unwrap().height, Height(1));
    let error = chain.block_signed(&nil(&[0])).unwrap_err();
    let expected = NoQuorum { height: Height(2), power: 20, total: 31, missing: vec![addr(0)] };
    assert_eq!(error, EngineError::NoQuorum(expected));
}

#[test]
fn a_validator_whose_key_is_not_held_is_absent() {
    let mut chain = Chain::start(&[100, 90, 80]);
    chain.block_of(&["power 50 10"]);
    chain.block();
    let made = chain.block();
    let flags: Vec<_> = made.commit.signatures.iter().map(CommitSig::is_absent).collect();
    assert_eq!(flags, [false, false, false, true]);
    chain.block_of(&["power 50 1000"]);
    chain.block();
    let error = chain.block_signed(&Signing::default()).unwrap_err();
    let expected = NoQuorum { height: Height(6), power: 270, total: 1270, missing: vec![addr(50)] };
    assert_eq!(error, EngineError::NoQuorum(expected));
    chain.engine.keyring_mut().add(seed(50));
    assert_eq!(chain.block().height, Height(6));
}

#[test]
fn the_application_hears_how_everybody_voted_in_the_order_of_the_set() {
    let mut chain = Chain::start(&[70, 80, 90, 100]);
    chain.block_signed(&absent(&[1])).unwrap();
    chain.block_signed(&nil(&[2])).unwrap();
    chain.block();
    let votes = |block: usize| -> Vec<_> {
        chain.app.blocks[block]
            .last_commit
            .iter()
            .map(|vote| (vote.validator, vote.power, vote.flag))
            .collect()
    };
    use VoteFlag::{Absent, Commit, Nil};
    assert_eq!(votes(0), []);
    assert_eq!(
        votes(1),
        [(addr(3), 100, Commit), (addr(2), 90, Commit), (addr(1), 80, Absent), (addr(0), 70, Commit)]
    );
    assert_eq!(
        votes(2),
        [(addr(3), 100, Commit), (addr(2), 90, Nil), (addr(1), 80, Commit), (addr(0), 70, Commit)]
    );
}

#[test]
fn a_block_has_the_time_of_the_votes_for_the_block_before() {
    let mut chain = Chain::start(&[10]);
    let start = genesis(&[10]).time;
    let at = |millis| start.plus(Duration::from_millis(millis)).unwrap();
    let mut produce = |now| chain.engine.produce(&mut chain.app, now, &Signing::default()).unwrap();
    let first = produce(at(5_000));
    assert_eq!(first.time, start, "the first block has the genesis time");
    assert_eq!(produce(at(5_000)).time, at(5_000));
    assert_eq!(
        produce(at(0)).time,
        at(5_001),
        "a clock that stands still or goes back moves on by a millisecond"
    );
    let made = produce(at(9_000));
    assert_eq!(made.time, at(5_002));
    assert_eq!(to_time(made.header.time).unwrap(), made.time);
    assert_eq!(chain.engine.next_time(), at(9_000));
}

#[test]
fn at_the_tip_the_seen_commit_is_served_and_below_the_canonical_one() {
    let mut chain = Chain::start(&[100, 90, 80, 70]);
    chain.block_signed(&absent(&[3])).unwrap();
    let seen = history::commit(&chain.rows, Height(1)).unwrap().unwrap();
    assert!(!seen.canonical);
    chain.block();
    let canonical = history::commit(&chain.rows, Height(1)).unwrap().unwrap();
    assert!(canonical.canonical);
    assert_eq!(seen.commit, canonical.commit);
    assert_eq!(history::commit(&chain.rows, Height(3)), Ok(None));
}

#[test]
fn a_chain_that_cannot_start_says_why() {
    let start = |genesis: &Genesis| Engine::start(genesis, keyring(), &mut Words::default()).unwrap_err();
    let good = genesis(&[1]);
    let genesis_error = |text: &str| EngineError::Genesis(text.into());
    assert_eq!(
        start(&Genesis { validators: Vec::new(), ..good.clone() }),
        genesis_error("validator set is nil in genesis and still empty after InitChain")
    );
    assert_eq!(
        start(&Genesis { initial_height: Height(0), ..good.clone() }),
        genesis_error("initial_height must be at least 1")
    );
    assert_eq!(
        start(&Genesis { initial_height: Height(u64::MAX), ..good.clone() }),
        genesis_error("initial_height 18446744073709551615 is too large")
    );
    assert_eq!(
        start(&Genesis { params: Params { block_max_bytes: 0, ..Params::default() }, ..good.clone() }),
        genesis_error("block.MaxBytes cannot be 0")
    );
    assert_eq!(
        start(&Genesis { app_state: b"broken".to_vec(), ..good.clone() }),
        EngineError::Halt(Halt("broken genesis".into()))
    );
    let EngineError::Genesis(text) = start(&Genesis { chain_id: "x".repeat(51), ..good.clone() }) else {
        panic!("not refused as genesis");
    };
    assert!(text.starts_with("chain id \"xxx"), "{text}");
    let secp = ics_abci::ValUpdate { key: ics_abci::ConsKey::Secp256k1([2; 33]), power: 1 };
    let addr = secp.key.address();
    assert_eq!(
        start(&Genesis { validators: vec![secp], ..good }),
        genesis_error(&format!(
            "validator {addr:?} is using pubkey secp256k1, which is unsupported for consensus"
        ))
    );
}

#[test]
fn no_block_is_made_after_the_year_9999() {
    let end = Time::parse("9999-12-31T23:59:59.999999999Z").unwrap();
    let mut chain = Chain::from(&Genesis { time: end, ..genesis(&[1]) });
    let error = chain.engine.produce(&mut chain.app, end, &Signing::default()).unwrap_err();
    assert_eq!(error, EngineError::Halt(Halt("block 1: time outside the years 1 to 9999".into())));
}
