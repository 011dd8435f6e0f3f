//! CometBFT's JSON-RPC over HTTP: requests in bodies, one or many, and methods as addresses.
//!
//! Journey: `POST /` → [`envelope`] → [`args`] → a method of [`answer`] → its [`form`]. `GET /method?name=value` takes
//! the same way with the id -1. `GET /websocket` opens a [`socket`], which also tells what happens.
//! Source: CometBFT 0.38 `rpc/jsonrpc/server`.
//!
//! Statuses are those of CometBFT, except that a request which cannot be read is the client's fault: 400, not 500.

mod answer;
mod args;
mod envelope;
mod feed;
pub(crate) mod form;
mod socket;

pub use socket::SUBSCRIPTIONS_MAX;

use super::cors;
use super::door::Door;
use super::serve::{BODY_TIMEOUT, Shared, Speech, accept, bind, run};
use super::{Backend, Deadline, EngineError, Origins, ServeError, Server, Terms};
use answer::{METHODS, Method, Refusal};
use args::Args;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use axum::routing::get;
use envelope::{Call, Id, Request, Response, text};
use feed::{Feed, News};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, oneshot};

/// Most bytes of a body, as CometBFT has it.
pub const BODY_BYTES_MAX: usize = 1_000_000;
/// Most requests of a batch, as CometBFT has it (`max_request_batch_size`).
pub const BATCH_MAX: usize = 10;
/// With so many bytes in the answers to a batch, the rest of its requests are refused.
pub const BATCH_BYTES_MAX: usize = 16_000_000;
/// The id of a response to an address.
const URI_ID: Id = Id::Number(-1);

/// Serves JSON-RPC at `addr` (port 0 takes a free one) until the server is stopped or dropped.
///
/// # Errors
/// [`ServeError`] where it cannot listen there.
pub async fn serve_rpc(
    backend: Arc<dyn Backend>,
    addr: SocketAddr,
    terms: impl Into<Terms>,
    origins: Origins,
) -> Result<Server, ServeError> {
    let terms = terms.into();
    let (door, addr) = bind(addr, terms).await?;
    let (news, feed) = Feed::new();
    let shared = Shared::new(backend, terms);
    let rpc = Rpc { shared: shared.clone(), feed, sockets: Arc::new(Semaphore::new(socket::SOCKETS_MAX)) };
    let router = Router::new()
        .route("/", get(methods).post(body))
        .route("/websocket", get(socket::upgrade))
        .route("/:method", get(address))
        .fallback(not_found)
        .with_state(rpc);
    let router = cors::allowed(router, origins);
    Ok(run(addr, |stopped| serve(door, router, (shared, news), stopped)))
}

/// The result of a method that waits for nothing, asked from within this process.
///
/// # Errors
/// [`EngineError`]: a refusal, or that it comes too late.
pub(crate) fn answer_now(
    backend: &dyn Backend,
    name: &str,
    params: &Value,
    until: Deadline,
) -> Result<Box<RawValue>, EngineError> {
    until.check()?;
    let method = answer::method(name).ok_or_else(|| EngineError::Refused("Method not found".to_owned()))?;
    let args = Args::of_json(method.args, params).map_err(EngineError::Refused)?;
    method.now(backend, &args, until).map_err(|refusal| match refusal {
        Refusal::Late(late) => late.into(),
        other => EngineError::Refused(other.to_string()),
    })
}

/// What the requests of a server share.
#[derive(Clone)]
struct Rpc {
    shared: Shared<dyn Backend>,
    feed: Feed,
    sockets: Arc<Semaphore>,
}

impl Rpc {
    /// A place for a websocket; none where all are taken.
    fn socket(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.sockets).try_acquire_owned().ok()
    }
}

/// Accepts, and publishes what happens, until the server is stopped.
async fn serve(
    door: Door,
    router: Router,
    (shared, news): (Shared<dyn Backend>, broadcast::Sender<News>),
    stopped: oneshot::Receiver<()>,
) {
    let told = shared.tip();
    let publish = feed::publish(shared, told, news);
    tokio::select! {
        () = accept(door, router, Speech::Http, stopped) => {}
        // The chain is gone; there is nothing to answer from either.
        () = publish => {}
    }
}

