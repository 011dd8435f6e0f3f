//! Which chains of the network are served, and where.
//!
//! A chain has the ports of its place in `localnet.json`, and keeps it. The provider and the consumers of the plan must be
//! served, or there is no network; a consumer made by hand whose ports are in use runs without them: that is told once, and
//! each block they are tried again.

use super::backend::ChainBackend;
use super::ports::Addrs;
use super::{LocalnetError, Notice, Shared, facts, lock, ports};
use crate::home::Facts;
use crate::rpc::metrics::{Metered, serve_metrics};
use crate::rpc::{Gateway, Origins, Reach, ServeError, Server, serve_grpc, serve_rest, serve_rpc};
use ics_world::ChainIndex;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A network for development: any page may ask, and it describes itself. Metrics are on a page of their own.
const GATEWAY: Gateway = Gateway { origins: Origins::Any, swagger: true, metrics: false };

/// A chain's servers, and what they ask.
struct Served {
    rpc: Server,
    grpc: Server,
    rest: Server,
    backend: Arc<ChainBackend>,
}

impl Served {
    const fn addrs(&self) -> Addrs {
        Addrs { rpc: self.rpc.addr(), grpc: self.grpc.addr(), rest: self.rest.addr() }
    }
}

/// The servers of a network.
pub(super) struct Serving {
    port_offset: u16,
    servers: BTreeMap<ChainIndex, Served>,
    /// Chains that run without servers.
    unserved: BTreeSet<ChainIndex>,
    /// The page of metrics, of every chain that is served.
    metered: Arc<Metered>,
    metrics: Option<Server>,
}

impl Serving {
    pub(super) fn new(port_offset: u16) -> Self {
        Self {
            port_offset,
            servers: BTreeMap::new(),
            unserved: BTreeSet::new(),
            metered: Arc::default(),
            metrics: None,
        }
    }

    /// Serves the page of metrics, and gives where.
    ///
    /// # Errors
    /// [`LocalnetError::Port`], [`LocalnetError::Offset`].
    pub(super) fn serve_metrics(
        &mut self,
        runtime: &tokio::runtime::Runtime,
    ) -> Result<SocketAddr, LocalnetError> {
        let serve =
            serve_metrics(Arc::clone(&self.metered), ports::metrics(self.port_offset)?, Reach::Loopback);
        let server = runtime.block_on(serve).map_err(LocalnetError::Port)?;
        let addr = server.addr();
        self.metrics = Some(server);
        Ok(addr)
    }

    /// Notes how long the blocks of these chains took together.
    pub(super) fn made_blocks(&self, chains: &[ChainIndex], took: Duration) {
        let Some(each) = u32::try_from(chains.len()).ok().and_then(|count| took.checked_div(count)) else {
            return;
        };
        for chain in chains {
            if let Some(served) = self.servers.get(chain) {
                served.backend.made_block(each);
            }
        }
    }

    /// Whether a chain still waits for its ports.
    pub(super) fn has_unserved(&self) -> bool {
        !self.unserved.is_empty()
    }

    /// Tells who waits of the blocks that were made since, and who asks whether the world is behind the wall clock.
    pub(super) fn announce(&self, behind: bool) {
        self.servers.values().for_each(|served| served.backend.announce(behind));
    }

    /// Serves every chain that is not served yet; says whether the facts have changed.
    pub(super) fn serve_new(
        &mut self,
        runtime: &tokio::runtime::Runtime,
        world: &Shared,
        known: &mut Facts,
        notice: &mut dyn FnMut(Notice),
    ) -> Result<bool, LocalnetError> {
        let before = known.clone();
        let count = lock(world).sites().len();
        for index in (0..count).map(ChainIndex) {
            if self.servers.contains_key(&index) {
                continue;
            }
            let (chain_id, is_planned) = {
                let world = lock(world);
                let Some(site) = world.site(index) else { continue };
                let id = site.chain_id().to_owned();
                let is_planned = index.0 == 0 || world.plan().consumers.iter().any(|it| it.chain_id == id);
                (id, is_planned)
            };
            let place = facts::place(known, &chain_id);
            match self.serve(runtime, world, index, place) {
                Ok(None) => {}
                Ok(Some(servers)) => {
                    self.unserved.remove(&index);
                    let fact = facts::chain(&lock(world), index, &servers.addrs());
                    self.metered.add(Arc::<ChainBackend>::clone(&servers.backend));
                    self.servers.insert(index, servers);
                    facts::put(known, place, fact.clone());
                    notice(Notice::Serving(fact));
                }
                Err(error) if is_planned => return Err(error),
                Err(error) => {
                    // Its place stays its own.
                    if let Ok(addrs) = ports::of(place, self.port_offset) {
                        facts::put(known, place, facts::chain(&lock(world), index, &addrs));
                    }
                    if self.unserved.insert(index) {
                        notice(Notice::Unserved { chain_id, why: error.to_string() });
                    }
                }
            }
        }
        Ok(*known != before)
    }

    fn serve(
        &self,
        runtime: &tokio::runtime::Runtime,
        world: &Shared,
        index: ChainIndex,
        place: usize,
    ) -> Result<Option<Served>, LocalnetError> {
        let Addrs { rpc, grpc, rest } = ports::of(place, self.port_offset)?;
        let Some(backend) = ChainBackend::new(world, index, rpc) else { return Ok(None) };
        let backend = Arc::new(backend);
        let serve = async {
            let json =
                serve_rpc(Arc::<ChainBackend>::clone(&backend), rpc, Reach::Loopback, Origins::Any).await?;
            let raw = serve_grpc(Arc::<ChainBackend>::clone(&backend), grpc, Reach::Loopback).await?;
            let rest =
                serve_rest(Arc::<ChainBackend>::clone(&backend), rest, Reach::Loopback, GATEWAY).await?;
            Ok::<_, ServeError>(Served { rpc: json, grpc: raw, rest, backend })
        };
        runtime.block_on(serve).map(Some).map_err(LocalnetError::Port)
    }
}
