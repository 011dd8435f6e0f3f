//! The files of a home, whatever stands in them, and genesis documents: understood, or refused with what to do.

use ics_node::home::{Facts, Home, HomeError, load_keys, save_keys};
use ics_world::{genesis_from_json, genesis_json};
use proptest::prelude::*;
use std::fs;

fn config() -> ProptestConfig {
    ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() }
}

/// A document with a byte changed, or cut, or replaced by noise.
fn damaged(text: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
    let bytes = text.as_bytes().to_vec();
    prop_oneof![
        (any::<prop::sample::Index>(), any::<u8>(), prop::option::of(any::<prop::sample::Index>())).prop_map(
            move |(place, byte, cut)| {
                let mut bytes = bytes.clone();
                let at = place.index(bytes.len());
                bytes[at] = byte;
                if let Some(cut) = cut {
                    bytes.truncate(cut.index(bytes.len()));
                }
                bytes
            }
        ),
        prop::collection::vec(any::<u8>(), 0..60),
        Just("[".repeat(1_000_000).into_bytes()),
    ]
}

#[test]
fn a_mark_of_any_bytes_is_ours_or_refused_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    Home::open(&home).unwrap();
    let mark = fs::read_to_string(home.join("VERSION")).unwrap();
    proptest!(config(), |(bytes in damaged(&mark))| {
        fs::write(home.join("VERSION"), &bytes).unwrap();
        if let Ok(home) = Home::open(&home) {
            let text = String::from_utf8(bytes.clone()).unwrap();
            prop_assert_eq!(text.trim(), mark.trim());
            prop_assert!(home.path().is_dir());
        }
        prop_assert_eq!(fs::read(home.join("VERSION")).unwrap(), bytes);
    });
}

#[test]
fn facts_of_any_bytes_are_refused_or_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::open(&folder.path().join("home")).unwrap();
    let file = home.path().join("localnet.json");
    let good = r#"{"chains":[{"id":"provider-1","role":"provider","consumer_id":null,"rpc":"http://127.0.0.1:26657",
        "grpc":"http://127.0.0.1:9090"}],"accounts":[{"name":"alice","address":"cosmos1","mnemonic":"test","index":0}],
        "validators":[{"moniker":"val1","operator_address":"cosmosvaloper1","account":"val1"}]}"#;
    fs::write(&file, good).unwrap();
    assert_eq!(home.facts().unwrap().unwrap().chains.len(), 1);
    proptest!(config(), |(bytes in damaged(good))| {
        fs::write(&file, &bytes).unwrap();
        match home.facts() {
            Ok(facts) => {
                let facts: Facts = facts.unwrap();
                home.write_facts(&facts).unwrap();
                prop_assert_eq!(home.facts().unwrap(), Some(facts));
            }
            Err(error) => {
                prop_assert!(matches!(error, HomeError::Malformed { .. }), "{error}");
                prop_assert_eq!(fs::read(&file).unwrap(), bytes);
            }
        }
    });
}

#[test]
fn keys_of_any_bytes_are_refused_or_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::open(&folder.path().join("home")).unwrap();
    let file = home.path().join("keyring-test").join("keys.json");
    let secret = "ab".repeat(32);
    let good = format!(r#"{{"version":1,"consensus":[{{"name":"val1","seed":"{secret}"}}]}}"#);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    proptest!(config(), |(bytes in damaged(&good))| {
        fs::write(&file, &bytes).unwrap();
        match load_keys(&home) {
            Ok(keys) => {
                save_keys(&home, &keys).unwrap();
                let again = load_keys(&home).unwrap();
                prop_assert_eq!(ics_client::encode(&again), ics_client::encode(&keys));
            }
            Err(error) => {
                prop_assert!(!error.to_string().contains(&secret[..16]), "{error}");
                prop_assert_eq!(fs::read(&file).unwrap(), bytes);
            }
        }
    });
}

const DOCUMENT: &str = r#"{"genesis_time":"2024-01-01T00:00:00Z","chain_id":"a-1","initial_height":"1","consensus_params":
    {"block":{"max_bytes":"22020096","max_gas":"-1"},"evidence":{"max_age_num_blocks":"100000","max_age_duration":
    "172800000000000","max_bytes":"1048576"}},"validators":[{"pub_key":{"type":"tendermint/PubKeyEd25519","value":
    "Ui5Gf1+mtWUdH8u3xlmzdKID+F3PK0sfXZ73GZ6q6is="},"power":"10"}],"app_state":{"bank":{}}}"#;

#[test]
fn genesis_documents_are_refused_or_come_back() {
    assert_eq!(genesis_from_json(DOCUMENT).unwrap().validators.len(), 1);
    proptest!(config(), |(bytes in damaged(DOCUMENT))| {
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(genesis) = genesis_from_json(&text)
            && let Ok(printed) = genesis_json(&genesis)
        {
            prop_assert_eq!(genesis_from_json(&printed), Ok(genesis));
        }
    });
    let strange = prop_oneof![
        Just("null".to_owned()),
        Just("-1".to_owned()),
        Just("18446744073709551615".to_owned()),
        Just("\"\"".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        Just("\"-9223372036854775808\"".to_owned()),
        Just("1.5".to_owned()),
    ];
    let places = vec![
        "\"2024-01-01T00:00:00Z\"",
        "\"a-1\"",
        "\"1\"",
        "\"22020096\"",
        "\"-1\"",
        "\"100000\"",
        "\"172800000000000\"",
        "\"1048576\"",
        "\"tendermint/PubKeyEd25519\"",
        "\"10\"",
        "{\"bank\":{}}",
    ];
    proptest!(config(), |(place in prop::sample::select(places), strange in strange)| {
        let text = DOCUMENT.replacen(place, &strange, 1);
        if let Ok(genesis) = genesis_from_json(&text)
            && let Ok(printed) = genesis_json(&genesis)
        {
            prop_assert_eq!(genesis_from_json(&printed), Ok(genesis));
        }
    });
}
