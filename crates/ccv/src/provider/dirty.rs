//! Which consumers' sets may differ from the stored ones: the next epoch computes these and no others.
//!
//! Consumers are marked when somebody opts in or out, when a key is assigned, when they are shaped anew, when they
//! launch and when their channel opens ([`super::phase::mark_dirty`]); and here, when a validator that matters to them
//! stands otherwise than at the last epoch. Journey: epoch → [`mark_changed`], [`take`]. Source: provider spec §11.13.

use super::candidates::Candidates;
use super::host::Host;
use super::{members, phase, state};
use crate::id::{ConsumerId, ProviderAddr};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::Power;
use ics_kv::Corrupt;

/// A bonded validator, as far as a consumer's set depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Standing {
    /// Who it is.
    pub provider_addr: ProviderAddr,
    /// Its power.
    pub power: Power,
    /// Its tokens, smallest unit.
    pub tokens: u128,
    /// Whether it may validate where inactive validators may not: by tokens, which may tell apart who is equal in power.
    pub eligible: bool,
}

/// Marks every consumer to whose set a change since the last epoch may matter: Top N chains with any change, others with
/// one of who opted in to them; where only tokens changed, if they ask for a minimum stake.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn mark_changed(host: &mut impl Host, candidates: &Candidates) -> Result<(), Corrupt> {
    let before = state::LAST_EPOCH.get(host)?.unwrap_or_default();
    let after = standings(candidates);
    if before == after {
        return Ok(());
    }
    let mut marked: BTreeSet<ConsumerId> =
        state::MIN_POWER.iter(host).map(|entry| entry.map(|(id, _)| id)).collect::<Result<_, _>>()?;
    for (validator, change) in changed(&before, &after) {
        for id in members::consumers_of(host, validator)? {
            match change {
                Change::Standing => {}
                Change::Tokens if state::MIN_STAKE.has(host, &id) => {}
                Change::Tokens => continue,
            }
            marked.insert(id);
        }
    }
    for id in marked {
        phase::mark_dirty(host, id)?;
    }
    state::LAST_EPOCH.set(host, &after);
    Ok(())
}

/// Takes the marked consumers, ascending by id.
///
/// # Errors
/// [`Corrupt`].
pub(super) fn take(host: &mut impl Host) -> Result<Vec<ConsumerId>, Corrupt> {
    let marked = state::DIRTY.iter(host).map(|entry| entry.map(|(id, ())| id));
    let marked = marked.collect::<Result<Vec<_>, Corrupt>>()?;
    for id in &marked {
        state::DIRTY.remove(host, id);
    }
    Ok(marked)
}

/// What changed of a validator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// Its tokens alone.
    Tokens,
    /// More.
    Standing,
}

fn standings(candidates: &Candidates) -> Vec<Standing> {
    let mut standings: Vec<Standing> = candidates
        .bonded()
        .iter()
        .enumerate()
        .map(|(rank, of)| Standing {
            provider_addr: of.provider_addr,
            power: of.power,
            tokens: of.tokens,
            eligible: rank < candidates.active_max(),
        })
        .collect();
    standings.sort_by_key(|of| of.provider_addr);
    standings
}

/// The validators that came, went or changed; both lists are ascending by address.
fn changed(before: &[Standing], after: &[Standing]) -> Vec<(ProviderAddr, Change)> {
    let find = |list: &[Standing], addr: ProviderAddr| -> Option<Standing> {
        list.binary_search_by_key(&addr, |of| of.provider_addr).ok().and_then(|at| list.get(at)).copied()
    };
    let gone = before.iter().filter(|of| find(after, of.provider_addr).is_none());
    let gone = gone.map(|of| (of.provider_addr, Change::Standing));
    let changed = after.iter().filter_map(|of| match find(before, of.provider_addr) {
        Some(last) if last == *of => None,
        Some(last) if Standing { tokens: last.tokens, ..*of } == last => {
            Some((of.provider_addr, Change::Tokens))
        }
        Some(_) | None => Some((of.provider_addr, Change::Standing)),
    });
    gone.chain(changed).collect()
}
