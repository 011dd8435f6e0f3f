//! Launches consumers whose spawn time has come.
//!
//! Each launch is whole or leaves no trace: a consumer that cannot launch is registered again without a spawn time, and
//! an event says why. Journey: begin block → [`launch_due`]. Source: provider spec §2.9, §11.1.

use super::candidates::Candidates;
use super::consumer_genesis::{self, ClientPlan};
use super::consumer_set::{self, Next};
use super::error::Error;
use super::host::{Host, View};
use super::{lifecycle, link, phase, report, state};
use crate::id::ConsumerId;
use crate::valset::hash;
use ics_abci::Time;

/// Launches what is due, at most [`phase::DUE_PER_BLOCK`] consumers.
///
/// # Errors
/// [`Error::Corrupt`], [`Error::NoGenesis`]. A consumer that cannot launch is none.
pub fn launch_due(host: &mut impl Host) -> Result<(), Error> {
    let due = phase::take_due_launches(host)?;
    if due.is_empty() {
        return Ok(());
    }
    let candidates = Candidates::read(host)?;
    for id in due {
        match host.atomically(|host| launch(host, id, &candidates)) {
            Ok(()) => {}
            Err(error) if error.is_corrupt() => return Err(error),
            Err(error) => give_up(host, id, &error)?,
        }
    }
    Ok(())
}

fn launch(host: &mut impl Host, id: ConsumerId, candidates: &Candidates) -> Result<(), Error> {
    let chain_id = lifecycle::chain_id(host, id)?;
    let init = lifecycle::init_params(host, id)?;
    let first = first_set(host, id, candidates)?;
    let set = consumer_set::changes(&[], &first.members);
    let set_hash = hash(&set);
    let start = consumer_genesis::make(host, id, &chain_id, &init, &set, &set_hash)?;
    match start.client {
        ClientPlan::Reuse(client) => link::attach(host, id, client)?,
        ClientPlan::Create(client_state, consensus_state) => {
            let client = host.create_client(&client_state, &consensus_state).map_err(Error::ClientRefused)?;
            let created = report::NewClient {
                client: &client,
                initial_height: init.initial_height,
                trusting: client_state.trusting_period,
                unbonding: client_state.unbonding_period,
                set_hash: &set_hash,
            };
            let event = report::client_created(id, &chain_id, &created);
            link::attach(host, id, client)?;
            host.emit(event);
        }
    }
    consumer_set::adopt(host, id, candidates, &[], first)?;
    state::GENESIS.set(host, &id, &start.genesis);
    state::EVIDENCE_MIN_HEIGHT.set(host, &id, &start.evidence_min_height);
    phase::launch(host, id)
}

/// The first set: somebody is in it, and one of them makes the provider's blocks.
fn first_set(view: &impl View, id: ConsumerId, candidates: &Candidates) -> Result<Next, Error> {
    let first = consumer_set::next(view, id, candidates, &[])?;
    if first.members.is_empty() {
        return Err(Error::NobodyOptedIn);
    }
    if !first.members.iter().any(|member| candidates.is_active(&member.provider_addr)) {
        return Err(Error::NobodyActive);
    }
    Ok(first)
}

/// Registers the consumer again. What it starts with is written unchecked: it may be what made the launch fail.
fn give_up(host: &mut impl Host, id: ConsumerId, why: &Error) -> Result<(), Error> {
    let chain_id = lifecycle::chain_id(host, id)?;
    let mut init = lifecycle::init_params(host, id)?;
    init.spawn_time = Time::ZERO;
    state::INIT_PARAMS.set(host, &id, &init);
    phase::unschedule(host, id)?;
    host.emit(report::launch_failed(id, &chain_id, why));
    Ok(())
}
