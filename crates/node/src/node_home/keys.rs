//! Key files in CometBFT's form. An Ed25519 secret there is the seed, followed by the public key.

use super::NodeHomeError;
use crate::home::{RANDOM, entropy};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ics_abci::ConsKey;
use ics_client::ConsensusKey;
use serde_json::{Value, json};
use std::path::PathBuf;

const SECRET: &str = "tendermint/PrivKeyEd25519";
const PUBLIC: &str = "tendermint/PubKeyEd25519";

/// A new key.
///
/// # Errors
/// [`NodeHomeError::Random`].
pub fn random_key() -> Result<ConsensusKey, NodeHomeError> {
    let seed = entropy();
    let seed = seed.map_err(|error| NodeHomeError::Random { path: PathBuf::from(RANDOM), error })?;
    Ok(ConsensusKey::from_seed(*seed))
}

/// The id that other nodes know a node by: the address of its key, lower-case hex.
#[must_use]
pub fn node_id(key: &ConsKey) -> String {
    hex::encode(key.address().0)
}

fn secret(key: &ConsensusKey) -> Value {
    let bytes = [&key.seed()[..], key.public().bytes()].concat();
    json!({"type": SECRET, "value": BASE64.encode(bytes)})
}

pub(super) fn node_key_json(key: &ConsensusKey) -> String {
    json!({"priv_key": secret(key)}).to_string()
}

pub(super) fn validator_key_json(key: &ConsensusKey) -> String {
    let public = key.public();
    let document = json!({
        "address": hex::encode_upper(public.address().0),
        "pub_key": {"type": PUBLIC, "value": BASE64.encode(public.bytes())},
        "priv_key": secret(key),
    });
    format!("{document:#}")
}

/// The key of a file of either form, in words that tell nothing of it where it is none.
pub(super) fn key_in(text: &str) -> Result<ConsensusKey, String> {
    // What serde_json says could quote the file.
    let document: Value = serde_json::from_str(text).map_err(|_| "it is no JSON".to_owned())?;
    let word = |pointer: &str| document.pointer(pointer).and_then(Value::as_str);
    match word("/priv_key/type") {
        Some(SECRET) => {}
        Some(_) => return Err("its key is not of Ed25519".to_owned()),
        None => return Err("it holds no key".to_owned()),
    }
    let bytes = word("/priv_key/value").and_then(|value| BASE64.decode(value).ok());
    let bytes: Option<[u8; 64]> = bytes.and_then(|bytes| bytes.try_into().ok());
    let (seed, public) = bytes.as_ref().and_then(|bytes| bytes.split_first_chunk::<32>()).unzip();
    let (Some(seed), Some(public)) = (seed, public) else {
        return Err("its key has not the length of one".to_owned());
    };
    let key = ConsensusKey::from_seed(*seed);
    if key.public().bytes() != public {
        return Err("the halves of its key do not belong together".to_owned());
    }
    if word("/address").is_some_and(|address| address != hex::encode_upper(key.address().0)) {
        return Err("its address is that of another key".to_owned());
    }
    Ok(key)
}
