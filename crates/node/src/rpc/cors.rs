//! Whether pages of other origins may ask a server: only where it is told so, as a network for development is.
//!
//! Any other server says nothing of origins, so that browsers refuse it to foreign pages; who wants that puts a proxy
//! before it.
//! Source: the Fetch standard, CORS protocol; CometBFT 0.38 `cors_allowed_*` for methods and headers.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};

const METHODS: HeaderValue = HeaderValue::from_static("HEAD, GET, POST, OPTIONS");
const HEADERS: HeaderValue = HeaderValue::from_static(
    "Origin, Accept, Content-Type, X-Requested-With, X-Server-Time, X-Cosmos-Block-Height",
);
const EXPOSED: HeaderValue = HeaderValue::from_static("Grpc-Metadata-X-Cosmos-Block-Height");
/// How long a browser may remember that it is allowed, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Whose pages may ask a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origins {
    /// None but its own.
    Own,
    /// Those of any origin.
    Any,
}

/// The router, open to pages of these origins.
pub(crate) fn allowed(router: Router, origins: Origins) -> Router {
    match origins {
        Origins::Any => router.layer(from_fn(allow)),
        Origins::Own => router,
    }
}

async fn allow(request: Request, next: Next) -> Response {
    let asks_first = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response =
        if asks_first { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    if asks_first {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    } else {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    response
}
