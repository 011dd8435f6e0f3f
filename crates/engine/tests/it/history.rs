//! What can be read of the past.

use crate::support::*;
use ics_abci::{Height, Params};
use ics_engine::search::{Limits, Order, Query, SearchError, blocks, txs};
use ics_engine::{header, history, merkle};

fn busy() -> Chain {
    let mut chain = Chain::start(&[1]);
    chain.block_of(&["set a 1", "set b 2"]);
    chain.block();
    chain.block_of(&["set a 3", "fail", "set b 3"]);
    chain.block_of(&["gasmax 900"]);
    chain.block();
    chain
}

fn found(chain: &Chain, query: &str, order: Order) -> Vec<(u64, u32)> {
    let query: Query = query.parse().unwrap();
    txs(&chain.rows, &query, order, Limits::found(100))
        .unwrap()
        .into_iter()
        .map(|(height, index)| (height.0, index))
        .collect()
}

#[test]
fn transactions_are_found_by_events_hash_and_height() {
    let chain = busy();
    let up = |query: &str| found(&chain, query, Order::Ascending);
    assert_eq!(up("set.key='a'"), [(1, 0), (3, 0)]);
    assert_eq!(found(&chain, "set.key='a'", Order::Descending), [(3, 0), (1, 0)]);
    assert_eq!(up("set.value=3"), [(3, 0), (3, 2)]);
    assert_eq!(up("set.key='a' AND set.value='3'"), [(3, 0)]);
    assert_eq!(up("set.key='a' AND set.value='2'"), [], "not of the same event");
    assert_eq!(up("set.key='a' AND message.action='set'"), [], "not of the same event");
    assert_eq!(up("message.action='set'"), [(1, 0), (1, 1), (3, 0), (3, 2)]);
    assert_eq!(found(&chain, "message.action='set'", Order::Descending), [(3, 2), (3, 0), (1, 1), (1, 0)]);
    assert_eq!(up("message.action='set' AND tx.height>1"), [(3, 0), (3, 2)]);
    assert_eq!(up("tx.height=3"), [(3, 0), (3, 1), (3, 2)]);
    assert_eq!(up("tx.height=2"), []);
    assert_eq!(up("tick.height='3'"), [], "an event of the block, not of a transaction");
    let hash: String = header::tx_hash(b"set b 3").iter().map(|byte| format!("{byte:02X}")).collect();
    assert_eq!(up(&format!("tx.hash='{hash}'")), [(3, 2)]);
    assert_eq!(up(&format!("tx.hash='{hash}' AND tx.height=1")), []);
    assert_eq!(up(&format!("tx.hash='{hash}' AND set.key='b'")), [(3, 2)]);
    assert_eq!(up(&format!("tx.hash='{}'", "00".repeat(32))), []);
}

#[test]
fn a_part_of_what_matches_is_not_told_as_the_whole() {
    let chain = busy();
    let query = |text: &str| text.parse::<Query>().unwrap();
    for order in [Order::Ascending, Order::Descending] {
        let tx =
            |text, most| txs(&chain.rows, &query(text), order, Limits::found(most)).map(|found| found.len());
        assert_eq!(tx("message.action='set'", 4), Ok(4));
        assert_eq!(tx("message.action='set'", 3), Err(SearchError::TooMany(3)));
        assert_eq!(tx("message.action='set' AND tx.height>1", 3), Ok(2));
        let block = |text, most| {
            blocks(&chain.rows, &query(text), order, Limits::found(most)).map(|found| found.len())
        };
        assert_eq!(block("tick.mode='BeginBlock'", 5), Ok(5));
        assert_eq!(block("tick.mode='BeginBlock'", 4), Err(SearchError::TooMany(4)));
        assert_eq!(block("block.height>0", 4), Err(SearchError::TooMany(4)));
    }
    let words = "the query matches more than 3 times: narrow it by height";
    assert_eq!(SearchError::TooMany(3).to_string(), words);
}

