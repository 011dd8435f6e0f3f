//! The keys of a home that sign blocks.

use super::{Part, print_part};
use crate::args::KeysHome;
use crate::output::Format;
use crate::settings::Settings;
use crate::{Failure, output};
use ics_abci::ConsKey;
use ics_client::consensus;
use ics_node::home::{Home, HomeError, add_consensus_key, load_keys};
use serde_json::{Value, json};

pub(super) fn add(name: &str, options: &KeysHome) -> Result<(), Failure> {
    let settings = Settings::of(&options.keyring)?;
    let key = add_consensus_key(&Home::existing(&settings.home)?, name).map_err(|error| match error {
        HomeError::Keyring(error) => Failure(format!("{error}; choose another name")),
        other => other.into(),
    })?;
    match settings.output(options.output)? {
        // The bare key, to be put between quotes of another command.
        Format::Text => output::print(&format!("{}\n", consensus::key_json(&key))),
        Format::Json => output::answer(Format::Json, &fact(name, &key, &options.prefix).to_string()),
    }
}

pub(super) fn show(name: &str, part: Part, options: &KeysHome) -> Result<(), Failure> {
    let settings = Settings::of(&options.keyring)?;
    let ring = load_keys(&Home::existing(&settings.home)?)?;
    let key = ring.key(name).map_err(|_| {
        let names: Vec<&str> = ring.iter().map(|(name, _)| name).collect();
        let known = if names.is_empty() {
            "make one with `ics keys add-consensus`".to_owned()
        } else {
            format!("known keys that do: {}", names.join(", "))
        };
        Failure(format!("there is no key `{name}` that signs blocks; {known}"))
    })?;
    print_part(part, &fact(name, &key.public(), &options.prefix), settings.output(options.output)?)
}

/// All of them; none where there is no network.
pub(super) fn list(options: &KeysHome) -> Result<Vec<Value>, Failure> {
    let Ok(home) = Home::existing(&Settings::of(&options.keyring)?.home) else { return Ok(Vec::new()) };
    let ring = load_keys(&home)?;
    Ok(ring.iter().map(|(name, key)| fact(name, &key.public(), &options.prefix)).collect())
}

fn fact(name: &str, key: &ConsKey, prefix: &str) -> Value {
    json!({
        "name": name,
        "type": "consensus",
        "address": key.address().to_text(&format!("{prefix}valcons")),
        "pubkey": consensus::key_json(key),
    })
}
