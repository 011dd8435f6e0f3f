//! A new home: keys, settings, and a genesis document without accounts.

use super::OperatorError;
use super::document::Summary;
use crate::app_toml::ChainKind;
use crate::client_toml::ClientToml;
use crate::node_home::{Comet, NodeHome, Users, node_id, random_key};
use ics_abci::{Genesis, Height, Params, Time};
use ics_chain::genesis::AppState;
use ics_chain::modules::bank::{Coins, is_denom};
use ics_chain::modules::gov::{GovGenesis, Params as GovParams};
use ics_chain::modules::staking::{Params as StakingParams, StakingGenesis};
use ics_client::{ConsensusKey, consensus};
use ics_world::genesis_json;
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// CometBFT's longest chain id, in characters.
const CHAIN_ID_MAX: usize = 50;
/// The least deposit that brings a proposal to a vote, in units of the staked denomination, and ten times that for an
/// expedited one: the SDK's.
const DEPOSIT_MIN: u128 = 10_000_000;

/// What is known of a new node. It holds words that nobody may print.
#[derive(Clone)]
pub struct InitPlan {
    /// The node's name.
    pub moniker: String,
    /// The chain's id; made up where there is none.
    pub chain_id: Option<String>,
    /// The denomination that is staked.
    pub denom: String,
    /// What the chain is.
    pub kind: ChainKind,
    /// Height of the first block.
    pub initial_height: Height,
    /// When the chain begins.
    pub genesis_time: Time,
    /// Whether a genesis document that is there is replaced.
    pub overwrite: bool,
    /// Words that the key which signs blocks is derived from; a new key where there are none.
    pub words: Option<Zeroizing<String>>,
}

/// Makes a home. Keys that are there stay, so does the record of what was signed.
///
/// # Errors
/// [`OperatorError`]; [`OperatorError::Exists`] where there is a genesis document that is not to be replaced,
/// [`OperatorError::OtherKey`] where the words are not those of the key that is there.
pub fn init(home: &NodeHome, plan: &InitPlan) -> Result<Summary, OperatorError> {
    if home.is_made() && !plan.overwrite {
        return Err(OperatorError::Exists(home.genesis_json()));
    }
    if !is_denom(&plan.denom) {
        return Err(OperatorError::Coins(format!("`{}` is no denomination", plan.denom)));
    }
    let chain_id = match &plan.chain_id {
        Some(id) if (1..=CHAIN_ID_MAX).contains(&id.chars().count()) => id.clone(),
        Some(id) => return Err(OperatorError::ChainId(id.clone())),
        None => {
            let random = hex::encode(random_key()?.seed());
            format!("test-chain-{}", random.get(..6).unwrap_or(&random))
        }
    };
    let node_key = if home.node_key_json().exists() { home.node_key()? } else { random_key()? };
    let there = home.validator_key_json().exists().then(|| home.validator_key()).transpose()?;
    let derived =
        plan.words.as_ref().map(|words| ConsensusKey::from_seed(consensus::seed_from_mnemonic(words)));
    let validator_key = match (there, derived) {
        (Some(there), Some(derived)) if there.public() != derived.public() => {
            return Err(OperatorError::OtherKey(home.validator_key_json()));
        }
        (Some(key), _) | (None, Some(key)) => key,
        (None, None) => random_key()?,
    };
    let app_state = app_state(plan)?;
    let genesis = Genesis {
        chain_id: chain_id.clone(),
        time: plan.genesis_time,
        initial_height: plan.initial_height,
        params: Params::default(),
        validators: Vec::new(),
        app_state: app_state.to_string().into_bytes(),
    };
    let path = home.genesis_json();
    let document = genesis_json(&genesis).map_err(|error| super::document::malformed(&path, error))?;
    let document: Value =
        serde_json::from_str(&document).map_err(|error| super::document::malformed(&path, error))?;

    home.write_comet(&Comet::usual(&plan.moniker))?;
    home.write_app(plan.kind, &format!("0{}", plan.denom), Users::usual())?;
    home.write_settings(&home.client_toml(), &ClientToml::new_text(&chain_id))?;
    home.write_node_key(&node_key)?;
    home.write_validator_key(&validator_key)?;
    home.write_validator_state()?;
    home.write_genesis(&format!("{document:#}"))?;
    Ok(Summary {
        moniker: plan.moniker.clone(),
        chain_id,
        node_id: node_id(&node_key.public()),
        gentxs_dir: String::new(),
        app_message: app_state,
    })
}

/// The sections of a chain without accounts. A consumer has no stake of its own: its section comes from its provider.
fn app_state(plan: &InitPlan) -> Result<Value, OperatorError> {
    let params = GovParams {
        min_deposit: Coins::one(&plan.denom, DEPOSIT_MIN),
        expedited_min_deposit: Coins::one(&plan.denom, DEPOSIT_MIN.saturating_mul(5)),
        ..GovParams::default()
    };
    let mut state = AppState { gov: GovGenesis { params, ..GovGenesis::default() }, ..AppState::default() };
    if plan.kind == ChainKind::Provider {
        state.rest.insert("provider".to_owned(), json!({}));
    }
    let params = StakingParams { bond_denom: plan.denom.clone(), ..StakingParams::default() };
    let staking = StakingGenesis { params, ..StakingGenesis::default() };
    let mut json = serde_json::to_value(state).map_err(|error| OperatorError::Coins(error.to_string()))?;
    if let Some(sections) = json.as_object_mut().filter(|_| plan.kind != ChainKind::Consumer) {
        // What is as usual is left out where a chain is exported; here it is what people change.
        let staking =
            serde_json::to_value(staking).map_err(|error| OperatorError::Coins(error.to_string()))?;
        sections.insert("staking".to_owned(), staking);
        sections.insert("genutil".to_owned(), json!({"gen_txs": []}));
    }
    Ok(json)
}
