//! A provider chain in memory: a journal, and validators, clients, connections and channels that a test sets.

use ics_abci::{AccAddr, ConsKey, Dec, Event, Height, Power, Time, ValAddr, ValUpdate};
use ics_ccv::Rules;
use ics_ccv::id::{ChannelId, ClientId, ConnectionId, ProviderAddr, RevisionHeight};
use ics_ccv::provider::{
    self, Bonded, ChannelView, ClientView, ConnectionView, Error, Host, SendError, ValidatorStatus, View,
    genesis::Genesis,
};
use ics_ccv::wire::genesis::{ClientState, ConsensusState};
use ics_kv::{Bytes, Journal, KeyRange, Read, Scan, Write};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) const UNBONDING: Duration = Duration::from_secs(1_814_400);
pub(crate) const EPOCH: i64 = 5;

/// A packet that the protocol sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) channel: ChannelId,
    pub(crate) data: String,
    pub(crate) timeout: Time,
}

/// What a failed step must undo, beside the journal.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) events: Vec<Event>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) clients: BTreeMap<ClientId, ClientView>,
    pub(crate) created: Vec<(ClientState, ConsensusState)>,
    pub(crate) connections: BTreeMap<ConnectionId, ConnectionView>,
    pub(crate) channels: BTreeMap<ChannelId, ChannelView>,
    pub(crate) closed: Vec<ChannelId>,
}

pub(crate) struct Provider {
    pub(crate) state: Journal<BTreeMap<Bytes, Bytes>>,
    pub(crate) world: World,
    pub(crate) height: Height,
    pub(crate) now: Time,
    pub(crate) rules: Rules,
    pub(crate) unbonding: Duration,
    pub(crate) validators: Vec<Bonded>,
    /// What IBC answers to the next sends on a channel.
    pub(crate) send_fails: BTreeMap<ChannelId, SendError>,
    /// Chain ids of which IBC makes no client.
    pub(crate) client_fails: Vec<String>,
    /// Why IBC closes no channel.
    pub(crate) close_fails: Option<String>,
    /// Values read so far, also those of scans.
    pub(crate) reads: Cell<u64>,
}

/// Validator number `n`: its provider key is `n` repeated.
pub(crate) fn validator(n: u8, power: Power) -> Bonded {
    let key = ConsKey::Ed25519([n; 32]);
    Bonded {
        provider_addr: ProviderAddr(key.address()),
        operator: ValAddr(vec![n; 20]),
        key,
        power,
        tokens: u128::try_from(power).unwrap() * 1_000_000,
        status: ValidatorStatus::Bonded,
        jailed: false,
    }
}

pub(crate) fn provider_addr(n: u8) -> ProviderAddr {
    validator(n, 1).provider_addr
}

pub(crate) fn operator(n: u8) -> String {
    ValAddr(vec![n; 20]).to_text("cosmosvaloper")
}

/// The account of a validator's operator.
pub(crate) fn account(n: u8) -> AccAddr {
    AccAddr(vec![n; 20])
}

pub(crate) fn key(n: u8) -> ConsKey {
    ConsKey::Ed25519([n; 32])
}

