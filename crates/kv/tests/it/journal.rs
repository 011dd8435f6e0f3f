use crate::model::{Counted, Plain, filtered, range, short_bytes};
use ics_kv::{Bytes, Journal, KeyRange, Read, Savepoint, Write};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Set(Vec<u8>, u8),
    Remove(Vec<u8>),
    Save,
    Revert(prop::sample::Index),
    Forget,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (short_bytes(1..4), any::<u8>()).prop_map(|(key, value)| Step::Set(key, value)),
        4 => short_bytes(1..4).prop_map(Step::Remove),
        2 => Just(Step::Save),
        2 => any::<prop::sample::Index>().prop_map(Step::Revert),
        1 => Just(Step::Forget),
    ];
    prop::collection::vec(step, 0..40)
}

fn base() -> impl Strategy<Value = Plain> {
    let entry = (short_bytes(1..4), any::<u8>());
    prop::collection::vec(entry, 0..20)
        .prop_map(|all| all.into_iter().map(|(k, v)| (k.into(), Bytes::from(vec![v]))).collect())
}

/// Plays the steps on a journal and on whole copies of a map; after each, the two answer alike.
fn play<B: Read>(
    base: B,
    start: &Plain,
    steps: &[Step],
    asked: &[KeyRange],
) -> Result<(Journal<B>, Plain), TestCaseError> {
    let (mut journal, mut plain) = (Journal::new(base), start.clone());
    let mut saved: Vec<(Savepoint, Plain)> = Vec::new();
    for step in steps {
        match step {
            Step::Set(key, value) => {
                journal.set(key, vec![*value].into());
                plain.insert(key.clone().into(), vec![*value].into());
            }
            Step::Remove(key) => {
                journal.remove(key);
                plain.remove(key.as_slice());
            }
            Step::Save => saved.push((journal.savepoint(), plain.clone())),
            Step::Revert(to) if !saved.is_empty() => {
                saved.truncate(to.index(saved.len()) + 1);
                let (savepoint, then) = saved.last().unwrap();
                journal.revert(*savepoint);
                plain = then.clone();
            }
            Step::Revert(_) => {}
            Step::Forget => {
                journal.forget_undo();
                saved.clear();
            }
        }
        for range in asked {
            prop_assert_eq!(journal.scan(range.clone()).collect::<Vec<_>>(), filtered(&plain, range));
        }
    }
    Ok((journal, plain))
}

proptest! {
    #[test]
    fn a_journal_answers_as_a_map_that_was_copied_at_each_savepoint(
        base in base(),
        steps in steps(),
        asked in prop::collection::vec(range(), 1..4),
        keys in prop::collection::vec(short_bytes(0..4), 8),
    ) {
        let (journal, plain) = play(base.clone(), &base, &steps, &asked)?;
        for key in keys {
            prop_assert_eq!(journal.get(&key), plain.get(key.as_slice()).cloned());
        }
        prop_assert_eq!(journal.base(), &base);
        let mut applied = base;
        for (key, value) in journal.into_changes() {
            match value {
                Some(value) => applied.insert(key, value),
                None => applied.remove(&key),
            };
        }
        prop_assert_eq!(applied, plain);
    }

    #[test]
    fn a_journal_over_a_journal_answers_as_one(
        base in base(), under in steps(), over in steps(), asked in prop::collection::vec(range(), 1..3),
    ) {
        let (lower, lower_plain) = play(base.clone(), &base, &under, &[])?;
        play(&lower, &lower_plain, &over, &asked)?;
    }

    #[test]
    fn going_back_to_the_start_leaves_no_change(base in base(), steps in steps()) {
        let mut journal = Journal::new(base);
        let start = journal.savepoint();
        for step in steps {
            match step {
                Step::Set(key, value) => journal.set(&key, vec![value].into()),
                Step::Remove(key) => journal.remove(&key),
                Step::Save | Step::Revert(_) | Step::Forget => {}
            }
        }
        journal.revert(start);
        prop_assert!(journal.changes().is_empty());
        prop_assert_eq!(journal.savepoint(), start);
    }

    #[test]
    fn a_range_contains_what_its_scan_gives(range in range(), key in short_bytes(1..5)) {
        let one = Plain::from([(Bytes::from(key.clone()), Bytes::from_static(b"v"))]);
        prop_assert_eq!(range.contains(&key), one.scan(range).count() == 1);
    }

    #[test]
    fn a_prefix_range_is_the_keys_that_begin_with_it(prefix in short_bytes(0..4), key in short_bytes(0..6)) {
        prop_assert_eq!(KeyRange::prefix(&prefix).contains(&key), key.starts_with(&prefix));
    }
}

#[test]
fn a_savepoint_of_the_future_is_ignored() {
    let mut journal = Journal::new(Plain::new());
    let before = journal.savepoint();
    journal.set(b"k", Bytes::from_static(b"1"));
    let after = journal.savepoint();
    journal.revert(before);
    journal.revert(after);
    assert_eq!(journal.get(b"k"), None);
    assert_eq!(journal.savepoint(), before);
}

#[test]
fn a_scan_reads_no_further_than_it_is_asked() {
    let base: Plain =
        (0_u32..1_000).map(|i| (Bytes::from(i.to_be_bytes().to_vec()), Bytes::from_static(b"v"))).collect();
    let mut journal = Journal::new(Counted::new(base));
    journal.set(&7_u32.to_be_bytes(), Bytes::from_static(b"w"));
    assert_eq!(journal.scan(KeyRange::prefix(b"")).take(3).count(), 3);
    assert_eq!(journal.scan(KeyRange::prefix(b"").rev()).take(3).count(), 3);
    assert_eq!(journal.base().given.get(), 6);
}
