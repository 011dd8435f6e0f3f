//! Clients, connections, channels and packets between two chains that verify each other.

use crate::ibc_chain::*;
use ibc_proto::google::protobuf::Any;
use ibc_proto::ibc::core::channel::v1 as chan;
use ibc_proto::ibc::core::client::v1 as cli;
use ibc_proto::ibc::core::connection::v1 as conn;
use ibc_proto::ibc::lightclients::tendermint::v1 as tm;
use ics_chain::BlockInfo;
use ics_chain::ibc::channel::packet::{acknowledgement, recv_packet};
use ics_chain::ibc::channel::timeout::{timeout, timeout_on_close};
use ics_chain::ibc::channel::{ChannelState, handshake};
use ics_chain::ibc::core::{client, connection};
use ics_chain::ibc::{
    ClientStatus, SendError, channel_view, client_view, close_channel, redundant, send_packet,
};
use ics_chain::tx::Mode;
use ics_kv::Read;
use prost::Message;
use std::time::Duration;

const NOOP: i32 = chan::ResponseResultType::Noop as i32;
const SUCCESS: i32 = chan::ResponseResultType::Success as i32;
const ORDERED: chan::Order = chan::Order::Ordered;
const UNORDERED: chan::Order = chan::Order::Unordered;

fn state_of(chain: &Chain, port: &str, channel: &str) -> ChannelState {
    chain.look(|ctx| channel_view(ctx, port, channel)).unwrap().unwrap().state
}

fn holds(chain: &Chain, path: &str) -> bool {
    chain.look(|ctx| ctx.get(path.as_bytes())).is_some()
}

#[test]
fn clients_follow_each_other_and_say_so_in_events() {
    let Pair { mut a, mut b } = Pair::with_clients();
    assert_eq!(
        a.events.iter().map(line).collect::<Vec<_>>(),
        [
            "create_client{client_id=07-tendermint-0,client_type=07-tendermint,consensus_height=3-1}",
            "message{module=ibc_client}"
        ]
    );
    let known = a.look(|ctx| client_view(ctx, "07-tendermint-0")).unwrap().unwrap();
    assert_eq!((known.chain_id.as_str(), known.latest_height, known.active), ("beta-3", (3, 1), true));
    b.block(|_| Ok(())).unwrap();
    let header = hex::encode(a.update_of(&b).client_message.unwrap().encode_to_vec());
    a.learn(&b).unwrap();
    assert_eq!(
        a.events.iter().map(line).collect::<Vec<_>>(),
        [
            format!(
                "update_client{{client_id=07-tendermint-0,client_type=07-tendermint,consensus_height=3-3,consensus_heights=3-3,header={header}}}"
            ),
            "message{module=ibc_client}".to_owned()
        ]
    );
    let heights: cli::QueryConsensusStateHeightsResponse = a
        .ask(
            "/ibc.core.client.v1.Query/ConsensusStateHeights",
            &cli::QueryConsensusStateHeightsRequest { client_id: a.client.clone(), pagination: None },
        )
        .unwrap();
    assert_eq!(heights.consensus_state_heights, [b.height(1), b.height(3)]);
}

#[test]
fn an_old_client_expires_and_its_update_and_packets_are_refused() {
    let Pair { mut a, mut b } = Pair::with_channel(UNORDERED);
    a.now = a.now.plus(TRUSTING).unwrap();
    b.now = a.now;
    b.block(|_| Ok(())).unwrap();
    assert_eq!(
        refusal(a.learn(&b)),
        (
            "client",
            29,
            "cannot update client (07-tendermint-0) with status Expired: client state is not active".into()
        )
    );
    assert_eq!(a.look(|ctx| client_view(ctx, &a.client)).unwrap().unwrap().status, ClientStatus::Expired);
    let timeout = a.now.plus(TRUSTING).unwrap();
    let sent = a.look(|ctx| send_packet(ctx, "app", "channel-0", (0, 0), Some(timeout), b"x".to_vec()));
    assert!(matches!(sent, Err(SendError::ClientInactive(_))), "{sent:?}");
    let status: cli::QueryClientStatusResponse = a
        .ask(
            "/ibc.core.client.v1.Query/ClientStatus",
            &cli::QueryClientStatusRequest { client_id: a.client.clone() },
        )
        .unwrap();
    assert_eq!(status.status, "Expired");
}

