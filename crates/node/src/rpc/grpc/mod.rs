//! Every gRPC query of the chain, as raw bytes: the path names the query, the message is its data.
//!
//! Journey: an HTTP/2 request → [`frame`] → [`services`] → the answer with the height it is of, or a [`status`]. Reflection
//! tells clients which services there are.
//! Source: the SDK's gRPC server (`baseapp/grpcserver.go`), the gRPC protocol over HTTP/2.

#![allow(clippy::result_large_err)] // a tonic status is as large as tonic makes it

mod frame;
pub(crate) mod status;
mod timeout;

use super::serve::{BODY_TIMEOUT, Shared, Speech, Unanswered, accept, bind, run};
use super::services::{self, Reply};
use super::{Node, ServeError, Server, Terms};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use axum::response::IntoResponse as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use ics_abci::Height;
use std::net::SocketAddr;
use std::sync::Arc;
use tonic::Status;
use tonic::service::Routes;

/// Most bytes of a request's message, as gRPC servers in Go have it.
pub const MESSAGE_BYTES_MAX: usize = 4_194_304;
/// In a request: after which block to answer. In a response: after which block the answer was so.
pub(crate) const HEIGHT: HeaderName = HeaderName::from_static("x-cosmos-block-height");

/// Serves gRPC at `addr` (port 0 takes a free one) until the server is stopped or dropped.
///
/// # Errors
/// [`ServeError`] where it cannot listen there.
pub async fn serve_grpc(
    node: Arc<dyn Node>,
    addr: SocketAddr,
    terms: impl Into<Terms>,
) -> Result<Server, ServeError> {
    let terms = terms.into();
    let broken = |error: tonic_reflection::server::Error| ServeError::Reflection(error.to_string());
    let describe = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(ics_proto::FILE_DESCRIPTOR_SET)
    };
    let v1 = describe().build_v1().map_err(broken)?;
    let v1alpha = describe().build_v1alpha().map_err(broken)?;
    let (door, addr) = bind(addr, terms).await?;
    let shared = Shared::new(node, terms);
    let reflection = Routes::new(v1).add_service(v1alpha).into_axum_router();
    let router = reflection.fallback(move |request| unary(shared.clone(), request));
    Ok(run(addr, |stopped| accept(door, router, Speech::Grpc, stopped)))
}

/// Answers one unary request.
async fn unary(shared: Shared<dyn Node>, request: Request<Body>) -> Response<Body> {
    let content_type = request.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if !content_type.is_some_and(|kind| kind.starts_with(b"application/grpc")) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    if request.method() != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    match reply(&shared, request).await {
        Ok((message, height)) => match frame::write(&message) {
            Ok(framed) => success(framed, height),
            Err(status) => failure(&status),
        },
        Err(status) => failure(&status),
    }
}

async fn reply(shared: &Shared<dyn Node>, request: Request<Body>) -> Reply {
    let (head, body) = request.into_parts();
    let height = asked_height(&head.headers)?;
    let body = axum::body::to_bytes(body, MESSAGE_BYTES_MAX.saturating_add(frame::HEAD_BYTES));
    let body = match tokio::time::timeout(BODY_TIMEOUT, body).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            let why = format!("grpc: received message larger than max ({MESSAGE_BYTES_MAX})");
            return Err(Status::resource_exhausted(why));
        }
        Err(_) => return Err(Status::deadline_exceeded("the message did not arrive in time")),
    };
    let message = frame::read(&body)?.to_vec();
    let path = head.uri.path().to_owned();
    let until =
        timeout::asked(&head.headers).map_or(shared.deadline(), |asked| shared.deadline().or_after(asked));
    shared.work_until(until, move |node| services::answer(node, (&path, &message), height, until)).await?
}

impl From<Unanswered> for Status {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Panicked => Self::internal("the method failed: this is a bug"),
            Unanswered::Late(late) => Self::deadline_exceeded(late.to_string()),
        }
    }
}

/// The height that a request's metadata asks for; 0 for the last.
pub(crate) fn asked_height(headers: &HeaderMap) -> Result<Height, Status> {
    let Some(value) = headers.get(&HEIGHT) else { return Ok(Height(0)) };
    let text = String::from_utf8_lossy(value.as_bytes());
    match text.parse::<i64>().map(u64::try_from) {
        Ok(Ok(height)) => Ok(Height(height)),
        Ok(Err(_)) => {
            Err(Status::invalid_argument("cannot query with height < 0; please provide a valid height"))
        }
        Err(_) => Err(Status::invalid_argument(format!("invalid height header \"{HEIGHT}\": {text:?}"))),
    }
}

fn success(framed: Vec<u8>, height: Height) -> Response<Body> {
    let mut trailers = HeaderMap::new();
    trailers.insert(Status::GRPC_STATUS, HeaderValue::from_static("0"));
    let body = Full::new(Bytes::from(framed)).with_trailers(std::future::ready(Some(Ok(trailers))));
    let mut response = Response::new(Body::new(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response.headers_mut().insert(HEIGHT, HeaderValue::from(height.0));
    response
}

/// A response of headers only.
fn failure(status: &Status) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    if status.add_header(response.headers_mut()).is_err() {
        // A status with a message that no header can carry goes without it.
        response.headers_mut().insert(Status::GRPC_STATUS, HeaderValue::from(i32::from(status.code())));
    }
    response
}
