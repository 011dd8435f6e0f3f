//! A power failure at any write loses nothing that was durable.

use crate::disk::{FIRST, KEEP, Simulated, Torn, assert_equal_history, recover, run, undisturbed};
use ics_store::Multistore;

const LAST: u64 = FIRST + 49;

/// The last height whose batch the disk holds.
fn durable(disk: &Simulated) -> Option<u64> {
    let rows = disk.dump();
    let commits = rows.iter().filter(|(table, _, _)| *table == ics_store::rows::COMMITS);
    commits.map(|(_, key, _)| u64::from_be_bytes(key.as_ref().try_into().unwrap())).max()
}

#[test]
fn a_crash_at_every_write_of_fifty_blocks_recovers_exactly_the_last_durable_block() {
    let expected = undisturbed(LAST);
    let whole = Simulated::default();
    run(&mut recover(&whole).unwrap(), &whole, LAST).unwrap();
    assert!(whole.writes() > 100, "checkpoints are written in several rows: {}", whole.writes());
    for write in 1..=whole.writes() {
        for torn in [Torn::Lost, Torn::Kept] {
            let context = format!("write {write}, {torn:?}");
            let disk = Simulated::failing_at(write, torn);
            let mut store = recover(&disk).unwrap();
            run(&mut store, &disk, LAST).unwrap_err();
            let announced = store.tip().unwrap();
            let disk = disk.restart();
            let mut recovered = recover(&disk).unwrap();
            assert_eq!(recovered.tip(), durable(&disk), "{context}");
            // At most the block whose write failed is missing, and none that came before it.
            assert!(recovered.tip().unwrap_or(FIRST - 1) + 1 >= announced, "{context}");
            if torn == Torn::Kept {
                assert_eq!(recovered.tip(), Some(announced), "{context}");
            }
            assert_equal_history(&recovered, &expected, &context);
            // It goes on to the same end, on the same rows as if nothing had happened (but for the checkpoint that the
            // failure skipped).
            run(&mut recovered, &disk, LAST).unwrap();
            assert_eq!(recovered.latest().app_hash(), expected.latest().app_hash(), "{context}");
            let again = recover(&disk).unwrap();
            assert_eq!(again.tip(), Some(LAST), "{context}");
            assert_equal_history(&again, &expected, &context);
            assert!(again.oldest().unwrap() <= LAST - (KEEP as u64 - 1), "{context}");
        }
    }
}

#[test]
fn two_crashes_in_a_row_lose_nothing_either() {
    let expected = undisturbed(LAST);
    for first in (1..120).step_by(7) {
        for second in (1..60).step_by(5) {
            let disk = Simulated::failing_at(first, Torn::Lost);
            run(&mut recover(&disk).unwrap(), &disk, LAST).unwrap_err();
            let memory = disk.memory().clone();
            let disk = Simulated::failing_at(second, Torn::Kept);
            *disk.memory() = memory;
            let mut store = recover(&disk).unwrap();
            let context = format!("writes {first} and {second}");
            if run(&mut store, &disk, LAST).is_err() {
                assert_eq!(recover(&disk).unwrap().tip(), durable(&disk), "{context}");
            }
            let disk = disk.restart();
            let mut store = recover(&disk).unwrap();
            run(&mut store, &disk, LAST).unwrap();
            assert_equal_history(&store, &expected, &context);
            assert_eq!(store.latest().app_hash(), expected.latest().app_hash(), "{context}");
        }
    }
}

#[test]
fn an_empty_disk_recovers_to_the_state_before_the_first_block() {
    let store: Multistore = recover(&Simulated::default()).unwrap();
    assert_eq!((store.tip(), store.next_height()), (None, FIRST));
}
