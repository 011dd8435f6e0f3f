//! Questions about committed state: plain functions over an immutable snapshot, in a table keyed by gRPC path.

use crate::{BlockInfo, ChainConfig};
use ics_kv::{Corrupt, Read};

/// What a query may look at.
pub struct QueryCtx<'a> {
    /// Committed state after `block`.
    pub state: &'a (dyn Read + Send + Sync),
    /// The last block executed in that state.
    pub block: &'a BlockInfo,
    /// The chain.
    pub chain: &'a ChainConfig,
}

/// Why a query has no answer; codes are those of gRPC.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// gRPC status code, e.g. 3 for `InvalidArgument`, 5 for `NotFound`.
    pub grpc: i32,
    /// For humans, and for clients that match on text.
    pub message: String,
}

impl QueryError {
    /// The request makes no sense.
    #[must_use]
    pub fn invalid(message: impl core::fmt::Display) -> Self {
        Self { grpc: 3, message: message.to_string() }
    }
    /// There is no such thing.
    #[must_use]
    pub fn not_found(message: impl core::fmt::Display) -> Self {
        Self { grpc: 5, message: message.to_string() }
    }
    /// The method is not there.
    #[must_use]
    pub fn unimplemented(message: impl core::fmt::Display) -> Self {
        Self { grpc: 12, message: message.to_string() }
    }
    /// Something that should not be.
    #[must_use]
    pub fn internal(message: impl core::fmt::Display) -> Self {
        Self { grpc: 13, message: message.to_string() }
    }
    /// As Go reports an error without a status.
    #[must_use]
    pub fn unknown(message: impl core::fmt::Display) -> Self {
        Self { grpc: 2, message: message.to_string() }
    }
}

impl From<Corrupt> for QueryError {
    fn from(corrupt: Corrupt) -> Self {
        Self::internal(corrupt)
    }
}

/// One row of the table: the gRPC path, and from request bytes to response bytes (protobuf both).
#[derive(Clone, Copy)]
pub struct QueryRoute {
    /// `/package.Service/Method`.
    pub path: &'static str,
    /// The answer.
    pub answer: fn(&QueryCtx<'_>, &[u8]) -> Result<Vec<u8>, QueryError>,
}

/// Decodes a request, calls `handler`, encodes its response: `route!("/p.S/M", handler)`, where the handler is
/// `fn(&QueryCtx, Req) -> Result<Res, QueryError>` over prost types.
#[macro_export]
macro_rules! query_route {
    ($path:literal, $handler:path) => {
        $crate::query::QueryRoute {
            path: $path,
            answer: |ctx, bytes| {
                let request = prost::Message::decode(bytes).map_err(|error| {
                    $crate::query::QueryError::invalid(format!("cannot decode the request: {error}"))
                })?;
                $handler(ctx, request).map(|response| prost::Message::encode_to_vec(&response))
            },
        }
    };
}
