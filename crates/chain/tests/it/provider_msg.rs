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
