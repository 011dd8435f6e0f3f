//! Connections and channels: how they open and close.

use super::{ORDERED, UNORDERED};
use crate::ibc_chain::*;
use ibc_proto::ibc::core::channel::v1 as chan;
use ibc_proto::ibc::core::connection::v1 as conn;
use ics_chain::ibc::channel::handshake;
use ics_chain::ibc::core::connection;

#[test]
fn a_connection_opens_from_either_side() {
    for swap in [false, true] {
        let mut pair = Pair::with_clients();
        let (a, b) = pair.sides();
        let (x, y) = if swap { (b, a) } else { (a, b) };
        connect(x, y, 0);
        let end: conn::QueryConnectionResponse = x
            .ask(
                "/ibc.core.connection.v1.Query/Connection",
                &conn::QueryConnectionRequest { connection_id: "connection-0".into() },
            )
            .unwrap();
        assert_eq!(end.connection.unwrap().state, i32::from(conn::State::Open));
        assert_eq!(
            y.events.iter().map(line).collect::<Vec<_>>(),
            [
                "connection_open_confirm{connection_id=connection-0,client_id=07-tendermint-0,counterparty_client_id=07-tendermint-0,counterparty_connection_id=connection-0}",
                "message{module=ibc_connection}"
            ]
        );
        let of: conn::QueryClientConnectionsResponse = y
            .ask(
                "/ibc.core.connection.v1.Query/ClientConnections",
                &conn::QueryClientConnectionsRequest { client_id: y.client.clone() },
            )
            .unwrap();
        assert_eq!(of.connection_paths, ["connection-0"]);
    }
}

#[test]
fn a_connection_needs_true_proofs_and_a_true_memory_of_us() {
    let Pair { mut a, mut b } = Pair::with_clients();
    (a.connection, b.connection) = ("connection-0".into(), "connection-0".into());
    let init = conn::MsgConnectionOpenInit {
        client_id: a.client.clone(),
        counterparty: Some(conn::Counterparty {
            client_id: b.client.clone(),
            connection_id: String::new(),
            prefix: prefix(),
        }),
        version: None,
        delay_period: 0,
        signer: USER.into(),
    };
    a.block(|ctx| connection::open_init(ctx, init)).unwrap();
    assert_eq!(
        a.events.iter().map(line).collect::<Vec<_>>(),
        [
            "connection_open_init{connection_id=connection-0,client_id=07-tendermint-0,counterparty_client_id=07-tendermint-0}",
            "message{module=ibc_connection}"
        ]
    );
    relay(&mut a, &mut b);
    let good = try_message(&a, &b, 0);
    let tries = |b: &Chain, msg: conn::MsgConnectionOpenTry| b.look(|ctx| connection::open_try(ctx, msg));
    for (which, proof) in [(0, &good.proof_init), (1, &good.proof_client), (2, &good.proof_consensus)] {
        let mut msg = good.clone();
        let mut proof = proof.clone();
        let middle = proof.len() / 2;
        proof[middle] ^= 1;
        match which {
            0 => msg.proof_init = proof,
            1 => msg.proof_client = proof,
            _ => msg.proof_consensus = proof,
        }
        let (codespace, _, log) = refusal(tries(&b, msg));
        assert!(["commitment", "connection", "client", "ibc"].contains(&codespace), "{codespace}: {log}");
    }
    let mut ahead = good.clone();
    ahead.proof_height.as_mut().unwrap().revision_height += 1;
    let (codespace, code, log) = refusal(tries(&b, ahead));
    assert_eq!((codespace, code), ("ibc", 9));
    assert!(
        log.contains("verification failed") && log.contains("client state height < proof height"),
        "{log}"
    );
    let mut future = good.clone();
    future.consensus_height.as_mut().unwrap().revision_height = 1_000;
    let (codespace, code, _) = refusal(tries(&b, future));
    assert_eq!((codespace, code), ("ibc", 9));
    b.block(|ctx| connection::open_try(ctx, good)).unwrap();
}

#[test]
fn a_channel_opens_with_its_callbacks_and_events() {
    let Pair { mut a, mut b } = Pair::connected();
    let (on_a, on_b) = open(&mut a, &mut b, "app", ORDERED, "");
    assert_eq!((on_a.as_str(), on_b.as_str()), ("channel-0", "channel-0"));
    assert_eq!(a.log(), "init channel-0;ack channel-0 of channel-0;");
    assert_eq!(b.log(), "try channel-0 of channel-0;confirm channel-0 of channel-0;");
    assert_eq!(
        b.events.iter().map(line).collect::<Vec<_>>(),
        [
            "channel_open_confirm{port_id=app,channel_id=channel-0,counterparty_port_id=app,counterparty_channel_id=channel-0,connection_id=connection-0}",
            "message{module=ibc_channel}"
        ]
    );
    let end: chan::QueryChannelResponse = a
        .ask(
            "/ibc.core.channel.v1.Query/Channel",
            &chan::QueryChannelRequest { port_id: "app".into(), channel_id: "channel-0".into() },
        )
        .unwrap();
    assert_eq!(end.channel.as_ref().unwrap().version, "test-1");
    let of: chan::QueryConnectionChannelsResponse = a
        .ask(
            "/ibc.core.channel.v1.Query/ConnectionChannels",
            &chan::QueryConnectionChannelsRequest { connection: "connection-0".into(), pagination: None },
        )
        .unwrap();
    assert_eq!(of.channels.len(), 1);
}

#[test]
fn a_channel_needs_a_known_port_one_hop_and_an_order() {
    let Pair { a, .. } = Pair::connected();
    let ask = |port: &str, hops: &[&str], order: i32| {
        let msg = chan::MsgChannelOpenInit {
            port_id: port.into(),
            channel: Some(chan::Channel {
                state: chan::State::Init.into(),
                ordering: order,
                counterparty: Some(chan::Counterparty { port_id: "app".into(), channel_id: String::new() }),
                connection_hops: hops.iter().map(|hop| (*hop).to_owned()).collect(),
                version: String::new(),
                upgrade_sequence: 0,
            }),
            signer: USER.into(),
        };
        refusal(a.look(|ctx| handshake::open_init(ctx, msg)))
    };
    assert_eq!(
        ask("nobody", &["connection-0"], 1),
        ("port", 5, "route not found to portID: nobody: route not found".into())
    );
    assert_eq!(
        ask("app", &["connection-9"], 1),
        ("connection", 3, "connection-9: connection not found".into())
    );
    assert_eq!(
        ask("app", &["connection-0", "connection-0"], 1),
        (
            "channel",
            15,
            "current IBC version only supports one connection hop: too many connection hops".into()
        )
    );
    assert_eq!(
        ask("app", &["connection-0"], 77),
        ("channel", 6, "ORDER_NONE_UNSPECIFIED: invalid channel ordering".into())
    );
}

#[test]
fn closing_asks_the_application_once() {
    let Pair { mut a, .. } = Pair::with_channel(UNORDERED);
    let msg = chan::MsgChannelCloseInit {
        port_id: "app".into(),
        channel_id: "channel-0".into(),
        signer: USER.into(),
    };
    a.block(|ctx| handshake::close_init(ctx, msg.clone())).unwrap();
    assert_eq!(a.log(), "close channel-0;");
    assert_eq!(
        refusal(a.block(|ctx| handshake::close_init(ctx, msg))),
        ("channel", 5, "channel is already CLOSED: invalid channel state".into())
    );
}
