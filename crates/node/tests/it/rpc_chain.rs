//! A chain behind servers: an engine, an application of a few words, rows in memory, and clients of HTTP.

use ics_abci::*;
use ics_engine::evidence::EvidenceError;
use ics_engine::{Engine, Keyring, Signing, TxRefused};
use ics_kv::rows::{Batch, DiskError, Memory, Rows, Table};
use ics_kv::{Bytes, KeyRange};
use ics_node::rpc::{
    Backend, Deadline, NodeInfo, Origins, Reach, Server, Terms, Waiting, serve_grpc, serve_rpc,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, RwLock};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// Most bytes of an answer that clients here read.
const BODY_MAX: u64 = 100_000_000;

/// Transactions are words: `set KEY VALUE`, `power SEED POWER`, `fail`, `bad`; anything else does nothing.
#[derive(Default)]
struct Words {
    committed: BTreeMap<String, String>,
    working: BTreeMap<String, String>,
    height: Height,
}

fn hash_of(state: &BTreeMap<String, String>) -> [u8; 32] {
    Sha256::digest(format!("{state:?}")).into()
}

fn refused(code: u32, log: &str) -> Answer {
    Answer { code, log: log.into(), codespace: "sdk".into(), ..Answer::default() }
}

impl Application for Words {
    type Writes = ();

    fn init_chain(&mut self, _: &Genesis) -> Result<Init, Halt> {
        Ok(Init { validators: Vec::new(), app_hash: hash_of(&self.committed) })
    }

    fn check_tx(&mut self, tx: &[u8], _: Check) -> TxResult {
        match tx {
            b"bad" => TxResult {
                code: 3,
                log: "<bad> & odd".into(),
                codespace: "words".into(),
                ..TxResult::default()
            },
            b"" => TxResult {
                code: 18,
                log: "must contain at least one message: invalid request".into(),
                codespace: "sdk".into(),
                ..TxResult::default()
            },
            _ => TxResult { gas_wanted: 10, ..TxResult::default() },
        }
    }

    fn prepare(&self, proposal: Proposal) -> Vec<Vec<u8>> {
        proposal.txs
    }

    fn process(&self, _: &Proposal) -> Verdict {
        Verdict::Accept
    }

    fn finalize_block(&mut self, block: &Block) -> Result<BlockResult, Halt> {
        self.working = self.committed.clone();
        self.height = block.height;
        let mut validators = Vec::new();
        let mut txs = Vec::new();
        for tx in &block.txs {
            let text = String::from_utf8_lossy(tx).into_owned();
            let mut result = TxResult { gas_wanted: 10, gas_used: 7, ..TxResult::default() };
            match text.split(' ').collect::<Vec<_>>()[..] {
                ["set", key, value] => {
                    self.working.insert(key.into(), value.into());
                    result.data = value.as_bytes().to_vec();
                    result.events = vec![
                        Event::new("set").with("key", key).with("value", value),
                        Event::new("message").with("action", "set"),
                    ];
                }
                ["power", seed, power] => validators
                    .push(ValUpdate { key: key(seed.parse().unwrap()), power: power.parse().unwrap() }),
                ["fail"] => {
                    result.code = 5;
                    result.log = "failed".into();
                    result.codespace = "words".into();
                }
                _ => {}
            }
            txs.push(result);
        }
        let events = vec![Event::new("tick").with("height", block.height).with("mode", "BeginBlock")];
        Ok(BlockResult { events, txs, validators, params: None, app_hash: hash_of(&self.working) })
    }

    fn commit(&mut self) -> Result<Commit<()>, Halt> {
        self.committed = self.working.clone();
        Ok(Commit { retain_height: Height(0), writes: () })
    }

