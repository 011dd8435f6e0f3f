//! The home of a node, in CometBFT's layout: what `cometbft init` makes and `cometbft start` reads, and the application's
//! settings beside it.
//!
//! Source: CometBFT 0.38 `config/toml.go`, `p2p/key.go`, `privval/file.go`.

mod comet;
mod failure;
mod file;
mod keys;

pub use comet::{Comet, Peer, UnknownKey, with};
pub use failure::NodeHomeError;
pub use keys::{node_id, random_key};

use crate::app_toml::{AppToml, ChainKind};
use file::Access;
use ics_client::ConsensusKey;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// A folder that a node lives in, whether it is there already or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeHome(PathBuf);

/// What a node begins with.
#[derive(Clone, Debug)]
pub struct Setup<'a> {
    /// What the chain is.
    pub kind: ChainKind,
    /// Least prices of gas, e.g. `0.001stake`; empty where anything is taken.
    pub minimum_gas_prices: &'a str,
    /// The genesis document, in CometBFT's form.
    pub genesis: &'a str,
    /// How CometBFT runs.
    pub comet: &'a Comet,
    /// Where the application answers users.
    pub users: Users,
    /// What other nodes know it by.
    pub node_key: &'a ConsensusKey,
    /// What it signs blocks with.
    pub validator_key: &'a ConsensusKey,
}

/// How long metrics are kept, seconds: the SDK serves them where this is above 0, and so do we.
const METRICS_KEPT_S: u64 = 60;

/// Where an application answers users; none where it does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Users {
    /// gRPC.
    pub grpc: Option<SocketAddr>,
    /// The REST gateway.
    pub rest: Option<SocketAddr>,
    /// Whether the gateway tells Prometheus where the protocol stands.
    pub metrics: bool,
}

impl Users {
    /// As the SDK's homes begin: gRPC on this machine, no REST.
    #[must_use]
    pub const fn usual() -> Self {
        Self {
            grpc: Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9_090)),
            rest: None,
            metrics: false,
        }
    }
}

