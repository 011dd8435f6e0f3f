//! `ics keys …`: the keyring, without a word of its secrets.

use crate::args::{Keys, KeysHome};
use crate::output::Format;
use crate::{Failure, output};
use base64::Engine as _;
use ics_abci::ConsKey;
use ics_client::{Key, Keyring, consensus};
use ics_node::home::{Home, HomeError, add_consensus_key, load_keys};
use serde_json::{Value, json};

pub(crate) fn run(keys: Keys) -> Result<(), Failure> {
    match keys {
        Keys::List { home } => {
            let ring = open(&home)?;
            let accounts = ring.iter().map(|(name, entry)| fact(name, entry.key(), &home.prefix));
            let of_blocks =
                ring.consensus_keys().map(|(name, key)| consensus_fact(name, &key.public(), &home.prefix));
            let list: Vec<Value> = accounts.chain(of_blocks).collect();
            output::answer(home.output, &Value::from(list).to_string())
        }
        Keys::AddConsensus { name, home } => {
            let key = add_consensus_key(&home_of(&home)?, &name).map_err(|error| match error {
                HomeError::Keyring(error) => Failure(format!("{error}; choose another name")),
                other => other.into(),
            })?;
            match home.output {
                // The bare key, to be put between quotes of another command.
                Format::Text => output::print(&format!("{}\n", consensus::key_json(&key))),
                Format::Json => {
                    output::answer(Format::Json, &consensus_fact(&name, &key, &home.prefix).to_string())
                }
            }
        }
        Keys::Show { name, address, bech, home } if bech == "cons" => {
            let ring = open(&home)?;
            let key = ring.consensus_key(&name).map_err(|_| {
                let names: Vec<&str> = ring.consensus_keys().map(|(name, _)| name).collect();
                let known = if names.is_empty() {
                    "make one with `ics keys add-consensus`".to_owned()
                } else {
                    format!("known keys that do: {}", names.join(", "))
                };
                Failure(format!("there is no key `{name}` that signs blocks; {known}"))
            })?;
            let fact = consensus_fact(&name, &key.public(), &home.prefix);
            if address {
                let address = fact.get("address").and_then(Value::as_str).unwrap_or_default();
                output::print(&format!("{address}\n"))
            } else {
                output::answer(home.output, &fact.to_string())
            }
        }
        Keys::Show { name, address, bech, home } => {
            let ring = open(&home)?;
            let key = ring.key(&name).map_err(|_| {
                let names: Vec<&str> = ring.iter().map(|(name, _)| name).collect();
                Failure(format!("there is no key `{name}`; known keys: {}", names.join(", ")))
            })?;
            let text = match bech.as_str() {
                "acc" => key.address().to_text(&home.prefix),
                "val" => key.operator().to_text(&format!("{}valoper", home.prefix)),
                other => return Err(Failure(format!("--bech takes acc, val or cons, not `{other}`"))),
            };
            if address {
                output::print(&format!("{text}\n"))
            } else {
                output::answer(home.output, &fact(&name, key, &home.prefix).to_string())
            }
        }
    }
}

fn open(options: &KeysHome) -> Result<Keyring, Failure> {
    Ok(load_keys(&home_of(options)?)?)
}

fn home_of(options: &KeysHome) -> Result<Home, Failure> {
    Ok(Home::existing(&Home::choose(options.home.clone()))?)
}

fn consensus_fact(name: &str, key: &ConsKey, prefix: &str) -> Value {
    json!({
        "name": name,
        "type": "consensus",
        "address": key.address().to_text(&format!("{prefix}valcons")),
        "pubkey": consensus::key_json(key),
    })
}

fn fact(name: &str, key: &Key, prefix: &str) -> Value {
    let public = base64::engine::general_purpose::STANDARD.encode(key.public().to_bytes());
    json!({
        "name": name,
        "type": "local",
        "address": key.address().to_text(prefix),
        "pubkey": json!({"@type": "/cosmos.crypto.secp256k1.PubKey", "key": public}).to_string(),
    })
}
