//! The multistore: golden app hash, proofs of both levels, what it refuses, what it reads.

use crate::proofs::state_verifies;
use crate::random::Random;
use ics_kv::{Bytes, Changes, Journal, KeyRange, Read};
use ics_store::iavl::EMPTY_ROOT;
use ics_store::{Multistore, ProofError, Snapshot, StoreError};
use std::collections::BTreeMap;

fn changes(entries: &[(&str, &[u8])]) -> Changes {
    entries
        .iter()
        .map(|(key, value)| (Bytes::copy_from_slice(key.as_bytes()), Some(Bytes::copy_from_slice(value))))
        .collect()
}

fn commit(store: &mut Multistore, changes: &Changes) -> Snapshot {
    let working = store.working(store.next_height(), changes).unwrap();
    drop(store.commit(working).unwrap());
    store.latest()
}

/// The two-level state whose app hash the Go verifier accepted.
fn golden() -> Multistore {
    let mut store = Multistore::new(&["ibc", "bank", "empty"], 1, 100);
    commit(
        &mut store,
        &changes(&[
            ("bank/supply/stake", b"100"),
            ("ibc/clients/07-tendermint-0/clientState", b"cs"),
            ("ibc/connections/connection-0", b"conn"),
            ("ibc/nextChannelSequence", &1_u64.to_be_bytes()),
        ]),
    );
    store
}

