//! A chain whose answers are of the right form in most places and damaged in others.

use ics_abci::{Answer, Event, Height, Query, Time};
use ics_proto::Any;
use ics_proto::ibc::core::channel::v1::{
    Counterparty, IdentifiedChannel, MsgRecvPacket, PacketState, QueryConnectionChannelsResponse,
    QueryPacketCommitmentsResponse,
};
use ics_proto::ibc::core::client::v1::{Height as ClientHeight, QueryClientStatusResponse};
use ics_proto::ibc::core::connection::v1 as connection;
use ics_proto::ibc::lightclients::tendermint::v1::ClientState;
use ics_proto::tendermint::types::{Header, SignedHeader, ValidatorSet};
use ics_proto::{Duration, Timestamp};
use ics_relay::{End, LightBlock, Path, Plan, Side, View, ViewError, Wanted, plan};
use proptest::prelude::*;
use prost::{Message, Name};
use std::cell::Cell;

/// One byte of chance per question, over and over; each question may be asked so often.
#[derive(Debug)]
struct Liar {
    id: &'static str,
    tip: u64,
    chance: Vec<u8>,
    at: Cell<usize>,
    asked: Cell<u32>,
    /// Proofs asked for.
    proofs: Cell<usize>,
    events: Vec<Event>,
    commitments: Vec<u64>,
    /// What the stored number of the next packet is, big-endian or not.
    next: Vec<u8>,
}

impl Liar {
    fn byte(&self) -> u8 {
        self.at.set(self.at.get() + 1);
        self.asked.set(self.asked.get() + 1);
        assert!(self.asked.get() < 100_000, "endless work");
        if self.chance.is_empty() { 0 } else { self.chance[self.at.get() % self.chance.len()] }
    }

    fn spoil(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        match self.byte() {
            200..220 => bytes.clear(),
            220..235 => bytes.truncate(bytes.len() / 2),
            235.. if !bytes.is_empty() => {
                let at = usize::from(self.byte()) % bytes.len();
                bytes[at] ^= self.byte();
            }
            _ => {}
        }
        bytes
    }

    fn value(&self, path: &str) -> Vec<u8> {
        let state = if self.byte() < 200 { 3 } else { i32::from(self.byte() % 6) };
        match path {
            path if path.ends_with("/clientState") => {
                let state = ClientState {
                    chain_id: "other-1".into(),
                    trusting_period: Some(Duration { seconds: i64::from(self.byte()) * 100, nanos: 0 }),
                    latest_height: Some(ClientHeight {
                        revision_number: 1,
                        revision_height: u64::from(self.byte()) % self.tip.max(1),
                    }),
                    ..ClientState::default()
                };
                Any { type_url: ClientState::type_url(), value: self.spoil(state.encode_to_vec()) }
                    .encode_to_vec()
            }
            path if path.starts_with("clients/") => {
                connection::ClientPaths { paths: vec!["connection-0".into()] }.encode_to_vec()
            }
            path if path.starts_with("connections/") => connection::ConnectionEnd {
                client_id: "07-tendermint-0".into(),
                state,
                counterparty: Some(connection::Counterparty {
                    client_id: "07-tendermint-0".into(),
                    connection_id: "connection-0".into(),
                    prefix: None,
                }),
                ..connection::ConnectionEnd::default()
            }
            .encode_to_vec(),
            "/ibc.core.channel.v1.Query/ConnectionChannels" => {
                let channel = IdentifiedChannel {
                    state,
                    ordering: i32::from(self.byte() % 3),
                    counterparty: Some(Counterparty { port_id: "p".into(), channel_id: "channel-0".into() }),
                    connection_hops: vec!["connection-0".into()],
                    port_id: "p".into(),
                    channel_id: "channel-0".into(),
                    ..IdentifiedChannel::default()
                };
                QueryConnectionChannelsResponse { channels: vec![channel], ..Default::default() }
                    .encode_to_vec()
            }
            "/ibc.core.channel.v1.Query/PacketCommitments" => {
                let state = |sequence: &u64| PacketState { sequence: *sequence, ..PacketState::default() };
                let commitments = self.commitments.iter().map(state).collect();
                QueryPacketCommitmentsResponse { commitments, ..Default::default() }.encode_to_vec()
            }
            "/ibc.core.client.v1.Query/ClientStatus" => {
                QueryClientStatusResponse { status: "Active".into() }.encode_to_vec()
            }
            path if path.starts_with("nextSequenceRecv") => self.next.clone(),
            _ => vec![1; usize::from(self.byte() % 2)],
        }
    }
}

