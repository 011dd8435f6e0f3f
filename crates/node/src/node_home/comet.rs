//! `config/config.toml`: CometBFT's keys in CometBFT's order, with the usual values but for what a node's place asks for.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

/// The file with the usual values.
const USUAL: &str = include_str!("config.toml");

/// What distinguishes one node's settings from another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comet {
    /// What people call the node.
    pub moniker: String,
    /// Where the application listens, as CometBFT writes it: `tcp://…` or `unix://…`.
    pub proxy_app: String,
    /// Where it serves JSON-RPC.
    pub rpc: SocketAddr,
    /// Where other nodes reach it.
    pub p2p: SocketAddr,
    /// Where it tells Prometheus what consensus does, if it does.
    pub metrics: Option<SocketAddr>,
    /// Nodes that it stays connected with.
    pub peers: Vec<Peer>,
    /// From a block to the proposal of the next one.
    pub timeout_commit: Duration,
    /// Whether all nodes are on one machine.
    pub is_local: bool,
    /// What is worth telling: `debug`, `info`, `error` or `none`.
    pub log_level: &'static str,
}

/// A node, as others reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// See [`super::node_id`].
    pub id: String,
    /// Where it listens.
    pub p2p: SocketAddr,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.id, self.p2p)
    }
}

/// A key that CometBFT's settings do not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("config.toml has no key `{0}`")]
pub struct UnknownKey(pub String);

impl Comet {
    /// A node of this name where CometBFT puts one: JSON-RPC on this machine's port 26657, other nodes on every address's
    /// port 26656, the application on this machine's port 26658.
    #[must_use]
    pub fn usual(moniker: &str) -> Self {
        Self {
            moniker: moniker.to_owned(),
            proxy_app: "tcp://127.0.0.1:26658".to_owned(),
            rpc: SocketAddr::from(([127, 0, 0, 1], 26_657)),
            p2p: SocketAddr::from(([0, 0, 0, 0], 26_656)),
            metrics: None,
            peers: Vec::new(),
            timeout_commit: Duration::from_secs(1),
            is_local: false,
            log_level: "info",
        }
    }

    /// The text of `config.toml`.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let text = |value: &dyn fmt::Display| quoted(&value.to_string());
        let peers: Vec<String> = self.peers.iter().map(Peer::to_string).collect();
        let mut values = vec![
            ("moniker", text(&self.moniker)),
            ("proxy_app", text(&self.proxy_app)),
            ("log_level", text(&self.log_level)),
            ("rpc.laddr", text(&format_args!("tcp://{}", self.rpc))),
            ("p2p.laddr", text(&format_args!("tcp://{}", self.p2p))),
            ("p2p.persistent_peers", text(&peers.join(","))),
            ("p2p.addr_book_strict", (!self.is_local).to_string()),
            ("p2p.allow_duplicate_ip", self.is_local.to_string()),
            ("consensus.timeout_commit", text(&format_args!("{}ms", self.timeout_commit.as_millis()))),
        ];
        if let Some(addr) = self.metrics {
            values.push(("instrumentation.prometheus", true.to_string()));
            values.push(("instrumentation.prometheus_listen_addr", text(&addr)));
        }
        with(USUAL, &values).unwrap_or_else(|_| USUAL.to_owned())
    }
}

/// The settings with other values: keys are written `section.key`, or `key` before the first section; values as TOML
/// writes them.
///
/// # Errors
/// [`UnknownKey`].
pub fn with(settings: &str, values: &[(&str, String)]) -> Result<String, UnknownKey> {
    let mut missing: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
    let (mut section, mut text) = ("", String::new());
    for line in settings.lines() {
        let trimmed = line.trim();
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        }
        let key = trimmed.split_once('=').map_or("", |(key, _)| key.trim());
        let is_of = |name: &str| name.rsplit_once('.').unwrap_or(("", name)) == (section, key);
        match values.iter().find(|(name, _)| !key.is_empty() && is_of(name)) {
            Some((name, value)) => {
                missing.retain(|other| other != name);
                text.push_str(&format!("{key} = {value}\n"));
            }
            None => text.extend([line, "\n"]),
        }
    }
    missing.first().map_or(Ok(text), |name| Err(UnknownKey((*name).to_owned())))
}

/// A text as TOML writes it: JSON escapes the same way.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_s_place_is_written_into_the_settings_and_nothing_else_changes() {
        let node = Comet {
            peers: vec![Peer { id: "ab".to_owned(), p2p: SocketAddr::from(([127, 0, 0, 1], 7)) }],
            is_local: true,
            timeout_commit: Duration::from_millis(250),
            metrics: Some(SocketAddr::from(([127, 0, 0, 1], 9))),
            ..Comet::usual("a \"quoted\" name")
        };
        let (usual, written) = (USUAL.lines(), node.to_toml());
        let changed: Vec<&str> =
            usual.zip(written.lines()).filter(|(usual, line)| usual != line).map(|(_, line)| line).collect();
        assert_eq!(
            changed,
            [
                "moniker = \"a \\\"quoted\\\" name\"",
                "persistent_peers = \"ab@127.0.0.1:7\"",
                "addr_book_strict = false",
                "allow_duplicate_ip = true",
                "timeout_commit = \"250ms\"",
                "prometheus = true",
                "prometheus_listen_addr = \"127.0.0.1:9\"",
            ]
        );
        assert_eq!(USUAL.lines().count(), written.lines().count());
        toml::from_str::<toml::Table>(&written).unwrap();
    }

    #[test]
    fn every_key_that_is_set_is_one_of_the_file() {
        assert!(Comet::usual("m").to_toml().contains("moniker = \"m\"\n"));
        let values = [("rpc.laddr", "1".to_owned()), ("rpc.moniker", "2".to_owned())];
        assert_eq!(with(USUAL, &values), Err(UnknownKey("rpc.moniker".to_owned())));
    }
}
