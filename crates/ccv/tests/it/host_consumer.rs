//! A consumer's chain in memory: state over a journal, IBC as a table that the test fills.

use ics_abci::{ConsAddr, Event, Height, Time};
use ics_ccv::consumer::host::{ChannelOrder, OpenChannel};
use ics_ccv::consumer::{self, Host, OpenInit, View};
use ics_ccv::id::{ChannelId, ClientId, ConnectionId};
use ics_ccv::provider::host::SendError;
use ics_ccv::provider::{ChannelView, ConnectionView};
use ics_ccv::rules::Rules;
use ics_ccv::wire::genesis::{ClientState, ConsensusState};
use ics_kv::{Bytes, Journal, KeyRange, Read, Scan, Write};
use std::collections::BTreeMap;

type Base = BTreeMap<Bytes, Bytes>;

pub(crate) struct Chain {
    pub(crate) state: Journal<Base>,
    pub(crate) height: u64,
    pub(crate) seconds: i64,
    pub(crate) rules: Rules,
    pub(crate) connections: BTreeMap<String, ConnectionView>,
    pub(crate) channels: BTreeMap<(String, String), ChannelView>,
    pub(crate) clients: Vec<(ClientState, ConsensusState)>,
    pub(crate) opened: Vec<OpenChannel>,
    pub(crate) bonded: Vec<ConsAddr>,
    pub(crate) events: Vec<Event>,
    /// What IBC answers to whatever is asked of it, where it refuses.
    pub(crate) ibc_refuses: Option<String>,
}

impl Chain {
    /// An empty chain with `connection-0` over `07-tendermint-0`.
    pub(crate) fn new() -> Self {
        let connection = ConnectionView {
            client_id: "07-tendermint-0".into(),
            counterparty_connection_id: Some("connection-7".into()),
        };
        Self {
            state: Journal::new(Base::new()),
            height: 0,
            seconds: 1_700_000_000,
            rules: Rules::default(),
            connections: BTreeMap::from([("connection-0".to_string(), connection)]),
            channels: BTreeMap::new(),
            clients: Vec::new(),
            opened: Vec::new(),
            bonded: Vec::new(),
            events: Vec::new(),
            ibc_refuses: None,
        }
    }

    pub(crate) fn has_channel(&mut self, port: &str, id: &str) {
        let view = ChannelView { hops: vec!["connection-0".into()], closed: false, open: true };
        self.channels.insert((port.to_string(), id.to_string()), view);
    }

    /// What is stored, to see that a refusal wrote nothing.
    pub(crate) fn written(&self) -> BTreeMap<Bytes, Bytes> {
        self.state.scan(KeyRange::prefix(&[])).collect()
    }

    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }
}

impl Read for Chain {
    fn get(&self, key: &[u8]) -> Option<Bytes> {
        self.state.get(key)
    }
    fn scan(&self, range: KeyRange) -> Scan<'_> {
        self.state.scan(range)
    }
}

impl Write for Chain {
    fn set(&mut self, key: &[u8], value: Bytes) {
        assert!(!key.is_empty() && !value.is_empty(), "the state tree could not prove this entry");
        self.state.set(key, value);
    }
    fn remove(&mut self, key: &[u8]) {
        self.state.remove(key);
    }
}

impl View for Chain {
    fn height(&self) -> Height {
        Height(self.height)
    }
    fn now(&self) -> Time {
        Time::new(self.seconds, 0).unwrap()
    }
    fn chain_id(&self) -> &str {
        "consumer-1"
    }
    fn rules(&self) -> &Rules {
        &self.rules
    }
    fn prefix(&self) -> &str {
        "consumer"
    }
    fn connection(&self, id: &ConnectionId) -> Option<ConnectionView> {
        self.connections.get(&id.0).cloned()
    }
    fn channel(&self, port: &str, id: &ChannelId) -> Option<ChannelView> {
        self.channels.get(&(port.to_string(), id.0.clone())).cloned()
    }
    fn counterparty_channel(&self, port: &str, id: &ChannelId) -> Option<ChannelId> {
        self.channel(port, id).map(|_| "channel-9".into())
    }
    fn counterparty_client(&self, id: &ConnectionId) -> Option<ClientId> {
        self.connection(id).map(|_| "07-tendermint-5".into())
    }
    fn client_chain_id(&self, id: &ClientId) -> Option<String> {
        (id.0 == "07-tendermint-0").then(|| "provider-1".to_string())
    }
    fn header_record(&self) -> Vec<u8> {
        format!("header {}", self.height).into_bytes()
    }
}

impl Host for Chain {
    fn atomically<T, E>(&mut self, step: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let (state, events) = (self.state.savepoint(), self.events.len());
        let result = step(self);
        if result.is_err() {
            self.state.revert(state);
            self.events.truncate(events);
        }
        result
    }
    fn emit(&mut self, event: Event) {
        self.events.push(event);
    }
    fn send(&mut self, _: &ChannelId, _: Vec<u8>, _: Time) -> Result<u64, SendError> {
        Err(SendError::Refused("this chain sends nothing yet".to_string()))
    }
    fn create_client(&mut self, state: &ClientState, consensus: &ConsensusState) -> Result<ClientId, String> {
        if let Some(reason) = &self.ibc_refuses {
            return Err(reason.clone());
        }
        self.clients.push((state.clone(), consensus.clone()));
        Ok(ClientId(format!("07-tendermint-{}", self.clients.len() - 1)))
    }
    fn open_channel(&mut self, init: &OpenChannel) -> Result<ChannelId, String> {
        if let Some(reason) = &self.ibc_refuses {
            return Err(reason.clone());
        }
        if init.port == consumer::PORT {
            let hops = [init.connection.clone()];
            let callback = OpenInit {
                order: init.order,
                hops: &hops,
                port: init.port,
                counterparty_port: init.counterparty_port,
                version: init.version,
            };
            let version = consumer::on_open_init(self, &callback).map_err(|error| error.to_string())?;
            assert_eq!(version, init.version);
        } else {
            assert_eq!(init.order, ChannelOrder::Unordered);
        }
        let id = format!("channel-{}", self.channels.len());
        self.has_channel(init.port, &id);
        self.opened.push(init.clone());
        Ok(ChannelId(id))
    }
    fn on_bonded(&mut self, validator: ConsAddr) {
        self.bonded.push(validator);
    }
}
