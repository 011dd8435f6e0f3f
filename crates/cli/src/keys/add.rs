//! `ics keys add`: a new key, one from its words, or a public key alone.

use super::{fact, open};
use crate::args::AddKey;
use crate::output::Format;
use crate::{Failure, ask, output};
use base64::Engine as _;
use ics_abci::ConsKey;
use ics_client::keyfile::{Kind, Record};
use ics_client::{HdPath, Key, KeyringError, PublicKey, check_name, phrase_from_entropy};
use ics_node::home::{RingError, random};
use serde_json::Value;
use zeroize::Zeroizing;

pub(super) fn run(options: &AddKey) -> Result<(), Failure> {
    let (ring, format) = open(&options.home)?;
    let name = &options.name;
    // Before anything is asked: nobody types 24 words in vain.
    check_name(name).map_err(RingError::Name)?;
    if !options.dry_run && ring.names()?.contains(name) {
        return Err(RingError::Name(KeyringError::Exists(name.clone())).into());
    }
    let (record, words) = match &options.pubkey {
        Some(json) => (Record { name: name.clone(), public: public_key(json)?, kind: Kind::Offline }, None),
        None => from_words(options)?,
    };
    if !options.dry_run {
        ring.put(&record)?;
    }
    let mut fact = fact(&record, &options.home.prefix, "acc")?;
    match (format, words) {
        (Format::Json, Some(words)) => {
            if let Some(members) = fact.as_object_mut() {
                members.insert("mnemonic".to_owned(), Value::from(words.as_str()));
            }
            output::answer(format, &fact.to_string())
        }
        (Format::Text, Some(words)) => {
            output::answer(format, &fact.to_string())?;
            output::aside(
                "**Important** write these words down in a safe place: they alone bring the key back:",
            );
            output::aside(&words);
            Ok(())
        }
        (_, None) => output::answer(format, &fact.to_string()),
    }
}

/// The key, and its words where they are new and not to be hidden.
fn from_words(options: &AddKey) -> Result<(Record, Option<Zeroizing<String>>), Failure> {
    let wrong = |error: ics_client::KeyError| Failure(error.to_string());
    let path = match &options.hd_path {
        Some(path) => path.parse(),
        None => HdPath::bip44(options.coin_type, options.account, options.index),
    };
    let path = path.map_err(|error| Failure(format!("no key stands there: {error}")))?;
    let words = match (&options.source, options.recover) {
        (Some(file), _) => std::fs::read_to_string(file)
            .map(Zeroizing::new)
            .map_err(|error| Failure(format!("cannot read {}: {error}", file.display())))?,
        (None, true) => ask::secret("> Enter your bip39 mnemonic")
            .map_err(|error| Failure(format!("no words were given: {error}")))?,
        (None, false) => phrase_from_entropy(random::<32>()?.as_slice()).map_err(wrong)?,
    };
    let key = Key::from_mnemonic(&words, &path).map_err(wrong)?;
    let shown = !options.recover && !options.no_backup;
    Ok((Record::local(&options.name, key), shown.then_some(words)))
}

/// `{"@type":"/cosmos.crypto.secp256k1.PubKey","key":"…"}`.
fn public_key(json: &str) -> Result<ConsKey, Failure> {
    let wrong = |why: &str| {
        Failure(format!(
            "--pubkey: {why}: write it as {{\"@type\":\"/cosmos.crypto.secp256k1.PubKey\",\"key\":\"…\"}}"
        ))
    };
    let value: Value = serde_json::from_str(json).map_err(|_| wrong("this is no JSON"))?;
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text("key"))
        .map_err(|_| wrong("the key is not in base64"))?;
    match text("@type") {
        "/cosmos.crypto.secp256k1.PubKey" => PublicKey::from_bytes(&bytes)
            .map(|key| ConsKey::Secp256k1(key.to_bytes()))
            .map_err(|error| wrong(&error.to_string())),
        "/cosmos.crypto.ed25519.PubKey" => {
            ConsKey::ed25519(&bytes).ok_or_else(|| wrong("not an ed25519 public key"))
        }
        other => Err(wrong(&format!("there are no keys of type `{other}`"))),
    }
}
