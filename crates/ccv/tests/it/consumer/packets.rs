use super::{packet_event, receive, started, update, vsc};
use crate::host_consumer::Chain;
use ics_abci::{ConsAddr, Event, Height, ValUpdate};
use ics_ccv::consumer::{self, Error, gate, state};
use ics_ccv::id::{AtHeight, ConsumerAddr, VscId};
use ics_ccv::wire::slash::{ConsumerPacket, Infraction, Slash};
use ics_ccv::wire::{Ack, JsonError, PacketError};

fn pending(chain: &Chain) -> Option<Vec<ValUpdate>> {
    state::PENDING_CHANGES.get(chain).unwrap()
}

fn vsc_id_at(chain: &Chain, height: u64) -> Option<VscId> {
    state::VSC_ID_AT.get(chain, &AtHeight(Height(height))).unwrap()
}

#[test]
fn the_first_packet_establishes_the_channel_and_opens_the_chain() {
    let mut chain = started(&[update(1, 10)]);
    let send = ["/cosmos.bank.v1beta1.MsgSend"];
    assert_eq!(gate::check(&chain, &send, &[], Height(1)), Err(Error::MessageTypes(Height(1))));
    assert_eq!(receive(&mut chain, &vsc(3, &[], &[])), Ok(Ack::ok()));
    assert_eq!(gate::check(&chain, &send, &[], Height(1)), Ok(()));
    let unjail = ["/cosmos.slashing.v1beta1.MsgUnjail"];
    assert_eq!(gate::check(&chain, &send, &unjail, Height(1)), Err(Error::MessageModules(Height(1))));
    let established = Event::new("channel_established")
        .with("module", "ccvconsumer")
        .with("channel_id", "channel-0")
        .with("port_id", "consumer");
    assert_eq!(chain.take_events(), [established, packet_event(3, true)]);
    receive(&mut chain, &vsc(4, &[], &[])).unwrap();
    assert_eq!(chain.take_events(), [packet_event(4, true)]);
}

#[test]
fn a_packet_on_another_channel_fails_its_transaction() {
    let mut chain = started(&[update(1, 10)]);
    receive(&mut chain, &vsc(1, &[], &[])).unwrap();
    chain.take_events();
    let before = chain.written();
    let error =
        consumer::on_recv(&mut chain, &"channel-4".into(), &vsc(2, &[update(1, 5)], &[])).unwrap_err();
    assert_eq!(error, Error::WrongChannel { found: "channel-4".into(), expected: "channel-0".into() });
    assert_eq!(error.to_string(), "VSCPacket received on unknown channel channel-4; expected: channel-0");
    assert_eq!(chain.written(), before);
    assert_eq!(chain.take_events(), []);
}

