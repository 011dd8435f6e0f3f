//! The stake of a running chain as a section of a genesis document, in the SDK's JSON, and back.
//!
//! What follows from the rest is not in it: the orders by power and by consensus address, the other end of delegations,
//! the queues of what is due. Source: SDK x/staking `ExportGenesis`.

mod redelegations;

pub use redelegations::{GenesisRedelegation, GenesisRedelegations};

use super::genesis::{StakingGenesis, StakingState};
use super::redelegation::{self, Redelegation};
use super::state::{self, DELEGATIONS, DELEGATORS, LAST_POWER, LAST_TOTAL};
use super::unbonding::{self, Unbonding};
use super::validator::{Commission, Description, Status, Validator};
use super::{BONDED_POOL, NOT_BONDED_POOL, set};
use crate::modules::auth::PubKey;
use crate::{ChainConfig, Ctx, Error};
use ics_abci::{AccAddr, ConsKey, Dec, Height, Power, Time, ValAddr};
use ics_kv::{Corrupt, Read};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

const ED25519: &str = "/cosmos.crypto.ed25519.PubKey";

/// The power of a validator of the set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastPower {
    /// Its operator, bech32.
    pub address: String,
    /// After the last end of block.
    #[serde(with = "crate::json::int")]
    pub power: Power,
}

/// A validator in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenesisValidator {
    /// Its operator, bech32.
    pub operator_address: String,
    /// The key with which it signs.
    pub consensus_pubkey: PubKey,
    /// Whether it is kept out of the set.
    #[serde(default)]
    pub jailed: bool,
    /// `BOND_STATUS_BONDED`, `BOND_STATUS_UNBONDING` or `BOND_STATUS_UNBONDED`.
    pub status: String,
    /// Its stake, smallest unit.
    #[serde(with = "crate::json::int")]
    pub tokens: u128,
    /// Shares of all its delegations.
    #[serde(with = "crate::json::dec")]
    pub delegator_shares: Dec,
    /// What it says of itself.
    #[serde(default)]
    pub description: Description,
    /// Where it began to unbond last.
    #[serde(with = "crate::json::int")]
    pub unbonding_height: u64,
    /// When it is unbonded, if it is unbonding.
    #[serde(with = "crate::json::time")]
    pub unbonding_time: Time,
    /// What it takes.
    pub commission: GenesisCommission,
    /// Below this stake of its own it is jailed.
    #[serde(with = "crate::json::int")]
    pub min_self_delegation: u128,
    /// Who holds its unbonding up; must be nobody.
    #[serde(default, with = "crate::json::int")]
    pub unbonding_on_hold_ref_count: u64,
    /// Unbondings that are held up; must be empty.
    #[serde(default)]
    pub unbonding_ids: Vec<serde_json::Value>,
}

/// What a validator takes, in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenesisCommission {
    /// The rates.
    pub commission_rates: Rates,
    /// When they changed last.
    #[serde(with = "crate::json::time")]
    pub update_time: Time,
}

/// Commission rates in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// Now.
    #[serde(with = "crate::json::dec")]
    pub rate: Dec,
    /// At most, ever.
    #[serde(with = "crate::json::dec")]
    pub max_rate: Dec,
    /// More at most within a day.
    #[serde(with = "crate::json::dec")]
    pub max_change_rate: Dec,
}

/// A delegation in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenesisDelegation {
    /// Bech32.
    pub delegator_address: String,
    /// The operator, bech32.
    pub validator_address: String,
    /// Its shares.
    #[serde(with = "crate::json::dec")]
    pub shares: Dec,
}

/// What is on its way back to a delegator from a validator, in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenesisUnbondings {
    /// Bech32.
    pub delegator_address: String,
    /// The operator, bech32.
    pub validator_address: String,
    /// In the order in which they began.
    pub entries: Vec<GenesisUnbonding>,
}

/// A part of a delegation on its way back, in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenesisUnbonding {
    /// Where it began.
    #[serde(with = "crate::json::int")]
    pub creation_height: u64,
    /// When it is due.
    #[serde(with = "crate::json::time")]
    pub completion_time: Time,
    /// What it began with, smallest unit.
    #[serde(with = "crate::json::int")]
    pub initial_balance: u128,
    /// What will be paid out.
    #[serde(with = "crate::json::int")]
    pub balance: u128,
    /// Counts all unbondings of the chain.
    #[serde(with = "crate::json::int")]
    pub unbonding_id: u64,
    /// Who holds it up; must be nobody.
    #[serde(default, with = "crate::json::int")]
    pub unbonding_on_hold_ref_count: u64,
}

