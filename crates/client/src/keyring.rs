//! Named keys, and the text of the file that keeps them for tests.
//!
//! The text is plain: a test keyring protects nothing. Reading and writing the file is the node's part.

use crate::consensus::ConsensusKey;
use crate::key::{Key, KeyError};
use crate::mnemonic::HdPath;
use core::fmt;
use ics_abci::AccAddr;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zeroize::{Zeroize, Zeroizing};

/// The form of the text; another number is another form.
const VERSION: u32 = 1;
/// The longest name, bytes.
const NAME_MAX: usize = 64;

/// Keys by name, in the order of the names. Keys of accounts and of blocks have names of their own.
#[derive(Clone, Debug, Default)]
pub struct Keyring {
    accounts: BTreeMap<String, Entry>,
    consensus: BTreeMap<String, ConsensusKey>,
}

/// A key of an account and where it came from; it prints neither words nor secret.
#[derive(Clone)]
pub struct Entry {
    key: Key,
    origin: Origin,
}

#[derive(Clone)]
enum Origin {
    Words(Zeroizing<String>, HdPath),
    Secret,
}

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
    /// The key of this name is wrong.
    #[error("key {name}: {error}")]
    Key {
        /// Which key.
        name: String,
        /// What is wrong with it.
        error: KeyError,
    },
    /// An entry has words and path, or a secret; nothing else.
    #[error("key {0}: expected either \"mnemonic\" and \"path\", or \"secret\"")]
    Shape(String),
    /// The consensus key of this name is not 64 hexadecimal digits.
    #[error("consensus key {0}: a seed is 64 hexadecimal digits")]
    Seed(String),
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

impl Entry {
    /// The key.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// The words and the path below them, where the key came from words.
    #[must_use]
    pub fn words(&self) -> Option<(&str, &HdPath)> {
        match &self.origin {
            Origin::Words(words, path) => Some((words, path)),
            Origin::Secret => None,
        }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.words().map(|(_, path)| path.to_string());
        f.debug_struct("Entry").field("key", &self.key).field("path", &path).finish_non_exhaustive()
    }
}

impl Keyring {
    /// Keeps the key at a path below words.
    ///
    /// # Errors
    /// [`KeyringError::Name`], [`KeyringError::Exists`], [`KeyringError::Key`].
    pub fn add_mnemonic(&mut self, name: &str, words: &str, path: &HdPath) -> Result<&Key, KeyringError> {
        let key = Key::from_mnemonic(words, path)
            .map_err(|error| KeyringError::Key { name: name.to_owned(), error })?;
        self.add(name, Entry { key, origin: Origin::Words(Zeroizing::new(words.to_owned()), path.clone()) })
    }

    /// Keeps a bare key.
    ///
    /// # Errors
    /// [`KeyringError::Name`], [`KeyringError::Exists`].
    pub fn add_key(&mut self, name: &str, key: Key) -> Result<&Key, KeyringError> {
        self.add(name, Entry { key, origin: Origin::Secret })
    }

    /// Keeps a key that signs blocks.
    ///
    /// # Errors
    /// [`KeyringError::Name`], [`KeyringError::Exists`].
    pub fn add_consensus(&mut self, name: &str, key: ConsensusKey) -> Result<(), KeyringError> {
        check_name(name)?;
        if self.consensus.contains_key(name) {
            return Err(KeyringError::Exists(name.to_owned()));
        }
        self.consensus.insert(name.to_owned(), key);
        Ok(())
    }

    fn add(&mut self, name: &str, entry: Entry) -> Result<&Key, KeyringError> {
        check_name(name)?;
        match self.accounts.entry(name.to_owned()) {
            std::collections::btree_map::Entry::Occupied(_) => Err(KeyringError::Exists(name.to_owned())),
            std::collections::btree_map::Entry::Vacant(place) => Ok(&place.insert(entry).key),
        }
    }

    /// The key of this name.
    ///
    /// # Errors
    /// [`KeyringError::Unknown`].
    pub fn key(&self, name: &str) -> Result<&Key, KeyringError> {
        self.entry(name).map(Entry::key)
    }

    /// The key of this name and where it came from.
    ///
    /// # Errors
    /// [`KeyringError::Unknown`].
    pub fn entry(&self, name: &str) -> Result<&Entry, KeyringError> {
        self.accounts.get(name).ok_or_else(|| KeyringError::Unknown(name.to_owned()))
    }

    /// The key of this name that signs blocks.
    ///
    /// # Errors
    /// [`KeyringError::Unknown`].
    pub fn consensus_key(&self, name: &str) -> Result<&ConsensusKey, KeyringError> {
        self.consensus.get(name).ok_or_else(|| KeyringError::Unknown(name.to_owned()))
    }

    /// The name and key of the account with this address.
    #[must_use]
    pub fn find(&self, address: &AccAddr) -> Option<(&str, &Key)> {
        self.iter().find(|(_, entry)| entry.key.address() == *address).map(|(name, entry)| (name, &entry.key))
    }

