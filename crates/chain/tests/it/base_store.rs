//! The app as a value: genesis, replays, forks, recovery, and the same hash from the same input.

use crate::base_chain::*;
use ics_abci::{Application, Block, Check, Genesis, Halt, Height};
use ics_chain::App;
use ics_chain::roles::STANDALONE;
use ics_kv::rows::Memory;

/// SHA-256 of nothing.
const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn genesis_commits_nothing_and_names_the_first_validators() {
    let mut app = App::new(config(), &STANDALONE);
    let init = app.init_chain(&genesis(&app_state())).unwrap();
    assert_eq!(hex::encode(init.app_hash), EMPTY);
    let set: Vec<_> = init.validators.iter().map(|update| (update.key, update.power)).collect();
    assert_eq!(set, [(cons_key(0), 100), (cons_key(1), 90)]);
    assert_eq!((app.height(), hex::encode(app.app_hash())), (Height(0), EMPTY.into()));
    assert_eq!(
        app.init_chain(&genesis(&app_state())),
        Ok(init),
        "until the first commit it may be called again"
    );
}

#[test]
fn transactions_can_be_checked_before_the_first_block() {
    let chain = Chain::new();
    let tx = Draft::send(2, 3, 5).sign(&chain);
    // Until there is a block, accounts sign with number 0.
    let mut app = App::new(config(), &STANDALONE);
    app.init_chain(&genesis(&app_state())).unwrap();
    assert_eq!(app.check_tx(&tx, Check::New).code, 4);
    let tx = Draft { number: Some(0), ..Draft::send(2, 3, 5) }.sign(&chain);
    assert_eq!(app.check_tx(&tx, Check::New).code, 0);
}

#[test]
fn an_unacceptable_genesis_says_why() {
    let halt = |genesis: &Genesis| App::new(config(), &STANDALONE).init_chain(genesis).unwrap_err().0;
    let good = genesis(&app_state());
    let other = Genesis { chain_id: "other-1".into(), ..good.clone() };
    assert_eq!(halt(&other), "the genesis is that of chain other-1, this is base-1");
    let other = Genesis { initial_height: Height(7), ..good.clone() };
    assert_eq!(halt(&other), "the genesis begins at height 7, the configuration at 1");
    let other = Genesis { app_state: b"{".to_vec(), ..good };
    assert_eq!(
        halt(&other),
        "genesis: app_state of the genesis document: EOF while parsing an object at line 1 column 1: invalid request"
    );
    let mut state = app_state();
    state.bank.supply = ics_chain::modules::bank::Coins::one("stake", 1);
    assert_eq!(
        halt(&genesis(&state)),
        "genesis: genesis supply is incorrect, expected 1stake, got 5000000000000stake: invalid coins"
    );
}

#[test]
fn a_genesis_in_the_sdks_json_is_read() {
    let mut chain_state: serde_json::Value = serde_json::to_value(app_state()).unwrap();
    chain_state["staking"]["params"] = serde_json::json!({
        "unbonding_time": "86400s", "max_validators": 1, "max_entries": 7, "historical_entries": 10000,
        "bond_denom": "stake", "min_commission_rate": "0.000000000000000000"
    });
    chain_state["auth"]["params"]["max_memo_characters"] = "17".into();
    chain_state["mint"] = serde_json::json!({"unknown": ["sections", "stay", "as", "they", "are"]});
    let mut app = App::new(config(), &STANDALONE);
    let document = Genesis { app_state: chain_state.to_string().into_bytes(), ..genesis(&app_state()) };
    let init = app.init_chain(&document).unwrap();
    assert_eq!(init.validators.len(), 1, "max_validators");
}

#[test]
fn an_engine_that_breaks_its_contract_is_told() {
    let mut app = App::new(config(), &STANDALONE);
    let chain = Chain::new();
    let block = |height| Block { height: Height(height), ..chain.next(&[]) };
    assert_eq!(
        app.finalize_block(&block(1)),
        Err(Halt("the engine executes a block before the genesis".into()))
    );
    app.init_chain(&genesis(&app_state())).unwrap();
    assert_eq!(app.finalize_block(&block(2)), Err(Halt("the engine executes block 2, expected 1".into())));
    assert_eq!(app.commit().unwrap_err(), Halt("the engine commits before it executes".into()));
    app.finalize_block(&block(1)).unwrap();
    app.commit().unwrap();
    assert_eq!(app.commit().unwrap_err(), Halt("the engine commits before it executes".into()));
    assert_eq!(app.init_chain(&genesis(&app_state())), Err(Halt("the chain has begun already".into())));
}

