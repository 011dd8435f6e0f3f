//! Rows that were damaged or belong to something else give an error that says so, never another state, never a panic.

use crate::disk::{FIRST, KEEP, STORES, Simulated, recover, run, undisturbed};
use ics_kv::rows::Batch;
use ics_store::rows::{CHECKPOINT, COMMITS, MANIFEST, META, WAL};
use ics_store::{Checkpoint, Multistore, RecoverError, rollback};

const LAST: u64 = 33;

fn written() -> Simulated {
    let disk = Simulated::default();
    run(&mut recover(&disk).unwrap(), &disk, LAST).unwrap();
    disk
}

fn with(disk: &Simulated, table: &'static str, key: &[u8], value: Option<Vec<u8>>) -> Simulated {
    let copy = Simulated::default();
    *copy.memory() = disk.memory().clone();
    let mut batch = Batch::default();
    match value {
        Some(value) => batch.put(table, key.to_vec(), value),
        None => batch.delete(table, key.to_vec()),
    }
    copy.memory().apply(batch);
    copy
}

/// Recovery must fail or give exactly the committed tip; the other functions must at least return.
fn check(disk: &Simulated, expected: &Multistore, context: &str) -> bool {
    drop(rollback(disk, LAST - 1));
    if let Ok(checkpoint) = Checkpoint::begin(disk, expected.latest()) {
        assert!(checkpoint.count() > 0, "{context}");
    }
    match recover(disk) {
        Err(_) => true,
        Ok(store) => {
            assert_eq!(store.tip(), Some(LAST), "{context}");
            assert_eq!(store.latest().app_hash(), expected.latest().app_hash(), "{context}");
            false
        }
    }
}

#[test]
fn a_flipped_bit_anywhere_is_an_error_or_harmless() {
    let (disk, expected) = (written(), undisturbed(LAST));
    let (mut errors, mut harmless) = (0, 0);
    for (table, key, value) in disk.dump() {
        for at in (0..value.len()).step_by(if value.len() < 100 { 1 } else { 4 }) {
            // Every bit of short rows, a varying one of long rows.
            for bit in if value.len() < 40 { 0..8 } else { (at as u32 % 8)..(at as u32 % 8 + 1) } {
                let mut flipped = value.to_vec();
                flipped[at] ^= 1 << bit;
                let context = format!("{table} {key:02x?} byte {at} bit {bit}");
                let failed = check(&with(&disk, table, &key, Some(flipped)), &expected, &context);
                *if failed { &mut errors } else { &mut harmless } += 1;
            }
        }
    }
    // Harmless are the rows that this recovery does not read: the newer checkpoint, as the older one reaches
    // further back; and removals of keys that were absent anyway.
    assert!(errors > 500 && harmless > 0, "{errors} errors, {harmless} harmless");
}

#[test]
fn a_missing_or_cut_row_is_an_error_or_harmless() {
    let (disk, expected) = (written(), undisturbed(LAST));
    let mut errors = 0;
    for (table, key, value) in disk.dump() {
        let context = format!("{table} {key:02x?}");
        errors += u32::from(check(&with(&disk, table, &key, None), &expected, &context));
        for keep in [0, 1, value.len() / 2, value.len() - 1] {
            let cut = value[..keep.min(value.len() - 1)].to_vec();
            errors += u32::from(check(&with(&disk, table, &key, Some(cut)), &expected, &context));
        }
        let mut longer = value.to_vec();
        longer.push(0);
        errors += u32::from(check(&with(&disk, table, &key, Some(longer)), &expected, &context));
    }
    assert!(errors > 50, "{errors}");
}