impl NodeHome {
    /// Which folder: the one given, else `ICS_HOME`, else `~/.ics`.
    #[must_use]
    pub fn choose(given: Option<&Path>) -> PathBuf {
        let named = given.map(Path::to_owned).or_else(|| std::env::var_os("ICS_HOME").map(PathBuf::from));
        let user = || std::env::var_os("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from);
        named.unwrap_or_else(|| user().join(".ics"))
    }

    /// The home in a folder.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// CometBFT's settings.
    #[must_use]
    pub fn config_toml(&self) -> PathBuf {
        self.0.join("config/config.toml")
    }

    /// The application's settings.
    #[must_use]
    pub fn app_toml(&self) -> PathBuf {
        self.0.join("config/app.toml")
    }

    /// What the command line takes where nothing is typed.
    #[must_use]
    pub fn client_toml(&self) -> PathBuf {
        self.0.join("config/client.toml")
    }

    /// Genesis transactions that wait to be collected.
    #[must_use]
    pub fn gentx_folder(&self) -> PathBuf {
        self.0.join("config/gentx")
    }

    /// The genesis document.
    #[must_use]
    pub fn genesis_json(&self) -> PathBuf {
        self.0.join("config/genesis.json")
    }

    /// What other nodes know the node by.
    #[must_use]
    pub fn node_key_json(&self) -> PathBuf {
        self.0.join("config/node_key.json")
    }

    /// What the node signs blocks with.
    #[must_use]
    pub fn validator_key_json(&self) -> PathBuf {
        self.0.join("config/priv_validator_key.json")
    }

    /// What the node signed last, by which it never signs twice.
    #[must_use]
    pub fn validator_state_json(&self) -> PathBuf {
        self.0.join("data/priv_validator_state.json")
    }

    /// Whether a node was made here: genesis is written last.
    #[must_use]
    pub fn is_made(&self) -> bool {
        self.genesis_json().exists()
    }

    /// Makes a node where there is none. What was begun and interrupted is made anew.
    ///
    /// # Errors
    /// [`NodeHomeError::Taken`] where there is one; [`NodeHomeError::Io`].
    pub fn make(&self, setup: &Setup<'_>) -> Result<(), NodeHomeError> {
        if self.is_made() {
            return Err(NodeHomeError::Taken(self.0.clone()));
        }
        self.write_comet(setup.comet)?;
        self.write_app(setup.kind, setup.minimum_gas_prices, setup.users)?;
        self.write_node_key(setup.node_key)?;
        self.write_validator_key(setup.validator_key)?;
        self.write_validator_state()?;
        self.write_genesis(setup.genesis)
    }

    /// Writes CometBFT's settings, all of them.
    ///
    /// # Errors
    /// [`NodeHomeError::Io`].
    pub fn write_comet(&self, comet: &Comet) -> Result<(), NodeHomeError> {
        file::write(&self.config_toml(), &comet.to_toml(), Access::Everybody)
    }

    /// Writes the application's settings, the usual ones but for these.
    ///
    /// # Errors
    /// [`NodeHomeError::Io`].
    pub fn write_app(
        &self,
        kind: ChainKind,
        minimum_gas_prices: &str,
        users: Users,
    ) -> Result<(), NodeHomeError> {
        let usual = AppToml::template(kind, minimum_gas_prices);
        let section = |name: [&'static str; 2], addr: Option<SocketAddr>| {
            let [enable, address] = name;
            let address = addr.map(|addr| (address, format!("\"tcp://{addr}\"")));
            std::iter::once((enable, addr.is_some().to_string())).chain(address)
        };
        let api = section(["api.enable", "api.address"], users.rest);
        let grpc = section(["grpc.enable", "grpc.address"], users.grpc);
        let mut values: Vec<_> = api.chain(grpc).collect();
        if users.metrics {
            values.push(("telemetry.enabled", true.to_string()));
            values.push(("telemetry.prometheus-retention-time", METRICS_KEPT_S.to_string()));
        }
        // The template has these keys.
        let text = with(&usual, &values).unwrap_or(usual);
        file::write(&self.app_toml(), &text, Access::Everybody)
    }

    /// Writes the genesis document.
    ///
    /// # Errors
    /// [`NodeHomeError::Io`].
    pub fn write_genesis(&self, document: &str) -> Result<(), NodeHomeError> {
        file::write(&self.genesis_json(), document, Access::Everybody)
    }

    /// Writes what other nodes know the node by: readable by its owner alone.
    ///
    /// # Errors
    /// [`NodeHomeError::Io`].
    pub fn write_node_key(&self, key: &ConsensusKey) -> Result<(), NodeHomeError> {
        file::write(&self.node_key_json(), &keys::node_key_json(key), Access::Owner)
    }

    /// Writes what the node signs blocks with: readable by its owner alone.
    ///
    /// # Errors
    /// [`NodeHomeError::Io`].
    pub fn write_validator_key(&self, key: &ConsensusKey) -> Result<(), NodeHomeError> {
        file::write(&self.validator_key_json(), &keys::validator_key_json(key), Access::Owner)
    }

    /// Writes that the node signed nothing yet, unless there is a record of what it signed: losing that is what double
    /// signatures come from.
    ///
    /// # Errors
    /// [`NodeHomeError::Io`].
    pub fn write_validator_state(&self) -> Result<(), NodeHomeError> {
        let path = self.validator_state_json();
        if path.exists() {
            return Ok(());
        }
        file::write(&path, "{\n  \"height\": \"0\",\n  \"round\": 0,\n  \"step\": 0\n}", Access::Owner)
    }

    /// The text of a file.
    ///
    /// # Errors
    /// [`NodeHomeError::Missing`], [`NodeHomeError::Io`].
    pub(crate) fn text(&self, path: &Path) -> Result<String, NodeHomeError> {
        file::read(path)
    }

    /// The text of the genesis document.
    ///
    /// # Errors
    /// [`NodeHomeError::Missing`], [`NodeHomeError::Io`].
    pub(crate) fn genesis(&self) -> Result<String, NodeHomeError> {
        file::read(&self.genesis_json())
    }

    /// CometBFT's settings that are text, by `section.key`.
    ///
    /// # Errors
    /// [`NodeHomeError`].
    pub(crate) fn comet(&self) -> Result<BTreeMap<String, String>, NodeHomeError> {
        let path = self.config_toml();
        let settings: toml::Table = file::read(&path)?.parse().map_err(|error: toml::de::Error| {
            NodeHomeError::Malformed { path: path.clone(), why: error.message().to_owned() }
        })?;
        let mut found = BTreeMap::new();
        for (name, value) in settings {
            match value {
                toml::Value::Table(section) => {
                    found.extend(section.into_iter().filter_map(|(key, value)| {
                        Some((format!("{name}.{key}"), value.as_str()?.to_owned()))
                    }))
                }
                value => found.extend(value.as_str().map(|text| (name, text.to_owned()))),
            }
        }
        Ok(found)
    }

    /// Replaces a file of settings.
    ///
    /// # Errors
    /// [`NodeHomeError::Io`].
    pub(crate) fn write_settings(&self, path: &Path, text: &str) -> Result<(), NodeHomeError> {
        file::write(path, text, Access::Everybody)
    }

    /// What other nodes know the node by.
    ///
    /// # Errors
    /// [`NodeHomeError`].
    pub fn node_key(&self) -> Result<ConsensusKey, NodeHomeError> {
        let path = self.node_key_json();
        keys::key_in(&file::read_secret(&path)?).map_err(|why| NodeHomeError::Malformed { path, why })
    }

    /// What the node signs blocks with.
    ///
    /// # Errors
    /// [`NodeHomeError`].
    pub fn validator_key(&self) -> Result<ConsensusKey, NodeHomeError> {
        let path = self.validator_key_json();
        keys::key_in(&file::read_secret(&path)?).map_err(|why| NodeHomeError::Malformed { path, why })
    }

    /// Looks at the keys that are there: a signer may be elsewhere.
    ///
    /// # Errors
    /// [`NodeHomeError::Malformed`], [`NodeHomeError::Exposed`].
    pub(crate) fn check_keys(&self) -> Result<(), NodeHomeError> {
        for key in [self.node_key(), self.validator_key()] {
            match key {
                Err(error) if !matches!(error, NodeHomeError::Missing(_)) => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}
