//! A disk that forgets nothing gives the state of every height.

use crate::disk::{EVERY, FIRST, STORES, Simulated, block, recover};
use ics_kv::rows::{Batch, Disk, Rows};
use ics_kv::{KeyRange, Read as _};
use ics_store::rows::{CHECKPOINT, MANIFEST, WAL};
use ics_store::{
    Begun, Checkpoint, Multistore, Rebuilt, RecoverError, Snapshot, checkpoint_due, oldest, rebuild,
};
use std::cell::Cell;

const LAST: u64 = 60;

/// Blocks up to `last`, with checkpoints, of which none is forgotten from height `from` on.
fn archive(disk: &Simulated, from: u64, last: u64) -> Multistore {
    let mut store = recover(disk).unwrap();
    while store.next_height() <= last {
        let height = store.next_height();
        let working = store.working(height, &block(height)).unwrap();
        let (batch, dropped) = store.commit(working).unwrap();
        disk.write(batch).unwrap();
        drop(dropped);
        if checkpoint_due(height, EVERY) {
            let begin = if height >= from { Checkpoint::begin_archive } else { Checkpoint::begin };
            for batch in begin(disk, store.latest()).unwrap().chunk_bytes(300) {
                disk.write(batch).unwrap();
            }
        }
    }
    store
}

/// The states of all heights.
fn all() -> Vec<Snapshot> {
    let mut store = Multistore::new(&STORES, FIRST, 1_000);
    let mut states = Vec::new();
    for height in FIRST..=LAST {
        let working = store.working(height, &block(height)).unwrap();
        drop(store.commit(working).unwrap());
        states.push(store.latest());
    }
    states
}

fn at(disk: &Simulated, height: u64, near: Option<Snapshot>) -> Result<Option<Snapshot>, RecoverError> {
    match rebuild(disk, (&STORES, FIRST), height, near, &mut None, &|| true)? {
        Rebuilt::Whole(state) => Ok(Some(state)),
        Rebuilt::Absent => Ok(None),
        Rebuilt::Stopped(_) => panic!("nobody stopped it"),
    }
}

fn assert_same(found: &Snapshot, expected: &Snapshot) {
    let entries = |state: &Snapshot| state.scan(KeyRange::prefix(b"bank/")).collect::<Vec<_>>();
    assert_eq!((found.height(), found.app_hash()), (expected.height(), expected.app_hash()));
    assert_eq!(entries(found), entries(expected));
    assert_eq!(found.prove("bank", b"key7").unwrap(), expected.prove("bank", b"key7").unwrap());
}

#[test]
fn every_height_is_rebuilt_with_its_proofs_from_wherever_is_nearest() {
    let disk = Simulated::default();
    drop(archive(&disk, 0, LAST));
    let manifests = disk.rows(MANIFEST, KeyRange::prefix(&[]), 100).unwrap().len();
    assert_eq!(manifests, 8, "7, 14, … 56");
    let states = all();
    assert_eq!((oldest(&disk, FIRST), oldest(&Simulated::default(), FIRST)), (Ok(Some(FIRST)), Ok(None)));
    for expected in &states {
        assert_same(&at(&disk, expected.height(), None).unwrap().unwrap(), expected);
        // A state that is there already is gone on from, one that is later is of no use.
        for near in [&states[0], &states[20], expected] {
            let found = at(&disk, expected.height(), Some(near.clone())).unwrap().unwrap();
            assert_same(&found, expected);
        }
    }
    for none in [0, FIRST - 1] {
        assert!(at(&disk, none, None).unwrap().is_none());
    }
    assert!(at(&Simulated::default(), 5, None).unwrap().is_none());
}

#[test]
fn an_archive_reaches_back_to_what_was_there_when_it_began() {
    let disk = Simulated::default();
    drop(archive(&disk, 30, LAST));
    // At 28 the disk kept the checkpoints of 21 and 28.
    assert_eq!(oldest(&disk, FIRST), Ok(Some(21)));
    for expected in all() {
        let found = at(&disk, expected.height(), None).unwrap();
        assert_eq!(found.is_some(), expected.height() >= 21, "{}", expected.height());
        found.iter().for_each(|found| assert_same(found, &expected));
    }
    // Whoever does not want an archive any longer gets rid of it with the next checkpoint.
    drop(archive(&disk, u64::MAX, LAST + EVERY));
    assert!(at(&disk, 40, None).unwrap().is_none());
    assert_eq!(disk.rows(MANIFEST, KeyRange::prefix(&[]), 100).unwrap().len(), 2);
}

