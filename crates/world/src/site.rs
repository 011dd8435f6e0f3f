//! A place where a chain runs: application, engine and disk, and the order in which a block goes through them.
//!
//! Journey: [`Site::submit`] → mempool; [`Site::produce`] → engine and application → one batch → disk → announced.
//! Or [`Site::open_block`] → [`Site::deliver`]… → the same [`Site::produce`].

use crate::executor::Executor;
use crate::genesis::{GenesisError, genesis_from_json, genesis_json};
use ics_abci::{Application as _, BlockResult, Check, Evidence, Genesis, Height, Time, TxResult};
use ics_chain::{App, Config as AppConfig, OpenBlock, Reader, Role};
use ics_engine::evidence::EvidenceError;
use ics_engine::history::HistoryError;
use ics_engine::{Engine, EngineError, Keyring, Signing, TxRefused};
use ics_kv::rows::{Batch, Disk, DiskError, Table};
use ics_store::{Checkpoint, RecoverError, checkpoint_due, forget};
use std::sync::Arc;

/// The table and key of the genesis document.
const GENESIS: (Table, &[u8]) = ("site", b"genesis");
/// The table and key of what the provider calls the chain; no row for the provider.
const CONSUMER_ID: (Table, &[u8]) = ("site", b"consumer_id");

/// How a site is set up.
pub struct SiteConfig {
    /// The application's part.
    pub app: AppConfig,
    /// What the chain does.
    pub role: &'static Role,
    /// What the provider calls it; none for the provider.
    pub consumer_id: Option<String>,
    /// The keys that sign its blocks.
    pub keyring: Keyring,
    /// Where it is kept.
    pub disk: Arc<dyn Disk>,
    /// A checkpoint of the state every so many blocks.
    pub checkpoint_every: u64,
}

/// Why a site cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The engine, or the application under it.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Stored blocks.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// Stored state.
    #[error(transparent)]
    State(#[from] RecoverError),
    /// The genesis document.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The state does not become a genesis document.
    #[error("the state cannot be exported: {0}")]
    Export(ics_chain::Error),
    /// The disk belongs to another chain.
    #[error("the database holds chain {found}, not {expected}")]
    OtherChain {
        /// The chain asked for.
        expected: String,
        /// The chain on the disk.
        found: String,
    },
    /// The disk belongs to another consumer whose chain has the same id.
    #[error("the database of chain {chain_id} holds that of consumer {found}, not of consumer {expected}")]
    OtherConsumer {
        /// The id of both chains.
        chain_id: String,
        /// The consumer asked for.
        expected: String,
        /// The consumer on the disk.
        found: String,
    },
    /// State and blocks do not belong together.
    #[error("the state is at height {state} with another hash than block {block} says")]
    Disagree {
        /// Height of the state.
        state: Height,
        /// Height of the last block.
        block: Height,
    },
}

/// A running chain.
pub struct Site {
    app: Executor,
    engine: Engine,
    disk: Arc<dyn Disk>,
    genesis: Arc<Genesis>,
    prefix: &'static str,
    consumer_id: Option<String>,
    checkpoint_every: u64,
}

/// A block that a site made: durable when this is seen.
#[derive(Clone, Debug)]
pub struct NewBlock {
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time: Time,
    /// Its hash.
    pub hash: Vec<u8>,
    /// Its transactions.
    pub txs: Vec<Vec<u8>>,
    /// What it did.
    pub result: BlockResult,
}

impl Site {
    /// Starts a chain from its genesis, or goes on where the disk says it was.
    ///
    /// # Errors
    /// [`SiteError`]: the disk holds another chain or damaged rows, or the genesis is not acceptable.
    pub fn open(genesis: &Genesis, config: SiteConfig) -> Result<Self, SiteError> {
        let SiteConfig { app, role, consumer_id, keyring, disk, checkpoint_every } = config;
        let prefix = app.prefix;
        let (app, engine, genesis) = match stored_genesis(&*disk)? {
            Some(stored) => {
                check_owner(&*disk, &stored, &genesis.chain_id, consumer_id.as_deref())?;
                let app = AppConfig { initial_height: stored.initial_height, ..app };
                let (app, engine) = resume(&stored, &disk, app, role, keyring)?;
                (app, engine, stored)
            }
            None => {
                let mut app = App::new(app, role);
                let engine = Engine::start(genesis, keyring, &mut app)?;
                found(&*disk, genesis, consumer_id.as_deref())?;
                (app, engine, genesis.clone())
            }
        };
        let genesis = Arc::new(genesis);
        Ok(Self { app: Executor::new(app), engine, disk, genesis, prefix, consumer_id, checkpoint_every })
    }

