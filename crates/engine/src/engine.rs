//! The engine: one chain's consensus state, its mempool and its evidence, between blocks.
//!
//! Journey: [`Engine::start`] or [`Engine::resume`] → [`Engine::check_tx`]… → [`Engine::produce`] → the driver writes
//! what came back → again.

use crate::error::EngineError;
use crate::evidence::{EvidenceError, Pool};
use crate::history::HistoryError;
use crate::mempool::{Limits, Mempool, TxRefused};
use crate::params;
use crate::set::ValidatorSet;
use crate::solo::Keyring;
use crate::state::State;
use ics_abci::{Application, Check, Evidence, Genesis, Height, Params, Time, TxResult};
use ics_kv::rows::{Batch, DiskError, Rows};
use tendermint::block::Id;

/// One chain's consensus between two blocks.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) state: State,
    pub(crate) keyring: Keyring,
    pub(crate) mempool: Mempool,
    pub(crate) evidence: Pool,
}

impl Engine {
    /// Starts a chain: asks the application for its first validators. Nothing is to be persisted before the first block.
    ///
    /// # Errors
    /// [`EngineError::Genesis`] where no chain can start so, [`EngineError::Halt`] as the application says.
    pub fn start<A: Application + ?Sized>(
        genesis: &Genesis,
        keyring: Keyring,
        app: &mut A,
    ) -> Result<Self, EngineError> {
        let init = app.init_chain(genesis)?;
        let state = State::genesis(genesis, &init).map_err(EngineError::Genesis)?;
        Ok(Self::new(state, keyring))
    }

    /// Goes on where the stored blocks end, with the evidence that waits; `None` where there is no block. The mempool starts
    /// empty.
    ///
    /// # Errors
    /// [`HistoryError`] where rows do not decode or do not fit together.
    pub fn resume(rows: &impl Rows, keyring: Keyring) -> Result<Option<Self>, HistoryError> {
        let Some(state) = State::load(rows)? else { return Ok(None) };
        Ok(Some(Self { evidence: Pool::load(rows)?, ..Self::new(state, keyring) }))
    }

    fn new(state: State, keyring: Keyring) -> Self {
        Self { state, keyring, mempool: Mempool::default(), evidence: Pool::default() }
    }

    /// The same engine with an empty mempool of these limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.mempool = Mempool::new(limits);
        self
    }

    /// Offers a transaction: the application's answer, whose code is 0 where it waits for a block now.
    ///
    /// # Errors
    /// [`TxRefused`] where the mempool does not take it.
    pub fn check_tx<A: Application + ?Sized>(
        &mut self,
        app: &mut A,
        tx: &[u8],
    ) -> Result<TxResult, TxRefused> {
        let params = self.state.params();
        let validators = self.state.current().validators().len();
        let gas_max = params.block_max_gas;
        let hash = self.mempool.admit(tx, params::data_bytes(params, validators, 0))?;
        let answer = app.check_tx(tx, Check::New);
        self.mempool.add(hash, tx, &answer, gas_max)?;
        Ok(answer)
    }

    /// Puts evidence into the next block that has room for it, once `write` has made durable what a restart needs to know of
    /// it.
    ///
    /// # Errors
    /// [`EvidenceError`] where no block can carry it, or it is not written: then nothing of it waits, and it may be tried again.
    pub fn add_evidence(
        &mut self,
        evidence: &Evidence,
        write: impl FnOnce(Batch) -> Result<(), DiskError>,
    ) -> Result<(), EvidenceError> {
        self.evidence.add(&self.state, evidence, write)
    }

    /// The chain's id.
    #[must_use]
    pub fn chain_id(&self) -> &str {
        self.state.chain_id().as_str()
    }

    /// Height of the last block; `None` before the first.
    #[must_use]
    pub fn height(&self) -> Option<Height> {
        self.state.tip().map(|tip| tip.height)
    }

    /// Id of the last block; `None` before the first.
    #[must_use]
    pub fn block_id(&self) -> Option<Id> {
        self.state.tip().map(|tip| tip.id)
    }

    /// Height of the next block.
    #[must_use]
    pub fn next_height(&self) -> Height {
        self.state.next_height()
    }

    /// Time that the header of the next block will carry, whenever it is made.
    #[must_use]
    pub fn next_time(&self) -> Time {
        self.state.next_time()
    }

    /// The state's hash after the last block.
    #[must_use]
    pub const fn app_hash(&self) -> [u8; 32] {
        self.state.app_hash()
    }

    /// The set that signs the next block.
    #[must_use]
    pub const fn validators(&self) -> &ValidatorSet {
        self.state.current()
    }

    /// The set that signs the block after the next.
    #[must_use]
    pub const fn next_validators(&self) -> &ValidatorSet {
        self.state.next()
    }

    /// The parameters of the next block.
    #[must_use]
    pub const fn params(&self) -> &Params {
        self.state.params()
    }

    /// The transactions that wait.
    #[must_use]
    pub const fn mempool(&self) -> &Mempool {
        &self.mempool
    }

    /// The keys that this engine signs with.
    #[must_use]
    pub const fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The keyring, to add keys to.
    pub const fn keyring_mut(&mut self) -> &mut Keyring {
        &mut self.keyring
    }
}