#[test]
fn three_stores_give_the_golden_app_hash() {
    let snapshot = golden().latest();
    let root = |store| hex::encode(snapshot.root(store).unwrap());
    assert_eq!(root("bank"), "c3553b84c6b9ddc108cc29251571181c19d174382149e4319d316c9d6041ca0a");
    assert_eq!(root("empty"), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(root("ibc"), "3ca106d72d6796af7f2769157e0f71081a834f8ae17dbe3643f763b0f83b3578");
    assert_eq!(snapshot.root("other"), None);
    assert_eq!(
        hex::encode(snapshot.app_hash()),
        "84fb3aced8eb4bc2ee57d6bb3a2ab7685b6108632a51ab5918393f76c48a739d"
    );
}

#[test]
fn presence_and_absence_on_both_sides_are_proved_up_to_the_app_hash() {
    let snapshot = golden().latest();
    for (store, key, value) in [
        ("ibc", "connections/connection-0", Some("conn")),
        ("ibc", "clients/07-tendermint-0/clientState", Some("cs")),
        ("bank", "supply/stake", Some("100")),
        ("ibc", "channelEnds/ports/provider/channels/channel-0", None),
        ("ibc", "a", None),
        ("ibc", "zzz", None),
        ("bank", "a", None),
        ("bank", "zzz", None),
    ] {
        let proof = snapshot.prove(store, key.as_bytes()).unwrap();
        assert_eq!(proof.value.as_deref(), value.map(str::as_bytes), "{store} {key}");
        assert!(state_verifies(&proof, snapshot.app_hash(), store, key.as_bytes()), "{store} {key}");
        assert!(!state_verifies(&proof, [1; 32], store, key.as_bytes()), "{store} {key}");
        assert!(!state_verifies(&proof, snapshot.app_hash(), "empty", key.as_bytes()), "{store} {key}");
        let mut lie = proof.clone();
        lie.value = if value.is_some() { None } else { Some(Bytes::from_static(b"v")) };
        assert!(!state_verifies(&lie, snapshot.app_hash(), store, key.as_bytes()), "{store} {key}");
    }
}

#[test]
fn what_cannot_be_proved_is_a_typed_error() {
    let snapshot = golden().latest();
    assert_eq!(snapshot.prove("empty", b"k"), Err(ProofError::EmptyStore("empty")));
    assert_eq!(snapshot.prove("none", b"k"), Err(ProofError::UnknownStore("none".to_owned())));
    assert_eq!(snapshot.prove("ibc", b""), Err(ProofError::EmptyKey));
    let nothing = Multistore::new(&["ibc"], 1, 100).latest();
    assert_eq!(nothing.prove("ibc", b"k"), Err(ProofError::EmptyStore("ibc")));
}

#[test]
fn before_the_first_commit_the_app_hash_is_that_of_nothing() {
    let store = Multistore::new(&["ibc", "bank"], 7, 100);
    assert_eq!((store.tip(), store.latest().height(), store.latest().app_hash()), (None, 0, EMPTY_ROOT));
    assert_eq!((store.next_height(), store.latest().size()), (7, 0));
    assert!(store.at(0).is_none());
}

#[test]
fn changes_that_no_store_can_hold_are_refused_whole() {
    let store = golden();
    let refused = |key: &str, value: &[u8]| {
        let changes = changes(&[("bank/fine", b"1"), (key, value)]);
        store.working(2, &changes).unwrap_err()
    };
    assert_eq!(refused("gov/x", b"1"), StoreError::UnknownStore(b"gov/x".to_vec()));
    assert_eq!(refused("bank", b"1"), StoreError::UnknownStore(b"bank".to_vec()));
    assert_eq!(refused("", b"1"), StoreError::UnknownStore(vec![]));
    assert_eq!(refused("bank/", b"1"), StoreError::EmptyKey("bank".to_owned()));
    assert_eq!(refused("bank/x", b""), StoreError::EmptyValue(b"bank/x".to_vec()));
    let unknown_removed = Changes::from([(Bytes::from_static(b"gov/x"), None)]);
    assert_eq!(store.working(2, &unknown_removed).unwrap_err(), StoreError::UnknownStore(b"gov/x".to_vec()));
    for found in [0, 1, 3, u64::MAX] {
        assert_eq!(
            store.working(found, &Changes::new()).unwrap_err(),
            StoreError::Height { expected: 2, found }
        );
    }
    let late = Multistore::new(&["bank"], u64::MAX, 1);
    assert_eq!(
        late.working(u64::MAX, &Changes::new()).unwrap_err(),
        StoreError::Height { expected: u64::MAX, found: u64::MAX }
    );
}

#[test]
fn a_working_state_changes_nothing_until_it_is_committed() {
    let mut store = golden();
    let before = store.latest().app_hash();
    let first = store.working(2, &changes(&[("bank/x", b"1")])).unwrap();
    let second = store.working(2, &changes(&[("bank/x", b"2")])).unwrap();
    assert_eq!((first.height(), first.changes_len()), (2, 1));
    assert_ne!(first.app_hash(), second.app_hash());
    assert_eq!((store.tip(), store.latest().app_hash()), (Some(1), before));
    let expected = second.app_hash();
    drop(store.commit(second).unwrap());
    assert_eq!((store.tip(), store.latest().app_hash()), (Some(2), expected));
    assert_eq!(store.commit(first).unwrap_err(), StoreError::Height { expected: 3, found: 2 });
}

#[test]
fn a_working_state_of_another_history_is_refused() {
    let (mut store, mut other) = (golden(), golden());
    commit(&mut store, &changes(&[("bank/x", b"1")]));
    commit(&mut other, &changes(&[("bank/x", b"2")]));
    let working = other.working(3, &changes(&[("bank/y", b"1")])).unwrap();
    assert_eq!(store.commit(working).unwrap_err(), StoreError::Stale(3));
}

#[test]
fn an_empty_block_keeps_the_app_hash() {
    let mut store = golden();
    let before = store.latest().app_hash();
    assert_eq!(commit(&mut store, &Changes::new()).app_hash(), before);
}

#[test]
fn snapshots_read_as_an_ordered_map_does() {
    let mut random = Random(1);
    let mut store = Multistore::new(&["a", "ab", "b"], 1, 100);
    let mut model: BTreeMap<Bytes, Bytes> = BTreeMap::new();
    let key = |random: &mut Random| {
        let store = ["a", "ab", "b"][random.below(3) as usize];
        // Keys inside a store hold slashes and extreme bytes too.
        let bytes: Vec<u8> =
            (0..=random.below(3)).map(|_| [0, b'/', b'0', 0xff][random.below(4) as usize]).collect();
        Bytes::from([store.as_bytes(), b"/", &bytes].concat())
    };
    for _ in 0..40 {
        let mut journal = Journal::new(store.latest());
        for _ in 0..10 {
            let key = key(&mut random);
            if random.below(3) > 0 {
                let value = Bytes::copy_from_slice(&random.next().to_be_bytes());
                ics_kv::Write::set(&mut journal, &key, value.clone());
                model.insert(key, value);
            } else {
                ics_kv::Write::remove(&mut journal, &key);
                model.remove(&key);
            }
        }
        // The journal over the old state and the new state alone must agree.
        let over: Vec<_> =
            ["a/", "ab/", "b/"].iter().flat_map(|p| journal.scan(KeyRange::prefix(p.as_bytes()))).collect();
        let snapshot = commit(&mut store, &journal.into_changes());
        assert_eq!(over, model.clone().into_iter().collect::<Vec<_>>());
        assert_eq!(snapshot.size(), model.len() as u64);
        for _ in 0..60 {
            let (start, end) = (key(&mut random), key(&mut random));
            assert_eq!(snapshot.get(&start), model.get(&start).cloned());
            let within = |range: KeyRange| {
                let own = range.start[..=range.start.iter().position(|b| *b == b'/').unwrap()].to_vec();
                let scanned: Vec<_> =
                    Read::scan(&model, range).filter(|(k, _)| k.starts_with(&own)).collect();
                scanned
            };
            for range in [
                KeyRange::between(start.to_vec(), end.to_vec()),
                KeyRange::prefix(&start),
                KeyRange { start: start.to_vec(), end: None, descending: false },
            ] {
                for range in [range.clone(), range.rev()] {
                    assert_eq!(snapshot.scan(range.clone()).collect::<Vec<_>>(), within(range));
                }
            }
        }
    }
    let snapshot = store.latest();
    for start in [&b""[..], b"a", b"c/x", b"\xff/x"] {
        assert_eq!(
            snapshot.scan(KeyRange { start: start.to_vec(), end: None, descending: false }).count(),
            0
        );
        assert_eq!(snapshot.get(start), None);
    }
}

#[test]
fn snapshots_may_be_read_from_any_thread() {
    fn check<T: Send + Sync>() {}
    check::<Snapshot>();
    check::<Multistore>();
    check::<ics_store::Checkpoint>();
}
