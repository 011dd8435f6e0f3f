//! The local network: who is in it, with which names, numbers and genesis documents.

use ics_abci::{ConsAddr, ConsKey, Genesis, Height, Params, Time};
use ics_chain::genesis::AppState;
use ics_chain::modules::auth::{AuthGenesis, GenesisAccount};
use ics_chain::modules::bank::{BankGenesis, Coin, Coins, GenesisBalance};
use ics_chain::modules::staking::{GenTx, Genutil, Params as StakingParams, StakingGenesis};
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
/// Validators: moniker and stake of their own.
pub const VALIDATORS: [(&str, u128); 4] =
    [("val1", 100_000_000), ("val2", 90_000_000), ("val3", 80_000_000), ("val4", 70_000_000)];
/// The provider's chain id.
pub const PROVIDER: &str = "provider-1";
/// Prefix of accounts on the provider.
pub const PROVIDER_PREFIX: &str = "cosmos";
/// Prefix of accounts on consumers.
pub const CONSUMER_PREFIX: &str = "consumer";
/// Blocks of an epoch.
pub const EPOCH_BLOCKS: i64 = 5;
/// The provider's unbonding period.
pub const PROVIDER_UNBONDING: Duration = Duration::from_secs(21 * 86_400);
/// Consumers' unbonding period, seconds.
pub const CONSUMER_UNBONDING_S: i64 = 20 * 86_400;

/// A consumer that the network begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumerPlan {
    /// Its chain id.
    pub chain_id: &'static str,
    /// How many validators, from the first, opt in to it.
    pub validators: usize,
    /// Which of them uses a key of its own there.
    pub assigned: Option<usize>,
}

/// The consumers that the network begins with.
pub const CONSUMERS: [ConsumerPlan; 2] = [
    ConsumerPlan { chain_id: "consumer-1", validators: 4, assigned: None },
    ConsumerPlan { chain_id: "consumer-2", validators: 3, assigned: Some(1) },
];

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

/// Every consensus key that the network holds for a chain, by address.
pub fn keys_for(chain_id: &str) -> impl Iterator<Item = (ConsAddr, ConsensusKey)> + '_ {
    let own = VALIDATORS.iter().map(|(moniker, _)| consensus_key(moniker));
    let assigned = VALIDATORS.iter().map(move |(moniker, _)| assigned_key(moniker, chain_id));
    own.chain(assigned).map(|key| (key.address(), key))
}

fn funded(prefix: &str, operators: bool) -> Result<Vec<(String, u128)>, KeyError> {
    let mut list = Vec::new();
    for index in (0_u32..).take(ACCOUNTS.len()) {
        list.push((key(index)?.address().to_text(prefix), FUNDS));
    }
    list.push((key(RELAYER_INDEX)?.address().to_text(prefix), FUNDS));
    if operators {
        for (index, (_, stake)) in (OPERATOR_INDEX..).zip(VALIDATORS) {
            list.push((key(index)?.address().to_text(prefix), stake.saturating_add(FUNDS)));
        }
    }
    Ok(list)
}

fn app_state(funds: Vec<(String, u128)>) -> AppState {
    let mut state =
        AppState { auth: AuthGenesis::default(), bank: BankGenesis::default(), ..AppState::default() };
    for (number, (address, amount)) in (0_u64..).zip(funds) {
        state.auth.accounts.push(GenesisAccount::new(address.clone(), number));
        state.bank.balances.push(GenesisBalance { address, coins: Coins::one(DENOM, amount) });
    }
    state
}

/// Why a genesis document could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TopologyError {
    /// The mnemonic's keys.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The document's JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// The provider's genesis.
///
/// # Errors
/// [`TopologyError`].
pub fn provider_genesis(time: Time) -> Result<Genesis, TopologyError> {
    let mut state = app_state(funded(PROVIDER_PREFIX, true)?);
    let valoper = format!("{PROVIDER_PREFIX}valoper");
    let mut gen_txs = Vec::new();
    for (index, (moniker, stake)) in (OPERATOR_INDEX..).zip(VALIDATORS) {
        let operator = key(index)?.operator().to_text(&valoper);
        gen_txs.push(GenTx::new(
            moniker,
            operator,
            &consensus_key(moniker).public(),
            Coin::new(DENOM, stake),
        ));
    }
    state.genutil = Genutil { gen_txs };
    state.staking = StakingGenesis {
        params: StakingParams { unbonding_time: PROVIDER_UNBONDING.into(), ..StakingParams::default() },
        ..StakingGenesis::default()
    };
    let provider = serde_json::json!({"params": {"blocks_per_epoch": EPOCH_BLOCKS.to_string()}});
    state.rest.insert("provider".to_owned(), provider);
    genesis(PROVIDER, Height(1), time, &state)
}

/// A consumer's genesis around what the provider serves as `app_state.ccvconsumer`.
///
/// # Errors
/// [`TopologyError`].
pub fn consumer_genesis(
    chain_id: &str,
    initial_height: Height,
    time: Time,
    ccvconsumer: &str,
) -> Result<Genesis, TopologyError> {
    let mut state = app_state(funded(CONSUMER_PREFIX, false)?);
    state.rest.insert("ccvconsumer".to_owned(), serde_json::from_str(ccvconsumer)?);
    genesis(chain_id, initial_height, time, &state)
}

fn genesis(
    chain_id: &str,
    initial_height: Height,
    time: Time,
    state: &AppState,
) -> Result<Genesis, TopologyError> {
    Ok(Genesis {
        chain_id: chain_id.to_owned(),
        time,
        initial_height,
        params: Params::default(),
        validators: Vec::new(),
        app_state: serde_json::to_vec(state)?,
    })
}

/// The assigned key of a plan as the message carries it.
#[must_use]
pub fn key_json(key: &ConsKey) -> String {
    consensus::key_json(key)
}
