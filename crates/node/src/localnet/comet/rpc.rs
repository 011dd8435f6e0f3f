//! What is asked of a node's JSON-RPC.

use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// Nobody answers, or not in this language.
    Unreachable(String),
    /// The node refused, in its words.
    Refused(String),
}

/// A node.
pub(super) struct Rpc {
    url: String,
    agent: ureq::Agent,
}

impl Rpc {
    pub(super) fn new(addr: SocketAddr) -> Self {
        let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build();
        Self { url: format!("http://{addr}"), agent: config.into() }
    }

    /// Calls a method; gives its `result`.
    ///
    /// # Errors
    /// [`Failed`].
    pub(super) fn call(&self, method: &str, params: Value) -> Result<Value, Failed> {
        let unreachable = |error: ureq::Error| Failed::Unreachable(error.to_string());
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let request = self.agent.post(&self.url).header("content-type", "application/json");
        // CometBFT answers what it refuses with another status than 200.
        let request = request.config().http_status_as_error(false).build();
        let mut response = request.send(body.as_str()).map_err(unreachable)?;
        let text = response.body_mut().read_to_string().map_err(unreachable)?;
        let mut answer: Value =
            serde_json::from_str(&text).map_err(|error| Failed::Unreachable(error.to_string()))?;
        match answer.get("error").filter(|error| !error.is_null()) {
            Some(error) => {
                let words = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
                Err(Failed::Refused(format!("{method}: {}: {}", words("message"), words("data"))))
            }
            None => Ok(answer.get_mut("result").map(Value::take).unwrap_or_default()),
        }
    }
}

/// A number that the node writes as text, or leaves out where it is 0.
pub(super) fn number(value: &Value, pointer: &str) -> Option<u64> {
    match value.pointer(pointer) {
        None | Some(Value::Null) => Some(0),
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_u64(),
    }
}

/// A text; empty where there is none.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