#[test]
fn an_archive_recovers_as_any_other_disk() {
    let disk = Simulated::default();
    let before = archive(&disk, 0, LAST);
    let after = recover(&disk).unwrap();
    assert_eq!((after.tip(), after.oldest()), (before.tip(), before.oldest()));
    assert_eq!(after.latest().app_hash(), before.latest().app_hash());
}

/// Rebuilds height 48 as long as so many steps are allowed: what came of it, and how many were made.
fn stopped(
    disk: &Simulated,
    near: Option<Snapshot>,
    begun: &mut Option<Begun>,
    steps: u64,
) -> (Rebuilt, u64) {
    let asked = Cell::new(0);
    let goes_on = || {
        asked.set(asked.get() + 1);
        asked.get() <= steps
    };
    let rebuilt = rebuild(disk, (&STORES, FIRST), 48, near, begun, &goes_on).unwrap();
    (rebuilt, asked.get().min(steps))
}

/// The rows of the checkpoint that is rebuilt from, and the heights from there.
fn steps(disk: &Simulated) -> u64 {
    let chunks = disk.rows(CHECKPOINT, KeyRange::prefix(&42_u64.to_be_bytes()), 1_000).unwrap().len();
    assert!(chunks > 3, "{chunks}");
    chunks as u64 + 48 - 42
}

#[test]
fn nobody_rebuilds_what_nobody_waits_for() {
    let disk = Simulated::default();
    drop(archive(&disk, 0, LAST));
    let all = steps(&disk);
    for (allowed, reached) in
        [(0, None), (1, None), (all - 6, Some(42)), (all - 4, Some(44)), (all, Some(48))]
    {
        let (rebuilt, made) = stopped(&disk, None, &mut None, allowed);
        assert_eq!(made, allowed);
        let found = match rebuilt {
            Rebuilt::Stopped(state) => state.map(|state| state.height()).filter(|_| allowed < all),
            Rebuilt::Whole(state) => Some(state.height()).filter(|_| allowed == all),
            Rebuilt::Absent => panic!("it is there"),
        };
        assert_eq!(found, reached, "{allowed} steps");
    }
}

#[test]
fn what_was_stopped_goes_on_where_it_was() {
    let disk = Simulated::default();
    drop(archive(&disk, 0, LAST));
    let all = steps(&disk);
    for allowed in 1..all {
        let (mut near, mut begun, mut made) = (None, None, 0);
        let whole = loop {
            let (rebuilt, steps) = stopped(&disk, near.clone(), &mut begun, allowed);
            made += steps;
            assert!(made <= all, "a step is made twice");
            match rebuilt {
                Rebuilt::Whole(state) => break state,
                Rebuilt::Stopped(state) => near = state.or(near),
                Rebuilt::Absent => panic!("it is there"),
            }
        };
        assert_eq!(made, all);
        let expected = self::all().into_iter().find(|state| state.height() == 48).unwrap();
        assert_same(&whole, &expected);
    }
}

#[test]
fn what_was_begun_of_another_checkpoint_is_of_no_use() {
    let disk = Simulated::default();
    drop(archive(&disk, 0, LAST));
    let mut begun = None;
    let (rebuilt, _) = stopped(&disk, None, &mut begun, 2);
    assert!(matches!(rebuilt, Rebuilt::Stopped(None)) && begun.is_some());
    let found = rebuild(&disk, (&STORES, FIRST), 23, None, &mut begun, &|| true).unwrap();
    let Rebuilt::Whole(found) = found else { panic!("it is there") };
    assert_same(&found, all().iter().find(|state| state.height() == 23).unwrap());
    assert!(begun.is_none());
}

