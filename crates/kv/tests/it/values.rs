use borsh::{BorshDeserialize, BorshSerialize};
use ics_kv::{Bytes, Corrupt, Item, Value};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Debug;

#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
enum Shape {
    Empty,
    Named { name: String, weight: i64 },
    Many(Vec<(u8, Option<u128>)>),
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Empty),
        (".{0,8}", any::<i64>()).prop_map(|(name, weight)| Shape::Named { name, weight }),
        prop::collection::vec(any::<(u8, Option<u128>)>(), 0..5).prop_map(Shape::Many),
    ]
}

/// Bytes of which some almost are values: small numbers, and the byte that ends every value.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop::collection::vec(prop_oneof![3 => 0_u8..4, 1 => any::<u8>()], 0..64);
    (bytes, any::<bool>()).prop_map(|(mut bytes, ended)| {
        if ended {
            bytes.push(1);
        }
        bytes
    })
}

/// Where bytes are a value, they are its one encoding.
fn has_one_encoding<T: Value + Debug>(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Some(value) = T::from_value(bytes) {
        let again = value.to_value();
        prop_assert_eq!(&again[..], bytes, "{:?}", value);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_value_comes_back_and_is_never_empty(shape in shape(), map in any::<BTreeMap<u16, String>>()) {
        prop_assert_eq!(Shape::from_value(&shape.to_value()), Some(shape));
        prop_assert_eq!(BTreeMap::from_value(&map.to_value()), Some(map));
    }

    #[test]
    fn no_value_is_the_beginning_of_another(shape in shape(), more in prop::collection::vec(any::<u8>(), 1..5)) {
        let bytes = shape.to_value();
        let longer = [&bytes, more.as_slice()].concat();
        prop_assert_ne!(Shape::from_value(&longer), Some(shape.clone()));
        for cut in 0..bytes.len() {
            prop_assert_ne!(Shape::from_value(&bytes[..cut]), Some(shape.clone()));
        }
    }

    #[test]
    fn arbitrary_bytes_are_a_value_in_its_one_encoding_or_none(bytes in hostile()) {
        has_one_encoding::<()>(&bytes)?;
        has_one_encoding::<bool>(&bytes)?;
        has_one_encoding::<u64>(&bytes)?;
        has_one_encoding::<String>(&bytes)?;
        has_one_encoding::<Vec<u8>>(&bytes)?;
        has_one_encoding::<Vec<Vec<Option<u8>>>>(&bytes)?;
        has_one_encoding::<(u8, [u8; 3], Option<String>)>(&bytes)?;
        has_one_encoding::<Shape>(&bytes)?;
    }
}

#[test]
fn values_of_no_bytes_are_stored_as_one() {
    assert_eq!(().to_value(), Bytes::from_static(&[1]));
    assert_eq!(<()>::from_value(&[1]), Some(()));
    assert_eq!(<()>::from_value(&[]), None);
    assert_eq!(<()>::from_value(&[0]), None);
    assert_eq!(<()>::from_value(&[1, 1]), None);
    assert_eq!(5_u16.to_value(), Bytes::from_static(&[5, 0, 1]));
}

#[test]
fn a_length_that_lies_reserves_no_memory() {
    // 2^32 elements of 64 KiB are more than any process can address: reserving them would abort this test.
    let lie = [0xff, 0xff, 0xff, 0xff, 7, 1];
    assert_eq!(Vec::<[u8; 65_536]>::from_value(&lie), None);
    assert_eq!(Vec::<Vec<[u8; 65_536]>>::from_value(&lie), None);
    assert_eq!(BTreeMap::<[u8; 65_536], ()>::from_value(&lie), None);
}

#[test]
fn an_item_that_does_not_decode_is_corrupt_at_its_key() {
    const ITEM: Item<u64> = Item::at("bank", 3);
    let mut store = BTreeMap::new();
    assert_eq!(ITEM.key(), b"bank/\x03");
    assert_eq!(Item::<u64>::new(3).key(), b"\x03");
    assert_eq!(ITEM.get(&store), Ok(None));
    ITEM.set(&mut store, &7);
    assert_eq!(ITEM.get(&store), Ok(Some(7)));
    store.insert(Bytes::from(ITEM.key()), Bytes::from_static(b"short"));
    assert_eq!(ITEM.get(&store), Err(Corrupt { key: ITEM.key() }));
    ITEM.remove(&mut store);
    assert!(store.is_empty());
}
