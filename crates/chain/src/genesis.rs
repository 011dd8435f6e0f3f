//! The genesis document's part for the chain: `app_state`, with the SDK's section and field names.

use crate::Error;
use crate::modules::auth::AuthGenesis;
use crate::modules::bank::BankGenesis;
use crate::modules::gov::GovGenesis;
use crate::modules::staking::{Genutil, StakingGenesis};
use ics_abci::{Genesis, Height, Time, ValUpdate};
use serde::{Deserialize, Serialize};
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppState {
    /// Accounts.
    pub auth: AuthGenesis,
    /// Coins.
    pub bank: BankGenesis,
    /// The first validators.
    pub genutil: Genutil,
    /// Staking's parameters.
    pub staking: StakingGenesis,
    /// Governance.
    pub gov: GovGenesis,
    /// All other sections, by name, e.g. `ccvconsumer`.
    #[serde(flatten)]
    pub rest: BTreeMap<String, serde_json::Value>,
}

impl GenesisDoc {
    /// Reads what the engine hands over. Empty `app_state` is that of a chain without accounts.
    ///
    /// # Errors
    /// `sdk/18` where `app_state` is not JSON of this form, saying where.
    pub fn read(genesis: &Genesis) -> Result<Self, Error> {
        let bytes: &[u8] = if genesis.app_state.is_empty() { b"{}" } else { &genesis.app_state };
        let app_state = serde_json::from_slice(bytes)
            .map_err(|error| Error::invalid_request(format!("app_state of the genesis document: {error}")))?;
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
    pub fn section(&self, name: &str) -> Option<&serde_json::Value> {
        self.app_state.rest.get(name)
    }
}
