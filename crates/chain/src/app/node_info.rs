//! What relayers and wallets ask of a node before they trust it with anything.
//!
//! Source: Hermes' start-up and health check; the versions are those of the Cosmos software that this chain behaves as.

use super::Config;
use ics_proto::cosmos::base::node::v1beta1::ConfigResponse;
use ics_proto::cosmos::base::tendermint::v1beta1::{GetNodeInfoResponse, Module, VersionInfo};
use ics_proto::tendermint::p2p::{DefaultNodeInfo, DefaultNodeInfoOther, ProtocolVersion};

const SDK: (&str, &str) = ("github.com/cosmos/cosmos-sdk", "v0.50.13");
const IBC: (&str, &str) = ("github.com/cosmos/ibc-go/v8", "v8.7.0");
const COMET: (&str, &str) = ("github.com/cometbft/cometbft", "v0.38.17");

pub(super) fn node_info(config: &Config) -> GetNodeInfoResponse {
    let module = |(path, version): (&str, &str)| Module {
        path: path.to_owned(),
        version: version.to_owned(),
        sum: String::new(),
    };
    GetNodeInfoResponse {
        default_node_info: Some(DefaultNodeInfo {
            protocol_version: Some(ProtocolVersion { p2p: 8, block: 11, app: 0 }),
            default_node_id: String::new(),
            listen_addr: String::new(),
            network: config.chain_id.clone(),
            version: "0.38.17".to_owned(),
            channels: Vec::new(),
            moniker: config.moniker.clone(),
            other: Some(DefaultNodeInfoOther { tx_index: "on".to_owned(), rpc_address: String::new() }),
        }),
        application_version: Some(VersionInfo {
            name: "ics".to_owned(),
            app_name: "ics".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            git_commit: String::new(),
            build_tags: String::new(),
            go_version: String::new(),
            build_deps: vec![module(SDK), module(IBC), module(COMET)],
            cosmos_sdk_version: SDK.1.to_owned(),
        }),
    }
}

/// An archive forgets no height: 0 and 0, as the SDK writes `pruning = "nothing"`.
pub(super) fn node_config(config: &Config, is_archive: bool) -> ConfigResponse {
    let prices: Vec<String> =
        config.min_gas_prices.iter().map(|(denom, price)| format!("{price}{denom}")).collect();
    ConfigResponse {
        minimum_gas_price: prices.join(","),
        pruning_keep_recent: if is_archive { 0 } else { config.keep }.to_string(),
        pruning_interval: if is_archive { "0" } else { "1" }.to_owned(),
        halt_height: 0,
    }
}
