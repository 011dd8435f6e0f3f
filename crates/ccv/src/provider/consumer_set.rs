//! The set of a consumer, computed from a view: for epochs, launches, queries and dry runs.
//!
//! Journey: [`Candidates`] of the block → [`next`] → [`adopt`], by [`super::epoch`] and [`super::launch`] alone. Source:
//! provider spec §3.7.

use super::candidates::{self, Candidates};
use super::error::Error;
use super::host::{Host, View};
use super::phase::{self, Phase};
use super::{keys, members, power_shaping, state};
use crate::id::{ConsumerId, ProviderAddr};
use crate::valset::{self, Candidate, diff};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
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

/// What a consumer's set would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// The set, in the order of the shape's priority.
    pub members: Vec<Member>,
    /// On a Top N chain the least power that is bound; `None` on others, and where nobody is active.
    pub min_power: Option<Power>,
}

/// The set that a consumer would have now. `before` is its stored one: who stays keeps the height at which it joined.
///
/// # Errors
/// [`Corrupt`].
pub fn next(
    view: &impl View,
    id: ConsumerId,
    candidates: &Candidates,
    before: &[Member],
) -> Result<Next, Corrupt> {
    let shape = power_shaping::shape(view, id)?;
    let opted_in = members::opted_in_among(view, id, candidates.addrs())?;
    let min_power = candidates.min_power(shape.top_n);
    let input: Vec<Candidate> = candidates
        .bonded()
        .iter()
        .map(|of| Candidate {
            addr: of.provider_addr,
            power: of.power,
            bonded_tokens: candidates::bonded_tokens(of),
            opted_in: opted_in.binary_search(&of.provider_addr).is_ok(),
        })
        .collect();
    let chosen = valset::shape(&input, &shape, candidates.active_max(), min_power);
    let assigned = keys::assigned_among(view, id, candidates.addrs())?;
    let assigned = |addr: ProviderAddr| {
        let at = assigned.binary_search_by_key(&addr, |(addr, _)| *addr).ok()?;
        assigned.get(at).map(|(_, key)| *key)
    };
    let members = chosen
        .into_iter()
        .filter_map(|(provider_addr, power)| {
            let key = assigned(provider_addr).or_else(|| candidates.own_key(&provider_addr))?;
            let joined = member(before, provider_addr).map_or_else(|| view.height(), |member| member.joined);
            Some(Member { provider_addr, key, power, joined })
        })
        .collect();
    Ok(Next { members, min_power })
}

/// The stored set of a consumer, ascending by address.
///
/// # Errors
/// [`Corrupt`].
pub fn current(view: &impl View, id: ConsumerId) -> Result<Vec<Member>, Corrupt> {
    Ok(state::SET.get(view, &id)?.unwrap_or_default())
}

/// A validator's place in a set that is ascending by address.
#[must_use]
pub fn member(set: &[Member], validator: ProviderAddr) -> Option<&Member> {
    set.binary_search_by_key(&validator, |member| member.provider_addr).ok().and_then(|at| set.get(at))
}

/// Whether a validator has to run an active consumer's chain: it is in the stored set, or would be in the next.
///
/// # Errors
/// [`Corrupt`].
pub fn has_to_validate(
    view: &impl View,
    id: ConsumerId,
    validator: ProviderAddr,
    candidates: &Candidates,
) -> Result<bool, Corrupt> {
    if !phase::of(view, id)?.is_some_and(Phase::is_active) {
        return Ok(false);
    }
    let before = current(view, id)?;
    if member(&before, validator).is_some() {
        return Ok(true);
    }
    let next = next(view, id, candidates, &before)?;
    Ok(next.members.iter().any(|member| member.provider_addr == validator))
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

/// Stores a set in place of the one before, and what Top N brings with it: the least power that is bound, and for good
/// the opt-in of every active validator with it. Where nobody is active, what was bound before stays.
///
/// # Errors
/// [`Error::Corrupt`].
pub(super) fn adopt(
    host: &mut impl Host,
    id: ConsumerId,
    candidates: &Candidates,
    before: &[Member],
    next: Next,
) -> Result<(), Error> {
    if let Some(min_power) = next.min_power {
        power_shaping::bind(host, id, min_power)?;
        members::join_all(host, id, &candidates.active_from(min_power))?;
    }
    let mut after = next.members;
    after.sort_by_key(|member| member.provider_addr);
    if after != before {
        state::SET.set(host, &id, &after);
    }
    Ok(())
}

/// Forgets the set of a consumer that is being deleted.
pub(super) fn forget(host: &mut impl Host, id: ConsumerId) {
    state::SET.remove(host, &id);
}