#[test]
fn an_update_forgets_expired_states_a_few_at_a_time() {
    let Pair { mut a, mut b } = Pair::with_clients();
    for _ in 0..9 {
        b.block(|_| Ok(())).unwrap();
        a.learn(&b).unwrap();
    }
    let count = |a: &Chain| {
        let answer: cli::QueryConsensusStateHeightsResponse = a
            .ask(
                "/ibc.core.client.v1.Query/ConsensusStateHeights",
                &cli::QueryConsensusStateHeightsRequest { client_id: a.client.clone(), pagination: None },
            )
            .unwrap();
        answer.consensus_state_heights.len()
    };
    assert_eq!(count(&a), 10);
    // One more just before all the others are too old, so that the client lives on.
    b.now = b.now.plus(TRUSTING - Duration::from_secs(120)).unwrap();
    b.block(|_| Ok(())).unwrap();
    a.learn(&b).unwrap();
    assert_eq!(count(&a), 11);
    b.now = b.now.plus(Duration::from_secs(600)).unwrap();
    for left in [8, 5, 4, 5] {
        b.block(|_| Ok(())).unwrap();
        a.learn(&b).unwrap();
        assert_eq!(count(&a), left);
    }
}

#[test]
fn two_headers_for_one_height_freeze_the_client() {
    let Pair { mut a, mut b } = Pair::with_clients();
    b.block(|_| Ok(())).unwrap();
    a.learn(&b).unwrap();
    let forged = BlockInfo { app_hash: [9; 32], ..b.last.clone() };
    let forged = b.message(b.sign(&forged, "beta-3"), 1);
    let honest = b.message(b.signed_at(b.tip()), 1);
    let header = |any: &Any| tm::Header::decode(any.value.as_slice()).unwrap();
    let report = |first: &Any, second: &Any| {
        #[allow(deprecated)]
        let found = tm::Misbehaviour {
            client_id: "07-tendermint-0".into(),
            header_1: Some(header(first)),
            header_2: Some(header(second)),
        };
        #[allow(deprecated)]
        cli::MsgSubmitMisbehaviour {
            client_id: "07-tendermint-0".into(),
            misbehaviour: Some(Any {
                type_url: "/ibc.lightclients.tendermint.v1.Misbehaviour".into(),
                value: found.encode_to_vec(),
            }),
            signer: USER.into(),
        }
    };
    let none = a.block(|ctx| client::submit_misbehaviour(ctx, report(&honest, &honest)));
    assert_eq!(
        refusal(none),
        (
            "client",
            13,
            "misbehaviour submitted, but none found: invalid light client misbehaviour".to_owned()
        )
    );
    a.block(|ctx| client::submit_misbehaviour(ctx, report(&honest, &forged))).unwrap();
    assert_eq!(
        a.events.iter().map(line).collect::<Vec<_>>(),
        [
            "client_misbehaviour{client_id=07-tendermint-0,client_type=07-tendermint}",
            "message{module=ibc_client}"
        ]
    );
    assert_eq!(a.look(|ctx| client_view(ctx, &a.client)).unwrap().unwrap().status, ClientStatus::Frozen);
}

#[test]
fn a_conflicting_update_freezes_the_client_too() {
    let Pair { mut a, mut b } = Pair::with_clients();
    b.block(|_| Ok(())).unwrap();
    a.learn(&b).unwrap();
    let forged = BlockInfo { app_hash: [9; 32], ..b.last.clone() };
    let message = b.message(b.sign(&forged, "beta-3"), 1);
    let msg = cli::MsgUpdateClient {
        client_id: a.client.clone(),
        client_message: Some(message),
        signer: USER.into(),
    };
    a.block(|ctx| client::update_client(ctx, msg)).unwrap();
    assert_eq!(a.look(|ctx| client_view(ctx, &a.client)).unwrap().unwrap().status, ClientStatus::Frozen);
}

