//! Fields that nobody knows, wherever in a message they hide.

use crate::descriptors::pool;
use ics_proto::Any;
use ics_proto::cosmos::bank::v1beta1::MsgSend;
use ics_proto::cosmos::gov::v1::MsgSubmitProposal;
use ics_proto::known::{Unknown, UnknownError, check};
use proptest::prelude::*;
use prost::{Message, Name};
use std::sync::LazyLock;

const PROPOSAL: &str = "cosmos.gov.v1.MsgSubmitProposal";

static NAMES: LazyLock<Vec<String>> =
    LazyLock::new(|| pool().all_messages().map(|message| message.full_name().to_owned()).collect());

/// A field with a number of its own, a varint 1.
fn field(number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::encode_key(number, prost::encoding::WireType::Varint, &mut bytes);
    bytes.push(1);
    bytes
}

/// A proposal to send coins, with these bytes behind the message inside.
fn proposal(tail: &[u8]) -> Vec<u8> {
    let send = MsgSend { from_address: "a".into(), ..MsgSend::default() };
    let value = [send.encode_to_vec(), tail.to_vec()].concat();
    let messages = vec![Any { type_url: MsgSend::type_url(), value }];
    MsgSubmitProposal { messages, ..MsgSubmitProposal::default() }.encode_to_vec()
}

fn said(name: &str, bytes: &[u8], unknown: Unknown) -> Result<(), String> {
    check(name, bytes, unknown).map_err(|error| error.to_string())
}

#[test]
fn a_field_that_nobody_knows_is_found_within_an_any() {
    let both = [Unknown::Refuse, Unknown::AllowNonCritical];
    for unknown in both {
        assert_eq!(check(PROPOSAL, &proposal(&[]), unknown), Ok(()));
        let critical = "errUnknownField \"*types.MsgSend\": {TagNum: 9, WireType:\"varint\"}";
        assert_eq!(said(PROPOSAL, &proposal(&field(9)), unknown), Err(critical.into()));
        // Bit 11 counts, not size.
        let beyond = "errUnknownField \"*types.MsgSend\": {TagNum: 2048, WireType:\"varint\"}";
        assert_eq!(said(PROPOSAL, &proposal(&field(2_048)), unknown), Err(beyond.into()));
    }
    assert_eq!(check(PROPOSAL, &proposal(&field(1_024)), Unknown::AllowNonCritical), Ok(()));
    let strict = "errUnknownField \"*types.MsgSend\": {TagNum: 1024, WireType:\"varint\"}";
    assert_eq!(said(PROPOSAL, &proposal(&field(1_024)), Unknown::Refuse), Err(strict.into()));
}

#[test]
fn a_field_of_another_kind_is_named_with_both_kinds() {
    let wrong =
        "Mismatched \"*types.MsgSend\": {TagNum: 1, GotWireType: \"varint\" != WantWireType: \"bytes\"}";
    assert_eq!(said(PROPOSAL, &proposal(&field(1)), Unknown::Refuse), Err(wrong.into()));
    // `expedited` as text: a list of numbers may be packed, and whether this is one is for the decoder to say.
    assert_eq!(check(PROPOSAL, &[0x3a, 1, 1], Unknown::Refuse), Ok(()));
}

#[test]
fn what_an_any_holds_must_have_a_known_type_and_the_last_of_two_counts() {
    let frame = |inner: &[u8]| [&[0x0a, u8::try_from(inner.len()).unwrap()][..], inner].concat();
    let url = |text: &str| [&[0x0a, u8::try_from(text.len()).unwrap()][..], text.as_bytes()].concat();
    let value = |bytes: &[u8]| [&[0x12, u8::try_from(bytes.len()).unwrap()][..], bytes].concat();
    let check = |parts: &[Vec<u8>]| said(PROPOSAL, &frame(&parts.concat()), Unknown::AllowNonCritical);
    let send = "/cosmos.bank.v1beta1.MsgSend";
    assert_eq!(check(&[url(send), value(&[])]), Ok(()));
    for text in ["/x.y.MsgZ", "cosmos.bank.v1beta1.MsgSend", ""] {
        assert_eq!(check(&[url(text)]), Err(format!("unable to resolve type URL {text}")));
    }
    assert_eq!(check(&[url("/x.y.MsgZ"), url(send)]), Ok(()));
    assert_eq!(check(&[value(&field(9)), url(send), value(&[])]), Ok(()));
    assert!(check(&[value(&[]), url(send), value(&field(9))]).is_err());
    let frame = "errUnknownField \"*types.Any\": {TagNum: 3, WireType:\"varint\"}";
    assert_eq!(check(&[url(send), field(3)]), Err(frame.into()));
}

#[test]
fn bytes_that_are_cut_off_are_refused_with_the_field_that_is() {
    let cut = |number, wire: &str| {
        Err(format!(
            "could not consume field value for tagNum: {number}, wireType: \"{wire}\"; unexpected EOF"
        ))
    };
    assert_eq!(said(PROPOSAL, &[0x0a, 5, 1], Unknown::Refuse), cut(1, "bytes"));
    assert_eq!(said(PROPOSAL, &[0x38], Unknown::Refuse), cut(7, "varint"));
    assert_eq!(said(PROPOSAL, &[0x80], Unknown::Refuse), Err("invalid length".into()));
    assert_eq!(said("x.Y", &[], Unknown::Refuse), Err("unable to resolve type URL /x.Y".into()));
}

#[test]
fn proposals_within_proposals_end_at_a_depth_and_not_in_the_stack() {
    let nested = |depth: usize| {
        (0..depth).fold(Vec::new(), |value, _| {
            let messages = vec![Any { type_url: format!("/{PROPOSAL}"), value }];
            MsgSubmitProposal { messages, ..MsgSubmitProposal::default() }.encode_to_vec()
        })
    };
    assert_eq!(check(PROPOSAL, &nested(63), Unknown::Refuse), Ok(()));
    for depth in [64, 65, 5_000] {
        assert_eq!(check(PROPOSAL, &nested(depth), Unknown::Refuse), Err(UnknownError::TooDeep));
    }
}

#[test]
fn fields_of_later_versions_that_no_chain_obeys_are_unknown() {
    for number in [4, 5] {
        let text = format!("errUnknownField \"*tx.TxBody\": {{TagNum: {number}, WireType:\"varint\"}}");
        let body = said("cosmos.tx.v1beta1.TxBody", &field(number), Unknown::AllowNonCritical);
        assert_eq!(body, Err(text));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_understood_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), pick in any::<prop::sample::Index>()) {
        let name = pick.get(&NAMES);
        let strict = check(name, &bytes, Unknown::Refuse);
        prop_assert!(strict.is_err() || check(name, &bytes, Unknown::AllowNonCritical).is_ok());
    }
}
