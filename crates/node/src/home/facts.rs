//! What `localnet.json` says of a network, for people and programs.

use serde::{Deserialize, Serialize};

/// A local network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// What makes its blocks.
    #[serde(default, skip_serializing_if = "Engine::is_embedded")]
    pub engine: Engine,
    /// Its chains; their place decides their ports and does not change.
    pub chains: Vec<ChainFact>,
    /// Accounts that have coins on every chain.
    pub accounts: Vec<AccountFact>,
    /// Validators of the provider.
    pub validators: Vec<ValidatorFact>,
}

/// What makes the blocks of a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// The engine of this program, in one process.
    #[default]
    Embedded,
    /// CometBFT, a process for each node.
    CometBft,
}

impl Engine {
    // The shape is serde's.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    fn is_embedded(&self) -> bool {
        *self == Self::Embedded
    }
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
