//! Accounts, balances, simulations and broadcasts over the REST gateway, compared with the recorded answers.

use crate::rpc_rest::{GATEWAYS, recording};
use crate::rpc_shape::Shape;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ics_client::{Account, Body, Coin, Fee, Key, msgs, sign};
use ics_proto::cosmos::crypto::secp256k1::PubKey;
use ics_proto::cosmos::staking::v1beta1::MsgDelegate;
use ics_proto::cosmos::tx::v1beta1::{AuthInfo, TxBody, TxRaw};
use ics_world::{Plan, topology};
use prost::Message as _;
use serde_json::{Value, json};

/// The first validator of the network, who has signed transactions.
fn validator() -> Key {
    topology::key(Plan::local_of(4).validators[0].index).unwrap()
}

fn address(key: &Key) -> String {
    key.address().to_text(topology::PROVIDER_PREFIX)
}

fn operator(key: &Key) -> String {
    key.operator().to_text(&format!("{}valoper", topology::PROVIDER_PREFIX))
}

/// The text of the answer to a recorded question about another account.
fn answered(name: &str, key: &Key) -> (String, Value) {
    let recorded: Value = serde_json::from_str(&recording(name)).unwrap();
    let asked = recorded["request"].as_str().unwrap().strip_prefix("GET ").unwrap();
    let (path, _) = asked.rsplit_once('/').unwrap();
    let (status, height, text) = GATEWAYS.get(0, &format!("{path}/{}", address(key)));
    assert_eq!(u64::from(status), recorded["http_status"], "{text}");
    assert!(height.parse::<u64>().unwrap() > 0, "{name}");
    (text.clone(), serde_json::from_str(&text).unwrap())
}

/// What the chain says of an account.
fn account(key: &Key) -> Account {
    let (_, answer) = answered("host_p_account", key);
    let number = |name: &str| answer["account"][name].as_str().unwrap().parse().unwrap();
    Account { number: number("account_number"), sequence: number("sequence") }
}

#[test]
fn an_account_is_told_in_the_recorded_shape() {
    let key = validator();
    let (text, answer) = answered("host_p_account", &key);
    let recorded = recording("host_p_account");
    assert_eq!(Shape::of(&text).differs(Shape::of(&recorded).at(&["body"]), "account"), None, "{text}");
    let recorded: Value = serde_json::from_str(&recorded).unwrap();
    let kinds = |answer: &Value| (answer["@type"].clone(), answer["pub_key"]["@type"].clone());
    assert_eq!(kinds(&answer["account"]), kinds(&recorded["body"]["account"]));
    assert_eq!(answer["account"]["address"], address(&key));
    assert_eq!(answer["account"]["pub_key"]["key"], STANDARD.encode(key.public().to_bytes()));
}

#[test]
fn balances_are_told_in_the_recorded_shape() {
    let (text, answer) = answered("host_p_balances", &validator());
    let recorded = recording("host_p_balances");
    assert_eq!(Shape::of(&text).differs(Shape::of(&recorded).at(&["body"]), "balances"), None, "{text}");
    assert_eq!(answer["pagination"], json!({"next_key": null, "total": "1"}));
    assert_eq!(answer["balances"][0]["denom"], "stake");
    assert!(answer["balances"][0]["amount"].as_str().unwrap().parse::<u64>().unwrap() > 0);
}

/// The recorded transaction, of an account and a validator of this chain.
fn recorded_tx(key: &Key, sequence: u64) -> String {
    let recorded: Value = serde_json::from_str(&recording("host_p_simulate_ok")).unwrap();
    let bytes = STANDARD.decode(recorded["tx_bytes"].as_str().unwrap()).unwrap();
    let mut tx = TxRaw::decode(bytes.as_slice()).unwrap();
    let mut body = TxBody::decode(tx.body_bytes.as_slice()).unwrap();
    let mut message = MsgDelegate::decode(body.messages[0].value.as_slice()).unwrap();
    (message.delegator_address, message.validator_address) = (address(key), operator(key));
    body.messages[0].value = message.encode_to_vec();
    let mut auth = AuthInfo::decode(tx.auth_info_bytes.as_slice()).unwrap();
    let public = PubKey { key: key.public().to_bytes().to_vec() };
    auth.signer_infos[0].public_key.as_mut().unwrap().value = public.encode_to_vec();
    auth.signer_infos[0].sequence = sequence;
    (tx.body_bytes, tx.auth_info_bytes) = (body.encode_to_vec(), auth.encode_to_vec());
    STANDARD.encode(tx.encode_to_vec())
}

fn simulated(tx: &str) -> (u16, Value) {
    let body = json!({"tx_bytes": tx}).to_string();
    GATEWAYS.post("/cosmos/tx/v1beta1/simulate", body.as_bytes())
}

