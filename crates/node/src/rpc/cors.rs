//! Pages of any origin may ask a server that only this machine reaches: such a server is for development.
//!
//! A server that others reach says nothing of origins, so that browsers refuse it to foreign pages; who wants that puts a
//! proxy before it.
//! Source: the Fetch standard, CORS protocol; CometBFT 0.38 `cors_allowed_*` for methods and headers.

use super::Reach;
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

/// The router, open to pages of any origin where only this machine reaches it.
pub(crate) fn allowed(router: Router, reach: Reach) -> Router {
    match reach {
        Reach::Loopback => router.layer(from_fn(allow)),
        Reach::Anywhere => router,
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
