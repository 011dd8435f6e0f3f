//! The accounts that a chain starts with, and those that it has.

use super::{ACCOUNTS, Account, Module, NEXT_NUMBER, Params};
use crate::{ChainConfig, Error};
use ics_abci::AccAddr;
use ics_kv::{Corrupt, Read, Write};
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

/// An account of a genesis document; others than these two kinds are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "@type")]
pub enum GenesisAccount {
    /// Somebody's.
    #[serde(rename = "/cosmos.auth.v1beta1.BaseAccount")]
    Base(BaseAccount),
    /// A module's.
    #[serde(rename = "/cosmos.auth.v1beta1.ModuleAccount")]
    Module(ModuleAccount),
}

/// `BaseAccount` in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseAccount {
    /// Bech32.
    pub address: String,
    /// Its key, once it has signed.
    #[serde(default)]
    pub pub_key: Option<PubKey>,
    /// Its number; where two have the same, all are numbered in order of appearance.
    #[serde(with = "crate::json::int")]
    pub account_number: u64,
    /// Its sequence.
    #[serde(with = "crate::json::int")]
    pub sequence: u64,
}

/// `ModuleAccount` in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleAccount {
    /// The account under it.
    pub base_account: BaseAccount,
    /// The module's name.
    pub name: String,
    /// `minter`, `burner`, `staking`.
    #[serde(default)]
    pub permissions: Vec<String>,
}

/// A public key in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PubKey {
    /// E.g. `/cosmos.crypto.ed25519.PubKey`.
    #[serde(rename = "@type")]
    pub kind: String,
    /// The bytes, base64.
    #[serde(with = "crate::json::base64")]
    pub key: Vec<u8>,
}

impl GenesisAccount {
    /// An account that has not signed anything yet.
    #[must_use]
    pub const fn new(address: String, account_number: u64) -> Self {
        Self::Base(BaseAccount { address, pub_key: None, account_number, sequence: 0 })
    }

    const fn base(&self) -> &BaseAccount {
        match self {
            Self::Base(base) | Self::Module(ModuleAccount { base_account: base, .. }) => base,
        }
    }

    fn of(prefix: &str, addr: &AccAddr, account: Account) -> Self {
        let pub_key = account.key.map(|key| PubKey { kind: super::SECP256K1.to_owned(), key: key.to_vec() });
        let (account_number, sequence) = (account.number, account.sequence);
        let base = BaseAccount { address: addr.to_text(prefix), pub_key, account_number, sequence };
        match account.module {
            None => Self::Base(base),
            Some(Module { name, permissions, .. }) => {
                Self::Module(ModuleAccount { base_account: base, name, permissions })
            }
        }
    }

    /// What is stored, but for the number.
    fn read(&self) -> Result<Account, Error> {
        let base = self.base();
        let key = base.pub_key.as_ref().map(|key| {
            let bytes = (key.kind == super::SECP256K1).then(|| key.key.as_slice().try_into().ok()).flatten();
            let text = || format!("genesis account {}: the key must be Secp256k1, 33 bytes", base.address);
            bytes.ok_or_else(|| Error::invalid_pub_key(text()))
        });
        // Whether a module's account takes coins is said by the role, which opens its accounts next.
        let module = match self {
            Self::Base(_) => None,
            Self::Module(account) => Some(Module {
                name: account.name.clone(),
                permissions: account.permissions.clone(),
                open: false,
            }),
        };
        Ok(Account { number: base.account_number, sequence: base.sequence, key: key.transpose()?, module })
    }
}

/// Opens the accounts of genesis.
///
/// # Errors
/// Addresses or keys that are none, a module's account elsewhere than at the module's address, an address twice.
pub fn init(
    state: &mut (impl Write + ?Sized),
    chain: &ChainConfig,
    genesis: &AuthGenesis,
) -> Result<(), Error> {
    let numbers = genesis.accounts.iter().map(|account| account.base().account_number);
    let distinct = numbers.collect::<BTreeSet<u64>>().len() == genesis.accounts.len();
    let (mut next, mut known) = (0_u64, BTreeSet::new());
    let mut accounts = Vec::with_capacity(genesis.accounts.len());
    for (position, entry) in (0_u64..).zip(&genesis.accounts) {
        let address = &entry.base().address;
        let addr = AccAddr::parse(chain.prefix, address)
            .map_err(|error| Error::invalid_address(format!("genesis account {address}: {error}")))?;
        if !known.insert(addr.clone()) {
            return Err(Error::invalid_request(format!("duplicate account found in genesis: {address}")));
        }
        let mut account = entry.read()?;
        if let Some(module) = &account.module
            && ics_abci::module_address(&module.name) != addr
        {
            let name = &module.name;
            let text = format!("genesis account {address} is not the address of module {name}");
            return Err(Error::invalid_address(text));
        }
        if !distinct {
            account.number = position;
        }
        let after = account.number.checked_add(1);
        let after = after.ok_or_else(|| Error::invalid_request("no account number is left"))?;
        next = next.max(after);
        accounts.push((addr, account));
    }
    super::PARAMS.set(state, &genesis.params);
    NEXT_NUMBER.set(state, &next);
    for (addr, account) in accounts {
        ACCOUNTS.set(state, &addr.0, &account);
    }
    Ok(())
}

/// The section from which the accounts can be opened again, by address.
///
/// # Errors
/// [`Corrupt`] state.
pub fn export(state: &(impl Read + ?Sized), chain: &ChainConfig) -> Result<AuthGenesis, Corrupt> {
    let accounts = ACCOUNTS
        .iter(state)
        .map(|entry| entry.map(|(addr, account)| GenesisAccount::of(chain.prefix, &AccAddr(addr), account)));
    Ok(AuthGenesis { params: super::params(state)?, accounts: accounts.collect::<Result<_, _>>()? })
}
