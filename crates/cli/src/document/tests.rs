//! Files as people write them, and as nobody should.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use ics_proto::json::to_json_of;
use proptest::prelude::*;
use serde_json::json;
use std::cell::Cell;

#[test]
fn a_file_of_any_bytes_is_refused_by_its_name_or_is_the_message() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("create.json");
    let read = || create_consumer(&file, "cosmos1");
    let good = r#"{"chain_id":"a-1","initialization_parameters":{"unbonding_period":1500000000}}"#;
    std::fs::write(&file, good).unwrap();
    assert_eq!(
        read().map(|message| (message.chain_id, message.submitter)).ok(),
        Some(("a-1".into(), "cosmos1".into()))
    );
    for at in 0..good.len() {
        for byte in [b'"', b'{', b'[', b'9', 0, 0xff] {
            let mut bytes = good.as_bytes().to_vec();
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            std::fs::write(&file, &bytes).unwrap();
            if let Err(Failure(why)) = read() {
                assert!(why.contains("create.json: "), "{why}");
            }
        }
    }
    for text in ["", "[]", "null", "{", &"[".repeat(1_000_000)] {
        std::fs::write(&file, text).unwrap();
        assert!(read().is_err());
    }
}

/// A create-consumer file with every kind of member.
fn good() -> Value {
    json!({
        "chain_id": "a-1",
        "metadata": {"name": "a", "description": "b", "metadata": "{}"},
        "initialization_parameters": {
            "initial_height": {"revision_number": 1, "revision_height": "1"},
            "genesis_hash": "AAE=",
            "binary_hash": null,
            "spawn_time": "2030-01-01T00:00:00Z",
            "unbonding_period": 1_500_000_000,
            "ccv_timeout_period": "2419200s",
            "transfer_timeout_period": -1,
            "consumer_redistribution_fraction": "0.75",
            "historical_entries": 10_000,
        },
        "power_shaping_parameters": {"top_N": 0, "allowlist": ["c"], "min_stake": "0", "allow_inactive_vals": true},
        "infraction_parameters": {"double_sign": {"slash_fraction": "0.05", "jail_duration": i64::MAX, "tombstone": true}},
        "allowlisted_reward_denoms": {"denoms": ["stake"]},
    })
}

/// Any JSON that is not too large.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        "-?[0-9]{1,22}(\\.[0-9]{1,12})?s?".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let members = prop::collection::vec(("[a-z_]{1,8}|jail_duration|top_N", inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| members.into_iter().collect::<Value>()),
        ]
    })
}

/// How many values a document has, itself among them.
fn count(value: &Value) -> usize {
    match value {
        Value::Object(members) => members.values().map(count).sum::<usize>().saturating_add(1),
        Value::Array(items) => items.iter().map(count).sum::<usize>().saturating_add(1),
        _ => 1,
    }
}

/// Puts `other` in the place of one value.
fn replace(value: &mut Value, place: &mut usize, other: &Value) {
    if *place == 0 {
        *value = other.clone();
    }
    let inner: Vec<&mut Value> = match value {
        Value::Object(members) => members.values_mut().collect(),
        Value::Array(items) => items.iter_mut().collect(),
        _ => Vec::new(),
    };
    let replaced = *place == 0;
    *place = place.wrapping_sub(1);
    for inner in inner.into_iter().filter(|_| !replaced) {
        replace(inner, place, other);
    }
}

/// A file's text is refused, or is a message whose printed form means the same. Whether it is one.
fn means_something<M: prost::Message + prost::Name + Default + PartialEq>(text: &str, shape: Shape) -> bool {
    let Ok((message, _)) = understood::<M>(text, shape) else { return false };
    let printed = to_json_of(&message).unwrap();
    // An absent member that a message cannot lack is printed as its zero, and is there when it is read again.
    let again = understood::<M>(&printed, shape).map(|(again, _)| to_json_of(&again).unwrap());
    assert_eq!(again, Ok(printed), "{text}");
    true
}

#[test]
fn a_file_with_a_value_replaced_is_refused_or_comes_back() {
    let (read, refused) = (Cell::new(0_u32), Cell::new(0_u32));
    let config = ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() };
    assert!(means_something::<MsgCreateConsumer>(&good().to_string(), shape::CREATE_CONSUMER));
    proptest!(config, |(place in any::<prop::sample::Index>(), other in any_json())| {
        let mut file = good();
        let mut place = place.index(count(&file));
        replace(&mut file, &mut place, &other);
        let is_read = means_something::<MsgCreateConsumer>(&file.to_string(), shape::CREATE_CONSUMER);
        let count = if is_read { &read } else { &refused };
        count.set(count.get().saturating_add(1));
        means_something::<MsgUpdateConsumer>(&json!({"consumer_id": "0", "metadata": other}).to_string(), shape::UPDATE_CONSUMER);
    });
    assert!(read.get() > 20 && refused.get() > 100, "{} read, {} refused", read.get(), refused.get());
}

