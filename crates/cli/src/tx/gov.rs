//! `ics tx gov …`. Source: the SDK's commands of the same names.

use super::send::{Signer, send};
use super::{coins, difference};
use crate::args::Gov;
use crate::{Failure, args::Signing, document};
use ics_abci::Dec;
use ics_client::msgs::{self, NewProposal, VoteOption};
use ics_proto::Any;
use std::path::Path;

pub(super) fn run(verb: Gov) -> Result<(), Failure> {
    match verb {
        Gov::SubmitProposal { file, signing } => submit(&file, &signing),
        Gov::Deposit { proposal_id, amount, signing } => {
            let coins = coins(&amount)?;
            send(&signing, |it| Ok(msgs::deposit(&it.address, proposal_id, &coins)))
        }
        Gov::Vote { proposal_id, option, metadata, signing } => {
            let option = vote_option(&option)?;
            send(&signing, |it| Ok(msgs::vote(&it.address, proposal_id, option, &metadata)))
        }
        Gov::WeightedVote { proposal_id, options, metadata, signing } => {
            let options = weighted(&options)?;
            send(&signing, |it| Ok(msgs::vote_weighted(&it.address, proposal_id, &options, &metadata)))
        }
        Gov::CancelProposal { proposal_id, signing } => {
            send(&signing, |it| Ok(msgs::cancel_proposal(&it.address, proposal_id)))
        }
    }
}

fn submit(path: &Path, signing: &Signing) -> Result<(), Failure> {
    let proposal = document::proposal(path)?;
    let message = |it: &Signer<'_>| {
        Ok::<Any, Failure>(msgs::submit_proposal(&NewProposal {
            messages: proposal.messages.clone(),
            initial_deposit: proposal.deposit.clone(),
            proposer: it.address.clone(),
            metadata: proposal.metadata.clone(),
            title: proposal.title.clone(),
            summary: proposal.summary.clone(),
            expedited: proposal.expedited,
        }))
    };
    if signing.terms.dry_run {
        return difference::of_proposal(path, &proposal.updates, signing, message);
    }
    send(signing, |it| {
        for update in &proposal.updates {
            difference::refuse_silent_opt_in(it.context, path, update)?;
        }
        message(it)
    })
}

fn vote_option(text: &str) -> Result<VoteOption, Failure> {
    let word = text.to_ascii_lowercase().replace('-', "_");
    msgs::vote_option(&word)
        .ok_or_else(|| Failure(format!("`{text}` is no vote: say yes, abstain, no or no_with_veto")))
}

/// Such as `yes=0.6,no=0.4`.
fn weighted(text: &str) -> Result<Vec<(VoteOption, Dec)>, Failure> {
    let one = |part: &str| {
        let wrong = || Failure(format!("`{part}` is no vote with a weight: write yes=0.6,no=0.4"));
        let (option, weight) = part.split_once('=').ok_or_else(wrong)?;
        Ok((vote_option(option.trim())?, weight.trim().parse().map_err(|_| wrong())?))
    };
    text.split(',').map(|part| one(part.trim())).collect()
}
