//! Two small chains that verify one another for real: committed stores, headers signed by one validator, ICS-23 proofs.

use ed25519_consensus::SigningKey;
use ibc::clients::tendermint::types::Header as TmHeader;
use ibc_proto::google::protobuf::{Any, Duration as ProtoDuration};
use ibc_proto::ibc::core::channel::v1 as chan;
use ibc_proto::ibc::core::client::v1::{Height as RawHeight, MsgCreateClient, MsgUpdateClient};
use ibc_proto::ibc::core::commitment::v1::{MerklePrefix, MerkleProof, MerkleRoot};
use ibc_proto::ibc::core::connection::v1 as conn;
use ibc_proto::ibc::lightclients::tendermint::v1 as tm;
use ics_abci::{AccAddr, ConsAddr, Event, Height, Time};
use ics_chain::ibc::core::{client, connection};
use ics_chain::ibc::transfer::{self, TransferPort};
use ics_chain::ibc::{Ack, ChannelEnds, Packet, Port, Ports, channel};
use ics_chain::modules::auth;
use ics_chain::modules::bank::{self, Coins};
use ics_chain::query::QueryCtx;
use ics_chain::{BlockInfo, ChainConfig, Ctx, Error, headers, ibc as ours};
use ics_kv::{Bytes, Journal, Read, Write};
use ics_store::Multistore;
use prost::Message;
use std::sync::Arc;
use std::time::Duration;
use tendermint::block::{self, Commit, CommitSig, signed_header::SignedHeader};
use tendermint::{Hash, PublicKey, account, hash::AppHash, validator, vote};

pub(crate) const TRUSTING: Duration = Duration::from_secs(14 * 86_400);
pub(crate) const START: i64 = 1_700_000_000;
pub(crate) const USER: &str = "user";

/// What the application `app` does is in the packet: `take…`, `refuse…`, `fail…`.
pub(crate) struct TestPort;

fn note(ctx: &mut Ctx<'_>, what: &str) {
    let log = ctx.get(b"app/log").map(|b| String::from_utf8(b.to_vec()).unwrap()).unwrap_or_default();
    ctx.set(b"app/log", Bytes::from(format!("{log}{what};").into_bytes()));
}

impl Port for TestPort {
    fn on_open_init(&self, ctx: &mut Ctx<'_>, ends: &ChannelEnds, version: &str) -> Result<String, Error> {
        note(ctx, &format!("init {}", ends.channel));
        Ok(if version.is_empty() { "test-1".into() } else { version.into() })
    }
    fn on_open_try(&self, ctx: &mut Ctx<'_>, ends: &ChannelEnds, version: &str) -> Result<String, Error> {
        note(ctx, &format!("try {} of {}", ends.channel, ends.counterparty_channel));
        Ok(version.into())
    }
    fn on_open_ack(&self, ctx: &mut Ctx<'_>, ends: &ChannelEnds, _: &str) -> Result<(), Error> {
        note(ctx, &format!("ack {} of {}", ends.channel, ends.counterparty_channel));
        Ok(())
    }
    fn on_open_confirm(&self, ctx: &mut Ctx<'_>, ends: &ChannelEnds) -> Result<(), Error> {
        note(ctx, &format!("confirm {} of {}", ends.channel, ends.counterparty_channel));
        Ok(())
    }
    fn on_close_init(&self, ctx: &mut Ctx<'_>, ends: &ChannelEnds) -> Result<(), Error> {
        note(ctx, &format!("close {}", ends.channel));
        Ok(())
    }
    fn on_close_confirm(&self, ctx: &mut Ctx<'_>, ends: &ChannelEnds) -> Result<(), Error> {
        note(ctx, &format!("closed {}", ends.channel));
        Ok(())
    }
    fn on_recv(&self, ctx: &mut Ctx<'_>, packet: &Packet) -> Result<Ack, Error> {
        let said = String::from_utf8(packet.data.clone()).unwrap();
        note(ctx, &format!("recv {} {said}", packet.sequence));
        ctx.emit(Event::new("test_app").with("said", &said));
        match said.as_str() {
            s if s.starts_with("refuse") => Ok(Ack::Error(b"no".to_vec())),
            s if s.starts_with("fail") => Err(Error::refused("test", 7, "not acceptable")),
            _ => Ok(Ack::Success(b"yes".to_vec())),
        }
    }
    fn on_ack(&self, ctx: &mut Ctx<'_>, packet: &Packet, ack: &[u8]) -> Result<(), Error> {
        note(ctx, &format!("acked {} {}", packet.sequence, String::from_utf8_lossy(ack)));
        if packet.data == b"take and ask again" {
            // The commitment is gone already: sending from within does not meet it.
            let path = commitment(&packet.source.0, &packet.source.1, packet.sequence);
            assert!(ctx.get(path.as_bytes()).is_none());
            let later = ctx.block.time.plus(Duration::from_secs(600)).unwrap();
            let (port, channel) = &packet.source;
            let sequence = ours::send_packet(ctx, port, channel, (0, 0), Some(later), b"take it".to_vec())?;
            note(ctx, &format!("sent {sequence}"));
        }
        Ok(())
    }
    fn on_timeout(&self, ctx: &mut Ctx<'_>, packet: &Packet) -> Result<(), Error> {
        let end = ours::channel_view(ctx, &packet.source.0, &packet.source.1).unwrap().unwrap();
        note(ctx, &format!("timeout {} {:?}", packet.sequence, end.state));
        Ok(())
    }
}

