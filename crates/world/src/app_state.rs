//! What the chains of a plan begin with: their genesis documents.

use crate::plan::{Plan, ValidatorPlan};
use crate::topology::{self, CONSUMER_PREFIX, DENOM, PROVIDER, PROVIDER_PREFIX};
use ics_abci::{Dec, Genesis, Height, Params, Time};
use ics_chain::genesis::AppState;
use ics_chain::modules::auth::GenesisAccount;
use ics_chain::modules::bank::{Coins, GenesisBalance};
use ics_chain::modules::genutil::Genutil;
use ics_chain::modules::gov::{GovGenesis, Params as GovParams};
use ics_chain::modules::staking::{Params as StakingParams, StakingGenesis};
use ics_client::msgs::{NewValidator, create_validator};
use ics_client::{Body, Coin, Key, KeyError, SignError, sign_genesis};
use ics_proto::json::{JsonError, to_json_of};

/// Why a genesis document could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TopologyError {
    /// The mnemonic's keys.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The signature of a genesis transaction.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A genesis transaction's JSON.
    #[error(transparent)]
    Tx(#[from] JsonError),
    /// The document's JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// The provider's genesis.
///
/// # Errors
/// [`TopologyError`].
pub fn provider_genesis(plan: &Plan, time: Time) -> Result<Genesis, TopologyError> {
    let mut funds = funded(plan, PROVIDER_PREFIX)?;
    let mut gen_txs = Vec::new();
    for validator in &plan.validators {
        let key = topology::key(validator.index)?;
        funds.push((key.address().to_text(PROVIDER_PREFIX), validator.stake.saturating_add(plan.funds)));
        gen_txs.push(genesis_tx(&key, validator)?);
    }
    let mut state = app_state(funds);
    state.genutil = Genutil { gen_txs };
    state.staking = StakingGenesis {
        params: StakingParams { unbonding_time: plan.provider_unbonding.into(), ..StakingParams::default() },
        ..StakingGenesis::default()
    };
    let provider = serde_json::json!({"params": {"blocks_per_epoch": plan.epoch_blocks.to_string()}});
    state.rest.insert("provider".to_owned(), provider);
    genesis(PROVIDER, Height(1), time, &state)
}

/// What makes one of the first validators, with the SDK's usual commission.
fn genesis_tx(key: &Key, validator: &ValidatorPlan) -> Result<serde_json::Value, TopologyError> {
    let percent = |parts: i128| Dec::from_atomics(parts.saturating_mul(10_000_000_000_000_000));
    let new = NewValidator {
        operator: key.operator().to_text(&format!("{PROVIDER_PREFIX}valoper")),
        key: topology::consensus_key(&validator.moniker).public(),
        moniker: validator.moniker.clone(),
        details: String::new(),
        self_delegation: Coin { denom: DENOM.to_owned(), amount: validator.stake },
        self_delegation_min: 1,
        commission: percent(10),
        commission_max: percent(20),
        commission_change_max: percent(1),
    };
    let tx = sign_genesis(&Body::of(vec![create_validator(&new)]), key, PROVIDER)?;
    Ok(serde_json::from_str(&to_json_of(&tx)?)?)
}

/// A consumer's genesis around what the provider serves as `app_state.ccvconsumer`.
///
/// # Errors
/// [`TopologyError`].
pub fn consumer_genesis(
    plan: &Plan,
    chain_id: &str,
    initial_height: Height,
    time: Time,
    ccvconsumer: &str,
) -> Result<Genesis, TopologyError> {
    let mut state = app_state(funded(plan, CONSUMER_PREFIX)?);
    state.rest.insert("ccvconsumer".to_owned(), serde_json::from_str(ccvconsumer)?);
    genesis(chain_id, initial_height, time, &state)
}

fn funded(plan: &Plan, prefix: &str) -> Result<Vec<(String, u128)>, KeyError> {
    plan.funded().map(|index| Ok((topology::key(index)?.address().to_text(prefix), plan.funds))).collect()
}

fn app_state(funds: Vec<(String, u128)>) -> AppState {
    let mut state = AppState { gov: governance(), ..AppState::default() };
    for (number, (address, amount)) in (0_u64..).zip(funds) {
        state.auth.accounts.push(GenesisAccount::new(address.clone(), number));
        state.bank.balances.push(GenesisBalance { address, coins: Coins::one(DENOM, amount) });
    }
    state
}

/// Periods that fit an afternoon, so that a Top N launch can be watched.
fn governance() -> GovGenesis {
    let params = GovParams {
        min_deposit: Coins::one(DENOM, topology::PROPOSAL_DEPOSIT),
        expedited_min_deposit: Coins::one(DENOM, topology::PROPOSAL_DEPOSIT.saturating_mul(5)),
        max_deposit_period: topology::DEPOSIT_PERIOD.into(),
        voting_period: topology::VOTING_PERIOD.into(),
        expedited_voting_period: topology::EXPEDITED_VOTING_PERIOD.into(),
        ..GovParams::default()
    };
    GovGenesis { params, ..GovGenesis::default() }
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