/// The sections from which the stake can be stored again.
///
/// # Errors
/// [`Corrupt`] state.
pub fn export(
    state: &(impl Read + ?Sized),
    chain: &ChainConfig,
) -> Result<(StakingGenesis, StakingState), Corrupt> {
    let valoper = format!("{}valoper", chain.prefix);
    let account = |bytes: Vec<u8>| AccAddr(bytes).to_text(chain.prefix);
    let operator = |bytes: Vec<u8>| ValAddr(bytes).to_text(&valoper);
    let powers = state::last_powers(state)?;
    let validators = state::validators(state).map(|entry| entry.map(|validator| told(&validator, &valoper)));
    let delegations = DELEGATIONS.iter(state).map(|entry| {
        entry.map(|((delegator, validator), shares)| GenesisDelegation {
            delegator_address: account(delegator),
            validator_address: operator(validator),
            shares,
        })
    });
    let unbondings = unbonding::all(state).map(|entry| {
        entry.map(|((delegator, validator), entries)| GenesisUnbondings {
            delegator_address: account(delegator),
            validator_address: operator(validator),
            entries: entries.iter().map(on_its_way).collect(),
        })
    });
    let redelegations = redelegation::all(state)
        .map(|entry| entry.map(|(path, entries)| redelegations::told(chain, path, &entries)));
    let genesis = StakingGenesis {
        params: state::params(state)?,
        last_total_power: state::last_total_power(state)?,
        last_validator_powers: powers
            .into_iter()
            .map(|(addr, power)| LastPower { address: addr.to_text(&valoper), power })
            .collect(),
        validators: validators.collect::<Result<_, _>>()?,
        delegations: delegations.collect::<Result<_, _>>()?,
        unbonding_delegations: unbondings.collect::<Result<_, _>>()?,
        redelegations: redelegations.collect::<Result<_, _>>()?,
        exported: true,
    };
    Ok((genesis, StakingState { last_unbonding_id: unbonding::last_id(state)? }))
}

/// The whole set after the last end of block, most power first.
///
/// # Errors
/// [`Corrupt`] state.
pub fn given(state: &(impl Read + ?Sized)) -> Result<Vec<set::PowerChange>, Corrupt> {
    let mut set = Vec::new();
    for (operator, new) in state::last_powers(state)? {
        let validator = state::validator(state, &operator)?;
        let validator = validator.ok_or_else(|| Corrupt { key: LAST_POWER.key(&operator.0) })?;
        set.push(set::PowerChange { operator, key: validator.key, old: 0, new });
    }
    set.sort_by_key(|member| Reverse(member.new));
    Ok(set)
}

fn told(validator: &Validator, valoper: &str) -> GenesisValidator {
    let Commission { rate, max_rate, max_change_rate, updated } = validator.commission;
    GenesisValidator {
        operator_address: validator.operator.to_text(valoper),
        consensus_pubkey: PubKey {
            kind: format!("/cosmos.crypto.{}.PubKey", validator.key.kind()),
            key: validator.key.bytes().to_vec(),
        },
        jailed: validator.jailed,
        status: validator.status.name().to_owned(),
        tokens: validator.tokens,
        delegator_shares: validator.shares,
        description: validator.description.clone(),
        unbonding_height: validator.unbonding_height.0,
        unbonding_time: validator.unbonding_time,
        commission: GenesisCommission {
            commission_rates: Rates { rate, max_rate, max_change_rate },
            update_time: updated,
        },
        min_self_delegation: validator.min_self_delegation,
        unbonding_on_hold_ref_count: 0,
        unbonding_ids: Vec::new(),
    }
}

const fn on_its_way(entry: &Unbonding) -> GenesisUnbonding {
    GenesisUnbonding {
        creation_height: entry.height.0,
        completion_time: entry.completion,
        initial_balance: entry.initial_balance,
        balance: entry.balance,
        unbonding_id: entry.id,
        unbonding_on_hold_ref_count: 0,
    }
}

/// Stake as it will be stored.
#[derive(Default)]
struct Stake {
    validators: BTreeMap<Vec<u8>, Validator>,
    powers: BTreeMap<Vec<u8>, Power>,
    delegations: BTreeMap<(Vec<u8>, Vec<u8>), Dec>,
    unbondings: BTreeMap<unbonding::Owner, Vec<Unbonding>>,
    redelegations: BTreeMap<redelegation::Path, Vec<Redelegation>>,
    last_id: u64,
}

