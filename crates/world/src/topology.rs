//! Names and numbers of the local network, and the keys behind its names.

use ics_client::{ConsensusKey, DEVELOPMENT_MNEMONIC, GasPrice, Key, KeyError, consensus};
use std::time::Duration;

/// What is staked and paid on every chain.
pub const DENOM: &str = "stake";
/// What every named account owns on every chain.
pub const FUNDS: u128 = 1_000_000_000_000;
/// Names of the accounts; the place is the last part of the key's path.
pub const ACCOUNTS: [&str; 10] =
    ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy"];
/// Place of the relayer's key.
pub const RELAYER_INDEX: u32 = 10;
/// Place of the first operator's key.
pub const OPERATOR_INDEX: u32 = 20;
/// The provider's chain id.
pub const PROVIDER: &str = "provider-1";
/// Prefix of accounts on the provider.
pub const PROVIDER_PREFIX: &str = "cosmos";
/// Prefix of accounts on consumers.
pub const CONSUMER_PREFIX: &str = "consumer";
/// How long a proposal may wait for its deposit.
pub const DEPOSIT_PERIOD: Duration = Duration::from_secs(60);
/// How long a proposal is voted on.
pub const VOTING_PERIOD: Duration = Duration::from_secs(30);
/// How long a proposal in a hurry is voted on.
pub const EXPEDITED_VOTING_PERIOD: Duration = Duration::from_secs(15);
/// What a proposal must hold before it is voted on; five times as much in a hurry.
pub const PROPOSAL_DEPOSIT: u128 = 1_000_000;
/// Blocks of an epoch.
pub const EPOCH_BLOCKS: i64 = 5;
/// The provider's unbonding period.
pub const PROVIDER_UNBONDING: Duration = Duration::from_secs(21 * 86_400);
/// Consumers' unbonding period.
pub const CONSUMER_UNBONDING: Duration = Duration::from_secs(20 * 86_400);

/// Least price of gas, and what the network's own transactions pay.
#[must_use]
pub fn gas_price() -> GasPrice {
    GasPrice { denom: DENOM.to_owned(), price: ics_abci::Dec::from_atomics(1_000_000_000_000_000) }
}

/// The key at a place of the development mnemonic.
///
/// # Errors
/// [`KeyError`] never for places below 2^31.
pub fn key(index: u32) -> Result<Key, KeyError> {
    Key::from_mnemonic_index(DEVELOPMENT_MNEMONIC, index)
}

/// The key with which a validator signs on the provider and, unless assigned otherwise, everywhere.
#[must_use]
pub fn consensus_key(moniker: &str) -> ConsensusKey {
    ConsensusKey::from_seed(consensus::seed_from_name(moniker, PROVIDER))
}

/// The key of its own that a validator uses on one consumer.
#[must_use]
pub fn assigned_key(moniker: &str, chain_id: &str) -> ConsensusKey {
    ConsensusKey::from_seed(consensus::seed_from_name(moniker, chain_id))
}
