//! The messages of governance, `cosmos.gov.v1`.

use super::proposal::{self, NewProposal};
use super::state::PARAMS;
use super::vote::{self, VoteOption};
use super::{deposit, error, wire};
use crate::modules::auth;
use crate::modules::bank::Coins;
use crate::route::{MsgRoute, account};
use crate::{ChainConfig, Ctx, Error, msg_route};
use ics_abci::{AccAddr, Event};
use ics_proto::cosmos::base::v1beta1::Coin as ProtoCoin;
use ics_proto::cosmos::gov::v1::{
    MsgCancelProposal, MsgCancelProposalResponse, MsgDeposit, MsgDepositResponse, MsgExecLegacyContent,
    MsgExecLegacyContentResponse, MsgSubmitProposal, MsgSubmitProposalResponse, MsgUpdateParams,
    MsgUpdateParamsResponse, MsgVote, MsgVoteResponse, MsgVoteWeighted, MsgVoteWeightedResponse,
};

/// The messages of this module.
pub const MSGS: &[MsgRoute] = &[
    msg_route!("/cosmos.gov.v1.MsgSubmitProposal", check_submit, submit),
    msg_route!("/cosmos.gov.v1.MsgDeposit", check_deposit, deposit),
    msg_route!("/cosmos.gov.v1.MsgVote", check_vote, vote),
    msg_route!("/cosmos.gov.v1.MsgVoteWeighted", check_vote_weighted, vote_weighted),
    msg_route!("/cosmos.gov.v1.MsgCancelProposal", check_cancel, cancel),
    msg_route!("/cosmos.gov.v1.MsgUpdateParams", check_update_params, update_params),
    msg_route!("/cosmos.gov.v1.MsgExecLegacyContent", check_exec_legacy, exec_legacy),
];

/// The one content that needs no handler.
pub(super) const TEXT: &str = "/cosmos.gov.v1beta1.TextProposal";

fn check_submit(chain: &ChainConfig, msg: &MsgSubmitProposal) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![account(chain, "proposer", &msg.proposer)?])
}

/// Coins of a message, each by itself; what they must be together is asked later.
pub(super) fn coins(amount: &[ProtoCoin]) -> Result<Coins, Error> {
    Coins::from_proto(amount).map_err(Error::invalid_coins)
}

fn submit(ctx: &mut Ctx<'_>, msg: MsgSubmitProposal) -> Result<MsgSubmitProposalResponse, Error> {
    let new = NewProposal {
        initial_deposit: coins(&msg.initial_deposit)?,
        proposer: account(ctx.chain, "proposer", &msg.proposer)?,
        messages: msg.messages,
        metadata: msg.metadata,
        title: msg.title,
        summary: msg.summary,
        expedited: msg.expedited,
    };
    Ok(MsgSubmitProposalResponse { proposal_id: proposal::submit(ctx, new)? })
}

fn check_deposit(chain: &ChainConfig, msg: &MsgDeposit) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![account(chain, "depositor", &msg.depositor)?])
}

/// Deposits on a proposal, as either version of the message asks.
pub(super) fn deposit_on(
    ctx: &mut Ctx<'_>,
    id: u64,
    depositor: &str,
    amount: &[ProtoCoin],
) -> Result<(), Error> {
    let depositor = account(ctx.chain, "depositor", depositor)?;
    let amount = coins(amount)?;
    if amount.0.is_empty() || !amount.is_valid() {
        return Err(Error::invalid_coins(amount));
    }
    if deposit::add(ctx, id, &depositor, &amount)? == deposit::Added::VotingBegins {
        ctx.emit(Event::new("proposal_deposit").with("voting_period_start", id));
    }
    Ok(())
}

fn deposit(ctx: &mut Ctx<'_>, msg: MsgDeposit) -> Result<MsgDepositResponse, Error> {
    deposit_on(ctx, msg.proposal_id, &msg.depositor, &msg.amount)?;
    Ok(MsgDepositResponse {})
}

fn check_vote(chain: &ChainConfig, msg: &MsgVote) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![account(chain, "voter", &msg.voter)?])
}

/// An option by protobuf's number.
pub(super) fn option(number: i32) -> Result<VoteOption, Error> {
    let name = || if number == 0 { "VOTE_OPTION_UNSPECIFIED".to_owned() } else { number.to_string() };
    VoteOption::from_proto(number).ok_or_else(|| error::invalid_vote(name()))
}

fn vote(ctx: &mut Ctx<'_>, msg: MsgVote) -> Result<MsgVoteResponse, Error> {
    let voter = account(ctx.chain, "voter", &msg.voter)?;
    let options = vote::whole(option(msg.option)?);
    vote::add(ctx, msg.proposal_id, &voter, options, msg.metadata)?;
    Ok(MsgVoteResponse {})
}

fn check_vote_weighted(chain: &ChainConfig, msg: &MsgVoteWeighted) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![account(chain, "voter", &msg.voter)?])
}

fn vote_weighted(ctx: &mut Ctx<'_>, msg: MsgVoteWeighted) -> Result<MsgVoteWeightedResponse, Error> {
    let voter = account(ctx.chain, "voter", &msg.voter)?;
    let options = vote::read_weighted(&wire::read_options(&msg.options)?)?;
    vote::add(ctx, msg.proposal_id, &voter, options, msg.metadata)?;
    Ok(MsgVoteWeightedResponse {})
}

fn check_cancel(chain: &ChainConfig, msg: &MsgCancelProposal) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![account(chain, "proposer", &msg.proposer)?])
}

fn cancel(ctx: &mut Ctx<'_>, msg: MsgCancelProposal) -> Result<MsgCancelProposalResponse, Error> {
    let proposer = account(ctx.chain, "proposer", &msg.proposer)?;
    proposal::cancel(ctx, msg.proposal_id, &proposer)?;
    Ok(MsgCancelProposalResponse {
        proposal_id: msg.proposal_id,
        canceled_time: Some(wire::timestamp(ctx.block.time)),
        canceled_height: ctx.block.height.0,
    })
}

fn check_update_params(chain: &ChainConfig, msg: &MsgUpdateParams) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![account(chain, "authority", &msg.authority)?])
}

fn update_params(ctx: &mut Ctx<'_>, msg: MsgUpdateParams) -> Result<MsgUpdateParamsResponse, Error> {
    auth::only_authority(ctx.chain, &msg.authority)?;
    let params = wire::read_params(&msg.params.unwrap_or_default())?;
    params.validate(ctx.chain)?;
    PARAMS.set(ctx, &params);
    Ok(MsgUpdateParamsResponse {})
}

/// Legacy contents other than text have no handler here: their work has messages of its own.
fn check_exec_legacy(chain: &ChainConfig, msg: &MsgExecLegacyContent) -> Result<Vec<AccAddr>, Error> {
    let url = msg.content.as_ref().map_or("", |content| content.type_url.as_str());
    if url != TEXT {
        return Err(error::no_handler(url));
    }
    Ok(vec![account(chain, "authority", &msg.authority)?])
}

fn exec_legacy(ctx: &mut Ctx<'_>, msg: MsgExecLegacyContent) -> Result<MsgExecLegacyContentResponse, Error> {
    auth::only_authority(ctx.chain, &msg.authority)?;
    Ok(MsgExecLegacyContentResponse {})
}
