//! Golden values that pin the protocol's rules.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ics_abci::{ConsKey, ValUpdate};
use ics_engine::ValidatorSet;
use serde_json::Value;

#[test]
fn vectors_valset_hash() {
    let folder = std::env::var("ICS_VECTORS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors").to_owned());
    let text = std::fs::read_to_string(format!("{folder}/valset_hash.json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let cases = file["cases"].as_array().unwrap();
    let mut ran = 0;
    for case in cases {
        let members: Vec<_> = case["validators"]
            .as_array()
            .unwrap()
            .iter()
            .map(|validator| ValUpdate {
                key: ConsKey::ed25519(&STANDARD.decode(validator["key"].as_str().unwrap()).unwrap()).unwrap(),
                power: validator["power"].as_str().unwrap().parse().unwrap(),
            })
            .collect();
        let set = ValidatorSet::genesis(&members).unwrap();
        assert_eq!(hex::encode(set.hash()), case["expect"]["hash"].as_str().unwrap(), "{}", case["name"]);
        ran += 1;
    }
    assert!(ran > 0 && ran == cases.len());
}
