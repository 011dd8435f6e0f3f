//! Bytes of strangers: an error with a code, never a panic, and the same answer every time.

use crate::base_chain::*;
use ics_abci::{Application, Check, Height, Query};
use ics_chain::tx::MAX_TX_BYTES;
use ics_proto::Any;
use ics_proto::cosmos::tx::v1beta1::{AuthInfo, TxBody, TxRaw};
use proptest::prelude::*;
use prost::Message;

const PATHS: [&str; 13] = [
    "/cosmos.auth.v1beta1.Query/Account",
    "/cosmos.bank.v1beta1.Query/Balance",
    "/cosmos.bank.v1beta1.Query/AllBalances",
    "/cosmos.bank.v1beta1.Query/TotalSupply",
    "/cosmos.staking.v1beta1.Query/Validators",
    "/cosmos.staking.v1beta1.Query/Validator",
    "/cosmos.staking.v1beta1.Query/DelegatorDelegations",
    "/cosmos.staking.v1beta1.Query/DelegatorUnbondingDelegations",
    "/cosmos.staking.v1beta1.Query/Redelegations",
    "/cosmos.tx.v1beta1.Service/Simulate",
    "/app/simulate",
    "store/bank/key",
    "store/headers/key",
];

fn urls() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 8] = [
        "/cosmos.bank.v1beta1.MsgSend",
        "/cosmos.staking.v1beta1.MsgCreateValidator",
        "/cosmos.staking.v1beta1.MsgDelegate",
        "/cosmos.staking.v1beta1.MsgUndelegate",
        "/cosmos.staking.v1beta1.MsgEditValidator",
        "/cosmos.staking.v1beta1.MsgBeginRedelegate",
        "/cosmos.staking.v1beta1.MsgCancelUnbondingDelegation",
        "/nobody.knows.Msg",
    ];
    proptest::sample::select(&KNOWN[..]).prop_map(str::to_owned)
}

