//! Which chains of the network are served, and where.
//!
//! A chain has the ports of its place in `localnet.json`, and keeps it. The provider and the consumers of the plan must be
//! served, or there is no network; a consumer made by hand whose ports are in use runs without them: that is told once, and
//! each block they are tried again.

use super::backend::ChainBackend;
use super::ports::Addrs;
use super::{LocalnetError, Notice, Shared, facts, lock, ports};
use crate::home::Facts;
use crate::rpc::{Origins, Reach, ServeError, Server, serve_grpc, serve_rest, serve_rpc};
use ics_world::ChainIndex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
}

impl Serving {
    pub(super) const fn new(port_offset: u16) -> Self {
        Self { port_offset, servers: BTreeMap::new(), unserved: BTreeSet::new() }
    }

    /// Whether a chain still waits for its ports.
    pub(super) fn has_unserved(&self) -> bool {
        !self.unserved.is_empty()
    }

    /// Tells who waits of the blocks that were made since.
    pub(super) fn announce(&self) {
        self.servers.values().for_each(|served| served.backend.announce());
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
                serve_rest(Arc::<ChainBackend>::clone(&backend), rest, Reach::Loopback, Origins::Any).await?;
            Ok::<_, ServeError>(Served { rpc: json, grpc: raw, rest, backend })
        };
        runtime.block_on(serve).map(Some).map_err(LocalnetError::Port)
    }
}
