//! Events of the provider's messages: type, names and order of attributes as a network of the reference recorded them.

use crate::base_chain::*;
use crate::provider_chain::*;
use crate::provider_query::recording;
use ics_abci::TxResult;
use serde_json::{Value, json};

/// The names of the attributes of the first event of a kind.
fn names(result: &TxResult, kind: &str) -> Vec<String> {
    let event = result.events.iter().find(|event| event.kind == kind).unwrap_or_else(|| panic!("no {kind}"));
    event.attributes.iter().map(|attribute| attribute.key.clone()).collect()
}

fn recorded(file: &str, kind: &str) -> Vec<String> {
    let (_, value) = recording(&format!("txs/{file}.json"));
    let events = value["rpc_tx"]["tx_result"]["events"].as_array().unwrap();
    let event =
        events.iter().find(|event| event["type"] == kind).unwrap_or_else(|| panic!("{file}: no {kind}"));
    let attributes = event["attributes"].as_array().unwrap().iter();
    attributes.map(|attribute| attribute["key"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn events_of_messages_have_the_recorded_attributes_in_their_order() {
    let mut chain = provider();
    let init_with = |spawn: &str| {
        json!({"submitter": address(OWNER), "chain_id": "consumer-1",
        "metadata": metadata(), "initialization_parameters": init(spawn)})
    };
    let of = |validator: u8, key: Value| {
        json!({"provider_addr": valoper(validator), "signer": address(validator),
        "consumer_id": "0", "consumer_key": key})
    };
    let key = |index: u8| {
        use base64::Engine;
        let key = base64::engine::general_purpose::STANDARD.encode(consumer_key(index).bytes());
        Value::from(json!({"@type": "/cosmos.crypto.ed25519.PubKey", "key": key}).to_string())
    };
    let updated = |part: &str, value: Value| {
        let mut message = json!({"owner": address(OWNER), "consumer_id": "0"});
        message[part] = value;
        message
    };
    let mut whole = updated("initialization_parameters", init(PAST));
    whole["metadata"] = metadata();
    whole["power_shaping_parameters"] = json!({"validators_power_cap": 0});
    let opt_out = json!({"provider_addr": valoper(1), "signer": address(1), "consumer_id": "0"});
    let remove = json!({"owner": address(OWNER), "consumer_id": "0"});
    let steps: Vec<(&str, &str, u8, &str, Value)> = vec![
        ("01_create_consumer_0", "create_consumer", OWNER, "MsgCreateConsumer", init_with(FUTURE)),
        ("16_create_consumer_3_minimal", "create_consumer", OWNER, "MsgCreateConsumer", init_with("")),
        ("03_opt_in_alice_with_key", "opt_in", 0, "MsgOptIn", of(0, key(0))),
        ("05_opt_in_bob_no_key", "opt_in", 1, "MsgOptIn", of(1, json!(""))),
        ("06_assign_key_bob", "assign_consumer_key", 1, "MsgAssignConsumerKey", of(1, key(1))),
        (
            "17_update_new_chain_id",
            "update_consumer",
            OWNER,
            "MsgUpdateConsumer",
            updated("new_chain_id", json!("next-1")),
        ),
        (
            "42_update_spawn_again",
            "update_consumer",
            OWNER,
            "MsgUpdateConsumer",
            updated("initialization_parameters", init(FUTURE)),
        ),
        ("08_update_consumer_spawn_now", "update_consumer", OWNER, "MsgUpdateConsumer", whole),
        (
            "07_set_commission_rate_alice",
            "set_consumer_commission_rate",
            0,
            "MsgSetConsumerCommissionRate",
            json!({"provider_addr": valoper(0), "signer": address(0), "consumer_id": "0", "rate": "0.07"}),
        ),
        ("11_opt_out_bob", "opt_out", 1, "MsgOptOut", opt_out),
        (
            "18_update_infraction_params_launched",
            "update_consumer",
            OWNER,
            "MsgUpdateConsumer",
            updated(
                "infraction_parameters",
                json!({"downtime": {"slash_fraction": "0.01", "jail_duration": "20s"}}),
            ),
        ),
        (
            "19_update_power_shaping_allowdeny",
            "update_consumer",
            OWNER,
            "MsgUpdateConsumer",
            updated("power_shaping_parameters", json!({"min_stake": "1"})),
        ),
        (
            "21_update_owner_to_gov",
            "update_consumer",
            OWNER,
            "MsgUpdateConsumer",
            updated("new_owner_address", json!(address(OWNER))),
        ),
        ("25_remove_consumer_0", "remove_consumer", OWNER, "MsgRemoveConsumer", remove),
    ];
    for (file, kind, signer, message, members) in steps {
        let result = tell(&mut chain, signer, message, &members);
        assert_eq!(outcome(&result), good(), "{file}");
        assert_eq!(names(&result, kind), recorded(file, kind), "{file}");
    }
}