#[test]
fn each_damage_has_its_own_error() {
    let disk = written();
    let key = |height: u64| height.to_be_bytes();
    let error = |table, key: &[u8], value| recover(&with(&disk, table, key, value)).unwrap_err();
    let garbage = || Some(b"\xff".to_vec());
    assert_eq!(error(WAL, &key(30), None), RecoverError::Missing { table: WAL, height: 30 });
    assert_eq!(error(WAL, &key(30), garbage()), RecoverError::Corrupt { table: WAL, height: 30 });
    assert_eq!(error(COMMITS, &key(30), None), RecoverError::Missing { table: COMMITS, height: 30 });
    assert_eq!(error(COMMITS, &key(30), garbage()), RecoverError::Corrupt { table: COMMITS, height: 30 });
    assert_eq!(error(COMMITS, &key(LAST), None), RecoverError::Corrupt { table: META, height: 0 });
    assert_eq!(error(META, b"tip", None), RecoverError::Missing { table: META, height: 0 });
    assert_eq!(error(META, b"form", None), RecoverError::Missing { table: META, height: 0 });
    assert_eq!(error(META, b"form", garbage()), RecoverError::Corrupt { table: META, height: 0 });
    let chunk = [&key(21)[..], &[0; 4]].concat();
    assert_eq!(error(CHECKPOINT, &chunk, None), RecoverError::Missing { table: CHECKPOINT, height: 21 });
    assert_eq!(error(CHECKPOINT, &chunk, garbage()), RecoverError::Corrupt { table: CHECKPOINT, height: 21 });
    // A change set that is well formed but not the one that was committed.
    let expected = undisturbed(LAST);
    let other = Some(vec![1, 6, b'b', b'a', b'n', b'k', b'/', b'x', 1, 1, b'v']);
    match error(WAL, &key(30), other) {
        RecoverError::Mismatch { height: 30, expected: committed, .. } => {
            assert_eq!(committed, expected.at(30).unwrap().app_hash());
        }
        other => panic!("{other}"),
    }
    let unknown = Some(vec![1, 5, b'g', b'o', b'v', b'/', b'x', 1, 1, b'v']);
    let error = error(WAL, &key(30), unknown);
    assert_eq!(
        error.to_string(),
        "the log of height 30 cannot be replayed (key [67, 6f, 76, 2f, 78] lies in no store of this chain): restore a \
         backup, or start from an empty home and sync again"
    );
    let late = with(&disk, MANIFEST, &key(LAST + 1), Some(vec![0; 4]));
    assert_eq!(recover(&late).unwrap_err(), RecoverError::Corrupt { table: MANIFEST, height: LAST + 1 });
}

/// A flipped bit in a manifest once made the next checkpoint list billions of rows to delete.
#[test]
fn a_manifest_that_claims_billions_of_rows_makes_no_longer_batches() {
    let disk = written();
    let lying = with(&disk, MANIFEST, &21_u64.to_be_bytes(), Some(vec![0xff; 4]));
    assert_eq!(recover(&lying).unwrap_err(), RecoverError::Missing { table: CHECKPOINT, height: 21 });
    let latest = undisturbed(LAST).latest();
    let batches = |disk: &Simulated| Checkpoint::begin(disk, latest.clone()).unwrap().collect::<Vec<_>>();
    assert_eq!(batches(&lying), batches(&disk));
    let honest = rollback(&disk, 25).unwrap();
    let newer = with(&disk, MANIFEST, &28_u64.to_be_bytes(), Some(vec![0xff; 4]));
    assert_eq!(rollback(&newer, 25).unwrap(), honest);
}

#[test]
fn rows_of_another_chain_or_version_are_refused() {
    let disk = written();
    assert_eq!(
        Multistore::recover(&disk, &STORES, FIRST + 1, KEEP).unwrap_err(),
        RecoverError::InitialHeight { expected: FIRST + 1, found: FIRST }
    );
    assert_eq!(
        Multistore::recover(&disk, &["bank", "ibc"], FIRST, KEEP).unwrap_err(),
        RecoverError::Stores {
            expected: vec!["bank".into(), "ibc".into()],
            found: vec!["bank".into(), "ibc".into(), "quiet".into()],
        }
    );
    let newer = with(&disk, META, b"form", Some([&9_u64.to_be_bytes()[..], b"whatever"].concat()));
    assert_eq!(recover(&newer).unwrap_err(), RecoverError::Form { expected: 1, found: 9 });
    // The order in which the stores are named does not matter.
    let same = Multistore::recover(&disk, &["quiet", "ibc", "bank"], FIRST, KEEP).unwrap();
    assert_eq!(same.tip(), Some(LAST));
}
