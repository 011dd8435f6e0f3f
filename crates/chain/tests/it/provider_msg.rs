//! Messages of the provider as transactions: what governance says, what becomes of parts that transactions leave out.

use crate::base_chain::*;
use crate::provider_chain::*;
use ics_abci::{Height, module_address};
use ics_chain::roles::PROVIDER;
use ics_chain::route::MsgRoute;
use ics_chain::{BlockInfo, ChainConfig, Ctx, Error};
use ics_kv::Journal;
use serde_json::{Value, json};
use std::sync::Arc;

fn route(url: &str) -> &'static MsgRoute {
    PROVIDER.msgs.iter().flat_map(|table| table.iter()).find(|route| route.url == url).unwrap()
}

/// Runs a message on the chain's state as governance does, without a transaction; gives what is asked of that state.
fn run<T>(chain: &Chain, name: &str, members: &Value, ask: impl FnOnce(&Ctx<'_>) -> T) -> Result<T, Error> {
    let message = message(name, members);
    let config = ChainConfig {
        chain_id: CHAIN_ID.into(),
        prefix: "cosmos",
        initial_height: Height(1),
        ports: PROVIDER.ports,
        msgs: PROVIDER.msgs,
        electorate: PROVIDER.electorate,
        rules: ics_ccv::Rules::default(),
    };
    let block = BlockInfo {
        height: chain.app.height().next(),
        time: chain.now,
        app_hash: chain.app.app_hash(),
        next_validators_hash: [2; 32],
        proposer: ics_abci::ConsAddr([3; 20]),
        votes: vec![],
        genesis: false,
    };
    let mut ctx = Ctx::resume(&config, &block, Journal::new(Arc::new(chain.state())));
    let route = route(&message.type_url);
    assert_eq!((route.check)(&config, &message.value).map(|signers| signers.len()), Ok(1));
    (route.run)(&mut ctx, &message.value)?;
    Ok(ask(&ctx))
}

fn params(chain: &Chain) -> Value {
    let (answer, _) = chain.app.reader().call(&format!("/{MSG}Query/QueryParams"), &[], Height(0)).unwrap();
    let text = ics_proto::json::to_json(&format!("{MSG}QueryParamsResponse"), &answer).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["params"].take()
}

fn stored(ctx: &Ctx<'_>) -> ics_ccv::provider::params::Params {
    // The protocol's keys stand behind the name of its store.
    let value = ics_kv::Read::get(ctx, b"provider/\x01").unwrap();
    ics_kv::Value::from_value(&value).unwrap()
}

#[test]
fn governance_replaces_the_providers_parameters_as_a_whole() {
    let chain = provider();
    let gov = module_address("gov").to_text("cosmos");
    let mut wanted = params(&chain);
    wanted["blocks_per_epoch"] = json!("7");
    wanted["template_client"]["max_clock_drift"] = json!("20s");
    wanted["consumer_reward_denom_registration_fee"] = json!({"denom": "untrn", "amount": "5"});
    let message = json!({"authority": gov, "params": wanted});
    let (before, after) = (
        run(&chain, "MsgUpdateParams", &json!({"authority": gov, "params": params(&chain)}), stored).unwrap(),
        run(&chain, "MsgUpdateParams", &message, stored).unwrap(),
    );
    assert_eq!((before.blocks_per_epoch, after.blocks_per_epoch), (600, 7));
    assert_eq!(after.template_client.max_clock_drift.0, 20_000_000_000);
    assert_eq!(after.template_client.proof_specs, before.template_client.proof_specs);
    assert_eq!(after.consumer_reward_denom_registration_fee, (5, "untrn".to_owned()));

    // What is left out is nothing, not what there was.
    let mut partial = wanted.clone();
    partial.as_object_mut().unwrap().remove("blocks_per_epoch");
    let refused = run(&chain, "MsgUpdateParams", &json!({"authority": gov, "params": partial}), |_| ());
    assert_eq!(refused, Err(Error::refused("undefined", 1, "BlocksPerEpoch: must be positive")));
    partial.as_object_mut().unwrap().remove("template_client");
    let refused = run(&chain, "MsgUpdateParams", &json!({"authority": gov, "params": partial}), |_| ());
    assert_eq!(refused, Err(Error::invalid_request("template client is nil")));
}

#[test]
fn nobody_but_governance_replaces_them() {
    let mut chain = provider();
    let message = json!({"authority": address(1), "params": params(&chain)});
    let result = tell(&mut chain, 1, "MsgUpdateParams", &message);
    let gov = module_address("gov").to_text("cosmos");
    let (codespace, code, log) = outcome(&result);
    assert_eq!((codespace.as_str(), code), ("gov", 13));
    let words = format!(
        "invalid authority; expected {gov}, got {}: expected gov account as only signer for proposal message",
        address(1)
    );
    assert!(log.ends_with(&words), "{log}");
}

/// The refusal that a recording shows: codespace and code.
fn recorded(name: &str) -> (String, u32) {
    fn find(value: &Value) -> Option<(String, u32)> {
        match value {
            Value::Object(members) => {
                let code = members.get("code").and_then(Value::as_u64).filter(|code| *code != 0);
                let space =
                    members.get("codespace").and_then(Value::as_str).filter(|space| !space.is_empty());
                match (space, code) {
                    (Some(space), Some(code)) => Some((space.to_owned(), u32::try_from(code).unwrap())),
                    _ => members.values().find_map(find),
                }
            }
            Value::Array(items) => items.iter().find_map(find),
            _ => None,
        }
    }
    let path = format!("{}/../../recordings/errors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    find(&serde_json::from_str(&text).unwrap()).unwrap_or_else(|| panic!("{name} shows no refusal"))
}

#[test]
fn recorded_refusals_have_the_same_codes_here() {
    let mut chain = provider();
    create(&mut chain, "consumer-1", &init(FUTURE));
    opt_in(&mut chain, 0, "0", Some(consumer_key(0)));
    update(&mut chain, "0", "initialization_parameters", &init(PAST));
    chain.block(&[]);
    create(&mut chain, "waits-1", &init(FUTURE));
    let key = |index: u8| {
        use base64::Engine;
        let key = base64::engine::general_purpose::STANDARD.encode(cons_key(index).bytes());
        json!({"@type": "/cosmos.crypto.ed25519.PubKey", "key": key}).to_string()
    };
    let assigned = {
        use base64::Engine;
        let key = base64::engine::general_purpose::STANDARD.encode(consumer_key(0).bytes());
        json!({"@type": "/cosmos.crypto.ed25519.PubKey", "key": key}).to_string()
    };
    let of_validator = |validator: u8, id: &str, key: &str| {
        json!({"provider_addr": valoper(validator), "signer": address(validator), "consumer_id": id,
            "consumer_key": key})
    };
    let opt_out = |id: &str| json!({"provider_addr": valoper(1), "signer": address(1), "consumer_id": id});
    let created = |chain_id: &str, part: &str, value: Value| {
        let mut message = json!({"submitter": address(OWNER), "chain_id": chain_id, "metadata": metadata()});
        message[part] = value;
        message
    };
    let updated = |owner: u8, id: &str, part: &str, value: Value| {
        let mut message = json!({"owner": address(owner), "consumer_id": id});
        message[part] = value;
        message
    };
    let removed = |id: &str| json!({"owner": address(OWNER), "consumer_id": id});
    let mut bad_revision = init("");
    bad_revision["initial_height"]["revision_number"] = json!("2");
    let mut bad_fraction = init("");
    bad_fraction["consumer_redistribution_fraction"] = json!("1.5");
    let stopped = "update_stopped";
    let cases: Vec<(&str, u8, &str, Value)> = vec![
        ("assign_key_in_use_by_other", 1, "MsgAssignConsumerKey", of_validator(1, "0", &assigned)),
        ("opt_in_other_validators_provider_key", 1, "MsgOptIn", of_validator(1, "0", &key(0))),
        ("opt_in_unknown_consumer", 1, "MsgOptIn", of_validator(1, "77", "")),
        ("opt_in_not_validator", 3, "MsgOptIn", of_validator(3, "0", "")),
        ("opt_out_not_opted_in", 1, "MsgOptOut", opt_out("1")),
        (
            "create_consumer_bad_revision",
            OWNER,
            "MsgCreateConsumer",
            created("consumer-1", "initialization_parameters", bad_revision),
        ),
        (
            "onchain_create_bad_fraction",
            OWNER,
            "MsgCreateConsumer",
            created("consumer-1", "initialization_parameters", bad_fraction),
        ),
        (
            "onchain_create_empty_chain_id",
            OWNER,
            "MsgCreateConsumer",
            created("", "initialization_parameters", Value::Null),
        ),
        (
            "onchain_create_reserved_chain_id",
            OWNER,
            "MsgCreateConsumer",
            created("neutron-1", "initialization_parameters", Value::Null),
        ),
        (
            "onchain_create_no_metadata",
            OWNER,
            "MsgCreateConsumer",
            created("consumer-1", "metadata", json!({})),
        ),
        (
            "onchain_create_topn",
            OWNER,
            "MsgCreateConsumer",
            created("consumer-1", "power_shaping_parameters", json!({"top_N": 60})),
        ),
        ("update_wrong_owner", 3, "MsgUpdateConsumer", updated(3, "0", "metadata", metadata())),
        (
            "update_bad_new_owner",
            OWNER,
            "MsgUpdateConsumer",
            updated(OWNER, "0", "new_owner_address", json!("notanaddress")),
        ),
        (
            "update_init_params_launched",
            OWNER,
            "MsgUpdateConsumer",
            updated(OWNER, "0", "initialization_parameters", init(PAST)),
        ),
        (
            "update_topn_not_gov",
            OWNER,
            "MsgUpdateConsumer",
            updated(OWNER, "0", "power_shaping_parameters", json!({"top_N": 60})),
        ),
        ("remove_not_launched", OWNER, "MsgRemoveConsumer", removed("1")),
        ("remove_unknown", OWNER, "MsgRemoveConsumer", removed("77")),
        (stopped, OWNER, "MsgUpdateConsumer", updated(OWNER, "0", "metadata", metadata())),
    ];
    for (name, signer, message, members) in cases {
        if name == stopped {
            told(&mut chain, OWNER, "MsgRemoveConsumer", &removed("0"));
        }
        let (space, code, log) = outcome(&tell(&mut chain, signer, message, &members));
        assert_eq!((space, code), recorded(name), "{name}: {log}");
    }
}

#[test]
fn k_1_a_validator_created_with_a_key_assigned_somewhere_is_refused_and_nothing_is_left_of_it() {
    let mut chain = provider();
    create(&mut chain, "consumer-1", &init(""));
    // The key that account 3's validator would have.
    opt_in(&mut chain, 0, "0", Some(cons_key(3)));
    let bonded = chain.pools();
    let (space, code, log) = outcome(&chain.deliver(&Draft::create_validator(3, 5_000_000)));
    assert_eq!((space.as_str(), code), ("provider", 10), "{log}");
    assert_eq!(chain.pools(), bonded);
    // Nobody holds this one.
    assert_eq!(outcome(&chain.deliver(&Draft::create_validator(4, 5_000_000))), good());
}