#[test]
fn headers_of_others_and_with_flipped_bytes_are_refused() {
    let Pair { mut a, mut b } = Pair::with_clients();
    b.block(|_| Ok(())).unwrap();
    let good = a.update_of(&b);
    // A header of our own chain does not speak for the other one.
    let alien = Some(a.message(a.signed_at(a.tip()), 1));
    let msg = cli::MsgUpdateClient { client_message: alien, ..good.clone() };
    assert_eq!(a.block(|ctx| client::update_client(ctx, msg)).map_err(|_| ()), Err(()));
    let value = good.client_message.clone().unwrap().value;
    let before = a.look(|ctx| client_view(ctx, &a.client)).unwrap();
    let mut refused = 0;
    for index in (0..value.len()).step_by(7) {
        let mut flipped = value.clone();
        flipped[index] ^= 1;
        let mut msg = good.clone();
        msg.client_message.as_mut().unwrap().value = flipped;
        let done = a.look(|ctx| client::update_client(ctx, msg).map(|_| client_view(ctx, "07-tendermint-0")));
        match done {
            Err(_) => refused += 1,
            // Parts that nobody hashes or signs (proposer of the set, priorities): the same header all the same.
            Ok(view) => assert_eq!(view.unwrap().unwrap().latest_height, (3, b.tip()), "byte {index}"),
        }
    }
    assert!(refused > value.len() / 7 / 2, "{refused} of {}", value.len() / 7);
    assert_eq!(a.look(|ctx| client_view(ctx, &a.client)).unwrap(), before);
    a.block(|ctx| client::update_client(ctx, good)).unwrap();
}

#[test]
fn clients_start_only_from_sound_states() {
    let mut a = Chain::new("alpha-1", "alpha", 1);
    let mut b = Chain::new("beta-3", "beta", 2);
    b.block(|_| Ok(())).unwrap();
    a.now = b.now;
    let create = |a: &mut Chain, change: &dyn Fn(&mut tm::ClientState)| {
        let mut any = b.client_state();
        let mut state = tm::ClientState::decode(any.value.as_slice()).unwrap();
        change(&mut state);
        any.value = state.encode_to_vec();
        let msg = cli::MsgCreateClient {
            client_state: Some(any),
            consensus_state: Some(b.consensus_state()),
            signer: USER.into(),
        };
        a.block(|ctx| client::create_client(ctx, msg))
    };
    let refused = |a: &mut Chain, change: &dyn Fn(&mut tm::ClientState)| {
        let (codespace, code, _) = refusal(create(a, change));
        (codespace, code)
    };
    assert_eq!(refused(&mut a, &|s| s.latest_height.as_mut().unwrap().revision_number = 7), ("client", 3));
    assert_eq!(refused(&mut a, &|s| s.trusting_period = s.unbonding_period), ("client", 3));
    assert_eq!(refused(&mut a, &|s| s.proof_specs.clear()), ("client", 3));
    // Zero would be divided by where proofs are verified.
    let child =
        |s: &mut tm::ClientState, size| s.proof_specs[0].inner_spec.as_mut().unwrap().child_size = size;
    assert_eq!(refused(&mut a, &|s| child(s, 0)), ("client", 3));
    assert_eq!(refused(&mut a, &|s| s.proof_specs.reverse()), ("client", 3));
    let level = |s: &mut tm::ClientState, fraction| s.trust_level = Some(fraction);
    let huge = tm::Fraction { numerator: u64::MAX, denominator: u64::MAX };
    assert_eq!(refused(&mut a, &|s| level(s, huge)), ("client", 3));
    assert_eq!(refused(&mut a, &|s| level(s, tm::Fraction { numerator: 1, denominator: 4 })), ("client", 3));
    assert_eq!(refused(&mut a, &|s| s.chain_id = "not an id/".into()), ("client", 3));
    assert_eq!(refused(&mut a, &|s| s.trust_level.as_mut().unwrap().denominator = 0), ("client", 3));
    assert_eq!(refused(&mut a, &|s| s.frozen_height.as_mut().unwrap().revision_height = 1), ("client", 29));
    let any = Any { type_url: "/ibc.lightclients.solomachine.v3.ClientState".into(), value: vec![] };
    let msg = cli::MsgCreateClient {
        client_state: Some(any),
        consensus_state: Some(b.consensus_state()),
        signer: USER.into(),
    };
    let (codespace, code, _) = refusal(a.block(|ctx| client::create_client(ctx, msg)));
    assert_eq!((codespace, code), ("client", 10));
    assert_eq!(a.look(|ctx| client::client_counter(ctx)), Ok(0));
    a.now = a.now.plus(TRUSTING).unwrap();
    let (codespace, code, _) = refusal(create(&mut a, &|_| {}));
    assert_eq!((codespace, code), ("client", 29));
}

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
fn a_packet_travels_and_its_acknowledgement_settles_it() {
    for order in [ORDERED, UNORDERED] {
        let Pair { mut a, mut b } = Pair::with_channel(order);
        let packet = send(&mut a, "take this", 600);
        let ordering = order.as_str_name();
        let data = hex::encode("take this");
        let at = packet.timeout_timestamp;
        let route = format!(
            "packet_timeout_height=0-0,packet_timeout_timestamp={at},packet_sequence=1,packet_src_port=app,packet_src_channel=channel-0,packet_dst_port=app,packet_dst_channel=channel-0"
        );
        let over = format!(
            "packet_channel_ordering={ordering},packet_connection=connection-0,connection_id=connection-0"
        );
        assert_eq!(line(&a.events[0]), format!("send_packet{{packet_data_hex={data},{route},{over}}}"));
        assert!(holds(&a, &commitment("app", "channel-0", 1)));
        relay(&mut a, &mut b);
        let msg = recv_message(&packet, &a);
        let answer = b.block(|ctx| recv_packet(ctx, msg.clone())).unwrap();
        assert_eq!(answer.result, SUCCESS);
        assert_eq!(b.log(), "recv 1 take this;");
        assert_eq!(
            b.events.iter().map(line).collect::<Vec<_>>(),
            [
                format!("recv_packet{{packet_data_hex={data},{route},{over}}}"),
                "message{module=ibc_channel}".into(),
                "test_app{said=take this}".into(),
                format!(
                    "write_acknowledgement{{packet_data_hex={data},{route},packet_ack_hex={},{over}}}",
                    hex::encode("yes")
                ),
                "message{module=ibc_channel}".into(),
            ]
        );
        // A second relayer changes nothing, and is not punished.
        let again = b.block(|ctx| recv_packet(ctx, msg)).unwrap();
        assert_eq!((again.result, b.events.len()), (NOOP, 0));
        assert_eq!(b.log(), "recv 1 take this;");
        relay(&mut b, &mut a);
        let msg = ack_packet_message(&packet, b"yes", &b);
        let mut lie = msg.clone();
        lie.acknowledgement = b"no".to_vec();
        let (codespace, code, _) = refusal(a.block(|ctx| acknowledgement(ctx, lie)));
        assert_eq!((codespace, code), ("commitment", 2));
        a.block(|ctx| acknowledgement(ctx, msg.clone())).unwrap();
        assert_eq!(
            a.events.iter().map(line).collect::<Vec<_>>(),
            [format!("acknowledge_packet{{{route},{over}}}"), "message{module=ibc_channel}".into()]
        );
        assert_eq!(a.log(), "acked 1 yes;");
        assert!(!holds(&a, &commitment("app", "channel-0", 1)));
        let again = a.block(|ctx| acknowledgement(ctx, msg)).unwrap();
        assert_eq!((again.result, a.events.len()), (NOOP, 0));
        assert_eq!(a.log(), "acked 1 yes;");
    }
}

