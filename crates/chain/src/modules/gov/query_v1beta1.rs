//! Questions of old clients, `cosmos.gov.v1beta1`.

use super::query::{deposit_of, deposits_on, filtered, known, tally_of, vote_of, votes_on};
use super::{state, wire_v1beta1 as wire};
use crate::query::{QueryCtx, QueryError, QueryRoute};
use crate::query_route;
use ics_abci::{AccAddr, Dec};
use ics_proto::cosmos::gov::v1::Deposit;
use ics_proto::cosmos::gov::v1beta1 as pb;

/// The queries of this module's first version.
pub const QUERIES: &[QueryRoute] = &[
    query_route!("/cosmos.gov.v1beta1.Query/Proposal", proposal),
    query_route!("/cosmos.gov.v1beta1.Query/Proposals", proposals),
    query_route!("/cosmos.gov.v1beta1.Query/Vote", vote),
    query_route!("/cosmos.gov.v1beta1.Query/Votes", votes),
    query_route!("/cosmos.gov.v1beta1.Query/Params", params),
    query_route!("/cosmos.gov.v1beta1.Query/Deposit", deposit),
    query_route!("/cosmos.gov.v1beta1.Query/Deposits", deposits),
    query_route!("/cosmos.gov.v1beta1.Query/TallyResult", tally_result),
];

type Answer<T> = Result<T, QueryError>;

fn proposal(ctx: &QueryCtx<'_>, request: pb::QueryProposalRequest) -> Answer<pb::QueryProposalResponse> {
    let proposal = wire::proposal(&known(ctx, request.proposal_id)?);
    Ok(pb::QueryProposalResponse { proposal: Some(proposal) })
}

fn proposals(ctx: &QueryCtx<'_>, request: pb::QueryProposalsRequest) -> Answer<pb::QueryProposalsResponse> {
    let filter = (request.proposal_status, request.voter.as_str(), request.depositor.as_str());
    let (proposals, pagination) = filtered(ctx, filter, request.pagination, wire::proposal)?;
    Ok(pb::QueryProposalsResponse { proposals, pagination })
}

fn vote(ctx: &QueryCtx<'_>, request: pb::QueryVoteRequest) -> Answer<pb::QueryVoteResponse> {
    let (voter, vote) = vote_of(ctx, request.proposal_id, &request.voter)?;
    Ok(pb::QueryVoteResponse { vote: Some(wire::vote(ctx.chain, request.proposal_id, &voter, &vote)) })
}

fn votes(ctx: &QueryCtx<'_>, request: pb::QueryVotesRequest) -> Answer<pb::QueryVotesResponse> {
    let id = request.proposal_id;
    let show = |voter: &AccAddr, vote: &super::Vote| wire::vote(ctx.chain, id, voter, vote);
    let (votes, pagination) = votes_on(ctx, id, request.pagination, show)?;
    Ok(pb::QueryVotesResponse { votes, pagination })
}

/// The part of the parameters that was asked for. Source: SDK x/gov `keeper/grpc_query.go`.
fn params(ctx: &QueryCtx<'_>, request: pb::QueryParamsRequest) -> Answer<pb::QueryParamsResponse> {
    let params = state::params(ctx.state)?;
    let bytes = |share: Dec| share.to_atomics_text().into_bytes();
    let mut response = pb::QueryParamsResponse {
        voting_params: Some(pb::VotingParams { voting_period: None }),
        deposit_params: Some(pb::DepositParams::default()),
        tally_params: Some(pb::TallyParams::default()),
    };
    match request.params_type.as_str() {
        "deposit" => {
            response.deposit_params = Some(pb::DepositParams {
                min_deposit: params.min_deposit.to_proto(),
                max_deposit_period: Some(super::wire::duration(params.max_deposit_period)),
            });
        }
        "voting" => {
            let voting_period = Some(super::wire::duration(params.voting_period));
            response.voting_params = Some(pb::VotingParams { voting_period });
        }
        "tallying" => {
            response.tally_params = Some(pb::TallyParams {
                quorum: bytes(params.quorum),
                threshold: bytes(params.threshold),
                veto_threshold: bytes(params.veto_threshold),
            });
        }
        "" => {}
        other => return Err(QueryError::invalid(format!("unknown params type: {other}"))),
    }
    Ok(response)
}

fn older(deposit: Deposit) -> pb::Deposit {
    let Deposit { proposal_id, depositor, amount } = deposit;
    pb::Deposit { proposal_id, depositor, amount }
}

fn deposit(ctx: &QueryCtx<'_>, request: pb::QueryDepositRequest) -> Answer<pb::QueryDepositResponse> {
    let deposit = deposit_of(ctx, request.proposal_id, &request.depositor)?;
    Ok(pb::QueryDepositResponse { deposit: Some(older(deposit)) })
}

fn deposits(ctx: &QueryCtx<'_>, request: pb::QueryDepositsRequest) -> Answer<pb::QueryDepositsResponse> {
    let (deposits, pagination) = deposits_on(ctx, request.proposal_id, request.pagination)?;
    Ok(pb::QueryDepositsResponse { deposits: deposits.into_iter().map(older).collect(), pagination })
}

fn tally_result(
    ctx: &QueryCtx<'_>,
    request: pb::QueryTallyResultRequest,
) -> Answer<pb::QueryTallyResultResponse> {
    let tally = wire::tally(&tally_of(ctx, request.proposal_id)?);
    Ok(pb::QueryTallyResultResponse { tally: Some(tally) })
}
