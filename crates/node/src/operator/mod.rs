//! What an operator does with a node that does not run: makes its home, writes the chain's genesis, changes settings.
//!
//! Journey: [`init`] → [`add_account`], [`gentx`] and [`collect`] on the genesis document → [`validate`] → `ics start`.
//! Every step reads the files, checks everything, and then writes.
//! Source: SDK 0.50 `x/genutil`, `server/cmt_cmds.go`, `tools/confix`.

mod accounts;
mod collect;
mod document;
mod gentx;
mod init;
mod reset;
mod settings;
mod validate;

pub use accounts::add_account;
pub use collect::collect;
pub use document::Summary;
pub use gentx::{GenTxPlan, gentx};
pub use init::{InitPlan, init};
pub use reset::{KeepPeers, reset};
pub use settings::{File, get, set, view, view_json};
pub use validate::validate;

use crate::abci::StartError;
use crate::node_home::{NodeHome, NodeHomeError};
use std::path::PathBuf;

/// Why an operator's command does nothing.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// A file of the home.
    #[error(transparent)]
    Home(#[from] NodeHomeError),
    /// A file of the home, as `ics start` finds it.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There is a genesis document already.
    #[error("{} is there already: say --overwrite to write a new one", .0.display())]
    Exists(PathBuf),
    /// A key that signs blocks is there, and is not the one that the words give.
    #[error(
        "{} holds another key than the words give; to go on with theirs, and only if that key signs no chain any more, move \
         the file and data/priv_validator_state.json away first",
        .0.display()
    )]
    OtherKey(PathBuf),
    /// A chain's id that no chain can have.
    #[error("`{0}` is no chain id: it has 1 to 50 characters")]
    ChainId(String),
    /// Text that names no account of this chain.
    #[error("`{text}` is no address of this chain, whose addresses begin with {prefix}1: {why}")]
    Address {
        /// The text.
        text: String,
        /// The chain's prefix.
        prefix: String,
        /// What is wrong.
        why: String,
    },
    /// A denomination or an amount of coins.
    #[error("{0}: write it as 1000000stake")]
    Coins(String),
    /// An account that genesis has already.
    #[error("genesis has the account {0} already: say --append to add to its coins")]
    Twice(String),
    /// An operator whose coins do not suffice.
    #[error(
        "{address} has {owned} at genesis, less than the {wanted} that it is to bond: add to it with --append"
    )]
    Short {
        /// The operator's account.
        address: String,
        /// What it has of the denomination.
        owned: String,
        /// What it is to bond.
        wanted: String,
    },
    /// A commission that is none.
    #[error("`{0}` is no rate of commission: write a decimal from 0 to 1 such as 0.10")]
    Rate(String),
    /// A genesis transaction that is none.
    #[error("{}: {why}", .path.display())]
    GenTx {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// There is nothing to collect.
    #[error("there is no genesis transaction in {}: make one with `ics genesis gentx`", .0.display())]
    NoGenTx(PathBuf),
    /// A document from which no chain starts.
    #[error("{} is no genesis that a chain starts from: {why}", .path.display())]
    Invalid {
        /// The document.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A key that a file of settings does not have.
    #[error("{} has no key `{key}`", .path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
    },
    /// A value that a file of settings does not take.
    #[error("{}: {why}; nothing was changed", .path.display())]
    Setting {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// The prefix of accounts of a home's chain.
///
/// # Errors
/// [`OperatorError`] where the home does not tell what the chain is.
pub fn prefix(home: &NodeHome) -> Result<&'static str, OperatorError> {
    Ok(document::Document::of(home)?.prefix())
}