#[test]
fn an_application_may_send_from_within_an_acknowledgement() {
    let Pair { mut a, mut b } = Pair::with_channel(ORDERED);
    let packet = send(&mut a, "take and ask again", 600);
    relay(&mut a, &mut b);
    let msg = recv_message(&packet, &a);
    b.block(|ctx| recv_packet(ctx, msg)).unwrap();
    relay(&mut b, &mut a);
    let msg = ack_packet_message(&packet, b"yes", &b);
    a.block(|ctx| acknowledgement(ctx, msg)).unwrap();
    assert_eq!(a.log(), "acked 1 yes;sent 2;");
    assert_eq!(sent(&a)[0].sequence, 2);
}

#[test]
fn ordered_packets_come_in_order_only() {
    let Pair { mut a, mut b } = Pair::with_channel(ORDERED);
    let first = send(&mut a, "take 1", 600);
    let second = send(&mut a, "take 2", 600);
    relay(&mut a, &mut b);
    let early = recv_message(&second, &a);
    assert_eq!(
        refusal(b.block(|ctx| recv_packet(ctx, early.clone()))),
        (
            "channel",
            21,
            "receive packet verification failed: packet sequence ≠ next receive sequence (2 ≠ 1): packet sequence is out of order".into()
        )
    );
    let msg = recv_message(&first, &a);
    b.block(|ctx| recv_packet(ctx, msg)).unwrap();
    b.block(|ctx| recv_packet(ctx, early)).unwrap();
    relay(&mut b, &mut a);
    let early = ack_packet_message(&second, b"yes", &b);
    let (codespace, code, _) = refusal(a.block(|ctx| acknowledgement(ctx, early)));
    assert_eq!((codespace, code), ("channel", 21));
}