fn framed() -> impl Strategy<Value = Vec<u8>> {
    let bytes = || proptest::collection::vec(any::<u8>(), 0..80);
    let messages = proptest::collection::vec((urls(), bytes()), 0..3);
    (messages, bytes(), proptest::collection::vec(bytes(), 0..3), any::<bool>()).prop_map(
        |(messages, auth, signatures, plain)| {
            let messages = messages.into_iter().map(|(type_url, value)| Any { type_url, value }).collect();
            let body = TxBody { messages, ..TxBody::default() };
            let auth = if plain { auth } else { AuthInfo::default().encode_to_vec() };
            TxRaw { body_bytes: body.encode_to_vec(), auth_info_bytes: auth, signatures }.encode_to_vec()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_refused_alike_by_mempool_and_block(tx in prop_oneof![proptest::collection::vec(any::<u8>(), 0..300), framed()]) {
        let mut chain = Chain::new();
        let checked = chain.app.check_tx(&tx, Check::New);
        prop_assert_ne!(checked.code, 0);
        let block = chain.next(std::slice::from_ref(&tx));
        let result = chain.app.finalize_block(&block).unwrap();
        prop_assert_eq!(&result.txs[0].code, &checked.code);
        prop_assert_eq!(chain.app.finalize_block(&block).unwrap(), result);
        for path in PATHS {
            for prove in [false, true] {
                let query = Query { path: path.into(), data: tx.clone(), height: Height(0), prove };
                prop_assert_eq!(chain.app.query(&query), chain.app.query(&query));
            }
        }
    }

    #[test]
    fn a_good_transaction_with_one_byte_changed_moves_nothing(position in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let mut chain = Chain::new();
        let mut tx = Draft::send(2, 3, 5).sign(&chain);
        let at = position.index(tx.len());
        tx[at] ^= flip;
        prop_assert_ne!(chain.app.check_tx(&tx, Check::New).code, 0);
        let with = chain.app.finalize_block(&chain.next(&[tx])).unwrap();
        let without = chain.app.finalize_block(&chain.next(&[])).unwrap();
        prop_assert_eq!(with.app_hash, without.app_hash);
    }

    #[test]
    fn a_good_transaction_cut_short_moves_nothing(position in any::<prop::sample::Index>()) {
        let mut chain = Chain::new();
        let mut tx = Draft::send(2, 3, 5).sign(&chain);
        tx.truncate(position.index(tx.len()));
        prop_assert_ne!(chain.app.check_tx(&tx, Check::New).code, 0);
    }

    #[test]
    fn random_app_state_is_refused_with_words(text in "\\PC*") {
        let mut app = ics_chain::App::new(config(), &ics_chain::roles::STANDALONE);
        let mut document = genesis(&app_state());
        document.app_state = text.into_bytes();
        if let Err(halt) = ics_abci::Application::init_chain(&mut app, &document) {
            prop_assert!(halt.0.starts_with("genesis: "), "{}", halt.0);
        }
    }
}

#[test]
fn a_transaction_that_is_too_big_is_not_even_read() {
    let mut chain = Chain::new();
    let tx = vec![0x0a; MAX_TX_BYTES + 1];
    let log = "1048577 bytes, at most 1048576: tx too large";
    assert_eq!(outcome(&chain.app.check_tx(&tx, Check::New)), refused("sdk", 21, log));
    assert_eq!(outcome(&chain.block(&[tx]).txs[0]), refused("sdk", 21, log));
}

#[test]
fn the_recorded_garbage_gets_the_recorded_answer() {
    let mut chain = Chain::new();
    let log = "expected 2 wire type, got 0: tx parse error: tx parse error";
    assert_eq!(outcome(&chain.app.check_tx(b"hello world", Check::New)), refused("sdk", 2, log));
    let log = "must contain at least one message: invalid request";
    assert_eq!(outcome(&chain.app.check_tx(b"", Check::New)), refused("sdk", 18, log));
}

#[test]
fn extensions_of_unknown_types_are_refused_and_of_the_others_those_that_must_be_understood() {
    let chain = Chain::new();
    let tx = Draft::send(2, 3, 5).sign(&chain);
    let raw = TxRaw::decode(tx.as_slice()).unwrap();
    let with = |critical: bool, type_url: &str| {
        let mut body = TxBody::decode(raw.body_bytes.as_slice()).unwrap();
        let option = Any { type_url: type_url.into(), value: vec![] };
        if critical {
            body.extension_options.push(option)
        } else {
            body.non_critical_extension_options.push(option)
        }
        let body_bytes = body.encode_to_vec();
        let account = chain.account(2);
        let message = ics_client::sign_bytes(&body_bytes, &raw.auth_info_bytes, CHAIN_ID, account.number);
        let signatures = vec![key(2).sign(&message).to_vec()];
        TxRaw { body_bytes, auth_info_bytes: raw.auth_info_bytes.clone(), signatures }.encode_to_vec()
    };
    let mut app = chain.app.clone();
    let mut said = |critical, type_url| outcome(&app.check_tx(&with(critical, type_url), Check::New));
    let known = "/cosmos.bank.v1beta1.MsgSend";
    assert_eq!(said(true, known), refused("sdk", 31, "unknown extension options: unknown extension options"));
    for critical in [true, false] {
        let log = "unable to resolve type URL /x.y.Z: tx parse error";
        assert_eq!(said(critical, "/x.y.Z"), refused("sdk", 2, log));
    }
    assert_eq!(said(false, known), good());
}

/// A proposal to send coins, and within the message that it would execute a field that nobody knows.
#[test]
fn a_field_that_nobody_knows_deep_inside_a_message_is_refused_by_mempool_and_block() {
    let mut chain = Chain::new();
    let proposal = |number: u32| {
        let mut inner = send(2, 3, 5);
        prost::encoding::encode_key(number, prost::encoding::WireType::Varint, &mut inner.value);
        inner.value.push(1);
        let new = ics_client::msgs::NewProposal {
            messages: vec![inner],
            initial_deposit: vec![coin(1_000)],
            proposer: address(2),
            metadata: String::new(),
            title: "t".into(),
            summary: "s".into(),
            expedited: false,
        };
        Draft::of(2, vec![ics_client::msgs::submit_proposal(&new)])
    };
    let log = "errUnknownField \"*types.MsgSend\": {TagNum: 9, WireType:\"varint\"}: tx parse error";
    assert_eq!(outcome(&chain.check(&proposal(9))), refused("sdk", 2, log));
    assert_eq!(outcome(&chain.deliver(&proposal(9))), refused("sdk", 2, log));
    // What is marked as not critical passes this check, and fails for what it asks.
    assert_eq!(chain.deliver(&proposal(1_024)).codespace, "gov");
    let mut nested = send(2, 3, 5);
    for _ in 0..3_000 {
        let proposal =
            ics_proto::cosmos::gov::v1::MsgSubmitProposal { messages: vec![nested], ..Default::default() };
        nested = ics_client::msgs::any(&proposal);
    }
    let deep = Draft::of(2, vec![nested]);
    assert_eq!(outcome(&chain.check(&deep)), refused("sdk", 2, "recursion limit reached: tx parse error"));
}
