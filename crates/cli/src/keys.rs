//! `ics keys …`: the keyring, without a word of its secrets.

use crate::args::{Keys, KeysHome};
use crate::{Failure, output};
use base64::Engine as _;
use ics_client::{Key, Keyring};
use ics_node::home::{Home, load_keys};
use serde_json::{Value, json};

pub(crate) fn run(keys: Keys) -> Result<(), Failure> {
    match keys {
        Keys::List { home } => {
            let ring = open(&home)?;
            let list: Vec<Value> =
                ring.iter().map(|(name, entry)| fact(name, entry.key(), &home.prefix)).collect();
            output::answer(home.output, &Value::from(list).to_string())
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
                other => return Err(Failure(format!("--bech takes acc or val, not `{other}`"))),
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
    let home = Home::existing(&Home::choose(options.home.clone()))?;
    Ok(load_keys(&home)?)
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
