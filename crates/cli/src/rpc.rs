//! The CLI's side of a node's JSON-RPC.

use crate::Failure;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ics_abci::Time;
use ics_client::Signed;
use prost::Message;
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use std::time::Duration;

/// How long a node may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most bytes of an answer: a block of 20 MiB in base64, and what is around it.
const ANSWER_BYTES_MAX: u64 = 67_108_864;

/// A node.
pub(crate) struct Rpc {
    url: String,
    agent: ureq::Agent,
    /// At which height questions are asked; 0: at the last.
    pub(crate) height: u64,
    /// Why there is no node to be asked.
    pub(crate) missing: Option<String>,
}

/// What became of a transaction.
pub(crate) struct Included {
    pub(crate) height: u64,
    pub(crate) code: u64,
    pub(crate) log: String,
    pub(crate) raw: Value,
}

impl Rpc {
    pub(crate) fn new(url: &str) -> Self {
        let url = url.replacen("tcp://", "http://", 1);
        let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE));
        // No proxy of the environment's leads back to this machine.
        let config = if is_here(&url) { config.proxy(None) } else { config };
        let missing = url.starts_with("https://").then(|| {
            format!("{url} cannot be asked: this program speaks no TLS; name the node's own http:// address")
        });
        Self { url, agent: config.build().into(), height: 0, missing }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Calls a method; gives its `result`.
    pub(crate) fn call(&self, method: &str, params: Value) -> Result<Value, Failure> {
        result(method, self.exchange(method, params)?)
    }

    /// What the node says to a call: a `result` or an `error`.
    fn exchange(&self, method: &str, params: Value) -> Result<Value, Failure> {
        if let Some(why) = &self.missing {
            return Err(Failure(why.clone()));
        }
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let unreachable = |error: ureq::Error| {
            Failure(format!(
                "no answer from the node at {}: {error}: start a local network with `ics localnet`, \
                 or name a node that runs with --node",
                self.url
            ))
        };
        let mut response = self
            .agent
            .post(&self.url)
            .header("content-type", "application/json")
            .send(body.as_str())
            .map_err(unreachable)?;
        let text = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
        let text = text.map_err(unreachable)?;
        serde_json::from_str(&text)
            .map_err(|_| Failure(format!("{} does not speak CometBFT's JSON-RPC", self.url)))
    }

    /// The id of the node's chain and its last height.
    pub(crate) fn status(&self) -> Result<(String, u64), Failure> {
        let status = self.call("status", json!({}))?;
        let network = text_at(&status, "/node_info/network");
        let height = text_at(&status, "/sync_info/latest_block_height").parse().unwrap_or(0);
        Ok((network, height))
    }

    /// The time of the node's last block.
    pub(crate) fn last_block_time(&self) -> Result<Time, Failure> {
        let status = self.call("status", json!({}))?;
        let time = text_at(&status, "/sync_info/latest_block_time");
        Time::parse(&time).map_err(|error| Failure(format!("the node's time: {error}")))
    }

    /// An ABCI query of protobuf bytes.
    pub(crate) fn query(&self, path: &str, data: &[u8]) -> Result<Vec<u8>, Failure> {
        let height = self.height.to_string();
        let params = json!({"path": path, "data": hex::encode(data), "height": height});
        let answer = self.call("abci_query", params)?;
        let response = answer.get("response").cloned().unwrap_or_default();
        let code = response.get("code").and_then(Value::as_u64).unwrap_or(0);
        if code != 0 {
            return Err(Failure(text_at(&response, "/log")));
        }
        BASE64
            .decode(text_at(&response, "/value"))
            .map_err(|_| Failure(format!("{path}: the node's answer is no base64")))
    }

    /// Asks a gRPC method.
    pub(crate) fn ask<Q: Message, A: Message + Default>(
        &self,
        path: &str,
        request: &Q,
    ) -> Result<A, Failure> {
        let answer = self.query(path, &request.encode_to_vec())?;
        A::decode(answer.as_slice())
            .map_err(|_| Failure(format!("{path}: the node's answer does not decode")))
    }

    /// Hands a transaction to the mempool by a method of CometBFT's; gives `(code, log)` of its check.
    pub(crate) fn broadcast(&self, method: &str, tx: &Signed) -> Result<(u64, String), Failure> {
        let said = self.exchange(method, json!({"tx": BASE64.encode(&tx.bytes)}));
        let said = said.map_err(|Failure(why)| {
            let hash = &tx.hash;
            Failure(format!(
                "{why}; whether transaction {hash} arrived all the same, `ics query tx {hash}` tells"
            ))
        })?;
        let answer = result(method, said)?;
        Ok((answer.get("code").and_then(Value::as_u64).unwrap_or(0), text_at(&answer, "/log")))
    }

    /// A transaction by its hash, upper-case hex; none while it is in no block.
    pub(crate) fn transaction(&self, hash: &str) -> Result<Option<Included>, Failure> {
        let bytes = hex::decode(hash).map_err(|_| Failure(format!("`{hash}` is no transaction hash")))?;
        let found = match self.call("tx", json!({"hash": BASE64.encode(bytes)})) {
            Ok(found) => found,
            Err(Failure(why)) if why.contains("not found") => return Ok(None),
            Err(failure) => return Err(failure),
        };
        Ok(Some(Included::read(found)))
    }
}

impl Included {
    /// What CometBFT says of a transaction in a block.
    pub(crate) fn read(raw: Value) -> Self {
        Self {
            height: text_at(&raw, "/height").parse().unwrap_or(0),
            code: raw.pointer("/tx_result/code").and_then(Value::as_u64).unwrap_or(0),
            log: text_at(&raw, "/tx_result/log"),
            raw,
        }
    }
}

/// The `result` of what a node says.
fn result(method: &str, mut said: Value) -> Result<Value, Failure> {
    if let Some(error) = said.get("error") {
        let words = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
        return Err(Failure(format!("{method}: {}: {}", words("message"), words("data"))));
    }
    Ok(said.get_mut("result").map(Value::take).unwrap_or_default())
}

/// Whether a URL names this machine.
fn is_here(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split(['/', '?']).next().unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || name == "[::1]" || name.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
}

pub(crate) fn text_at(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
