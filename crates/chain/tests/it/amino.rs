//! Transactions signed as wallets with a screen sign them: in SIGN_MODE_LEGACY_AMINO_JSON.

use crate::base_chain::*;
use ics_abci::{Application as _, Check};
use ics_proto::Any;
use ics_proto::cosmos::tx::signing::v1beta1::SignMode;
use ics_proto::cosmos::tx::v1beta1::mode_info::{Single, Sum};
use ics_proto::cosmos::tx::v1beta1::{AuthInfo, ModeInfo, TxBody, TxRaw};
use prost::Message;

const NUMBER: u64 = 2;

/// The transaction of a draft, with another mode, body and signature.
fn signed(chain: &Chain, draft: &Draft, mode: SignMode, sign: impl FnOnce(&TxRaw) -> String) -> Vec<u8> {
    let mut raw = TxRaw::decode(draft.sign(chain).as_slice()).unwrap();
    let mut auth = AuthInfo::decode(raw.auth_info_bytes.as_slice()).unwrap();
    auth.signer_infos[0].mode_info = Some(ModeInfo { sum: Some(Sum::Single(Single { mode: mode.into() })) });
    raw.auth_info_bytes = auth.encode_to_vec();
    raw.signatures = vec![key(2).sign(sign(&raw).as_bytes()).to_vec()];
    raw.encode_to_vec()
}

/// As a wallet does it, which knows the form by itself.
fn send_doc(sequence: u64, memo: &str) -> String {
    let (from, to) = (address(2), address(3));
    format!(
        "{{\"account_number\":\"{NUMBER}\",\"chain_id\":\"{CHAIN_ID}\",\
         \"fee\":{{\"amount\":[{{\"amount\":\"2000\",\"denom\":\"stake\"}}],\"gas\":\"2000000\"}},\"memo\":\"{memo}\",\
         \"msgs\":[{{\"type\":\"cosmos-sdk/MsgSend\",\"value\":{{\"amount\":[{{\"amount\":\"5\",\"denom\":\"stake\"}}],\
         \"from_address\":\"{from}\",\"to_address\":\"{to}\"}}}}],\"sequence\":\"{sequence}\"}}"
    )
}

fn unverified(why: &str) -> (String, u32, String) {
    let text =
        format!("signature verification failed; please verify account number ({NUMBER}){why}: unauthorized");
    refused("sdk", 4, &text)
}

#[test]
fn a_transfer_signed_as_json_is_a_transfer() {
    let mut chain = Chain::new();
    let mut draft = Draft::send(2, 3, 5);
    draft.body.memo = "tea & <cake>".into();
    let tx =
        signed(&chain, &draft, SignMode::LegacyAminoJson, |_| send_doc(0, "tea \\u0026 \\u003ccake\\u003e"));
    assert_eq!(outcome(&chain.app.check_tx(&tx, Check::New)), good());
    assert_eq!(outcome(&chain.block(std::slice::from_ref(&tx)).txs[0]), good());
    assert_eq!(chain.balance(3), FUNDS + 5);
    assert_eq!(chain.account(2).sequence, 1);
    let again =
        refused("sdk", 32, "account sequence mismatch, expected 1, got 0: incorrect account sequence");
    assert_eq!(outcome(&chain.block(&[tx]).txs[0]), again);
}

#[test]
fn a_signature_of_other_json_names_all_that_may_be_wrong() {
    let mut chain = Chain::new();
    let draft = Draft::send(2, 3, 5);
    let bad = unverified(&format!(", sequence (0) and chain-id ({CHAIN_ID})"));
    let docs = [send_doc(1, ""), send_doc(0, "x"), send_doc(0, "").replace(CHAIN_ID, "other-1")];
    for doc in
        docs.into_iter().chain([send_doc(0, "").replace("\"5\"", "\"6\""), format!("{} ", send_doc(0, ""))])
    {
        let tx = signed(&chain, &draft, SignMode::LegacyAminoJson, |_| doc);
        assert_eq!(outcome(&chain.block(&[tx]).txs[0]), bad);
    }
    // A signature of one mode is none of the other.
    let tx = signed(&chain, &draft, SignMode::Direct, |_| send_doc(0, ""));
    let direct = format!(" and chain-id ({CHAIN_ID}): (unable to verify single signer signature)");
    assert_eq!(outcome(&chain.block(&[tx]).txs[0]), unverified(&direct));
    let tx = signed(&chain, &draft, SignMode::Textual, |_| send_doc(0, ""));
    let known = "only SIGN_MODE_DIRECT and SIGN_MODE_LEGACY_AMINO_JSON are available";
    let textual = unverified(&format!(" and chain-id ({CHAIN_ID}): ({known})"));
    assert_eq!(outcome(&chain.block(&[tx]).txs[0]), textual);
    assert_eq!(chain.balance(2), FUNDS);
}

/// Whoever carries the transaction could add these after it was signed.
#[test]
fn what_json_does_not_show_is_refused_by_name() {
    let mut chain = Chain::new();
    let why = |why: &str| unverified(&format!(" and chain-id ({CHAIN_ID}): ({why})"));
    let extended = |message: Any, more: Option<Any>| {
        let body = TxBody {
            messages: vec![message],
            non_critical_extension_options: more.into_iter().collect(),
            ..TxBody::default()
        };
        body.encode_to_vec()
    };
    let mut longer = send(2, 3, 5);
    // A field that is not critical: other signatures cover it.
    longer.value.extend([0x80, 0x40, 1]);
    let unknown = "cosmos.bank.v1beta1.MsgSend: unknown field 1024";
    let option = "an extension option cannot be signed in SIGN_MODE_LEGACY_AMINO_JSON";
    for (body, expected) in
        [(extended(longer, None), why(unknown)), (extended(send(2, 3, 5), Some(send(2, 3, 5))), why(option))]
    {
        let tx = signed(&chain, &Draft::send(2, 3, 5), SignMode::LegacyAminoJson, |_| send_doc(0, ""));
        let mut raw = TxRaw::decode(tx.as_slice()).unwrap();
        raw.body_bytes = body;
        assert_eq!(outcome(&chain.block(&[raw.encode_to_vec()]).txs[0]), expected);
    }
    assert_eq!(chain.balance(2), FUNDS);
}
