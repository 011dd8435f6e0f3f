//! A chain with an open block, in which transactions execute at once.

use super::cast::CAST;
use ics_abci::{Answer, Event, Genesis, Height, Query, Time, TxResult};
use ics_chain::{Config as AppConfig, OpenBlock, Role, Rules};
use ics_client::{Account, Body, Fee, Key, sign};
use ics_engine::{Keyring, Signing};
use ics_kv::Read;
use ics_proto::Any;
use ics_proto::cosmos::auth::v1beta1::QueryAccountRequest;
use ics_proto::ibc::core::channel::v1::Packet;
use ics_proto::tendermint::types::ValidatorSet;
use ics_relay::{LightBlock, View, ViewError};
use ics_world::disk::MemoryDisk;
use ics_world::{Site, SiteConfig};
use prost::Message;
use std::sync::Arc;
use std::time::Duration;

/// More than any transaction of a trace takes.
const GAS: u64 = 1_000_000_000_000;

/// A packet that the chain sent.
pub(crate) struct Sent {
    pub(crate) packet: Packet,
    pub(crate) height: u64,
}

/// A running chain.
pub(crate) struct Chain {
    site: Site,
    prefix: &'static str,
    pub(crate) sent: Vec<Sent>,
}

impl Chain {
    /// Starts a chain and opens its first block.
    pub(crate) fn start(genesis: &Genesis, prefix: &'static str, role: &'static Role) -> Self {
        let app = AppConfig {
            chain_id: genesis.chain_id.clone(),
            prefix,
            initial_height: genesis.initial_height,
            min_gas_prices: Vec::new(),
            keep: 10,
            moniker: genesis.chain_id.clone(),
            rules: Rules::reference(),
        };
        let keyring = Keyring::from_seeds(CAST.seeds());
        let disk = Arc::new(MemoryDisk::default());
        let config = SiteConfig { app, role, consumer_id: None, keyring, disk, checkpoint_every: u64::MAX };
        let mut site = Site::open(genesis, config).unwrap();
        site.open_block().unwrap();
        Self { site, prefix, sent: Vec::new() }
    }

    /// The open block.
    pub(crate) fn open(&self) -> &OpenBlock {
        self.site.opened().unwrap()
    }

    /// The state inside the open block.
    pub(crate) fn state(&self) -> &(dyn Read + Send + Sync) {
        self.open().state()
    }

    pub(crate) fn height(&self) -> u64 {
        self.open().info().height.0
    }

    pub(crate) fn time(&self) -> Time {
        self.open().info().time
    }

    /// Closes the open block, commits it and opens the next one `dt_s` seconds later.
    pub(crate) fn block(&mut self, dt_s: u64) {
        let next = self.time().plus(Duration::from_secs(dt_s)).unwrap();
        let block = self.site.produce(next, &Signing::default()).unwrap();
        let txs = block.result.txs.iter().filter(|tx| tx.code == 0).flat_map(|tx| &tx.events);
        let packets = block.result.events.iter().chain(txs).filter_map(sent_packet);
        self.sent.extend(packets.map(|packet| Sent { packet, height: block.height.0 }));
        self.site.open_block().unwrap();
        assert_eq!(self.time(), next);
    }

    /// Executes a transaction of these messages in the open block, signed by `key`.
    pub(crate) fn send(&mut self, key: &Key, messages: Vec<Any>) -> TxResult {
        let request = QueryAccountRequest { address: key.address().to_text(self.prefix) }.encode_to_vec();
        let answer = self.open().call("/cosmos.auth.v1beta1.Query/Account", &request).unwrap();
        let account = Account::from_answer(&answer, self.prefix, &key.address()).unwrap();
        let fee = Fee { amount: Vec::new(), gas_limit: GAS };
        let signed = sign(&Body::of(messages), &fee, self.site.chain_id(), &[(key, account)]);
        self.site.deliver(&signed.bytes).unwrap()
    }

    /// Executes a message of the governance of this chain in the open block.
    pub(crate) fn decree(&mut self, message: &Any) -> Result<Vec<Event>, (String, u32, String)> {
        self.site.open_block().unwrap().decree(message).map_err(|error| {
            let (codespace, code, log) = error.parts();
            (codespace, code, log)
        })
    }

    /// What is committed.
    pub(crate) fn committed(&self) -> &Site {
        &self.site
    }

    /// The same, but the last block is the open one.
    pub(crate) fn opened(&self) -> OpenView<'_> {
        OpenView(self)
    }
}

/// A chain as the receiver of transactions: its open block counts.
pub(crate) struct OpenView<'a>(&'a Chain);

impl View for OpenView<'_> {
    fn chain_id(&self) -> &str {
        self.0.site.chain_id()
    }
    fn tip(&self) -> (Height, Time) {
        (Height(self.0.height()), self.0.time())
    }
    fn base(&self) -> Height {
        self.0.committed().base()
    }
    fn light_block(&self, height: Height) -> Result<LightBlock, ViewError> {
        self.0.committed().light_block(height)
    }
    fn validators(&self, height: Height) -> Result<ValidatorSet, ViewError> {
        self.0.committed().validators(height)
    }
    fn events(&self, height: Height) -> Result<Vec<Event>, ViewError> {
        // Packets are sent at the end of a block: an open one has none.
        if height.0 == self.0.height() { Ok(Vec::new()) } else { self.0.committed().events(height) }
    }
    fn query(&self, query: &Query) -> Answer {
        if query.height.0 != self.0.height() {
            return self.0.committed().query(query);
        }
        let value = match query.path.as_str() {
            "store/ibc/key" => {
                let key = [b"ibc/", query.data.as_slice()].concat();
                self.0.state().get(&key).map(|value| value.to_vec()).unwrap_or_default()
            }
            path => self.0.open().call(path, &query.data).unwrap(),
        };
        Answer { value, height: query.height, ..Answer::default() }
    }
}

fn sent_packet(event: &Event) -> Option<Packet> {
    if event.kind != "send_packet" {
        return None;
    }
    let text = |name: &str| event.get(name).unwrap().to_owned();
    Some(Packet {
        sequence: text("packet_sequence").parse().unwrap(),
        source_port: text("packet_src_port"),
        source_channel: text("packet_src_channel"),
        destination_port: text("packet_dst_port"),
        destination_channel: text("packet_dst_channel"),
        data: unhex(&text("packet_data_hex")),
        timeout_height: None,
        timeout_timestamp: text("packet_timeout_timestamp").parse().unwrap(),
    })
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(pair).collect()
}
