//! Questions to the consumer's protocol, in protobuf. Source: consumer spec §19.

use super::host::ask;
use crate::ccv_host::convert;
use crate::query::{QueryCtx, QueryError, QueryRoute};
use crate::{Error, query_route};
use ics_ccv::consumer::query as protocol;
use ics_proto::interchain_security::ccv::consumer::v1 as pb;

/// Every question that the protocol answers.
pub const CONSUMER_QUERIES: &[QueryRoute] = &[
    query_route!("/interchain_security.ccv.consumer.v1.Query/QueryParams", params),
    query_route!("/interchain_security.ccv.consumer.v1.Query/QueryProviderInfo", provider_info),
    query_route!(
        "/interchain_security.ccv.consumer.v1.Query/QueryNextFeeDistribution",
        next_fee_distribution
    ),
    query_route!("/interchain_security.ccv.consumer.v1.Query/QueryThrottleState", throttle_state),
];

fn unknown(error: Error) -> QueryError {
    match error {
        Error::Corrupt(corrupt) => corrupt.into(),
        Error::Refused { .. } => QueryError::unknown(error),
    }
}

fn params(ctx: &QueryCtx<'_>, _: pb::QueryParamsRequest) -> Result<pb::QueryParamsResponse, QueryError> {
    let params = ask(ctx, protocol::params).map_err(unknown)?;
    Ok(pb::QueryParamsResponse { params: Some(convert::consumer_params(&params)) })
}

fn provider_info(
    ctx: &QueryCtx<'_>,
    _: pb::QueryProviderInfoRequest,
) -> Result<pb::QueryProviderInfoResponse, QueryError> {
    let ends = ask(ctx, protocol::provider_info).map_err(unknown)?;
    Ok(pb::QueryProviderInfoResponse {
        consumer: Some(end(ends.consumer)),
        provider: Some(end(ends.provider)),
    })
}

/// Comes with rewards.
fn next_fee_distribution(
    _: &QueryCtx<'_>,
    _: pb::QueryNextFeeDistributionEstimateRequest,
) -> Result<pb::QueryNextFeeDistributionEstimateResponse, QueryError> {
    Err(QueryError::unimplemented("not supported yet: the distribution of fees"))
}

/// What waits to be sent to the provider: nothing, for nothing reports downtime yet.
fn throttle_state(
    _: &QueryCtx<'_>,
    _: pb::QueryThrottleStateRequest,
) -> Result<pb::QueryThrottleStateResponse, QueryError> {
    Ok(pb::QueryThrottleStateResponse { slash_record: None, packet_data_queue: Vec::new() })
}

fn end(end: protocol::ChainInfo) -> pb::ChainInfo {
    pb::ChainInfo {
        chain_id: end.chain_id,
        client_id: end.client_id.0,
        connection_id: end.connection_id.0,
        channel_id: end.channel_id.0,
    }
}
