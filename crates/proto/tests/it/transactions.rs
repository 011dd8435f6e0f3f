//! Recorded transactions through the Rust types: the same bytes come out.

use base64::{Engine, engine::general_purpose::STANDARD};
use ics_proto::{
    Any, cosmos,
    cosmos::tx::v1beta1::{AuthInfo, TxBody, TxRaw},
    ibc,
    interchain_security::ccv::{consumer::v1 as consumer, provider::v1 as provider},
};
use prost::{Message, Name};

use crate::recorded::Recorded;

/// Files in `errors/` whose bytes are no transaction, on purpose; the second is two pieces of base64, one after the other.
const MALFORMED: [&str; 2] = ["errors/malformed_tx_bytes.json", "errors/tx_garbage_trailing.json"];

fn same<M: Message + Default>(bytes: &[u8], what: &str) -> M {
    let message = M::decode(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(message.encode_to_vec(), bytes, "{what}");
    message
}

/// Decodes what the `Any` says it holds; an unknown type fails the test.
fn content(any: &Any, what: &str) {
    macro_rules! known {
        ($($type:ty),* $(,)?) => {
            $(if any.type_url == format!("/{}", <$type>::full_name()) {
                same::<$type>(&any.value, what);
                return;
            })*
        };
    }
    if any.type_url == "/ibc.core.client.v1.MsgUpdateClient" {
        let update: ibc::core::client::v1::MsgUpdateClient = same(&any.value, what);
        return content(&update.client_message.unwrap(), what);
    }
    if any.type_url == "/cosmos.gov.v1.MsgSubmitProposal" {
        let submit: cosmos::gov::v1::MsgSubmitProposal = same(&any.value, what);
        return submit.messages.iter().for_each(|message| content(message, what));
    }
    if any.type_url == "/cosmos.staking.v1beta1.MsgCreateValidator" {
        let create: cosmos::staking::v1beta1::MsgCreateValidator = same(&any.value, what);
        return content(&create.pubkey.unwrap(), what);
    }
    known!(
        consumer::MsgUpdateParams,
        cosmos::bank::v1beta1::MsgSend,
        cosmos::crypto::ed25519::PubKey,
        cosmos::crypto::secp256k1::PubKey,
        cosmos::gov::v1::MsgVote,
        cosmos::slashing::v1beta1::MsgUnjail,
        cosmos::staking::v1beta1::MsgDelegate,
        cosmos::staking::v1beta1::MsgUndelegate,
        ibc::core::channel::v1::MsgAcknowledgement,
        ibc::core::channel::v1::MsgChannelCloseConfirm,
        ibc::core::channel::v1::MsgChannelCloseInit,
        ibc::core::channel::v1::MsgChannelOpenAck,
        ibc::core::channel::v1::MsgChannelOpenConfirm,
        ibc::core::channel::v1::MsgChannelOpenInit,
        ibc::core::channel::v1::MsgChannelOpenTry,
        ibc::core::channel::v1::MsgRecvPacket,
        ibc::core::channel::v1::MsgTimeout,
        ibc::core::connection::v1::MsgConnectionOpenAck,
        ibc::core::connection::v1::MsgConnectionOpenConfirm,
        ibc::core::connection::v1::MsgConnectionOpenInit,
        ibc::core::connection::v1::MsgConnectionOpenTry,
        ibc::lightclients::tendermint::v1::ClientState,
        ibc::lightclients::tendermint::v1::Header,
        provider::MsgAssignConsumerKey,
        provider::MsgChangeRewardDenoms,
        provider::MsgCreateConsumer,
        provider::MsgOptIn,
        provider::MsgOptOut,
        provider::MsgRemoveConsumer,
        provider::MsgSetConsumerCommissionRate,
        provider::MsgSubmitConsumerDoubleVoting,
        provider::MsgUpdateConsumer,
        provider::MsgUpdateParams,
    );
    panic!("{what}: {} is not in the table", any.type_url);
}

fn check(bytes: &[u8], what: &str) {
    let raw: TxRaw = same(bytes, what);
    let body: TxBody = same(&raw.body_bytes, what);
    let auth: AuthInfo = same(&raw.auth_info_bytes, what);
    assert!(!body.messages.is_empty(), "{what}");
    body.messages.iter().for_each(|message| content(message, what));
    for signer in auth.signer_infos {
        content(&signer.public_key.unwrap(), what);
    }
}

#[test]
fn bytes_that_are_no_transaction_do_not_decode() {
    assert_eq!(Recorded::open(MALFORMED[0]).bytes("/tx_base64").as_deref(), Some(b"hello world".as_slice()));
    assert_eq!(
        TxRaw::decode(b"hello world".as_slice()).unwrap_err().to_string(),
        "failed to decode Protobuf message: unexpected end group tag"
    );
    let garbage = Recorded::open(MALFORMED[1]);
    let (tx, tail) = garbage.str("/tx_base64").unwrap().split_at(608);
    let mut bytes = STANDARD.decode(tx).unwrap();
    check(&bytes, "before the tail");
    bytes.extend(STANDARD.decode(tail).unwrap());
    assert_eq!(
        TxRaw::decode(bytes.as_slice()).unwrap_err().to_string(),
        "failed to decode Protobuf message: invalid tag value: 0"
    );
}

#[test]
fn every_recorded_transaction_decodes_and_encodes_to_the_same_bytes() {
    let mut seen = 0;
    for folder in ["txs", "errors", "hermes/run1", "hermes/run2"] {
        for file in Recorded::folder(folder) {
            if MALFORMED.contains(&file.name.as_str()) {
                continue;
            }
            let found = file.bytes("/rpc_tx/tx").or_else(|| file.bytes("/tx_base64"));
            let Some(bytes) = found else { continue };
            check(&bytes, &file.name);
            seen += 1;
        }
    }
    assert_eq!(seen, SEEN);
}

const SEEN: usize = 111;
