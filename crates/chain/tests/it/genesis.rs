//! A chain that is exported goes on elsewhere: no row is lost, and what happens next is what would have happened.

use crate::base_chain::{Chain, Draft, address, coin, config, genesis, valoper};
use crate::gov_chain::{must_vote, propose, quick};
use ics_abci::{Application, Genesis, Halt, Params};
use ics_chain::modules::bank::SendEnabled;
use ics_chain::roles::{CONSUMER, PROVIDER, STANDALONE};
use ics_chain::{App, Config, Role};
use ics_client::msgs::{self, VoteOption};
use ics_kv::{Bytes, KeyRange, Read};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// Rows that a chain writes anew where they are missing: that staking has worked its set out, which saves the first block
/// nothing but reading.
const REBUILT: [&[u8]; 1] = [b"staking/\x0d"];

/// Every row of every store, but for those that are rebuilt.
fn rows(app: &App, role: &Role) -> BTreeMap<Bytes, Bytes> {
    let state = app.state();
    let stores = role.stores.iter().chain(&["headers"]);
    let rows = stores.flat_map(|store| state.scan(KeyRange::prefix(format!("{store}/").as_bytes())));
    rows.filter(|(key, _)| !REBUILT.contains(&&**key)).collect()
}

/// A chain that begins where a document says.
fn import(document: &Genesis, role: &'static Role, like: &Config) -> Result<App, Halt> {
    let mut app = App::new(Config { initial_height: document.initial_height, ..like.clone() }, role);
    app.init_chain(document).map(|_| app)
}

fn sections(document: &Genesis) -> Value {
    serde_json::from_slice(&document.app_state).unwrap()
}

/// A chain with stake in every state that it can be in.
fn lived() -> Chain {
    let mut chain = quick(|state| {
        state.bank.params.default_send_enabled = false;
        state.bank.send_enabled = vec![SendEnabled { denom: "stake".into(), enabled: true }];
    });
    for draft in [
        Draft::send(2, 3, 1_234),
        Draft::create_validator(2, 50_000_000),
        Draft::delegate(3, 1, 7_000_003),
        Draft::delegate(3, 2, 5_000_000),
        Draft::undelegate(3, 1, 1_000_001),
        Draft::of(3, vec![msgs::redelegate(&address(3), &valoper(1), &valoper(0), &coin(1_000_000))]),
        // The second validator keeps too little of its own: it is jailed and leaves the set.
        Draft::undelegate(1, 1, 90_000_000),
        Draft::undelegate(3, 1, 2),
    ] {
        assert_eq!(chain.deliver(&draft).log, "");
    }
    // One proposal waits for deposits, one is voted on.
    propose(&mut chain, 2, 500_000, vec![]);
    let open = propose(&mut chain, 2, 2_000_000, vec![]);
    must_vote(&mut chain, 0, open, VoteOption::Yes);
    chain
}

#[test]
fn every_row_of_an_exported_chain_is_there_again() {
    let chain = lived();
    let document = chain.app.export(&Params::default()).unwrap();
    assert_eq!((document.chain_id.as_str(), document.initial_height), ("base-1", chain.app.height().next()));
    assert_eq!(document.time.to_string(), "2024-01-01T00:00:11.501Z", "a millisecond after the last block");
    let copy = import(&document, &STANDALONE, &config()).unwrap();
    assert_eq!(rows(&copy, &STANDALONE), rows(&chain.app, &STANDALONE));
    assert_eq!(copy.export(&Params::default()).unwrap(), document, "the same text again");
}

#[test]
fn after_an_import_the_same_transactions_do_the_same() {
    let mut chain = lived();
    let document = chain.app.export(&Params::default()).unwrap();
    let mut copy = Chain::resume(import(&document, &STANDALONE, &config()).unwrap(), chain.now);
    let drafts = [
        Draft::delegate(2, 0, 9_000_000),
        Draft::undelegate(3, 2, 3_000_000),
        Draft::send(4, 0, 99),
        Draft::create_validator(4, 200_000_000),
        Draft::undelegate(2, 2, 50_000_000),
        Draft::undelegate(3, 1, 1),
    ];
    let mut changes = 0;
    for step in 0..60_usize {
        let txs: Vec<Vec<u8>> =
            drafts.get(step / 2).filter(|_| step % 2 == 0).map(|d| d.sign(&chain)).into_iter().collect();
        let (went_on, began_again) = (chain.block(&txs), copy.block(&txs));
        assert_eq!(went_on.txs, began_again.txs, "block {step}");
        assert_eq!(went_on.events, began_again.events, "block {step}");
        assert_eq!(went_on.validators, began_again.validators, "block {step}");
        changes += went_on.validators.len();
        // Two days a block after the transactions: unbondings come due.
        if step > 12 {
            chain.pass(Duration::from_secs(2 * 86_400));
            copy.pass(Duration::from_secs(2 * 86_400));
        }
    }
    assert!(changes >= 4, "{changes}");
    let differing = |app: &App| {
        rows(app, &STANDALONE)
            .into_iter()
            .filter(|(key, _)| !key.starts_with(b"headers/"))
            .collect::<Vec<_>>()
    };
    assert_eq!(differing(&chain.app), differing(&copy.app), "only headers differ, for they carry app hashes");
}

