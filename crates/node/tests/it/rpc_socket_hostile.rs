//! Whatever comes over a websocket, the server lives.

use crate::rpc_chain::Net;
use crate::rpc_socket::Client;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

#[test]
fn random_messages_get_answers_or_none() {
    let net = Net::busy();
    let client = RefCell::new(Client::of(&net));
    let method =
        prop::sample::select(vec!["subscribe", "unsubscribe", "unsubscribe_all", "health", "tx", "é"]);
    let query = "(tm\\.event|a\\.b|é)( ?= ?| EXISTS| CONTAINS | > )('Tx'|'|7|DATE 2013-05-03)?( AND )?";
    let params = prop_oneof![
        query.prop_map(|query| json!({"query": query})),
        query.prop_map(|query| json!([query])),
        Just(json!(3)),
        Just(Value::Null),
    ];
    let message = prop_oneof![
        (method, params).prop_map(|(method, params)| {
            json!({"id": "x", "method": method, "params": params}).to_string()
        }),
        "[\\[\\]{}\",:0-9a-z \\\\]{0,40}",
    ];
    runner(300)
        .run(&(message, any::<bool>()), |(text, binary)| {
            let client = &mut *client.borrow_mut();
            let message =
                if binary { Message::Binary(text.clone().into_bytes()) } else { Message::Text(text.clone()) };
            client.0.send(message).unwrap();
            client.0.send(Message::Ping(vec![1])).unwrap();
            client.0.send(Message::Text(json!({"id": "end", "method": "health"}).to_string())).unwrap();
            let mut answers = 0;
            loop {
                let answer: Value = serde_json::from_str(&client_text(client)).unwrap();
                prop_assert_eq!(&answer["jsonrpc"], "2.0");
                if answer["id"] == "end" {
                    break;
                }
                answers += 1;
                prop_assert!(!answer.to_string().contains("this is a bug"), "{}", answer);
            }
            prop_assert!(answers <= 1, "{} answers to {}", answers, text);
            Ok(())
        })
        .unwrap();
}

fn client_text(client: &mut Client) -> String {
    loop {
        match client.0.read().unwrap() {
            Message::Text(text) => return text,
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn random_frames_end_their_connection_alone() {
    let net = Net::busy();
    let head = "GET /websocket HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    let frames = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        // A length that lies: 2^63 bytes.
        Just([&[0x82, 0xff], &[0x7f; 8][..], &[0; 8][..]].concat()),
        // A control frame of too many bytes, fragments that never end.
        Just([&[0x89, 0xfe, 0x01, 0x00][..], &[0; 260][..]].concat()),
        Just([0x01, 0x80, 0, 0, 0, 0].repeat(20)),
    ];
    runner(60)
        .run(&frames, |bytes| {
            let mut stream = TcpStream::connect(net.rpc.addr()).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&bytes).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let mut answer = Vec::new();
            // It may be reset rather than closed.
            drop(stream.read_to_end(&mut answer));
            prop_assert!(answer.starts_with(b"HTTP/1.1 101"), "{:?}", String::from_utf8_lossy(&answer));
            Ok(())
        })
        .unwrap();
    assert_eq!(net.result("health", json!({})), json!({}));
}

#[test]
fn a_message_beyond_the_limit_ends_the_connection() {
    let net = Net::busy();
    let mut client = Client::of(&net);
    let long = json!({"id": "x", "method": "health", "pad": "x".repeat(1_000_000)}).to_string();
    // The server may hang up before all of it is sent.
    drop(client.0.send(Message::Text(long)));
    let ended = loop {
        match client.0.read() {
            Ok(Message::Text(text)) => break Err(text),
            Ok(Message::Close(_)) | Err(_) => break Ok(()),
            Ok(_) => {}
        }
    };
    assert_eq!(ended, Ok(()));
    assert_eq!(net.result("health", json!({})), json!({}));
}
