//! The REST gateway on the real application, compared with recordings.

use crate::rpc_chain::{Net, any_port};
use crate::rpc_shape::Shape;
use ics_abci::{Answer, ConsKey, Evidence, Height, Query, Time, TxResult};
use ics_engine::TxRefused;
use ics_engine::evidence::EvidenceError;
use ics_kv::rows::{Disk, Rows};
use ics_node::rpc::{Backend, Deadline, Gateway, NodeInfo, Origins, Reach, Server, Waiting, serve_rest};
use ics_store::Snapshot;
use ics_world::{ChainIndex, InMemory, Reader, World};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock, Mutex};
use tokio::runtime::Runtime;
use tokio::sync::watch;

const GATEWAY: Gateway = Gateway { origins: Origins::Any, swagger: true, metrics: true };

/// A chain of a world, as far as the gateway asks.
struct Site {
    world: Arc<Mutex<World>>,
    chain: ChainIndex,
    disk: Arc<dyn Disk>,
    reader: Reader,
    chain_name: String,
    prefix: &'static str,
    genesis: Box<RawValue>,
    tips: watch::Sender<Height>,
}

impl Backend for Site {
    fn rows(&self) -> &dyn Rows {
        &self.disk
    }
    fn query(&self, query: &Query, until: Deadline) -> Answer {
        self.reader.query_while(query, &|| !until.has_passed())
    }
    fn broadcast(&self, tx: Vec<u8>) -> Result<TxResult, TxRefused> {
        self.world.lock().unwrap().site_mut(self.chain).unwrap().submit(&tx)
    }
    fn check(&self, tx: &[u8]) -> TxResult {
        self.world.lock().unwrap().site_mut(self.chain).unwrap().check(tx)
    }
    fn add_evidence(&self, _: &Evidence) -> Result<(), EvidenceError> {
        Err(EvidenceError::Full)
    }
    fn tips(&self) -> watch::Receiver<Height> {
        self.tips.subscribe()
    }
    fn waiting(&self, _: usize) -> Waiting {
        Waiting::default()
    }
    fn oldest(&self) -> Height {
        self.reader.oldest()
    }
    fn committed(&self) -> Option<Snapshot> {
        self.reader.state(Height(0))
    }
    fn genesis(&self) -> &RawValue {
        &self.genesis
    }
    fn node(&self) -> NodeInfo {
        NodeInfo { network: self.chain_name.clone(), prefix: self.prefix.into(), ..NodeInfo::default() }
    }
    fn validator(&self) -> Option<ConsKey> {
        None
    }
}

/// The gateways of a provider and of its first consumer, once the network is ready.
pub(crate) struct Gateways {
    servers: Vec<Server>,
    agent: ureq::Agent,
    _runtime: Runtime,
}

pub(crate) static GATEWAYS: LazyLock<Gateways> = LazyLock::new(|| {
    let mut now = Time::parse("2024-01-01T00:00:00Z").unwrap();
    let mut world = World::local(now, Box::new(InMemory::default())).unwrap();
    for _ in 0..400 {
        if world.is_ready() {
            break;
        }
        now = now.plus(std::time::Duration::from_secs(5)).unwrap();
        world.step(now).unwrap();
    }
    assert!(world.is_ready());
    let world = Arc::new(Mutex::new(world));
    let runtime = Runtime::new().unwrap();
    let serve = |chain| {
        let guard = world.lock().unwrap();
        let site = guard.site(ChainIndex(chain)).unwrap();
        let backend = Site {
            world: Arc::clone(&world),
            chain: ChainIndex(chain),
            disk: Arc::clone(site.disk()),
            reader: site.reader(),
            chain_name: site.chain_id().to_owned(),
            prefix: site.prefix(),
            genesis: RawValue::from_string("{}".into()).unwrap(),
            tips: watch::Sender::new(site.height()),
        };
        runtime.block_on(serve_rest(Arc::new(backend), any_port(), Reach::Loopback, GATEWAY)).unwrap()
    };
    let servers = vec![serve(0), serve(1)];
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    Gateways { servers, agent, _runtime: runtime }
});