pub(crate) fn key_json(n: u8) -> String {
    use base64::Engine;
    let key = base64::engine::general_purpose::STANDARD.encode([n; 32]);
    format!(r#"{{"@type":"/cosmos.crypto.ed25519.PubKey","key":"{key}"}}"#)
}

pub(crate) fn update(n: u8, power: Power) -> ValUpdate {
    ValUpdate { key: key(n), power }
}

pub(crate) fn start() -> Time {
    Time::parse("2026-01-01T00:00:00Z").unwrap()
}

impl Provider {
    /// Four validators of power 100, 90, 80 and 70, epochs of five blocks, before block 1.
    pub(crate) fn new(rules: Rules) -> Self {
        Self::with(rules, |_| ())
    }

    pub(crate) fn with(rules: Rules, set: impl FnOnce(&mut Genesis)) -> Self {
        let mut host = Self {
            state: Journal::new(BTreeMap::new()),
            world: World::default(),
            height: Height(0),
            now: start(),
            rules,
            unbonding: UNBONDING,
            validators: vec![validator(1, 100), validator(2, 90), validator(3, 80), validator(4, 70)],
            send_fails: BTreeMap::new(),
            client_fails: Vec::new(),
            close_fails: None,
            reads: Cell::new(0),
        };
        let mut genesis = Genesis::default();
        genesis.params.blocks_per_epoch = EPOCH;
        set(&mut genesis);
        let updates = provider::genesis::init(&mut host, &genesis).unwrap();
        let max = genesis.params.own_set_max();
        assert_eq!(updates.len(), host.validators.len().min(max));
        host
    }

    /// One block of one second with `transactions` in it.
    pub(crate) fn block<T>(&mut self, transactions: impl FnOnce(&mut Self) -> T) -> T {
        self.height = self.height.next();
        self.now = self.now.plus(Duration::from_secs(1)).unwrap();
        provider::begin_block(self).unwrap();
        let result = transactions(self);
        provider::end_block(self, provider::Staked::Changed).unwrap();
        result
    }

    /// Blocks up to and including the next that ends an epoch; gives what was sent in it.
    pub(crate) fn epoch(&mut self) -> Vec<Sent> {
        let before = self.world.sent.len();
        loop {
            self.block(|_| ());
            if self.height.0.is_multiple_of(EPOCH.unsigned_abs()) {
                return self.world.sent[before..].to_vec();
            }
        }
    }

    pub(crate) fn set_power(&mut self, n: u8, power: Power) {
        let addr = provider_addr(n);
        let found = self.validators.iter_mut().find(|of| of.provider_addr == addr).unwrap();
        found.power = power;
        found.tokens = u128::try_from(power).unwrap() * 1_000_000;
        self.validators.sort_by_key(|of| (std::cmp::Reverse(of.power), of.operator.clone()));
    }

    /// The events since the last call.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.world.events)
    }

    /// Everything that is stored.
    pub(crate) fn entries(&self) -> BTreeMap<Bytes, Bytes> {
        self.state.scan(KeyRange { start: Vec::new(), end: None, descending: false }).collect()
    }

    /// An open connection over a client.
    pub(crate) fn connect(&mut self, client: &str, connection: &str) {
        let view = ConnectionView {
            client_id: client.into(),
            counterparty_connection_id: Some("connection-7".into()),
        };
        self.world.connections.insert(connection.into(), view);
    }

    /// An open channel end over a connection.
    pub(crate) fn channel_end(&mut self, connection: &str, channel: &str) {
        let view = ChannelView { hops: vec![connection.into()], closed: false, open: true };
        self.world.channels.insert(channel.into(), view);
    }

    /// A client as IBC knows it, made outside the protocol.
    pub(crate) fn foreign_client(&mut self, client: &str, chain_id: &str, height: u64) {
        let latest_height = RevisionHeight { revision: 1, height };
        let view = ClientView { chain_id: chain_id.to_string(), latest_height, active: true };
        self.world.clients.insert(client.into(), view);
    }
}

/// The attributes of an event as text, for comparison at a glance.
pub(crate) fn shown(event: &Event) -> String {
    let attributes: Vec<String> =
        event.attributes.iter().map(|of| format!("{}={}", of.key, of.value)).collect();
    format!("{}[{}]", event.kind, attributes.join(", "))
}

/// The step must fail with `error` and leave the state as it was.
pub(crate) fn refused<T: std::fmt::Debug>(
    host: &mut Provider,
    error: &Error,
    step: impl FnOnce(&mut Provider) -> Result<T, Error>,
) {
    let before = host.entries();
    let found = step(host).unwrap_err();
    assert_eq!(&found, error);
    assert_eq!(host.entries(), before, "a refused step wrote something");
}

impl Read for Provider {
    fn get(&self, key: &[u8]) -> Option<Bytes> {
        self.reads.set(self.reads.get() + 1);
        self.state.get(key)
    }
    fn scan(&self, range: KeyRange) -> Scan<'_> {
        Box::new(self.state.scan(range).inspect(|_| self.reads.set(self.reads.get() + 1)))
    }
}

