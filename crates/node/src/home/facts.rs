//! What `localnet.json` says of a network, for people and programs.

use serde::{Deserialize, Serialize};

/// A local network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Its chains; their place decides their ports and does not change.
    pub chains: Vec<ChainFact>,
    /// Accounts that have coins on every chain.
    pub accounts: Vec<AccountFact>,
    /// Validators of the provider.
    pub validators: Vec<ValidatorFact>,
}

/// What a chain is in the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChainRole {
    /// It secures the others.
    Provider,
    /// It is secured.
    Consumer,
}

/// A chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainFact {
    /// Its chain id.
    pub id: String,
    /// What it is.
    pub role: ChainRole,
    /// What the provider calls it; none for the provider.
    pub consumer_id: Option<String>,
    /// URL of its JSON-RPC.
    pub rpc: String,
    /// URL of its gRPC.
    pub grpc: String,
    /// URL of its REST gateway; empty in a file that knows of none.
    #[serde(default)]
    pub rest: String,
}

/// An account of the development mnemonic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFact {
    /// Its name in the keyring.
    pub name: String,
    /// Its address on the provider.
    pub address: String,
    /// The words it comes from.
    pub mnemonic: String,
    /// The last part of its path.
    pub index: u32,
}

/// A validator of the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidatorFact {
    /// Its name.
    pub moniker: String,
    /// Its operator's address.
    pub operator_address: String,
    /// The account that operates it, by name.
    pub account: String,
}
