//! Packets that do not arrive.

use super::{NOOP, ORDERED, SUCCESS, UNORDERED, holds, state_of};
use crate::ibc_chain::*;
use ibc_proto::ibc::core::channel::v1 as chan;
use ics_chain::ibc::channel::packet::recv_packet;
use ics_chain::ibc::channel::timeout::{timeout, timeout_on_close};
use ics_chain::ibc::channel::{ChannelState, handshake};
use ics_chain::ibc::{close_channel, send_packet};
use std::time::Duration;

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