impl Write for Provider {
    fn set(&mut self, key: &[u8], value: Bytes) {
        assert!(!key.is_empty() && !value.is_empty());
        self.state.set(key, value);
    }
    fn remove(&mut self, key: &[u8]) {
        self.state.remove(key);
    }
}

impl View for Provider {
    fn height(&self) -> Height {
        self.height
    }
    fn now(&self) -> Time {
        self.now
    }
    fn chain_id(&self) -> &str {
        "provider-1"
    }
    fn rules(&self) -> &Rules {
        &self.rules
    }
    fn prefix(&self) -> &str {
        "cosmos"
    }
    fn authority(&self) -> AccAddr {
        ics_abci::module_address("gov")
    }
    fn unbonding_period(&self) -> Duration {
        self.unbonding
    }
    fn min_commission_rate(&self) -> Dec {
        "0.05".parse().unwrap()
    }
    fn total_power(&self) -> Power {
        self.bonded().iter().map(|of| of.power).sum()
    }
    fn infraction_defaults(&self) -> (Dec, Duration) {
        ("0.05".parse().unwrap(), Duration::from_secs(600))
    }
    fn bonded(&self) -> Vec<Bonded> {
        self.validators.iter().filter(|of| of.status == ValidatorStatus::Bonded).cloned().collect()
    }
    fn validator(&self, operator: &ValAddr) -> Option<Bonded> {
        self.validators.iter().find(|of| of.operator == *operator).cloned()
    }
    fn validator_by_key(&self, provider_addr: &ProviderAddr) -> Option<Bonded> {
        self.validators.iter().find(|of| of.provider_addr == *provider_addr).cloned()
    }
    fn client(&self, id: &ClientId) -> Option<ClientView> {
        self.world.clients.get(id).cloned()
    }
    fn connection(&self, id: &ConnectionId) -> Option<ConnectionView> {
        self.world.connections.get(id).cloned()
    }
    fn channel(&self, id: &ChannelId) -> Option<ChannelView> {
        self.world.channels.get(id).cloned()
    }
    fn self_consensus_state(&self) -> Option<ConsensusState> {
        Some(ConsensusState { timestamp: self.now, root: vec![7; 32], next_validators_hash: vec![8; 32] })
    }
}

impl Host for Provider {
    fn atomically<T, E>(&mut self, step: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let (savepoint, world) = (self.state.savepoint(), self.world.clone());
        step(self).inspect_err(|_| {
            self.state.revert(savepoint);
            self.world = world;
        })
    }
    fn emit(&mut self, event: Event) {
        self.world.events.push(event);
    }
    fn send(&mut self, channel: &ChannelId, data: Vec<u8>, timeout: Time) -> Result<u64, SendError> {
        if let Some(error) = self.send_fails.get(channel) {
            return Err(error.clone());
        }
        let data = String::from_utf8(data).unwrap();
        self.world.sent.push(Sent { channel: channel.clone(), data, timeout });
        Ok(self.world.sent.len() as u64)
    }
    fn close(&mut self, channel: &ChannelId) -> Result<(), String> {
        if let Some(why) = &self.close_fails {
            return Err(why.clone());
        }
        let end = self.world.channels.get_mut(channel).ok_or("no such channel")?;
        (end.open, end.closed) = (false, true);
        self.world.closed.push(channel.clone());
        Ok(())
    }
    fn create_client(&mut self, state: &ClientState, consensus: &ConsensusState) -> Result<ClientId, String> {
        // As IBC does, this writes before it may refuse.
        let id = ClientId(format!("07-tendermint-{}", self.world.clients.len()));
        let view = ClientView {
            chain_id: state.chain_id.0.clone(),
            latest_height: state.latest_height,
            active: true,
        };
        self.world.clients.insert(id.clone(), view);
        self.world.created.push((state.clone(), consensus.clone()));
        self.emit(Event::new("create_client").with("client_id", &id));
        if self.client_fails.contains(&state.chain_id.0) {
            return Err(format!("bad chain id {}", state.chain_id));
        }
        Ok(id)
    }
}
