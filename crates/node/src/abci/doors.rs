//! Where users ask a chain behind CometBFT: gRPC and the REST gateway, beside the socket that CometBFT drives it by.
//!
//! Journey: a question → the application's `Reader`, beside the block that runs; what only the engine knows → CometBFT's
//! JSON-RPC, as the SDK's services ask it.

use super::chain::Chain;
use super::failure::StartError;
use crate::app_toml::{AppToml, Listen};
use crate::rpc::{
    Comet, Deadline, EngineError, Gateway, Node, Origins, Reach, ServeError, Server, Terms, serve_grpc,
    serve_rest,
};
use ics_abci::{Answer, Height, Query};
use ics_store::Snapshot;
use serde_json::Value;
use serde_json::value::RawValue;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

/// The doors of a node. An address is told by whoever runs the node: it may be open to others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Doors {
    /// gRPC; none where it is off.
    pub(super) grpc: Option<Listen>,
    /// The REST gateway; none where it is off.
    pub(super) rest: Option<Rest>,
}

/// How the REST gateway is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rest {
    pub(super) address: Listen,
    pub(super) gateway: Gateway,
    /// How long an answer may take.
    pub(super) answer_timeout: Duration,
    /// How many connections it has at once.
    pub(super) connections_max: usize,
}

/// The doors that are open.
#[derive(Default)]
pub(super) struct Opened {
    pub(super) grpc: Option<Server>,
    pub(super) rest: Option<Server>,
}

/// A chain, and the CometBFT that drives it.
pub(super) struct Behind {
    pub(super) chain: Chain,
    /// None where CometBFT listens where it cannot be asked.
    pub(super) comet: Option<Comet>,
    /// Prefix of its addresses.
    pub(super) prefix: &'static str,
}

impl Node for Behind {
    fn ask(&self, query: &Query, until: Deadline) -> Answer {
        self.chain.query(query, until)
    }

    fn engine(&self, method: &str, params: &Value, until: Deadline) -> Result<Box<RawValue>, EngineError> {
        match &self.comet {
            Some(comet) => comet.call_until(method, params, until),
            None => Err(EngineError::Away("CometBFT's RPC has no address that this node can ask".to_owned())),
        }
    }

    fn height(&self) -> Height {
        self.chain.last().map_or(Height(0), |(height, _)| height)
    }

    fn oldest(&self) -> Height {
        self.chain.oldest()
    }

    fn state(&self) -> Option<Snapshot> {
        self.chain.state()
    }

    fn chain_id(&self) -> String {
        self.chain.id().to_owned()
    }

    fn prefix(&self) -> String {
        self.prefix.to_owned()
    }
}

impl Doors {
    /// Whether nobody is served.
    pub(super) const fn are_shut(&self) -> bool {
        self.grpc.is_none() && self.rest.is_none()
    }

    /// As the settings say.
    pub(super) fn of(settings: &AppToml) -> Self {
        let AppToml { api, grpc, telemetry, .. } = settings;
        let origins = if api.enabled_unsafe_cors { Origins::Any } else { Origins::Own };
        let metrics = telemetry.enabled && telemetry.prometheus_retention_time_s > 0;
        let gateway = Gateway { origins, swagger: api.swagger, metrics };
        Self {
            grpc: grpc.enable.then(|| grpc.address.clone()),
            rest: api.enable.then(|| Rest {
                address: api.address.clone(),
                gateway,
                answer_timeout: api.answer_timeout,
                connections_max: api.connections_max,
            }),
        }
    }

    /// Opens them.
    ///
    /// # Errors
    /// [`StartError::Door`], which names the key of `app.toml`.
    pub(super) async fn open(&self, node: &Arc<Behind>) -> Result<Opened, StartError> {
        let mut opened = Opened::default();
        if let Some(address) = &self.grpc {
            let addr = resolved(address).map_err(|error| wrong("grpc", address, &error))?;
            let server = serve_grpc(Arc::<Behind>::clone(node), addr, Reach::Anywhere).await;
            opened.grpc = Some(server.map_err(|error| refused("grpc", error))?);
        }
        if let Some(Rest { address, gateway, answer_timeout, connections_max }) = &self.rest {
            let addr = resolved(address).map_err(|error| wrong("api", address, &error))?;
            let (answer_timeout, connections_max) = (*answer_timeout, *connections_max);
            let terms = Terms { answer_timeout, connections_max, ..Reach::Anywhere.into() };
            let server = serve_rest(Arc::<Behind>::clone(node), addr, terms, *gateway).await;
            opened.rest = Some(server.map_err(|error| refused("api", error))?);
        }
        Ok(opened)
    }
}

impl Opened {
    /// Stops taking requests, and waits a little for those under way.
    pub(super) async fn stop(self) {
        for server in [self.grpc, self.rest].into_iter().flatten() {
            server.stop().await;
        }
    }
}

/// The first address of a name, one of version 4 before others: `localhost` is 127.0.0.1.
fn resolved(address: &Listen) -> io::Result<SocketAddr> {
    let all: Vec<SocketAddr> = (address.host.as_str(), address.port).to_socket_addrs()?.collect();
    let first = all.iter().find(|addr| addr.is_ipv4()).or(all.first());
    first.copied().ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))
}

fn wrong(section: &'static str, address: &Listen, error: &io::Error) -> StartError {
    StartError::Door { section, why: format!("{address} is no address of this machine: {error}") }
}

fn refused(section: &'static str, error: ServeError) -> StartError {
    let why = match error {
        ServeError::InUse(addr) => format!("{addr} is in use: stop what listens there"),
        other => other.to_string(),
    };
    StartError::Door { section, why }
}