fn refuse(path: &str, why: impl core::fmt::Display) -> Error {
    Error::invalid_request(format!("staking.{path}: {why}"))
}

/// Stores the stake of a chain that was exported; gives its set, most power first. The bank must have begun.
///
/// # Errors
/// `sdk/18`, naming the place, where a part is ill-formed or does not fit the others: shares, powers and pools must agree.
/// Nothing is written then.
pub(super) fn restore(
    ctx: &mut Ctx<'_>,
    genesis: &StakingGenesis,
    own: &StakingState,
) -> Result<Vec<set::PowerChange>, Error> {
    let stake = read(ctx.chain, genesis, own)?;
    agree(ctx, genesis, &stake)?;
    for (operator, validator) in &stake.validators {
        state::VALIDATORS.set(ctx, operator, validator);
        state::BY_CONS_ADDR.set(ctx, &validator.key.address().0, operator);
        state::put(ctx, None, validator);
        if validator.status == Status::Unbonding {
            set::queue(ctx, validator);
        }
        if let Some(power) = stake.powers.get(operator) {
            LAST_POWER.set(ctx, operator, power);
        }
    }
    if !stake.powers.is_empty() {
        LAST_TOTAL.set(ctx, &genesis.last_total_power);
    }
    for ((delegator, operator), shares) in &stake.delegations {
        DELEGATIONS.set(ctx, &(delegator.clone(), operator.clone()), shares);
        DELEGATORS.set(ctx, &(operator.clone(), delegator.clone()), &());
    }
    unbonding::restore(ctx, &stake.unbondings, stake.last_id);
    redelegation::restore(ctx, &stake.redelegations);
    Ok(given(ctx)?)
}

/// Every part by itself.
fn read(chain: &ChainConfig, genesis: &StakingGenesis, own: &StakingState) -> Result<Stake, Error> {
    let valoper = format!("{}valoper", chain.prefix);
    let account = |path: &str, text: &str| {
        AccAddr::parse(chain.prefix, text).map(|addr| addr.0).map_err(|error| refuse(path, error))
    };
    let operator = |path: &str, text: &str| {
        ValAddr::parse(&valoper, text).map(|addr| addr.0).map_err(|error| refuse(path, error))
    };
    let mut stake = Stake::default();
    let mut keys = BTreeSet::new();
    for (index, entry) in genesis.validators.iter().enumerate() {
        let path = format!("validators[{index}]");
        let validator = entry.read(operator(&path, &entry.operator_address)?, &path)?;
        if !keys.insert(validator.key.address()) {
            return Err(refuse(&path, "its key is another validator's"));
        }
        if stake.validators.insert(validator.operator.0.clone(), validator).is_some() {
            return Err(refuse(&path, "the operator is there twice"));
        }
    }
    for (index, entry) in genesis.last_validator_powers.iter().enumerate() {
        let path = format!("last_validator_powers[{index}]");
        let key = operator(&path, &entry.address)?;
        let is_bonded = stake.validators.get(&key).is_some_and(|known| known.status == Status::Bonded);
        if !is_bonded || entry.power <= 0 || stake.powers.insert(key, entry.power).is_some() {
            return Err(refuse(&path, "not the power, once, of a bonded validator"));
        }
    }
    for (index, entry) in genesis.delegations.iter().enumerate() {
        let path = format!("delegations[{index}]");
        let key = (account(&path, &entry.delegator_address)?, operator(&path, &entry.validator_address)?);
        let is_known = stake.validators.contains_key(&key.1);
        let has_shares = !entry.shares.is_negative() && !entry.shares.is_zero();
        if !is_known || !has_shares || stake.delegations.insert(key, entry.shares).is_some() {
            return Err(refuse(&path, "not the shares, once, of a validator's delegator"));
        }
    }
    let mut ids = BTreeSet::new();
    for (index, entry) in genesis.unbonding_delegations.iter().enumerate() {
        let path = format!("unbonding_delegations[{index}]");
        let key = (account(&path, &entry.delegator_address)?, operator(&path, &entry.validator_address)?);
        let mut entries = Vec::with_capacity(entry.entries.len());
        for (index, part) in entry.entries.iter().enumerate() {
            let path = format!("{path}.entries[{index}]");
            if part.unbonding_on_hold_ref_count != 0 {
                return Err(refuse(&path, "unbondings cannot be held up on this chain"));
            }
            if part.unbonding_id == 0 || !ids.insert(part.unbonding_id) {
                return Err(refuse(&path, "the id must be 1 or more, and no other's"));
            }
            entries.push(Unbonding {
                id: part.unbonding_id,
                height: Height(part.creation_height),
                completion: part.completion_time,
                initial_balance: part.initial_balance,
                balance: part.balance,
            });
        }
        if entries.is_empty() || stake.unbondings.insert(key, entries).is_some() {
            return Err(refuse(&path, "not what is on its way, once, to a delegator"));
        }
    }
    stake.redelegations = redelegations::read(chain, &genesis.redelegations, &mut ids)?;
    stake.last_id = ids.last().copied().unwrap_or(0).max(own.last_unbonding_id);
    Ok(stake)
}