#[test]
fn what_a_refused_receive_wrote_is_undone_and_its_acknowledgement_stays() {
    for order in [ORDERED, UNORDERED] {
        let Pair { mut a, mut b } = Pair::with_channel(order);
        let packet = send(&mut a, "refuse this", 600);
        relay(&mut a, &mut b);
        let msg = recv_message(&packet, &a);
        assert_eq!(b.block(|ctx| recv_packet(ctx, msg.clone())).unwrap().result, SUCCESS);
        assert_eq!(b.log(), "");
        let kinds: Vec<&str> = b.events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(
            kinds,
            ["recv_packet", "message", "ibccallbackerror-test_app", "write_acknowledgement", "message"]
        );
        assert_eq!(line(&b.events[2]), "ibccallbackerror-test_app{ibccallbackerror-said=refuse this}");
        assert_eq!(b.block(|ctx| recv_packet(ctx, msg)).unwrap().result, NOOP);
        relay(&mut b, &mut a);
        let msg = ack_packet_message(&packet, b"no", &b);
        a.block(|ctx| acknowledgement(ctx, msg)).unwrap();
        assert_eq!(a.log(), "acked 1 no;");
    }
}

#[test]
fn a_packet_that_must_not_be_accepted_fails_the_message_and_may_come_again() {
    let Pair { mut a, mut b } = Pair::with_channel(ORDERED);
    let packet = send(&mut a, "fail this", 600);
    relay(&mut a, &mut b);
    let msg = recv_message(&packet, &a);
    assert_eq!(
        refusal(b.block(|ctx| recv_packet(ctx, msg))),
        ("test", 7, "receive packet callback failed: not acceptable".into())
    );
    assert_eq!(b.log(), "");
    assert!(b.events.is_empty());
    let next: chan::QueryNextSequenceReceiveResponse = b
        .ask(
            "/ibc.core.channel.v1.Query/NextSequenceReceive",
            &chan::QueryNextSequenceReceiveRequest { port_id: "app".into(), channel_id: "channel-0".into() },
        )
        .unwrap();
    assert_eq!(next.next_sequence_receive, 1);
}

#[test]
fn three_ordered_packets_in_flight_all_time_out_though_the_first_closes_the_channel() {
    let Pair { mut a, mut b } = Pair::with_channel(ORDERED);
    let packets = [send(&mut a, "take 1", 60), send(&mut a, "take 2", 60), send(&mut a, "take 3", 60)];
    relay(&mut b, &mut a);
    let early = timeout_message(&packets[0], &b, ORDERED);
    let (codespace, code, log) = refusal(a.block(|ctx| timeout(ctx, early)));
    assert_eq!((codespace, code), ("channel", 39), "{log}");
    b.now = b.now.plus(Duration::from_secs(120)).unwrap();
    b.block(|_| Ok(())).unwrap();
    relay(&mut b, &mut a);
    for (packet, closes) in packets.iter().zip([true, false, false]) {
        let msg = timeout_message(packet, &b, ORDERED);
        assert_eq!(msg.next_sequence_recv, 1);
        assert_eq!(a.block(|ctx| timeout(ctx, msg.clone())).unwrap().result, SUCCESS);
        let kinds: Vec<&str> = a.events.iter().map(|event| event.kind.as_str()).collect();
        let expected: &[&str] = if closes {
            &["channel_close", "message", "timeout_packet", "message"]
        } else {
            &["timeout_packet", "message"]
        };
        assert_eq!(kinds, expected);
        assert_eq!(state_of(&a, "app", "channel-0"), ChannelState::Closed);
        assert!(!holds(&a, &commitment("app", "channel-0", packet.sequence)));
        assert_eq!(a.block(|ctx| timeout(ctx, msg)).unwrap().result, NOOP);
    }
    assert_eq!(a.log(), "timeout 1 Closed;timeout 2 Closed;timeout 3 Closed;");
    // The other end follows.
    relay(&mut a, &mut b);
    let (proof_init, proof_height) = a.prove("channelEnds/ports/app/channels/channel-0");
    let msg = chan::MsgChannelCloseConfirm {
        port_id: "app".into(),
        channel_id: "channel-0".into(),
        proof_init,
        proof_height,
        signer: USER.into(),
        counterparty_upgrade_sequence: 0,
    };
    b.block(|ctx| handshake::close_confirm(ctx, msg)).unwrap();
    assert_eq!(state_of(&b, "app", "channel-0"), ChannelState::Closed);
    assert_eq!(b.log(), "closed channel-0;");
}

