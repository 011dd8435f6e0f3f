//! Methods and subscriptions over a websocket, and waiting for a transaction's block.

use crate::rpc_chain::{Chain, Net, recorded};
use crate::rpc_shape::Shape;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ics_engine::header::tx_hash;
use ics_node::rpc::json::SUBSCRIPTIONS_MAX;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::{Message, WebSocket, client};

pub(crate) struct Client(pub(crate) WebSocket<TcpStream>);

impl Client {
    pub(crate) fn of(net: &Net) -> Self {
        Self::over(TcpStream::connect(net.rpc.addr()).unwrap(), net)
    }

    fn over(stream: TcpStream, net: &Net) -> Self {
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        let (socket, _) = client(format!("ws://{}/websocket", net.rpc.addr()), stream).unwrap();
        Self(socket)
    }

    fn send(&mut self, id: &str, method: &str, params: Value) {
        let body = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.0.send(Message::Text(body.to_string())).unwrap();
    }

    pub(crate) fn next_text(&mut self) -> String {
        loop {
            match self.0.read().unwrap() {
                Message::Text(text) => return text,
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn next(&mut self) -> Value {
        serde_json::from_str(&self.next_text()).unwrap()
    }

    /// The response to a request, which comes before anything else is told.
    pub(crate) fn ask(&mut self, id: &str, method: &str, params: Value) -> Value {
        self.send(id, method, params);
        let response = self.next();
        assert_eq!(response["id"], id, "{response}");
        response
    }

    fn subscribe(&mut self, id: &str, query: &str) {
        let response = self.ask(id, "subscribe", json!({"query": query}));
        assert_eq!(response["result"], json!({}), "{response}");
    }

    fn refusal(&mut self, method: &str, params: Value) -> String {
        let response = self.ask("r", method, params);
        assert_eq!(response["error"]["code"], -32603, "{response}");
        response["error"]["data"].as_str().unwrap().to_owned()
    }
}

fn result_of(message: &str) -> Shape {
    Shape::of(message).at(&["result", "data"]).clone()
}

#[test]
fn subscribers_are_told_in_the_recorded_forms() {
    let net = Net::busy();
    let recording: Value = serde_json::from_str(&recorded("websocket_consumer")).unwrap();
    for message in &recording["messages"].as_array().unwrap()[1..] {
        let kind = message["result"]["data"]["type"].as_str().unwrap();
        let name = kind.strip_prefix("tendermint/event/").unwrap();
        let mut client = Client::of(&net);
        let query = format!("tm.event = '{name}'");
        client.subscribe("sub-0", &query);
        // The first transaction of its block: its place, 0, is left out.
        net.chain.block_of(&[format!("set {name} 1").as_bytes()]);
        let told = client.next_text();
        // A recording's text is taken from the file, so that the order of its keys is that of the file.
        let text = recorded("websocket_consumer");
        let theirs = Shape::of(&text);
        let Shape::Object(fields) = &theirs else { panic!("{theirs:?}") };
        let Shape::List(messages) = &fields.iter().find(|(key, _)| key == "messages").unwrap().1 else {
            panic!()
        };
        let differences: Vec<_> = messages[1..]
            .iter()
            .map(|their| result_of(&told).differs(their.at(&["result", "data"]), name))
            .collect();
        assert!(differences.iter().any(Option::is_none), "{differences:?}");
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!((&told["id"], &told["result"]["query"]), (&json!("sub-0"), &json!(query)));
        assert_eq!(told["result"]["data"]["type"], kind);
        assert_eq!(told["result"]["events"]["tm.event"], json!([name]));
    }
}

#[test]
fn every_kind_of_event_is_told_of_a_block_in_its_order() {
    let net = Net::busy();
    let mut client = Client::of(&net);
    for (index, query) in [
        "tm.event='NewBlock'",
        "tm.event='NewBlockHeader'",
        "tm.event='NewBlockEvents' AND tick.height > 5",
        "tx.height = 6 AND tm.event = 'Tx'",
        "tm.event='ValidatorSetUpdates'",
    ]
    .into_iter()
    .enumerate()
    {
        client.subscribe(&index.to_string(), query);
    }
    net.chain.block_of(&[b"set a 9", b"power 4 9"]);
    let told: Vec<Value> = (0..6).map(|_| client.next()).collect();
    let kinds: Vec<_> = told.iter().map(|it| it["result"]["data"]["type"].as_str().unwrap()).collect();
    let name = |kind: &str| format!("tendermint/event/{kind}");
    let expected =
        ["NewBlock", "NewBlockHeader", "NewBlockEvents", "Tx", "Tx", "ValidatorSetUpdates"].map(name);
    assert_eq!(kinds, expected);
    let ids: Vec<_> = told.iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["0", "1", "2", "3", "3", "4"]);
    let block = &told[0]["result"]["data"]["value"];
    assert_eq!(
        json!({"block_id": block["block_id"], "block": block["block"]}),
        net.result("block", json!({}))
    );
    assert_eq!(told[1]["result"]["data"]["value"]["header"], block["block"]["header"]);
    let tx = &told[3]["result"];
    assert_eq!(tx["events"]["set.key"], json!(["a"]));
    assert_eq!(tx["events"]["tx.hash"], json!([hex::encode_upper(tx_hash(b"set a 9"))]));
    assert_eq!(tx["data"]["value"]["TxResult"]["tx"], STANDARD.encode("set a 9"));
    assert_eq!(told[4]["result"]["data"]["value"]["TxResult"]["index"], 1);
    let update = &told[5]["result"]["data"]["value"]["validator_updates"][0];
    assert_eq!((&update["voting_power"], &update["proposer_priority"]), (&json!("9"), &json!("0")));
}

#[test]
fn a_client_is_told_what_its_queries_match_and_no_more() {
    let net = Net::busy();
    let mut client = Client::of(&net);
    client.subscribe("a", "set.value CONTAINS 'x' AND message.action = 'set'");
    net.chain.block_of(&[b"set a 5", b"set a axb"]);
    net.chain.block_of(&[b"set a 2"]);
    net.chain.block_of(&[b"set b yx"]);
    let value = |told: &Value| told["result"]["events"]["set.value"][0].clone();
    assert_eq!(value(&client.next()), "axb");
    assert_eq!(value(&client.next()), "yx");
    let query = json!({"query": "set.value CONTAINS 'x' AND  message.action='set'"});
    assert_eq!(
        client.ask("b", "unsubscribe", query.clone())["result"],
        json!({}),
        "the same query, written otherwise"
    );
    net.chain.block_of(&[b"set b zx"]);
    assert_eq!(client.refusal("unsubscribe", query), "subscription not found");
    assert_eq!(client.refusal("unsubscribe_all", json!({})), "subscription not found");
    client.subscribe("c", "tm.event='NewBlock'");
    client.subscribe("d", "tm.event='Tx'");
    assert_eq!(client.ask("e", "unsubscribe_all", json!({}))["result"], json!({}));
    net.chain.block_of(&[b"set b zx2"]);
    assert_eq!(client.ask("f", "health", json!({}))["result"], json!({}));
}

#[test]
fn a_subscription_tells_of_no_block_that_was_there_before_it() {
    let net = Net::busy();
    let mut client = Client::of(&net);
    for _ in 0..100 {
        // Perhaps not told of yet when the subscription is made.
        net.chain.block_of(&[]);
        client.subscribe("s", "tm.event='NewBlock'");
        client.ask("u", "unsubscribe_all", json!({}));
    }
    client.subscribe("s", "tm.event='NewBlock'");
    net.chain.block_of(&[]);
    assert_eq!(client.next()["result"]["data"]["value"]["block"]["header"]["height"], "106");
}

#[test]
fn any_method_is_answered_over_a_websocket() {
    let net = Net::busy();
    let mut client = Client::of(&net);
    for (method, params) in [
        ("status", json!({})),
        ("block", json!({"height": "3"})),
        ("tx_search", json!({"query": "set.key='a'", "order_by": "desc"})),
        ("validators", json!(["6", "1", "2"])),
    ] {
        assert_eq!(client.ask("x", method, params.clone())["result"], net.result(method, params), "{method}");
    }
    assert_eq!(client.ask("x", "nope", json!({}))["error"]["code"], -32601);
    client.0.send(Message::Text("garbage".into())).unwrap();
    assert_eq!(client.next()["error"]["code"], -32700);
    client.0.send(Message::Text("[]".into())).unwrap();
    assert_eq!(client.next()["error"]["code"], -32700);
    let silent = json!({"jsonrpc": "2.0", "method": "status"}).to_string();
    client.0.send(Message::Text(silent)).unwrap();
    client.0.send(Message::Binary(json!({"id": "b", "method": "health"}).to_string().into_bytes())).unwrap();
    assert_eq!(client.next()["id"], "b");
}

#[test]
fn subscriptions_are_refused_in_the_words_of_cometbft() {
    let net = Net::busy();
    let mut client = Client::of(&net);
    let subscribe = |query: &str| json!({"query": query});
    assert_eq!(client.refusal("subscribe", subscribe("a.b")), "failed to parse query: not a condition: a.b");
    assert_eq!(client.refusal("subscribe", json!({})), "failed to parse query: empty query");
    assert_eq!(client.refusal("subscribe", subscribe(&"x".repeat(513))), "maximum query length exceeded");
    for index in 0..SUBSCRIPTIONS_MAX {
        client.subscribe("s", &format!("a.b = {index}"));
        let again = client.refusal("subscribe", subscribe("a.b = 0"));
        let full = index + 1 == SUBSCRIPTIONS_MAX;
        assert_eq!(again, if full { "max_subscriptions_per_client 5 reached" } else { "already subscribed" });
    }
    let mut others: Vec<Client> = (0..99).map(|_| Client::of(&net)).collect();
    others.iter_mut().for_each(|other| other.subscribe("s", "a.b=1"));
    let mut late = Client::of(&net);
    assert_eq!(late.refusal("subscribe", subscribe("a.b=1")), "max_subscription_clients 100 reached");
    drop(others.pop());
    others[0].ask("u", "unsubscribe_all", json!({}));
    late.subscribe("s", "a.b=1");
    assert_eq!(net.response("subscribe", subscribe("a.b=1"))["error"]["code"], -32601, "not over HTTP");
}

#[test]
fn a_client_that_does_not_keep_up_is_told_so_and_hung_up_on() {
    let net = Net::serving(Chain::start(&[1]));
    // A socket that holds little.
    let stream = net.runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        socket.connect(net.rpc.addr()).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    let mut client = Client::over(stream, &net);
    client.subscribe("slow", "tm.event='NewBlock'");
    // More than the server's side holds, and that of 64 blocks besides.
    let tx = |n: u32| [n.to_be_bytes().to_vec(), vec![7; 40_000]].concat();
    for n in 0..480 {
        net.chain.block_of(&[&tx(n)]);
        // The server's own work is not what lags.
        assert_eq!(net.result("health", json!({})), json!({}));
    }
    let last = loop {
        let told = client.next();
        if told["result"].is_null() {
            break told;
        }
    };
    let why = "subscription was canceled (reason: internal subscription event buffer is out of capacity)";
    assert_eq!(
        last,
        json!({"jsonrpc": "2.0", "id": "slow", "error": {"code": -32000, "message": "Server error", "data": why}})
    );
    assert!(matches!(client.0.read(), Ok(Message::Close(_))));
}

#[test]
fn subscribers_are_told_when_the_server_stops() {
    let net = Net::busy();
    let mut client = Client::of(&net);
    client.subscribe("s", "tm.event='NewBlock'");
    let Net { runtime, rpc, .. } = net;
    runtime.block_on(rpc.stop());
    let last = client.next();
    assert_eq!(last["error"]["data"], "subscription was canceled (reason: CometBFT exited)");
    assert!(matches!(client.0.read(), Ok(Message::Close(_))));
}

/// CosmJS connects again, for ever, where its leave is not answered.
#[test]
fn a_client_that_takes_its_leave_is_answered() {
    let net = Net::busy();
    let mut client = Client::of(&net);
    client.subscribe("s", "tm.event='NewBlock'");
    client.0.close(None).unwrap();
    let closed = loop {
        match client.0.read() {
            Ok(Message::Close(_)) => break true,
            Ok(_) => {}
            Err(_) => break false,
        }
    };
    assert!(closed);
}

#[test]
fn a_websocket_that_is_none_is_refused() {
    let net = Net::busy();
    let (status, _) = net.get_text("websocket");
    assert_eq!(status, 400);
    let mut stream = TcpStream::connect(net.rpc.addr()).unwrap();
    let request = "GET /websocket HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 7\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 400");
}

#[test]
fn subscribers_are_told_of_a_block_while_searches_take_every_turn() {
    let net = Net::busy();
    let mut client = Client::of(&net);
    client.subscribe("s", "tm.event='NewBlock'");
    net.chain.rows.hold_searches();
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| net.response("tx_search", json!({"query": "set.key='a'"})));
        }
        // As many as a server works on at once; the others wait for a turn.
        while net.chain.rows.searches_held() < 16 {
            std::thread::yield_now();
        }
        net.chain.block_of(&[]);
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| client.next()));
        net.chain.rows.release_searches();
        assert_eq!(told.unwrap()["id"], "s");
    });
}

