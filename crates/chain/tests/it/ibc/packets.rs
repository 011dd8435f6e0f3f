//! Packets that arrive, and their acknowledgements.

use super::{NOOP, ORDERED, SUCCESS, UNORDERED, holds};
use crate::ibc_chain::*;
use ibc_proto::ibc::core::channel::v1 as chan;
use ics_chain::ibc::channel::packet::{acknowledgement, recv_packet};
use ics_chain::ibc::redundant;
use ics_chain::tx::Mode;
use prost::Message;
use std::time::Duration;

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