#[test]
fn a_document_is_in_the_sdks_form() {
    let state = sections(&lived().app.export(&Params::default()).unwrap());
    let recorded: Value = serde_json::from_str(&recording("provider_genesis.json")).unwrap();
    for section in ["auth", "bank", "staking"] {
        let keys = |state: &Value| state[section].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&state), keys(&recorded["app_state"]), "{section}");
    }
    assert_eq!(
        state["auth"]["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .find(|account| account["name"] == "bonded_tokens_pool"),
        Some(&json!({
            "@type": "/cosmos.auth.v1beta1.ModuleAccount",
            "base_account": {
                "address": "cosmos1fl48vsnmsdzcv85q5d2q4z5ajdha8yu34mf0eh",
                "pub_key": null,
                "account_number": "6",
                "sequence": "0",
            },
            "name": "bonded_tokens_pool",
            "permissions": ["burner", "staking"],
        }))
    );
    assert_eq!(state["bank"]["params"], json!({"send_enabled": [], "default_send_enabled": false}));
    let staking = &state["staking"];
    assert_eq!(staking["exported"], json!(true));
    assert_eq!(
        staking["unbonding_delegations"]
            .as_array()
            .unwrap()
            .iter()
            .find(|of| of["delegator_address"] == address(3).as_str()),
        Some(&json!({
            "delegator_address": address(3),
            "validator_address": valoper(1),
            "entries": [
                {
                    "creation_height": "6",
                    "completion_time": "2024-01-22T00:00:05.500Z",
                    "initial_balance": "1000001",
                    "balance": "1000001",
                    "unbonding_id": "1",
                    "unbonding_on_hold_ref_count": "0",
                },
                {
                    "creation_height": "9",
                    "completion_time": "2024-01-22T00:00:08.500Z",
                    "initial_balance": "2",
                    "balance": "2",
                    "unbonding_id": "4",
                    "unbonding_on_hold_ref_count": "0",
                },
            ],
        }))
    );
    assert_eq!(
        staking["redelegations"],
        json!([{
            "delegator_address": address(3),
            "validator_src_address": valoper(1),
            "validator_dst_address": valoper(0),
            "entries": [{
                "creation_height": "7",
                "completion_time": "2024-01-22T00:00:06.500Z",
                "initial_balance": "1000000",
                "shares_dst": "1000000.000000000000000000",
                "unbonding_id": "2",
                "unbonding_on_hold_ref_count": "0",
            }],
        }])
    );
    assert_eq!(state["staking_state"], json!({"last_unbonding_id": "4"}));
}

/// The document with something in its sections changed.
fn with(document: &Genesis, change: impl FnOnce(&mut Value)) -> Genesis {
    let mut state = sections(document);
    change(&mut state);
    Genesis { app_state: state.to_string().into_bytes(), ..document.clone() }
}

