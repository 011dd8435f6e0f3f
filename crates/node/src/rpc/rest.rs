//! The REST gateway: every gRPC query that has an address, in JSON.
//!
//! Journey: a request of HTTP → [`http::ask`] by the addresses in the descriptors → what gRPC answers → JSON.
//! Source: grpc-gateway v1 for errors and statuses; the SDK's `server/api`; recordings of a live network.

#![allow(clippy::result_large_err)] // a tonic status is as large as tonic makes it

use super::grpc::{self, HEIGHT};
use super::json::BODY_BYTES_MAX;
use super::metrics::Page;
use super::node::Asked;
use super::serve::{BODY_TIMEOUT, Shared, Speech, accept, bind, run};
use super::{Node, Origins, ServeError, Server, Terms, cors, described, metrics, services};
use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use ics_abci::Height;
use ics_proto::http::{self, HttpError, Verb};
use ics_proto::json::to_json;
use serde::Serialize;
use std::net::SocketAddr;
use std::sync::Arc;
use tonic::{Code, Status};

/// How the gateway says what gRPC's metadata said.
const METADATA_HEIGHT: HeaderName = HeaderName::from_static("grpc-metadata-x-cosmos-block-height");
const METADATA_KIND: HeaderName = HeaderName::from_static("grpc-metadata-content-type");
const GRPC_KIND: HeaderValue = HeaderValue::from_static("application/grpc+cosmos-sdk-grpc-codec");

#[derive(Serialize)]
struct ErrorForm<'a> {
    code: i32,
    message: &'a str,
    details: [(); 0],
}

/// How the gateway is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// Whose pages may ask.
    pub origins: Origins,
    /// Whether `/swagger/` and `/openapi.json` describe it.
    pub swagger: bool,
    /// Whether `/metrics?format=prometheus` tells where the protocol stands.
    pub metrics: bool,
}

/// Serves REST at `addr` (port 0 takes a free one) until the server is stopped or dropped.
///
/// # Errors
/// [`ServeError`] where it cannot listen there.
pub async fn serve_rest(
    node: Arc<dyn Node>,
    addr: SocketAddr,
    terms: impl Into<Terms>,
    gateway: Gateway,
) -> Result<Server, ServeError> {
    let terms = terms.into();
    let (door, addr) = bind(addr, terms).await?;
    let described = if gateway.swagger { described::routes() } else { Router::new() };
    let measured =
        if gateway.metrics { Router::new().route("/metrics", get(measure)) } else { Router::new() };
    let router = described.merge(measured).fallback(answer).with_state(Shared::new(node, terms));
    let router = cors::allowed(router, gateway.origins);
    Ok(run(addr, |stopped| accept(door, router, Speech::Http, stopped)))
}

/// Where the protocol stands, for Prometheus.
async fn measure(
    State(shared): State<Shared<dyn Node>>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Response {
    let format = pairs.iter().find(|(name, _)| name == "format").map_or("", |(_, value)| value.as_str());
    if format != "prometheus" {
        let why = format!("unsupported format: {format:?}; the one there is: prometheus");
        return refused(&Status::invalid_argument(why));
    }
    let until = shared.deadline();
    let page = shared.work_until(until, move |node| {
        let mut page = Page::default();
        metrics::ccv::read(&Asked { node, until }, &mut page.sheet(&node.chain_id()));
        page.print()
    });
    match page.await {
        Ok(Ok(text)) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Ok(Err(error)) => refused(&Status::internal(error.to_string())),
        Err(unanswered) => refused(&unanswered.into()),
    }
}

async fn answer(State(shared): State<Shared<dyn Node>>, request: Request) -> Response {
    match answered(&shared, request).await {
        Ok((text, height)) => {
            let kind = [
                (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
                (METADATA_KIND, GRPC_KIND),
            ];
            (StatusCode::OK, kind, [(METADATA_HEIGHT, HeaderValue::from(height.0))], text).into_response()
        }
        Err(status) => refused(&status),
    }
}

/// The JSON of an answer, and after which block it was so.
async fn answered(shared: &Shared<dyn Node>, request: Request) -> Result<(String, Height), Status> {
    let (head, body) = request.into_parts();
    let verb = match head.method {
        Method::GET | Method::HEAD => Verb::Get,
        Method::POST => Verb::Post,
        _ => return Err(Status::unimplemented("Method Not Allowed")),
    };
    let height = grpc::asked_height(&plain(&head.headers))?;
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(&head.uri);
    let Query(pairs) = pairs.map_err(|rejection| Status::invalid_argument(rejection.body_text()))?;
    let body = tokio::time::timeout(BODY_TIMEOUT, axum::body::to_bytes(body, BODY_BYTES_MAX));
    let body = match body.await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return Err(Status::invalid_argument("http: request body too large")),
        Err(_) => return Err(Status::deadline_exceeded("the body did not arrive in time")),
    };
    let until = shared.deadline();
    // Long bodies and answers take their time: never on a thread on which others are heard.
    let work = move |node: &dyn Node| {
        let asked = http::ask(verb, head.uri.path(), &pairs, &body).map_err(|error| match &error {
            HttpError::Unknown => Status::unimplemented("Not Implemented"),
            other => Status::invalid_argument(other.to_string()),
        })?;
        let (message, height) = services::answer(node, (&asked.method, &asked.request), height, until)?;
        // What was stopped is no answer.
        until.check().map_err(|late| Status::deadline_exceeded(late.to_string()))?;
        let text = to_json(&asked.answer, &message).map_err(|error| Status::internal(error.to_string()))?;
        Ok((text, height))
    };
    shared.work_until(until, work).await?
}

/// The headers, with a height that is given as the gateway's metadata too.
fn plain(headers: &HeaderMap) -> HeaderMap {
    let mut plain = HeaderMap::new();
    let height = headers.get(HEIGHT).or_else(|| headers.get(METADATA_HEIGHT));
    if let Some(height) = height {
        plain.insert(HEIGHT, height.clone());
    }
    plain
}

fn refused(status: &Status) -> Response {
    let form = ErrorForm { code: i32::from(status.code()), message: status.message(), details: [] };
    let code = http_status(status.code());
    match serde_json::to_string(&form) {
        Ok(text) => (code, [(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(_) => code.into_response(),
    }
}

/// The status of HTTP that says the same.
const fn http_status(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        Code::Cancelled => StatusCode::REQUEST_TIMEOUT,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted => StatusCode::CONFLICT,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Unknown | Code::Internal | Code::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
