//! The gateway's description: the OpenAPI document, and a page that lists its addresses without anything from elsewhere.
//!
//! Source: the SDK serves its own at `/swagger/`.

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use ics_proto::openapi::document;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const TITLE: &str = "Interchain Security: the REST gateway";

/// The document and the page; the descriptors do not change while the process runs.
static DESCRIBED: LazyLock<Result<[String; 2], String>> = LazyLock::new(|| {
    let document = document(TITLE, env!("CARGO_PKG_VERSION")).map_err(|error| error.to_string())?;
    Ok([document.to_string(), page(&document)])
});

/// The addresses of the description.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let document = || async { serve(0, "application/json") };
    let page = || async { serve(1, "text/html; charset=utf-8") };
    Router::new()
        .route("/openapi.json", get(document))
        .route("/swagger/openapi.json", get(document))
        .route("/swagger", get(page))
        .route("/swagger/", get(page))
}

fn serve(which: usize, kind: &'static str) -> Response {
    match DESCRIBED.as_ref().map(|texts| texts.get(which)) {
        Ok(Some(text)) => ([(header::CONTENT_TYPE, kind)], text.clone()).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(why) => (StatusCode::INTERNAL_SERVER_ERROR, why.clone()).into_response(),
    }
}

/// The page: addresses by service, those that need nothing more as links.
fn page(document: &Value) -> String {
    let mut services: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    let none = serde_json::Map::new();
    for (path, item) in document.get("paths").and_then(Value::as_object).unwrap_or(&none) {
        for (verb, operation) in item.as_object().unwrap_or(&none) {
            let service = operation.pointer("/tags/0").and_then(Value::as_str).unwrap_or_default();
            services.entry(service).or_default().push((verb, path));
        }
    }
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{TITLE}</title>\
         <style>body{{font-family:sans-serif;margin:2em}}code{{white-space:nowrap}}</style>\
         <h1>{TITLE}</h1><p>As a document of OpenAPI 3: <a href=\"/openapi.json\">/openapi.json</a></p>"
    );
    for (service, addresses) in services {
        html.push_str(&format!("<h2>{}</h2><ul>", escaped(service)));
        for (verb, path) in addresses {
            let path = escaped(path);
            let is_whole = verb == "get" && !path.contains('{');
            let shown = if is_whole { format!("<a href=\"{path}\">{path}</a>") } else { path };
            html.push_str(&format!("<li><code>{} {shown}</code></li>", verb.to_uppercase()));
        }
        html.push_str("</ul>");
    }
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
