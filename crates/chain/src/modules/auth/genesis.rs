//! The accounts that a chain starts with.

use super::{ACCOUNTS, Account, NEXT_NUMBER, Params};
use crate::{ChainConfig, Error};
use ics_abci::AccAddr;
use ics_kv::Write;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Section `auth` of a genesis document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthGenesis {
    /// The parameters.
    pub params: Params,
    /// The accounts.
    pub accounts: Vec<GenesisAccount>,
}

/// A `BaseAccount` of a genesis document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenesisAccount {
    /// `/cosmos.auth.v1beta1.BaseAccount`; others are refused.
    #[serde(rename = "@type")]
    pub kind: String,
    /// Bech32.
    pub address: String,
    /// Its number; where two have the same, all are numbered in order of appearance.
    #[serde(with = "crate::json::int")]
    pub account_number: u64,
    /// Its sequence.
    #[serde(with = "crate::json::int")]
    pub sequence: u64,
}

const BASE_ACCOUNT: &str = "/cosmos.auth.v1beta1.BaseAccount";

impl GenesisAccount {
    /// An account that has not signed anything yet.
    #[must_use]
    pub fn new(address: String, account_number: u64) -> Self {
        Self { kind: BASE_ACCOUNT.to_owned(), address, account_number, sequence: 0 }
    }
}

/// Opens the accounts of genesis.
///
/// # Errors
/// Accounts of another kind than `BaseAccount`, addresses that are none, an address twice.
pub fn init(
    state: &mut (impl Write + ?Sized),
    chain: &ChainConfig,
    genesis: &AuthGenesis,
) -> Result<(), Error> {
    super::PARAMS.set(state, &genesis.params);
    let numbers: BTreeSet<u64> = genesis.accounts.iter().map(|account| account.account_number).collect();
    let distinct = numbers.len() == genesis.accounts.len();
    let mut next = 0_u64;
    for (position, entry) in (0_u64..).zip(&genesis.accounts) {
        if entry.kind != BASE_ACCOUNT {
            let kind = &entry.kind;
            return Err(Error::invalid_type(format!(
                "genesis accounts of type {kind} are not available yet"
            )));
        }
        let addr = AccAddr::parse(chain.prefix, &entry.address)
            .map_err(|error| Error::invalid_address(format!("genesis account {}: {error}", entry.address)))?;
        if super::has_account(state, &addr) {
            return Err(Error::invalid_request(format!(
                "duplicate account found in genesis: {}",
                entry.address
            )));
        }
        let number = if distinct { entry.account_number } else { position };
        next = next.max(number.saturating_add(1));
        ACCOUNTS.set(state, &addr.0, &Account { number, sequence: entry.sequence, key: None, module: None });
    }
    NEXT_NUMBER.set(state, &next);
    Ok(())
}