#[test]
fn a_file_of_any_text_is_refused_or_comes_back() {
    proptest!(|(text in "\\PC{0,60}", at in any::<prop::sample::Index>(), byte in any::<u8>())| {
        means_something::<MsgCreateConsumer>(&text, shape::CREATE_CONSUMER);
        let mut bytes = good().to_string().into_bytes();
        let at = at.index(bytes.len());
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        let text = String::from_utf8_lossy(&bytes);
        means_something::<MsgCreateConsumer>(&text, shape::CREATE_CONSUMER);
        means_something::<MsgUpdateConsumer>(&text, shape::UPDATE_CONSUMER);
    });
}

#[test]
fn what_is_wrong_in_a_file_is_named_by_its_place() {
    let create = [
        (r#"[]"#, "must be an object"),
        (r#"null"#, "must be an object"),
        (r#"{"#, "EOF while parsing an object at line 1 column 1"),
        (r#"{"chain_id":7}"#, "chain_id: must be text in quotes"),
        (r#"{"chainid":"a","CHAIN_ID":"b"}"#, "chainid: names chain_id a second time"),
        (r#"{"metadata":{"title":"a"}}"#, "metadata.title: is no field; known: name, description, metadata"),
        (
            r#"{"initialization_parameters":{"initial_height":{"revision_number":-1}}}"#,
            "initialization_parameters.initial_height.revision_number: must be a whole number from 0 to 18446744073709551615",
        ),
        (
            r#"{"initialization_parameters":{"genesis_hash":"zz"}}"#,
            "initialization_parameters.genesis_hash: must be base64 in quotes",
        ),
        (
            r#"{"initialization_parameters":{"spawn_time":"tomorrow"}}"#,
            "initialization_parameters.spawn_time: must be a time in quotes, such as \"2026-01-31T12:00:00Z\"",
        ),
        (
            r#"{"initialization_parameters":{"unbonding_period":1.5}}"#,
            "initialization_parameters.unbonding_period: must be a whole number of nanoseconds, or seconds such as \"3600s\"",
        ),
        (
            r#"{"initialization_parameters":{"historical_entries":9223372036854775808}}"#,
            "initialization_parameters.historical_entries: must be a whole number of 64 bits",
        ),
        (
            r#"{"power_shaping_parameters":{"top_N":4294967296}}"#,
            "power_shaping_parameters.top_N: must be a whole number from 0 to 4294967295",
        ),
        (
            r#"{"power_shaping_parameters":{"allowlist":["a",null]}}"#,
            "power_shaping_parameters.allowlist[1]: must not be null",
        ),
        (
            r#"{"power_shaping_parameters":{"allow_inactive_vals":"true"}}"#,
            "power_shaping_parameters.allow_inactive_vals: must be true or false",
        ),
        (
            r#"{"infraction_parameters":{"downtime":{"slash_fraction":0.05}}}"#,
            "infraction_parameters.downtime.slash_fraction: must be a decimal in quotes, such as \"0.05\"",
        ),
        (r#"{"allowlisted_reward_denoms":["stake"]}"#, "allowlisted_reward_denoms: must be an object"),
    ];
    for (text, why) in create {
        let read = understood::<MsgCreateConsumer>(text, shape::CREATE_CONSUMER);
        assert_eq!(read.map(drop), Err(why.to_owned()), "{text}");
    }
    let update = r#"{"submitter":"a"}"#;
    let known = "owner, consumer_id, new_owner_address, metadata, initialization_parameters, \
                 power_shaping_parameters, allowlisted_reward_denoms, new_chain_id, infraction_parameters";
    let read = understood::<MsgUpdateConsumer>(update, shape::UPDATE_CONSUMER).map(drop);
    assert_eq!(read, Err(format!("submitter: is no field; known: {known}")));
}

#[test]
fn a_file_in_the_reference_s_form_is_the_message() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("create.json");
    std::fs::write(&file, good().to_string()).unwrap();
    let message = create_consumer(&file, "cosmos1").unwrap();
    assert_eq!((message.submitter.as_str(), message.chain_id.as_str()), ("cosmos1", "a-1"));
    let init = message.initialization_parameters.unwrap();
    assert_eq!((init.genesis_hash, init.binary_hash), (vec![0, 1], Vec::new()));
    let unbonding = init.unbonding_period.unwrap();
    assert_eq!((unbonding.seconds, unbonding.nanos), (1, 500_000_000));
    let spawn = init.spawn_time.unwrap();
    assert_eq!((spawn.seconds, spawn.nanos), (1_893_456_000, 0));
    let double_sign = message.infraction_parameters.unwrap().double_sign.unwrap();
    assert_eq!(double_sign.slash_fraction, b"50000000000000000");
    assert_eq!(double_sign.jail_duration.unwrap().seconds, 9_223_372_036);
}

#[test]
fn an_update_knows_whether_its_power_shaping_says_top_n() {
    for (text, says) in [
        (r#"{"consumer_id":"0"}"#, true),
        (r#"{"power_shaping_parameters":null}"#, true),
        (r#"{"power_shaping_parameters":{"top_N":0}}"#, true),
        (r#"{"power_shaping_parameters":{"TOP_N":60}}"#, true),
        (r#"{"power_shaping_parameters":{}}"#, false),
        (r#"{"power_shaping_parameters":{"top_N":null,"validators_power_cap":40}}"#, false),
    ] {
        let (_, value) = understood::<MsgUpdateConsumer>(text, shape::UPDATE_CONSUMER).unwrap();
        assert_eq!(says_top_n(&value), says, "{text}");
    }
}

fn a_proposal() -> Value {
    json!({
        "messages": [
            {
                "@type": "/interchain_security.ccv.provider.v1.MsgUpdateConsumer",
                "owner": "cosmos1",
                "consumer_id": "0",
                "power_shaping_parameters": {"validators_power_cap": 40},
            },
            {
                "@type": "/cosmos.bank.v1beta1.MsgSend",
                "from_address": "a",
                "to_address": "b",
                "amount": [{"denom": "stake", "amount": "1"}],
            },
        ],
        "metadata": "ipfs://",
        "deposit": "10stake",
        "title": "a title",
        "summary": "a summary",
        "expedited": true,
    })
}

#[test]
fn a_proposal_s_file_is_its_messages_and_what_is_said_of_them() {
    let read = proposed(&a_proposal().to_string()).unwrap();
    let kinds: Vec<&str> = read.messages.iter().map(|message| message.type_url.as_str()).collect();
    assert_eq!(
        kinds,
        ["/interchain_security.ccv.provider.v1.MsgUpdateConsumer", "/cosmos.bank.v1beta1.MsgSend"]
    );
    assert_eq!(read.deposit, [Coin { denom: "stake".to_owned(), amount: 10 }]);
    assert_eq!(
        (read.title.as_str(), read.summary.as_str(), read.metadata.as_str(), read.expedited),
        ("a title", "a summary", "ipfs://", true)
    );
    let [update] = read.updates.as_slice() else { panic!("{:?}", read.updates) };
    assert_eq!((update.message.consumer_id.as_str(), update.says_top_n), ("0", false));
}

#[test]
fn a_proposal_s_file_with_a_value_replaced_is_refused_or_understood() {
    let (read, refused) = (Cell::new(0_u32), Cell::new(0_u32));
    let config = ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(place in any::<prop::sample::Index>(), other in any_json())| {
        let mut file = a_proposal();
        let mut place = place.index(count(&file));
        replace(&mut file, &mut place, &other);
        let count = if proposed(&file.to_string()).is_ok() { &read } else { &refused };
        count.set(count.get().saturating_add(1));
    });
    assert!(read.get() > 20 && refused.get() > 100, "{} read, {} refused", read.get(), refused.get());
    for (text, why) in [
        (r#"{"messages":[{}]}"#, "messages[0]: it has no `@type`, such as \"/cosmos.bank.v1beta1.MsgSend\""),
        (r#"{"messages":[{"@type":"/x.y"}]}"#, "messages[0]: unable to resolve type URL /x.y"),
        (r#"{"deposit":"ten"}"#, "deposit: \"ten\" has no amount: write it in front, as in 5000000stake"),
        (
            r#"{"proposer":"a"}"#,
            "proposer: is no field; known: messages, metadata, deposit, title, summary, expedited",
        ),
    ] {
        assert_eq!(proposed(text), Err(why.to_owned()));
    }
}