    /// Offers a transaction to the mempool.
    ///
    /// # Errors
    /// [`TxRefused`] where the mempool does not take it; a refusal of the chain is in the result's code.
    pub fn submit(&mut self, tx: &[u8]) -> Result<TxResult, TxRefused> {
        self.engine.check_tx(&mut self.app, tx)
    }

    /// What the application says of a transaction as the mempool would ask it, without offering it: the application takes
    /// note of it all the same, until the next block.
    pub fn check(&mut self, tx: &[u8]) -> TxResult {
        self.app.check_tx(tx, Check::New)
    }

    /// Opens the next block, unless it is open: [`Site::deliver`] executes transactions in it at once, and the next
    /// [`Site::produce`] makes a block of just these, whatever waits in the mempool. For drivers that look at the state
    /// between transactions; a block that is thrown away with the site leaves no trace.
    ///
    /// # Errors
    /// [`SiteError`] where state is corrupt.
    pub fn open_block(&mut self) -> Result<&mut OpenBlock, SiteError> {
        self.app.open(self.engine.outline()).map_err(|halt| EngineError::from(halt).into())
    }

    /// The open block.
    #[must_use]
    pub fn opened(&self) -> Option<&OpenBlock> {
        self.app.opened()
    }

    /// Executes a transaction in the open block.
    ///
    /// # Errors
    /// [`SiteError`] where no block is open or state is corrupt; a refusal of the chain is in the result's code.
    pub fn deliver(&mut self, tx: &[u8]) -> Result<TxResult, SiteError> {
        self.app.deliver(tx).map_err(|halt| EngineError::from(halt).into())
    }

    /// Makes the next block and writes it; when this returns, it is durable and announced.
    ///
    /// # Errors
    /// [`SiteError`]. After a lack of signatures the chain may be asked again; after any other the site is to be
    /// thrown away and opened anew.
    pub fn produce(&mut self, now: Time, signing: &Signing) -> Result<NewBlock, SiteError> {
        let made = self.engine.produce(&mut self.app, now, signing)?;
        let mut batch = made.batch;
        batch.merge(made.app_writes);
        batch.merge(forget(&self.disk)?);
        self.app.app().announce_written(|| self.disk.write(batch))?;
        if checkpoint_due(made.height.0, self.checkpoint_every) {
            for part in Checkpoint::begin(&self.disk, self.app.app().store().latest())? {
                self.disk.write(part)?;
            }
        }
        Ok(NewBlock {
            height: made.height,
            time: made.time,
            hash: made.id.hash.as_bytes().to_vec(),
            txs: made.txs,
            result: made.result,
        })
    }

    /// The chain's id.
    #[must_use]
    pub fn chain_id(&self) -> &str {
        &self.genesis.chain_id
    }

