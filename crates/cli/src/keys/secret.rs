//! Secrets that come into the keyring, and leave it where that is asked for in so many words.

use super::open;
use crate::args::KeysHome;
use crate::{Failure, ask, output};
use ics_client::keyfile::{Record, armor, keyhash};
use ics_client::{Key, phrase_from_entropy};
use ics_node::home::random;
use std::path::Path;
use zeroize::Zeroizing;

pub(super) fn import(name: &str, file: &Path, options: &KeysHome) -> Result<(), Failure> {
    let (ring, _) = open(options)?;
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure(format!("cannot read {}: {error}", file.display())))?;
    let passphrase = passphrase("Enter passphrase to decrypt your key:")?;
    let key =
        armor::decode(&text, &passphrase).map_err(|error| Failure(format!("{}: {error}", file.display())))?;
    Ok(ring.put(&Record::local(name, key))?)
}

pub(super) fn import_hex(name: &str, hex: Option<String>, options: &KeysHome) -> Result<(), Failure> {
    let (ring, _) = open(options)?;
    let hex = match hex {
        Some(hex) => Zeroizing::new(hex),
        None => ask::secret("Enter the secret key in hexadecimal digits:")
            .map_err(|error| Failure(format!("no key was given: {error}")))?,
    };
    let hex = hex.trim();
    let key = Key::from_secret_hex(hex.strip_prefix("0x").unwrap_or(hex))
        .map_err(|error| Failure(error.to_string()))?;
    Ok(ring.put(&Record::local(name, key))?)
}

pub(super) fn export(name: &str, bare: bool, yes: bool, options: &KeysHome) -> Result<(), Failure> {
    let (ring, _) = open(options)?;
    let record = ring.get(name)?;
    let key = record.key().ok_or_else(|| {
        Failure(format!("the key `{name}` is {}: its secret is not here", record.kind_name()))
    })?;
    if bare {
        let question = "The secret key will be shown to whoever sees this output. Continue?";
        if !yes && !ask::yes(question)? {
            return Err(Failure("nothing was shown".to_owned()));
        }
        return output::print(&Zeroizing::new(format!("{}\n", *key.to_secret_hex())));
    }
    let passphrase = passphrase("Enter passphrase to encrypt the exported key:")?;
    keyhash::check(&passphrase).map_err(|error| Failure(error.to_string()))?;
    let text = armor::encode(key, &passphrase, *random()?).map_err(|error| Failure(error.to_string()))?;
    output::print(&text)
}

pub(super) fn mnemonic() -> Result<(), Failure> {
    let words =
        phrase_from_entropy(random::<32>()?.as_slice()).map_err(|error| Failure(error.to_string()))?;
    output::print(&Zeroizing::new(format!("{}\n", *words)))
}

fn passphrase(prompt: &str) -> Result<Zeroizing<String>, Failure> {
    ask::secret(prompt).map_err(|error| Failure(format!("no passphrase was given: {error}")))
}