#[test]
fn hostile_documents_are_refused_where_they_are_wrong() {
    let document = lived().app.export(&Params::default()).unwrap();
    let refused = |change: &dyn Fn(&mut Value)| {
        import(&with(&document, change), &STANDALONE, &config()).map(|_| ()).unwrap_err().0
    };
    let set = |pointer: &'static str, value: Value| {
        let found = refused(&move |state: &mut Value| *state.pointer_mut(pointer).unwrap() = value.clone());
        found.strip_prefix("genesis: ").unwrap().to_owned()
    };
    for (pointer, value, expected) in [
        (
            "/staking",
            json!(7),
            "app_state.staking: invalid type: integer `7`, expected struct StakingGenesis: invalid request",
        ),
        (
            "/staking/validators/0/status",
            json!("BOND"),
            "staking.validators[0]: \"BOND\" is no status: invalid request",
        ),
        (
            "/staking/last_total_power",
            json!("1"),
            "staking.last_total_power: not the sum of last_validator_powers: invalid request",
        ),
        (
            "/staking/last_validator_powers/0/power",
            json!("-1"),
            "staking.last_validator_powers[0]: not the power, once, of a bonded validator: invalid request",
        ),
        (
            "/staking/unbonding_delegations/0/entries/0/unbonding_id",
            json!("0"),
            "staking.unbonding_delegations[0].entries[0]: the id must be 1 or more, and no other's: invalid request",
        ),
        (
            "/staking/delegations/0/validator_address",
            json!("cosmosvaloper1"),
            "staking.delegations[0]: decoding bech32 failed: invalid checksum: the checksummed string is not a valid length: invalid request",
        ),
        (
            "/staking/redelegations/0/entries/0/unbonding_id",
            json!("1"),
            "staking.redelegations[0].entries[0]: the id must be 1 or more, and no other's: invalid request",
        ),
        (
            "/staking/redelegations/0/entries",
            json!([]),
            "staking.redelegations[0]: not what went, told once, from one validator to another: invalid request",
        ),
        (
            "/staking/exported",
            json!(false),
            "staking holds the stake of a chain: it must be marked exported: invalid request",
        ),
        (
            "/auth/accounts/0/@type",
            json!("/x.Vesting"),
            "app_state.auth: unknown variant `/x.Vesting`, expected `/cosmos.auth.v1beta1.BaseAccount` or `/cosmos.auth.v1beta1.ModuleAccount`: invalid request",
        ),
        (
            "/headers/1/height",
            json!("1"),
            "headers[1]: heights must ascend, below that of the first block: invalid request",
        ),
        ("/headers/0/app_hash", json!("AAAA"), "headers[0]: a hash has 32 bytes: invalid request"),
        (
            "/bank/send_enabled/0/denom",
            json!("1"),
            "bank.send_enabled[0]: not a denomination, once: 1: invalid request",
        ),
    ] {
        assert_eq!(set(pointer, value), expected, "{pointer}");
    }
    let pools = set("/staking/validators/0/tokens", json!("1"));
    assert!(pools.starts_with("staking.validators: "), "{pools}");
    let other = Genesis { validators: document.validators[..1].to_vec(), ..document.clone() };
    assert_eq!(
        import(&other, &STANDALONE, &config()).map(|_| ()),
        Err(Halt("genesis: its validators are not those of its app_state".into()))
    );
}

#[test]
fn no_document_of_any_shape_makes_the_chain_panic() {
    let document = lived().app.export(&Params::default()).unwrap();
    let state = sections(&document);
    let mut pointers = Vec::new();
    paths(&state, String::new(), &mut pointers);
    assert!(pointers.len() > 200, "{}", pointers.len());
    for pointer in pointers {
        for value in [json!(null), json!(-1), json!("x"), json!([]), json!({}), json!("18446744073709551615")]
        {
            let hostile = with(&document, |state| *state.pointer_mut(&pointer).unwrap() = value);
            let _: Result<App, Halt> = import(&hostile, &STANDALONE, &config());
        }
    }
}

/// Where values stand in a document; of long lists only the first three.
fn paths(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, below)| paths(below, format!("{at}/{}", name.replace('/', "~1")), found)),
        Value::Array(items) => {
            items.iter().take(3).enumerate().for_each(|(i, below)| paths(below, format!("{at}/{i}"), found))
        }
        _ => {}
    }
    if !at.is_empty() {
        found.push(at);
    }
}

