//! Questions about governance, `cosmos.gov.v1`.

use super::proposal::{Proposal, Status, Tally};
use super::state::{self, CONSTITUTION, DEPOSITS, PROPOSALS, VOTES};
use super::tally::tally;
use super::wire;
use crate::modules::page::page;
use crate::query::{QueryCtx, QueryError, QueryRoute};
use crate::{Error, query_route};
use ics_abci::AccAddr;
use ics_kv::Corrupt;
use ics_proto::cosmos::base::query::v1beta1::{PageRequest, PageResponse};
use ics_proto::cosmos::gov::v1 as pb;

/// The queries of this module.
pub const QUERIES: &[QueryRoute] = &[
    query_route!("/cosmos.gov.v1.Query/Constitution", constitution),
    query_route!("/cosmos.gov.v1.Query/Proposal", proposal),
    query_route!("/cosmos.gov.v1.Query/Proposals", proposals),
    query_route!("/cosmos.gov.v1.Query/Vote", vote),
    query_route!("/cosmos.gov.v1.Query/Votes", votes),
    query_route!("/cosmos.gov.v1.Query/Params", params),
    query_route!("/cosmos.gov.v1.Query/Deposit", deposit),
    query_route!("/cosmos.gov.v1.Query/Deposits", deposits),
    query_route!("/cosmos.gov.v1.Query/TallyResult", tally_result),
];

type Answer<T> = Result<T, QueryError>;
type Page<T> = Answer<(Vec<T>, Option<PageResponse>)>;

fn numbered(id: u64) -> Answer<u64> {
    if id == 0 { Err(QueryError::invalid("proposal id can not be 0")) } else { Ok(id) }
}

fn person(ctx: &QueryCtx<'_>, role: &str, text: &str) -> Answer<AccAddr> {
    if text.is_empty() {
        return Err(QueryError::invalid(format!("empty {role} address")));
    }
    AccAddr::parse(ctx.chain.prefix, text).map_err(QueryError::invalid)
}

fn constitution(
    ctx: &QueryCtx<'_>,
    _: pb::QueryConstitutionRequest,
) -> Answer<pb::QueryConstitutionResponse> {
    let constitution = CONSTITUTION.get(ctx.state)?.unwrap_or_default();
    Ok(pb::QueryConstitutionResponse { constitution })
}

/// The proposal of a number.
pub(super) fn known(ctx: &QueryCtx<'_>, id: u64) -> Answer<Proposal> {
    let found = PROPOSALS.get(ctx.state, &numbered(id)?)?;
    found.ok_or_else(|| QueryError::not_found(format!("proposal {id} doesn't exist")))
}

fn proposal(ctx: &QueryCtx<'_>, request: pb::QueryProposalRequest) -> Answer<pb::QueryProposalResponse> {
    let proposal = wire::proposal(ctx.chain, &known(ctx, request.proposal_id)?);
    Ok(pb::QueryProposalResponse { proposal: Some(proposal) })
}

/// Proposals by status, voter and depositor; what is not said does not matter.
pub(super) fn filtered<T>(
    ctx: &QueryCtx<'_>,
    (status, voter, depositor): (i32, &str, &str),
    request: Option<PageRequest>,
    show: impl Fn(&Proposal) -> T,
) -> Page<T> {
    let named = |role, text: &str| if text.is_empty() { Ok(None) } else { person(ctx, role, text).map(Some) };
    let (voter, depositor) = (named("voter", voter)?, named("depositor", depositor)?);
    let status = Status::from_proto(status);
    let wanted = |proposal: &Proposal| {
        status.is_none_or(|status| proposal.status == status)
            && voter.as_ref().is_none_or(|voter| VOTES.has(ctx.state, &(proposal.id, voter.0.clone())))
            && depositor.as_ref().is_none_or(|who| DEPOSITS.has(ctx.state, &(proposal.id, who.0.clone())))
    };
    let all = PROPOSALS.iter(ctx.state).filter_map(|entry| match entry {
        Ok((_, proposal)) => wanted(&proposal).then(|| Ok(show(&proposal))),
        Err(corrupt) => Some(Err(corrupt)),
    });
    page(request, all)
}

fn proposals(ctx: &QueryCtx<'_>, request: pb::QueryProposalsRequest) -> Answer<pb::QueryProposalsResponse> {
    let filter = (request.proposal_status, request.voter.as_str(), request.depositor.as_str());
    let (proposals, pagination) =
        filtered(ctx, filter, request.pagination, |proposal| wire::proposal(ctx.chain, proposal))?;
    Ok(pb::QueryProposalsResponse { proposals, pagination })
}

/// Somebody's vote.
pub(super) fn vote_of(ctx: &QueryCtx<'_>, id: u64, voter: &str) -> Answer<(AccAddr, super::Vote)> {
    let id = numbered(id)?;
    let addr = person(ctx, "voter", voter)?;
    let none = || QueryError::invalid(format!("voter: {voter} not found for proposal: {id}"));
    let vote = state::vote_of(ctx.state, id, &addr)?.ok_or_else(none)?;
    Ok((addr, vote))
}

