//! Bytes and text that nobody means well with: an answer or an error, never a panic.

use ics_proto::json::{from_json, to_json};
use proptest::prelude::*;

use crate::descriptors::pool;

fn names() -> Vec<String> {
    pool().all_messages().map(|message| message.full_name().to_owned()).collect()
}

proptest! {
    #[test]
    fn any_bytes_print_or_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), pick in any::<prop::sample::Index>()) {
        let names = names();
        let name = pick.get(&names);
        if let Ok(text) = to_json(name, &bytes) {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
        }
    }

    #[test]
    fn any_text_reads_or_is_refused(text in "[\\[\\]{}\",:a-z@0-9.\\- ]{0,80}", pick in any::<prop::sample::Index>()) {
        let names = names();
        let name = pick.get(&names);
        if let Ok(bytes) = from_json(name, &text) {
            let printed = to_json(name, &bytes);
            prop_assert!(printed.is_ok(), "{printed:?}");
        }
    }

    #[test]
    fn what_prints_reads_back_and_prints_the_same(
        seconds in -62_135_596_800i64..253_402_300_800,
        nanos in 0i32..1_000_000_000,
        id in any::<u64>(),
        acks in proptest::collection::vec(".{0,12}", 0..4),
    ) {
        use ics_proto::interchain_security::ccv::{consumer::v1::SlashRecord, v1::ValidatorSetChangePacketData};
        let record = SlashRecord { waiting_on_reply: true, send_time: Some(ics_proto::Timestamp { seconds, nanos }) };
        let text = ics_proto::json::to_json_of(&record).unwrap();
        prop_assert_eq!(ics_proto::json::from_json_as::<SlashRecord>(&text).unwrap(), record);
        let packet = ValidatorSetChangePacketData { validator_updates: vec![], valset_update_id: id, slash_acks: acks };
        let text = ics_proto::json::to_json_of(&packet).unwrap();
        prop_assert_eq!(ics_proto::json::from_json_as::<ValidatorSetChangePacketData>(&text).unwrap(), packet);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_reads_prints_and_reads_the_same(
        bytes in proptest::collection::vec(any::<u8>(), 0..60), pick in any::<prop::sample::Index>(),
    ) {
        let names = names();
        let name = pick.get(&names);
        // What prints and reads again is the same message from then on.
        if let Ok(text) = to_json(name, &bytes)
            && let Ok(read) = from_json(name, &text)
        {
            let printed = to_json(name, &read).unwrap();
            prop_assert_eq!(from_json(name, &printed).unwrap(), read);
        }
    }
}

#[test]
fn nesting_without_end_is_refused() {
    let deep = format!("{}{}", "{\"value\":".repeat(100_000), "1");
    assert!(from_json("google.protobuf.Any", &deep).is_err());
    assert!(from_json("cosmos.tx.v1beta1.TxBody", &"[".repeat(1_000_000)).is_err());
    // An `Any` in an `Any`, as JSON and as bytes.
    let (mut text, mut bytes) = ("{}".to_owned(), Vec::new());
    for _ in 0..1_000 {
        text = format!("{{\"@type\":\"/google.protobuf.Any\",\"value\":{text}}}");
        let any = ics_proto::Any { type_url: "/google.protobuf.Any".into(), value: bytes };
        bytes = prost::Message::encode_to_vec(&any);
    }
    assert!(from_json("google.protobuf.Any", &text).is_err());
    assert!(to_json("google.protobuf.Any", &bytes).is_err());
    // Messages that may hold themselves.
    let mut bytes = Vec::new();
    for _ in 0..1_000 {
        let mut outer = vec![0x12]; // `Multi` in `ModeInfo`, `ModeInfo` in `Multi`
        prost::encoding::encode_varint(bytes.len() as u64, &mut outer);
        outer.append(&mut bytes);
        bytes = outer;
    }
    assert!(to_json("cosmos.tx.v1beta1.ModeInfo", &bytes).is_err());
}
