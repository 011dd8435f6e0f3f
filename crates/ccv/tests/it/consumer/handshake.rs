use super::{receive, started, update, vsc};
use crate::host_consumer::Chain;
use ics_abci::Event;
use ics_ccv::consumer::host::{ChannelOrder, OpenChannel};
use ics_ccv::consumer::{self, Error, OpenInit, state};
use ics_ccv::id::{ChannelId, ConnectionId};
use ics_ccv::provider::ConnectionView;
use ics_ccv::wire::Ack;
use ics_ccv::wire::handshake::{HandshakeError, HandshakeMetadata};

const POOL: &str = "cosmos1ap0mh6xzfn8943urr84q6ae7zfnar48am2erhd";

fn good(hops: &[ConnectionId]) -> OpenInit<'_> {
    OpenInit {
        order: ChannelOrder::Ordered,
        hops,
        port: "consumer",
        counterparty_port: "provider",
        version: "1",
    }
}

fn metadata(version: &str) -> Vec<u8> {
    HandshakeMetadata { provider_fee_pool_addr: POOL.to_string(), version: version.to_string() }.encode()
}

fn established() -> Chain {
    let mut chain = started(&[update(1, 10)]);
    assert_eq!(receive(&mut chain, &vsc(1, &[], &[])), Ok(Ack::ok()));
    chain
}

#[test]
fn a_handshake_may_start_over_the_providers_client() {
    let chain = started(&[update(1, 10)]);
    let hops = ["connection-0".into()];
    assert_eq!(consumer::on_open_init(&chain, &good(&hops)), Ok("1"));
    assert_eq!(consumer::on_open_init(&chain, &OpenInit { version: "  ", ..good(&hops) }), Ok("1"));
}

#[test]
fn each_broken_rule_refuses_a_handshake_with_its_own_error() {
    let mut chain = started(&[update(1, 10)]);
    let other = ConnectionView { client_id: "07-tendermint-3".into(), counterparty_connection_id: None };
    chain.connections.insert("connection-3".to_string(), other);
    let hops: [ConnectionId; 1] = ["connection-0".into()];
    let two: [ConnectionId; 2] = ["connection-0".into(), "connection-0".into()];
    let missing: [ConnectionId; 1] = ["connection-9".into()];
    let foreign: [ConnectionId; 1] = ["connection-3".into()];
    let cases = [
        (OpenInit { order: ChannelOrder::Unordered, ..good(&hops) }, Error::ChannelOrdering, ("channel", 6)),
        (
            OpenInit { port: "transfer", ..good(&hops) },
            Error::Port { found: "transfer".into(), expected: "consumer" },
            ("port", 4),
        ),
        (OpenInit { version: "2", ..good(&hops) }, Error::Version("2".into()), ("CCV", 2)),
        (
            OpenInit { counterparty_port: "consumer", ..good(&hops) },
            Error::CounterpartyPort { found: "consumer".into(), expected: "provider" },
            ("port", 4),
        ),
        (good(&[]), Error::Hops, ("channel", 15)),
        (good(&two), Error::Hops, ("channel", 15)),
        (good(&missing), Error::ConnectionNotFound("connection-9".into()), ("connection", 3)),
        (
            good(&foreign),
            Error::Client { found: "07-tendermint-3".into(), expected: "07-tendermint-0".into() },
            ("client", 3),
        ),
    ];
    for (init, error, code) in cases {
        assert_eq!(error.code(), code);
        assert_eq!(consumer::on_open_init(&chain, &init), Err(error));
    }
    assert_eq!(Error::Version("2".into()).to_string(), "got 2, expected 1: invalid CCV version");
    state::PROVIDER_CLIENT.remove(&mut chain);
    assert_eq!(consumer::on_open_init(&chain, &good(&hops)), Err(Error::NoProviderClient));
}

#[test]
fn an_established_channel_wins_over_every_other_refusal() {
    let mut chain = established();
    let bad = OpenInit { order: ChannelOrder::Unordered, version: "2", ..good(&[]) };
    let error = consumer::on_open_init(&chain, &bad).unwrap_err();
    assert_eq!(error, Error::DuplicateChannel("channel-0".into()));
    assert_eq!(error.code(), ("CCV", 5));
    assert_eq!(error.to_string(), "provider channel: channel-0 already set: CCV channel already exists");
    let again = consumer::on_open_ack(&mut chain, &"channel-1".into(), &metadata("1"));
    assert_eq!(again, Err(Error::DuplicateChannel("channel-0".into())));
}