    fn query(&self, query: &Query) -> Answer {
        let text = String::from_utf8_lossy(&query.data).into_owned();
        let height = if query.height.0 == 0 { self.height } else { query.height };
        if height > self.height {
            return refused(
                26,
                "cannot query with height in the future; please provide a valid height: invalid height",
            );
        }
        let proof = |kind: &str| (kind.to_owned(), query.data.clone(), vec![1, 2, 3]);
        match query.path.as_str() {
            "store/words/key" => Answer {
                key: query.data.clone(),
                value: self.committed.get(&text).cloned().unwrap_or_default().into_bytes(),
                proof: if query.prove {
                    vec![proof("ics23:iavl"), proof("ics23:simple")]
                } else {
                    Vec::new()
                },
                height,
                ..Answer::default()
            },
            "/words.Query/Echo" => Answer { value: query.data.clone(), height, ..Answer::default() },
            "/words.Query/Get" => match self.committed.get(&text) {
                Some(value) => Answer { value: value.clone().into_bytes(), height, ..Answer::default() },
                None => {
                    let log = format!("rpc error: code = NotFound desc = no {text} “here”: key not found");
                    Answer { height, ..refused(22, &log) }
                }
            },
            "/words.Query/Panic" => panic!("asked to"),
            "" => refused(6, "no query path provided: unknown request"),
            _ => refused(6, "unknown query path: unknown request"),
        }
    }
}

pub(crate) fn key(n: u8) -> ConsKey {
    Keyring::default().add([n; 32])
}

/// Rows behind a lock, of a disk that can be told to answer a few questions only.
#[derive(Default)]
pub(crate) struct Locked {
    rows: RwLock<Memory>,
    /// How many questions were answered, and how many may be; without an end where nothing is said.
    asked: Mutex<(usize, Option<usize>)>,
    changed: Condvar,
    /// Whether searches wait, and how many do.
    searches: Mutex<(bool, usize)>,
    released: Condvar,
}

impl Locked {
    /// Lets every search wait until [`Self::release_searches`]; all else is answered.
    pub(crate) fn hold_searches(&self) {
        self.searches.lock().unwrap().0 = true;
    }

    pub(crate) fn release_searches(&self) {
        self.searches.lock().unwrap().0 = false;
        self.released.notify_all();
    }

    /// How many searches wait.
    pub(crate) fn searches_held(&self) -> usize {
        self.searches.lock().unwrap().1
    }

    /// Lets so many more questions be answered; the others wait.
    pub(crate) fn answer_only(&self, count: usize) {
        *self.asked.lock().unwrap() = (0, Some(count));
    }

    pub(crate) fn answer_all(&self) {
        self.asked.lock().unwrap().1 = None;
        self.changed.notify_all();
    }

    /// Questions that were answered since [`Self::answer_only`].
    pub(crate) fn answered(&self) -> usize {
        self.asked.lock().unwrap().0
    }

    fn turn(&self) {
        let waits = |asked: &mut (usize, Option<usize>)| asked.1.is_some_and(|most| asked.0 >= most);
        let mut asked = self.changed.wait_while(self.asked.lock().unwrap(), waits).unwrap();
        asked.0 += 1;
    }
}

impl Rows for Locked {
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, DiskError> {
        self.turn();
        self.rows.read().unwrap().row(table, key)
    }
    fn rows(&self, table: Table, range: KeyRange, limit: usize) -> Result<Vec<(Bytes, Bytes)>, DiskError> {
        self.turn();
        if table == "engine_events" {
            let mut searches = self.searches.lock().unwrap();
            searches.1 += 1;
            self.released.wait_while(searches, |searches| searches.0).unwrap().1 -= 1;
        }
        self.rows.read().unwrap().rows(table, range, limit)
    }
}

pub(crate) struct Chain {
    inner: Mutex<(Engine, Words)>,
    pub(crate) rows: Locked,
    genesis: Box<RawValue>,
    now: Mutex<Time>,
    tips: watch::Sender<Height>,
}