#[test]
fn a_second_execution_replaces_the_first() {
    let mut chain = Chain::new();
    let mut other = Chain::new();
    let send = Draft::send(2, 3, 5).sign(&chain);
    let delegate = Draft::delegate(2, 0, 7_000_000).sign(&chain);
    let first = chain.app.finalize_block(&chain.next(&[send])).unwrap();
    let second = chain.app.finalize_block(&chain.next(std::slice::from_ref(&delegate))).unwrap();
    assert_ne!(first.app_hash, second.app_hash);
    chain.app.commit().unwrap();
    assert_eq!(other.block(&[delegate]), second);
    assert_eq!(chain.app.app_hash(), other.app.app_hash());
    assert_eq!(chain.balance(3), FUNDS);
}

#[test]
fn the_first_block_can_be_executed_twice_too() {
    let mut chain = Chain::new();
    let mut app = App::new(config(), &STANDALONE);
    app.init_chain(&genesis(&app_state())).unwrap();
    let empty = Block { height: Height(1), time: start(), ..chain.next(&[]) };
    let first = app.finalize_block(&empty).unwrap();
    assert_eq!(app.finalize_block(&empty), Ok(first.clone()));
    app.commit().unwrap();
    assert_eq!(app.app_hash(), first.app_hash);
    assert_eq!(chain.app.store().at(1).unwrap().app_hash(), first.app_hash);
    chain.block(&[]);
}

/// Some blocks with a bit of everything.
fn busy(chain: &mut Chain) -> Vec<[u8; 32]> {
    let mut hashes = Vec::new();
    for round in 0..4_u128 {
        let txs = [
            Draft::send(2, 3, 5 + round),
            Draft::delegate(3, 0, 1_000_000 + round),
            Draft::undelegate(1, 1, 500_000),
            Draft { sequence: Some(77), ..Draft::send(4, 2, 1) },
        ];
        let txs: Vec<Vec<u8>> = txs.iter().map(|draft| draft.sign(chain)).collect();
        hashes.push(chain.block(&txs).app_hash);
    }
    hashes
}

#[test]
fn two_apps_with_the_same_input_have_the_same_hashes() {
    let (mut one, mut two) = (Chain::new(), Chain::new());
    // What a mempool saw is not part of consensus.
    for sequence in 0..3 {
        one.check(&Draft { sequence: Some(sequence), ..Draft::send(2, 3, 5) });
    }
    let hashes = busy(&mut one);
    assert_eq!(hashes, busy(&mut two));
    assert_eq!(std::collections::BTreeSet::from_iter(&hashes).len(), 4);
}

#[test]
fn an_app_recovers_from_its_rows_to_the_last_block_and_goes_on_alike() {
    let mut chain = Chain::new();
    busy(&mut chain);
    let mut app = App::recover(&chain.disk, config(), &STANDALONE).unwrap();
    assert_eq!((app.height(), app.app_hash()), (chain.app.height(), chain.app.app_hash()));
    let tx = Draft::send(2, 3, 5).sign(&chain);
    assert_eq!(app.check_tx(&tx, Check::New), chain.app.check_tx(&tx, Check::New));
    let block = chain.next(&[tx]);
    let result = app.finalize_block(&block).unwrap();
    assert_eq!(chain.app.finalize_block(&block), Ok(result));
    let empty = App::recover(&Memory::default(), config(), &STANDALONE).unwrap();
    assert_eq!(empty.height(), Height(0));
}

#[test]
fn a_clone_is_a_fork() {
    let mut chain = Chain::new();
    busy(&mut chain);
    assert_eq!(chain.check(&Draft::send(2, 3, 5)).code, 0);
    let mut fork = chain.app.clone();
    let next = Draft { sequence: Some(chain.account(2).sequence + 1), ..Draft::send(2, 3, 5) }.sign(&chain);
    assert_eq!(fork.check_tx(&next, Check::New).code, 0, "the mempool's state goes along");
    let hash = chain.app.app_hash();
    let tx = Draft::send(2, 3, 5).sign(&chain);
    fork.finalize_block(&chain.next(&[tx])).unwrap();
    fork.commit().unwrap();
    assert_eq!(chain.app.app_hash(), hash);
    assert_ne!(fork.app_hash(), hash);
    assert_eq!(chain.app.reader().height().next(), fork.reader().height());
}
