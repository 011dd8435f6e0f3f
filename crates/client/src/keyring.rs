//! Keys that sign blocks, by name, and the text of the file that keeps them for tests.
//!
//! The text is plain: a test keyring protects nothing. Reading and writing the file is the node's part. Keys of accounts
//! are kept in files of their own, see [`keyfile`](crate::keyfile).

use crate::consensus::ConsensusKey;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use zeroize::{Zeroize, Zeroizing};

/// The form of the text; another number is another form.
const VERSION: u32 = 1;
/// The longest name, bytes.
const NAME_MAX: usize = 64;

/// Keys that sign blocks, in the order of their names.
#[derive(Clone, Debug, Default)]
pub struct Keyring(BTreeMap<String, ConsensusKey>);

/// Why a key cannot be kept or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// Not 1 to 64 letters, digits or `._-`.
    #[error("{0:?} is no key name: use 1 to 64 letters, digits, '.', '_' or '-'")]
    Name(String),
    /// There is one already.
    #[error("a key named {0} exists already")]
    Exists(String),
    /// There is none.
    #[error("no key named {0}")]
    Unknown(String),
    /// The consensus key of this name is not 64 hexadecimal digits.
    #[error("consensus key {0}: a seed is 64 hexadecimal digits")]
    Seed(String),
    /// Keys of accounts, as an earlier version kept them here.
    #[error(
        "the list `keys` holds keys of accounts, which have files of their own now: add them with \
         `ics keys import-hex` or `ics keys add --recover`, then empty the list"
    )]
    Accounts,
    /// The text is not JSON of this form; line and column from 1. What stands there may be secret, so it is not said.
    #[error("the keyring is not readable at line {line}, column {column}")]
    Text {
        /// Which line.
        line: usize,
        /// Which column of it.
        column: usize,
    },
    /// Written by another version.
    #[error("the keyring has version {0}, this program reads version 1")]
    Version(u32),
}

impl Keyring {
    /// Keeps a key.
    ///
    /// # Errors
    /// [`KeyringError::Name`], [`KeyringError::Exists`].
    pub fn add(&mut self, name: &str, key: ConsensusKey) -> Result<(), KeyringError> {
        check_name(name)?;
        match self.0.entry(name.to_owned()) {
            Entry::Occupied(_) => Err(KeyringError::Exists(name.to_owned())),
            Entry::Vacant(place) => {
                place.insert(key);
                Ok(())
            }
        }
    }

    /// The key of this name.
    ///
    /// # Errors
    /// [`KeyringError::Unknown`].
    pub fn key(&self, name: &str) -> Result<&ConsensusKey, KeyringError> {
        self.0.get(name).ok_or_else(|| KeyringError::Unknown(name.to_owned()))
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ConsensusKey)> {
        self.0.iter().map(|(name, key)| (name.as_str(), key))
    }
}

/// Whether a new key may have this name.
///
/// # Errors
/// [`KeyringError::Name`].
pub fn check_name(name: &str) -> Result<(), KeyringError> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(known) {
        Ok(())
    } else {
        Err(KeyringError::Name(name.to_owned()))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    /// What an earlier version kept here.
    #[serde(default, skip_serializing)]
    keys: Vec<IgnoredAny>,
    #[serde(default)]
    consensus: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    seed: String,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.seed.zeroize();
    }
}

/// The text of a keyring: JSON, keys in the order of their names, seeds in the clear.
#[must_use]
pub fn encode(keyring: &Keyring) -> Zeroizing<String> {
    let lines =
        keyring.iter().map(|(name, key)| Line { name: name.to_owned(), seed: hex::encode(key.seed()) });
    let file = File { version: VERSION, keys: Vec::new(), consensus: lines.collect() };
    // Strings and a number always have a JSON form.
    Zeroizing::new(serde_json::to_string_pretty(&file).unwrap_or_default())
}

