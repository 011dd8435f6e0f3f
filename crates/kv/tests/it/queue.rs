use crate::model::{Counted, Plain};
use ics_kv::{Bytes, Corrupt, Journal, Map, TimeQueue, Value};
use proptest::prelude::*;

const QUEUE: TimeQueue<u64, u8> = TimeQueue::at("q", 9);
/// The entries of the queue as they are stored: due time and place.
const STORED: Map<(u64, u64), u8> = Map::at("q", 9);

#[derive(Clone, Debug)]
enum Step {
    Push(u64, u8),
    Remove(usize),
    TakeDue(u64, usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0_u64..5, 0_u8..4).prop_map(|(due, item)| Step::Push(due, item)),
        2 => (0_usize..60).prop_map(Step::Remove),
        1 => (0_u64..6, 0_usize..5).prop_map(|(now, limit)| Step::TakeDue(now, limit)),
    ]
}

proptest! {
    #[test]
    fn a_queue_gives_items_by_time_then_by_arrival(steps in prop::collection::vec(step(), 0..60)) {
        let mut store = Plain::new();
        let mut line: Vec<(u64, u64, u8)> = Vec::new();
        for step in steps {
            match step {
                Step::Push(due, item) => {
                    let place = QUEUE.push(&mut store, &due, &item).unwrap();
                    let behind = line.iter().take_while(|(other, ..)| *other <= due).count();
                    line.insert(behind, (due, place, item));
                }
                Step::Remove(at) if at < line.len() => {
                    let (due, place, _) = line.remove(at);
                    QUEUE.remove(&mut store, &due, place);
                }
                Step::Remove(_) => {}
                Step::TakeDue(now, limit) => {
                    let due = line.iter().take(limit).take_while(|(due, ..)| *due <= now).count();
                    let expected: Vec<u8> = line.drain(..due).map(|(_, _, item)| item).collect();
                    prop_assert_eq!(QUEUE.take_due(&mut store, &now, limit), Ok(expected));
                }
            }
            let listed: Vec<(u64, u8)> = QUEUE.iter(&store).map(Result::unwrap).collect();
            let expected: Vec<(u64, u8)> = line.iter().map(|(due, _, item)| (*due, *item)).collect();
            prop_assert_eq!(listed, expected);
        }
        prop_assert_eq!(store.len(), line.len());
    }
}

#[test]
fn a_push_reads_one_entry_however_many_are_due_at_once() {
    let mut base = Plain::new();
    for place in 0..10_000_u64 {
        STORED.set(&mut base, &(5, place), &0);
    }
    let mut store = Journal::new(Counted::new(base));
    QUEUE.push(&mut store, &5, &1).unwrap();
    assert_eq!(store.base().given.get(), 1);
    assert_eq!(STORED.get(&store, &(5, 10_000)), Ok(Some(1)));
    QUEUE.push(&mut store, &4, &1).unwrap();
    QUEUE.push(&mut store, &6, &1).unwrap();
    assert_eq!(store.base().given.get(), 1);
}

#[test]
fn an_item_is_removed_by_its_place_without_a_search() {
    let mut base = Plain::new();
    for place in 0..10_000_u64 {
        STORED.set(&mut base, &(5, place), &0);
    }
    let mut store = Journal::new(Counted::new(base));
    QUEUE.remove(&mut store, &5, 9_000);
    assert_eq!(store.base().given.get(), 0);
    assert_eq!(STORED.get(&store, &(5, 9_000)), Ok(None));
    assert_eq!(QUEUE.iter(&store).count(), 9_999);
}

#[test]
fn taking_what_is_due_reads_one_entry_too_many_at_most() {
    let mut base = Plain::new();
    for due in 0..1_000_u64 {
        STORED.set(&mut base, &(due, 0), &0);
    }
    let mut store = Journal::new(Counted::new(base));
    assert_eq!(QUEUE.take_due(&mut store, &999, 10).unwrap().len(), 10);
    assert_eq!(store.base().given.get(), 10);
    assert_eq!(QUEUE.take_due(&mut store, &10, 100), Ok(vec![0]));
    // The ten entries under the removals, the one that was due, the one that was not.
    assert_eq!(store.base().given.get(), 22);
}

#[test]
fn an_entry_that_does_not_decode_stops_the_queue_and_nothing_is_taken() {
    let mut store = Plain::new();
    QUEUE.push(&mut store, &1, &7).unwrap();
    let corrupt = Corrupt { key: STORED.key(&(2, 0)) };
    store.insert(Bytes::from(corrupt.key.clone()), Bytes::from_static(b"bad"));
    let before = store.clone();
    assert_eq!(QUEUE.take_due(&mut store, &5, 10), Err(corrupt.clone()));
    assert_eq!(QUEUE.push(&mut store, &2, &7), Err(corrupt));
    assert_eq!(store, before);
    assert_eq!(QUEUE.take_due(&mut store, &5, 1), Ok(vec![7]));
}

#[test]
fn the_last_place_is_never_given_twice() {
    let mut store = Plain::new();
    STORED.set(&mut store, &(3, u64::MAX), &7);
    let before = store.clone();
    assert_eq!(QUEUE.push(&mut store, &3, &8), Err(Corrupt { key: STORED.key(&(3, u64::MAX)) }));
    assert_eq!(store, before);
    assert_eq!(store.values().next(), Some(&7_u8.to_value()));
}