async fn not_found() -> HttpResponse {
    (StatusCode::NOT_FOUND, "404 page not found\n").into_response()
}

async fn methods() -> String {
    let line = |method: &Method| {
        let names: Vec<_> = method.args.iter().map(|(name, _)| format!("{name}=_")).collect();
        format!("/{}{}{}\n", method.name, if names.is_empty() { "" } else { "?" }, names.join("&"))
    };
    METHODS.iter().map(line).collect()
}

async fn body(State(Rpc { shared, .. }): State<Rpc>, body: Body) -> HttpResponse {
    let unread = |why: &str| {
        let why = format!("error reading request body: {why}");
        json(StatusCode::BAD_REQUEST, &Response::invalid_request(None, why))
    };
    let bytes = match tokio::time::timeout(BODY_TIMEOUT, axum::body::to_bytes(body, BODY_BYTES_MAX)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => return unread("http: request body too large"),
        Err(_) => return unread("i/o timeout"),
    };
    if bytes.is_empty() {
        return methods().await.into_response();
    }
    let until = shared.deadline();
    match Call::read(&bytes) {
        Err(why) => json(StatusCode::BAD_REQUEST, &Response::parse_error(&why)),
        Ok(Call::Batch(requests)) if requests.len() > BATCH_MAX => {
            let why = format!("batch request exceeds maximum ({BATCH_MAX}) allowed number of requests");
            json(StatusCode::BAD_REQUEST, &Response::invalid_request(None, why))
        }
        Ok(Call::One(request)) => match respond(&shared, request, until).await {
            Some(response) => json(StatusCode::OK, &response),
            None => StatusCode::OK.into_response(),
        },
        Ok(Call::Batch(requests)) => {
            let (mut responses, mut bytes) = (Vec::new(), 0_usize);
            for request in requests {
                let response = if bytes < BATCH_BYTES_MAX {
                    respond(&shared, request, until).await
                } else {
                    let why = Refusal::BatchBytes(BATCH_BYTES_MAX).to_string();
                    request.id.map(|id| Response::internal(Some(id), why))
                };
                bytes = bytes.saturating_add(response.as_ref().map_or(0, Response::bytes));
                responses.extend(response);
            }
            if responses.is_empty() {
                StatusCode::OK.into_response()
            } else {
                json(StatusCode::OK, &responses)
            }
        }
    }
}

async fn address(
    State(Rpc { shared, .. }): State<Rpc>,
    Path(name): Path<String>,
    query: Result<Query<Vec<(String, String)>>, axum::extract::rejection::QueryRejection>,
) -> HttpResponse {
    let Some(method) = answer::method(&name) else { return not_found().await };
    let pairs = query.map(|Query(pairs)| pairs).map_err(|rejection| rejection.body_text());
    let args = match pairs.and_then(|pairs| Args::of_uri(method.args, &pairs)) {
        Ok(args) => args,
        Err(why) => {
            let why = format!("error converting http params to arguments: {why}");
            return json(StatusCode::BAD_REQUEST, &Response::invalid_params(URI_ID, why));
        }
    };
    let until = shared.deadline();
    let response = call(&shared, URI_ID, (method, args), until).await;
    let failed = response.is_error();
    json(if failed { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }, &response)
}

/// The response to a request; none to one without an id, which is not carried out either.
async fn respond(shared: &Shared<dyn Backend>, request: Request, until: Deadline) -> Option<Response> {
    let Request { id, method, params } = request;
    let id = id?;
    let Some(method) = answer::method(&method) else { return Some(Response::unknown_method(id)) };
    Some(match Args::of_json(method.args, &params) {
        Ok(args) => call(shared, id, (method, args), until).await,
        Err(why) => Response::invalid_params(id, format!("error converting json params to arguments: {why}")),
    })
}

async fn call(
    shared: &Shared<dyn Backend>,
    id: Id,
    (method, args): (&'static Method, Args),
    until: Deadline,
) -> Response {
    match method.answer(shared, args, until).await {
        Ok(result) => Response::success(id, result),
        Err(refusal) => Response::internal(Some(id), refusal.to_string()),
    }
}

fn json(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    match text(body) {
        Ok(text) => (status, [(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