    /// Prefix of its accounts.
    #[must_use]
    pub const fn prefix(&self) -> &'static str {
        self.prefix
    }

    /// What the provider calls it; none for the provider.
    #[must_use]
    pub fn consumer_id(&self) -> Option<&str> {
        self.consumer_id.as_deref()
    }

    /// The last block's height; 0 before the first.
    #[must_use]
    pub fn height(&self) -> Height {
        self.engine.height().unwrap_or_default()
    }

    /// The time that the next block will have.
    #[must_use]
    pub fn next_time(&self) -> Time {
        self.engine.next_time()
    }

    /// The state's hash after the last block.
    #[must_use]
    pub fn app_hash(&self) -> [u8; 32] {
        self.engine.app_hash()
    }

    /// The genesis document.
    #[must_use]
    pub fn genesis(&self) -> &Arc<Genesis> {
        &self.genesis
    }

    /// The chain's durable rows.
    #[must_use]
    pub fn disk(&self) -> &Arc<dyn Disk> {
        &self.disk
    }

    /// A handle on the chain's state for anybody, beside the running chain: it sees durable blocks alone.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.app.app().reader()
    }

    /// The genesis document from which a chain of the same id goes on after the last block.
    ///
    /// # Errors
    /// [`SiteError::Export`] where state is corrupt or nothing has begun.
    pub fn export(&self) -> Result<Genesis, SiteError> {
        self.app.app().export(self.engine.params()).map_err(SiteError::Export)
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Puts evidence into the next block that has room for it; when this returns, a crash does not lose it.
    ///
    /// # Errors
    /// [`EvidenceError`] where no block can carry it, or the disk does not write.
    pub fn add_evidence(&mut self, evidence: &Evidence) -> Result<(), EvidenceError> {
        self.engine.add_evidence(evidence, |batch| self.disk.write(batch))
    }

    /// The engine, to give it keys.
    pub(crate) fn engine_mut(&mut self) -> &mut Engine {
        &mut self.engine
    }
}

/// Writes what an empty disk must hold for a chain to begin there: its genesis document, also that of a chain that was
/// exported, and for a consumer what the provider calls it.
///
/// # Errors
/// [`SiteError`] where the document has no JSON form or the disk does not write.
pub fn found(disk: &dyn Disk, genesis: &Genesis, consumer_id: Option<&str>) -> Result<(), SiteError> {
    let mut batch = Batch::default();
    batch.put(GENESIS.0, GENESIS.1.to_vec(), genesis_json(genesis)?.into_bytes());
    if let Some(id) = consumer_id {
        batch.put(CONSUMER_ID.0, CONSUMER_ID.1.to_vec(), id.as_bytes().to_vec());
    }
    Ok(disk.write(batch)?)
}

/// Goes on where the disk says that a chain was; before its first block that is its genesis.
fn resume(
    genesis: &Genesis,
    disk: &Arc<dyn Disk>,
    app: AppConfig,
    role: &'static Role,
    keyring: Keyring,
) -> Result<(App, Engine), SiteError> {
    let Some(engine) = Engine::resume(disk, keyring.clone())? else {
        let mut app = App::new(app, role);
        let engine = Engine::start(genesis, keyring, &mut app)?;
        return Ok((app, engine));
    };
    let app = App::recover(&**disk, app, role)?;
    if app.app_hash() != engine.app_hash() || Some(app.height()) != engine.height() {
        let block = engine.height().unwrap_or_default();
        return Err(SiteError::Disagree { state: app.height(), block });
    }
    Ok((app, engine))
}

/// A disk holds one chain: that of this id, and for a consumer that which the provider calls so.
fn check_owner(
    disk: &dyn Disk,
    stored: &Genesis,
    chain_id: &str,
    consumer_id: Option<&str>,
) -> Result<(), SiteError> {
    if stored.chain_id != chain_id {
        let (expected, found) = (chain_id.to_owned(), stored.chain_id.clone());
        return Err(SiteError::OtherChain { expected, found });
    }
    let row = disk.row(CONSUMER_ID.0, CONSUMER_ID.1)?;
    let found = row.map(|row| String::from_utf8_lossy(&row).into_owned());
    match (consumer_id, found) {
        (Some(expected), Some(found)) if expected != found => {
            let (chain_id, expected) = (chain_id.to_owned(), expected.to_owned());
            Err(SiteError::OtherConsumer { chain_id, expected, found })
        }
        _ => Ok(()),
    }
}

/// The genesis document on a disk.
///
/// # Errors
/// [`SiteError`] where it cannot be read.
pub fn stored_genesis(disk: &dyn Disk) -> Result<Option<Genesis>, SiteError> {
    let Some(row) = disk.row(GENESIS.0, GENESIS.1)? else { return Ok(None) };
    let text = std::str::from_utf8(&row).map_err(|error| GenesisError(error.to_string()))?;
    Ok(Some(genesis_from_json(text)?))
}
