//! Redelegations as a part of section `staking`.

use super::refuse;
use crate::modules::staking::redelegation::{Path, Redelegation};
use crate::{ChainConfig, Error};
use ics_abci::{AccAddr, Dec, Height, Time, ValAddr};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What went from one validator to another and is not free of the first, in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenesisRedelegations {
    /// Bech32.
    pub delegator_address: String,
    /// The operator that it came from, bech32.
    pub validator_src_address: String,
    /// The operator that it went to, bech32.
    pub validator_dst_address: String,
    /// In the order in which they began.
    pub entries: Vec<GenesisRedelegation>,
}

/// One of them in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenesisRedelegation {
    /// From where on the old validator's faults do not touch it.
    #[serde(with = "crate::json::int")]
    pub creation_height: u64,
    /// When it is free.
    #[serde(with = "crate::json::time")]
    pub completion_time: Time,
    /// What went over, smallest unit.
    #[serde(with = "crate::json::int")]
    pub initial_balance: u128,
    /// The shares that it became.
    #[serde(with = "crate::json::dec")]
    pub shares_dst: Dec,
    /// Counts all unbondings and redelegations of the chain.
    #[serde(with = "crate::json::int")]
    pub unbonding_id: u64,
    /// Who holds it up; must be nobody.
    #[serde(default, with = "crate::json::int")]
    pub unbonding_on_hold_ref_count: u64,
}

/// The JSON of what is stored.
pub(super) fn told(chain: &ChainConfig, path: Path, entries: &[Redelegation]) -> GenesisRedelegations {
    let (delegator, from, to) = path;
    let valoper = format!("{}valoper", chain.prefix);
    let entry = |entry: &Redelegation| GenesisRedelegation {
        creation_height: entry.height.0,
        completion_time: entry.completion,
        initial_balance: entry.initial_balance,
        shares_dst: entry.shares,
        unbonding_id: entry.id,
        unbonding_on_hold_ref_count: 0,
    };
    GenesisRedelegations {
        delegator_address: AccAddr(delegator).to_text(chain.prefix),
        validator_src_address: ValAddr(from).to_text(&valoper),
        validator_dst_address: ValAddr(to).to_text(&valoper),
        entries: entries.iter().map(entry).collect(),
    }
}

/// What will be stored. `ids` are those that are given away; these come to them.
pub(super) fn read(
    chain: &ChainConfig,
    all: &[GenesisRedelegations],
    ids: &mut BTreeSet<u64>,
) -> Result<BTreeMap<Path, Vec<Redelegation>>, Error> {
    let valoper = format!("{}valoper", chain.prefix);
    let mut found = BTreeMap::new();
    for (index, given) in all.iter().enumerate() {
        let place = format!("redelegations[{index}]");
        let operator = |text: &str| {
            ValAddr::parse(&valoper, text).map(|addr| addr.0).map_err(|error| refuse(&place, error))
        };
        let delegator = AccAddr::parse(chain.prefix, &given.delegator_address);
        let delegator = delegator.map_err(|error| refuse(&place, error))?.0;
        let (from, to) = (operator(&given.validator_src_address)?, operator(&given.validator_dst_address)?);
        let is_path = from != to && !given.entries.is_empty();
        let mut entries = Vec::with_capacity(given.entries.len());
        for (index, part) in given.entries.iter().enumerate() {
            let place = format!("{place}.entries[{index}]");
            if part.unbonding_on_hold_ref_count != 0 {
                return Err(refuse(&place, "redelegations cannot be held up on this chain"));
            }
            if part.unbonding_id == 0 || !ids.insert(part.unbonding_id) {
                return Err(refuse(&place, "the id must be 1 or more, and no other's"));
            }
            if part.shares_dst.is_negative() {
                return Err(refuse(&place, "shares out of range"));
            }
            entries.push(Redelegation {
                id: part.unbonding_id,
                height: Height(part.creation_height),
                completion: part.completion_time,
                initial_balance: part.initial_balance,
                shares: part.shares_dst,
            });
        }
        if !is_path || found.insert((delegator, from, to), entries).is_some() {
            return Err(refuse(&place, "not what went, told once, from one validator to another"));
        }
    }
    Ok(found)
}
