use ics_kv::{Key, KeyEnd};
use proptest::prelude::*;
use std::cmp::Ordering;
use std::fmt::Debug;

fn bytes_of(key: &impl Key) -> Vec<u8> {
    let mut out = Vec::new();
    key.write(&mut out);
    out
}

/// What every part of a key promises, for two values, what follows the first, and bytes of a stranger.
fn keeps_its_promises<K: Key + Clone + PartialEq + Debug>(
    (a, b): &(K, K),
    order: Ordering,
    tail: &[u8],
    strange: &[u8],
) -> Result<(), TestCaseError> {
    let (a_bytes, b_bytes) = (bytes_of(a), bytes_of(b));
    prop_assert_eq!(a_bytes.cmp(&b_bytes), order, "order of {:?} and {:?}", a, b);
    if a != b {
        prop_assert!(!a_bytes.starts_with(&b_bytes) && !b_bytes.starts_with(&a_bytes), "{a:?} {b:?}");
    }

    let followed = [a_bytes.as_slice(), tail].concat();
    let mut rest = followed.as_slice();
    prop_assert_eq!(K::read(&mut rest), Some(a.clone()));
    prop_assert_eq!(rest, tail);
    prop_assert_eq!(K::read_end(&followed), tail.is_empty().then(|| a.clone()));
    for cut in 0..a_bytes.len() {
        prop_assert_eq!(K::read_end(&a_bytes[..cut]), None, "cut at {}", cut);
    }

    let mut rest = strange;
    if let Some(key) = K::read(&mut rest) {
        prop_assert_eq!(
            [bytes_of(&key).as_slice(), rest].concat(),
            strange,
            "a second encoding of {:?}",
            key
        );
    }
    Ok(())
}

macro_rules! key_tests {
    ($($name:ident: $key:ty, $values:expr, $order:expr;)*) => {$(
        proptest! {
            #[test]
            fn $name(
                pair in ($values, $values),
                tail in prop::collection::vec(any::<u8>(), 0..4),
                strange in prop::collection::vec(prop_oneof![Just(0_u8), 1_u8..4, any::<u8>()], 0..40),
            ) {
                let order: fn(&$key, &$key) -> Ordering = $order;
                keeps_its_promises(&pair, order(&pair.0, &pair.1), &tail, &strange)?;
            }
        }
    )*};
}

fn some_bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![Just(0_u8), Just(0xff), any::<u8>()], 0..6)
}

/// Length first, then bytes: the order that lengths in front give.
fn by_length(a: &[u8], b: &[u8]) -> Ordering {
    (a.len(), a).cmp(&(b.len(), b))
}

key_tests! {
    nothing_is_a_key: (), Just(()), Ord::cmp;
    bytes_sort_as_numbers: u8, any::<u8>(), Ord::cmp;
    numbers_of_16_bits_sort_as_numbers: u16, any::<u16>(), Ord::cmp;
    numbers_of_32_bits_sort_as_numbers: u32, any::<u32>(), Ord::cmp;
    numbers_of_64_bits_sort_as_numbers: u64, any::<u64>(), Ord::cmp;
    numbers_of_128_bits_sort_as_numbers: u128, any::<u128>(), Ord::cmp;
    arrays_sort_by_their_bytes: [u8; 5], any::<[u8; 5]>(), Ord::cmp;
    byte_strings_sort_by_length_first: Vec<u8>, some_bytes(), |a, b| by_length(a, b);
    text_sorts_by_length_first: String, ".{0,5}", |a, b| by_length(a.as_bytes(), b.as_bytes());
    pairs_sort_by_their_first_part: (u16, u8), (0_u16..3, any::<u8>()), Ord::cmp;
    pairs_of_byte_strings_keep_their_parts_apart: (Vec<u8>, Vec<u8>), (some_bytes(), some_bytes()),
        |a, b| by_length(&a.0, &b.0).then(by_length(&a.1, &b.1));
    triples_sort_part_by_part: (u8, Vec<u8>, u64), (0_u8..2, some_bytes(), 0_u64..3),
        |a, b| a.0.cmp(&b.0).then(by_length(&a.1, &b.1)).then(a.2.cmp(&b.2));
    nested_pairs_sort_part_by_part: ((u8, u16), u32), ((0_u8..2, 0_u16..2), any::<u32>()), Ord::cmp;
}

#[test]
fn keys_are_written_as_they_always_were() {
    assert_eq!(bytes_of(&0x0102_u16), [1, 2]);
    assert_eq!(bytes_of(&7_u64), [0, 0, 0, 0, 0, 0, 0, 7]);
    assert_eq!(bytes_of(&String::from("ab")), [0, 2, b'a', b'b']);
    assert_eq!(bytes_of(&(9_u8, vec![0xff_u8], 1_u32)), [9, 0, 1, 0xff, 0, 0, 0, 1]);
}

#[test]
fn byte_strings_beyond_two_bytes_of_length_are_keys_too() {
    let lengths = [0xfffe_usize, 0xffff, 0x1_0000, 0x1_0003];
    let keys = lengths.map(|len| vec![7_u8; len]);
    for pair in keys.windows(2) {
        assert_eq!(bytes_of(&pair[0]).cmp(&bytes_of(&pair[1])), Ordering::Less, "{}", pair[0].len());
    }
    for key in keys {
        assert_eq!(Vec::<u8>::read_end(&bytes_of(&key)), Some(key));
    }
}

#[test]
fn two_long_pairs_never_share_a_key() {
    // With a length cut to two bytes these would be written alike.
    let long = ([[7_u8; 0xffff].as_slice(), &[0, 2]].concat(), vec![]);
    let short = (vec![7_u8; 0xffff], vec![0_u8, 0]);
    assert_ne!(bytes_of(&long), bytes_of(&short));
    assert_eq!(<(Vec<u8>, Vec<u8>)>::read_end(&bytes_of(&long)), Some(long));
}

#[test]
fn lengths_that_lie_are_no_keys() {
    let short_in_long_form = [&[0xff, 0xff][..], &2_u64.to_be_bytes(), &[1, 2]].concat();
    let endless = [&[0xff, 0xff][..], &u64::MAX.to_be_bytes(), &[1, 2]].concat();
    for bytes in [&[0, 3, 1, 2][..], &[0], &[0xff, 0xff], &[0xff, 0xfe, 1], &short_in_long_form, &endless] {
        assert_eq!(Vec::<u8>::read_end(bytes), None, "{bytes:02x?}");
    }
    assert_eq!(String::read_end(&[0, 2, 0xc3, 0x28]), None, "not UTF-8");
}
