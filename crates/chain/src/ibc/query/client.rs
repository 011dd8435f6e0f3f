//! `ibc.core.client.v1.Query`.

use super::{invalid, not_found, page, state};
use crate::ibc::core::client::{client_counter, client_view};
use crate::ibc::error::client as refuse;
use crate::ibc::view::{self, IbcHeight};
use crate::ibc::{id, params, path};
use crate::query::{QueryCtx, QueryError};
use ibc_proto::google::protobuf::Any;
use ibc_proto::ibc::core::client::v1::{
    ConsensusStateWithHeight, Height, IdentifiedClientState, Params, QueryClientParamsRequest,
    QueryClientParamsResponse, QueryClientStateRequest, QueryClientStateResponse, QueryClientStatesRequest,
    QueryClientStatesResponse, QueryClientStatusRequest, QueryClientStatusResponse,
    QueryConsensusStateHeightsRequest, QueryConsensusStateHeightsResponse, QueryConsensusStateRequest,
    QueryConsensusStateResponse, QueryConsensusStatesRequest, QueryConsensusStatesResponse,
};
use ics_kv::Corrupt;

/// A client's name and state.
pub(super) fn identified(
    ctx: &QueryCtx<'_>,
    client_id: &str,
) -> Result<Option<IdentifiedClientState>, Corrupt> {
    let stored = view::client_any(state(ctx), client_id)?;
    Ok(stored.map(|any| IdentifiedClientState { client_id: client_id.to_owned(), client_state: Some(any) }))
}

/// What a client knows of a height.
pub(super) fn known(ctx: &QueryCtx<'_>, client_id: &str, at: IbcHeight) -> Result<Any, QueryError> {
    let stored: Option<Any> = view::message(state(ctx), &path::consensus_state(client_id, at))?;
    let (revision, height) = at;
    stored.ok_or_else(|| {
        not_found(refuse::consensus_not_found(format!("client-id: {client_id}, height: {revision}-{height}")))
    })
}

pub(super) fn client_state(
    ctx: &QueryCtx<'_>,
    request: QueryClientStateRequest,
) -> Result<QueryClientStateResponse, QueryError> {
    id::client(&request.client_id).map_err(invalid)?;
    let stored = view::client_any(state(ctx), &request.client_id)?;
    let client_state = stored.ok_or_else(|| not_found(refuse::not_found(&request.client_id)))?;
    Ok(QueryClientStateResponse {
        client_state: Some(client_state),
        proof: Vec::new(),
        proof_height: super::height(ctx),
    })
}

pub(super) fn client_states(
    ctx: &QueryCtx<'_>,
    request: QueryClientStatesRequest,
) -> Result<QueryClientStatesResponse, QueryError> {
    let count = client_counter(state(ctx))?;
    let show = |number| Ok(identified(ctx, &format!("07-tendermint-{number}"))?);
    let (client_states, pagination) = page::numbered(count, request.pagination, show)?;
    Ok(QueryClientStatesResponse { client_states, pagination })
}

pub(super) fn consensus_state(
    ctx: &QueryCtx<'_>,
    request: QueryConsensusStateRequest,
) -> Result<QueryConsensusStateResponse, QueryError> {
    id::client(&request.client_id).map_err(invalid)?;
    let at = if request.latest_height {
        let client = client_view(ctx, &request.client_id)?;
        client.ok_or_else(|| not_found(refuse::not_found(&request.client_id)))?.latest_height
    } else if request.revision_height == 0 {
        return Err(QueryError::invalid("consensus state height cannot be 0"));
    } else {
        (request.revision_number, request.revision_height)
    };
    Ok(QueryConsensusStateResponse {
        consensus_state: Some(known(ctx, &request.client_id, at)?),
        proof: Vec::new(),
        proof_height: super::height(ctx),
    })
}

/// The height of an entry of a client's index of heights.
fn height_of(rest: &[u8]) -> Option<IbcHeight> {
    let (revision, height) = rest.split_at_checked(8)?;
    Some((u64::from_be_bytes(revision.try_into().ok()?), u64::from_be_bytes(height.try_into().ok()?)))
}

fn corrupt(index: &[u8], rest: &[u8]) -> QueryError {
    QueryError::from(Corrupt { key: [index, rest].concat() })
}

pub(super) fn consensus_states(
    ctx: &QueryCtx<'_>,
    request: QueryConsensusStatesRequest,
) -> Result<QueryConsensusStatesResponse, QueryError> {
    id::client(&request.client_id).map_err(invalid)?;
    let index = path::heights(&request.client_id);
    let show = |rest: &[u8], _: &[u8]| {
        let at = height_of(rest).ok_or_else(|| corrupt(&index, rest))?;
        Ok(Some(ConsensusStateWithHeight {
            height: Some(Height { revision_number: at.0, revision_height: at.1 }),
            consensus_state: Some(known(ctx, &request.client_id, at)?),
        }))
    };
    let (consensus_states, pagination) = page::entries(state(ctx), &index, request.pagination.clone(), show)?;
    Ok(QueryConsensusStatesResponse { consensus_states, pagination })
}

pub(super) fn consensus_state_heights(
    ctx: &QueryCtx<'_>,
    request: QueryConsensusStateHeightsRequest,
) -> Result<QueryConsensusStateHeightsResponse, QueryError> {
    id::client(&request.client_id).map_err(invalid)?;
    let index = path::heights(&request.client_id);
    let show = |rest: &[u8], _: &[u8]| {
        let at = height_of(rest).ok_or_else(|| corrupt(&index, rest))?;
        Ok(Some(Height { revision_number: at.0, revision_height: at.1 }))
    };
    let (consensus_state_heights, pagination) =
        page::entries(state(ctx), &index, request.pagination.clone(), show)?;
    Ok(QueryConsensusStateHeightsResponse { consensus_state_heights, pagination })
}

pub(super) fn client_status(
    ctx: &QueryCtx<'_>,
    request: QueryClientStatusRequest,
) -> Result<QueryClientStatusResponse, QueryError> {
    id::client(&request.client_id).map_err(invalid)?;
    let client = client_view(ctx, &request.client_id)?;
    let client = client.ok_or_else(|| not_found(refuse::not_found(&request.client_id)))?;
    Ok(QueryClientStatusResponse { status: client.status.as_str().to_owned() })
}

pub(super) fn client_params(
    ctx: &QueryCtx<'_>,
    _: QueryClientParamsRequest,
) -> Result<QueryClientParamsResponse, QueryError> {
    let params = Params { allowed_clients: params::allowed_clients(ctx.state)? };
    Ok(QueryClientParamsResponse { params: Some(params) })
}
