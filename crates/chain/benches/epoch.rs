//! What interchain security costs a provider of 200 validators and 100 consumers: one block, executed and committed with
//! its packets sent, in process CPU time.
//!
//! Consumers are created, joined and launched by transactions; only the ends of their channels are written into the
//! state of IBC, in place of a handshake with each.
//!
//! `cargo bench -p ics-chain --bench epoch`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    missing_docs
)]

#[path = "../../../benches/clock.rs"]
mod clock;

use clock::cpu;
use ibc_proto::ibc::core::channel::v1 as chan;
use ibc_proto::ibc::core::connection::v1 as conn;
use ics_abci::{Application, Block, BlockResult, ConsAddr, ConsKey, Genesis, Height, Params, Time, ValAddr};
use ics_chain::ccv_host::provider::ProviderPort;
use ics_chain::genesis::AppState;
use ics_chain::ibc::{ChannelEnds, Port};
use ics_chain::modules::auth::GenesisAccount;
use ics_chain::modules::bank::{Coins, GenesisBalance};
use ics_chain::roles::PROVIDER;
use ics_chain::{App, Config, Ctx, Error, Role};
use ics_client::{Account, Body, Coin, Fee, Key, msgs};
use ics_kv::{Bytes, Write};
use ics_proto::Any;
use ics_proto::interchain_security::ccv::provider::v1::{
    ConsumerInitializationParameters, ConsumerMetadata, MsgCreateConsumer,
};
use prost::Message;
use std::time::Duration;

const VALIDATORS: usize = 200;
const CONSUMERS: usize = 100;
const EPOCH: u64 = 10;
const ROUNDS: usize = 5;
/// The block in which the channels open.
const CONNECT_AT: u64 = 4;

fn main() {
    let mut bench = Bench::new();
    bench.prepare();
    let (mut quiet, mut one, mut all, mut between) = (vec![], vec![], vec![], vec![]);
    for round in 0..ROUNDS {
        let delegations: [(&mut Vec<Duration>, usize, usize); 3] =
            [(&mut quiet, 0, 0), (&mut one, 1, CONSUMERS), (&mut all, VALIDATORS, CONSUMERS)];
        for (times, changed, packets) in delegations {
            while bench.height % EPOCH != EPOCH - 1 {
                let (time, result) = bench.block(vec![]);
                assert_eq!(sent(&result), 0);
                between.push(time);
            }
            let first = if changed == 1 { round } else { 0 };
            let txs = if changed == 0 { vec![] } else { vec![bench.delegate(first, changed)] };
            let (time, result) = bench.block(txs);
            assert!(result.txs.iter().all(|tx| tx.code == 0), "{:?}", result.txs);
            assert_eq!(result.validators.len(), changed);
            assert_eq!(sent(&result), packets);
            times.push(time);
        }
    }
    println!(
        "CPU time of FinalizeBlock + Commit, {VALIDATORS} validators, {CONSUMERS} consumers (median, most):"
    );
    show("epoch, nothing changed", &mut quiet, 5.0);
    show("epoch, one delegation", &mut one, 60.0);
    show("epoch, every power changed", &mut all, 250.0);
    show("no epoch", &mut between, 0.3);
}

fn show(what: &str, times: &mut [Duration], target_ms: f64) {
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let (median, most) = (ms(times[times.len() / 2]), ms(times[times.len() - 1]));
    println!("{what:28} {median:8.2} ms {most:8.2} ms   (within {target_ms} ms)");
}

/// Packets that a block sent.
fn sent(result: &BlockResult) -> usize {
    result.events.iter().filter(|event| event.kind == "send_packet").count()
}

struct Bench {
    app: App,
    height: u64,
    operators: Vec<Key>,
    user: Key,
    sequence: u64,
}

impl Bench {
    fn new() -> Self {
        let operators: Vec<Key> = (1..=VALIDATORS).map(key).collect();
        let user = key(VALIDATORS + 1);
        let app = app(&operators, &user);
        Self { app, height: 0, operators, user, sequence: 0 }
    }

