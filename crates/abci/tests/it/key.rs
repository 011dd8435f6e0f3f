use ics_abci::{ConsKey, Event, ValUpdate};
use proptest::prelude::*;

/// One byte between the quotes of protobuf's compact text, by the table of the rule.
fn escaped(byte: u8) -> String {
    match byte {
        10 => String::from("\\n"),
        13 => String::from("\\r"),
        9 => String::from("\\t"),
        34 => String::from("\\\""),
        92 => String::from("\\\\"),
        32..127 => String::from(char::from(byte)),
        _ => format!("\\{}{}{}", byte / 64, byte / 8 % 8, byte % 8),
    }
}

#[test]
fn every_byte_of_a_key_is_escaped_by_the_rule() {
    for byte in 0..=u8::MAX {
        let text = format!("ed25519:\"{}\" ", escaped(byte).repeat(32));
        assert_eq!(ConsKey::Ed25519([byte; 32]).proto_text(), text.as_bytes(), "{byte}");
        let text = format!("secp256k1:\"{}\" ", escaped(byte).repeat(33));
        assert_eq!(ConsKey::Secp256k1([byte; 33]).proto_text(), text.as_bytes(), "{byte}");
    }
}

#[test]
fn a_key_of_all_kinds_of_bytes_reads_as_it_should() {
    let mut bytes = [b'a'; 32];
    bytes[..12].copy_from_slice(b"\0\x07\t\n\r\"\\ ~\x7f\x80\xff");
    let text = br#"ed25519:"\000\007\t\n\r\"\\ ~\177\200\377aaaaaaaaaaaaaaaaaaaa" "#;
    assert_eq!(ConsKey::Ed25519(bytes).proto_text(), text);
}

#[test]
fn the_order_of_texts_is_not_the_order_of_keys() {
    let (low, high) = (ConsKey::Ed25519([0; 32]), ConsKey::Ed25519([b'A'; 32]));
    assert!(low < high);
    assert!(low.proto_text() > high.proto_text(), "a backslash sorts behind A");
}

#[test]
fn keys_of_another_length_are_refused() {
    for len in [0, 31, 33, 64] {
        assert_eq!(ConsKey::ed25519(&vec![1; len]), None, "{len}");
    }
    for len in [0, 32, 34, 65] {
        assert_eq!(ConsKey::secp256k1(&vec![1; len]), None, "{len}");
    }
}

proptest! {
    #[test]
    fn a_text_tells_its_key(bytes in any::<[u8; 32]>(), other in any::<[u8; 32]>()) {
        let key = ConsKey::ed25519(&bytes).unwrap();
        let body: String = bytes.iter().map(|byte| escaped(*byte)).collect();
        prop_assert_eq!(key.proto_text(), format!("{}:\"{body}\" ", key.kind()).into_bytes());
        prop_assert_eq!(key.bytes(), &bytes[..]);
        prop_assert_eq!(key.proto_text() == ConsKey::Ed25519(other).proto_text(), bytes == other);
    }

    #[test]
    fn updates_come_back_from_their_bytes_and_strange_bytes_are_refused(
        power in any::<i64>(), tail in any::<[u8; 32]>(), strange in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        for key in [ConsKey::Ed25519(tail), ConsKey::secp256k1(&[&[2], &tail[..]].concat()).unwrap()] {
            let update = ValUpdate { key, power };
            let bytes = borsh::to_vec(&update).unwrap();
            prop_assert_eq!(borsh::from_slice::<ValUpdate>(&bytes).unwrap(), update);
        }
        if let Ok(update) = borsh::from_slice::<ValUpdate>(&strange) {
            prop_assert_eq!(borsh::to_vec(&update).unwrap(), strange);
        }
    }
}

#[test]
fn the_first_attribute_of_a_name_is_the_one_that_is_found() {
    let event = Event::new("slash").with("power", 1).with("power", 2);
    assert_eq!(event.get("power"), Some("1"));
    assert_eq!(event.get("reason"), None);
    assert_eq!(event.attributes.len(), 2);
}