pub(crate) fn commitment(port: &str, channel: &str, sequence: u64) -> String {
    format!("ibc/commitments/ports/{port}/channels/{channel}/sequences/{sequence}")
}

static PORTS: &[(&str, &dyn Port)] = &[("app", &TestPort), ("transfer", &TransferPort)];

#[derive(Clone)]
struct Snap(ics_store::Snapshot);

pub(crate) struct Chain {
    pub(crate) config: ChainConfig,
    pub(crate) store: Multistore,
    pub(crate) now: Time,
    key: SigningKey,
    signed: Vec<SignedHeader>,
    pub(crate) last: BlockInfo,
    pub(crate) client: String,
    pub(crate) connection: String,
    pub(crate) events: Vec<Event>,
}

fn time(t: Time) -> tendermint::Time {
    tendermint::Time::from_unix_timestamp(t.seconds(), t.nanos()).unwrap()
}

impl Chain {
    pub(crate) fn new(id: &str, prefix: &'static str, seed: u8) -> Self {
        let config = ChainConfig {
            chain_id: id.into(),
            prefix,
            initial_height: Height(1),
            ports: Ports(PORTS),
            msgs: &[],
            electorate: ics_chain::modules::gov::nobody,
            rules: ics_ccv::rules::Rules::default(),
        };
        let now = Time::new(START, 0).unwrap();
        let last = BlockInfo {
            height: Height(1),
            time: now,
            app_hash: [0; 32],
            next_validators_hash: [0; 32],
            proposer: ConsAddr([0; 20]),
            votes: vec![],
            genesis: true,
        };
        let stores = &["app", "auth", "bank", "headers", "ibc", "transfer"];
        let mut chain = Self {
            config,
            store: Multistore::new(stores, 1, 1_000),
            now,
            key: SigningKey::from([seed; 32]),
            signed: vec![],
            last,
            client: String::new(),
            connection: String::new(),
            events: vec![],
        };
        chain
            .block(|ctx| {
                ours::init_genesis(ctx);
                transfer::init_genesis(ctx, &transfer::Params::default());
                auth::open_module_account(ctx, &transfer::MODULE_ACCOUNT).unwrap();
                bank::mint(ctx, transfer::PORT, &Coins::one("stake", 1_000_000)).unwrap();
                let user = Chain::user();
                bank::send(ctx, &ics_abci::module_address("transfer"), &user, &Coins::one("stake", 1_000_000))
            })
            .unwrap();
        chain
    }

