//! Whatever a client sends, it gets an answer of the protocol, and the server lives.

use crate::rpc_chain::Net;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-2..9_i64).prop_map(|n| Value::from(n.to_string())),
        "[ -~é]{0,12}".prop_map(Value::from),
        "[0-9a-f]{0,9}".prop_map(Value::from),
        Just(json!("set.key='a'")),
        Just(json!("store/words/key")),
        Just(json!("9223372036854775808")),
    ]
}

fn params() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "height",
        "page",
        "per_page",
        "hash",
        "tx",
        "prove",
        "query",
        "order_by",
        "path",
        "data",
        "limit",
        "minHeight",
        "maxHeight",
        "chunk",
    ]);
    prop_oneof![
        prop::collection::btree_map(names, scalar(), 0..6).prop_map(|map| Value::Object(
            map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Map<_, _>>()
        )),
        prop::collection::vec(scalar(), 0..6).prop_map(Value::Array),
        scalar(),
    ]
}

fn method() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "abci_info",
        "abci_query",
        "block",
        "block_by_hash",
        "block_results",
        "block_search",
        "blockchain",
        "broadcast_tx_async",
        "broadcast_tx_sync",
        "check_tx",
        "commit",
        "consensus_params",
        "consensus_state",
        "dump_consensus_state",
        "genesis",
        "genesis_chunked",
        "header",
        "header_by_hash",
        "health",
        "net_info",
        "num_unconfirmed_txs",
        "status",
        "tx",
        "tx_search",
        "unconfirmed_txs",
        "validators",
    ]);
    prop_oneof![9 => known.prop_map(str::to_owned), 1 => "[a-z_]{0,9}"]
}

/// A response, or several, as JSON-RPC has them.
fn is_answer(value: &Value) -> bool {
    let one = |value: &Value| {
        let code = value["error"]["code"].as_i64();
        value["jsonrpc"] == "2.0"
            && (value.get("result").is_some() != code.is_some())
            && code.is_none_or(|code| [-32700, -32600, -32601, -32602, -32603].contains(&code))
    };
    match value {
        Value::Array(all) => !all.is_empty() && all.iter().all(one),
        other => one(other),
    }
}

fn check(net: &Net, body: &[u8]) -> Result<(), TestCaseError> {
    let (status, text) = net.post_text(body);
    prop_assert!(status == 200 || status == 400, "{status}: {text}");
    prop_assert!(!text.contains("this is a bug"), "{text}");
    if text.is_empty() || body.is_empty() {
        return Ok(());
    }
    let answer: Value =
        serde_json::from_str(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert!(is_answer(&answer), "{text}");
    Ok(())
}

#[test]
fn random_requests_get_answers() {
    let net = Net::busy();
    let mut runner = TestRunner::new(Config { cases: 600, failure_persistence: None, ..Config::default() });
    runner
        .run(&(method(), params(), scalar()), |(method, params, id)| {
            let one = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
            check(&net, one.to_string().as_bytes())?;
            check(&net, json!([one.clone(), one]).to_string().as_bytes())
        })
        .unwrap();
    assert_eq!(net.result("health", json!({})), json!({}));
}

#[test]
fn random_bytes_get_answers() {
    let net = Net::busy();
    let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        "[\\[\\]{}\",:0-9a-z \\\\]{0,40}".prop_map(String::into_bytes),
    ];
    runner.run(&bytes, |body| check(&net, &body)).unwrap();
    assert_eq!(net.result("health", json!({})), json!({}));
}

#[test]
fn random_addresses_get_answers() {
    let net = Net::busy();
    let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    let value = "[0-9a-zA-Z%\"'x.=-]{0,12}";
    let name = prop::sample::select(vec!["height", "hash", "query", "tx", "data", "path", "page", "prove"]);
    runner
        .run(&(method(), prop::collection::vec((name, value), 0..4)), |(method, pairs)| {
            let pairs: Vec<_> = pairs
                .iter()
                .map(|(name, value)| format!("{name}={}", value.replace('%', "%25").replace('"', "%22")))
                .collect();
            let (status, text) = net.get_text(&format!("{method}?{}", pairs.join("&")));
            prop_assert!([200, 400, 404, 500].contains(&status), "{status}");
            prop_assert!(!text.contains("this is a bug"), "{text}");
            if status == 500 {
                prop_assert!(text.contains("-32603"), "{text}");
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(net.result("health", json!({})), json!({}));
}