/// Reads the text of a keyring.
///
/// # Errors
/// [`KeyringError`] of the first thing wrong; it never quotes a secret.
pub fn decode(text: &str) -> Result<Keyring, KeyringError> {
    let file: File = serde_json::from_str(text)
        .map_err(|error| KeyringError::Text { line: error.line(), column: error.column() })?;
    if file.version != VERSION {
        return Err(KeyringError::Version(file.version));
    }
    if !file.keys.is_empty() {
        return Err(KeyringError::Accounts);
    }
    let mut keyring = Keyring::default();
    for line in &file.consensus {
        let mut seed = [0_u8; 32];
        hex::decode_to_slice(&line.seed, &mut seed).map_err(|_| KeyringError::Seed(line.name.clone()))?;
        keyring.add(&line.name, ConsensusKey::from_seed(seed))?;
    }
    Ok(keyring)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring() -> Keyring {
        let mut keyring = Keyring::default();
        keyring.add("val2", ConsensusKey::from_seed([0xef; 32])).unwrap();
        keyring.add("val1", ConsensusKey::from_seed([0xcd; 32])).unwrap();
        keyring
    }

    fn wrong(text: &str) -> KeyringError {
        decode(text).map(|keyring| keyring.0.len()).unwrap_err()
    }

    #[test]
    fn text_is_stable_and_comes_back() {
        let text = encode(&keyring());
        let (first, second) = ("cd".repeat(32), "ef".repeat(32));
        let expected = format!(
            "{{\n  \"version\": 1,\n  \"consensus\": [\n    {{\n      \"name\": \"val1\",\n      \"seed\": \"{first}\"\n    }},\n    \
             {{\n      \"name\": \"val2\",\n      \"seed\": \"{second}\"\n    }}\n  ]\n}}"
        );
        assert_eq!(*text, expected);
        let back = decode(&text).unwrap();
        assert_eq!(encode(&back), text);
        assert_eq!(back.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["val1", "val2"]);
        assert_eq!(back.key("val1").unwrap().seed(), [0xcd; 32]);
        let unknown = back.key("val3").map(ConsensusKey::public);
        assert_eq!(unknown, Err(KeyringError::Unknown("val3".to_owned())));
        assert!(decode(r#"{"version":1,"keys":[]}"#).unwrap().0.is_empty());
    }

    #[test]
    fn names_are_unique_and_plain() {
        let mut keyring = keyring();
        let mut add = |name: &str| keyring.add(name, ConsensusKey::from_seed([0; 32])).unwrap_err();
        assert_eq!(add("val1"), KeyringError::Exists("val1".to_owned()));
        for name in ["", "a b", "../x", "ä", &"a".repeat(65)] {
            assert_eq!(add(name), KeyringError::Name(name.to_owned()));
        }
        assert_eq!(keyring.key("val1").unwrap().seed(), [0xcd; 32]);
    }

    #[test]
    fn text_that_is_no_keyring_is_refused_without_quoting_it() {
        assert_eq!(wrong(""), KeyringError::Text { line: 1, column: 0 });
        assert_eq!(wrong("{\"consensus\":[]}"), KeyringError::Text { line: 1, column: 16 });
        assert_eq!(wrong("{\"version\":2}"), KeyringError::Version(2));
        assert_eq!(wrong(r#"{"version":1,"keys":[{"name":"a","secret":"y"}]}"#), KeyringError::Accounts);
        let lines = |lines: &str| wrong(&format!("{{\"version\":1,\"consensus\":[{lines}]}}"));
        assert_eq!(lines(r#"{"name":"v","seed":"zz"}"#), KeyringError::Seed("v".to_owned()));
        let one = format!(r#"{{"name":"a","seed":"{}"}}"#, "01".repeat(32));
        assert_eq!(lines(&format!("{one},{one}")), KeyringError::Exists("a".to_owned()));
        assert!(!lines(r#"{"name":"a","hunter2":"hunter2"}"#).to_string().contains("hunter2"));
    }

    #[test]
    fn debug_shows_no_secrets() {
        let shown = format!("{:?}", keyring());
        assert!(shown.contains("val1"), "{shown}");
        for secret in [&"cd".repeat(8), "205, 205"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