#[test]
fn rows_that_are_damaged_give_no_state() {
    let disk = Simulated::default();
    drop(archive(&disk, 0, LAST));
    let mut batch = Batch::default();
    batch.delete(WAL, 44_u64.to_be_bytes().to_vec());
    disk.write(batch).unwrap();
    assert!(at(&disk, 43, None).unwrap().is_some());
    assert_eq!(at(&disk, 45, None).unwrap_err(), RecoverError::Missing { table: WAL, height: 44 });
    let mut batch = Batch::default();
    let other = disk.row(WAL, &50_u64.to_be_bytes()).unwrap().unwrap();
    batch.put(WAL, 44_u64.to_be_bytes().to_vec(), other);
    disk.write(batch).unwrap();
    let refused = at(&disk, 45, None).unwrap_err();
    assert!(matches!(refused, RecoverError::Mismatch { height: 44, .. }), "{refused}");
    let others = rebuild(&disk, (&["bank"], FIRST), 45, None, &mut None, &|| true).err().unwrap();
    assert!(matches!(others, RecoverError::Stores { .. }), "{others}");
}

fn writes_until_nothing_is_left(disk: &Simulated, next: impl Fn() -> Batch) -> usize {
    let mut batches = 0;
    loop {
        let batch = next();
        if batch.rows.is_empty() {
            return batches;
        }
        assert!(batch.rows.len() <= 2_000, "{} rows at once", batch.rows.len());
        disk.write(batch).unwrap();
        batches += 1;
        assert_eq!(recover(disk).unwrap().tip(), Some(disk_tip(disk)));
    }
}

fn disk_tip(disk: &Simulated) -> u64 {
    let row = disk.rows(WAL, KeyRange::prefix(&[]).rev(), 1).unwrap().remove(0);
    u64::from_be_bytes(row.0.as_ref().try_into().unwrap())
}

#[test]
fn an_archive_that_is_left_is_forgotten_some_rows_at_a_time() {
    let disk = Simulated::default();
    let tip = 3_500;
    let store = archive(&disk, 0, tip);
    let rows_before = disk.dump().len();
    // The next checkpoint is one of a node that keeps no archive.
    let mut rolled = recover(&disk).unwrap();
    let next = tip + 1;
    let working = rolled.working(next, &block(next)).unwrap();
    disk.write(rolled.commit(working).unwrap().0).unwrap();
    for batch in Checkpoint::begin(&disk, rolled.latest()).unwrap() {
        let deleted = batch.rows.iter().filter(|(.., value)| value.is_none()).count();
        assert!(deleted <= 2_000, "{deleted} rows at once");
        disk.write(batch).unwrap();
    }
    let oldest_now = oldest(&disk, FIRST).unwrap().unwrap();
    assert!(
        ics_store::rollback(&disk, oldest_now - 1)
            .is_err_and(|error| error
                == RecoverError::Rollback { target: oldest_now - 1, oldest: oldest_now, tip: next }),
        "a log without a beginning leads nowhere"
    );
    let batches = writes_until_nothing_is_left(&disk, || ics_store::forget(&disk).unwrap());
    assert!(batches > 2, "{batches} batches for {rows_before} rows");
    let manifests = disk.rows(MANIFEST, KeyRange::prefix(&[]), 100).unwrap();
    assert_eq!(manifests.len(), 2);
    let kept = recover(&disk).unwrap();
    assert_same(&kept.latest(), &rolled.latest());
    assert_same(&kept.at(tip).unwrap(), &store.latest());
    assert!(disk.dump().len() < 60, "{} rows of {rows_before}", disk.dump().len());
}

#[test]
fn what_lies_below_a_checkpoint_is_forgotten_and_nothing_above_it_however_many_there_are() {
    let disk = Simulated::default();
    drop(archive(&disk, 0, LAST));
    let states = all();
    let keep = 40;
    assert!(ics_store::forget_below(&disk, keep).unwrap().rows.is_empty(), "it has no checkpoint");
    let state = at(&disk, keep, None).unwrap().unwrap();
    for batch in Checkpoint::begin_archive(&disk, state).unwrap() {
        disk.write(batch).unwrap();
    }
    writes_until_nothing_is_left(&disk, || ics_store::forget_below(&disk, keep).unwrap());
    assert_eq!(oldest(&disk, FIRST).unwrap(), Some(keep));
    for height in keep..=LAST {
        let expected = &states[usize::try_from(height - FIRST).unwrap()];
        assert_same(&at(&disk, height, None).unwrap().unwrap(), expected);
    }
    assert!(at(&disk, keep - 1, None).unwrap().is_none());
    let store =
        Multistore::recover(&disk, &STORES, FIRST, usize::try_from(LAST - keep + 1).unwrap()).unwrap();
    assert_eq!(store.oldest(), Some(keep));
}
