//! The set of a consumer, computed from a view: for epochs, launches, queries and dry runs.
//!
//! Only [`super::epoch`] and [`super::launch`] store one. Without power shaping a set is: the provider's active
//! validators that opted in, each with its power and with the key that it assigned. Source: provider spec §3.7.

use super::error::Error;
use super::host::{Bonded, Host, View};
use super::{keys, members, params, state};
use crate::id::{ConsumerId, ProviderAddr};
use crate::valset::diff;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::cmp::Reverse;
use ics_abci::{ConsKey, Height, Power, ValUpdate};
use ics_kv::Corrupt;

/// A validator in a consumer's set.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Member {
    /// Who it is.
    pub provider_addr: ProviderAddr,
    /// The key that it uses on the consumer.
    pub key: ConsKey,
    /// Its power there, over 0.
    pub power: Power,
    /// Provider height, in blocks, at which it came into the set.
    pub joined: Height,
}

/// The validators that a consumer may use: bonded, most tokens first, cut as the provider's own set is.
///
/// Ties are broken by address, so that every node agrees.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`].
pub fn eligible(view: &impl View) -> Result<Vec<Bonded>, Error> {
    let max = params::get(view)?.own_set_max();
    let mut bonded = view.bonded();
    bonded.retain(|validator| validator.power > 0);
    bonded.sort_by_key(|validator| (Reverse(validator.tokens), validator.provider_addr));
    bonded.truncate(max);
    Ok(bonded)
}

/// The set that a consumer would have now, most power first, ties by address.
///
/// # Errors
/// [`Corrupt`].
pub fn next(view: &impl View, id: ConsumerId, eligible: &[Bonded]) -> Result<Vec<Member>, Corrupt> {
    let mut next = Vec::new();
    for validator in eligible {
        let provider_addr = validator.provider_addr;
        if !members::is_opted_in(view, id, provider_addr)? {
            continue;
        }
        let key = keys::assigned(view, id, provider_addr)?.unwrap_or(validator.key);
        let before = state::SET.get(view, &(id, provider_addr))?;
        let joined = before.map_or_else(|| view.height(), |member| member.joined);
        next.push(Member { provider_addr, key, power: validator.power, joined });
    }
    next.sort_by_key(|member| (Reverse(member.power), member.provider_addr));
    Ok(next)
}

/// The stored set of a consumer, ascending by address.
///
/// # Errors
/// [`Corrupt`].
pub fn current(view: &impl View, id: ConsumerId) -> Result<Vec<Member>, Corrupt> {
    state::SET.under(view, &id).map(|entry| entry.map(|(_, member)| member)).collect()
}

/// What to tell a consumer so that its set `before` becomes `after`, by consensus key.
#[must_use]
pub fn changes(before: &[Member], after: &[Member]) -> Vec<ValUpdate> {
    diff(&updates(before), &updates(after))
}

/// The members as consensus knows them, same order.
#[must_use]
pub fn updates(members: &[Member]) -> Vec<ValUpdate> {
    members.iter().map(|member| ValUpdate { key: member.key, power: member.power }).collect()
}

/// Stores `after` in place of `before`, writing only what differs.
pub(super) fn store(host: &mut impl Host, id: ConsumerId, before: &[Member], after: &[Member]) {
    let by_addr = |members: &[Member]| -> BTreeMap<ProviderAddr, Member> {
        members.iter().map(|member| (member.provider_addr, member.clone())).collect()
    };
    let (before, after) = (by_addr(before), by_addr(after));
    for addr in before.keys() {
        if !after.contains_key(addr) {
            state::SET.remove(host, &(id, *addr));
        }
    }
    for (addr, member) in &after {
        if before.get(addr) != Some(member) {
            state::SET.set(host, &(id, *addr), member);
        }
    }
}