    pub(crate) fn user() -> AccAddr {
        AccAddr(vec![7; 20])
    }

    pub(crate) fn user_text(&self) -> String {
        Self::user().to_text(self.config.prefix)
    }

    fn validators(&self) -> validator::Set {
        let key = PublicKey::from_raw_ed25519(&self.key.verification_key().to_bytes()).unwrap();
        let info = validator::Info::new(key, vote::Power::from(10_u32));
        validator::Set::new(vec![info.clone()], Some(info))
    }

    fn base(&self) -> Arc<dyn Read + Send + Sync> {
        Arc::new(self.store.latest())
    }

    /// One block with one step in it; the step's failure leaves no trace but the block.
    pub(crate) fn block<T>(
        &mut self,
        step: impl FnOnce(&mut Ctx<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.now = self.now.plus(Duration::from_secs(5)).unwrap();
        let Hash::Sha256(next) = self.validators().hash() else { unreachable!() };
        let info = BlockInfo {
            height: Height(self.store.next_height()),
            time: self.now,
            app_hash: self.store.latest().app_hash(),
            next_validators_hash: next,
            genesis: false,
            ..self.last.clone()
        };
        let config = self.config.clone();
        let mut ctx = Ctx::resume(&config, &info, Journal::new(self.base()));
        headers::record(&mut ctx).unwrap();
        let done = ctx.atomically(step);
        self.events = ctx.take_events();
        let changes = ctx.into_state().into_changes();
        let working = self.store.working(info.height.0, &changes).unwrap();
        let _ = self.store.commit(working).unwrap();
        let signed = self.sign(&info, &self.config.chain_id.clone());
        self.signed.push(signed);
        self.last = info;
        done
    }

    /// A header as this chain signs it.
    pub(crate) fn sign(&self, info: &BlockInfo, chain_id: &str) -> SignedHeader {
        let set = self.validators();
        let header = block::Header {
            version: block::header::Version { block: 11, app: 0 },
            chain_id: chain_id.parse().unwrap(),
            height: info.height.0.try_into().unwrap(),
            time: time(info.time),
            last_block_id: None,
            last_commit_hash: None,
            data_hash: None,
            validators_hash: set.hash(),
            next_validators_hash: set.hash(),
            consensus_hash: Hash::Sha256([1; 32]),
            app_hash: AppHash::try_from(info.app_hash.to_vec()).unwrap(),
            last_results_hash: None,
            evidence_hash: None,
            proposer_address: set.validators()[0].address,
        };
        let block_id = block::Id {
            hash: header.hash(),
            part_set_header: block::parts::Header::new(1, Hash::Sha256([2; 32])).unwrap(),
        };
        let address: account::Id = set.validators()[0].address;
        let unsigned = vote::Vote {
            vote_type: vote::Type::Precommit,
            height: header.height,
            round: 0_u16.into(),
            block_id: Some(block_id),
            timestamp: Some(header.time),
            validator_address: address,
            validator_index: 0_u32.try_into().unwrap(),
            signature: None,
            extension: vec![],
            extension_signature: None,
        };
        let bytes = unsigned.into_signable_vec(header.chain_id.clone());
        let signature = self.key.sign(&bytes).to_bytes();
        let commit = Commit {
            height: header.height,
            round: 0_u16.into(),
            block_id,
            signatures: vec![CommitSig::BlockIdFlagCommit {
                validator_address: address,
                timestamp: header.time,
                signature: tendermint::Signature::new(&signature[..]).unwrap(),
            }],
        };
        SignedHeader::new(header, commit).unwrap()
    }

    pub(crate) fn revision(&self) -> u64 {
        ours::revision(&self.config.chain_id).unwrap()
    }

    pub(crate) fn tip(&self) -> u64 {
        self.store.tip().unwrap()
    }

    /// What stands after the last block; a `&mut Ctx` over it is thrown away.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&mut Ctx<'_>) -> T) -> T {
        let info = BlockInfo { time: self.now, ..self.last.clone() };
        let mut ctx = Ctx::new(&self.config, &info, self.base());
        look(&mut ctx)
    }