#[test]
fn a_packet_that_was_delivered_cannot_time_out() {
    for order in [ORDERED, UNORDERED] {
        let Pair { mut a, mut b } = Pair::with_channel(order);
        let packet = send(&mut a, "take this", 60);
        relay(&mut a, &mut b);
        let msg = recv_message(&packet, &a);
        b.block(|ctx| recv_packet(ctx, msg)).unwrap();
        b.now = b.now.plus(Duration::from_secs(120)).unwrap();
        b.block(|_| Ok(())).unwrap();
        relay(&mut b, &mut a);
        let msg = timeout_message(&packet, &b, order);
        let (codespace, code, log) = refusal(a.block(|ctx| timeout(ctx, msg.clone())));
        if order == ORDERED {
            assert_eq!(msg.next_sequence_recv, 2);
            assert_eq!(
                (codespace, code, log.as_str()),
                (
                    "channel",
                    19,
                    "timeout packet verification failed: packet already received, next sequence receive > packet sequence (2 > 1): packet already received"
                )
            );
            // Nor with a lie about the next sequence.
            let msg = chan::MsgTimeout { next_sequence_recv: 1, ..msg };
            let (codespace, code, log) = refusal(a.block(|ctx| timeout(ctx, msg)));
            assert_eq!((codespace, code), ("commitment", 2), "{log}");
        } else {
            assert_eq!((codespace, code), ("commitment", 2), "{log}");
        }
        assert_eq!(state_of(&a, "app", "channel-0"), ChannelState::Open);
        assert_eq!(a.log(), "");
    }
}

#[test]
fn a_packet_is_refused_once_its_timeout_is_past() {
    let Pair { mut a, mut b } = Pair::with_channel(UNORDERED);
    let packet = send(&mut a, "take this", 30);
    b.now = a.now.plus(Duration::from_secs(60)).unwrap();
    relay(&mut a, &mut b);
    let msg = recv_message(&packet, &a);
    let (codespace, code, _) = refusal(b.block(|ctx| recv_packet(ctx, msg)));
    assert_eq!((codespace, code), ("channel", 40));
    b.block(|_| Ok(())).unwrap();
    relay(&mut b, &mut a);
    let msg = timeout_message(&packet, &b, UNORDERED);
    a.block(|ctx| timeout(ctx, msg)).unwrap();
    assert_eq!(a.log(), "timeout 1 Open;");
}

#[test]
fn a_timeout_in_the_past_is_refused_when_it_is_sent() {
    let Pair { mut a, b } = Pair::with_channel(UNORDERED);
    let known = a.latest_known();
    let past = a.block(|ctx| Ok(send_packet(ctx, "app", "channel-0", (3, known), None, b"x".to_vec())?));
    assert_eq!(
        refusal(past),
        (
            "channel",
            40,
            format!(
                "invalid packet timeout: current height: 3-{known}, timeout height 3-{known}: timeout elapsed"
            )
        )
    );
    let none = a.block(|ctx| Ok(send_packet(ctx, "app", "channel-0", (0, 0), None, b"x".to_vec())?));
    assert_eq!(refusal(none).1, 13);
    let future = (3, b.tip() + 100);
    a.block(|ctx| Ok(send_packet(ctx, "app", "channel-0", future, None, b"x".to_vec())?)).unwrap();
}

