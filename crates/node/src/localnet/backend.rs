//! What the servers of a chain ask, answered beside the running world.

use super::{Shared, lock};
use crate::rpc::{Backend, Deadline, NodeInfo, Waiting};
use ics_abci::{Answer, ConsKey, Evidence, Height, Query, TxResult};
use ics_engine::evidence::EvidenceError;
use ics_engine::{TxRefused, history};
use ics_kv::rows::{Disk, Rows};
use ics_store::Snapshot;
use ics_world::{ChainIndex, Reader, genesis_json};
use serde_json::value::RawValue;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// One chain of the world.
pub(super) struct ChainBackend {
    world: Shared,
    chain: ChainIndex,
    disk: Arc<dyn Disk>,
    reader: Reader,
    genesis: Box<RawValue>,
    node: NodeInfo,
    validator: Option<ConsKey>,
    tips: watch::Sender<Height>,
    worked: Mutex<(u64, Duration)>,
    behind: AtomicBool,
}

impl ChainBackend {
    /// The chain at a place; `None` where there is none.
    pub(super) fn new(world: &Shared, chain: ChainIndex, rpc: SocketAddr) -> Option<Self> {
        let guard = lock(world);
        let site = guard.site(chain)?;
        let chain_id = site.chain_id().to_owned();
        let genesis = RawValue::from_string(genesis_json(site.genesis()).ok()?).ok()?;
        let validator = site.engine().validators().validators().first().map(|validator| validator.key);
        let id = ics_abci::module_address(&chain_id);
        let prefix = site.prefix();
        let node = NodeInfo {
            id: hex::encode(&id.0),
            moniker: chain_id.clone(),
            network: chain_id,
            listen_addr: "tcp://127.0.0.1:26656".to_owned(),
            rpc_addr: format!("tcp://{rpc}"),
            app_name: "ics".to_owned(),
            prefix: prefix.to_owned(),
        };
        Some(Self {
            world: Arc::clone(world),
            chain,
            disk: Arc::clone(site.disk()),
            reader: site.reader(),
            genesis,
            node,
            validator,
            tips: watch::Sender::new(site.height()),
            worked: Mutex::default(),
            behind: AtomicBool::new(false),
        })
    }

    /// Notes that a block was made, and how long that took.
    pub(super) fn made_block(&self, took: Duration) {
        let mut worked = self.worked.lock().unwrap_or_else(PoisonError::into_inner);
        *worked = (worked.0.saturating_add(1), worked.1.saturating_add(took));
    }

    /// Tells of the last block, where nobody was told yet, and whether the world is behind the wall clock.
    pub(super) fn announce(&self, behind: bool) {
        self.behind.store(behind, Ordering::Relaxed);
        // A disk that fails now fails the world's next step, which says so.
        let Ok(Some(tip)) = history::tip(&self.disk) else { return };
        self.tips.send_if_modified(|told| std::mem::replace(told, tip) != tip);
    }
}

/// A served chain never leaves the world.
fn gone() -> TxResult {
    TxResult { code: 1, log: "the chain is gone".to_owned(), ..TxResult::default() }
}

impl Backend for ChainBackend {
    fn rows(&self) -> &dyn Rows {
        &self.disk
    }

    fn query(&self, query: &Query, until: Deadline) -> Answer {
        self.reader.query_while(query, &|| !until.has_passed())
    }

    fn broadcast(&self, tx: Vec<u8>) -> Result<TxResult, TxRefused> {
        let mut world = lock(&self.world);
        match world.site_mut(self.chain) {
            Some(site) => site.submit(&tx),
            None => Ok(gone()),
        }
    }

    fn check(&self, tx: &[u8]) -> TxResult {
        let mut world = lock(&self.world);
        world.site_mut(self.chain).map_or_else(gone, |site| site.check(tx))
    }

    fn add_evidence(&self, evidence: &Evidence) -> Result<(), EvidenceError> {
        let mut world = lock(&self.world);
        let site = world.site_mut(self.chain).ok_or(EvidenceError::Full)?;
        site.add_evidence(evidence)
    }

    fn tips(&self) -> watch::Receiver<Height> {
        self.tips.subscribe()
    }

    fn waiting(&self, limit: usize) -> Waiting {
        let world = lock(&self.world);
        let Some(site) = world.site(self.chain) else { return Waiting::default() };
        let mempool = site.engine().mempool();
        Waiting {
            count: mempool.len(),
            bytes: mempool.bytes(),
            txs: mempool.iter().take(limit).map(<[u8]>::to_vec).collect(),
        }
    }

    fn oldest(&self) -> Height {
        self.reader.oldest()
    }

    fn committed(&self) -> Option<Snapshot> {
        self.reader.state(Height(0)).filter(|_| self.reader.height().0 > 0)
    }

    fn catching_up(&self) -> bool {
        self.behind.load(Ordering::Relaxed)
    }

    fn worked(&self) -> (u64, Duration) {
        *self.worked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn genesis(&self) -> &RawValue {
        &self.genesis
    }

    fn node(&self) -> NodeInfo {
        self.node.clone()
    }

    fn validator(&self) -> Option<ConsKey> {
        self.validator
    }
}