impl GenesisValidator {
    fn read(&self, operator: Vec<u8>, path: &str) -> Result<Validator, Error> {
        let key = &self.consensus_pubkey;
        let key = if key.kind == ED25519 { ConsKey::ed25519(&key.key) } else { None };
        let key = key.ok_or_else(|| refuse(path, "consensus_pubkey must be Ed25519, 32 bytes"))?;
        let status = [Status::Unbonded, Status::Unbonding, Status::Bonded];
        let status = status.into_iter().find(|status| status.name() == self.status);
        let status = status.ok_or_else(|| refuse(path, format!("{:?} is no status", self.status)))?;
        if self.unbonding_on_hold_ref_count != 0 || !self.unbonding_ids.is_empty() {
            return Err(refuse(path, "unbondings cannot be held up on this chain"));
        }
        if self.delegator_shares.is_negative() || i128::try_from(self.tokens).is_err() {
            return Err(refuse(path, "stake out of range"));
        }
        let Rates { rate, max_rate, max_change_rate } = self.commission.commission_rates;
        if [rate, max_rate, max_change_rate].iter().any(|rate| rate.is_negative() || *rate > Dec::ONE) {
            return Err(refuse(path, "commission rates must be from 0 to 1"));
        }
        Ok(Validator {
            operator: ValAddr(operator),
            key,
            jailed: self.jailed,
            status,
            tokens: self.tokens,
            shares: self.delegator_shares,
            description: self.description.clone(),
            unbonding_height: Height(self.unbonding_height),
            unbonding_time: self.unbonding_time,
            commission: Commission { rate, max_rate, max_change_rate, updated: self.commission.update_time },
            min_self_delegation: self.min_self_delegation,
        })
    }
}

/// The parts with one another, and with the bank.
fn agree(ctx: &Ctx<'_>, genesis: &StakingGenesis, stake: &Stake) -> Result<(), Error> {
    let total = stake.powers.values().try_fold(0_i64, |sum, power| sum.checked_add(*power));
    if total != Some(genesis.last_total_power) {
        return Err(refuse("last_total_power", "not the sum of last_validator_powers"));
    }
    let mut shares: BTreeMap<&Vec<u8>, Dec> = BTreeMap::new();
    for ((_, operator), part) in &stake.delegations {
        let sum = shares.entry(operator).or_insert(Dec::ZERO);
        *sum = sum.plus(*part).map_err(|error| refuse("delegations", error))?;
    }
    let (mut bonded, mut free) = (0_u128, 0_u128);
    for (operator, validator) in &stake.validators {
        if shares.get(operator).copied().unwrap_or(Dec::ZERO) != validator.shares {
            let operator = validator.operator.to_text(&format!("{}valoper", ctx.chain.prefix));
            return Err(refuse("delegations", format!("not the shares of {operator}")));
        }
        let pool = if validator.status == Status::Bonded { &mut bonded } else { &mut free };
        *pool = pool.saturating_add(validator.tokens);
    }
    for entry in stake.unbondings.values().flatten() {
        free = free.saturating_add(entry.balance);
    }
    for (pool, sum) in [(BONDED_POOL, bonded), (NOT_BONDED_POOL, free)] {
        let held =
            crate::modules::bank::balance(ctx, &ics_abci::module_address(pool), &genesis.params.bond_denom)?;
        if held != sum {
            return Err(refuse("validators", format!("{pool} holds {held}, the stake in it is {sum}")));
        }
    }
    Ok(())
}
