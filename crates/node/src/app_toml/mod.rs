//! `config/app.toml`: what an operator sets of the application, under the names and units of the SDK's file.
//!
//! Journey: `ics start` → [`AppToml::read`] → the settings, and the names of those keys that the SDK has and that mean
//! nothing here. A file of the SDK's works as it is; a key that nobody knows is refused with the nearest that is known.
//! Source: SDK 0.50 `server/config/{config,toml}.go`.

mod names;
mod pruning;
mod template;
mod value;

pub use pruning::Pruning;
pub use value::Listen;

use crate::rpc::ANSWER_TIMEOUT;
use ics_abci::{Dec, Height};
use ics_client::GasPrice;
use std::fmt;
use std::time::Duration;
use toml::Table;
use value::Section;

/// What a chain is in interchain security.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainKind {
    /// It secures others.
    Provider,
    /// It is secured.
    Consumer,
    /// It secures itself, and nobody else.
    Standalone,
}

impl ChainKind {
    /// The word of a kind: `provider`, `consumer`, `standalone`.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Provider, Self::Consumer, Self::Standalone].into_iter().find(|kind| kind.word() == word)
    }

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Consumer => "consumer",
            Self::Standalone => "standalone",
        }
    }
}

impl fmt::Display for ChainKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The settings of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppToml {
    /// `role`, a key of our own: what the chain is; none where only its genesis tells.
    pub role: Option<ChainKind>,
    /// `minimum-gas-prices`: what the mempool takes for one unit of gas at least, by denomination (`0.001stake`, several
    /// behind commas); none takes any fee.
    pub min_gas_prices: Vec<(String, Dec)>,
    /// `pruning`, `pruning-keep-recent`, `pruning-interval`.
    pub pruning: Pruning,
    /// `halt-height`, `halt-time`.
    pub halt: HaltAt,
    /// `min-retain-blocks`: of how many of the last blocks CometBFT keeps at least; 0 keeps all.
    pub min_retain_blocks: u64,
    /// `[api]`.
    pub api: Api,
    /// `[grpc]`.
    pub grpc: Grpc,
    /// `[telemetry]`.
    pub telemetry: Telemetry,
}

/// After which block the process stops, as its operator wishes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HaltAt {
    /// `halt-height`: after this block, or at once where the chain is there; none goes on.
    pub height: Option<Height>,
    /// `halt-time`, seconds since 1970: after the first block of this time or a later one; none goes on.
    pub time_s: Option<u64>,
}

/// `[api]`: the REST gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    /// `enable`; off where nothing is said.
    pub enable: bool,
    /// `swagger`: whether the page that describes the gateway is served; off where nothing is said.
    pub swagger: bool,
    /// `address`: `tcp://localhost:1317` where nothing is said.
    pub address: Listen,
    /// `enabled-unsafe-cors`: whether pages of any origin may ask; off where nothing is said.
    pub enabled_unsafe_cors: bool,
    /// `rpc-write-timeout`, seconds: how long an answer may take; where the file says nothing or 0,
    /// [`ANSWER_TIMEOUT`](crate::rpc::ANSWER_TIMEOUT).
    pub answer_timeout: Duration,
    /// `max-open-connections`: how many connections there are at once, while others wait; 1,000 where nothing is said. 0 in the
    /// file is as many as the system allows.
    pub connections_max: usize,
}

/// `[grpc]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grpc {
    /// `enable`; on where nothing is said.
    pub enable: bool,
    /// `address`: `localhost:9090` where nothing is said.
    pub address: Listen,
}

/// `[telemetry]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telemetry {
    /// `enabled`; off where nothing is said.
    pub enabled: bool,
    /// `prometheus-retention-time`, seconds; the page of metrics is served where it is above 0.
    pub prometheus_retention_time_s: u64,
}

/// A file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// What it sets.
    pub settings: AppToml,
    /// Keys and sections of the SDK's that mean nothing here, as the file has them: they are ignored.
    pub ignored: Vec<String>,
}

/// What the options of a command say of some keys, written `section.key`, instead of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides(pub Vec<(&'static str, String)>);