impl Chain {
    pub(crate) fn start(powers: &[i64]) -> Arc<Self> {
        let time = Time::parse("2024-01-01T00:00:00.5Z").unwrap();
        let validators =
            (0..).zip(powers).map(|(n, power)| ValUpdate { key: key(n), power: *power }).collect();
        let genesis = Genesis {
            chain_id: "words-1".into(),
            time,
            initial_height: Height(1),
            params: Params::default(),
            validators,
            app_state: b"{}".to_vec(),
        };
        let mut app = Words::default();
        let keyring = Keyring::from_seeds((0..20).map(|n| [n; 32]));
        let engine = Engine::start(&genesis, keyring, &mut app).unwrap();
        let document = json!({"chain_id": "words-1", "app_state": {"text": "<&>"}}).to_string();
        Arc::new(Self {
            inner: Mutex::new((engine, app)),
            rows: Locked::default(),
            genesis: RawValue::from_string(document).unwrap(),
            now: Mutex::new(time),
            tips: watch::Sender::new(Height(0)),
        })
    }

    /// Forgets everything that is not in the rows, as a process does that ends.
    pub(crate) fn restart(&self) {
        let mut inner = self.inner.lock().unwrap();
        let keyring = inner.0.keyring().clone();
        inner.0 = Engine::resume(&self.rows, keyring).unwrap().unwrap();
    }

    /// A vote of validator 1 for a block of an id at a height, in CometBFT's JSON.
    pub(crate) fn vote(&self, height: u64, id: tendermint::block::Id) -> Value {
        use base64::Engine as _;
        let header = ics_engine::history::header(&self.rows, Height(height)).unwrap().unwrap();
        let time = ics_engine::to_time(header.time).unwrap();
        let bytes = ics_engine::solo::vote_bytes("words-1", Height(height), Some(&id), time);
        let inner = self.inner.lock().unwrap();
        let signature = inner.0.keyring().sign(&key(1).address(), &bytes).unwrap();
        json!({
            "type": 2, "height": height.to_string(), "round": 0,
            "block_id": {
                "hash": id.hash.to_string(),
                "parts": {"total": id.part_set_header.total, "hash": id.part_set_header.hash.to_string()},
            },
            "timestamp": header.time.to_rfc3339(), "validator_address": hex::encode_upper(key(1).address().0),
            "validator_index": 1, "extension": null, "extension_signature": null,
            "signature": base64::engine::general_purpose::STANDARD.encode(signature),
        })
    }

    /// Makes a block of these transactions; a second passes.
    pub(crate) fn block_of(&self, txs: &[&[u8]]) -> Batch {
        for tx in txs {
            assert_eq!(self.broadcast(tx.to_vec()).unwrap().code, 0);
        }
        self.block_signed(&Signing::default())
    }

    pub(crate) fn block_signed(&self, signing: &Signing) -> Batch {
        let mut inner = self.inner.lock().unwrap();
        let (engine, app) = &mut *inner;
        let mut now = self.now.lock().unwrap();
        *now = now.plus(Duration::from_nanos(1_000_000_001)).unwrap();
        let made = engine.produce(app, *now, signing).unwrap();
        assert_eq!(made.txs.len(), made.result.txs.len());
        self.rows.rows.write().unwrap().apply(made.batch.clone());
        self.tips.send_replace(made.height);
        made.batch
    }
}

impl Backend for Chain {
    fn rows(&self) -> &dyn Rows {
        &self.rows
    }

    fn query(&self, query: &Query, _: Deadline) -> Answer {
        let inner = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        inner.1.query(query)
    }

    fn broadcast(&self, tx: Vec<u8>) -> Result<TxResult, TxRefused> {
        let mut inner = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (engine, app) = &mut *inner;
        engine.check_tx(app, &tx)
    }

    fn check(&self, tx: &[u8]) -> TxResult {
        self.inner.lock().unwrap().1.check_tx(tx, Check::New)
    }

    fn add_evidence(&self, evidence: &Evidence) -> Result<(), EvidenceError> {
        self.inner.lock().unwrap().0.add_evidence(evidence, |batch| {
            self.rows.rows.write().unwrap().apply(batch);
            Ok(())
        })
    }

    fn tips(&self) -> watch::Receiver<Height> {
        self.tips.subscribe()
    }

    fn waiting(&self, limit: usize) -> Waiting {
        let inner = self.inner.lock().unwrap();
        let mempool = inner.0.mempool();
        Waiting {
            count: mempool.len(),
            bytes: mempool.bytes(),
            txs: mempool.iter().take(limit).map(<[u8]>::to_vec).collect(),
        }
    }