    pub(crate) fn log(&self) -> String {
        self.look(|ctx| ctx.get(b"app/log"))
            .map(|b| String::from_utf8(b.to_vec()).unwrap())
            .unwrap_or_default()
    }

    pub(crate) fn forget_log(&mut self) {
        self.block(|ctx| {
            ctx.remove(b"app/log");
            Ok(())
        })
        .unwrap();
    }

    pub(crate) fn balance(&self, who: &AccAddr, denom: &str) -> u128 {
        self.look(|ctx| bank::balance(ctx, who, denom)).unwrap()
    }

    /// A query by its path.
    pub(crate) fn ask<Q: Message, A: Message + Default>(
        &self,
        path: &str,
        request: &Q,
    ) -> Result<A, ics_chain::query::QueryError> {
        let routes = ours::IBC_QUERIES.iter().chain(transfer::QUERIES);
        let route = routes.into_iter().find(|route| route.path == path).expect("no such query");
        let state = Snap(self.store.latest());
        let block = BlockInfo { time: self.now, ..self.last.clone() };
        let ctx = QueryCtx { state: &state.0, block: &block, chain: &self.config };
        (route.answer)(&ctx, &request.encode_to_vec()).map(|bytes| A::decode(bytes.as_slice()).unwrap())
    }

    /// The proof, against the header at the tip, of what stood at a path one block before.
    pub(crate) fn prove(&self, path: &str) -> (Vec<u8>, Option<RawHeight>) {
        let proof = self.store.at(self.tip() - 1).unwrap().prove("ibc", path.as_bytes()).unwrap();
        let decode = |bytes: &Vec<u8>| Message::decode(bytes.as_slice()).unwrap();
        let proof = MerkleProof { proofs: proof.encoded().iter().map(decode).collect() };
        (proof.encode_to_vec(), Some(self.height(self.tip())))
    }

    pub(crate) fn height(&self, height: u64) -> RawHeight {
        RawHeight { revision_number: self.revision(), revision_height: height }
    }

    pub(crate) fn client_state(&self) -> Any {
        let second = |seconds: u64| Some(ProtoDuration { seconds: seconds.try_into().unwrap(), nanos: 0 });
        #[allow(deprecated)]
        let state = tm::ClientState {
            chain_id: self.config.chain_id.clone(),
            trust_level: Some(tm::Fraction { numerator: 1, denominator: 3 }),
            trusting_period: second(TRUSTING.as_secs()),
            unbonding_period: second(21 * 86_400),
            max_clock_drift: second(10),
            frozen_height: Some(RawHeight { revision_number: 0, revision_height: 0 }),
            latest_height: Some(self.height(self.tip())),
            proof_specs: [ics23::iavl_spec(), ics23::tendermint_spec()]
                .iter()
                .map(|spec| Message::decode(spec.encode_to_vec().as_slice()).unwrap())
                .collect(),
            upgrade_path: vec!["upgrade".into(), "upgradedIBCState".into()],
            allow_update_after_expiry: false,
            allow_update_after_misbehaviour: false,
        };
        Any { type_url: "/ibc.lightclients.tendermint.v1.ClientState".into(), value: state.encode_to_vec() }
    }

    pub(crate) fn consensus_state(&self) -> Any {
        let header = self.signed.last().unwrap().header();
        let state = tm::ConsensusState {
            timestamp: Some(ibc_proto::google::protobuf::Timestamp {
                seconds: self.last.time.seconds(),
                nanos: self.last.time.nanos().try_into().unwrap(),
            }),
            root: Some(MerkleRoot { hash: header.app_hash.as_bytes().to_vec() }),
            next_validators_hash: header.next_validators_hash.as_bytes().to_vec(),
        };
        Any {
            type_url: "/ibc.lightclients.tendermint.v1.ConsensusState".into(),
            value: state.encode_to_vec(),
        }
    }

