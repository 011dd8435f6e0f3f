//! The coins that a chain starts with, and those that it has.

use super::{BALANCES, Coin, Coins, SUPPLY, is_denom, params};
use crate::{ChainConfig, Error};
use ics_abci::AccAddr;
use ics_kv::{Corrupt, Read, Write};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Section `bank` of a genesis document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BankGenesis {
    /// Whether denominations may be sent where nothing else is said.
    pub params: BankParams,
    /// Who owns what.
    pub balances: Vec<GenesisBalance>,
    /// The sum of all balances; may be left out.
    pub supply: Coins,
    /// What denominations say of themselves: must be empty.
    pub denom_metadata: Vec<serde_json::Value>,
    /// Denominations of which it is said whether they may be sent.
    pub send_enabled: Vec<SendEnabled>,
}

/// Whether a denomination may be sent, in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendEnabled {
    /// Which.
    pub denom: String,
    /// Whether it may.
    #[serde(default)]
    pub enabled: bool,
}

/// The module's parameters in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BankParams {
    /// Deprecated by the SDK; must be empty.
    pub send_enabled: Vec<serde_json::Value>,
    /// Whether coins may be sent where nothing else is said.
    pub default_send_enabled: bool,
}

impl Default for BankParams {
    fn default() -> Self {
        Self { send_enabled: Vec::new(), default_send_enabled: true }
    }
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
/// Addresses or coins that are none, an address or a denomination twice, a supply that is not the sum, denominations that
/// say something of themselves.
pub fn init(
    state: &mut (impl Write + ?Sized),
    chain: &ChainConfig,
    genesis: &BankGenesis,
) -> Result<(), Error> {
    if !genesis.params.send_enabled.is_empty() {
        return Err(Error::not_supported("bank.params.send_enabled has moved to bank.send_enabled"));
    }
    let mut exceptions = BTreeMap::new();
    for (index, entry) in genesis.send_enabled.iter().enumerate() {
        if !is_denom(&entry.denom) || exceptions.insert(entry.denom.as_str(), entry.enabled).is_some() {
            let text = format!("bank.send_enabled[{index}]: not a denomination, once: {}", entry.denom);
            return Err(Error::invalid_request(text));
        }
    }
    if !genesis.denom_metadata.is_empty() {
        return Err(Error::not_supported("metadata of denominations is not available"));
    }
    let mut sums: BTreeMap<String, u128> = BTreeMap::new();
    let mut balances: BTreeMap<(Vec<u8>, String), u128> = BTreeMap::new();
    for entry in &genesis.balances {
        let owner = AccAddr::parse(chain.prefix, &entry.address).map_err(|error| {
            Error::invalid_address(format!("genesis balance of {}: {error}", entry.address))
        })?;
        if !entry.coins.is_valid() {
            return Err(Error::invalid_coins(&entry.coins));
        }
        for coin in &entry.coins.0 {
            if balances.insert((owner.0.clone(), coin.denom.clone()), coin.amount).is_some() {
                return Err(Error::invalid_request(format!(
                    "duplicate balance for address {}",
                    entry.address
                )));
            }
            let sum = sums.entry(coin.denom.clone()).or_default();
            *sum = sum.checked_add(coin.amount).ok_or_else(|| super::too_much(coin))?;
        }
    }
    let supply = Coins(sums.into_iter().map(|(denom, amount)| Coin { denom, amount }).collect());
    if !genesis.supply.0.is_empty() && genesis.supply != supply {
        let stated = &genesis.supply;
        let text = format!("genesis supply is incorrect, expected {stated}, got {supply}");
        return Err(Error::invalid_coins(text));
    }
    // What is usual needs no row.
    if !genesis.params.default_send_enabled {
        params::set_default(state, false);
    }
    for (denom, enabled) in exceptions {
        params::set_exception(state, denom, Some(enabled));
    }
    for (key, amount) in balances {
        BALANCES.set(state, &key, &amount);
    }
    for coin in &supply.0 {
        SUPPLY.set(state, &coin.denom, &coin.amount);
    }
    Ok(())
}

/// The section from which the coins can be stored again, by owner.
///
/// # Errors
/// [`Corrupt`] state.
pub fn export(state: &(impl Read + ?Sized), chain: &ChainConfig) -> Result<BankGenesis, Corrupt> {
    let mut owned: BTreeMap<Vec<u8>, Vec<Coin>> = BTreeMap::new();
    for entry in BALANCES.iter(state) {
        let ((owner, denom), amount) = entry?;
        owned.entry(owner).or_default().push(Coin { denom, amount });
    }
    let balances = owned.into_iter().map(|(owner, coins)| GenesisBalance {
        address: AccAddr(owner).to_text(chain.prefix),
        coins: sorted(coins),
    });
    let supply = SUPPLY.iter(state).map(|entry| entry.map(|(denom, amount)| Coin { denom, amount }));
    let exceptions = params::send_exceptions(state);
    let exceptions = exceptions.map(|entry| entry.map(|(denom, enabled)| SendEnabled { denom, enabled }));
    Ok(BankGenesis {
        params: BankParams {
            default_send_enabled: params::default_send_enabled(state)?,
            ..BankParams::default()
        },
        send_enabled: exceptions.collect::<Result<_, _>>()?,
        balances: balances.collect(),
        supply: sorted(supply.collect::<Result<_, _>>()?),
        ..BankGenesis::default()
    })
}

/// Keys sort by length first, coins by their letters.
fn sorted(mut coins: Vec<Coin>) -> Coins {
    coins.sort_by(|a, b| a.denom.cmp(&b.denom));
    Coins(coins)
}