#[test]
fn transactions_are_found_by_every_operator() {
    let chain = busy();
    let up = |query: &str| found(&chain, query, Order::Ascending);
    assert_eq!(up("set.key EXISTS"), [(1, 0), (1, 1), (3, 0), (3, 2)]);
    assert_eq!(up("set EXISTS AND tx.height > 1"), [(3, 0), (3, 2)]);
    assert_eq!(up("set.value > 2"), [(3, 0), (3, 2)]);
    assert_eq!(up("set.value <= 2 AND set.key CONTAINS 'b'"), [(1, 1)]);
    assert_eq!(up("set.key='a' AND set.value < 3"), [(1, 0)]);
    assert_eq!(up("set.key='a' AND set.value = 2"), [], "not of the same event");
    assert_eq!(up("set.key CONTAINS 'x'"), []);
    assert_eq!(up("tick EXISTS"), [], "an event of the block");
}

#[test]
fn a_block_is_found_by_its_hash() {
    let chain = busy();
    let stored = history::block(&chain.rows, Height(3)).unwrap().unwrap();
    let hash: [u8; 32] = stored.id.hash.as_bytes().try_into().unwrap();
    assert_eq!(history::height_of(&chain.rows, &hash).unwrap(), Some(Height(3)));
    assert_eq!(history::height_of(&chain.rows, &[0; 32]).unwrap(), None);
}

#[test]
fn blocks_are_found_by_their_own_events() {
    let chain = busy();
    let up = |query: &str| {
        blocks(&chain.rows, &query.parse().unwrap(), Order::Ascending, Limits::found(100)).unwrap()
    };
    assert_eq!(up("tick.height='3'"), [Height(3)]);
    assert_eq!(up("set.key='a'"), [], "an event of a transaction");
    assert_eq!(up("block.height > 3"), [Height(4), Height(5)]);
    assert_eq!(up("tick.height >= 4 AND tick.mode CONTAINS 'Begin'"), [Height(4), Height(5)]);
}

#[test]
fn searching_reads_on_past_one_page_of_rows_in_both_orders() {
    let mut chain = Chain::start(&[1]);
    for n in 0..600_u32 {
        chain.block_of(&[&format!("set k{} {n}", n % 300)]);
    }
    assert_eq!(found(&chain, "set.key='k7'", Order::Ascending), [(8, 0), (308, 0)]);
    assert_eq!(found(&chain, "set.key='k7'", Order::Descending), [(308, 0), (8, 0)]);
    let tick = |order| {
        blocks(&chain.rows, &"tick.mode='BeginBlock'".parse().unwrap(), order, Limits::found(1_000)).unwrap()
    };
    let all: Vec<_> = (1..=600).map(Height).collect();
    assert_eq!(tick(Order::Ascending), all);
    assert_eq!(tick(Order::Descending), all.into_iter().rev().collect::<Vec<_>>());
}

#[test]
fn a_search_stops_when_nobody_waits_for_it() {
    let chain = busy();
    let asked = std::cell::Cell::new(0);
    let goes_on = || {
        asked.set(asked.get() + 1);
        asked.get() < 3
    };
    let limits = Limits { found: 100, goes_on: &goes_on };
    let query = "tick.mode='BeginBlock'".parse().unwrap();
    assert_eq!(blocks(&chain.rows, &query, Order::Ascending, limits), Err(SearchError::Stopped));
    assert_eq!(asked.get(), 3);
    assert_eq!(txs(&chain.rows, &query, Order::Descending, limits), Err(SearchError::Stopped));
}

#[test]
fn a_transaction_is_read_by_hash_with_its_result_and_proof() {
    let chain = busy();
    let tx = history::tx(&chain.rows, &header::tx_hash(b"set b 3")).unwrap().unwrap();
    assert_eq!((tx.height, tx.index, tx.tx.as_slice()), (Height(3), 2, b"set b 3".as_slice()));
    assert_eq!(tx.result.data, b"3");
    assert_eq!(history::tx(&chain.rows, &[0; 32]), Ok(None));
    let proof = history::tx_proof(&chain.rows, Height(3), 2).unwrap().unwrap();
    let stored = history::block(&chain.rows, Height(3)).unwrap().unwrap();
    let hashes: Vec<_> = stored.block.txs.iter().map(|tx| header::tx_hash(tx)).collect();
    assert_eq!(Some(&proof), merkle::proof(&hashes, 2).as_ref());
    assert_eq!(stored.block.header.data_hash.unwrap().as_bytes(), merkle::root(&hashes));
    assert_eq!(history::tx_at(&chain.rows, Height(3), 3), Ok(None));
    assert_eq!(history::tx_proof(&chain.rows, Height(3), 3), Ok(None));
}