/// The reference's own table.
#[test]
fn packets_merge_with_what_is_pending() {
    let mut chain = started(&[update(9, 1)]);
    type Step = (u64, &'static [(u8, i64)], &'static [&'static str], &'static [(u8, i64)]);
    let steps: [Step; 4] = [
        (1, &[(1, 30), (2, 20)], &[], &[(1, 30), (2, 20)]),
        (1, &[(1, 30), (2, 20)], &[], &[(1, 30), (2, 20)]),
        (2, &[(2, 40), (3, 10)], &[], &[(2, 40), (1, 30), (3, 10)]),
        (3, &[], &["invalid_slash_ack"], &[(2, 40), (1, 30), (3, 10)]),
    ];
    let updates = |of: &[(u8, i64)]| of.iter().map(|(n, power)| update(*n, *power)).collect::<Vec<_>>();
    for (id, packet, acks, expected) in steps {
        assert_eq!(receive(&mut chain, &vsc(id, &updates(packet), acks)), Ok(Ack::ok()));
        assert_eq!(pending(&chain), Some(updates(expected)));
        assert_eq!(vsc_id_at(&chain, 2), Some(VscId(id)));
    }
}

#[test]
fn the_last_power_of_a_key_in_a_packet_counts() {
    let mut chain = started(&[update(9, 1)]);
    receive(&mut chain, &vsc(1, &[update(1, 0), update(1, 473_289)], &[])).unwrap();
    assert_eq!(pending(&chain), Some(vec![update(1, 473_289)]));
}

#[test]
fn an_empty_packet_is_pending_too() {
    let mut chain = started(&[update(9, 1)]);
    receive(&mut chain, &vsc(1, &[], &[])).unwrap();
    assert_eq!(pending(&chain), Some(Vec::new()));
    assert_eq!(consumer::end_block(&mut chain), Ok(Vec::new()));
    assert_eq!(pending(&chain), None);
}

#[test]
fn refused_packets_are_acknowledged_with_their_code_and_write_nothing() {
    let mut chain = started(&[update(1, 10)]);
    let before = chain.written();
    let absent = PacketError::Invalid("validator updates are absent".to_string());
    let zero = PacketError::Invalid("valset update id is zero".to_string());
    for (data, code, error) in [
        (&b"{\"valset_update_id\":\"6\"}"[..], 1, absent.clone()),
        (b"null", 1, absent),
        (b"{\"validator_updates\":[],\"valset_update_id\":\"0\"}", 1, zero),
        (
            b"{\"validator_updates\":[],\"valset_update_id\":\"1\",\"x\":1}",
            29,
            PacketError::Undecodable(JsonError::Unknown("x".to_string())),
        ),
    ] {
        assert_eq!(receive(&mut chain, data), Ok(Ack::refused(code)));
        assert_eq!(chain.take_events(), [packet_event(0, false).with("error", error)]);
        assert_eq!(chain.written(), before);
    }
    let text = "{\"error\":\"ABCI code: 29: error handling packet: see events for details\"}";
    assert_eq!(Ack::refused(29).encode(), text.as_bytes());
}

#[test]
fn acknowledged_downtimes_are_open_again_whatever_their_prefix() {
    let mut chain = started(&[update(1, 10)]);
    let addrs = [1, 2, 3].map(|n| ConsumerAddr(ConsAddr([n; 20])));
    for addr in &addrs {
        state::OUTSTANDING_DOWNTIME.set(&mut chain, addr, &());
    }
    let provider = addrs[0].0.to_text("cosmosvalcons");
    let padded = format!("  {} ", addrs[1].0.to_text("othervalcons"));
    let long = ics_abci::to_bech32("cosmosvalcons", &[3; 21]);
    receive(&mut chain, &vsc(1, &[], &["nonsense", &provider, &padded, &long])).unwrap();
    let left: Vec<_> = state::OUTSTANDING_DOWNTIME.iter(&chain).map(|entry| entry.unwrap().0).collect();
    assert_eq!(left, [addrs[2]]);
}

#[test]
fn an_acknowledgement_of_a_packet_never_sent_is_a_typed_error() {
    let slash = Slash { address: vec![1; 20], power: 5, vsc_id: VscId(9), infraction: Infraction::Downtime };
    let data = ConsumerPacket::Slash(slash).encode();
    for (ack, code) in [
        (&b"ok"[..], ("sdk", 6)),
        (b"{\"result\":\"AQ==\",\"error\":\"x\"}", ("sdk", 6)),
        (b"{\"result\":\"BA==\"}", ("undefined", 1)),
        (b"{\"result\":\"AQE=\"}", ("undefined", 1)),
        (b"{\"result\":\"Ag==\"}", ("sdk", 37)),
        (b"{\"error\":\"ABCI code: 1: error handling packet: see events for details\"}", ("sdk", 37)),
    ] {
        assert_eq!(consumer::on_ack(&data, ack).unwrap_err().code(), code);
    }
    let bytes = consumer::on_ack(&data, b"{\"result\":\"BA==\"}").unwrap_err();
    assert_eq!(bytes, Error::AckUnknown(vec![4]));
    let own = consumer::on_ack(b"{\"type\":7}", b"{\"result\":\"AQ==\"}").unwrap_err();
    assert_eq!(own, Error::OwnPacket(PacketError::Invalid("unknown type of packet".to_string())));
    assert_eq!(
        consumer::on_timeout().unwrap_err().to_string(),
        "reporting infractions to the provider is not there yet: feature not supported"
    );
}
