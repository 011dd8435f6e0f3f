//! How many connections a server has, and for how long one that says nothing.

use crate::rpc_chain::{Chain, Net};
use ics_node::rpc::{Reach, Terms};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const HEALTH: &str = "GET /health HTTP/1.1\r\nhost: h\r\n\r\n";
/// A connection of HTTP/2: the preface and no settings.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

fn serving(terms: Terms) -> Net {
    Net::serving_on(Chain::start(&[1]), terms)
}

fn connect(addr: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// Asks for the health over a connection that stays open; the text of what comes first.
fn ask(stream: &mut TcpStream) -> String {
    stream.write_all(HEALTH.as_bytes()).unwrap();
    first(stream)
}

fn first(stream: &mut TcpStream) -> String {
    let mut some = [0; 4_096];
    let read = stream.read(&mut some).unwrap();
    String::from_utf8_lossy(&some[..read]).into_owned()
}

/// Whether nothing comes for a moment.
fn is_silent(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let read = stream.read(&mut [0; 16]);
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    read.is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut))
}

/// Waits until the server has hung up.
fn hung_up(mut stream: TcpStream) -> bool {
    loop {
        match stream.read(&mut [0; 64]) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() == ErrorKind::ConnectionReset,
        }
    }
}

#[test]
fn more_connections_than_there_may_be_wait_and_are_served_when_others_end() {
    let patience = Duration::from_secs(600);
    let net = serving(Terms { connections_max: 2, patience, ..Reach::Loopback.into() });
    let mut inside: Vec<_> = (0..2).map(|_| connect(net.rpc.addr())).collect();
    for stream in &mut inside {
        assert!(ask(stream).starts_with("HTTP/1.1 200 OK"));
    }
    let mut outside = connect(net.rpc.addr());
    outside.write_all(HEALTH.as_bytes()).unwrap();
    assert!(is_silent(&mut outside), "a third is served beside two");
    drop(inside.pop());
    assert!(first(&mut outside).starts_with("HTTP/1.1 200 OK"));
}

#[test]
fn grpc_has_its_limit_too_and_goes_on_after_it() {
    let patience = Duration::from_secs(600);
    let net = serving(Terms { connections_max: 1, patience, ..Reach::Loopback.into() });
    let mut inside = connect(net.grpc.addr());
    inside.write_all(PREFACE).unwrap();
    assert!(!first(&mut inside).is_empty(), "it sends its settings");
    let mut outside = connect(net.grpc.addr());
    outside.write_all(PREFACE).unwrap();
    assert!(is_silent(&mut outside), "a second is served beside one");
    drop(inside);
    assert!(!first(&mut outside).is_empty());
}

#[test]
fn a_connection_that_says_nothing_or_half_of_a_head_is_hung_up_on() {
    let net = serving(Terms { patience: Duration::from_millis(100), ..Reach::Loopback.into() });
    for begun in ["", "P", "PRI * HT", "GET /health HTTP/1.1\r\nhost: h\r\nx-long: xxxxxxxxxxx"] {
        for addr in [net.rpc.addr(), net.grpc.addr()] {
            let mut stream = connect(addr);
            stream.write_all(begun.as_bytes()).unwrap();
            assert!(hung_up(stream), "{begun:?} to {addr}");
        }
    }
    // One that was answered, and asks nothing more.
    let mut stream = connect(net.rpc.addr());
    assert!(ask(&mut stream).starts_with("HTTP/1.1 200 OK"));
    assert!(hung_up(stream));
}
