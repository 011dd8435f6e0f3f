//! `ibc.applications.transfer.v1.Query`: the denominations in the form of ibc-go v10 and in the older one.

use super::denom::read_hash;
use super::state::{self, DENOMS};
use super::{Denom, escrow_address, params as stored_params, total_escrow as in_escrow};
use crate::ibc::id;
use crate::ibc::query::page;
use crate::query::{QueryCtx, QueryError, QueryRoute};
use crate::query_route;
use ibc_proto::cosmos::base::query::v1beta1::{PageRequest, PageResponse};
use ibc_proto::cosmos::base::v1beta1::Coin;
use ibc_proto::ibc::applications::transfer::v1::{
    DenomTrace, Params, QueryDenomHashRequest, QueryDenomHashResponse, QueryDenomTraceRequest,
    QueryDenomTraceResponse, QueryDenomTracesRequest, QueryDenomTracesResponse, QueryEscrowAddressRequest,
    QueryEscrowAddressResponse, QueryParamsRequest, QueryParamsResponse, QueryTotalEscrowForDenomRequest,
    QueryTotalEscrowForDenomResponse,
};
use ics_kv::{Corrupt, Value};

/// The rows.
pub const QUERIES: &[QueryRoute] = &[
    query_route!("/ibc.applications.transfer.v1.Query/Params", params),
    query_route!("/ibc.applications.transfer.v1.Query/Denom", denom),
    query_route!("/ibc.applications.transfer.v1.Query/Denoms", denoms),
    query_route!("/ibc.applications.transfer.v1.Query/DenomTrace", denom_trace),
    query_route!("/ibc.applications.transfer.v1.Query/DenomTraces", denom_traces),
    query_route!("/ibc.applications.transfer.v1.Query/DenomHash", denom_hash),
    query_route!("/ibc.applications.transfer.v1.Query/EscrowAddress", address),
    query_route!("/ibc.applications.transfer.v1.Query/TotalEscrowForDenom", total_escrow),
];

/// ibc-go v10's forms, which our protobuf types predate.
mod v10 {
    use super::{PageRequest, PageResponse};

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Hop {
        #[prost(string, tag = "1")]
        pub(super) port_id: String,
        #[prost(string, tag = "2")]
        pub(super) channel_id: String,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Denom {
        #[prost(string, tag = "1")]
        pub(super) base: String,
        #[prost(message, repeated, tag = "3")]
        pub(super) trace: Vec<Hop>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct QueryDenomRequest {
        #[prost(string, tag = "1")]
        pub(super) hash: String,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct QueryDenomResponse {
        #[prost(message, optional, tag = "1")]
        pub(super) denom: Option<Denom>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct QueryDenomsRequest {
        #[prost(message, optional, tag = "1")]
        pub(super) pagination: Option<PageRequest>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct QueryDenomsResponse {
        #[prost(message, repeated, tag = "1")]
        pub(super) denoms: Vec<Denom>,
        #[prost(message, optional, tag = "2")]
        pub(super) pagination: Option<PageResponse>,
    }
}

fn traced(denom: Denom) -> DenomTrace {
    DenomTrace { path: denom.trace_path(), base_denom: denom.base }
}

fn hopped(denom: Denom) -> v10::Denom {
    let hop = |hop: super::Hop| v10::Hop { port_id: hop.port, channel_id: hop.channel };
    v10::Denom { base: denom.base, trace: denom.trace.into_iter().map(hop).collect() }
}

fn find(ctx: &QueryCtx<'_>, hash: &str) -> Result<Denom, QueryError> {
    let text = hash.strip_prefix("ibc/").unwrap_or(hash);
    let bytes =
        read_hash(text).ok_or_else(|| QueryError::invalid(format!("invalid denom trace hash: {hash}")))?;
    let found = state::denom(ctx.state, bytes)?;
    found.ok_or_else(|| QueryError::not_found(format!("{text}: denomination not found")))
}

fn list<T>(
    ctx: &QueryCtx<'_>,
    request: Option<PageRequest>,
    form: impl Fn(Denom) -> T,
) -> Result<(Vec<T>, Option<PageResponse>), QueryError> {
    let mut prefix = DENOMS.key(&[0; 32]);
    prefix.truncate(prefix.len().saturating_sub(32));
    page::entries(ctx.state, &prefix, request, |rest, value| {
        let path = String::from_value(value).ok_or_else(|| Corrupt { key: [&prefix, rest].concat() })?;
        Ok(Some(form(Denom::from_path(&path))))
    })
}

fn params(ctx: &QueryCtx<'_>, _: QueryParamsRequest) -> Result<QueryParamsResponse, QueryError> {
    let params = stored_params(ctx.state)?;
    let params = Params { send_enabled: params.send_enabled, receive_enabled: params.receive_enabled };
    Ok(QueryParamsResponse { params: Some(params) })
}

fn denom(ctx: &QueryCtx<'_>, request: v10::QueryDenomRequest) -> Result<v10::QueryDenomResponse, QueryError> {
    Ok(v10::QueryDenomResponse { denom: Some(hopped(find(ctx, &request.hash)?)) })
}

fn denoms(
    ctx: &QueryCtx<'_>,
    request: v10::QueryDenomsRequest,
) -> Result<v10::QueryDenomsResponse, QueryError> {
    let (denoms, pagination) = list(ctx, request.pagination, hopped)?;
    Ok(v10::QueryDenomsResponse { denoms, pagination })
}

fn denom_trace(
    ctx: &QueryCtx<'_>,
    request: QueryDenomTraceRequest,
) -> Result<QueryDenomTraceResponse, QueryError> {
    Ok(QueryDenomTraceResponse { denom_trace: Some(traced(find(ctx, &request.hash)?)) })
}

fn denom_traces(
    ctx: &QueryCtx<'_>,
    request: QueryDenomTracesRequest,
) -> Result<QueryDenomTracesResponse, QueryError> {
    let (denom_traces, pagination) = list(ctx, request.pagination, traced)?;
    Ok(QueryDenomTracesResponse { denom_traces, pagination })
}

fn denom_hash(
    ctx: &QueryCtx<'_>,
    request: QueryDenomHashRequest,
) -> Result<QueryDenomHashResponse, QueryError> {
    let denom = Denom::from_path(&request.trace);
    denom.validate().map_err(QueryError::invalid)?;
    let known = DENOMS.has(ctx.state, &denom.hash());
    let hash = hex::encode_upper(denom.hash());
    if known {
        return Ok(QueryDenomHashResponse { hash });
    }
    Err(QueryError::not_found(format!("{}: denomination not found", request.trace)))
}

fn address(
    ctx: &QueryCtx<'_>,
    request: QueryEscrowAddressRequest,
) -> Result<QueryEscrowAddressResponse, QueryError> {
    id::port(&request.port_id)
        .and_then(|()| id::any_channel(&request.channel_id))
        .map_err(QueryError::invalid)?;
    let escrow_address = escrow_address(&request.port_id, &request.channel_id).to_text(ctx.chain.prefix);
    Ok(QueryEscrowAddressResponse { escrow_address })
}

fn total_escrow(
    ctx: &QueryCtx<'_>,
    request: QueryTotalEscrowForDenomRequest,
) -> Result<QueryTotalEscrowForDenomResponse, QueryError> {
    let amount = in_escrow(ctx.state, &request.denom)?.to_string();
    Ok(QueryTotalEscrowForDenomResponse { amount: Some(Coin { denom: request.denom, amount }) })
}
