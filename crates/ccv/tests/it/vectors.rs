//! Golden values: every case of every file of this crate, and the recordings of a network of the reference.

pub(crate) mod document;
mod genesis;
mod ids;
mod recordings;
mod shaping;
mod valset;
mod wire;

use ics_abci::{ConsKey, ValUpdate};
use serde_json::Value;

/// Runs `check` on every case of a file, with the file's bases; fails where there is none.
pub(crate) fn each_case(topic: &str, check: impl Fn(&Value, &Value)) {
    let folder = std::env::var("ICS_VECTORS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors").to_string());
    let path = format!("{folder}/{topic}.json");
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let file: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(file["topic"], topic);
    let cases = file["cases"].as_array().unwrap();
    let mut ran = 0;
    for case in cases {
        check(case, &file["bases"]);
        ran += 1;
    }
    assert_eq!(ran, cases.len());
    assert!(ran > 0, "{topic} has no case");
}

pub(crate) fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap_or_else(|| panic!("{name} is no text in {case}"))
}

pub(crate) fn list<'a>(case: &'a Value, name: &str) -> &'a [Value] {
    case[name].as_array().unwrap_or_else(|| panic!("{name} is no list in {case}"))
}

pub(crate) fn number<T: std::str::FromStr>(case: &Value, name: &str) -> T {
    let text = match &case[name] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.parse().unwrap_or_else(|_| panic!("{name} is no number in {case}"))
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

/// `{key_type (default ed25519), key, power}`.
fn update(json: &Value) -> ValUpdate {
    let key = base64(text(json, "key"));
    let key = match json["key_type"].as_str() {
        None | Some("ed25519") => ConsKey::ed25519(&key),
        Some("secp256k1") => ConsKey::secp256k1(&key),
        Some(other) => panic!("key type {other}"),
    };
    ValUpdate { key: key.unwrap(), power: number(json, "power") }
}

fn updates(json: &Value, name: &str) -> Vec<ValUpdate> {
    list(json, name).iter().map(update).collect()
}
