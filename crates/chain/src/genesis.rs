//! The genesis document's part for the chain: `app_state`, with the SDK's section and field names.
//!
//! Journey: [`crate::App`] reads a document → each module's `init`; `App::export` → each module's `export` → a document from
//! which the same chain goes on. What the SDK's sections and those of the reference lose stands beside them, in sections of
//! our own: `staking_state`, `provider_state`, `ccvconsumer_state`, `headers`.

use crate::Error;
use crate::headers::GenesisHeader;
use crate::modules::auth::AuthGenesis;
use crate::modules::bank::BankGenesis;
use crate::modules::genutil::Genutil;
use crate::modules::gov::GovGenesis;
use crate::modules::staking::{StakingGenesis, StakingState};
use ics_abci::{Genesis, Height, Time, ValUpdate};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a role starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenesisDoc {
    /// The chain's id.
    pub chain_id: String,
    /// Time of the first block.
    pub time: Time,
    /// Height of the first block.
    pub initial_height: Height,
    /// Validators that the document names; a role may name others.
    pub validators: Vec<ValUpdate>,
    /// The sections.
    pub app_state: AppState,
}

/// The sections of `app_state`. Those that have no type here are kept as JSON for the role that knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AppState {
    /// Accounts.
    pub auth: AuthGenesis,
    /// Coins.
    pub bank: BankGenesis,
    /// The first validators of a new chain.
    #[serde(skip_serializing_if = "Genutil::is_empty")]
    pub genutil: Genutil,
    /// Stake.
    #[serde(skip_serializing_if = "StakingGenesis::is_default")]
    pub staking: StakingGenesis,
    /// What staking's section loses.
    #[serde(skip_serializing_if = "StakingState::is_default")]
    pub staking_state: StakingState,
    /// Headers of past blocks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<GenesisHeader>,
    /// Governance.
    pub gov: GovGenesis,
    /// All other sections, by name, e.g. `ccvconsumer`.
    #[serde(flatten)]
    pub rest: BTreeMap<String, Value>,
}

impl GenesisDoc {
    /// Reads what the engine hands over. Empty `app_state` is that of a chain without accounts.
    ///
    /// # Errors
    /// `sdk/18` where `app_state` is not JSON of this form, saying where.
    pub fn read(genesis: &Genesis) -> Result<Self, Error> {
        let bytes: &[u8] = if genesis.app_state.is_empty() { b"{}" } else { &genesis.app_state };
        let mut rest: BTreeMap<String, Value> = serde_json::from_slice(bytes)
            .map_err(|error| Error::invalid_request(format!("app_state of the genesis document: {error}")))?;
        let app_state = AppState {
            auth: section(&mut rest, "auth")?,
            bank: section(&mut rest, "bank")?,
            genutil: section(&mut rest, "genutil")?,
            staking: section(&mut rest, "staking")?,
            staking_state: section(&mut rest, "staking_state")?,
            headers: section(&mut rest, "headers")?,
            gov: section(&mut rest, "gov")?,
            rest,
        };
        Ok(Self {
            chain_id: genesis.chain_id.clone(),
            time: genesis.time,
            initial_height: genesis.initial_height,
            validators: genesis.validators.clone(),
            app_state,
        })
    }

    /// A section that has no type here.
    #[must_use]
    pub fn section(&self, name: &str) -> Option<&Value> {
        self.app_state.rest.get(name)
    }
}

/// Takes a section that has a type here; its default where it is absent.
fn section<T: DeserializeOwned + Default>(
    sections: &mut BTreeMap<String, Value>,
    name: &str,
) -> Result<T, Error> {
    match sections.remove(name) {
        None | Some(Value::Null) => Ok(T::default()),
        Some(section) => serde_json::from_value(section)
            .map_err(|error| Error::invalid_request(format!("app_state.{name}: {error}"))),
    }
}

/// What a role gives of its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The sections of its modules, but for `auth` and `headers`, which every chain has.
    pub app_state: AppState,
    /// The set as last given to consensus.
    pub validators: Vec<ValUpdate>,
}
