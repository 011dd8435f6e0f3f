//! Every chain of a network can be exported at any time, and goes on elsewhere from its document.

use crate::dsl::{C1, C2, DAY, Net, P, address, operator, own, stake};
use ics_abci::{Application, Genesis, Height};
use ics_chain::roles::{CONSUMER, PROVIDER};
use ics_chain::{App, Config, Role, Rules};
use ics_client::msgs;
use ics_kv::rows::{Batch, Disk, DiskError};
use ics_kv::{Bytes, KeyRange, Read};
use ics_world::{ChainIndex, DiskFactory, Relaying, Site, World, found};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

fn role(site: &Site) -> &'static Role {
    if site.consumer_id().is_none() { &PROVIDER } else { &CONSUMER }
}

/// Rows that a chain writes anew where they are missing: that staking has worked its set out.
const REBUILT: [&[u8]; 1] = [b"staking/\x0d"];

fn rows(state: &dyn Read, role: &Role) -> BTreeMap<Bytes, Bytes> {
    let stores = role.stores.iter().chain(&["headers"]);
    let rows = stores.flat_map(|store| state.scan(KeyRange::prefix(format!("{store}/").as_bytes())));
    rows.filter(|(key, _)| !REBUILT.contains(&&**key)).collect()
}

/// Exports a chain and imports it: no row differs, and the next export is the same text.
fn comes_back(site: &Site, when: &str) -> Value {
    let document = site.export().unwrap();
    assert_eq!(document.initial_height, site.height().next());
    let text = ics_world::genesis_json(&document).unwrap();
    let read = ics_world::genesis_from_json(&text).unwrap();
    let config = Config {
        chain_id: read.chain_id.clone(),
        prefix: site.prefix(),
        initial_height: read.initial_height,
        min_gas_prices: vec![],
        keep: 1,
        moniker: "copy".to_owned(),
        rules: Rules::default(),
    };
    let mut app = App::new(config, role(site));
    let init = app.init_chain(&read).unwrap_or_else(|halt| panic!("{when}: {halt}"));
    assert_eq!(init.validators, document.validators, "{when}");
    let (was, is) =
        (rows(&site.reader().state(Height(0)).unwrap(), role(site)), rows(&app.state(), role(site)));
    for (key, value) in &was {
        assert_eq!(is.get(key), Some(value), "{when}: {key:?}");
    }
    assert_eq!(is.len(), was.len(), "{when}");
    let again = ics_world::genesis_json(&app.export(&read.params).unwrap()).unwrap();
    assert_eq!(again, text, "{when}");
    serde_json::from_str(&text).unwrap()
}

/// What a section of our own holds of a table.
fn table<'a>(document: &'a Value, section: &str, table: &str) -> &'a [Value] {
    document["app_state"][section][table].as_array().map_or(&[], Vec::as_slice)
}

fn assert_all_come_back(net: &Net, when: &str) {
    for site in net.world.sites() {
        if site.height() > Height(0) {
            comes_back(site, &format!("{} {when}", site.chain_id()));
        }
    }
}

#[test]
fn every_chain_comes_back_row_by_row_at_every_phase_of_its_consumers() {
    let mut net = Net::new();
    net.step();
    assert_all_come_back(&net, "before there are consumers");
    net.until("they are registered", 5, |net| net.has_event(P, "create_consumer", Height(0)));
    assert_eq!(net.phase("0"), "REGISTERED");
    assert_all_come_back(&net, "registered");
    net.until("they are initialized", 5, |net| net.phase("0") == "INITIALIZED");
    assert_all_come_back(&net, "initialized");
    net.until("they launch", 5, |net| net.phase("0") == "LAUNCHED");
    assert_all_come_back(&net, "launched");
    net.delegate("alice", "val1", 7_000_000);
    net.until("updates wait for the channel", 25, |net| {
        let document = net.site(P).export().unwrap();
        let state: Value = serde_json::from_slice(&document.app_state).unwrap();
        !state["provider_state"]["pending"].is_null()
    });
    assert_all_come_back(&net, "before the channel, with updates that wait");
    for hop in 0..25 {
        net.step();
        assert_all_come_back(&net, &format!("handshake, block {hop}"));
    }
    net.until("they are secured", 30, |net| net.world.is_ready());

    net.relay(Relaying::ClientsOnly);
    net.delegate("alice", "val2", 9_000_000);
    let undelegate = msgs::undelegate(&address(P, "alice"), &operator("val2"), &stake(1_000_000));
    net.deliver(P, "alice", undelegate);
    net.until("updates are in flight", 12, |net| !net.in_flight(P, "provider", "channel-0").is_empty());
    let provider = comes_back(net.site(P), "with packets in flight");
    assert!(!provider["app_state"]["ibc"]["channel_genesis"]["commitments"].as_array().unwrap().is_empty());
    assert!(!provider["app_state"]["staking"]["unbonding_delegations"].as_array().unwrap().is_empty());
    assert_eq!(table(&provider, "provider_state", "phase").len(), 2);

    net.relay(Relaying::Everything);
    net.steps(8);
    net.deliver(P, "alice", msgs::remove_consumer(&address(P, "alice"), "1"));
    assert_eq!(net.phase("1"), "STOPPED");
    assert_all_come_back(&net, "stopped");
    net.days(22);
    assert_eq!(net.phase("1"), "DELETED");
    assert_all_come_back(&net, "deleted");
}

