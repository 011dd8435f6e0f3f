//! The channel: handshake, packets from the consumer, acknowledgements and timeouts.

use super::{assign, connected, launched, open, open_try, phase_of};
use crate::host_provider::{Provider, UNBONDING, key, provider_addr, refused, shown};
use ics_abci::Height;
use ics_ccv::Rules;
use ics_ccv::consumer::host::ChannelOrder;
use ics_ccv::id::{ChannelId, ConnectionId, ConsumerId, VscId};
use ics_ccv::provider::channel::{self, OpenTry, Received};
use ics_ccv::provider::error::Error;
use ics_ccv::provider::link::{self, Link};
use ics_ccv::provider::phase::Phase;
use ics_ccv::provider::state;
use ics_ccv::wire::Ack;
use ics_ccv::wire::slash::{ConsumerPacket, Infraction, Slash};

const CHANNEL: &str = "channel-0";

fn channel_0() -> ChannelId {
    CHANNEL.into()
}

fn slash(infraction: Infraction, vsc_id: u64, address: &[u8]) -> Vec<u8> {
    let slash = Slash { address: address.to_vec(), power: 10, vsc_id: VscId(vsc_id), infraction };
    ConsumerPacket::Slash(slash).encode()
}

fn last_event(host: &mut Provider) -> String {
    shown(host.events().last().unwrap())
}

#[test]
fn the_version_names_the_rewards_pool() {
    let mut host = Provider::new(Rules::default());
    launched(&mut host, &[1]);
    host.connect("07-tendermint-0", "connection-0");
    let version = channel::on_open_try(&host, &open_try(&["connection-0".into()])).unwrap();
    assert_eq!(
        hex::encode(version),
        "0a2d636f736d6f73316170306d6836787a666e38393433757272383471366165377a666e61723438616d3265726864120131"
    );
}

#[test]
fn a_channel_that_is_not_as_it_should_be_is_refused() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    host.connect("07-tendermint-0", "connection-0");
    host.connect("07-tendermint-8", "connection-8");
    host.foreign_client("07-tendermint-5", "other-1", 3);
    host.connect("07-tendermint-5", "connection-5");
    let hop = |of: &str| vec![ConnectionId::from(of)];
    let (good, none) = (hop("connection-0"), Vec::new());
    let two = vec!["connection-0".into(), "connection-0".into()];
    let port = |expected, found: &str| Error::Port { expected, found: found.to_string() };
    let cases = [
        (OpenTry { order: ChannelOrder::Unordered, ..open_try(&good) }, Error::Unordered, ("channel", 6)),
        (OpenTry { port: "transfer", ..open_try(&good) }, port("provider", "transfer"), ("port", 4)),
        (
            OpenTry { counterparty_port: "provider", ..open_try(&good) },
            port("consumer", "provider"),
            ("port", 4),
        ),
        (
            OpenTry { counterparty_version: "2", ..open_try(&good) },
            Error::Version("2".to_string()),
            ("CCV", 2),
        ),
        (open_try(&none), Error::Hops(0), ("channel", 15)),
        (open_try(&two), Error::Hops(2), ("channel", 15)),
    ];
    for (wanted, error, code) in cases {
        assert_eq!(error.code(), code);
        assert_eq!(channel::on_open_try(&host, &wanted), Err(error));
    }
    let (missing, lost, foreign) = (hop("connection-1"), hop("connection-8"), hop("connection-5"));
    for (hops, error, code) in [
        (&missing, Error::NoConnection("connection-1".into()), ("connection", 3)),
        (&lost, Error::NoClient("07-tendermint-8".into()), ("client", 4)),
        (&foreign, Error::NoConsumerChain("07-tendermint-5".into()), ("CCV", 15)),
    ] {
        assert_eq!(error.code(), code);
        assert_eq!(channel::on_open_try(&host, &open_try(hops)), Err(error));
    }
    // Another consumer's client cannot be had by a crossed index.
    state::CONSUMER_OF_CLIENT.set(&mut host, &"07-tendermint-5".into(), &id);
    let wrong =
        Error::WrongClient { id, expected: "07-tendermint-0".into(), found: "07-tendermint-5".into() };
    assert_eq!(wrong.code(), ("provider", 16));
    assert_eq!(channel::on_open_try(&host, &open_try(&foreign)), Err(wrong));
}

#[test]
fn handshakes_start_on_the_consumer_and_users_close_nothing() {
    assert_eq!(channel::on_open_init(), Err(Error::HandshakeFlow));
    assert_eq!(channel::on_open_ack(), Err(Error::HandshakeFlow));
    assert_eq!(channel::on_close_init(), Err(Error::UserClose));
    assert_eq!(Error::HandshakeFlow.code(), ("CCV", 3));
    assert_eq!(Error::UserClose.code(), ("sdk", 18));
    assert_eq!(Error::UserClose.to_string(), "user cannot close channel: invalid request");
}

