//! Questions about heights that are in memory no longer, many at once, and stopped ones.

use crate::base_chain::*;
use ics_abci::{Answer, Height, Query};
use ics_chain::Reader;
use ics_kv::rows::{DiskError, Memory, Rows, Table};
use ics_kv::{Bytes, KeyRange};
use ics_proto::cosmos::bank::v1beta1::{QueryBalanceRequest, QueryBalanceResponse};
use ics_proto::cosmos::base::node::v1beta1::{ConfigRequest, ConfigResponse};
use ics_store::rows::WAL;
use prost::Message;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::yield_now;

const BALANCE: &str = "/cosmos.bank.v1beta1.Query/Balance";
/// How many questions may wait for an old state.
const ASKING_MAX: usize = 8;

/// A disk whose log is not read before it may be.
struct Slow {
    rows: Memory,
    is_open: AtomicBool,
    /// How many rows of the log were asked for.
    asked: AtomicUsize,
}

impl Rows for Slow {
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, DiskError> {
        if table == WAL {
            self.asked.fetch_add(1, Ordering::SeqCst);
            while !self.is_open.load(Ordering::SeqCst) {
                yield_now();
            }
        }
        self.rows.row(table, key)
    }

    fn rows(&self, table: Table, range: KeyRange, limit: usize) -> Result<Vec<(Bytes, Bytes)>, DiskError> {
        self.rows.rows(table, range, limit)
    }
}

/// An archive of 121 heights, of which memory has the last 100, and what account 3 had at the first.
fn archive(is_open: bool) -> (Reader, Arc<Slow>, u128) {
    let mut chain = Chain::new();
    let first = chain.balance(3);
    for _ in 0..120 {
        let tx = Draft::send(2, 3, 5).sign(&chain);
        chain.block(&[tx]);
    }
    let rows =
        Slow { rows: chain.disk.clone(), is_open: AtomicBool::new(is_open), asked: AtomicUsize::new(0) };
    let rows = Arc::new(rows);
    (chain.app.reader().reaching(Arc::clone(&rows) as Arc<dyn Rows>), rows, first)
}

fn balance(height: u64) -> Query {
    let data = QueryBalanceRequest { address: address(3), denom: "stake".into() }.encode_to_vec();
    Query { path: BALANCE.into(), data, height: Height(height), prove: false }
}

fn assert_answered(answer: &Answer, first: u128, height: u64) {
    assert_eq!((answer.code, answer.height, answer.log.as_str()), (0, Height(height), ""));
    let response = QueryBalanceResponse::decode(answer.value.as_slice()).unwrap();
    assert_eq!(response.balance.unwrap().amount, (first + 5 * u128::from(height - 1)).to_string());
}

fn refusal(answer: &Answer) -> (&str, u32, &str) {
    (&answer.codespace, answer.code, &answer.log)
}

const LATE: &str = "rpc error: code = DeadlineExceeded desc = the state at height 20 is not rebuilt yet: \
                    ask again, and it goes on: unknown request";

#[test]
fn a_question_that_was_stopped_is_answered_when_it_is_asked_often_enough() {
    let (reader, _, first) = archive(true);
    let ask = || {
        let asked = AtomicUsize::new(0);
        reader.query_while(&balance(20), &|| asked.fetch_add(1, Ordering::SeqCst) < 3)
    };
    for _ in 0..6 {
        assert_eq!(refusal(&ask()), ("sdk", 6, LATE));
    }
    // Three heights each time: 18, and the two that are left.
    assert_answered(&ask(), first, 20);
    let stopped = Query { path: "/store/bank/key".into(), data: b"x".to_vec(), ..balance(7) };
    let late = LATE.replace("20", "7");
    assert_eq!(refusal(&reader.query_while(&stopped, &|| false)), ("sdk", 6, late.as_str()));
}

#[test]
fn questions_about_old_heights_wait_no_longer_than_somebody_waits_for_them_and_leave_places_for_others() {
    let (reader, rows, first) = archive(false);
    let waits = AtomicBool::new(true);
    std::thread::scope(|scope| {
        let working = scope.spawn(|| reader.query(&balance(5)));
        while rows.asked.load(Ordering::SeqCst) == 0 {
            yield_now();
        }
        // Whoever comes now has to wait for the disk, and does so as long as he likes.
        let looked = AtomicUsize::new(0);
        let late = reader.query_while(&balance(20), &|| looked.fetch_add(1, Ordering::SeqCst) < 3);
        assert_eq!((refusal(&late), looked.load(Ordering::SeqCst)), (("sdk", 6, LATE), 4));

        let waiting: Vec<_> = (6..5 + ASKING_MAX as u64)
            .map(|height| {
                let is_there = Arc::new(AtomicBool::new(false));
                let told = Arc::clone(&is_there);
                let (reader, waits) = (&reader, &waits);
                let asked = scope.spawn(move || {
                    reader.query_while(&balance(height), &|| {
                        told.store(true, Ordering::SeqCst);
                        waits.load(Ordering::SeqCst)
                    })
                });
                while !is_there.load(Ordering::SeqCst) {
                    yield_now();
                }
                (height, asked)
            })
            .collect();
        let busy = "rpc error: code = ResourceExhausted desc = too many questions about old heights at once: \
                    ask again later: unknown request";
        assert_eq!(refusal(&reader.query(&balance(20))), ("sdk", 6, busy));
        assert_answered(&reader.query(&balance(100)), first, 100);

        rows.is_open.store(true, Ordering::SeqCst);
        assert_answered(&working.join().unwrap(), first, 5);
        for (height, asked) in waiting {
            assert_answered(&asked.join().unwrap(), first, height);
        }
    });
    assert_answered(&reader.query(&balance(20)), first, 20);
}

#[test]
fn an_archive_says_that_it_forgets_nothing() {
    let (reader, ..) = archive(true);
    let config = |reader: &Reader| {
        let path = "/cosmos.base.node.v1beta1.Service/Config".into();
        let data = ConfigRequest {}.encode_to_vec();
        let answer = reader.query(&Query { path, data, height: Height(0), prove: false });
        let config = ConfigResponse::decode(answer.value.as_slice()).unwrap();
        (config.pruning_keep_recent, config.pruning_interval)
    };
    assert_eq!(config(&reader), ("0".to_owned(), "0".to_owned()));
    assert_eq!(config(&Chain::new().app.reader()), ("100".to_owned(), "1".to_owned()));
}