/// Names of the events, with the names of their attributes.
fn names(answer: &Value) -> Vec<(String, Vec<String>)> {
    let events = answer["result"]["events"].as_array().unwrap().iter();
    let attributes = |event: &Value| {
        let all = event["attributes"].as_array().unwrap().iter();
        all.map(|one| one["key"].as_str().unwrap().to_owned()).collect()
    };
    events.map(|event| (event["type"].as_str().unwrap().to_owned(), attributes(event))).collect()
}

#[test]
fn a_simulation_tells_gas_and_events_as_recorded() {
    let key = validator();
    let body = json!({"tx_bytes": recorded_tx(&key, account(&key).sequence)}).to_string();
    let text = GATEWAYS.post_text("/cosmos/tx/v1beta1/simulate", body.as_bytes()).1;
    let recorded = recording("host_p_simulate_ok");
    let differs = Shape::of(&text).differs(Shape::of(&recorded).at(&["response"]), "simulate");
    assert_eq!(differs, None, "{text}");
    let (ours, recorded): (Value, Value) =
        (serde_json::from_str(&text).unwrap(), serde_json::from_str(&recorded).unwrap());
    let theirs = &recorded["response"];
    assert_eq!(ours["gas_info"]["gas_wanted"], theirs["gas_info"]["gas_wanted"]);
    assert!(ours["gas_info"]["gas_used"].as_str().unwrap().parse::<u64>().unwrap() > 50_000, "{text}");
    for field in ["data", "log", "msg_responses"] {
        assert_eq!(ours["result"][field], theirs["result"][field], "{field}");
    }
    // There are no rewards here, which the recorded delegation takes out first: five events.
    let mut expected = names(theirs);
    let (first, rest) = (4, 9);
    assert_eq!(expected[rest - 1].0, "withdraw_rewards");
    expected.drain(first..rest);
    assert_eq!(names(&ours), expected);
}

#[test]
fn a_stale_sequence_is_refused_in_the_recorded_words() {
    let key = validator();
    let recorded: Value = serde_json::from_str(&recording("host_p_simulate_stale_sequence")).unwrap();
    let expected = account(&key).sequence;
    let (status, refused) = simulated(&recorded_tx(&key, expected + 7));
    assert_eq!(
        (status, &refused["code"], &refused["details"]),
        (500, &recorded["code"], &recorded["details"])
    );
    // Without the place in the reference's sources, and with our numbers.
    let theirs = recorded["message"].as_str().unwrap();
    let (begin, rest) = theirs.split_once(" [").unwrap();
    let (_, end) = rest.split_once(']').unwrap();
    let without_numbers = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
    let ours = refused["message"].as_str().unwrap();
    assert_eq!(without_numbers(ours), without_numbers(&format!("{begin}{end}")));
    assert!(ours.contains(&format!("expected {expected}, got {}", expected + 7)), "{ours}");
}

#[test]
fn a_transaction_that_is_offered_again_gets_the_recorded_answer() {
    // An account whose sequence no other test needs.
    let alice = topology::key(Plan::local_of(4).accounts[0].index).unwrap();
    let coin = Coin::new(1, "stake").unwrap();
    let message = msgs::send(&address(&alice), &address(&validator()), std::slice::from_ref(&coin));
    let fee = Fee { amount: vec![Coin::new(100_000, "stake").unwrap()], gas_limit: 200_000 };
    let known = account_or_new(&alice);
    let signed = sign(&Body::of(vec![message]), &fee, topology::PROVIDER, &[(&alice, known)]);
    let body = json!({"tx_bytes": STANDARD.encode(&signed.bytes), "mode": "BROADCAST_MODE_SYNC"}).to_string();
    let offer = || GATEWAYS.post_text("/cosmos/tx/v1beta1/txs", body.as_bytes());
    let (status, first) = offer();
    let first: Value = serde_json::from_str(&first).unwrap();
    assert_eq!((status, &first["tx_response"]["code"]), (200, &json!(0)), "{first}");
    assert_eq!(first["tx_response"]["txhash"], signed.hash);
    let (status, again) = offer();
    assert_eq!(status, 200, "{again}");
    let recorded = recording("host_p_broadcast_replay");
    assert_eq!(Shape::of(&again).differs(&Shape::of(&recorded), "replay"), None, "{again}");
    let mut expected: Value = serde_json::from_str(&recorded).unwrap();
    expected["tx_response"]["txhash"] = json!(signed.hash);
    assert_eq!(serde_json::from_str::<Value>(&again).unwrap(), expected);
}

/// What the chain says of an account that may have signed nothing yet.
fn account_or_new(key: &Key) -> Account {
    let answer = GATEWAYS.json(0, &format!("/cosmos/auth/v1beta1/accounts/{}", address(key)));
    let number = |name: &str| answer["account"][name].as_str().unwrap().parse().unwrap();
    Account { number: number("account_number"), sequence: number("sequence") }
}
