//! What Prometheus reads of a local network: the numbers of the chains as their RPC tells them.

use crate::localnet::{Localnet, wait_for};
use std::collections::BTreeMap;

/// A page's numbers by name and labels.
fn numbers(url: &str) -> BTreeMap<String, f64> {
    let mut response = ureq::get(url).call().unwrap();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert_eq!(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let page = response.body_mut().read_to_string().unwrap();
    assert!(page.ends_with("# EOF\n"), "{page}");
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let number = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    lines.map(number).collect()
}

#[test]
fn a_local_network_tells_prometheus_what_its_chains_do() {
    let network = Localnet::ready();
    let lines = network.lines();
    let url = lines.iter().find_map(|line| line.strip_prefix("metrics     ")).unwrap().to_owned();
    let provider = lines.iter().find_map(|line| line.strip_prefix("provider-1  rpc ")).unwrap();
    let rpc = provider.split("  ").next().unwrap();
    let height = || {
        let text = ureq::get(format!("{rpc}/status")).call().unwrap().body_mut().read_to_string().unwrap();
        let status: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(status["result"]["sync_info"]["catching_up"], false);
        status["result"]["sync_info"]["latest_block_height"].as_str().unwrap().parse::<f64>().unwrap()
    };
    let before = height();
    let first = numbers(&url);
    let of = |name: &str, chain: &str| format!("{name}{{chain_id=\"{chain}\"}}");
    let told = first[&of("cometbft_consensus_height", "provider-1")];
    assert!(before <= told && told <= height(), "{before} {told}");
    assert_eq!(first[&of("cometbft_consensus_validators", "provider-1")], 4.0);
    assert_eq!(first[&of("cometbft_consensus_validators_power", "provider-1")], 340.0);
    assert_eq!(first[&of("cometbft_consensus_missing_validators", "provider-1")], 0.0);
    assert!(first[&of("cometbft_consensus_block_size_bytes", "provider-1")] > 100.0);
    assert_eq!(first[&of("cometbft_blocksync_syncing", "provider-1")], 0.0);
    assert_eq!(first[&of("cometbft_consensus_validators", "consumer-2")], 3.0);
    assert!(first[&of("cometbft_consensus_total_txs", "consumer-1")] > 0.0, "the handshake was counted");
    assert_eq!(first[&of("ccv_gate_open", "consumer-1")], 1.0);
    let launched =
        "ccv_consumer_phase{chain_id=\"provider-1\",consumer_id=\"1\",consumer_chain_id=\"consumer-2\"}";
    assert_eq!(first[launched], 3.0);
    // The numbers go on with the chain.
    wait_for("later block", || (height() > told).then_some(()));
    let later = numbers(&url);
    assert!(later[&of("cometbft_consensus_height", "provider-1")] > told);
    let blocks = of("cometbft_consensus_block_interval_seconds_count", "provider-1");
    assert!(later[&blocks] > first[&blocks], "{later:?}");
    assert!(later[&of("cometbft_state_block_processing_time_count", "provider-1")] > 0.0);
}