impl View for Liar {
    fn chain_id(&self) -> &str {
        self.id
    }
    fn tip(&self) -> (Height, Time) {
        (Height(self.tip), Time::new(1_700_000_000, 0).unwrap())
    }
    fn base(&self) -> Height {
        Height(1)
    }
    fn light_block(&self, height: Height) -> Result<LightBlock, ViewError> {
        if self.byte() > 240 || height.0 > self.tip {
            return Err(ViewError::NoBlock(height));
        }
        let seconds = 1_700_000_000 + i64::from(self.byte());
        let header = Header { time: Some(Timestamp { seconds, nanos: 0 }), ..Header::default() };
        let signed_header = SignedHeader { header: (self.byte() < 240).then_some(header), commit: None };
        Ok(LightBlock { signed_header, validators: ValidatorSet::default() })
    }
    fn validators(&self, height: Height) -> Result<ValidatorSet, ViewError> {
        if self.byte() > 240 { Err(ViewError::NoBlock(height)) } else { Ok(ValidatorSet::default()) }
    }
    fn events(&self, height: Height) -> Result<Vec<Event>, ViewError> {
        if self.byte() > 250 { Err(ViewError::NoBlock(height)) } else { Ok(self.events.clone()) }
    }
    fn query(&self, query: &Query) -> Answer {
        let path = match query.path.as_str() {
            "store/ibc/key" => String::from_utf8(query.data.clone()).unwrap(),
            path => path.to_owned(),
        };
        self.proofs.set(self.proofs.get() + usize::from(query.prove));
        if self.byte() > 245 {
            return Answer { code: 5, log: "no".into(), ..Answer::default() };
        }
        let value = self.spoil(self.value(&path));
        let proof = vec![("ics23:iavl".to_owned(), query.data.clone(), self.spoil(vec![]))];
        Answer { value, proof, ..Answer::default() }
    }
}

/// Packet events, sound but for at most one attribute.
fn event() -> impl Strategy<Value = Event> {
    const NAMES: [&str; 9] = [
        "packet_sequence",
        "packet_src_port",
        "packet_src_channel",
        "packet_dst_port",
        "packet_dst_channel",
        "packet_data_hex",
        "packet_timeout_height",
        "packet_timeout_timestamp",
        "packet_ack_hex",
    ];
    const SOUND: [&str; 9] =
        ["1", "p", "channel-0", "p", "channel-0", "00ff", "1-5", "1700000000000000000", "01"];
    let kind = prop::sample::select(vec!["send_packet", "write_acknowledgement", "transfer"]);
    let strange = prop_oneof![
        Just(String::new()),
        "[0-9a-fA-F]{1,5}",
        "[0-9]{1,22}(-[0-9]{0,22})?",
        "[-+]?[0-9é]{1,3}",
        ".{0,8}",
    ];
    (kind, prop::option::of((0..NAMES.len(), strange)), prop::option::of(0..NAMES.len()), 1_u64..4).prop_map(
        |(kind, strange, absent, sequence)| {
            let mut event = Event::new(kind);
            for (at, (name, sound)) in NAMES.iter().zip(SOUND).enumerate() {
                let sequence = sequence.to_string();
                let value = match &strange {
                    Some((odd, text)) if *odd == at => text.as_str(),
                    _ if at == 0 => sequence.as_str(),
                    _ => sound,
                };
                if absent != Some(at) || at % 2 == 0 {
                    event = event.with(name, value);
                }
            }
            event
        },
    )
}

