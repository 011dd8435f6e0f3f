//! The coins that a chain starts with.

use super::{BALANCES, Coin, Coins, SUPPLY};
use crate::{ChainConfig, Error};
use ics_abci::AccAddr;
use ics_kv::Write;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Section `bank` of a genesis document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BankGenesis {
    /// Who owns what.
    pub balances: Vec<GenesisBalance>,
    /// The sum of all balances; may be left out.
    pub supply: Coins,
}

/// What an account owns at genesis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenesisBalance {
    /// Bech32.
    pub address: String,
    /// Valid coins.
    pub coins: Coins,
}

/// Stores the balances and the supply.
///
/// # Errors
/// Addresses or coins that are none, an address twice, a supply that is not the sum.
pub fn init(
    state: &mut (impl Write + ?Sized),
    chain: &ChainConfig,
    genesis: &BankGenesis,
) -> Result<(), Error> {
    let mut sums: BTreeMap<String, u128> = BTreeMap::new();
    for entry in &genesis.balances {
        let owner = AccAddr::parse(chain.prefix, &entry.address).map_err(|error| {
            Error::invalid_address(format!("genesis balance of {}: {error}", entry.address))
        })?;
        if !entry.coins.is_valid() {
            return Err(Error::invalid_coins(&entry.coins));
        }
        for coin in &entry.coins.0 {
            let key = (owner.0.clone(), coin.denom.clone());
            if BALANCES.has(state, &key) {
                return Err(Error::invalid_request(format!(
                    "duplicate balance for address {}",
                    entry.address
                )));
            }
            let sum = sums.entry(coin.denom.clone()).or_default();
            *sum = sum.checked_add(coin.amount).ok_or_else(|| super::too_much(coin))?;
            BALANCES.set(state, &key, &coin.amount);
        }
    }
    let supply = Coins(sums.into_iter().map(|(denom, amount)| Coin { denom, amount }).collect());
    if !genesis.supply.0.is_empty() && genesis.supply != supply {
        let stated = &genesis.supply;
        let text = format!("genesis supply is incorrect, expected {stated}, got {supply}");
        return Err(Error::invalid_coins(text));
    }
    for coin in &supply.0 {
        SUPPLY.set(state, &coin.denom, &coin.amount);
    }
    Ok(())
}
