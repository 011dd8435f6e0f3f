//! The messages of old clients, `cosmos.gov.v1beta1`: the same acts, text alone as a proposal's content.

use super::msg::{coins, deposit_on, option};
use super::proposal::{self, NewProposal};
use super::wire::EXEC_LEGACY;
use super::{error, vote, wire_v1beta1};
use crate::modules::auth;
use crate::route::{MsgRoute, account};
use crate::{ChainConfig, Ctx, Error, msg_route};
use ics_abci::{AccAddr, Dec};
use ics_proto::Any;
use ics_proto::cosmos::gov::v1::MsgExecLegacyContent;
use ics_proto::cosmos::gov::v1beta1::{
    MsgDeposit, MsgDepositResponse, MsgSubmitProposal, MsgSubmitProposalResponse, MsgVote, MsgVoteResponse,
    MsgVoteWeighted, MsgVoteWeightedResponse, WeightedVoteOption,
};
use prost::Message;

/// The messages of this module's first version.
pub const MSGS: &[MsgRoute] = &[
    msg_route!("/cosmos.gov.v1beta1.MsgSubmitProposal", check_submit, submit),
    msg_route!("/cosmos.gov.v1beta1.MsgDeposit", check_deposit, deposit),
    msg_route!("/cosmos.gov.v1beta1.MsgVote", check_vote, vote),
    msg_route!("/cosmos.gov.v1beta1.MsgVoteWeighted", check_vote_weighted, vote_weighted),
];

fn check_submit(chain: &ChainConfig, msg: &MsgSubmitProposal) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![account(chain, "proposer", &msg.proposer)?])
}

fn submit(ctx: &mut Ctx<'_>, msg: MsgSubmitProposal) -> Result<MsgSubmitProposalResponse, Error> {
    let content = msg.content.ok_or_else(|| error::invalid_content("missing content"))?;
    let text = wire_v1beta1::text_of(&content).ok_or_else(|| error::no_handler(&content.type_url))?;
    let authority = auth::authority().to_text(ctx.chain.prefix);
    let exec = MsgExecLegacyContent { content: Some(content), authority };
    let new = NewProposal {
        messages: vec![Any { type_url: EXEC_LEGACY.to_owned(), value: exec.encode_to_vec() }],
        initial_deposit: coins(&msg.initial_deposit)?,
        proposer: account(ctx.chain, "proposer", &msg.proposer)?,
        metadata: String::new(),
        title: text.title,
        summary: text.description,
        expedited: false,
    };
    Ok(MsgSubmitProposalResponse { proposal_id: proposal::submit(ctx, new)? })
}

fn check_deposit(chain: &ChainConfig, msg: &MsgDeposit) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![account(chain, "depositor", &msg.depositor)?])
}

fn deposit(ctx: &mut Ctx<'_>, msg: MsgDeposit) -> Result<MsgDepositResponse, Error> {
    deposit_on(ctx, msg.proposal_id, &msg.depositor, &msg.amount)?;
    Ok(MsgDepositResponse {})
}

fn check_vote(chain: &ChainConfig, msg: &MsgVote) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![account(chain, "voter", &msg.voter)?])
}

fn vote(ctx: &mut Ctx<'_>, msg: MsgVote) -> Result<MsgVoteResponse, Error> {
    let voter = account(ctx.chain, "voter", &msg.voter)?;
    let options = vote::whole(option(msg.option)?);
    vote::add(ctx, msg.proposal_id, &voter, options, String::new())?;
    Ok(MsgVoteResponse {})
}

fn check_vote_weighted(chain: &ChainConfig, msg: &MsgVoteWeighted) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![account(chain, "voter", &msg.voter)?])
}

fn vote_weighted(ctx: &mut Ctx<'_>, msg: MsgVoteWeighted) -> Result<MsgVoteWeightedResponse, Error> {
    let voter = account(ctx.chain, "voter", &msg.voter)?;
    let read = |option: &WeightedVoteOption| {
        let weight = Dec::from_atomics_text(&option.weight);
        let weight = weight.map_err(|error| error::invalid_vote(format!("invalid weight: {error}")))?;
        Ok((option.option, weight))
    };
    let options = msg.options.iter().map(read).collect::<Result<Vec<_>, Error>>()?;
    vote::add(ctx, msg.proposal_id, &voter, vote::read_weighted(&options)?, String::new())?;
    Ok(MsgVoteWeightedResponse {})
}