    /// A header as a client message; `trusted` is a height that the client knows.
    pub(crate) fn message(&self, signed: SignedHeader, trusted: u64) -> Any {
        let revision = self.revision();
        let header = TmHeader {
            signed_header: signed,
            validator_set: self.validators(),
            trusted_height: ibc::core::client::types::Height::new(revision, trusted).unwrap(),
            trusted_next_validator_set: self.validators(),
        };
        header.into()
    }

    pub(crate) fn signed_at(&self, height: u64) -> SignedHeader {
        self.signed[usize::try_from(height).unwrap() - 1].clone()
    }

    /// Creates a client of `other` here.
    pub(crate) fn follow(&mut self, other: &Chain) {
        let msg = MsgCreateClient {
            client_state: Some(other.client_state()),
            consensus_state: Some(other.consensus_state()),
            signer: USER.into(),
        };
        let counter = self.look(|ctx| client::client_counter(ctx)).unwrap();
        self.now = self.now.max(other.now);
        self.block(|ctx| client::create_client(ctx, msg)).unwrap();
        self.client = format!("07-tendermint-{counter}");
    }

    pub(crate) fn latest_known(&self) -> u64 {
        self.look(|ctx| ours::client_view(ctx, &self.client)).unwrap().unwrap().latest_height.1
    }

    /// The message that tells our client of the tip of `other`.
    pub(crate) fn update_of(&self, other: &Chain) -> MsgUpdateClient {
        let message = other.message(other.signed_at(other.tip()), self.latest_known());
        MsgUpdateClient { client_id: self.client.clone(), client_message: Some(message), signer: USER.into() }
    }

    /// Tells our client of the tip of `other`, if it does not know it.
    pub(crate) fn learn(&mut self, other: &Chain) -> Result<(), Error> {
        if self.latest_known() == other.tip() {
            return Ok(());
        }
        self.now = self.now.max(other.now);
        let msg = self.update_of(other);
        self.block(|ctx| client::update_client(ctx, msg)).map(|_| ())
    }
}

/// Two chains.
pub(crate) struct Pair {
    pub(crate) a: Chain,
    pub(crate) b: Chain,
}

/// The height of the header at `of`'s tip is known to `to` when this returns, so that proofs from `of.prove` verify.
pub(crate) fn relay(of: &mut Chain, to: &mut Chain) {
    of.now = of.now.max(to.now);
    of.block(|_| Ok(())).unwrap();
    to.learn(of).unwrap();
}

pub(crate) fn prefix() -> Option<MerklePrefix> {
    Some(MerklePrefix { key_prefix: b"ibc".to_vec() })
}

impl Pair {
    /// With clients of each other.
    pub(crate) fn with_clients() -> Self {
        let mut a = Chain::new("alpha-1", "alpha", 1);
        let mut b = Chain::new("beta-3", "beta", 2);
        a.follow(&b);
        b.follow(&a);
        Self { a, b }
    }

    /// With an open connection, too, begun by `a`.
    pub(crate) fn connected() -> Self {
        Self::connected_with_delay(0)
    }

    pub(crate) fn connected_with_delay(delay_period: u64) -> Self {
        let mut pair = Self::with_clients();
        connect(&mut pair.a, &mut pair.b, delay_period);
        pair
    }

    /// With a channel between the ports `app`, too, begun by `a`.
    pub(crate) fn with_channel(order: chan::Order) -> Self {
        let mut pair = Self::connected();
        open(&mut pair.a, &mut pair.b, "app", order, "");
        pair.a.forget_log();
        pair.b.forget_log();
        pair
    }

    pub(crate) fn sides(&mut self) -> (&mut Chain, &mut Chain) {
        (&mut self.a, &mut self.b)
    }
}

