//! The last heights stay readable, whatever comes after them; and the chain can go back to one.

use crate::disk::{FIRST, KEEP, Simulated, assert_equal_history, block, recover, run, undisturbed};
use ics_kv::Read;
use ics_kv::rows::Disk;
use ics_store::{Multistore, RecoverError, rollback};

#[test]
fn exactly_the_last_heights_are_kept() {
    let mut store = Multistore::new(&["bank", "ibc", "quiet"], FIRST, KEEP);
    let mut dropped_total = 0;
    for height in FIRST..FIRST + 25 {
        let working = store.working(height, &block(height)).unwrap();
        let (_, dropped) = store.commit(working).unwrap();
        dropped_total += dropped.len();
        let oldest = (height + 1).saturating_sub(KEEP as u64).max(FIRST);
        assert_eq!((store.tip(), store.oldest()), (Some(height), Some(oldest)));
        assert_eq!(store.at(oldest).unwrap().height(), oldest);
        assert!(store.at(oldest - 1).is_none() && store.at(height + 1).is_none());
    }
    assert_eq!(dropped_total, 25 - KEEP);
}

#[test]
fn a_snapshot_that_is_held_reads_the_same_after_its_height_was_dropped() {
    let mut store = undisturbed(FIRST + 10);
    let held = store.latest();
    let entries = |of: &ics_store::Snapshot| of.scan(ics_kv::KeyRange::prefix(b"bank/")).collect::<Vec<_>>();
    let (before, proof) = (entries(&held), held.prove("bank", b"key7").unwrap());
    run(&mut store, &Simulated::default(), FIRST + 60).unwrap();
    drop(store);
    assert!(!before.is_empty());
    assert_eq!((entries(&held), held.prove("bank", b"key7").unwrap()), (before, proof));
}

#[test]
fn a_chain_rolled_back_recovers_at_the_target_and_goes_on_as_before() {
    let last = FIRST + 30;
    let expected = undisturbed(last);
    let whole = Simulated::default();
    run(&mut recover(&whole).unwrap(), &whole, last).unwrap();
    // Checkpoints lie at 28 and 21: the rows give everything from 21 on.
    for target in 21..=last {
        let disk = Simulated::default();
        *disk.memory() = whole.memory().clone();
        disk.write(rollback(&disk, target).unwrap()).unwrap();
        let mut store = recover(&disk).unwrap();
        assert_eq!(store.tip(), Some(target));
        assert_equal_history(&store, &expected, &format!("target {target}"));
        run(&mut store, &disk, last).unwrap();
        assert_equal_history(&recover(&disk).unwrap(), &expected, &format!("after target {target}"));
    }
    for target in [0, 20, last + 1] {
        assert_eq!(
            rollback(&whole, target).unwrap_err(),
            RecoverError::Rollback { target, oldest: 21, tip: last }
        );
    }
}