    /// Launches every consumer with every validator and opens its channel; ends with the epoch that tells them so.
    fn prepare(&mut self) {
        self.block(vec![]);
        let owner = self.user.address().to_text("cosmos");
        let creations = (0..CONSUMERS).map(|n| msgs::create_consumer(&creation(&owner, n))).collect();
        let mut txs = vec![self.signed(creations)];
        for (number, operator) in (0_u64..).zip(&self.operators) {
            let signer = operator.address().to_text("cosmos");
            // On every second consumer all use keys of their own.
            let own_key = consensus_key(5, number);
            let join = |id: usize| {
                let key = id.is_multiple_of(2).then_some(&own_key);
                msgs::opt_in(&signer, &valoper(operator), &id.to_string(), key)
            };
            let joins = (0..CONSUMERS).map(join).collect();
            // The genesis transaction was the first.
            txs.push(sign(operator, number, 1, joins));
        }
        let (_, result) = self.block(txs);
        assert!(result.txs.iter().all(|tx| tx.code == 0), "{:?}", result.txs[0]);
        let mut packets = 0;
        while self.height < 2 * EPOCH {
            packets += sent(&self.block(vec![]).1);
        }
        assert_eq!(packets, CONSUMERS, "every channel is open");
    }

    fn block(&mut self, txs: Vec<Vec<u8>>) -> (Duration, BlockResult) {
        self.height += 1;
        let block = Block {
            height: Height(self.height),
            time: Time::UNIX_EPOCH.plus(Duration::from_secs(1_700_000_000 + self.height)).unwrap(),
            hash: [0; 32],
            next_validators_hash: [0; 32],
            proposer: ConsAddr([0; 20]),
            txs,
            last_commit: vec![],
            misbehavior: vec![],
        };
        let mut result = None;
        let time = cpu(|| {
            result = Some(self.app.finalize_block(&block).unwrap());
            self.app.commit().unwrap();
        });
        (time, result.unwrap())
    }

    /// One transaction that gives a unit of power to each of `count` validators.
    fn delegate(&mut self, first: usize, count: usize) -> Vec<u8> {
        let user = self.user.address().to_text("cosmos");
        let amount = Coin { denom: "stake".into(), amount: 1_000_000 };
        let to = self.operators[first..first + count].iter();
        let delegations = to.map(|to| msgs::delegate(&user, &valoper(to), &amount)).collect();
        self.signed(delegations)
    }

    fn signed(&mut self, messages: Vec<Any>) -> Vec<u8> {
        self.sequence += 1;
        sign(&self.user, u64::try_from(VALIDATORS).unwrap(), self.sequence - 1, messages)
    }
}

fn sign(key: &Key, number: u64, sequence: u64, messages: Vec<Any>) -> Vec<u8> {
    let fee = Fee { amount: vec![], gas_limit: 1_000_000_000 };
    ics_client::sign(&Body::of(messages), &fee, "provider-1", &[(key, Account { number, sequence })]).bytes
}

fn creation(owner: &str, n: usize) -> MsgCreateConsumer {
    MsgCreateConsumer {
        submitter: owner.to_owned(),
        chain_id: format!("consumer{n}-1"),
        metadata: Some(ConsumerMetadata {
            name: "consumer".to_owned(),
            description: "one of many".to_owned(),
            metadata: "{}".to_owned(),
        }),
        initialization_parameters: Some(init_params()),
        ..MsgCreateConsumer::default()
    }
}

fn init_params() -> ConsumerInitializationParameters {
    let seconds = |seconds| Some(ics_proto::google::protobuf::Duration { seconds, nanos: 0 });
    ConsumerInitializationParameters {
        initial_height: Some(ibc_proto::ibc::core::client::v1::Height {
            revision_number: 1,
            revision_height: 1,
        }),
        spawn_time: Some(ics_proto::google::protobuf::Timestamp { seconds: 1, nanos: 0 }),
        unbonding_period: seconds(1_728_000),
        ccv_timeout_period: seconds(2_419_200),
        transfer_timeout_period: seconds(3_600),
        consumer_redistribution_fraction: "0.75".to_owned(),
        blocks_per_distribution_transmission: 1_000,
        historical_entries: 10_000,
        ..ConsumerInitializationParameters::default()
    }
}