pub(crate) fn connect(x: &mut Chain, y: &mut Chain, delay_period: u64) {
    let number = |chain: &Chain| {
        let answer: conn::QueryConnectionsResponse = chain
            .ask(
                "/ibc.core.connection.v1.Query/Connections",
                &conn::QueryConnectionsRequest { pagination: None },
            )
            .unwrap();
        format!("connection-{}", answer.connections.len())
    };
    (x.connection, y.connection) = (number(x), number(y));
    let init = conn::MsgConnectionOpenInit {
        client_id: x.client.clone(),
        counterparty: Some(conn::Counterparty {
            client_id: y.client.clone(),
            connection_id: String::new(),
            prefix: prefix(),
        }),
        version: None,
        delay_period,
        signer: USER.into(),
    };
    x.block(|ctx| connection::open_init(ctx, init)).unwrap();
    relay(x, y);
    let msg = try_message(x, y, delay_period);
    y.block(|ctx| connection::open_try(ctx, msg)).unwrap();
    relay(y, x);
    let msg = ack_message(x, y);
    x.block(|ctx| connection::open_ack(ctx, msg)).unwrap();
    relay(x, y);
    let (proof_ack, proof_height) = x.prove(&format!("connections/{}", x.connection));
    let msg = conn::MsgConnectionOpenConfirm {
        connection_id: y.connection.clone(),
        proof_ack,
        proof_height,
        signer: USER.into(),
    };
    y.block(|ctx| connection::open_confirm(ctx, msg)).unwrap();
}

/// What `x` holds about `y` in its client: state, proof of it, proof of the latest consensus state, its height.
fn client_proofs(x: &Chain, y: &Chain) -> (Any, Vec<u8>, Vec<u8>, Option<RawHeight>) {
    let path = format!("clients/{}/clientState", x.client);
    let snapshot = x.store.at(x.tip() - 1).unwrap();
    let stored = snapshot.get(format!("ibc/{path}").as_bytes()).unwrap();
    let state = Any::decode(&*stored).unwrap();
    let latest = tm::ClientState::decode(state.value.as_slice()).unwrap().latest_height.unwrap();
    let consensus =
        format!("clients/{}/consensusStates/{}-{}", x.client, y.revision(), latest.revision_height);
    (state, x.prove(&path).0, x.prove(&consensus).0, Some(latest))
}

pub(crate) fn try_message(x: &Chain, y: &Chain, delay_period: u64) -> conn::MsgConnectionOpenTry {
    let (client_state, proof_client, proof_consensus, consensus_height) = client_proofs(x, y);
    let (proof_init, proof_height) = x.prove(&format!("connections/{}", x.connection));
    #[allow(deprecated)]
    conn::MsgConnectionOpenTry {
        client_id: y.client.clone(),
        previous_connection_id: String::new(),
        client_state: Some(client_state),
        counterparty: Some(conn::Counterparty {
            client_id: x.client.clone(),
            connection_id: x.connection.clone(),
            prefix: prefix(),
        }),
        delay_period,
        counterparty_versions: vec![conn::Version {
            identifier: "1".into(),
            features: vec!["ORDER_ORDERED".into(), "ORDER_UNORDERED".into()],
        }],
        proof_height,
        proof_init,
        proof_client,
        proof_consensus,
        consensus_height,
        signer: USER.into(),
        host_consensus_state_proof: vec![],
    }
}

pub(crate) fn ack_message(x: &Chain, y: &Chain) -> conn::MsgConnectionOpenAck {
    let (client_state, proof_client, proof_consensus, consensus_height) = client_proofs(y, x);
    let (proof_try, proof_height) = y.prove(&format!("connections/{}", y.connection));
    conn::MsgConnectionOpenAck {
        connection_id: x.connection.clone(),
        counterparty_connection_id: y.connection.clone(),
        version: Some(conn::Version {
            identifier: "1".into(),
            features: vec!["ORDER_ORDERED".into(), "ORDER_UNORDERED".into()],
        }),
        client_state: Some(client_state),
        proof_height,
        proof_try,
        proof_client,
        proof_consensus,
        consensus_height,
        signer: USER.into(),
        host_consensus_state_proof: vec![],
    }
}