#[test]
fn packets_to_an_end_that_closed_time_out_at_once() {
    for order in [ORDERED, UNORDERED] {
        let Pair { mut a, mut b } = Pair::with_channel(order);
        let packets = [send(&mut a, "take 1", 9_000), send(&mut a, "take 2", 9_000)];
        b.block(|ctx| close_channel(ctx, "app", "channel-0")).unwrap();
        // The application decided it, so it was not asked.
        assert_eq!(b.log(), "");
        relay(&mut b, &mut a);
        let early = timeout_message(&packets[0], &b, order);
        let (codespace, code, _) = refusal(a.block(|ctx| timeout(ctx, early)));
        assert_eq!((codespace, code), ("channel", 39));
        let mut open = on_close_message(&packets[0], &b, order);
        open.proof_close = open.proof_unreceived.clone();
        let (codespace, _, _) = refusal(a.block(|ctx| timeout_on_close(ctx, open)));
        assert_eq!(codespace, "commitment");
        for packet in &packets {
            let msg = on_close_message(packet, &b, order);
            assert_eq!(a.block(|ctx| timeout_on_close(ctx, msg.clone())).unwrap().result, SUCCESS);
            assert_eq!(a.block(|ctx| timeout_on_close(ctx, msg)).unwrap().result, NOOP);
        }
        let state = if order == ORDERED { "Closed" } else { "Open" };
        assert_eq!(a.log(), format!("timeout 1 {state};timeout 2 {state};"));
    }
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

#[test]
fn any_byte_of_a_proof_flipped_fails() {
    let Pair { mut a, mut b } = Pair::with_channel(UNORDERED);
    let packet = send(&mut a, "take this", 600);
    relay(&mut a, &mut b);
    let good = recv_message(&packet, &a);
    for index in 0..good.proof_commitment.len() {
        for bit in [1, 128] {
            let mut msg = good.clone();
            msg.proof_commitment[index] ^= bit;
            let answer = b.look(|ctx| recv_packet(ctx, msg));
            assert_eq!(answer.map_err(|_| ()), Err(()), "byte {index}, bit {bit}");
        }
    }
    for index in 0..packet.data.len() {
        let mut msg = good.clone();
        msg.packet.as_mut().unwrap().data[index] ^= 1;
        assert_eq!(refusal(b.look(|ctx| recv_packet(ctx, msg))).0, "commitment");
    }
    let mut msg = good.clone();
    msg.packet.as_mut().unwrap().timeout_timestamp += 1;
    assert_eq!(refusal(b.look(|ctx| recv_packet(ctx, msg))).0, "commitment");
    b.block(|ctx| recv_packet(ctx, good)).unwrap();
}

#[test]
fn a_delay_must_pass_before_packets_count() {
    let mut pair = Pair::connected_with_delay(40_000_000_000);
    let (a, b) = pair.sides();
    open(a, b, "app", UNORDERED, "");
    let packet = send(a, "take this", 6_000);
    relay(a, b);
    let msg = recv_message(&packet, a);
    let (codespace, code, log) = refusal(b.look(|ctx| recv_packet(ctx, msg.clone())));
    assert_eq!((codespace, code), ("07-tendermint", 10));
    assert!(log.contains("cannot verify packet until time"), "{log}");
    b.now = b.now.plus(Duration::from_secs(60)).unwrap();
    let (codespace, code, log) = refusal(b.look(|ctx| recv_packet(ctx, msg.clone())));
    assert_eq!((codespace, code), ("07-tendermint", 10));
    assert!(log.contains("cannot verify packet until height"), "{log}");
    b.block(|_| Ok(())).unwrap();
    b.block(|ctx| recv_packet(ctx, msg)).unwrap();
}

#[test]
fn what_is_not_received_yet_is_known_on_ordered_channels_too() {
    for order in [ORDERED, UNORDERED] {
        let Pair { mut a, mut b } = Pair::with_channel(order);
        let first = send(&mut a, "take 1", 600);
        send(&mut a, "take 2", 600);
        relay(&mut a, &mut b);
        let msg = recv_message(&first, &a);
        b.block(|ctx| recv_packet(ctx, msg)).unwrap();
        let left: chan::QueryUnreceivedPacketsResponse = b
            .ask(
                "/ibc.core.channel.v1.Query/UnreceivedPackets",
                &chan::QueryUnreceivedPacketsRequest {
                    port_id: "app".into(),
                    channel_id: "channel-0".into(),
                    packet_commitment_sequences: vec![1, 2],
                },
            )
            .unwrap();
        assert_eq!(left.sequences, [2]);
        assert_eq!(left.height, Some(b.height(b.tip())));
        let pending: chan::QueryPacketCommitmentsResponse = a
            .ask(
                "/ibc.core.channel.v1.Query/PacketCommitments",
                &chan::QueryPacketCommitmentsRequest {
                    port_id: "app".into(),
                    channel_id: "channel-0".into(),
                    pagination: None,
                },
            )
            .unwrap();
        assert_eq!(pending.commitments.iter().map(|c| c.sequence).collect::<Vec<_>>(), [1, 2]);
        let acks: chan::QueryUnreceivedAcksResponse = a
            .ask(
                "/ibc.core.channel.v1.Query/UnreceivedAcks",
                &chan::QueryUnreceivedAcksRequest {
                    port_id: "app".into(),
                    channel_id: "channel-0".into(),
                    packet_ack_sequences: vec![1, 5],
                },
            )
            .unwrap();
        assert_eq!(acks.sequences, [1]);
        let written: chan::QueryPacketAcknowledgementsResponse = b
            .ask(
                "/ibc.core.channel.v1.Query/PacketAcknowledgements",
                &chan::QueryPacketAcknowledgementsRequest {
                    port_id: "app".into(),
                    channel_id: "channel-0".into(),
                    pagination: None,
                    packet_commitment_sequences: vec![1, 2],
                },
            )
            .unwrap();
        assert_eq!(written.acknowledgements.iter().map(|c| c.sequence).collect::<Vec<_>>(), [1]);
    }
}

#[test]
fn lists_come_in_pages_that_join() {
    let Pair { mut a, .. } = Pair::with_channel(UNORDERED);
    for _ in 0..12 {
        send(&mut a, "take", 600);
    }
    let (mut seen, mut key) = (vec![], vec![]);
    loop {
        let page: chan::QueryPacketCommitmentsResponse = a
            .ask(
                "/ibc.core.channel.v1.Query/PacketCommitments",
                &chan::QueryPacketCommitmentsRequest {
                    port_id: "app".into(),
                    channel_id: "channel-0".into(),
                    pagination: Some(ibc_proto::cosmos::base::query::v1beta1::PageRequest {
                        key: key.clone(),
                        limit: 5,
                        ..Default::default()
                    }),
                },
            )
            .unwrap();
        assert!(page.commitments.len() <= 5);
        seen.extend(page.commitments.iter().map(|c| c.sequence));
        key = page.pagination.unwrap().next_key;
        if key.is_empty() {
            break;
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=12).collect::<Vec<_>>());
}

#[test]
fn what_is_not_there_is_not_found() {
    let Pair { a, .. } = Pair::connected();
    let missing = a.ask::<_, conn::QueryConnectionResponse>(
        "/ibc.core.connection.v1.Query/Connection",
        &conn::QueryConnectionRequest { connection_id: "connection-7".into() },
    );
    let missing = missing.unwrap_err();
    assert_eq!((missing.grpc, missing.message.as_str()), (5, "connection-7: connection not found"));
    let missing = a.ask::<_, cli::QueryClientStateResponse>(
        "/ibc.core.client.v1.Query/ClientState",
        &cli::QueryClientStateRequest { client_id: "07-tendermint-9".into() },
    );
    assert_eq!(missing.unwrap_err().message, "07-tendermint-9: light client not found");
    let missing = a.ask::<_, chan::QueryChannelResponse>(
        "/ibc.core.channel.v1.Query/Channel",
        &chan::QueryChannelRequest { port_id: "app".into(), channel_id: "channel-9".into() },
    );
    assert_eq!(missing.unwrap_err().grpc, 5);
    let missing = a.ask::<_, conn::QueryClientConnectionsResponse>(
        "/ibc.core.connection.v1.Query/ClientConnections",
        &conn::QueryClientConnectionsRequest { client_id: "07-tendermint-9".into() },
    );
    assert_eq!(missing.unwrap_err().grpc, 5);
}

#[test]
fn a_transaction_of_packets_that_were_all_relayed_before_is_redundant() {
    let Pair { mut a, mut b } = Pair::with_channel(UNORDERED);
    let packet = send(&mut a, "take this", 600);
    a.block(|_| Ok(())).unwrap();
    b.now = b.now.max(a.now);
    let any = |type_url: &str, value: Vec<u8>| ics_proto::Any { type_url: type_url.into(), value };
    let update = any("/ibc.core.client.v1.MsgUpdateClient", b.update_of(&a).encode_to_vec());
    let receive = any("/ibc.core.channel.v1.MsgRecvPacket", recv_message(&packet, &a).encode_to_vec());
    let other = any("/cosmos.bank.v1beta1.MsgSend", vec![]);
    b.look(|ctx| {
        redundant(ctx, &[update.clone(), receive.clone()], Mode::Check).unwrap();
        // The same again, on the state that the first one left in the mempool.
        assert_eq!(
            refusal(redundant(ctx, &[update.clone(), receive.clone()], Mode::Check)),
            ("channel", 22, "packet messages are redundant".into())
        );
        redundant(ctx, &[receive.clone(), other], Mode::Check).unwrap();
        redundant(ctx, std::slice::from_ref(&update), Mode::Check).unwrap();
    });
    // Without the update, the proof is about a height that the client does not know.
    let (codespace, code, log) = refusal(b.look(|ctx| redundant(ctx, &[receive], Mode::Check)));
    assert_eq!((codespace, code), ("ibc", 9));
    assert!(
        log.contains("verification for client") && log.contains("client state height < proof height"),
        "{log}"
    );
    assert_eq!(b.log(), "");
}