#[test]
fn the_first_confirmed_channel_is_the_consumers_and_no_other() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    host.connect("07-tendermint-0", "connection-0");
    host.channel_end("connection-0", "channel-0");
    host.channel_end("connection-0", "channel-1");
    channel::on_open_confirm(&mut host, &"channel-1".into()).unwrap();
    let open =
        Link::Open { client: "07-tendermint-0".into(), channel: "channel-1".into(), opened: Height(2) };
    assert_eq!(link::of(&host, id), Ok(Some(open)));
    assert_eq!(
        last_event(&mut host),
        "channel_established[module=ccvconsumer, consumer_id=0, consumer_chain_id=consumer-1, \
         client_id=07-tendermint-0, channel_id=channel-1, connection_id=connection-0]"
    );
    let second = Error::DuplicateChannel(id, "channel-1".into());
    assert_eq!(second.code(), ("CCV", 5));
    refused(&mut host, &second, |host| channel::on_open_confirm(host, &"channel-0".into()));
    refused(&mut host, &second, |host| channel::on_open_try(host, &open_try(&["connection-0".into()])));
    refused(&mut host, &Error::NoChannel("channel-9".into()), |host| {
        channel::on_open_confirm(host, &"channel-9".into())
    });
    host.foreign_client("07-tendermint-5", "other-1", 3);
    host.connect("07-tendermint-5", "connection-5");
    host.channel_end("connection-5", "channel-5");
    let nobody = Error::NoConsumerOfClient("07-tendermint-5".into());
    assert_eq!(nobody.code(), ("provider", 35));
    refused(&mut host, &nobody, |host| channel::on_open_confirm(host, &"channel-5".into()));
}

#[test]
fn an_error_acknowledgement_stops_that_consumer_alone() {
    let mut host = Provider::new(Rules::default());
    let first = connected(&mut host, &[1]);
    let second = launched(&mut host, &[1]);
    open(&mut host, "07-tendermint-1", "connection-1", "channel-1").unwrap();
    host.events();
    channel::on_ack(&mut host, &channel_0(), &Ack::refused(1).encode()).unwrap();
    assert_eq!(phase_of(&host, first), Some(Phase::Stopped));
    assert_eq!(phase_of(&host, second), Some(Phase::Launched));
    let text = "ABCI code: 1: error handling packet: see events for details";
    let events: Vec<String> = host.events().iter().map(shown).collect();
    assert_eq!(events[0], format!("ccv_packet[module=provider, acknowledgement=error:\"{text}\" ]"));
    assert!(events[1].starts_with("consumer_stopped[module=provider, consumer_id=0, reason=packet refused"));
    assert_eq!(events[2], format!("ccv_packet[error={text}]"));
    refused(&mut host, &Error::UnknownChannel("channel-9".into()), |host| {
        channel::on_ack(host, &"channel-9".into(), &Ack::refused(1).encode())
    });
}

#[test]
fn a_good_acknowledgement_changes_nothing_and_a_malformed_one_fails() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1]);
    let before = host.entries();
    host.events();
    channel::on_ack(&mut host, &channel_0(), &Ack::ok().encode()).unwrap();
    assert_eq!(host.entries(), before);
    let events: Vec<String> = host.events().iter().map(shown).collect();
    assert_eq!(
        events,
        [r#"ccv_packet[module=provider, acknowledgement=result:"\001" ]"#, "ccv_packet[success=\u{1}]"]
    );
    for bytes in ["", "{}", r#"{"result":"AQ=="} "#, r#"{"result":"AQ==","error":"x"}"#] {
        let why = Ack::decode(bytes.as_bytes()).unwrap_err();
        let error = Error::Ack(why);
        assert_eq!(error.code(), ("sdk", 6));
        refused(&mut host, &error, |host| channel::on_ack(host, &channel_0(), bytes.as_bytes()));
    }
    assert_eq!(phase_of(&host, id), Some(Phase::Launched));
}

#[test]
fn a_timeout_stops_the_consumer_once() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1]);
    host.events();
    channel::on_timeout(&mut host, &channel_0()).unwrap();
    assert_eq!(phase_of(&host, id), Some(Phase::Stopped));
    assert_eq!(last_event(&mut host), "timeout[module=provider]");
    let removal = state::REMOVAL_AT.get(&host, &id).unwrap().unwrap();
    super::wait(&mut host, std::time::Duration::from_secs(60));
    channel::on_timeout(&mut host, &channel_0()).unwrap();
    channel::on_ack(&mut host, &channel_0(), &Ack::refused(1).encode()).unwrap();
    channel::on_close_confirm(&mut host, &channel_0()).unwrap();
    assert_eq!(state::REMOVAL_AT.get(&host, &id), Ok(Some(removal)));
    assert_eq!(state::REMOVAL_QUEUE.iter(&host).count(), 1);
    assert_eq!(host.events().iter().filter(|event| event.kind == "consumer_stopped").count(), 0);
    let unknown = Error::TimeoutOnUnknownChannel("channel-9".into());
    assert_eq!(unknown.code(), ("channel", 5));
    refused(&mut host, &unknown, |host| channel::on_timeout(host, &"channel-9".into()));
}