fn key(number: usize) -> Key {
    let mut secret = [7; 32];
    secret[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
    Key::from_secret(&secret).unwrap()
}

fn consensus_key(kind: u8, number: u64) -> ConsKey {
    let mut bytes = [kind; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    ConsKey::Ed25519(bytes)
}

fn valoper(key: &Key) -> String {
    ValAddr(key.address().0).to_text("cosmosvaloper")
}

fn app(operators: &[Key], user: &Key) -> App {
    let config = Config {
        chain_id: "provider-1".into(),
        prefix: "cosmos",
        initial_height: Height(1),
        min_gas_prices: vec![],
        keep: 100,
        moniker: "bench".into(),
        rules: ics_ccv::Rules::default(),
    };
    let mut state = AppState::default();
    for (number, key) in (0_u64..).zip(operators.iter().chain([user])) {
        let address = key.address().to_text("cosmos");
        state.auth.accounts.push(GenesisAccount::new(address.clone(), number));
        let coins = Coins::one("stake", 1_000_000_000_000);
        state.bank.balances.push(GenesisBalance { address, coins });
    }
    state.staking.params.max_validators = 200;
    for (n, operator) in (0_u64..).zip(operators) {
        let new = ics_client::msgs::NewValidator {
            operator: valoper(operator),
            key: consensus_key(3, n),
            moniker: format!("validator {n}"),
            details: String::new(),
            self_delegation: ics_client::Coin {
                denom: "stake".into(),
                amount: u128::from(1_000 - n) * 10_000_000,
            },
            self_delegation_min: 1,
            commission: "0.1".parse().unwrap(),
            commission_max: "0.2".parse().unwrap(),
            commission_change_max: "0.01".parse().unwrap(),
        };
        let body = ics_client::Body::of(vec![ics_client::msgs::create_validator(&new)]);
        let tx = ics_client::sign_genesis(&body, operator, "provider-1").unwrap();
        let tx = ics_proto::json::to_json_of(&tx).unwrap();
        state.genutil.gen_txs.push(serde_json::from_str(&tx).unwrap());
    }
    let params = serde_json::json!({"params": {
        "blocks_per_epoch": EPOCH.to_string(),
        "max_provider_consensus_validators": VALIDATORS.to_string(),
    }});
    state.rest.insert("provider".into(), params);
    let mut app = App::new(config, Box::leak(Box::new(role())));
    app.init_chain(&Genesis {
        chain_id: "provider-1".into(),
        time: Time::UNIX_EPOCH,
        initial_height: Height(1),
        params: Params::default(),
        validators: vec![],
        app_state: serde_json::to_vec(&state).unwrap(),
    })
    .unwrap();
    app
}

/// The provider, which finds in one block that every consumer's channel is open.
fn role() -> Role {
    Role { begin_block, ..PROVIDER }
}

fn begin_block(ctx: &mut Ctx<'_>) -> Result<(), Error> {
    (PROVIDER.begin_block)(ctx)?;
    if ctx.block.height.0 == CONNECT_AT {
        for n in 0..CONSUMERS {
            connect(ctx, n)?;
        }
    }
    Ok(())
}

/// A connection and a channel over the client of consumer `n`, open on both ends.
fn connect(ctx: &mut Ctx<'_>, n: usize) -> Result<(), Error> {
    let (connection, channel) = (format!("connection-{n}"), format!("channel-{n}"));
    let end = conn::ConnectionEnd {
        client_id: format!("07-tendermint-{n}"),
        versions: vec![conn::Version {
            identifier: "1".into(),
            features: vec!["ORDER_ORDERED".into(), "ORDER_UNORDERED".into()],
        }],
        state: conn::State::Open.into(),
        counterparty: Some(conn::Counterparty {
            client_id: "07-tendermint-0".into(),
            connection_id: "connection-0".into(),
            prefix: Some(ibc_proto::ibc::core::commitment::v1::MerklePrefix { key_prefix: b"ibc".to_vec() }),
        }),
        delay_period: 0,
    };
    put(ctx, &format!("connections/{connection}"), end.encode_to_vec());
    let end = chan::Channel {
        state: chan::State::Open.into(),
        ordering: chan::Order::Ordered.into(),
        counterparty: Some(chan::Counterparty { port_id: "consumer".into(), channel_id: "channel-0".into() }),
        connection_hops: vec![connection.clone()],
        version: "1".into(),
        ..chan::Channel::default()
    };
    put(ctx, &format!("channelEnds/ports/provider/channels/{channel}"), end.encode_to_vec());
    let first = 1_u64.to_be_bytes().to_vec();
    put(ctx, &format!("nextSequenceSend/ports/provider/channels/{channel}"), first);
    let ends = ChannelEnds {
        ordered: true,
        hops: vec![connection],
        port: "provider".into(),
        channel,
        counterparty_port: "consumer".into(),
        counterparty_channel: "channel-0".into(),
    };
    ProviderPort.on_open_confirm(ctx, &ends)
}

fn put(ctx: &mut Ctx<'_>, path: &str, value: Vec<u8>) {
    ctx.set(format!("ibc/{path}").as_bytes(), Bytes::from(value));
}