/// Opens a channel between two ports of one name; gives its names on both sides.
pub(crate) fn open(
    x: &mut Chain,
    y: &mut Chain,
    port: &str,
    order: chan::Order,
    version: &str,
) -> (String, String) {
    let init = chan::MsgChannelOpenInit {
        port_id: port.into(),
        channel: Some(chan::Channel {
            state: chan::State::Init.into(),
            ordering: order.into(),
            counterparty: Some(chan::Counterparty { port_id: port.into(), channel_id: String::new() }),
            connection_hops: vec![x.connection.clone()],
            version: version.into(),
            upgrade_sequence: 0,
        }),
        signer: USER.into(),
    };
    let begun = x.block(|ctx| channel::handshake::open_init(ctx, init)).unwrap();
    let on_x = begun.channel_id;
    relay(x, y);
    let (proof_init, proof_height) = x.prove(&format!("channelEnds/ports/{port}/channels/{on_x}"));
    #[allow(deprecated)]
    let msg = chan::MsgChannelOpenTry {
        port_id: port.into(),
        previous_channel_id: String::new(),
        channel: Some(chan::Channel {
            state: chan::State::Tryopen.into(),
            ordering: order.into(),
            counterparty: Some(chan::Counterparty { port_id: port.into(), channel_id: on_x.clone() }),
            connection_hops: vec![y.connection.clone()],
            version: String::new(),
            upgrade_sequence: 0,
        }),
        counterparty_version: begun.version.clone(),
        proof_init,
        proof_height,
        signer: USER.into(),
    };
    let on_y = y.block(|ctx| channel::handshake::open_try(ctx, msg)).unwrap().channel_id;
    relay(y, x);
    let (proof_try, proof_height) = y.prove(&format!("channelEnds/ports/{port}/channels/{on_y}"));
    let msg = chan::MsgChannelOpenAck {
        port_id: port.into(),
        channel_id: on_x.clone(),
        counterparty_channel_id: on_y.clone(),
        counterparty_version: begun.version,
        proof_try,
        proof_height,
        signer: USER.into(),
    };
    x.block(|ctx| channel::handshake::open_ack(ctx, msg)).unwrap();
    relay(x, y);
    let (proof_ack, proof_height) = x.prove(&format!("channelEnds/ports/{port}/channels/{on_x}"));
    let msg = chan::MsgChannelOpenConfirm {
        port_id: port.into(),
        channel_id: on_y.clone(),
        proof_ack,
        proof_height,
        signer: USER.into(),
    };
    y.block(|ctx| channel::handshake::open_confirm(ctx, msg)).unwrap();
    (on_x, on_y)
}

/// The packets that the last block sent.
pub(crate) fn sent(chain: &Chain) -> Vec<chan::Packet> {
    let packet = |event: &Event| {
        let text = |key: &str| event.get(key).unwrap().to_owned();
        let (revision, height) = event.get("packet_timeout_height").unwrap().split_once('-').unwrap();
        chan::Packet {
            sequence: text("packet_sequence").parse().unwrap(),
            source_port: text("packet_src_port"),
            source_channel: text("packet_src_channel"),
            destination_port: text("packet_dst_port"),
            destination_channel: text("packet_dst_channel"),
            data: hex::decode(text("packet_data_hex")).unwrap(),
            timeout_height: Some(RawHeight {
                revision_number: revision.parse().unwrap(),
                revision_height: height.parse().unwrap(),
            }),
            timeout_timestamp: text("packet_timeout_timestamp").parse().unwrap(),
        }
    };
    chain.events.iter().filter(|event| event.kind == "send_packet").map(packet).collect()
}

