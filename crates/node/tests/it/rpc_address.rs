//! Methods as addresses, and where servers listen.

use crate::rpc_chain::{Chain, Net, any_port};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ics_engine::header::tx_hash;
use ics_node::rpc::{Origins, Reach, serve_grpc, serve_rpc};
use serde_json::{Value, json};
use std::net::SocketAddr;

fn get(net: &Net, address: &str) -> (u16, Value) {
    let (status, text) = net.get_text(address);
    (status, serde_json::from_str(&text).unwrap())
}

/// What comes back for bytes as they are, on one connection, until the server closes it.
fn raw(net: &Net, request: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(net.rpc.addr()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn quotes_may_stand_in_an_address_as_people_type_them() {
    let net = Net::busy();
    let one = "GET /abci_query?path=\"store/words/key\"&data=\"a\" HTTP/1.1\r\nhost: h\r\n";
    let answer = raw(&net, &format!("{one}\r\n{one}connection: close\r\n\r\n"));
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 2, "{answer}");
    let value =
        net.result("abci_query", json!({"path": "store/words/key", "data": "61"}))["response"]["value"]
            .clone();
    assert_eq!(answer.matches(&format!("\"value\":{value}")).count(), 2, "{answer}");
}

#[test]
fn comparisons_may_stand_in_an_address_as_people_type_them() {
    let net = Net::busy();
    let one =
        "GET /tx_search?query=\"tx.height>1 AND tx.height<4\"".replace(' ', "%20").replacen("%20", " ", 1);
    let answer = raw(&net, &format!("{one} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n"));
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("\"total_count\":\"3\""), "{answer}");
}

#[test]
fn a_method_is_called_by_its_address_with_quoted_text_and_hexadecimal() {
    let net = Net::busy();
    for (address, method, params) in [
        ("status", "status", json!({})),
        ("status?", "status", json!({})),
        ("block?height=3", "block", json!({"height": "3"})),
        ("block?height=%223%22", "block", json!({"height": "3"})),
        ("block?height=", "block", json!({})),
        (
            "validators?height=6&page=2&per_page=2",
            "validators",
            json!({"height": 6, "page": 2, "per_page": 2}),
        ),
        (
            "tx_search?query=%22set.key='a'%22&prove=true&order_by=%22desc%22",
            "tx_search",
            json!({"query": "set.key='a'", "prove": true, "order_by": "desc"}),
        ),
        (
            "abci_query?path=%22store/words/key%22&data=0x61&prove=true",
            "abci_query",
            json!({"path": "store/words/key", "data": "61", "prove": true}),
        ),
        (
            "abci_query?path=%22store/words/key%22&data=%22a%22",
            "abci_query",
            json!({"path": "store/words/key", "data": "61"}),
        ),
        (
            &format!("tx?hash=0x{}", hex::encode(tx_hash(b"set a 3"))),
            "tx",
            json!({"hash": STANDARD.encode(tx_hash(b"set a 3"))}),
        ),
    ] {
        let (status, answer) = get(&net, address);
        assert_eq!(status, 200, "{address}: {answer}");
        assert_eq!((&answer["id"], &answer["jsonrpc"]), (&json!(-1), &json!("2.0")));
        assert_eq!(answer["result"], net.result(method, params), "{address}");
    }
    let (_, sent) = get(&net, "broadcast_tx_sync?tx=%22set+d+4%22");
    assert_eq!(sent["result"]["hash"], hex::encode_upper(tx_hash(b"set d 4")));
}

#[test]
fn addresses_that_cannot_be_answered_say_why() {
    let net = Net::busy();
    let error = |address: &str| {
        let (status, answer) = get(&net, address);
        assert_eq!(answer["id"], -1);
        (
            status,
            answer["error"]["code"].as_i64().unwrap(),
            answer["error"]["data"].as_str().unwrap().to_owned(),
        )
    };
    let params = |why: &str| (400, -32602, format!("error converting http params to arguments: {why}"));
    assert_eq!(error("block?height=abc"), params("invalid character 'a' looking for beginning of value"));
    assert_eq!(error("block?height=0x10"), params("got a hex string arg, but expected 'int64'"));
    assert_eq!(error("tx?hash=0xzz"), params("encoding/hex: invalid byte: U+007A 'z'"));
    let future = "height 7 must be less than or equal to the current blockchain height 5";
    assert_eq!(error("block?height=7"), (500, -32603, future.to_owned()));
    assert_eq!(net.get_text("no_such_method"), (404, "404 page not found\n".to_owned()));
    assert_eq!(net.get_text("block/7").0, 404);
    let (status, listed) = net.get_text("");
    assert_eq!(status, 200);
    assert!(listed.contains("/block?height=_\n/block_by_hash?hash=_\n/block_results?height=_\n"), "{listed}");
}

#[test]
fn text_that_a_browser_could_take_for_markup_is_escaped() {
    let net = Net::busy();
    let text = net.get_text("block_results?height=1").1;
    assert!(text.contains("\\u003c2\\u003e") && !text.contains(['<', '>', '&']), "{text}");
}

#[test]
fn a_port_that_is_in_use_is_named() {
    let net = Net::busy();
    let taken = net.rpc.addr();
    let error = net
        .runtime
        .block_on(serve_rpc(net.chain.clone(), taken, Reach::Loopback, Origins::Any))
        .err()
        .unwrap();
    let expected = format!("{taken} is already in use: stop what listens there, or choose another port");
    assert_eq!(error.to_string(), expected);
    let error = net.runtime.block_on(serve_grpc(net.chain.clone(), taken, Reach::Loopback)).err().unwrap();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn an_address_for_other_machines_is_refused_unless_asked_for() {
    let net = Net::busy();
    let open = SocketAddr::from(([0, 0, 0, 0], 0));
    let expected = "0.0.0.0:0 is no loopback address: this server listens for this machine only";
    let error = net
        .runtime
        .block_on(serve_rpc(net.chain.clone(), open, Reach::Loopback, Origins::Any))
        .err()
        .unwrap();
    assert_eq!(error.to_string(), expected);
    let error = net.runtime.block_on(serve_grpc(net.chain.clone(), open, Reach::Loopback)).err().unwrap();
    assert_eq!(error.to_string(), expected);
    let server =
        net.runtime.block_on(serve_rpc(net.chain.clone(), open, Reach::Anywhere, Origins::Any)).unwrap();
    net.runtime.block_on(server.stop());
}

#[test]
fn a_server_that_was_stopped_or_dropped_frees_its_port() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let chain = Chain::start(&[1]);
    runtime.block_on(async {
        let rpc = serve_rpc(chain.clone(), any_port(), Reach::Loopback, Origins::Any).await.unwrap();
        let addr = rpc.addr();
        assert_ne!(addr.port(), 0);
        rpc.stop().await;
        let grpc = serve_grpc(chain.clone(), addr, Reach::Loopback).await.unwrap();
        grpc.stop().await;
        serve_rpc(chain.clone(), addr, Reach::Loopback, Origins::Any).await.unwrap().stop().await;
    });
}
