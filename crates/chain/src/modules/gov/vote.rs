//! Votes: an option, or several with weights that sum to one. A later vote replaces the earlier one.
//!
//! Journey: `MsgVote`, `MsgVoteWeighted` → [`add`]. Source: SDK x/gov `keeper/vote.go`.

use super::error;
use super::proposal::{Status, check_metadata};
use super::state::{PROPOSALS, VOTES};
use crate::{Ctx, Error};
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::{AccAddr, Dec, Event};

/// What a voter can want. The numbers are those of protobuf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum VoteOption {
    /// For it.
    Yes,
    /// Neither.
    Abstain,
    /// Against it.
    No,
    /// Against it, and against its being proposed.
    NoWithVeto,
}

impl VoteOption {
    /// As protobuf counts.
    #[must_use]
    pub const fn to_proto(self) -> i32 {
        match self {
            Self::Yes => 1,
            Self::Abstain => 2,
            Self::No => 3,
            Self::NoWithVeto => 4,
        }
    }

    /// From protobuf's number.
    #[must_use]
    pub const fn from_proto(number: i32) -> Option<Self> {
        match number {
            1 => Some(Self::Yes),
            2 => Some(Self::Abstain),
            3 => Some(Self::No),
            4 => Some(Self::NoWithVeto),
            _ => None,
        }
    }
}

/// An option and its share of the voter's power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct WeightedOption {
    /// The option.
    pub option: VoteOption,
    /// Above 0, at most 1.
    pub weight: Dec,
}

/// A vote.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Vote {
    /// Each option at most once; the weights sum to 1.
    pub options: Vec<WeightedOption>,
    /// A text of the voter's, often a link.
    pub metadata: String,
}

/// All power for one option.
#[must_use]
pub fn whole(option: VoteOption) -> Vec<WeightedOption> {
    vec![WeightedOption { option, weight: Dec::ONE }]
}

/// Options by protobuf's number and weights, in the SDK's order and words of refusal.
pub(super) fn read_weighted(options: &[(i32, Dec)]) -> Result<Vec<WeightedOption>, Error> {
    if options.is_empty() {
        return Err(Error::invalid_request("[]"));
    }
    let (mut read, mut sum) = (Vec::<WeightedOption>::new(), Dec::ZERO);
    for (number, weight) in options {
        let refuse = || error::invalid_vote(json(*number, *weight));
        let option = VoteOption::from_proto(*number).ok_or_else(refuse)?;
        if *weight <= Dec::ZERO || *weight > Dec::ONE {
            return Err(refuse());
        }
        if read.iter().any(|known| known.option == option) {
            return Err(error::invalid_vote("duplicated vote option"));
        }
        sum = sum.plus(*weight).map_err(error::arithmetic)?;
        read.push(WeightedOption { option, weight: *weight });
    }
    if sum > Dec::ONE {
        return Err(error::invalid_vote("total weight overflow 1.00"));
    }
    if sum < Dec::ONE {
        return Err(error::invalid_vote("total weight lower than 1.00"));
    }
    Ok(read)
}

fn json(option: i32, weight: Dec) -> String {
    format!("{{\"option\":{option},\"weight\":\"{weight}\"}}")
}

/// Stores a vote in place of the voter's earlier one. Emits `proposal_vote`.
///
/// # Errors
/// A proposal that is not voted on, metadata that is too long.
pub fn add(
    ctx: &mut Ctx<'_>,
    id: u64,
    voter: &AccAddr,
    options: Vec<WeightedOption>,
    metadata: String,
) -> Result<(), Error> {
    let proposal = PROPOSALS.get(ctx, &id)?;
    if proposal.is_none_or(|proposal| proposal.status != Status::VotingPeriod) {
        return Err(error::inactive_proposal(id));
    }
    check_metadata(&metadata)?;
    let texts: Vec<String> =
        options.iter().map(|option| json(option.option.to_proto(), option.weight)).collect();
    VOTES.set(ctx, &(id, voter.0.clone()), &Vote { options, metadata });
    ctx.emit(
        Event::new("proposal_vote")
            .with("voter", voter.to_text(ctx.chain.prefix))
            .with("option", format!("[{}]", texts.join(",")))
            .with("proposal_id", id),
    );
    Ok(())
}