/// Disks that are given.
struct Given(BTreeMap<String, Arc<dyn Disk>>);

impl DiskFactory for Given {
    fn disk(&mut self, chain_id: &str) -> Result<Arc<dyn Disk>, DiskError> {
        Ok(Arc::clone(
            self.0
                .entry(chain_id.to_owned())
                .or_insert_with(|| Arc::new(ics_world::disk::MemoryDisk::default())),
        ))
    }

    fn stored(&mut self, chain_id: &str) -> Result<Option<Arc<dyn Disk>>, DiskError> {
        Ok(self.0.get(chain_id).cloned())
    }
}

/// The network again, with the chains of these places begun anew from their documents, the others as their disks have them.
fn restarted(net: &Net, imported: &[ChainIndex]) -> Net {
    let mut disks: BTreeMap<String, Arc<dyn Disk>> = BTreeMap::new();
    for (index, site) in net.world.sites().iter().enumerate() {
        let disk: Arc<dyn Disk> = if imported.contains(&ChainIndex(index)) {
            let disk = ics_world::disk::MemoryDisk::default();
            found(&disk, &document(site), site.consumer_id()).unwrap();
            disk.write(past(&**site.disk())).unwrap();
            Arc::new(disk)
        } else {
            Arc::clone(site.disk())
        };
        disks.insert(site.chain_id().to_owned(), disk);
    }
    let world = World::local(net.now, Box::new(Given(disks))).unwrap();
    Net { world, now: net.now, log: Vec::new() }
}

/// The blocks of a chain and what belongs to them, as an archive keeps them for relayers: they need the sets and the events
/// of heights before the document.
fn past(disk: &dyn Disk) -> Batch {
    let mut past = Batch::default();
    for table in
        ["engine_blocks", "engine_results", "engine_turns", "engine_members", "engine_params", "engine_txs"]
    {
        for (key, value) in disk.rows(table, KeyRange::prefix(&[]), usize::MAX).unwrap() {
            past.put(table, key, value);
        }
    }
    past
}

fn document(site: &Site) -> Genesis {
    site.export().unwrap()
}

fn goes_on(imported: &[ChainIndex]) {
    let before = Net::ready();
    let heights: Vec<Height> = before.world.sites().iter().map(Site::height).collect();
    let mut net = restarted(&before, imported);
    net.until("all three run", 12, |net| {
        net.world.sites().len() == 3 && net.world.sites().iter().all(|site| site.height() > Height(0))
    });
    net.step();
    for (index, was) in heights.iter().enumerate() {
        assert!(net.height(ChainIndex(index)) > *was, "heights go on");
    }
    let val1 = own("val1").address();
    let had = net.next_powers(C1)[&val1];
    net.delegate("alice", "val1", 25_000_000);
    net.until("the power arrives", 30, |net| net.next_powers(C1).get(&val1) == Some(&(had + 25)));
    net.until("on both", 10, |net| net.next_powers(C2).get(&val1) == Some(&(had + 25)));
    // Unbonding periods later the clients still follow, and what was under way is settled.
    for _ in 0..25 {
        net.leap(DAY);
    }
    net.delegate("bob", "val1", 5_000_000);
    net.until("and again", 30, |net| net.next_powers(C1).get(&val1) == Some(&(had + 30)));
    assert_eq!(net.failures(0), [] as [&str; 0]);
    assert_eq!(net.phase("0"), "LAUNCHED");
}

#[test]
fn the_whole_network_goes_on_from_its_documents() {
    goes_on(&[P, C1, C2]);
}

#[test]
fn a_provider_goes_on_from_its_document_while_its_consumers_run() {
    goes_on(&[P]);
}

#[test]
fn a_consumer_goes_on_from_its_document_while_its_provider_runs() {
    goes_on(&[C1]);
}
