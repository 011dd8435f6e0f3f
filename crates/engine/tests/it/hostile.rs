//! Whatever bytes stand in rows or in evidence: an error or a value, never a panic.

use crate::support::*;
use ics_abci::{Genesis, Height, Params};
use ics_engine::block::FullBlock;
use ics_engine::evidence::Proven;
use ics_engine::params::{BLOCK_BYTES_MAX, block_bytes, check, data_bytes};
use ics_engine::search::{Limits, Order, Query, blocks, txs};
use ics_engine::{Engine, header, history, light, query};
use ics_kv::rows::{Batch, Memory};
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

fn stored() -> &'static (Memory, Batch) {
    static STORED: OnceLock<(Memory, Batch)> = OnceLock::new();
    STORED.get_or_init(|| {
        let mut chain = Chain::start(&[10, 9, 8]);
        let mut all = Batch::default();
        for n in 0..4 {
            all.merge(chain.block_of(&[&format!("set a {n}"), &format!("power 5 {}", n + 1)]).batch);
        }
        (chain.rows, all)
    })
}

/// The usual number, or one at a border of what parameters may be, or any.
fn number(usual: i64) -> impl Strategy<Value = i64> {
    let borders =
        vec![-2, -1, 0, 1, 900, 4_194_304, BLOCK_BYTES_MAX, BLOCK_BYTES_MAX + 1, i64::MAX, i64::MIN];
    prop_oneof![5 => Just(usual), 3 => prop::sample::select(borders), 1 => any::<i64>()]
}

/// Parameters as a genesis document or an application may name them.
fn params() -> impl Strategy<Value = Params> {
    let kind =
        prop_oneof![5 => Just("ed25519".to_owned()), 1 => Just("secp256k1".to_owned()), 1 => "\\PC{0,9}"];
    let kinds = proptest::collection::vec(kind, 0..3);
    let numbers = (number(4_194_304), number(-1), number(1), number(1), number(0), number(0));
    (numbers, kinds, any::<u64>()).prop_map(
        |((bytes, gas, blocks, ns, evidence, vote), key_types, app_version)| Params {
            block_max_bytes: bytes,
            block_max_gas: gas,
            evidence_max_age_blocks: blocks,
            evidence_max_age_ns: ns,
            evidence_max_bytes: evidence,
            key_types,
            app_version,
            vote_extensions_height: vote,
        },
    )
}

/// Reads everything; the answers do not matter.
fn read_all(rows: &Memory) {
    let _ = Engine::resume(rows, keyring());
    let _ = (history::tip(rows), history::base(rows));
    for height in (0..7).map(Height) {
        let _ = (history::block(rows, height), history::commit(rows, height), history::results(rows, height));
        let _ = (history::validators(rows, height), history::params(rows, height));
        let _ = (light::light_block(rows, height), history::tx_proof(rows, height, 0));
    }
    let _ = history::tx(rows, &header::tx_hash(b"set a 1"));
    for query in ["set.key='a'", "tick.mode='BeginBlock'", "tx.height>0"] {
        let query: Query = query.parse().unwrap();
        let _ = txs(rows, &query, Order::Descending, Limits::found(10));
        let _ = blocks(rows, &query, Order::Ascending, Limits::found(10));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn damaged_rows_never_panic(
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let (rows, batch) = stored();
        let mut rows = rows.clone();
        let mut worse = Batch::default();
        for (which, place, byte) in damage {
            let (table, key, value) = which.get(&batch.rows);
            let mut value = value.clone().unwrap_or_default().to_vec();
            if !value.is_empty() {
                let place = place.index(value.len());
                value[place] ^= byte;
            }
            if let Some(cut) = cut {
                value.truncate(cut.index(value.len() + 1));
            }
            worse.put(table, key.clone(), value);
        }
        rows.apply(worse);
        read_all(&rows);
    }

    #[test]
    fn a_missing_row_never_panics(which in any::<prop::sample::Index>()) {
        let (rows, batch) = stored();
        let mut rows = rows.clone();
        let (table, key, _) = which.get(&batch.rows);
        let mut gone = Batch::default();
        gone.delete(table, key.clone());
        rows.apply(gone);
        read_all(&rows);
    }

    #[test]
    fn random_rows_never_panic(which in any::<prop::sample::Index>(), value in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (rows, batch) = stored();
        let mut rows = rows.clone();
        let (table, key, _) = which.get(&batch.rows);
        let mut worse = Batch::default();
        worse.put(table, key.clone(), value);
        rows.apply(worse);
        read_all(&rows);
    }

    #[test]
    fn evidence_bytes_decode_to_what_encodes_to_them_or_not_at_all(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(proven) = Proven::decode(&bytes) {
            prop_assert_eq!(proven.encode(), bytes);
        }
    }

    #[test]
    fn block_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(block) = FullBlock::decode(&bytes) {
            prop_assert_eq!(FullBlock::decode(&block.encode()), Ok(block));
        }
    }

    #[test]
    fn queries_never_panic(text in "\\PC{0,60}") {
        let _ = text.parse::<Query>();
    }

    #[test]
    fn words_that_look_like_queries_never_panic(
        text in "((tx\\.hash|tx\\.height|a\\.b|set|set\\.value|é| ){1,2}(=|<|>=| EXISTS| CONTAINS | TIME | DATE | ){0,3}('x'|'é|7|8\\.5|2013-05-03(T14:45:00(Z|\\+02:00))?|99999999999999999999)?( AND ?)?){1,2}",
        value in "(8atom|2013-05-03|é|-?[0-9.]{0,30}|\\PC{0,9})",
    ) {
        let (rows, _) = stored();
        if let Ok(query) = text.parse::<Query>() {
            let _ = txs(rows, &query, Order::Descending, Limits::found(10));
            let _ = blocks(rows, &query, Order::Ascending, Limits::found(10));
        }
        if let Ok(query) = text.parse::<query::Query>() {
            let _ = query.matches(&BTreeMap::from([("a.b".to_owned(), vec![value])]));
        }
    }
}

#[test]
fn a_chain_runs_with_any_parameters_or_says_which_one_is_wrong() {
    let (ran, refused) = (Cell::new(0_u32), Cell::new(0_u32));
    let config = ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(params in params())| {
        let genesis = Genesis { params: params.clone(), ..genesis(&[10, 9]) };
        match check(&params) {
            Err(why) => {
                let words = ["block.Max", "evidence.Max", "PubKeyTypes", "VoteExtensionsEnableHeight"];
                prop_assert!(words.iter().any(|word| why.contains(word)), "{}", why);
                let started = Engine::start(&genesis, keyring(), &mut Words::default());
                prop_assert_eq!(started.err().map(|error| error.to_string()), Some(format!("genesis: {why}")));
                refused.set(refused.get() + 1);
            }
            Ok(()) => {
                for validators in [0, 1, usize::MAX] {
                    for evidence in [0, 1, u64::MAX] {
                        let room = data_bytes(&params, validators, evidence);
                        prop_assert!(i64::try_from(room).is_ok_and(|room| room < block_bytes(&params)));
                    }
                }
                prop_assert!((1..=BLOCK_BYTES_MAX).contains(&block_bytes(&params)));
                if params.key_types.iter().any(|kind| kind == "ed25519") {
                    let mut chain = Chain::from(&genesis);
                    chain.block();
                    ran.set(ran.get() + 1);
                }
            }
        }
    });
    assert!(ran.get() > 50 && refused.get() > 500, "{} ran, {} were refused", ran.get(), refused.get());
}
