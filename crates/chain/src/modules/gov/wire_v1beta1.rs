//! Between governance and the protobuf form of old clients, `cosmos.gov.v1beta1`: decimals are counts of 10^-18 there.

use super::msg::TEXT;
use super::proposal::{Proposal, Tally};
use super::vote::{Vote, WeightedOption};
use super::wire::{EXEC_LEGACY, timestamp};
use crate::ChainConfig;
use ics_abci::{AccAddr, Dec};
use ics_proto::Any;
use ics_proto::cosmos::gov::v1::MsgExecLegacyContent;
use ics_proto::cosmos::gov::v1beta1 as pb;
use prost::Message;

/// What a legacy content says.
pub(super) fn text_of(content: &Any) -> Option<pb::TextProposal> {
    if content.type_url != TEXT {
        return None;
    }
    pb::TextProposal::decode(content.value.as_slice()).ok()
}

/// The content of a proposal that has one; others show none, as in the SDK.
fn content(proposal: &Proposal) -> Option<Any> {
    let message = proposal.messages.iter().rfind(|message| message.url == EXEC_LEGACY)?;
    MsgExecLegacyContent::decode(message.value.as_slice()).ok()?.content
}

pub(super) fn tally(tally: &Tally) -> pb::TallyResult {
    pb::TallyResult {
        yes: tally.yes.to_string(),
        abstain: tally.abstain.to_string(),
        no: tally.no.to_string(),
        no_with_veto: tally.no_with_veto.to_string(),
    }
}

pub(super) fn proposal(proposal: &Proposal) -> pb::Proposal {
    // What has no time yet shows the first moment of the calendar, Go's zero.
    let moment = |time: Option<ics_abci::Time>| Some(timestamp(time.unwrap_or(ics_abci::Time::ZERO)));
    pb::Proposal {
        proposal_id: proposal.id,
        content: content(proposal),
        status: proposal.status.to_proto(),
        final_tally_result: Some(tally(&proposal.final_tally)),
        submit_time: moment(Some(proposal.submit_time)),
        deposit_end_time: moment(Some(proposal.deposit_end)),
        total_deposit: proposal.total_deposit.to_proto(),
        voting_start_time: moment(proposal.voting.map(|voting| voting.start)),
        voting_end_time: moment(proposal.voting.map(|voting| voting.end)),
    }
}

#[allow(deprecated, reason = "the field of the one option is what the oldest clients read")]
pub(super) fn vote(chain: &ChainConfig, proposal_id: u64, voter: &AccAddr, vote: &Vote) -> pb::Vote {
    let option = match vote.options.as_slice() {
        [WeightedOption { option, weight: Dec::ONE }] => option.to_proto(),
        _ => 0,
    };
    let weighted = |option: &WeightedOption| pb::WeightedVoteOption {
        option: option.option.to_proto(),
        weight: option.weight.to_atomics_text(),
    };
    let options = vote.options.iter().map(weighted).collect();
    pb::Vote { proposal_id, voter: voter.to_text(chain.prefix), option, options }
}