#[test]
fn where_the_same_bytes_failed_and_succeeded_the_success_is_served() {
    let mut chain = Chain::start(&[1]);
    let served = |chain: &Chain| {
        let tx = history::tx(&chain.rows, &header::tx_hash(b"need a")).unwrap().unwrap();
        (tx.height.0, tx.result.code)
    };
    chain.block_of(&["need a"]);
    chain.block_of(&["need a"]);
    assert_eq!(served(&chain), (2, 6), "the last try");
    chain.block_of(&["set a 1", "need a"]);
    assert_eq!(served(&chain), (3, 0));
    chain.app.prepared = Some(vec![b"unset a".to_vec(), b"need a".to_vec()]);
    let made = chain.block();
    assert_eq!(made.result.txs[1].code, 6);
    assert_eq!(served(&chain), (3, 0));
}

#[test]
fn a_block_reads_back_as_it_was_made() {
    let mut chain = Chain::start(&[5, 4]);
    let made: Vec<_> = (0..3).map(|n| chain.block_of(&[&format!("set a {n}")])).collect();
    for one in &made {
        let stored = history::block(&chain.rows, one.height).unwrap().unwrap();
        assert_eq!((stored.id, &stored.block.header, &stored.block.txs), (one.id, &one.header, &one.txs));
        assert_eq!(stored.block.id(&stored.block.encode()).unwrap(), one.id);
        assert_eq!(stored.block.encode().len(), stored.size);
        assert_eq!(history::results(&chain.rows, one.height), Ok(Some(one.result.clone())));
    }
    let last = history::block(&chain.rows, Height(3)).unwrap().unwrap().block.last_commit.unwrap();
    assert_eq!(last, made[1].commit);
    assert_eq!(history::block(&chain.rows, Height(4)), Ok(None));
    assert_eq!(history::results(&chain.rows, Height(0)), Ok(None));
}

#[test]
fn a_block_of_several_parts_reads_back() {
    let mut chain = Chain::start(&[5, 4]);
    let made = chain.block_of(&[&format!("set a {}", "x".repeat(200_000))]);
    assert_eq!(made.id.part_set_header.total, 4);
    let stored = history::block(&chain.rows, Height(1)).unwrap().unwrap();
    assert_eq!(stored.block.id(&stored.block.encode()).unwrap(), made.id);
}

#[test]
fn parameters_change_for_the_block_after() {
    let chain = busy();
    let gas =
        |height| history::params(&chain.rows, Height(height)).unwrap().map(|params| params.block_max_gas);
    assert_eq!(
        [gas(0), gas(1), gas(4), gas(5), gas(6), gas(7)],
        [None, Some(-1), Some(-1), Some(900), Some(900), None]
    );
    let hash = |height| history::header(&chain.rows, Height(height)).unwrap().unwrap().consensus_hash;
    let changed = Params { block_max_gas: 900, ..Params::default() };
    assert_eq!(hash(4).as_bytes(), ics_engine::params::hash(&Params::default()));
    assert_eq!(hash(5).as_bytes(), ics_engine::params::hash(&changed));
}

#[test]
fn a_validator_set_is_stored_once_however_long_it_lasts() {
    let mut chain = Chain::start(&[5, 4]);
    let count = |batch: &ics_kv::rows::Batch| {
        batch.rows.iter().filter(|(table, _, _)| *table == "engine_members").count()
    };
    let written: Vec<_> = (0..6)
        .map(|n| {
            let txs: &[&str] = if n == 2 { &["power 5 7"] } else { &[] };
            count(&chain.block_of(txs).batch)
        })
        .collect();
    assert_eq!(written, [1, 0, 1, 0, 0, 0]);
}