impl Gateways {
    /// Status, height of the metadata, and body.
    pub(crate) fn get(&self, chain: usize, address: &str) -> (u16, String, String) {
        let url = format!("http://{}{address}", self.servers[chain].addr());
        let mut response = self.agent.get(&url).call().unwrap();
        let height = response.headers().get("grpc-metadata-x-cosmos-block-height");
        let height = height.map(|height| height.to_str().unwrap().to_owned()).unwrap_or_default();
        (response.status().as_u16(), height, response.body_mut().read_to_string().unwrap())
    }

    pub(crate) fn json(&self, chain: usize, address: &str) -> Value {
        let (status, _, text) = self.get(chain, address);
        assert_eq!(status, 200, "{address}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub(crate) fn post(&self, address: &str, body: &[u8]) -> (u16, Value) {
        let (status, text) = self.post_text(address, body);
        (status, serde_json::from_str(&text).unwrap())
    }

    pub(crate) fn post_text(&self, address: &str, body: &[u8]) -> (u16, String) {
        let url = format!("http://{}{address}", self.servers[0].addr());
        let mut response = self.agent.post(&url).send(body).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), text)
    }
}

pub(crate) fn recording(name: &str) -> String {
    let path = format!("{}/../../recordings/rest/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn answers_have_the_recorded_shapes() {
    let all = &*GATEWAYS;
    let mut differences = Vec::new();
    for (chain, names) in [
        (
            0,
            vec![
                "p02_consumer_chains_0",
                "p02_consumer_chains_3",
                "p02_consumer_chains_named",
                "p02_consumer_chains_page",
                "p08_params",
                "p09_opted_in_validators",
                "p13_blocks_until_next_epoch",
                "p14_consumer_id",
                "p15_consumer_chain",
                "p01_consumer_genesis",
                "host_p_ibc_channels",
                "host_p_ibc_clients",
                "host_p_ibc_connections",
                "host_p_latest_block",
                "host_p_node_config",
                "host_p_node_info",
                "host_p_validatorsets",
                "host_p_staking_validators",
                "p05_throttle_state",
                "p06_registered_consumer_reward_denoms",
                "p07_address_pairs",
                "p12_consumer_validators",
                "p16_consumer_genesis_time",
            ],
        ),
        (1, vec!["c2_params", "c3_provider_info", "host_c_ibc_channels", "host_c_ibc_clients"]),
    ] {
        for name in names {
            let text = recording(name);
            let request: Value = serde_json::from_str(&text).unwrap();
            let address = request["request"].as_str().unwrap().strip_prefix("GET ").unwrap();
            let (status, height, ours) = all.get(chain, address);
            if status != 200 {
                differences.push(format!("{name}: {status} {ours}"));
                continue;
            }
            assert!(height.parse::<u64>().unwrap() > 0, "{name}");
            differences.extend(Shape::of(&ours).differs(Shape::of(&text).at(&["body"]), name));
            // Whether a list tells how many entries it has in all.
            let ours: Value = serde_json::from_str(&ours).unwrap();
            let counts = |body: &Value| body.pointer("/pagination/total").map(|total| total != "0");
            if counts(&ours) != counts(&request["body"]) {
                differences.push(format!("{name}: {}", ours["pagination"]));
            }
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn transactions_are_found_in_the_recorded_shapes() {
    let all = &*GATEWAYS;
    let opt_in = "message.action%3D%27%2Finterchain_security.ccv.provider.v1.MsgOptIn%27";
    let address = format!("/cosmos/tx/v1beta1/txs?query={opt_in}&limit=1");
    let (status, _, listed) = all.get(0, &address);
    assert_eq!(status, 200, "{listed}");
    let recorded = recording("host_p_txs_by_event");
    assert_eq!(Shape::of(&listed).differs(Shape::of(&recorded).at(&["body"]), "txs"), None, "{listed}");
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["txs"].as_array().unwrap().len(), 1);
    let response = &listed["tx_responses"][0];
    let (hash, height) = (response["txhash"].as_str().unwrap(), response["height"].as_str().unwrap());
    let (_, _, one) = all.get(0, &format!("/cosmos/tx/v1beta1/txs/{hash}"));
    let recorded = recording("host_p_tx");
    assert_eq!(Shape::of(&one).differs(Shape::of(&recorded).at(&["body"]), "tx"), None, "{one}");
    let events = format!("events={opt_in}&events=tx.height%3D{height}&order_by=ORDER_BY_DESC");
    let old = all.json(0, &format!("/cosmos/tx/v1beta1/txs?{events}"));
    assert!(old["tx_responses"].as_array().unwrap().iter().any(|one| one["txhash"] == hash), "{old}");
    let block = all.json(0, &format!("/cosmos/tx/v1beta1/txs/block/{height}"));
    assert_eq!(block["block"]["header"]["height"], height);
    let count: usize = block["pagination"]["total"].as_str().unwrap().parse().unwrap();
    assert!(count > 0 && block["txs"].as_array().unwrap().len() == count, "{block}");
    let (status, _, beyond) =
        all.get(0, &format!("/cosmos/tx/v1beta1/txs/block/{height}?pagination.offset=99"));
    assert_eq!(status, 500, "{beyond}");
}

#[test]
fn the_node_says_where_it_stands() {
    let all = &*GATEWAYS;
    let latest = all.json(0, "/cosmos/base/tendermint/v1beta1/blocks/latest");
    let height = latest["block"]["header"]["height"].as_str().unwrap();
    let status = all.json(0, "/cosmos/base/node/v1beta1/status");
    assert_eq!(status["height"], height);
    assert_eq!(status["app_hash"], latest["block"]["header"]["app_hash"]);
    assert_eq!(status["timestamp"], latest["block"]["header"]["time"]);
    let earliest: u64 = status["earliest_store_height"].as_str().unwrap().parse().unwrap();
    let reached: u64 = height.parse().unwrap();
    assert_eq!(earliest, reached.saturating_sub(99).max(1), "a hundred heights are kept: {status}");
    let syncing = all.json(0, "/cosmos/base/tendermint/v1beta1/syncing");
    assert_eq!(syncing, json!({"syncing": false}));
    let set =
        all.json(0, "/cosmos/base/tendermint/v1beta1/validatorsets/1?pagination.limit=2&pagination.offset=2");
    assert_eq!((set["validators"].as_array().unwrap().len(), &set["block_height"]), (2, &json!("1")));
    let (status, _, refused) =
        all.get(0, "/cosmos/base/tendermint/v1beta1/abci_query?path=/cosmos.bank.v1beta1.Query/Params");
    let why = json!("unsupported ABCI query path: /cosmos.bank.v1beta1.Query/Params");
    assert_eq!((status, &serde_json::from_str::<Value>(&refused).unwrap()["message"]), (400, &why));
    let version = all.json(0, "/cosmos/base/tendermint/v1beta1/abci_query?path=/app/version");
    assert_eq!((&version["code"], &version["codespace"]), (&json!(0), &json!("sdk")));
}

#[test]
fn the_gateway_describes_itself_without_anything_from_elsewhere() {
    let all = &*GATEWAYS;
    let document = all.json(0, "/openapi.json");
    assert_eq!(document, all.json(0, "/swagger/openapi.json"));
    let (status, _, page) = all.get(0, "/swagger/");
    assert_eq!(status, 200);
    for (path, item) in document["paths"].as_object().unwrap() {
        for verb in item.as_object().unwrap().keys() {
            assert!(
                page.contains(&format!("{} ", verb.to_uppercase())) && page.contains(path),
                "{verb} {path}"
            );
        }
    }
    for outside in ["http:", "https:", "src=", "@import", "href=\"//"] {
        assert!(!page.contains(outside), "{outside}");
    }
    // What is described is served: an address of words alone is answered or refused, but never unknown.
    for (path, item) in document["paths"].as_object().unwrap() {
        if item.get("get").is_some() && !path.contains('{') {
            let (_, _, text) = all.get(0, path);
            assert!(!text.contains("\"message\":\"Not Implemented\""), "{path}: {text}");
        }
    }
}

#[test]
fn the_protocol_s_numbers_are_told_to_prometheus() {
    let all = &*GATEWAYS;
    let (status, _, page) = all.get(0, "/metrics?format=prometheus");
    assert_eq!(status, 200, "{page}");
    let number = |page: &str, name: &str| {
        let line =
            page.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {page}"));
        line.rsplit_once(' ').unwrap().1.parse::<i64>().unwrap()
    };
    assert!(page.ends_with("# EOF\n"), "{page}");
    let of = "{chain_id=\"provider-1\",consumer_id=\"0\",consumer_chain_id=\"consumer-1\"";
    assert_eq!(number(&page, &format!("ccv_consumer_phase{of}")), 3);
    assert_eq!(number(&page, &format!("ccv_consumer_validators{of}")), 4);
    assert_eq!(number(&page, &format!("ccv_consumer_power{of}")), 340);
    let sent = number(&page, &format!("ccv_consumer_vsc_id_sent{of}"));
    assert!(sent > 0 && sent < number(&page, "ccv_vsc_id{"), "{page}");
    let packets = number(&page, &format!("ccv_consumer_packets_sent{of}"));
    let acknowledged = number(&page, &format!("ccv_consumer_packets_acknowledged{of}"));
    assert!(packets > 0 && acknowledged <= packets, "{page}");
    assert!(number(&page, &format!("ccv_client_expiry_seconds{of}")) > 0, "{page}");
    let throttle = all.json(0, "/interchain_security/ccv/provider/throttle_state");
    assert_eq!(number(&page, "ccv_slash_meter{").to_string(), throttle["slash_meter"].as_str().unwrap());
    let (_, _, consumer) = all.get(1, "/metrics?format=prometheus");
    assert_eq!(number(&consumer, "ccv_gate_open{"), 1);
    assert!(number(&consumer, "ccv_received_vsc_id{") > 0, "{consumer}");
    assert_eq!(number(&consumer, "ccv_pending_changes{"), 0);
    let (status, _, refused) = all.get(0, "/metrics");
    assert!(status == 400 && refused.contains("unsupported format"), "{refused}");
}

/// Queries that the chain refuses by name: whoever adds one moves it up to the shapes.
#[test]
fn what_is_not_there_yet_is_refused_by_name() {
    let later = [(1, "c1_next_fee_distribution")];
    for (chain, name) in later {
        let text: Value = serde_json::from_str(&recording(name)).unwrap();
        let address = text["request"].as_str().unwrap().strip_prefix("GET ").unwrap();
        let (status, _, ours) = GATEWAYS.get(chain, address);
        assert!(status == 501 && ours.contains("not supported yet: "), "{name}: {status} {ours}");
    }
}

#[test]
fn refusals_are_the_recorded_ones() {
    for name in [
        "err_badpath",
        "err_p01_consumer_genesis_unknown",
        "err_p14_client_unknown",
        "err_p15_consumer_chain_unknown",
        "p02_consumer_chains_nophase",
    ] {
        let text: Value = serde_json::from_str(&recording(name)).unwrap();
        let address = text["request"].as_str().unwrap().strip_prefix("GET ").unwrap();
        let (status, _, ours) = GATEWAYS.get(0, address);
        assert_eq!(u64::from(status), text["http_status"], "{name}");
        assert_eq!(serde_json::from_str::<Value>(&ours).unwrap(), text["body"], "{name}");
    }
}

#[test]
fn pages_heights_and_bodies_are_read() {
    let all = &*GATEWAYS;
    let supply = all.json(0, "/cosmos/bank/v1beta1/supply?pagination.limit=1&pagination.count_total=true");
    assert_eq!(supply["supply"].as_array().unwrap().len(), 1);
    let validators = all.json(0, "/cosmos/staking/v1beta1/validators");
    let operator = validators["validators"][0]["operator_address"].as_str().unwrap();
    let one = all.json(0, &format!("/cosmos/staking/v1beta1/validators/{operator}"));
    assert_eq!(one["validator"], validators["validators"][0]);
    let url = format!("http://{}/cosmos/bank/v1beta1/params", all.servers[0].addr());
    let at = |height: &str| all.agent.get(&url).header("x-cosmos-block-height", height).call().unwrap();
    assert_eq!(at("3").headers()["grpc-metadata-x-cosmos-block-height"], "3");
    assert_eq!(at("-3").status(), 400);
    let (status, refused) =
        all.post("/cosmos/tx/v1beta1/txs", br#"{"tx_bytes":"AQI=","mode":"BROADCAST_MODE_SYNC"}"#);
    assert_eq!(status, 200, "{refused}");
    assert_ne!(refused["tx_response"]["code"], 0, "{refused}");
    let (status, refused) = all.post("/cosmos/tx/v1beta1/txs", b"{");
    assert_eq!((status, &refused["code"]), (400, &json!(3)));
    let (status, refused) = all.post("/cosmos/tx/v1beta1/txs", &vec![b' '; 1_000_001]);
    assert_eq!((status, &refused["message"]), (400, &json!("http: request body too large")));
    let (status, _, text) = all.get(0, "/cosmos/bank/v1beta1/supply?pagination.limit=x");
    assert_eq!(status, 400, "{text}");
}

#[test]
fn pages_of_any_origin_may_ask() {
    let all = &*GATEWAYS;
    let net = Net::busy();
    for addr in [all.servers[0].addr(), net.rpc.addr()] {
        let url = format!("http://{addr}/status");
        let asked = all.agent.options(&url).header("access-control-request-method", "POST").call().unwrap();
        assert_eq!(
            (asked.status().as_u16(), &asked.headers()["access-control-allow-origin"]),
            (204, &"*".parse().unwrap())
        );
        let answered = all.agent.get(&url).header("origin", "http://x.example").call().unwrap();
        assert_eq!(answered.headers()["access-control-allow-origin"], "*");
    }
}

#[test]
fn random_addresses_and_bodies_get_answers() {
    let all = &*GATEWAYS;
    let mut runner = TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() });
    let path = "/(cosmos/(bank/v1beta1/(balances|denoms_metadata|supply)|staking/v1beta1/(validators|delegations)|tx/v1beta1/txs)|interchain_security/ccv/provider/(consumer_chains|consumer_chain|address_pairs)|ibc/core/channel/v1/channels)?(/[0-9a-zA-Z_.-]{0,9}){0,3}(\\?pagination\\.(limit|key|offset)=[0-9a-z-]{0,12})?";
    runner
        .run(&(path, "[\\[\\]{}\":,a-z_0-9]{0,30}"), |(address, body)| {
            let (status, _, text) = all.get(0, &address);
            let answer: Value =
                serde_json::from_str(&text).map_err(|_| TestCaseError::fail(format!("{address}: {text}")))?;
            prop_assert_eq!(status == 200, answer.get("details").is_none(), "{}: {}", address, text);
            prop_assert!(!text.contains("this is a bug"), "{}", text);
            let (_, posted) = all.post("/cosmos/tx/v1beta1/simulate", body.as_bytes());
            prop_assert!(!posted.to_string().contains("this is a bug"), "{}", posted);
            Ok(())
        })
        .unwrap();
}
