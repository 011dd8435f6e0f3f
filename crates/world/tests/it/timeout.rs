//! Updates that no consumer receives in time: the ORDERED channel closes, the consumer is stopped, once.

use crate::dsl::{C1, C2, Net, P, address, value};
use ics_abci::Height;
use ics_client::msgs;
use ics_proto::ibc::core::channel::v1::{MsgTimeout, Packet, State};
use ics_proto::ibc::core::client::v1::Height as ClientHeight;
use ics_relay::{End, Path, plan};
use ics_world::Relaying;

/// Sends three updates to consumer-1 alone, days apart, that nobody relays: val4 validates no other consumer.
fn three_in_flight(net: &mut Net, days_between: usize) {
    net.relay(Relaying::ClientsOnly);
    for count in 1..=3 {
        net.delegate("alice", "val4", 1_000_000);
        net.until("the epoch ends", 6, |net| net.in_flight(P, "provider", "channel-0").len() == count);
        if count < 3 {
            net.days(days_between);
        }
    }
    assert_eq!(net.in_flight(P, "provider", "channel-0"), [2, 3, 4], "the first update was relayed long ago");
    assert_eq!(net.in_flight(P, "provider", "channel-1"), [] as [u64; 0]);
}

fn stops(net: &Net, since: Height) -> Vec<String> {
    let stopped = net.events(P, "consumer_stopped", since);
    let words = |event| format!("{}: {}", value(event, "consumer_id"), value(event, "reason"));
    stopped.iter().map(|(_, event)| words(event)).collect()
}

#[test]
fn three_updates_time_out_together_and_the_consumer_stops_once() {
    let mut net = Net::ready();
    let since = net.height(P);
    three_in_flight(&mut net, 2);
    net.days(29);
    assert_eq!(net.phase("0"), "LAUNCHED", "nobody told the provider yet");

    let log = net.log.len();
    net.relay(Relaying::Everything);
    net.until("all three are given up", 6, |net| net.in_flight(P, "provider", "channel-0").is_empty());
    let first = net.relayed(P, log)[0].clone();
    assert_eq!(first, ["MsgUpdateClient", "MsgTimeout", "MsgTimeout", "MsgTimeout"]);
    let timed_out = net.events(P, "timeout_packet", since);
    let sequences = timed_out.iter().map(|(_, event)| value(event, "packet_sequence"));
    assert_eq!(sequences.collect::<Vec<_>>(), ["2", "3", "4"]);
    assert_eq!(net.events(P, "channel_close", since).len(), 1, "the first one closes the channel");
    assert_eq!(net.channel_state(P, "provider", "channel-0"), State::Closed);
    assert_eq!(stops(&net, since), ["0: packet timed out"]);
    assert_eq!([net.phase("0"), net.phase("1")], ["STOPPED", "LAUNCHED"]);
    net.until("the consumer learns of it", 6, |net| {
        net.channel_state(C1, "consumer", "channel-0") == State::Closed
    });
    assert!(!net.has_event(C1, "recv_packet", Height(net.height(C1).0 - 10)));
    assert_eq!(net.failures(0), [] as [&str; 0]);
    assert_eq!(net.troubles(0), []);
}

#[test]
fn the_second_and_third_update_are_given_up_after_the_channel_closed() {
    let mut net = Net::ready();
    let since = net.height(P);
    three_in_flight(&mut net, 4);
    // Of the first one's 28 days eight are over.
    net.days(20);
    net.relay(Relaying::Everything);
    net.until("the first one times out", 6, |net| net.in_flight(P, "provider", "channel-0") == [3, 4]);
    assert_eq!(net.channel_state(P, "provider", "channel-0"), State::Closed);
    assert_eq!(net.phase("0"), "STOPPED");
    let log = net.log.len();
    net.until("the others are given up", 12, |net| net.in_flight(P, "provider", "channel-0").is_empty());
    assert_eq!(net.channel_state(C1, "consumer", "channel-0"), State::Closed);
    let given_up: Vec<_> = net.relayed(P, log).into_iter().flatten().collect();
    assert_eq!(given_up.iter().filter(|name| **name == "MsgTimeoutOnClose").count(), 2);
    assert_eq!(net.events(P, "channel_close", since).len(), 1);
    assert_eq!(net.events(P, "timeout_packet", since).len(), 3);
    assert_eq!(stops(&net, since), ["0: packet timed out"]);
}

#[test]
fn the_other_consumer_goes_on_when_one_is_lost() {
    let mut net = Net::ready();
    three_in_flight(&mut net, 1);
    net.days(29);
    net.relay(Relaying::Everything);
    net.until("it is lost", 6, |net| net.phase("0") == "STOPPED");
    let since = net.height(C2);
    net.delegate("alice", "val1", 2_000_000);
    net.wait_for(C2, "recv_packet", since);
    net.steps(2);
    let powers: Vec<i64> = net.next_powers(C2).values().copied().collect();
    assert!(powers.contains(&102), "{powers:?}");
}

#[test]
fn a_delivered_update_cannot_be_timed_out() {
    let mut net = Net::ready();
    let since = net.height(P);
    net.delegate("alice", "val4", 1_000_000);
    let at = net.height(C1);
    net.wait_for(C1, "recv_packet", at);
    net.relay(Relaying::ClientsOnly);
    net.days(29);

    let (_, event) = net.events(P, "send_packet", since).remove(0);
    let hex = value(&event, "packet_data_hex");
    let data =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    let packet = Packet {
        sequence: 2,
        source_port: "provider".to_owned(),
        source_channel: "channel-0".to_owned(),
        destination_port: "consumer".to_owned(),
        destination_channel: "channel-0".to_owned(),
        data,
        timeout_height: Some(ClientHeight::default()),
        timeout_timestamp: value(&event, "packet_timeout_timestamp").parse().unwrap(),
    };
    let end = |client: &str, chain| End { client_id: client.to_owned(), signer: address(chain, "alice") };
    let mut relay = Path::new(end("07-tendermint-0", P), end("07-tendermint-0", C1));
    let planned = plan(&mut relay, net.now, net.site(P), net.site(C1)).unwrap();
    let update = planned.a[0].clone();
    let path = "nextSequenceRecv/ports/consumer/channels/channel-0";
    for (claimed, words) in [
        (
            3,
            "packet already received, next sequence receive > packet sequence (3 > 2): packet already received",
        ),
        (
            2,
            "failed next sequence receive verification for client (07-tendermint-0): failed to verify membership: \
             invalid proof",
        ),
    ] {
        let timeout = msgs::any(&MsgTimeout {
            packet: Some(packet.clone()),
            proof_unreceived: net.proof(C1, path),
            proof_height: Some(ClientHeight { revision_number: 1, revision_height: net.height(C1).0 }),
            next_sequence_recv: claimed,
            signer: address(P, "alice"),
        });
        let why = net.refused(P, "alice", vec![update.clone(), timeout]);
        assert_eq!(
            why,
            format!(
                "failed to execute message; message index: 1: timeout packet verification failed: {words}"
            )
        );
    }
    net.relay(Relaying::Everything);
    net.until("the acknowledgement is back", 6, |net| net.in_flight(P, "provider", "channel-0").is_empty());
    assert_eq!(net.phase("0"), "LAUNCHED");
}
