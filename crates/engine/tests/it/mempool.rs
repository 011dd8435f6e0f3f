//! What waits, for how long, and what is refused.

use crate::support::*;
use ics_abci::{Height, Params};
use ics_engine::{EngineError, Limits, Signing, TxRefused};

fn texts(chain: &Chain) -> Vec<String> {
    chain.engine.mempool().iter().map(|tx| String::from_utf8(tx.to_vec()).unwrap()).collect()
}

fn limited(limits: Limits) -> Chain {
    let mut chain = Chain::start(&[1]);
    chain.engine = chain.engine.clone().with_limits(limits);
    chain
}

#[test]
fn transactions_are_included_in_the_order_in_which_they_came() {
    let mut chain = Chain::start(&[1]);
    for tx in ["set z 1", "set a 2", "set m 3"] {
        chain.submit(tx).unwrap();
    }
    let made = chain.block();
    assert_eq!(made.txs, [b"set z 1", b"set a 2", b"set m 3"]);
    assert_eq!(chain.engine.mempool().len(), 0);
    assert_eq!(chain.engine.mempool().bytes(), 0);
}

#[test]
fn the_same_transaction_is_refused_while_it_waits_and_after_it_succeeded() {
    let mut chain = Chain::start(&[1]);
    chain.submit("set a 1").unwrap();
    let error = chain.submit("set a 1").unwrap_err();
    assert_eq!(error, TxRefused::Known);
    assert_eq!(error.to_string(), "tx already exists in cache");
    chain.block();
    assert_eq!(chain.submit("set a 1"), Err(TxRefused::Known));
    chain.submit("fail").unwrap();
    chain.block();
    assert_eq!(chain.submit("fail").unwrap().code, 0, "what failed in a block may be tried again");
    assert_eq!(chain.submit("bad").unwrap().code, 3);
    assert_eq!(chain.submit("bad").unwrap().code, 3, "what was refused may be tried again");
    assert_eq!(texts(&chain), ["fail"]);
}

#[test]
fn what_the_application_no_longer_wants_leaves_after_the_block() {
    let mut chain = Chain::start(&[1]);
    chain.submit("set a 1").unwrap();
    chain.submit("once a").unwrap();
    chain.submit("once b").unwrap();
    chain.app.prepared = Some(vec![b"set a 1".to_vec()]);
    chain.block();
    assert_eq!(texts(&chain), ["once b"]);
    assert_eq!(chain.engine.mempool().bytes(), 6);
    chain.app.prepared = None;
    assert_eq!(chain.block().txs, [b"once b"]);
    assert_eq!(chain.submit("once a").unwrap().code, 4, "it may be offered again");
}

#[test]
fn count_and_bytes_are_bounded() {
    let mut chain = limited(Limits { txs: 2, bytes: 20, tx_bytes: 9, cache: 10 });
    let error = chain.submit("set abc 1000").unwrap_err();
    assert_eq!(error, TxRefused::TooLarge { bytes: 12, max: 9 });
    assert_eq!(error.to_string(), "Tx too large. Max size is 9, but got 12");
    chain.submit("set a 10").unwrap();
    chain.submit("set b 10").unwrap();
    let error = chain.submit("set c 1").unwrap_err();
    assert_eq!(error.to_string(), "mempool is full: number of txs 2 (max: 2), total txs bytes 16 (max: 20)");
    chain.block();
    chain.submit("set c 1").unwrap();

    let mut chain = limited(Limits { txs: 9, bytes: 10, tx_bytes: 9, cache: 10 });
    chain.submit("set a 1").unwrap();
    let full = TxRefused::Full { txs: 1, txs_max: 9, bytes: 7, bytes_max: 10 };
    assert_eq!(chain.submit("set b 1"), Err(full));
}

#[test]
fn a_forgotten_transaction_may_come_again() {
    let mut chain = limited(Limits { cache: 1, ..Limits::default() });
    chain.submit("set a 1").unwrap();
    chain.submit("set b 1").unwrap();
    chain.submit("set a 1").unwrap();
    assert_eq!(texts(&chain), ["set a 1", "set b 1", "set a 1"]);
}

#[test]
fn a_block_takes_no_more_gas_than_its_parameters_allow() {
    let params = Params { block_max_gas: 25, ..Params::default() };
    let mut chain = Chain::from(&ics_abci::Genesis { params, ..genesis(&[1]) });
    let error = chain.submit("gas 26").unwrap_err();
    assert_eq!(error, TxRefused::Gas { wanted: 26, max: 25 });
    assert_eq!(error.to_string(), "gas wanted 26 is greater than max gas 25");
    for tx in ["set a 1", "set b 1", "set c 1"] {
        chain.submit(tx).unwrap();
    }
    assert_eq!(chain.block().txs.len(), 2);
    assert_eq!(chain.block().txs.len(), 1);
}

#[test]
fn a_block_is_no_larger_than_its_parameters_allow() {
    // 1200 - 11 - 626 - 94 - 111 leaves 358 bytes.
    let params = Params { block_max_bytes: 1_200, evidence_max_bytes: 0, ..Params::default() };
    let mut chain = Chain::from(&ics_abci::Genesis { params, ..genesis(&[1]) });
    let long = |n: usize| format!("set k {}", "x".repeat(n));
    assert_eq!(chain.submit(&long(350)), Err(TxRefused::NeverFits { bytes: 359, max: 358 }));
    chain.submit(&long(349)).unwrap();
    chain.submit("set a 1").unwrap();
    let made = chain.block();
    assert_eq!(made.txs.len(), 1);
    let stored = ics_engine::history::block(&chain.rows, Height(1)).unwrap().unwrap();
    assert!(stored.size <= 1_200, "{}", stored.size);
    chain.app.prepared = Some(vec![vec![b' '; 200]; 2]);
    let error = chain.block_signed(&Signing::default()).unwrap_err();
    assert_eq!(error, EngineError::TooMuchData { bytes: 406, max: 358 });
    chain.app.prepared = None;
    chain.app.reject = true;
    let error = chain.block_signed(&Signing::default()).unwrap_err();
    assert_eq!(error, EngineError::Rejected(Height(2)));
}
