//! `ibc.core.connection.v1.Query`.

use super::{client, invalid, not_found, page, state};
use crate::ibc::error::{client as refuse_client, connection as refuse};
use crate::ibc::params::block_time_max;
use crate::ibc::view;
use crate::ibc::{id, path};
use crate::query::{QueryCtx, QueryError};
use ibc_proto::ibc::core::connection::v1::{
    ConnectionEnd, IdentifiedConnection, Params, QueryClientConnectionsRequest,
    QueryClientConnectionsResponse, QueryConnectionClientStateRequest, QueryConnectionClientStateResponse,
    QueryConnectionConsensusStateRequest, QueryConnectionConsensusStateResponse,
    QueryConnectionParamsRequest, QueryConnectionParamsResponse, QueryConnectionRequest,
    QueryConnectionResponse, QueryConnectionsRequest, QueryConnectionsResponse,
};

/// A connection that must be there.
pub(super) fn require(ctx: &QueryCtx<'_>, connection_id: &str) -> Result<ConnectionEnd, QueryError> {
    id::connection(connection_id).map_err(invalid)?;
    let stored = view::connection_end(state(ctx), connection_id)?;
    stored.ok_or_else(|| not_found(refuse::not_found(connection_id)))
}

pub(super) fn connection(
    ctx: &QueryCtx<'_>,
    request: QueryConnectionRequest,
) -> Result<QueryConnectionResponse, QueryError> {
    Ok(QueryConnectionResponse {
        connection: Some(require(ctx, &request.connection_id)?),
        proof: Vec::new(),
        proof_height: super::height(ctx),
    })
}

pub(super) fn connections(
    ctx: &QueryCtx<'_>,
    request: QueryConnectionsRequest,
) -> Result<QueryConnectionsResponse, QueryError> {
    let count = view::number(state(ctx), path::NEXT_CONNECTION)?.unwrap_or(0);
    let show = |number| {
        let id = format!("connection-{number}");
        let stored = view::connection_end(state(ctx), &id)?;
        Ok(stored.map(|end| IdentifiedConnection {
            id,
            client_id: end.client_id,
            versions: end.versions,
            state: end.state,
            counterparty: end.counterparty,
            delay_period: end.delay_period,
        }))
    };
    let (connections, pagination) = page::numbered(count, request.pagination, show)?;
    Ok(QueryConnectionsResponse { connections, pagination, height: super::height(ctx) })
}

pub(super) fn client_connections(
    ctx: &QueryCtx<'_>,
    request: QueryClientConnectionsRequest,
) -> Result<QueryClientConnectionsResponse, QueryError> {
    id::client(&request.client_id).map_err(invalid)?;
    let connection_paths = view::connections_of(state(ctx), &request.client_id)?;
    if connection_paths.is_empty() {
        return Err(not_found(refuse::no_paths(&request.client_id)));
    }
    Ok(QueryClientConnectionsResponse {
        connection_paths,
        proof: Vec::new(),
        proof_height: super::height(ctx),
    })
}

pub(super) fn client_state(
    ctx: &QueryCtx<'_>,
    request: QueryConnectionClientStateRequest,
) -> Result<QueryConnectionClientStateResponse, QueryError> {
    let end = require(ctx, &request.connection_id)?;
    let found = client::identified(ctx, &end.client_id)?;
    let found = found.ok_or_else(|| not_found(refuse_client::not_found(&end.client_id)))?;
    Ok(QueryConnectionClientStateResponse {
        identified_client_state: Some(found),
        proof: Vec::new(),
        proof_height: super::height(ctx),
    })
}

pub(super) fn consensus_state(
    ctx: &QueryCtx<'_>,
    request: QueryConnectionConsensusStateRequest,
) -> Result<QueryConnectionConsensusStateResponse, QueryError> {
    let end = require(ctx, &request.connection_id)?;
    let at = (request.revision_number, request.revision_height);
    Ok(QueryConnectionConsensusStateResponse {
        consensus_state: Some(client::known(ctx, &end.client_id, at)?),
        client_id: end.client_id,
        proof: Vec::new(),
        proof_height: super::height(ctx),
    })
}

pub(super) fn params(
    ctx: &QueryCtx<'_>,
    _: QueryConnectionParamsRequest,
) -> Result<QueryConnectionParamsResponse, QueryError> {
    let nanos = u64::try_from(block_time_max(ctx.state)?.as_nanos()).unwrap_or(u64::MAX);
    Ok(QueryConnectionParamsResponse { params: Some(Params { max_expected_time_per_block: nanos }) })
}
