//! Checkpoints: how far back the rows reach, and that recovery through them equals recovery without them.

use crate::disk::{EVERY, FIRST, KEEP, STORES, Simulated, assert_equal_history, recover, run, undisturbed};
use ics_kv::rows::Disk;
use ics_store::rows::{CHECKPOINT, COMMITS, MANIFEST, WAL};
use ics_store::{Checkpoint, Multistore, checkpoint_due};

fn heights(disk: &Simulated, table: &str) -> Vec<u64> {
    let rows = disk.dump();
    let keys = rows.iter().filter(|(of, _, _)| *of == table).map(|(_, key, _)| key);
    let mut heights: Vec<u64> = keys.map(|key| u64::from_be_bytes(key[..8].try_into().unwrap())).collect();
    heights.dedup();
    heights
}

#[test]
fn the_two_newest_checkpoints_stay_and_the_log_behind_the_older_one() {
    let disk = Simulated::default();
    let mut store = recover(&disk).unwrap();
    run(&mut store, &disk, 13).unwrap();
    assert_eq!(heights(&disk, MANIFEST), [7]);
    assert_eq!(heights(&disk, WAL), (FIRST..=13).collect::<Vec<_>>());
    run(&mut store, &disk, 30).unwrap();
    assert_eq!(heights(&disk, MANIFEST), [21, 28]);
    assert_eq!(heights(&disk, CHECKPOINT), [21, 28]);
    assert_eq!(heights(&disk, WAL), (22..=30).collect::<Vec<_>>());
    assert_eq!(heights(&disk, COMMITS), (21..=30).collect::<Vec<_>>());
}

#[test]
fn recovery_gives_the_full_history_where_an_older_checkpoint_reaches_back() {
    let expected = undisturbed(60);
    for last in FIRST..60 {
        let disk = Simulated::default();
        run(&mut recover(&disk).unwrap(), &disk, last).unwrap();
        let store = recover(&disk).unwrap();
        assert_eq!(store.tip(), Some(last));
        assert_equal_history(&store, &expected, &format!("tip {last}"));
        let blocks = last + 1 - FIRST;
        // The older checkpoint is at least EVERY blocks old; a longer history cannot always be had.
        let (blocks, kept) = (blocks, last + 1 - store.oldest().unwrap());
        assert!(kept >= blocks.min(EVERY + 1).min(KEEP as u64), "tip {last}: {kept} heights");
    }
}

#[test]
fn a_checkpoint_that_adds_nothing_writes_nothing() {
    let disk = Simulated::default();
    let mut store = recover(&disk).unwrap();
    assert_eq!(Checkpoint::begin(&disk, store.latest()).unwrap().count(), 0);
    run(&mut store, &disk, 28).unwrap();
    assert_eq!(Checkpoint::begin(&disk, store.at(28).unwrap()).unwrap().count(), 0, "there already");
    assert_eq!(Checkpoint::begin(&disk, store.at(20).unwrap()).unwrap().count(), 0, "older than those kept");
}

#[test]
fn a_checkpoint_written_while_blocks_go_on_is_the_state_of_its_height() {
    let disk = Simulated::default();
    let mut store = recover(&disk).unwrap();
    run(&mut store, &disk, 27).unwrap();
    let batches = Checkpoint::begin(&disk, store.latest()).unwrap().chunk_bytes(100);
    assert_eq!(batches.height(), 27);
    for batch in batches {
        disk.write(batch).unwrap();
        if store.next_height() < 40 {
            let height = store.next_height();
            let working = store.working(height, &crate::disk::block(height)).unwrap();
            disk.write(store.commit(working).unwrap().0).unwrap();
        }
    }
    assert_eq!(heights(&disk, MANIFEST), [21, 27]);
    let recovered = Multistore::recover(&disk, &STORES, FIRST, 5).unwrap();
    assert_eq!(recovered.tip(), Some(39));
    assert_equal_history(&recovered, &undisturbed(39), "beside blocks");
}

#[test]
fn chunks_are_rows_of_about_the_size_asked_for() {
    let disk = Simulated::default();
    run(&mut recover(&disk).unwrap(), &disk, 28).unwrap();
    let sizes: Vec<usize> = disk
        .dump()
        .iter()
        .filter(|(table, _, _)| *table == CHECKPOINT)
        .map(|(_, _, value)| value.len())
        .collect();
    assert!(sizes.len() > 10, "{sizes:?}");
    assert!(sizes.iter().all(|size| *size < 400), "{sizes:?}");
}

#[test]
fn a_checkpoint_is_due_at_every_multiple() {
    assert_eq!((1..=10).filter(|height| checkpoint_due(*height, 4)).collect::<Vec<_>>(), [4, 8]);
    assert!(!checkpoint_due(5, 0));
}