    /// Forgets the key of this name.
    ///
    /// # Errors
    /// [`KeyringError::Unknown`].
    pub fn remove(&mut self, name: &str) -> Result<(), KeyringError> {
        self.accounts.remove(name).map(drop).ok_or_else(|| KeyringError::Unknown(name.to_owned()))
    }

    fn read_consensus(&mut self, file: &File) -> Result<(), KeyringError> {
        for line in &file.consensus {
            let mut seed = [0_u8; 32];
            hex::decode_to_slice(&line.seed, &mut seed).map_err(|_| KeyringError::Seed(line.name.clone()))?;
            self.add_consensus(&line.name, ConsensusKey::from_seed(seed))?;
        }
        Ok(())
    }

    /// All keys of accounts, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.accounts.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// All keys that sign blocks, by name.
    pub fn consensus_keys(&self) -> impl Iterator<Item = (&str, &ConsensusKey)> {
        self.consensus.iter().map(|(name, key)| (name.as_str(), key))
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
    keys: Vec<AccountLine>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    consensus: Vec<ConsensusLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountLine {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mnemonic: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsensusLine {
    name: String,
    seed: String,
}

impl Drop for AccountLine {
    fn drop(&mut self) {
        self.mnemonic.zeroize();
        self.secret.zeroize();
    }
}

impl Drop for ConsensusLine {
    fn drop(&mut self) {
        self.seed.zeroize();
    }
}

/// The text of a keyring: JSON, keys in the order of their names, secrets in the clear.
#[must_use]
pub fn encode(keyring: &Keyring) -> Zeroizing<String> {
    let keys = keyring.iter().map(|(name, entry)| match &entry.origin {
        Origin::Words(words, path) => AccountLine {
            name: name.to_owned(),
            mnemonic: Some(words.as_str().to_owned()),
            path: Some(path.to_string()),
            secret: None,
        },
        Origin::Secret => AccountLine {
            name: name.to_owned(),
            mnemonic: None,
            path: None,
            secret: Some(entry.key.to_secret_hex().as_str().to_owned()),
        },
    });
    let consensus = keyring
        .consensus_keys()
        .map(|(name, key)| ConsensusLine { name: name.to_owned(), seed: hex::encode(key.seed()) });
    let file = File { version: VERSION, keys: keys.collect(), consensus: consensus.collect() };
    // Strings and a number always have a JSON form.
    Zeroizing::new(serde_json::to_string_pretty(&file).unwrap_or_default())
}

fn read(text: &str) -> Result<File, KeyringError> {
    let file: File = serde_json::from_str(text)
        .map_err(|error| KeyringError::Text { line: error.line(), column: error.column() })?;
    if file.version == VERSION { Ok(file) } else { Err(KeyringError::Version(file.version)) }
}

/// Reads the keys that sign blocks, and no others, from the text of a keyring: words take long to become keys.
///
/// # Errors
/// As [`decode`].
pub fn decode_consensus(text: &str) -> Result<Keyring, KeyringError> {
    let mut keyring = Keyring::default();
    keyring.read_consensus(&read(text)?)?;
    Ok(keyring)
}

/// Reads the text of a keyring.
///
/// # Errors
/// [`KeyringError`] of the first thing wrong; it never quotes a secret.
pub fn decode(text: &str) -> Result<Keyring, KeyringError> {
    let file = read(text)?;
    let mut keyring = Keyring::default();
    for line in &file.keys {
        let wrong = |error| KeyringError::Key { name: line.name.clone(), error };
        match (&line.mnemonic, &line.path, &line.secret) {
            (Some(words), Some(path), None) => {
                keyring.add_mnemonic(&line.name, words, &path.parse().map_err(wrong)?)?;
            }
            (None, None, Some(secret)) => {
                keyring.add_key(&line.name, Key::from_secret_hex(secret).map_err(wrong)?)?;
            }
            _ => return Err(KeyringError::Shape(line.name.clone())),
        }
    }
    keyring.read_consensus(&file)?;
    Ok(keyring)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mnemonic::DEVELOPMENT_MNEMONIC;

    fn keyring() -> Keyring {
        let mut keyring = Keyring::default();
        keyring.add_mnemonic("bob", DEVELOPMENT_MNEMONIC, &HdPath::cosmos(0, 1).unwrap()).unwrap();
        keyring.add_key("alice", Key::from_secret(&[0xab; 32]).unwrap()).unwrap();
        keyring.add_consensus("val1", ConsensusKey::from_seed([0xcd; 32])).unwrap();
        keyring
    }

    fn wrong(text: &str) -> KeyringError {
        decode(text).map(|keyring| keyring.accounts.len()).unwrap_err()
    }

    #[test]
    fn text_is_stable_and_comes_back() {
        let text = encode(&keyring());
        let secret = "ab".repeat(32);
        let seed = "cd".repeat(32);
        let expected = format!(
            "{{\n  \"version\": 1,\n  \"keys\": [\n    {{\n      \"name\": \"alice\",\n      \"secret\": \"{secret}\"\n    }},\n    \
             {{\n      \"name\": \"bob\",\n      \"mnemonic\": \"{DEVELOPMENT_MNEMONIC}\",\n      \"path\": \
             \"m/44'/118'/0'/0/1\"\n    }}\n  ],\n  \"consensus\": [\n    {{\n      \"name\": \"val1\",\n      \"seed\": \
             \"{seed}\"\n    }}\n  ]\n}}"
        );
        assert_eq!(*text, expected);
        let back = decode(&text).unwrap();
        assert_eq!(encode(&back), text);
        assert_eq!(back.key("bob").unwrap().public(), keyring().key("bob").unwrap().public());
        let path = HdPath::cosmos(0, 1).unwrap();
        assert_eq!(back.entry("bob").unwrap().words(), Some((DEVELOPMENT_MNEMONIC, &path)));
        assert_eq!(back.entry("alice").unwrap().words(), None);
        assert_eq!(back.consensus_key("val1").unwrap().seed(), [0xcd; 32]);
        let alone = decode_consensus(&text).unwrap();
        assert_eq!((alone.iter().count(), alone.consensus_key("val1").unwrap().seed()), (0, [0xcd; 32]));
    }

    #[test]
    fn keys_are_found_by_name_and_by_address() {
        let mut keyring = keyring();
        let address = keyring.key("bob").unwrap().address();
        assert_eq!(keyring.find(&address).map(|(name, _)| name), Some("bob"));
        assert_eq!(keyring.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["alice", "bob"]);
        assert_eq!(keyring.remove("bob"), Ok(()));
        let unknown = KeyringError::Unknown("bob".to_owned());
        assert_eq!(keyring.remove("bob"), Err(unknown.clone()));
        assert_eq!(keyring.key("bob").map(Key::public), Err(unknown));
        assert_eq!(keyring.find(&address).map(|(name, _)| name), None);
    }

    #[test]
    fn names_are_unique_and_plain() {
        let mut keyring = keyring();
        let key = Key::from_secret(&[1; 32]).unwrap();
        let mut add = |name: &str| keyring.add_key(name, key.clone()).map(Key::public).unwrap_err();
        assert_eq!(add("alice"), KeyringError::Exists("alice".to_owned()));
        for name in ["", "a b", "../x", "ä", &"a".repeat(65)] {
            assert_eq!(add(name), KeyringError::Name(name.to_owned()));
        }
        let again = keyring.add_consensus("val1", ConsensusKey::from_seed([0; 32]));
        assert_eq!(again, Err(KeyringError::Exists("val1".to_owned())));
    }

    #[test]
    fn text_that_is_no_keyring_is_refused_without_quoting_it() {
        assert_eq!(wrong(""), KeyringError::Text { line: 1, column: 0 });
        assert_eq!(wrong("{\"version\":1}"), KeyringError::Text { line: 1, column: 13 });
        assert_eq!(wrong("{\"version\":2,\"keys\":[]}"), KeyringError::Version(2));
        let keys = |keys: &str| wrong(&format!("{{\"version\":1,\"keys\":[{keys}]}}"));
        let shape = KeyringError::Shape("a".to_owned());
        assert_eq!(keys(r#"{"name":"a"}"#), shape);
        assert_eq!(keys(r#"{"name":"a","mnemonic":"x"}"#), shape);
        assert_eq!(keys(r#"{"name":"a","mnemonic":"x","path":"m/0","secret":"y"}"#), shape);
        let key = |error| KeyringError::Key { name: "a".to_owned(), error };
        assert_eq!(keys(r#"{"name":"a","secret":"y"}"#), key(KeyError::Secret));
        assert_eq!(keys(r#"{"name":"a","mnemonic":"x","path":"0"}"#), key(KeyError::PathRoot));
        assert_eq!(keys(r#"{"name":"a","mnemonic":"x","path":"m/0"}"#), key(KeyError::WordCount(1)));
        let one = format!(r#"{{"name":"a","secret":"{}"}}"#, "01".repeat(32));
        assert_eq!(keys(&format!("{one},{one}")), KeyringError::Exists("a".to_owned()));
        let text = r#"{"version":1,"keys":[],"consensus":[{"name":"v","seed":"zz"}]}"#;
        assert_eq!(wrong(text), KeyringError::Seed("v".to_owned()));
        let secret = r#"{"version":1,"keys":[{"name":"a","hunter2":"hunter2"}]}"#;
        assert!(!wrong(secret).to_string().contains("hunter2"));
    }

    #[test]
    fn debug_shows_neither_words_nor_secrets() {
        let shown = format!("{:?}", keyring());
        assert!(shown.contains("alice") && shown.contains("m/44'/118'/0'/0/1"), "{shown}");
        for secret in ["test test", "junk", &"ab".repeat(8), &"cd".repeat(8), "205, 205"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
