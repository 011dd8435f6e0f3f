use crate::model::{Plain, short_bytes};
use ics_kv::{Bytes, Corrupt, Entries, Map};
use proptest::prelude::*;
use std::collections::BTreeMap;

type Name = (u8, Vec<u8>);
/// By length first, as the stored keys sort.
type Sorted = BTreeMap<(u8, usize, Vec<u8>), u32>;

const LAST: Map<Name, u32> = Map::new(0xff);
const NAMED: Map<Name, u32> = Map::at("bank", 2);
/// Neighbours on both sides of each.
const NEIGHBOURS: [Map<Name, u32>; 4] =
    [Map::new(0xfe), Map::at("bank", 1), Map::at("bank", 3), Map::at("ban", 2)];

fn name() -> impl Strategy<Value = Name> {
    (prop::sample::select(vec![0_u8, 1, 0xfe, 0xff]), short_bytes(0..3))
}

fn ordered(name: &Name) -> (u8, usize, Vec<u8>) {
    (name.0, name.1.len(), name.1.clone())
}

fn read(entries: Entries<'_, Name, u32>) -> Vec<(Name, u32)> {
    entries.map(Result::unwrap).collect()
}

proptest! {
    #[test]
    fn a_map_lists_its_own_entries_in_order_among_its_neighbours(
        entries in prop::collection::vec((name(), any::<u32>()), 0..20),
        gone in prop::collection::vec(name(), 0..5),
        (first, start, end) in (any::<u8>(), name(), name()),
    ) {
        for map in [LAST, NAMED] {
            let (mut store, mut sorted) = (Plain::new(), Sorted::new());
            for (key, value) in &entries {
                for neighbour in &NEIGHBOURS {
                    neighbour.set(&mut store, key, &0);
                }
                map.set(&mut store, key, value);
                sorted.insert(ordered(key), *value);
            }
            for key in &gone {
                map.remove(&mut store, key);
                sorted.remove(&ordered(key));
            }
            let all: Vec<(Name, u32)> = sorted.iter().map(|((a, _, b), v)| ((*a, b.clone()), *v)).collect();
            let back: Vec<(Name, u32)> = all.iter().cloned().rev().collect();
            let only = |of: &[(Name, u32)], keep: &dyn Fn(&Name) -> bool| -> Vec<(Name, u32)> {
                of.iter().filter(|(key, _)| keep(key)).cloned().collect()
            };
            let within = |key: &Name| ordered(key) >= ordered(&start) && ordered(key) < ordered(&end);

            prop_assert_eq!(read(map.iter(&store)), all.clone());
            prop_assert_eq!(read(map.iter_rev(&store)), back.clone());
            for part in [first, start.0] {
                prop_assert_eq!(read(map.under(&store, &part)), only(&all, &|key| key.0 == part));
                prop_assert_eq!(read(map.under_rev(&store, &part)), only(&back, &|key| key.0 == part));
            }
            prop_assert_eq!(read(map.under(&store, &())), all.clone());
            prop_assert_eq!(read(map.between(&store, &start, &end)), only(&all, &within));
            for key in [&start, &end] {
                prop_assert_eq!(map.get(&store, key), Ok(sorted.get(&ordered(key)).copied()));
                prop_assert_eq!(map.has(&store, key), sorted.contains_key(&ordered(key)));
            }
        }
    }
}

#[test]
fn an_entry_that_does_not_decode_is_corrupt_at_its_key() {
    const MAP: Map<u16, u32> = Map::new(4);
    let mut store = Plain::new();
    MAP.set(&mut store, &1, &1);
    let bad_value = MAP.key(&2);
    store.insert(Bytes::from(bad_value.clone()), Bytes::from_static(b"?"));
    let bad_key = vec![4, 0, 3, 0];
    store.insert(Bytes::from(bad_key.clone()), Bytes::from_static(&[1, 0, 0, 0, 1]));
    assert_eq!(MAP.get(&store, &2), Err(Corrupt { key: bad_value.clone() }));
    assert_eq!(
        MAP.iter(&store).collect::<Vec<_>>(),
        [Ok((1, 1)), Err(Corrupt { key: bad_value }), Err(Corrupt { key: bad_key })]
    );
}