#[test]
fn a_consumer_that_closes_its_channel_is_stopped() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1]);
    channel::on_close_confirm(&mut host, &channel_0()).unwrap();
    assert_eq!(phase_of(&host, id), Some(Phase::Stopped));
    assert!(matches!(link::of(&host, id), Ok(Some(Link::Lost { .. }))));
    let before = host.entries();
    channel::on_close_confirm(&mut host, &"channel-9".into()).unwrap();
    assert_eq!(host.entries(), before);
}

#[test]
fn matured_packets_are_accepted_and_ignored() {
    let mut host = Provider::new(Rules::default());
    connected(&mut host, &[1]);
    let before = host.entries();
    let received = channel::on_recv(&mut host, &channel_0(), &ConsumerPacket::VscMatured(VscId(4)).encode());
    assert_eq!(received, Ok(Received::Accepted(br#"{"result":"AQ=="}"#.to_vec())));
    assert_eq!(host.entries(), before);
    assert_eq!(last_event(&mut host), "ccv_packet[module=provider, success=true]");
}

#[test]
fn a_double_sign_report_is_noted_and_nothing_else() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    assign(id, 2, 22).handle(&mut host).unwrap();
    let packet = slash(Infraction::DoubleSign, 0, &key(22).address().0);
    let received = channel::on_recv(&mut host, &channel_0(), &packet);
    assert_eq!(received, Ok(Received::Accepted(br#"{"result":"AQ=="}"#.to_vec())));
    assert_eq!(state::DOUBLE_SIGN_LOG.get(&host, &provider_addr(2)), Ok(Some(Height(2))));
    assert_eq!(last_event(&mut host), "ccv_packet[module=provider, valset_update_id=0, success=true]");
    // Names that lead to nobody are not kept.
    let before = host.entries();
    for address in [vec![5; 20], vec![5; 1], vec![5; 255]] {
        let packet = slash(Infraction::DoubleSign, 0, &address);
        let received = channel::on_recv(&mut host, &channel_0(), &packet);
        assert_eq!(received, Ok(Received::Accepted(br#"{"result":"AQ=="}"#.to_vec())));
    }
    assert_eq!(host.entries(), before);
}

#[test]
fn an_update_leads_to_the_height_at_which_its_set_is_liable() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    host.epoch();
    let height = |host: &Provider, vsc_id| channel::infraction_height(host, id, VscId(vsc_id));
    assert_eq!(height(&host, 0), Ok(Some(Height(2))), "the block in which the channel opened");
    assert_eq!(height(&host, 1), Ok(Some(Height(6))));
    assert_eq!(height(&host, 2), Ok(None), "the running epoch has no height before its first block ends");
    assert_eq!(height(&host, 99), Ok(None));
    assert_eq!(channel::infraction_height(&host, ConsumerId(9), VscId(0)), Ok(None));
}

#[test]
fn reports_that_cannot_be_are_refused_with_their_code() {
    let mut host = Provider::new(Rules::default());
    connected(&mut host, &[1]);
    let before = host.entries();
    let address = key(1).address().0;
    for (packet, code) in [
        (b"{".to_vec(), 29),
        (b"{}".to_vec(), 1),
        (br#"{"type":"CONSUMER_PACKET_TYPE_SLASH"}"#.to_vec(), 1),
        (slash(Infraction::DoubleSign, 99, &address), 1),
        (slash(Infraction::Downtime, 99, &address), 1),
        (slash(Infraction::Downtime, 0, &address), 37),
        (slash(Infraction::DoubleSign, 0, &[]), 1),
    ] {
        let received = channel::on_recv(&mut host, &channel_0(), &packet);
        let shown = String::from_utf8_lossy(&packet).into_owned();
        assert_eq!(received, Ok(Received::Refused(Ack::refused(code).encode())), "{shown}");
        assert!(host.events().pop().is_some_and(|event| event.get("success") == Some("false")), "{shown}");
    }
    assert_eq!(host.entries(), before);
    let error = Error::UnknownChannel("channel-9".into());
    assert_eq!(error.code(), ("provider", 4));
    refused(&mut host, &error, |host| channel::on_recv(host, &"channel-9".into(), b"{}"));
}

#[test]
fn downtime_says_that_it_is_not_there_yet() {
    let mut host = Provider::new(Rules::default());
    connected(&mut host, &[1]);
    let packet = slash(Infraction::Downtime, 0, &key(1).address().0);
    channel::on_recv(&mut host, &channel_0(), &packet).unwrap();
    assert_eq!(
        last_event(&mut host),
        "ccv_packet[module=provider, valset_update_id=0, success=false, error=not supported yet: downtime slashing]"
    );
}

#[test]
fn packets_of_a_deleted_consumer_are_not_received() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1]);
    super::remove(id).handle(&mut host).unwrap();
    super::wait(&mut host, UNBONDING);
    host.block(|_| ());
    assert_eq!(phase_of(&host, id), Some(Phase::Deleted));
    let error = Error::UnknownChannel(channel_0());
    refused(&mut host, &error, |host| {
        channel::on_recv(host, &channel_0(), &ConsumerPacket::VscMatured(VscId(1)).encode())
    });
}
