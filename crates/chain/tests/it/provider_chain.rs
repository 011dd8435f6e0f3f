//! A provider for tests, and its messages.

use crate::base_chain::*;
use ics_abci::{ConsAddr, ConsKey, TxResult};
use ics_chain::roles::PROVIDER;
use ics_proto::Any;
use serde_json::{Value, json};

pub const MSG: &str = "interchain_security.ccv.provider.v1.";
/// Owns the consumers of these tests.
pub const OWNER: u8 = 2;

pub fn provider() -> Chain {
    Chain::in_role(&PROVIDER, |_| {})
}

/// A message of the provider from its proto-JSON.
pub fn message(name: &str, members: &Value) -> Any {
    let value = ics_proto::json::from_json(&format!("{MSG}{name}"), &members.to_string()).unwrap();
    Any { type_url: format!("/{MSG}{name}"), value }
}

pub fn tell(chain: &mut Chain, signer: u8, name: &str, members: &Value) -> TxResult {
    let message = message(name, members);
    chain.deliver(&Draft::of(signer, vec![message]))
}

pub fn told(chain: &mut Chain, signer: u8, name: &str, members: &Value) {
    assert_eq!(outcome(&tell(chain, signer, name, members)), good(), "{name}");
}

pub fn metadata() -> Value {
    json!({"name": "one", "description": "first", "metadata": "{}"})
}

/// What consumers of these tests start with; "" for no spawn time.
pub fn init(spawn_time: &str) -> Value {
    let spawn_time = if spawn_time.is_empty() { "0001-01-01T00:00:00Z" } else { spawn_time };
    json!({
        "initial_height": {"revision_number": "1", "revision_height": "1"},
        "spawn_time": spawn_time,
        "unbonding_period": "72000s",
        "ccv_timeout_period": "2419200s",
        "transfer_timeout_period": "1800s",
        "consumer_redistribution_fraction": "0.75",
        "blocks_per_distribution_transmission": "20",
        "historical_entries": "10000",
    })
}

pub const PAST: &str = "2023-01-01T00:00:00.5Z";
pub const FUTURE: &str = "2033-01-01T00:00:00.5Z";

pub fn create(chain: &mut Chain, chain_id: &str, init: &Value) {
    let message = json!({
        "submitter": address(OWNER), "chain_id": chain_id, "metadata": metadata(), "initialization_parameters": init,
    });
    told(chain, OWNER, "MsgCreateConsumer", &message);
}

pub fn update(chain: &mut Chain, id: &str, part: &str, value: &Value) {
    let message = json!({"owner": address(OWNER), "consumer_id": id, part: value});
    told(chain, OWNER, "MsgUpdateConsumer", &message);
}

/// The key that validator `index` uses on consumers if it assigns one.
pub fn consumer_key(index: u8) -> ConsKey {
    ConsKey::Ed25519([index + 201; 32])
}

pub fn valcons(addr: ConsAddr) -> String {
    addr.to_text("cosmosvalcons")
}

pub fn opt_in(chain: &mut Chain, validator: u8, id: &str, key: Option<ConsKey>) {
    use base64::Engine;
    let key = key.map(|key| {
        let key = base64::engine::general_purpose::STANDARD.encode(key.bytes());
        json!({"@type": "/cosmos.crypto.ed25519.PubKey", "key": key}).to_string()
    });
    let message = json!({
        "provider_addr": valoper(validator), "consumer_id": id, "signer": address(validator),
        "consumer_key": key.unwrap_or_default(),
    });
    told(chain, validator, "MsgOptIn", &message);
}
