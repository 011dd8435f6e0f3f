//! Accounts: their numbers, sequences and keys, and the accounts of modules.
//!
//! Journey: `tx::ante` reads an account and counts its sequence up; `bank` opens accounts for who receives coins.
//! Source: SDK x/auth.

mod authority;
mod genesis;
mod msg;
mod query;

pub(crate) use authority::invalid_signer;
pub use authority::{authority, only_authority};
pub use genesis::{
    AuthGenesis, BaseAccount, GenesisAccount, ModuleAccount as GenesisModuleAccount, PubKey, export, init,
};
pub use msg::MSGS;
pub(crate) use query::SECP256K1;
pub use query::{QUERIES, account_any};

use crate::Error;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::{AccAddr, module_address};
use ics_kv::{Corrupt, Item, Map, Read, Write};
use serde::{Deserialize, Serialize};

/// The module account that collects fees.
pub const FEE_COLLECTOR: &str = "fee_collector";

/// What transactions cost and how big they may be.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(default)]
pub struct Params {
    /// Most characters of a memo, bytes.
    #[serde(with = "crate::json::int")]
    pub max_memo_characters: u64,
    /// Most signatures of a transaction.
    #[serde(with = "crate::json::int")]
    pub tx_sig_limit: u64,
    /// Gas for each byte of a transaction.
    #[serde(with = "crate::json::int")]
    pub tx_size_cost_per_byte: u64,
    /// Gas for an Ed25519 signature (which accounts cannot have).
    #[serde(with = "crate::json::int")]
    pub sig_verify_cost_ed25519: u64,
    /// Gas for a Secp256k1 signature.
    #[serde(with = "crate::json::int")]
    pub sig_verify_cost_secp256k1: u64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            max_memo_characters: 256,
            tx_sig_limit: 7,
            tx_size_cost_per_byte: 10,
            sig_verify_cost_ed25519: 590,
            sig_verify_cost_secp256k1: 1_000,
        }
    }
}

impl Params {
    /// Checks that transactions remain possible and have a price.
    ///
    /// # Errors
    /// Code 1, codespace `undefined`, in the SDK's words.
    pub fn validate(&self) -> Result<(), Error> {
        for (what, value) in [
            ("tx signature limit", self.tx_sig_limit),
            ("ED25519 signature verification cost", self.sig_verify_cost_ed25519),
            ("SECK256k1 signature verification cost", self.sig_verify_cost_secp256k1),
            ("max memo characters", self.max_memo_characters),
            ("tx size cost per byte", self.tx_size_cost_per_byte),
        ] {
            if value == 0 {
                return Err(Error::unregistered(format!("invalid {what}: {value}")));
            }
        }
        Ok(())
    }
}

/// An account.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Account {
    /// Counts accounts from 0; signed by every transaction.
    pub number: u64,
    /// Counts the account's transactions.
    pub sequence: u64,
    /// Its Secp256k1 key, compressed, once it has signed.
    pub key: Option<[u8; 33]>,
    /// Which module's account it is, if any.
    pub module: Option<Module>,
}

/// What makes an account that of a module.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Module {
    /// Its name, e.g. `bonded_tokens_pool`.
    pub name: String,
    /// `minter`, `burner`, `staking`.
    pub permissions: Vec<String>,
    /// Whether anybody may send coins to it.
    pub open: bool,
}

/// A module account of a role's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModuleAccount {
    /// Its name.
    pub name: &'static str,
    /// `minter`, `burner`, `staking`.
    pub permissions: &'static [&'static str],
    /// Whether anybody may send coins to it.
    pub open: bool,
}

const PARAMS: Item<Params> = Item::at("auth", 0);
/// By address.
const ACCOUNTS: Map<Vec<u8>, Account> = Map::at("auth", 1);
const NEXT_NUMBER: Item<u64> = Item::at("auth", 2);

/// The module's parameters.
///
/// # Errors
/// [`Corrupt`] state.
pub fn params(state: &(impl Read + ?Sized)) -> Result<Params, Corrupt> {
    Ok(PARAMS.get(state)?.unwrap_or_default())
}

/// The account at an address, if it was ever opened.
///
/// # Errors
/// [`Corrupt`] state.
pub fn account(state: &(impl Read + ?Sized), addr: &AccAddr) -> Result<Option<Account>, Corrupt> {
    ACCOUNTS.get(state, &addr.0)
}

/// Whether there is an account at an address.
pub fn has_account(state: &(impl Read + ?Sized), addr: &AccAddr) -> bool {
    ACCOUNTS.has(state, &addr.0)
}

/// Stores an account.
pub fn set_account(state: &mut (impl Write + ?Sized), addr: &AccAddr, account: &Account) {
    ACCOUNTS.set(state, &addr.0, account);
}

/// Opens an account with the next number where there is none.
///
/// # Errors
/// [`Corrupt`] state.
pub fn ensure_account(state: &mut (impl Write + ?Sized), addr: &AccAddr) -> Result<(), Corrupt> {
    if !has_account(state, addr) {
        open(state, addr, None)?;
    }
    Ok(())
}

/// Makes the address of a module its account, whatever was there before keeps number and sequence.
///
/// # Errors
/// [`Corrupt`] state.
pub fn open_module_account(
    state: &mut (impl Write + ?Sized),
    account: &ModuleAccount,
) -> Result<AccAddr, Corrupt> {
    let addr = module_address(account.name);
    let module = Module {
        name: account.name.to_owned(),
        permissions: account.permissions.iter().map(|text| (*text).to_owned()).collect(),
        open: account.open,
    };
    match self::account(state, &addr)? {
        Some(mut known) => {
            known.module = Some(module);
            set_account(state, &addr, &known);
        }
        None => open(state, &addr, Some(module))?,
    }
    Ok(addr)
}

fn open(state: &mut (impl Write + ?Sized), addr: &AccAddr, module: Option<Module>) -> Result<(), Corrupt> {
    let number = NEXT_NUMBER.get(state)?.unwrap_or(0);
    NEXT_NUMBER.set(state, &number.saturating_add(1));
    set_account(state, addr, &Account { number, sequence: 0, key: None, module });
    Ok(())
}