fn recording(name: &str) -> String {
    let path = format!("{}/../../recordings/genesis/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn reference(
    name: &str,
    prefix: &'static str,
    role: &'static Role,
    amend: impl FnOnce(&mut Value),
) -> Result<App, Halt> {
    let recorded: Value = serde_json::from_str(&recording(name)).unwrap();
    let mut state = recorded["app_state"].clone();
    amend(&mut state);
    let chain_id = recorded["chain_id"].as_str().unwrap().to_owned();
    let document = Genesis {
        chain_id: chain_id.clone(),
        app_state: state.to_string().into_bytes(),
        ..genesis(&crate::base_chain::app_state())
    };
    import(&document, role, &Config { chain_id, prefix, ..config() })
}

#[test]
fn a_genesis_of_the_references_provider_begins_here_and_goes_out_in_its_form() {
    let app = reference("provider_genesis.json", "cosmos", &PROVIDER, |_| {}).unwrap();
    let out = sections(&app.export(&Params::default()).unwrap());
    let recorded: Value = serde_json::from_str(&recording("provider_genesis.json")).unwrap();
    assert_eq!(out["ibc"], recorded["app_state"]["ibc"]);
    assert_eq!(out["transfer"], recorded["app_state"]["transfer"]);
    let mut expected = recorded["app_state"]["provider"].clone();
    expected["params"] = out["provider"]["params"].clone();
    assert_eq!(out["provider"], expected, "but for parameters that the document left out");
}

#[test]
fn a_genesis_of_the_references_consumer_begins_here() {
    let app = reference("consumer_genesis.json", "consumer", &CONSUMER, |_| {}).unwrap();
    let document = app.export(&Params::default()).unwrap();
    assert_eq!(document.validators.len(), 2);
}

fn module(name: &str) -> Value {
    serde_json::from_str(&recording(name)).unwrap()
}

#[test]
fn the_references_export_of_a_provider_is_taken_without_its_consumers_only() {
    let refused = reference("provider_genesis.json", "cosmos", &PROVIDER, |state| {
        state["provider"] = module("export_run1_provider_module.json");
    });
    assert_eq!(
        refused.map(|_| ()),
        Err(Halt(
            "genesis: section provider: holds consumers without their owners, chain ids, opt-ins, sets and queues: \
             they cannot go on without section provider_state: invalid request"
                .into()
        ))
    );
    let app = reference("provider_genesis.json", "cosmos", &PROVIDER, |state| {
        state["provider"] = module("export_run1_provider_module.json");
        for consumers in [
            "consumer_states",
            "validator_consumer_pubkeys",
            "validators_by_consumer_addr",
            "consumer_addrs_to_prune_v2",
        ] {
            state["provider"][consumers] = json!([]);
        }
    })
    .unwrap();
    let out = sections(&app.export(&Params::default()).unwrap());
    let recorded = module("export_run1_provider_module.json");
    for field in ["valset_update_id", "valset_update_id_to_height", "params"] {
        assert_eq!(out["provider"][field], recorded[field], "{field}");
    }
}

#[test]
fn the_references_export_of_a_consumer_starts_again() {
    for (name, prefix) in
        [("export_run2_consumer_module.json", "consumer"), ("export_run2_democracy_module.json", "consumer")]
    {
        let app = reference("consumer_genesis.json", prefix, &CONSUMER, |state| {
            state["ccvconsumer"] = module(name);
        })
        .unwrap();
        let out = sections(&app.export(&Params::default()).unwrap());
        assert_eq!(out["ccvconsumer"], module(name), "{name}");
    }
    let waiting = reference("consumer_genesis.json", "consumer", &CONSUMER, |state| {
        state["ccvconsumer"] = module("export_run1_consumer_module.json");
    });
    assert_eq!(
        waiting.map(|_| ()),
        Err(Halt("genesis: sending pending_consumer_packets is not there yet: feature not supported".into()))
    );
}

#[test]
fn what_two_sections_say_of_one_thing_must_agree() {
    let app = reference("consumer_genesis.json", "consumer", &CONSUMER, |_| {}).unwrap();
    let document = app.export(&Params::default()).unwrap();
    let like = Config { chain_id: document.chain_id.clone(), prefix: "consumer", ..config() };
    let refused = |change: &dyn Fn(&mut Value)| {
        import(&with(&document, change), &CONSUMER, &like).map(|_| ()).unwrap_err().0
    };
    assert_eq!(
        refused(&|state| state["ccvconsumer"]["params"]["historical_entries"] = json!("1")),
        "genesis: ccvconsumer: says otherwise than ccvconsumer_state: invalid request"
    );
    let app = reference("provider_genesis.json", "cosmos", &PROVIDER, |_| {}).unwrap();
    let document = app.export(&Params::default()).unwrap();
    let like = Config { chain_id: document.chain_id.clone(), ..config() };
    let refused = |change: &dyn Fn(&mut Value)| {
        import(&with(&document, change), &PROVIDER, &like).map(|_| ()).unwrap_err().0
    };
    assert_eq!(
        refused(&|state| state["provider"]["params"]["blocks_per_epoch"] = json!("7")),
        "genesis: section provider: params: says otherwise than provider_state: invalid request"
    );
    assert_eq!(
        refused(&|state| state["provider_state"]["vsc_id"] = json!([])),
        "genesis: the provider module has no parameters: its genesis was not run"
    );
}

#[test]
fn an_unbegun_chain_has_nothing_to_export() {
    let app = App::new(config(), &STANDALONE);
    assert_eq!(
        app.export(&Params::default()).map(|_| ()).unwrap_err().to_string(),
        "the chain has no genesis yet: invalid height"
    );
}
