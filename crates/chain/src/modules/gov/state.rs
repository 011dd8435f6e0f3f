//! The key table of governance, and what others may ask of it.

use super::params::Params;
use super::proposal::Proposal;
use super::vote::Vote;
use crate::modules::bank::Coins;
use ics_abci::AccAddr;
use ics_kv::{Corrupt, Item, Map, Read};

/// The store, the module's account and its codespace.
pub const STORE: &str = "gov";

/// The parameters.
pub(super) const PARAMS: Item<Params> = Item::at(STORE, 0);
/// By number, from 1.
pub(super) const PROPOSALS: Map<u64, Proposal> = Map::at(STORE, 1);
/// The number of the next proposal.
pub(super) const NEXT_ID: Item<u64> = Item::at(STORE, 2);
/// What the chain says it is for.
pub(super) const CONSTITUTION: Item<String> = Item::at(STORE, 3);
/// By proposal and depositor.
pub(super) const DEPOSITS: Map<(u64, Vec<u8>), Coins> = Map::at(STORE, 4);
/// By proposal and voter; only while the proposal is voted on.
pub(super) const VOTES: Map<(u64, Vec<u8>), Vote> = Map::at(STORE, 5);
/// Proposals that wait for deposits, by the end of that and number.
pub(super) const WAITING: Map<Due, ()> = Map::at(STORE, 6);
/// Proposals that are voted on, by the end of that and number.
pub(super) const VOTING: Map<Due, ()> = Map::at(STORE, 7);
/// The sum of all deposits, so that nobody has to count them to know that they are there.
pub(super) const HELD: Item<Coins> = Item::at(STORE, 8);

/// A time as key, and a proposal.
pub(super) type Due = ((u64, u32), u64);

/// The module's parameters.
///
/// # Errors
/// [`Corrupt`] state.
pub fn params(state: &(impl Read + ?Sized)) -> Result<Params, Corrupt> {
    Ok(PARAMS.get(state)?.unwrap_or_default())
}

/// A proposal by its number.
///
/// # Errors
/// [`Corrupt`] state.
pub fn proposal(state: &(impl Read + ?Sized), id: u64) -> Result<Option<Proposal>, Corrupt> {
    PROPOSALS.get(state, &id)
}

/// What somebody deposited on a proposal.
///
/// # Errors
/// [`Corrupt`] state.
pub fn deposit_of(
    state: &(impl Read + ?Sized),
    id: u64,
    depositor: &AccAddr,
) -> Result<Option<Coins>, Corrupt> {
    DEPOSITS.get(state, &(id, depositor.0.clone()))
}

/// How somebody voted on a proposal.
///
/// # Errors
/// [`Corrupt`] state.
pub fn vote_of(state: &(impl Read + ?Sized), id: u64, voter: &AccAddr) -> Result<Option<Vote>, Corrupt> {
    VOTES.get(state, &(id, voter.0.clone()))
}
