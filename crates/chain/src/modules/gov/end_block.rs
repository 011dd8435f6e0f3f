//! The end of a block: proposals whose time is over are dropped or decided, and executed where they pass.
//!
//! Journey: a role's end block, before staking's → [`end_block`]. Source: SDK x/gov `abci.go`.

use super::deposit;
use super::proposal::{Proposal, Status, remove_votes};
use super::state::{self, Due, PROPOSALS, VOTING, WAITING};
use super::tally::{Verdict, tally};
use crate::modules::staking::time_key;
use crate::{Ctx, Error};
use ics_abci::Event;
use ics_kv::{Corrupt, Map};

/// Most proposals that one block drops, and most that it decides; the rest wait for the next.
const MOST_PER_BLOCK: usize = 100;

/// Drops proposals that did not get their deposit, decides those whose voting is over. Emits `inactive_proposal` and
/// `active_proposal`, and what executed messages emit.
///
/// # Errors
/// Corrupt state only; the node must halt. A proposal that cannot be executed fails alone.
pub fn end_block(ctx: &mut Ctx<'_>) -> Result<(), Error> {
    for due in due(ctx, &WAITING)? {
        WAITING.remove(ctx, &due);
        if let Some(proposal) = PROPOSALS.get(ctx, &due.1)? {
            drop_unfunded(ctx, &proposal)?;
        }
    }
    for due in due(ctx, &VOTING)? {
        VOTING.remove(ctx, &due);
        // One that was due with it may have cancelled it.
        if let Some(proposal) = PROPOSALS.get(ctx, &due.1)? {
            conclude(ctx, proposal)?;
        }
    }
    Ok(())
}

fn due(ctx: &Ctx<'_>, queue: &Map<Due, ()>) -> Result<Vec<Due>, Corrupt> {
    let now = time_key(ctx.block.time);
    let keys = queue.iter(ctx).take(MOST_PER_BLOCK).map(|entry| entry.map(|(key, ())| key));
    keys.take_while(|key| key.as_ref().map_or(true, |(time, _)| *time <= now)).collect()
}

fn drop_unfunded(ctx: &mut Ctx<'_>, proposal: &Proposal) -> Result<(), Error> {
    proposal.remove(ctx);
    if state::params(ctx)?.burn_proposal_deposit_prevote {
        deposit::burn(ctx, proposal.id)?;
    } else {
        deposit::refund(ctx, proposal.id)?;
    }
    ctx.emit(
        Event::new("inactive_proposal")
            .with("proposal_id", proposal.id)
            .with("proposal_result", "proposal_dropped"),
    );
    Ok(())
}

fn conclude(ctx: &mut Ctx<'_>, mut proposal: Proposal) -> Result<(), Error> {
    let id = proposal.id;
    let (verdict, result) = tally(&*ctx, &proposal)?;
    remove_votes(ctx, id)?;
    // One in a hurry that fails goes on as a regular one, with its deposits.
    match verdict {
        Verdict::Fails | Verdict::FailsAndBurns if proposal.expedited => {}
        Verdict::FailsAndBurns => deposit::burn(ctx, id)?,
        Verdict::Passes | Verdict::Fails => deposit::refund(ctx, id)?,
    }
    let (tag, log) = match (verdict, proposal.voting) {
        (Verdict::Passes, _) => match execute(ctx, &proposal)? {
            Ok(()) => {
                proposal.status = Status::Passed;
                ("proposal_passed", "passed".to_owned())
            }
            Err(Failure { index, url, reason }) => {
                proposal.status = Status::Failed;
                let log = format!("passed, but msg {index} ({url}) failed on execution: {reason}");
                proposal.failed_reason = reason;
                ("proposal_failed", log)
            }
        },
        (Verdict::Fails | Verdict::FailsAndBurns, Some(voting)) if proposal.expedited => {
            proposal.expedited = false;
            let period = state::params(ctx)?.voting_period;
            proposal.vote_until(ctx, voting.start, period.into())?;
            ("expedited_proposal_rejected", "expedited proposal converted to regular".to_owned())
        }
        (Verdict::Fails | Verdict::FailsAndBurns, _) => {
            proposal.status = Status::Rejected;
            proposal.failed_reason = "proposal did not get enough votes to pass".to_owned();
            ("proposal_rejected", "rejected".to_owned())
        }
    };
    proposal.final_tally = result;
    PROPOSALS.set(ctx, &id, &proposal);
    ctx.emit(
        Event::new("active_proposal")
            .with("proposal_id", id)
            .with("proposal_result", tag)
            .with("proposal_log", log),
    );
    Ok(())
}

/// Why a proposal that passed was not executed.
struct Failure {
    index: usize,
    url: String,
    reason: String,
}

/// Executes all messages of a proposal, or none.
fn execute(ctx: &mut Ctx<'_>, proposal: &Proposal) -> Result<Result<(), Failure>, Corrupt> {
    let mut at = (0, String::new());
    let done = ctx.atomically(|ctx| {
        for (index, message) in proposal.messages.iter().enumerate() {
            at = (index, message.url.clone());
            let gone = || super::error::unroutable(&message.url);
            let route = ctx.chain.route(&message.url).ok_or_else(gone)?;
            (route.run)(ctx, &message.value)?;
        }
        deposit::check_held(ctx)
    });
    match done {
        Ok(()) => Ok(Ok(())),
        Err(Error::Corrupt(corrupt)) => Err(corrupt),
        Err(refused @ Error::Refused { .. }) => {
            let (index, url) = at;
            Ok(Err(Failure { index, url, reason: refused.to_string() }))
        }
    }
}