    fn genesis(&self) -> &RawValue {
        &self.genesis
    }

    fn node(&self) -> NodeInfo {
        NodeInfo {
            id: "2560f1c1916a4a2d8a880c737a2c79cea9b55221".into(),
            moniker: "alice".into(),
            network: "words-1".into(),
            listen_addr: "tcp://127.0.0.1:26656".into(),
            rpc_addr: "tcp://127.0.0.1:26657".into(),
            app_name: "words".into(),
            prefix: "words".into(),
        }
    }

    fn validator(&self) -> Option<ConsKey> {
        Some(key(0))
    }
}

/// A chain with its servers.
pub(crate) struct Net {
    pub(crate) chain: Arc<Chain>,
    pub(crate) runtime: Runtime,
    pub(crate) rpc: Server,
    pub(crate) grpc: Server,
    agent: ureq::Agent,
}

pub(crate) fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

impl Net {
    /// On terms that a busy machine keeps too.
    pub(crate) fn serving(chain: Arc<Chain>) -> Self {
        let long = Duration::from_secs(600);
        Self::serving_on(chain, Terms { answer_timeout: long, write_timeout: long, ..Reach::Loopback.into() })
    }

    pub(crate) fn serving_on(chain: Arc<Chain>, terms: Terms) -> Self {
        let runtime = Runtime::new().unwrap();
        let (rpc, grpc) = runtime.block_on(async {
            let rpc = serve_rpc(chain.clone(), any_port(), terms, Origins::Any).await.unwrap();
            let grpc = serve_grpc(chain.clone(), any_port(), terms).await.unwrap();
            (rpc, grpc)
        });
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        Self { chain, runtime, rpc, grpc, agent: config.build().into() }
    }

    /// Five blocks: transactions in 1, 3 and 4, a failure in 3, another set from 6 on, an absent validator at 2.
    pub(crate) fn busy() -> Self {
        let chain = Chain::start(&[100, 5, 4]);
        chain.block_of(&[b"set a 1", b"set b <2>"]);
        chain.block_signed(&Signing { absent: [key(1).address()].into(), ..Signing::default() });
        chain.block_of(&[b"set a 3", b"fail", b"set b 3"]);
        chain.block_of(&[b"power 3 7", b"power 2 0"]);
        chain.block_of(&[]);
        Self::serving(chain)
    }

    /// Status and body of `POST /`.
    pub(crate) fn post_text(&self, body: &[u8]) -> (u16, String) {
        let url = format!("http://{}/", self.rpc.addr());
        let mut response = self.agent.post(&url).send(body).unwrap();
        let text = response.body_mut().with_config().limit(BODY_MAX).read_to_string().unwrap();
        (response.status().as_u16(), text)
    }

    /// Status and body of `GET /address`.
    pub(crate) fn get_text(&self, address: &str) -> (u16, String) {
        let mut response = self.agent.get(format!("http://{}/{address}", self.rpc.addr())).call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }

    /// The text of the response to a method, which is HTTP 200.
    pub(crate) fn text(&self, method: &str, params: Value) -> String {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let (status, text) = self.post_text(body.to_string().as_bytes());
        assert_eq!(status, 200, "{method}: {text}");
        text
    }

    pub(crate) fn response(&self, method: &str, params: Value) -> Value {
        serde_json::from_str(&self.text(method, params)).unwrap()
    }

    /// The result of a method that has one.
    pub(crate) fn result(&self, method: &str, params: Value) -> Value {
        let mut response = self.response(method, params);
        assert!(response.get("error").is_none(), "{method}: {response}");
        response["result"].take()
    }

    /// The `data` of an internal error.
    pub(crate) fn refusal(&self, method: &str, params: Value) -> String {
        let response = self.response(method, params);
        assert_eq!(response["error"]["code"], -32603, "{response}");
        assert_eq!(response["error"]["message"], "Internal error");
        response["error"]["data"].as_str().unwrap().to_owned()
    }
}

/// The text of a recording.
pub(crate) fn recorded(name: &str) -> String {
    let path = format!("{}/../../recordings/rpc/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
