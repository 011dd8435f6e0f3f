//! `config/client.toml`: what a user of the command line need not say each time.
//!
//! The names of the keys are the SDK's. A key that is missing or empty says nothing; keys that are not known are left alone.

use crate::home::{HomeError, io_at};
use serde::Deserialize;
use std::io;
use std::path::{Path, PathBuf};

/// What a home says of its user's habits, as it is written there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
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
}