/// What `broadcast_tx_commit` answers while blocks are made.
fn committed(net: &Net, chain: &Arc<Chain>, tx: &[u8], blocks: &[&[u8]]) -> Value {
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| net.response("broadcast_tx_commit", json!({"tx": STANDARD.encode(tx)})));
        while net.result("num_unconfirmed_txs", json!({}))["n_txs"] == "0" && !asked.is_finished() {
            std::thread::yield_now();
        }
        for tx in blocks {
            chain.block_of(&[tx]);
        }
        asked.join().unwrap()
    })
}

#[test]
fn a_transaction_s_block_is_waited_for() {
    let net = Net::busy();
    let answer = committed(&net, &net.chain, b"set q 7", &[b"set r 1"]);
    let result = &answer["result"];
    assert_eq!(
        (&result["height"], &result["check_tx"]["gas_wanted"]),
        (&json!("6"), &json!("10")),
        "{answer}"
    );
    assert_eq!(result["tx_result"]["data"], STANDARD.encode("7"));
    assert_eq!(result["hash"], hex::encode_upper(tx_hash(b"set q 7")));
    // The same bytes failed at height 3; what counts is the block after the offer.
    let answer = committed(&net, &net.chain, b"fail", &[b"set r 2"]);
    assert_eq!(
        (&answer["result"]["height"], &answer["result"]["tx_result"]["code"]),
        (&json!("7"), &json!(5))
    );
    let refused = committed(&net, &net.chain, b"bad", &[]);
    assert_eq!(
        (&refused["result"]["height"], &refused["result"]["check_tx"]["code"]),
        (&json!("0"), &json!(3))
    );
    assert_eq!(refused["result"]["tx_result"]["code"], 0);
    let known = committed(&net, &net.chain, b"set q 7", &[]);
    assert_eq!(known["error"]["data"], "error on broadcastTxCommit: tx already exists in cache");
    let read: tendermint_rpc::endpoint::broadcast::tx_commit::Response =
        serde_json::from_value(answer["result"].clone()).unwrap();
    assert_eq!(read.height.value(), 7);
}