fn liar(id: &'static str) -> impl Strategy<Value = Liar> {
    (
        0_u64..40,
        prop::collection::vec(prop_oneof![30 => 0_u8..200, 1 => any::<u8>()], 0..120),
        prop::collection::vec(event(), 0..6),
        prop::collection::vec(prop_oneof![1_u64..4, any::<u64>()], 0..4),
        prop_oneof![
            (0_u64..4).prop_map(|n| n.to_be_bytes().to_vec()),
            prop::collection::vec(any::<u8>(), 0..10)
        ],
    )
        .prop_map(move |(tip, chance, events, commitments, next)| Liar {
            id,
            tip,
            chance,
            at: Cell::new(0),
            asked: Cell::new(0),
            proofs: Cell::new(0),
            events,
            commitments,
            next,
        })
}

#[test]
fn a_chain_that_lies_gets_a_plan_or_an_error() {
    let (plans, packets) = (Cell::new(0_u32), Cell::new(0_u32));
    let config = ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(a in liar("a-1"), b in liar("b-18446744073709551615"), now in 0_i64..2_000_000_000)| {
        let end = || End { client_id: "07-tendermint-0".into(), signer: "me".into() };
        let mut path = Path::new(end(), end());
        path.connect_from = Some(Side::A);
        path.wanted.push(Wanted {
            from: Side::B,
            port: "p".into(),
            counterparty_port: "p".into(),
            version: String::new(),
            ordered: true,
        });
        for _ in 0..2 {
            if let Ok(Plan { a, b, .. }) = plan(&mut path, Time::new(now, 0).unwrap(), &a, &b) {
                plans.set(plans.get() + 1);
                let of_packets = |any: &&Any| any.type_url.contains("channel.v1.Msg") && !any.type_url.contains("Open");
                packets.set(packets.get() + u32::try_from(a.iter().chain(&b).filter(of_packets).count()).unwrap());
            }
        }
    });
    let (plans, packets) = (plans.get(), packets.get());
    assert!(plans > 100 && packets > 20, "{plans} plans, {packets} packets: the answers reach too little");
}

#[test]
fn with_two_hundred_packets_outstanding_no_more_is_proved_than_is_sent() {
    let packet = |sequence: u64| {
        Event::new("send_packet")
            .with("packet_sequence", sequence.to_string())
            .with("packet_src_port", "p")
            .with("packet_src_channel", "channel-0")
            .with("packet_dst_port", "p")
            .with("packet_dst_channel", "channel-0")
            .with("packet_data_hex", "00ff")
            .with("packet_timeout_height", "0-0")
            .with("packet_timeout_timestamp", "1800000000000000000")
    };
    // Its bytes of chance are those of a chain that tells the truth and has received nothing.
    let chain = |id| Liar {
        id,
        tip: 10,
        chance: vec![150],
        at: Cell::new(0),
        asked: Cell::new(0),
        proofs: Cell::new(0),
        events: (1..=200).map(packet).collect(),
        commitments: (1..=200).collect(),
        next: Vec::new(),
    };
    let (a, b) = (chain("a-1"), chain("b-1"));
    let end = || End { client_id: "07-tendermint-0".into(), signer: "me".into() };
    let mut path = Path::new(end(), end());
    let plan = plan(&mut path, Time::new(1_700_000_200, 0).unwrap(), &a, &b).unwrap();
    for (messages, source) in [(&plan.b, &a), (&plan.a, &b)] {
        let received = messages.iter().filter(|any| any.type_url == MsgRecvPacket::type_url());
        let sequences: Vec<u64> = received
            .map(|any| MsgRecvPacket::decode(any.value.as_slice()).unwrap().packet.unwrap().sequence)
            .collect();
        assert_eq!(sequences, Vec::from_iter(1..=50), "to the peer of {}", source.id);
        assert_eq!(source.proofs.get(), 50, "by {}", source.id);
    }
}