fn vote(ctx: &QueryCtx<'_>, request: pb::QueryVoteRequest) -> Answer<pb::QueryVoteResponse> {
    let (voter, vote) = vote_of(ctx, request.proposal_id, &request.voter)?;
    Ok(pb::QueryVoteResponse { vote: Some(wire::vote(ctx.chain, request.proposal_id, &voter, &vote)) })
}

/// All votes on a proposal.
pub(super) fn votes_on<T>(
    ctx: &QueryCtx<'_>,
    id: u64,
    request: Option<PageRequest>,
    show: impl Fn(&AccAddr, &super::Vote) -> T,
) -> Page<T> {
    let all = VOTES.under(ctx.state, &numbered(id)?);
    page(request, all.map(|entry| entry.map(|((_, voter), vote)| show(&AccAddr(voter), &vote))))
}

fn votes(ctx: &QueryCtx<'_>, request: pb::QueryVotesRequest) -> Answer<pb::QueryVotesResponse> {
    let id = request.proposal_id;
    let show = |voter: &AccAddr, vote: &super::Vote| wire::vote(ctx.chain, id, voter, vote);
    let (votes, pagination) = votes_on(ctx, id, request.pagination, show)?;
    Ok(pb::QueryVotesResponse { votes, pagination })
}

#[allow(deprecated, reason = "clients before 0.47 read the parts")]
fn params(ctx: &QueryCtx<'_>, request: pb::QueryParamsRequest) -> Answer<pb::QueryParamsResponse> {
    let params = wire::params(&state::params(ctx.state)?);
    let mut response = pb::QueryParamsResponse::default();
    match request.params_type.as_str() {
        "deposit" => {
            response.deposit_params = Some(pb::DepositParams {
                min_deposit: params.min_deposit.clone(),
                max_deposit_period: params.max_deposit_period,
            });
        }
        "voting" => {
            response.voting_params = Some(pb::VotingParams { voting_period: params.voting_period });
        }
        "tallying" => {
            response.tally_params = Some(pb::TallyParams {
                quorum: params.quorum.clone(),
                threshold: params.threshold.clone(),
                veto_threshold: params.veto_threshold.clone(),
            });
        }
        "" => {}
        other => return Err(QueryError::invalid(format!("unknown params type: {other}"))),
    }
    response.params = Some(params);
    Ok(response)
}

/// What somebody deposited.
pub(super) fn deposit_of(ctx: &QueryCtx<'_>, id: u64, depositor: &str) -> Answer<pb::Deposit> {
    let id = numbered(id)?;
    let addr = person(ctx, "depositor", depositor)?;
    let none = || QueryError::invalid(format!("depositer: {depositor} not found for proposal: {id}"));
    let coins = state::deposit_of(ctx.state, id, &addr)?.ok_or_else(none)?;
    Ok(wire::deposit(ctx.chain, id, &addr, &coins))
}

fn deposit(ctx: &QueryCtx<'_>, request: pb::QueryDepositRequest) -> Answer<pb::QueryDepositResponse> {
    let deposit = deposit_of(ctx, request.proposal_id, &request.depositor)?;
    Ok(pb::QueryDepositResponse { deposit: Some(deposit) })
}

/// All deposits on a proposal.
pub(super) fn deposits_on(ctx: &QueryCtx<'_>, id: u64, request: Option<PageRequest>) -> Page<pb::Deposit> {
    let all = DEPOSITS.under(ctx.state, &numbered(id)?);
    let all = all.map(|entry| -> Result<_, Corrupt> {
        let ((_, depositor), coins) = entry?;
        Ok(wire::deposit(ctx.chain, id, &AccAddr(depositor), &coins))
    });
    page(request, all)
}

fn deposits(ctx: &QueryCtx<'_>, request: pb::QueryDepositsRequest) -> Answer<pb::QueryDepositsResponse> {
    let (deposits, pagination) = deposits_on(ctx, request.proposal_id, request.pagination)?;
    Ok(pb::QueryDepositsResponse { deposits, pagination })
}

/// How a proposal stands, or how it was decided.
pub(super) fn tally_of(ctx: &QueryCtx<'_>, id: u64) -> Answer<Tally> {
    let proposal = known(ctx, id)?;
    match proposal.status {
        Status::DepositPeriod => Ok(Tally::default()),
        Status::Passed | Status::Rejected | Status::Failed => Ok(proposal.final_tally),
        Status::VotingPeriod => match tally(ctx, &proposal) {
            Ok((_, result)) => Ok(result),
            Err(Error::Corrupt(corrupt)) => Err(corrupt.into()),
            Err(refused @ Error::Refused { .. }) => Err(QueryError::internal(refused)),
        },
    }
}

fn tally_result(
    ctx: &QueryCtx<'_>,
    request: pb::QueryTallyResultRequest,
) -> Answer<pb::QueryTallyResultResponse> {
    let tally = wire::tally(&tally_of(ctx, request.proposal_id)?);
    Ok(pb::QueryTallyResultResponse { tally: Some(tally) })
}
