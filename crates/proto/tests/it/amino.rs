//! What is signed in SIGN_MODE_LEGACY_AMINO_JSON, as the SDK and CosmJS say it.

use base64::{Engine, engine::general_purpose::STANDARD};
use ics_proto::amino::{AminoError, sign_bytes};
use ics_proto::json::JsonError;
use proptest::prelude::*;
use serde_json::Value;
use std::sync::LazyLock;

/// A transaction, and what is signed of it by somebody else's program: nothing where that refuses.
struct Case {
    name: String,
    body: Vec<u8>,
    auth_info: Vec<u8>,
    chain_id: String,
    number: u64,
    sequence: u64,
    signed: Option<String>,
}

impl Case {
    fn ours(&self) -> Result<String, AminoError> {
        sign_bytes(&self.body, &self.auth_info, &self.chain_id, self.number, self.sequence)
    }
}

fn cases(file: &str) -> Vec<Case> {
    let path = format!("{}/tests/amino/{file}", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let text = |case: &Value, name: &str| case[name].as_str().unwrap().to_owned();
    let bytes = |case: &Value, name: &str| STANDARD.decode(case[name].as_str().unwrap()).unwrap();
    let case = |case: &Value| Case {
        name: text(case, "name"),
        body: bytes(case, "body"),
        auth_info: bytes(case, "auth_info"),
        chain_id: text(case, "chain_id"),
        number: text(case, "account_number").parse().unwrap(),
        sequence: text(case, "sequence").parse().unwrap(),
        signed: case["sign_bytes"].as_str().map(str::to_owned),
    };
    file["cases"].as_array().unwrap().iter().map(case).collect()
}

#[test]
fn what_is_signed_is_what_the_sdk_says() {
    let cases = cases("sdk.json");
    assert_eq!(cases.len(), 315);
    let mut refused = 0;
    for case in cases {
        match (case.ours(), &case.signed) {
            (Ok(ours), Some(theirs)) => assert_eq!(&ours, theirs, "{}", case.name),
            (Err(_), None) => refused += 1,
            (ours, theirs) => panic!("{}: {ours:?}\nis not\n{theirs:?}", case.name),
        }
    }
    assert_eq!(refused, 14);
}

#[test]
fn what_is_signed_is_what_cosmjs_signs() {
    let cases = cases("cosmjs.json");
    assert_eq!(cases.len(), 34);
    for case in cases {
        assert_eq!(case.ours().ok(), case.signed, "{}", case.name);
    }
}

/// Field 1 of a message: what is within, framed.
fn framed(field: u8, within: &[u8]) -> Vec<u8> {
    let mut out = vec![field << 3 | 2];
    prost::encoding::encode_varint(within.len() as u64, &mut out);
    out.extend_from_slice(within);
    out
}

/// A body with one message.
fn body(url: &str, message: &[u8]) -> Vec<u8> {
    framed(1, &[framed(1, url.as_bytes()), framed(2, message)].concat())
}

/// An empty fee, which is one.
const FEE: &[u8] = &[0x12, 0];

fn refused(body: &[u8], auth_info: &[u8]) -> AminoError {
    sign_bytes(body, auth_info, "c", 1, 0).unwrap_err()
}

#[test]
fn what_a_signature_would_not_cover_is_refused_by_name() {
    let send = "/cosmos.bank.v1beta1.MsgSend";
    let unknown = |message: &str, number| AminoError::UnknownField { message: message.into(), number };
    // A field 9; the same within a coin; one of the body that need not be read; one of the fee.
    assert_eq!(refused(&body(send, &[0x48, 1]), FEE), unknown("cosmos.bank.v1beta1.MsgSend", 9));
    let coin = framed(3, &[0x48, 1]);
    assert_eq!(refused(&body(send, &coin), FEE), unknown("cosmos.base.v1beta1.Coin", 9));
    let whole = [body(send, &[]), vec![0xc8, 0x40, 1]].concat();
    assert_eq!(refused(&whole, FEE), unknown("cosmos.tx.v1beta1.TxBody", 1033));
    assert_eq!(refused(&body(send, &[]), &[0x12, 2, 0x48, 1]), unknown("cosmos.tx.v1beta1.Fee", 9));

    let ours = framed(1, &framed(1, send.as_bytes())[..]);
    for (field, part) in [(&[0xfa, 0x3f][..], "an extension option"), (&[0xfa, 0x7f], "an extension option")]
    {
        let extension = [field, &framed(1, &ours)[1..]].concat();
        let whole = [body(send, &[]), extension].concat();
        assert_eq!(refused(&whole, FEE), AminoError::NoPlace(part));
    }
    assert_eq!(
        refused(&[body(send, &[]), vec![0x20, 1]].concat(), FEE),
        AminoError::NoPlace("an unordered transaction")
    );
    assert_eq!(refused(&body(send, &[]), &[0x12, 0, 0x1a, 0]), AminoError::NoPlace("a tip"));
    assert_eq!(refused(&body(send, &[]), &[]), AminoError::NoFee);
    assert_eq!(refused(&body("/a.B", &[]), FEE), AminoError::Bytes(JsonError::UnknownType("a.B".into())));
    assert_eq!(refused(&body("a.B", &[]), FEE).to_string(), "a type of URL \"a.B\" has no amino JSON form");
}

#[test]
fn what_has_no_form_is_refused_by_name() {
    let delegate = "/cosmos.staking.v1beta1.MsgDelegate";
    let amount = "cosmos.staking.v1beta1.MsgDelegate.amount";
    assert_eq!(refused(&body(delegate, &[]), FEE), AminoError::Absent(amount.into()));
    let commission = "/interchain_security.ccv.provider.v1.MsgSetConsumerCommissionRate";
    let field = "interchain_security.ccv.provider.v1.MsgSetConsumerCommissionRate.rate";
    for text in ["010", "0x10", "1_0", "-0", "+1", "1.5", "a"] {
        let error = AminoError::Number { field: field.into(), text: text.into() };
        assert_eq!(refused(&body(commission, &framed(3, text.as_bytes())), FEE), error);
    }
    let key = "/tendermint.crypto.PublicKey";
    let kind = "tendermint.crypto.PublicKey.ed25519";
    assert_eq!(refused(&body(key, &[]), FEE), AminoError::NoForm(kind.into()));
    let several = "/cosmos.crypto.multisig.LegacyAminoPubKey";
    let form = "cosmos.crypto.multisig.LegacyAminoPubKey (threshold_string)";
    assert_eq!(refused(&body(several, &[]), FEE), AminoError::NoForm(form.into()));
}

#[test]
fn proposals_within_proposals_end_at_a_depth() {
    let url = "/cosmos.gov.v1.MsgSubmitProposal";
    let mut message = Vec::new();
    for _ in 0..200 {
        message = framed(1, &[framed(1, url.as_bytes()), framed(2, &message)].concat());
    }
    assert_eq!(refused(&body(url, &message), FEE), AminoError::TooDeep);
}

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| cases("sdk.json"));
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    crate::descriptors::pool().all_messages().map(|message| message.full_name().into()).collect()
});

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_message_is_signed_as_sorted_json_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..200), pick in any::<prop::sample::Index>(),
    ) {
        let body = body(&format!("/{}", pick.get(&NAMES)), &bytes);
        if let Ok(text) = sign_bytes(&body, FEE, "c", 1, 2) {
            prop_assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
        }
    }

    /// Flips, cuts and additions of what is good: another text is signed, or none.
    #[test]
    fn changed_bytes_are_signed_as_json_or_refused(
        pick in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
    ) {
        let case = pick.get(&CASES);
        let mut body = case.body.clone();
        let at = at.index(body.len());
        body[at] ^= byte;
        if cut { body.truncate(at); }
        if let Ok(text) = sign_bytes(&body, &case.auth_info, "c", 1, 2) {
            prop_assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
        }
    }
}
