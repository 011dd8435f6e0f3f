//! `config/client.toml`: what a user of the command line need not say each time.
//!
//! The names of the keys are the SDK's. A key that is missing or empty says nothing; keys that are not known are left alone.

use crate::home::{HomeError, io_at};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

const NEW: &str = r#"# What the command line takes where nothing is typed.

# The chain that transactions are for.
chain-id = CHAIN_ID

# How keys are kept: "test", or "file" under a passphrase.
keyring-backend = "test"

# How answers are printed: "text" or "json".
output = "text"

# A node's RPC.
node = "tcp://localhost:26657"

# When a transaction counts as sent: "sync" or "async".
broadcast-mode = "sync"
"#;

/// What a home says of its user's habits, as it is written there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct ClientToml {
    /// Which chain transactions are for.
    pub chain_id: String,
    /// Where keys are: `test` or `file`.
    pub keyring_backend: String,
    /// How to print: `text` or `json`.
    pub output: String,
    /// URL of a node.
    pub node: String,
    /// When a transaction counts as sent: `sync` or `async`.
    pub broadcast_mode: String,
    /// Most gas to use, or `auto`.
    pub gas: String,
    /// Price of gas.
    pub gas_prices: String,
}

impl ClientToml {
    /// The file of a home.
    #[must_use]
    pub fn path(home: &Path) -> PathBuf {
        home.join("config").join("client.toml")
    }

    /// Reads the file of a home; nothing is said where there is none.
    ///
    /// # Errors
    /// [`HomeError`] where it cannot be read, or is no such file.
    pub fn read(home: &Path) -> Result<Self, HomeError> {
        let path = Self::path(home);
        match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text)
                .map_err(|error| HomeError::Settings { path, why: error.message().to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(io_at(&path)(error)),
        }
    }

    /// The text of a new home's file.
    pub(crate) fn new_text(chain_id: &str) -> String {
        NEW.replacen("CHAIN_ID", &toml::Value::from(chain_id).to_string(), 1)
    }

    /// Whether a key means something here.
    pub(crate) fn has_key(key: &str) -> bool {
        toml::Table::try_from(Self::default()).is_ok_and(|all| all.contains_key(key))
    }

    /// What is wrong with the text of a file.
    pub(crate) fn check(text: &str) -> Result<(), String> {
        let file: Self = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let choice = |key: &str, found: &str, known: &[&str]| {
            if found.is_empty() || known.contains(&found) {
                Ok(())
            } else {
                Err(format!("`{key}` takes {}, not {found:?}", known.join(" or ")))
            }
        };
        choice("keyring-backend", &file.keyring_backend, &["test", "file"])?;
        choice("output", &file.output, &["text", "json"])?;
        choice("broadcast-mode", &file.broadcast_mode, &["sync", "async"])
    }
}