impl Overrides {
    fn write(&self, file: &mut Table) {
        for (name, value) in &self.0 {
            let value = toml::Value::String(value.clone());
            match name.split_once('.') {
                None => drop(file.insert((*name).to_owned(), value)),
                Some((section, key)) => {
                    let section = file.entry(section).or_insert_with(|| toml::Value::Table(Table::new()));
                    if let toml::Value::Table(section) = section {
                        section.insert(key.to_owned(), value);
                    }
                }
            }
        }
    }
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppTomlError {
    /// It is no TOML.
    #[error("{0}")]
    Syntax(String),
    /// A key that neither we nor the SDK have.
    #[error("there is no key `{key}`; the nearest is `{nearest}`")]
    UnknownKey {
        /// The key, behind its section's name.
        key: String,
        /// The known key that is written most like it.
        nearest: &'static str,
    },
    /// An option of the command that stands for a key.
    #[error("the options of the command: {0}")]
    Option(Box<AppTomlError>),
    /// A value that its key does not take.
    #[error("`{key}` takes {expected}, not {found}")]
    Value {
        /// The key, behind its section's name.
        key: String,
        /// What it takes.
        expected: String,
        /// What it has.
        found: String,
    },
}

impl AppToml {
    /// Reads a file.
    ///
    /// # Errors
    /// [`AppTomlError`], naming the key.
    pub fn read(text: &str) -> Result<Read, AppTomlError> {
        let mut file = parse(text)?;
        let ignored = names::check(&file)?;
        Ok(Read { settings: Self::of(&mut file, &Overrides::default())?, ignored })
    }

    /// Reads a file, and puts what a command's options say over it.
    ///
    /// # Errors
    /// [`AppTomlError`]: of the options where the file alone can be read.
    pub fn read_with(text: &str, overrides: &Overrides) -> Result<Read, AppTomlError> {
        let Read { ignored, .. } = Self::read(text)?;
        let settings = Self::of(&mut parse(text)?, overrides);
        let settings = settings.map_err(|error| AppTomlError::Option(Box::new(error)))?;
        Ok(Read { settings, ignored })
    }

    fn of(file: &mut Table, overrides: &Overrides) -> Result<Self, AppTomlError> {
        overrides.write(file);
        let root = Section::root(file);
        let (api, grpc, telemetry) =
            (root.section("api")?, root.section("grpc")?, root.section("telemetry")?);
        let above_zero = |number: u64| (number > 0).then_some(number);
        let role = |word: &str| ChainKind::of(word);
        Ok(Self {
            role: root.parsed("role", "\"provider\", \"consumer\" or \"standalone\"", role)?,
            min_gas_prices: root.parsed("minimum-gas-prices", PRICES, prices)?.unwrap_or_default(),
            pruning: Pruning::read(&root)?,
            halt: HaltAt {
                height: above_zero(root.number("halt-height", 0)?).map(Height),
                time_s: above_zero(root.number("halt-time", 0)?),
            },
            min_retain_blocks: root.number("min-retain-blocks", 0)?,
            api: Api {
                enable: api.switch("enable", false)?,
                swagger: api.switch("swagger", false)?,
                address: api.listen("address", 1_317)?,
                enabled_unsafe_cors: api.switch("enabled-unsafe-cors", false)?,
                answer_timeout: above_zero(api.number("rpc-write-timeout", 0)?)
                    .map_or(ANSWER_TIMEOUT, Duration::from_secs),
                connections_max: above_zero(api.number("max-open-connections", 1_000)?)
                    .map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX)),
            },
            grpc: Grpc { enable: grpc.switch("enable", true)?, address: grpc.listen("address", 9_090)? },
            telemetry: Telemetry {
                enabled: telemetry.switch("enabled", false)?,
                prometheus_retention_time_s: telemetry.number("prometheus-retention-time", 0)?,
            },
        })
    }

    /// A documented file for a new home, with these prices of gas and the usual rest.
    #[must_use]
    pub fn template(role: ChainKind, minimum_gas_prices: &str) -> String {
        template::fill(role, minimum_gas_prices)
    }
}

const PRICES: &str = "prices of gas such as \"0.001stake\", several behind commas";

/// Reads `minimum-gas-prices`. The SDK divides several by commas, older versions by semicolons.
///
/// None where one of them is none.
#[must_use]
pub fn prices(text: &str) -> Option<Vec<(String, Dec)>> {
    let listed = text.split([',', ';']).map(str::trim).filter(|price| !price.is_empty());
    listed.map(|text| text.parse::<GasPrice>().ok().map(|price| (price.denom, price.price))).collect()
}

fn parse(text: &str) -> Result<Table, AppTomlError> {
    text.parse().map_err(|error: toml::de::Error| AppTomlError::Syntax(one_line(&error)))
}

fn one_line(error: &toml::de::Error) -> String {
    error.to_string().lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
