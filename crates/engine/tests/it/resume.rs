//! An engine that is dropped after each block makes the same chain as one that is not.

use crate::support::*;
use ics_abci::Height;
use ics_engine::{Engine, Signing, history};
use ics_kv::rows::Memory;
use tendermint::block::CommitSig;

#[test]
fn an_engine_dropped_after_each_block_makes_the_same_blocks() {
    let script: Vec<Vec<String>> = (0..30_u8)
        .map(|n| match n % 5 {
            0 => vec![format!("power {} {}", n % 7, 10 + n), format!("set a {n}")],
            1 => vec![format!("power {} {}", 7 + n % 3, 1 + n)],
            2 => vec![format!("gasmax {}", 1_000 + u32::from(n))],
            _ => vec![format!("set b {n}")],
        })
        .collect();
    let signings = [Signing::default(), absent(&[7]), nil(&[8])];
    let (mut steady, mut dropped) = (Chain::start(&[100, 90, 80, 70]), Chain::start(&[100, 90, 80, 70]));
    for (n, txs) in script.iter().enumerate() {
        let mut made = Vec::new();
        for chain in [&mut steady, &mut dropped] {
            for tx in txs {
                assert_eq!(chain.submit(tx).unwrap().code, 0);
            }
            made.push(chain.block_signed(&signings[n % 3]).unwrap());
        }
        assert_eq!(made[0].id, made[1].id, "block {n}");
        assert_eq!(made[0].commit, made[1].commit);
        assert_eq!(made[0].batch, made[1].batch);
        dropped.engine = Engine::resume(&dropped.rows, keyring()).unwrap().unwrap();
        assert_eq!(dropped.engine.height(), steady.engine.height());
        assert_eq!(dropped.engine.block_id(), steady.engine.block_id());
        assert_eq!(dropped.engine.next_time(), steady.engine.next_time());
        assert_eq!(dropped.engine.validators(), steady.engine.validators());
        assert_eq!(dropped.engine.next_validators(), steady.engine.next_validators());
        assert_eq!(dropped.engine.params(), steady.engine.params());
        assert_eq!(dropped.engine.app_hash(), steady.engine.app_hash());
    }
    let flags = |which: fn(&CommitSig) -> bool| {
        let commits = (1..=30).map(|height| history::commit(&steady.rows, Height(height)).unwrap().unwrap());
        commits.flat_map(|stored| stored.commit.signatures).filter(which).count()
    };
    assert!(flags(CommitSig::is_absent) > 3 && flags(CommitSig::is_nil) > 3, "not everybody always signed");
    assert_eq!(history::tip(&dropped.rows), Ok(Some(Height(30))));
    assert_eq!(history::base(&dropped.rows), Ok(Some(Height(1))));
}

#[test]
fn without_blocks_there_is_nothing_to_resume() {
    assert!(Engine::resume(&Memory::default(), keyring()).unwrap().is_none());
    assert_eq!(history::tip(&Memory::default()), Ok(None));
}
