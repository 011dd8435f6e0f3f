//! CometBFT's JSON-RPC from the outside, as a client.
//!
//! Source: CometBFT 0.38 `rpc/jsonrpc/client/http_json_client.go`.

use super::{Deadline, EngineError};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most bytes of an answer: a block of 20 MiB in base64, and what is around it.
const ANSWER_BYTES_MAX: u64 = 67_108_864;

/// A CometBFT that runs beside its application.
pub struct Comet {
    url: String,
    agent: ureq::Agent,
}

/// A text that is no address of a JSON-RPC.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address of CometBFT's RPC: write tcp://127.0.0.1:26657 or http://HOST:PORT")]
pub struct CometAddressError(String);

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(default)]
    message: String,
    #[serde(default)]
    data: String,
}

impl Comet {
    /// The CometBFT whose RPC listens at an address, as `config.toml` has it (`tcp://IP:PORT`) or as `http://HOST:PORT`.
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// [`CometAddressError`].
    pub fn at(address: &str) -> Result<Self, CometAddressError> {
        let wrong = || CometAddressError(address.to_owned());
        let host = address.strip_prefix("tcp://").or_else(|| address.strip_prefix("http://"));
        let host = host.map(|host| host.trim_end_matches('/')).ok_or_else(wrong)?;
        let (name, port) = host.rsplit_once(':').ok_or_else(wrong)?;
        let strange = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '@');
        if port.parse::<u16>().is_err() || name.contains(strange) {
            return Err(wrong());
        }
        // A server that listens everywhere is reached here.
        let name = match name {
            "" | "0.0.0.0" | "[::]" => "127.0.0.1",
            other => other,
        };
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // CometBFT runs beside its application: no proxy of the environment's leads there.
            .proxy(None)
            .build();
        Ok(Self { url: format!("http://{name}:{port}"), agent: config.into() })
    }

    /// Where it is asked.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The `result` of a method.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn call(&self, method: &str, params: &Value) -> Result<Box<RawValue>, EngineError> {
        self.call_within(method, params, PATIENCE)
    }

    /// The same until a deadline, or as long as CometBFT is waited for.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn call_until(
        &self,
        method: &str,
        params: &Value,
        until: Deadline,
    ) -> Result<Box<RawValue>, EngineError> {
        until.check()?;
        let answered = self.call_within(method, params, PATIENCE.min(until.left()));
        match answered {
            Err(EngineError::Away(_)) if until.has_passed() => Err(until.late().into()),
            other => other,
        }
    }

    fn call_within(
        &self,
        method: &str,
        params: &Value,
        patience: Duration,
    ) -> Result<Box<RawValue>, EngineError> {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let away = |error: ureq::Error| {
            EngineError::Away(format!("CometBFT does not answer at {}: {error}", self.url))
        };
        let asked = self.agent.post(&self.url).header("content-type", "application/json");
        let asked = asked.config().timeout_global(Some(patience)).build();
        let mut response = asked.send(body.as_str()).map_err(away)?;
        let text = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
        let text = text.map_err(away)?;
        let odd = || EngineError::Away(format!("{} does not speak CometBFT's JSON-RPC", self.url));
        let envelope: Envelope<'_> = serde_json::from_str(&text).map_err(|_| odd())?;
        match envelope {
            Envelope { error: Some(Fault { message, data }), .. } => {
                Err(EngineError::Refused(if data.is_empty() { message } else { data }))
            }
            Envelope { result: Some(result), .. } => Ok(result.to_owned()),
            Envelope { .. } => Err(odd()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_the_config_or_urls() {
        let url = |address: &str| Comet::at(address).map(|comet| comet.url);
        for (address, expected) in [
            ("tcp://127.0.0.1:26657", "http://127.0.0.1:26657"),
            ("tcp://0.0.0.0:1", "http://127.0.0.1:1"),
            ("tcp://:26657", "http://127.0.0.1:26657"),
            ("http://node.example:80/", "http://node.example:80"),
            ("tcp://[::1]:26657", "http://[::1]:26657"),
        ] {
            assert_eq!(url(address).as_deref(), Ok(expected), "{address}");
        }
        for address in
            ["", "127.0.0.1:26657", "unix:///tmp/x", "tcp://a", "tcp://a:b", "http://a/b:1", "https://a:1"]
        {
            assert_eq!(url(address), Err(CometAddressError(address.to_owned())), "{address}");
        }
    }
}