/// Sends from port `app`, `channel-0`; it times out this many seconds later.
pub(crate) fn send(chain: &mut Chain, data: &str, seconds: u64) -> chan::Packet {
    let timeout = chain.now.plus(Duration::from_secs(seconds)).unwrap();
    let data = data.as_bytes().to_vec();
    chain.block(|ctx| Ok(ours::send_packet(ctx, "app", "channel-0", (0, 0), Some(timeout), data)?)).unwrap();
    sent(chain).pop().unwrap()
}

fn packet_path(what: &str, (port, channel): (&str, &str), sequence: u64) -> String {
    format!("{what}/ports/{port}/channels/{channel}/sequences/{sequence}")
}

pub(crate) fn recv_message(packet: &chan::Packet, from: &Chain) -> chan::MsgRecvPacket {
    let source = (packet.source_port.as_str(), packet.source_channel.as_str());
    let (proof_commitment, proof_height) = from.prove(&packet_path("commitments", source, packet.sequence));
    chan::MsgRecvPacket { packet: Some(packet.clone()), proof_commitment, proof_height, signer: USER.into() }
}

pub(crate) fn ack_packet_message(packet: &chan::Packet, ack: &[u8], by: &Chain) -> chan::MsgAcknowledgement {
    let end = (packet.destination_port.as_str(), packet.destination_channel.as_str());
    let (proof_acked, proof_height) = by.prove(&packet_path("acks", end, packet.sequence));
    chan::MsgAcknowledgement {
        packet: Some(packet.clone()),
        acknowledgement: ack.to_vec(),
        proof_acked,
        proof_height,
        signer: USER.into(),
    }
}

/// The proof that `by` has not received a packet, and its next sequence on an ORDERED channel.
fn unreceived(packet: &chan::Packet, by: &Chain, order: chan::Order) -> (Vec<u8>, u64) {
    let (port, channel) = (packet.destination_port.as_str(), packet.destination_channel.as_str());
    if order == chan::Order::Unordered {
        return (by.prove(&packet_path("receipts", (port, channel), packet.sequence)).0, 1);
    }
    let path = format!("nextSequenceRecv/ports/{port}/channels/{channel}");
    let snapshot = by.store.at(by.tip() - 1).unwrap();
    let next = snapshot.get(format!("ibc/{path}").as_bytes()).unwrap();
    (by.prove(&path).0, u64::from_be_bytes((*next).try_into().unwrap()))
}

pub(crate) fn timeout_message(packet: &chan::Packet, by: &Chain, order: chan::Order) -> chan::MsgTimeout {
    let (proof_unreceived, next_sequence_recv) = unreceived(packet, by, order);
    chan::MsgTimeout {
        packet: Some(packet.clone()),
        proof_unreceived,
        proof_height: Some(by.height(by.tip())),
        next_sequence_recv,
        signer: USER.into(),
    }
}

pub(crate) fn on_close_message(
    packet: &chan::Packet,
    by: &Chain,
    order: chan::Order,
) -> chan::MsgTimeoutOnClose {
    let (proof_unreceived, next_sequence_recv) = unreceived(packet, by, order);
    let (port, channel) = (&packet.destination_port, &packet.destination_channel);
    let (proof_close, proof_height) = by.prove(&format!("channelEnds/ports/{port}/channels/{channel}"));
    chan::MsgTimeoutOnClose {
        packet: Some(packet.clone()),
        proof_unreceived,
        proof_close,
        proof_height,
        next_sequence_recv,
        signer: USER.into(),
        counterparty_upgrade_sequence: 0,
    }
}

/// An event on one line, for comparisons.
pub(crate) fn line(event: &Event) -> String {
    let attributes: Vec<String> = event.attributes.iter().map(|a| format!("{}={}", a.key, a.value)).collect();
    format!("{}{{{}}}", event.kind, attributes.join(","))
}

/// The refusal as codespace, code and text.
#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> (&'static str, u32, String) {
    match result {
        Err(Error::Refused { codespace, code, log }) => (codespace, code, log),
        other => panic!("expected a refusal, got {other:?}"),
    }
}
