//! Refusals are those of CometBFT, code by code and word by word.

use crate::rpc_chain::{Chain, Net, recorded};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ics_node::rpc::json::{BATCH_BYTES_MAX, BATCH_MAX, BODY_BYTES_MAX};
use serde_json::{Value, json};

fn recording(name: &str) -> Value {
    serde_json::from_str(&recorded(name)).unwrap()
}

fn post(net: &Net, body: &[u8]) -> (u16, Value) {
    let (status, text) = net.post_text(body);
    (status, serde_json::from_str(&text).unwrap())
}

#[test]
fn refusals_of_heights_pages_methods_and_hashes_are_the_recorded_ones() {
    let net = Net::busy();
    let cases = [
        ("err_block_height_-1", "block", json!({"height": "-1"})),
        ("err_block_height_0", "block", json!({"height": "0"})),
        ("err_block_height_abc", "block", json!({"height": "abc"})),
        ("err_provider_unknown_method", "no_such_method", json!({})),
        ("err_provider_tx_notfound", "tx", json!({"hash": STANDARD.encode([0; 32])})),
        ("err_validators_page", "validators", json!({"page": "99"})),
    ];
    for (name, method, params) in cases {
        assert_eq!(net.response(method, params), recording(name), "{name}");
    }
}

/// The recorded numbers are those of another chain.
#[test]
fn refusals_of_future_heights_name_the_last_height_that_can_be_asked_for() {
    let net = Net::busy();
    let cases = [
        ("err_provider_block_future", "block", 5),
        ("err_provider_block_results_future", "block_results", 5),
        ("err_provider_commit_future", "commit", 5),
        ("err_provider_validators_future", "validators", 6),
    ];
    for (name, method, last) in cases {
        let mut expected = recording(name);
        let words: Vec<_> =
            expected["error"]["data"].as_str().unwrap().split(' ').map(str::to_owned).collect();
        let text = expected["error"]["data"].as_str().unwrap();
        let ours = text.replace(&words[1], "7").replace(words.last().unwrap(), &last.to_string());
        expected["error"]["data"] = json!(ours);
        assert_eq!(net.response(method, json!({"height": "7"})), expected, "{name}");
    }
}

#[test]
fn a_body_that_is_no_json_is_a_parse_error_without_id() {
    let net = Net::busy();
    assert_eq!(post(&net, b"garbage"), (400, recording("err_garbage_body")));
    let (_, deep) = post(&net, "[".repeat(10_000).as_bytes());
    assert_eq!(deep["error"]["code"], -32700);
}

#[test]
fn a_bad_query_is_an_internal_error_that_says_what_is_wrong() {
    let net = Net::busy();
    let refused = net.response("tx_search", json!({"query": "not a query"}));
    let expected = recording("err_tx_search_bad_query");
    assert_eq!(
        (&refused["error"]["code"], &refused["error"]["message"]),
        (&expected["error"]["code"], &expected["error"]["message"])
    );
    assert_eq!(refused["error"]["data"], "not a condition: not a query");
    let long = json!({"query": "x".repeat(513)});
    assert_eq!(net.refusal("tx_search", long), "maximum query length exceeded");
    assert_eq!(net.refusal("block_search", json!({"query": ""})), "empty query");
}

#[test]
fn a_batch_is_answered_in_order_without_its_notifications() {
    let net = Net::busy();
    let body = json!([
        {"jsonrpc": "2.0", "id": "a", "method": "health"},
        {"jsonrpc": "2.0", "method": "status"},
        {"jsonrpc": "2.0", "id": 2, "method": "abci_info", "params": []},
        {"jsonrpc": "2.0", "id": 3, "method": "nope"},
    ]);
    let (status, answers) = post(&net, body.to_string().as_bytes());
    let expected = recording("batch_request");
    assert_eq!((status, &answers[0]), (200, &expected[0]));
    assert_eq!(answers[1]["id"], 2);
    assert_eq!(answers[1]["result"]["response"]["data"], "words");
    assert_eq!((&answers[2]["id"], &answers[2]["error"]["code"]), (&json!(3), &json!(-32601)));
    assert_eq!(answers.as_array().unwrap().len(), 3);
}

#[test]
fn a_request_without_an_id_is_neither_answered_nor_carried_out() {
    let net = Net::busy();
    let send = json!({"method": "broadcast_tx_sync", "params": {"tx": STANDARD.encode("set q 1")}});
    assert_eq!(net.post_text(send.to_string().as_bytes()), (200, String::new()));
    assert_eq!(net.post_text(json!([send]).to_string().as_bytes()), (200, String::new()));
    assert_eq!(net.post_text(b"[]"), (200, String::new()));
    assert_eq!(net.result("num_unconfirmed_txs", json!({}))["n_txs"], "0");
}

#[test]
fn bodies_and_batches_beyond_their_limits_are_refused() {
    let net = Net::busy();
    let one = json!({"id": 1, "method": "health"});
    let (status, answers) = post(&net, json!(vec![one.clone(); BATCH_MAX]).to_string().as_bytes());
    assert_eq!((status, answers.as_array().unwrap().len()), (200, BATCH_MAX));
    let (status, refused) = post(&net, json!(vec![one; BATCH_MAX + 1]).to_string().as_bytes());
    assert_eq!(status, 400);
    assert_eq!(
        refused,
        json!({"jsonrpc": "2.0", "error": {
            "code": -32600, "message": "Invalid Request",
            "data": "batch request exceeds maximum (10) allowed number of requests"
        }})
    );
    let body = json!({"id": 1, "method": "health", "params": {"x": ""}}).to_string();
    let padded = body.replace("\"\"", &format!("\"{}\"", "x".repeat(BODY_BYTES_MAX - body.len())));
    assert_eq!(padded.len(), BODY_BYTES_MAX);
    assert_eq!(post(&net, padded.as_bytes()).0, 200);
    let (status, refused) = post(&net, format!("{padded} ").as_bytes());
    assert_eq!((status, &refused["error"]["code"]), (400, &json!(-32600)));
    assert_eq!(refused["error"]["data"], "error reading request body: http: request body too large");
}

#[test]
fn a_batch_whose_answers_grow_too_large_is_answered_in_part_and_says_so() {
    let chain = Chain::start(&[1]);
    let txs: Vec<_> = (0..4_u8).map(|n| vec![n; 600_000]).collect();
    chain.block_of(&txs.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let net = Net::serving(chain);
    let batch: Vec<_> = (0..BATCH_MAX).map(|id| json!({"id": id, "method": "block"})).collect();
    let (status, text) = net.post_text(json!(batch).to_string().as_bytes());
    assert!(text.len() < 2 * BATCH_BYTES_MAX, "{}", text.len());
    let answers: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!((status, answers.len()), (200, BATCH_MAX));
    let whole = answers.iter().take_while(|answer| answer.get("result").is_some()).count();
    assert_eq!(whole, 5, "each has a little more than 3.2 million bytes");
    for (id, refused) in answers.iter().enumerate().skip(whole) {
        let why = "the answers to this batch have 16000000 bytes already: ask again, for less at once";
        assert_eq!((&refused["id"], &refused["error"]["data"]), (&json!(id), &json!(why)));
    }
}

#[test]
fn a_method_that_panics_is_an_internal_error_and_the_server_goes_on() {
    let net = Net::busy();
    let params = json!({"path": "/words.Query/Panic"});
    assert_eq!(net.refusal("abci_query", params), "the method failed: this is a bug");
    assert_eq!(net.result("health", json!({})), json!({}));
}