#[test]
fn nobody_but_the_consumer_starts_a_handshake() {
    assert_eq!(consumer::on_open_try(), Err(Error::ChannelFlow));
    assert_eq!(consumer::on_open_confirm(), Err(Error::ChannelFlow));
    assert_eq!(Error::ChannelFlow.code(), ("CCV", 3));
}

#[test]
fn the_providers_answer_opens_the_channel_for_rewards() {
    let mut chain = started(&[update(1, 10)]);
    assert_eq!(consumer::on_open_ack(&mut chain, &"channel-0".into(), &metadata("1")), Ok(()));
    let params = state::params(&chain).unwrap();
    assert_eq!(params.provider_fee_pool_addr, POOL);
    assert_eq!(params.distribution_transmission_channel, "channel-1");
    assert_eq!(
        chain.opened,
        [OpenChannel {
            port: "transfer",
            counterparty_port: "transfer",
            connection: "connection-0".into(),
            version: "ics20-1",
            order: ChannelOrder::Unordered,
        }]
    );
    let event = Event::new("fee_transfer_channel_opened")
        .with("module", "ccvconsumer")
        .with("channel_id", "channel-0")
        .with("port_id", "transfer");
    assert_eq!(chain.take_events(), [event]);
    // The handshake alone establishes nothing.
    assert_eq!(consumer::gate::is_open(&chain), Ok(false));
}

#[test]
fn a_channel_for_rewards_that_exists_is_kept() {
    let mut chain = started(&[update(1, 10)]);
    chain.has_channel("transfer", "channel-8");
    let mut params = state::params(&chain).unwrap();
    params.distribution_transmission_channel = "channel-8".to_string();
    state::PARAMS.set(&mut chain, &params);
    assert_eq!(consumer::on_open_ack(&mut chain, &"channel-0".into(), &metadata("1")), Ok(()));
    assert_eq!(chain.opened, []);
    assert_eq!(chain.take_events(), []);
    assert_eq!(state::params(&chain).unwrap().provider_fee_pool_addr, POOL);
}

#[test]
fn a_refused_answer_writes_nothing() {
    let mut chain = started(&[update(1, 10)]);
    let before = chain.written();
    let ccv = ChannelId::from("channel-0");
    for (channel, version, error, code) in [
        (&ccv, vec![0xff], Error::HandshakeMetadata(HandshakeError::End), ("CCV", 8)),
        (&ccv, metadata("2"), Error::CounterpartyVersion("2".into()), ("CCV", 2)),
        (&ccv, Vec::new(), Error::CounterpartyVersion(String::new()), ("CCV", 2)),
        (&"channel-5".into(), metadata("1"), Error::ChannelNotFound, ("CCV", 9)),
    ] {
        assert_eq!(error.code(), code);
        assert_eq!(consumer::on_open_ack(&mut chain, channel, &version), Err(error));
        assert_eq!(chain.written(), before);
    }
    chain.ibc_refuses = Some("no".to_string());
    let refused = consumer::on_open_ack(&mut chain, &ccv, &metadata("1"));
    assert_eq!(refused, Err(Error::TransferChannel("no".to_string())));
    assert_eq!(chain.written(), before);
    assert_eq!(chain.take_events(), []);
}

#[test]
fn only_duplicates_of_the_established_channel_may_be_closed() {
    let closed = |chain: &Chain, id: &str| consumer::on_close_init(chain, &id.into());
    let mut chain = started(&[update(1, 10)]);
    assert_eq!(closed(&chain, "channel-0"), Err(Error::CloseForbidden));
    receive(&mut chain, &vsc(1, &[], &[])).unwrap();
    let error = closed(&chain, "channel-0").unwrap_err();
    assert_eq!(error.to_string(), "user cannot close channel: invalid request");
    assert_eq!(error.code(), ("sdk", 18));
    assert_eq!(closed(&chain, "channel-1"), Ok(()));
}
