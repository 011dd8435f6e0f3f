//! The chain as an engine drives it.
//!
//! Journey: `init_chain` → [`App::open`], [`OpenBlock::deliver`], [`OpenBlock::close`] (together `finalize_block`) →
//! `commit`, which gives what to write as a value. Questions go to a [`Reader`], beside all that.
//! Source: ABCI 2.0; SDK baseapp.
//!
//! Genesis and the first block are written together: until then nothing is committed.

mod export;
mod node_info;
mod open;
mod past;
mod reader;

pub use open::{Closed, OpenBlock};
pub use reader::Reader;

use crate::ctx::Base;
use crate::genesis::GenesisDoc;
use crate::modules::auth;
use crate::query::{QueryCtx, QueryError};
use crate::tx::{Terms, Verified};
use crate::{BlockInfo, ChainConfig, Ctx, Error, Role, headers};
use ics_abci::{
    Answer, Application, Block, BlockResult, Check, Commit, ConsAddr, Dec, Genesis, Halt, Height, Init,
    Proposal, Query, Time, TxResult, Verdict,
};
use ics_ccv::Rules;
use ics_kv::Journal;
use ics_kv::rows::{Batch, Rows};
use ics_store::{Multistore, RecoverError, Working};
use reader::{CheckState, Committed};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a chain is set up on this node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The chain's id.
    pub chain_id: String,
    /// Bech32 prefix of accounts, e.g. `cosmos`.
    pub prefix: &'static str,
    /// Height of the first block.
    pub initial_height: Height,
    /// Least prices of gas that this node's mempool takes; not part of consensus.
    pub min_gas_prices: Vec<(String, Dec)>,
    /// How many of the last heights can be asked about, at least one.
    pub keep: usize,
    /// The node's name, for those who ask.
    pub moniker: String,
    /// Where interchain security departs from its reference.
    pub rules: Rules,
}

/// What never changes while an app runs.
struct Fixed {
    config: Config,
    chain: ChainConfig,
    role: &'static Role,
    verified: Verified,
}

impl Fixed {
    fn terms(&self) -> Terms<'_> {
        Terms {
            message_filter: self.role.message_filter,
            relay_check: self.role.relay_check,
            min_gas_prices: &self.config.min_gas_prices,
            verified: &self.verified,
        }
    }

    /// Answers a gRPC method of the role.
    fn answer(&self, ctx: &QueryCtx<'_>, path: &str, request: &[u8]) -> Result<Vec<u8>, QueryError> {
        let route = self.role.queries.iter().flat_map(|table| table.iter()).find(|route| route.path == path);
        let route = route.ok_or_else(|| QueryError::unimplemented(format!("unknown method {path}")))?;
        (route.answer)(ctx, request)
    }
}

/// A chain: a plain value that an engine drives. A clone is a fork: it shares nothing that changes but the memory of
/// good signatures, on which no result depends.
pub struct App {
    fixed: Arc<Fixed>,
    store: Multistore,
    /// The writes of genesis, until the first commit.
    genesis: Option<Journal<Base>>,
    executed: Option<Executed>,
    /// The last committed block; before the first, that of genesis.
    last: BlockInfo,
    reader: Reader,
}

/// A block that was executed and not committed.
struct Executed {
    working: Working,
    block: BlockInfo,
}

impl App {
    /// A chain before its genesis.
    #[must_use]
    pub fn new(config: Config, role: &'static Role) -> Self {
        let store = Multistore::new(&stores(role), config.initial_height.0, config.keep);
        let fixed = fix(config, role);
        let last = before_first(&fixed);
        Self::with(fixed, store, last)
    }

    /// The chain as it was durable last; one that never committed is as [`App::new`] gives it.
    ///
    /// # Errors
    /// [`RecoverError`] where the rows belong to something else or are damaged.
    pub fn recover(
        rows: &(impl Rows + ?Sized),
        config: Config,
        role: &'static Role,
    ) -> Result<Self, RecoverError> {
        let store = Multistore::recover(rows, &stores(role), config.initial_height.0, config.keep)?;
        let fixed = fix(config, role);
        let last = match store.tip() {
            None => before_first(&fixed),
            Some(height) => {
                let corrupt = || RecoverError::Corrupt { table: "headers", height };
                block_at(&store.latest(), Height(height)).ok_or_else(corrupt)?
            }
        };
        Ok(Self::with(fixed, store, last))
    }

    fn with(fixed: Arc<Fixed>, store: Multistore, last: BlockInfo) -> Self {
        let check = CheckState { state: Journal::new(Arc::new(store.latest())), block: last.clone() };
        let committed = Committed { store: store.clone(), last: last.clone() };
        let reader = Reader::new(Arc::clone(&fixed), committed, check);
        Self { fixed, store, genesis: None, executed: None, last, reader }
    }

    /// Commits without telling the readers: they see the block after [`App::announce`], when whoever drives the chain has
    /// made its writes durable. The mempool's state is reset at once.
    ///
    /// # Errors
    /// [`Halt`] where no block was executed.
    pub fn commit_unannounced(&mut self) -> Result<Commit<Batch>, Halt> {
        let Executed { working, block } =
            self.executed.take().ok_or_else(|| Halt("the engine commits before it executes".to_owned()))?;
        let (writes, dropped) = self.store.commit(working).map_err(|error| Halt(error.to_string()))?;
        drop(dropped);
        self.genesis = None;
        self.last = block;
        let check =
            CheckState { state: Journal::new(Arc::new(self.store.latest())), block: self.last.clone() };
        self.reader.publish_check(check);
        Ok(Commit { retain_height: Height(0), writes })
    }

    /// Tells the readers what was committed last.
    pub fn announce(&self) {
        self.reader.publish(self.committed());
    }

    /// Has what was committed last written, and tells the readers: who asks them meanwhile is answered afterwards. Whoever finds
    /// the block on the disk therefore finds its state too.
    ///
    /// # Errors
    /// Those of `write`; then the readers are told nothing.
    pub fn announce_written<E>(&self, write: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        self.reader.publish_written(self.committed(), write)
    }

    fn committed(&self) -> Committed {
        Committed { store: self.store.clone(), last: self.last.clone() }
    }

    /// A handle for questions, which can be cloned and used by other threads beside everything else.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// The last committed height; 0 before the first.
    #[must_use]
    pub fn height(&self) -> Height {
        Height(self.store.tip().unwrap_or(0))
    }

    /// Hash of the committed state.
    #[must_use]
    pub fn app_hash(&self) -> [u8; 32] {
        self.store.latest().app_hash()
    }

    /// The state that the next block starts from: the committed one, before the first block that of genesis.
    #[must_use]
    pub fn state(&self) -> Base {
        match &self.genesis {
            Some(genesis) => Arc::new(genesis.clone()),
            None => Arc::new(self.store.latest()),
        }
    }

    /// The committed state, with its history.
    #[must_use]
    pub fn store(&self) -> &Multistore {
        &self.store
    }

    /// What the block's execution is told of it.
    fn info(&self, block: &Block) -> Result<BlockInfo, Halt> {
        let expected = self.store.next_height();
        if block.height.0 != expected {
            return Err(Halt(format!("the engine executes block {}, expected {expected}", block.height)));
        }
        if self.store.tip().is_none() && self.genesis.is_none() {
            return Err(Halt("the engine executes a block before the genesis".to_owned()));
        }
        Ok(BlockInfo {
            height: block.height,
            time: block.time,
            app_hash: self.app_hash(),
            next_validators_hash: block.next_validators_hash,
            proposer: block.proposer,
            votes: block.last_commit.clone(),
            genesis: false,
        })
    }

    /// Opens the next block: records its header and runs what comes before its transactions. Of `start` neither
    /// transactions nor hash are read. The app itself does not change; [`App::accept`] takes the executed block.
    ///
    /// # Errors
    /// [`Halt`] where state is corrupt, or where this is not the next block.
    pub fn open(&self, start: &Block) -> Result<OpenBlock, Halt> {
        let info = self.info(start)?;
        let state = match &self.genesis {
            Some(genesis) => genesis.clone(),
            None => Journal::new(self.state()),
        };
        OpenBlock::begin(Arc::clone(&self.fixed), self.store.clone(), info, state)
    }

    /// Takes an executed block, to be committed next; gives what the engine is told of it.
    pub fn accept(&mut self, closed: Closed) -> BlockResult {
        let Closed { result, executed } = closed;
        self.executed = Some(executed);
        result
    }
}

impl Application for App {
    type Writes = Batch;

    fn init_chain(&mut self, genesis: &Genesis) -> Result<Init, Halt> {
        let fixed = Arc::clone(&self.fixed);
        if self.store.tip().is_some() {
            return Err(Halt("the chain has begun already".to_owned()));
        }
        if genesis.chain_id != fixed.chain.chain_id {
            let (found, expected) = (&genesis.chain_id, &fixed.chain.chain_id);
            return Err(Halt(format!("the genesis is that of chain {found}, this is {expected}")));
        }
        if genesis.initial_height != fixed.chain.initial_height {
            let (found, expected) = (genesis.initial_height, fixed.chain.initial_height);
            return Err(Halt(format!(
                "the genesis begins at height {found}, the configuration at {expected}"
            )));
        }
        let doc = GenesisDoc::read(genesis).map_err(|error| halt("genesis", &error))?;
        let block = BlockInfo { time: genesis.time, ..before_first(&fixed) };
        let mut ctx = Ctx::new(&fixed.chain, &block, Arc::new(self.store.latest()));
        let validators = init(&mut ctx, fixed.role, &doc).map_err(|error| halt("genesis", &error))?;
        if !genesis.validators.is_empty() && !validators.is_empty() {
            let by_key = |set: &[ics_abci::ValUpdate]| -> BTreeMap<ics_abci::ConsAddr, i64> {
                set.iter().map(|member| (member.key.address(), member.power)).collect()
            };
            if by_key(&genesis.validators) != by_key(&validators) {
                return Err(Halt("genesis: its validators are not those of its app_state".to_owned()));
            }
        }
        ctx.settle();
        let state = ctx.into_state();
        self.reader.publish_check(CheckState { state: state.clone(), block: block.clone() });
        self.genesis = Some(state);
        self.executed = None;
        self.last = block;
        Ok(Init { validators, app_hash: self.app_hash() })
    }

    fn check_tx(&mut self, tx: &[u8], check: Check) -> TxResult {
        self.reader.check_tx(tx, check)
    }

    fn prepare(&self, proposal: Proposal) -> Vec<Vec<u8>> {
        let mut room = proposal.max_bytes;
        let fits = |tx: &Vec<u8>| {
            let Some(left) = room.checked_sub(bytes_in_block(tx)) else { return false };
            room = left;
            true
        };
        proposal.txs.into_iter().take_while(fits).collect()
    }

    /// Bad transactions in a block do no harm: they fail there. Only one that is too big for a block is refused.
    fn process(&self, proposal: &Proposal) -> Verdict {
        let sum = proposal.txs.iter().fold(0_u64, |sum, tx| sum.saturating_add(bytes_in_block(tx)));
        if sum > proposal.max_bytes { Verdict::Reject } else { Verdict::Accept }
    }

    fn finalize_block(&mut self, block: &Block) -> Result<BlockResult, Halt> {
        let mut open = self.open(block)?;
        for tx in &block.txs {
            open.deliver(tx)?;
        }
        let closed = open.close()?;
        Ok(self.accept(closed))
    }

    fn commit(&mut self) -> Result<Commit<Batch>, Halt> {
        let commit = self.commit_unannounced()?;
        self.announce();
        Ok(commit)
    }

    fn query(&self, query: &Query) -> Answer {
        self.reader.query(query)
    }
}

impl Clone for App {
    fn clone(&self) -> Self {
        let mut fork = Self::with(Arc::clone(&self.fixed), self.store.clone(), self.last.clone());
        fork.reader.publish_check(self.reader.check_state());
        fork.genesis.clone_from(&self.genesis);
        fork
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (chain_id, role) = (&self.fixed.chain.chain_id, self.fixed.role.name);
        f.debug_struct("App")
            .field("chain_id", chain_id)
            .field("role", &role)
            .field("height", &self.height())
            .finish_non_exhaustive()
    }
}

fn init(ctx: &mut Ctx<'_>, role: &Role, genesis: &GenesisDoc) -> Result<Vec<ics_abci::ValUpdate>, Error> {
    let chain = ctx.chain;
    headers::init(ctx, chain.initial_height, &genesis.app_state.headers)?;
    auth::init(ctx, chain, &genesis.app_state.auth)?;
    for account in role.module_accounts {
        auth::open_module_account(ctx, account)?;
    }
    (role.init_genesis)(ctx, genesis)
}

fn fix(config: Config, role: &'static Role) -> Arc<Fixed> {
    let chain = ChainConfig {
        chain_id: config.chain_id.clone(),
        prefix: config.prefix,
        initial_height: config.initial_height,
        ports: role.ports,
        msgs: role.msgs,
        electorate: role.electorate,
        rules: config.rules,
    };
    Arc::new(Fixed { config, chain, role, verified: Verified::default() })
}

fn stores(role: &Role) -> Vec<&'static str> {
    role.stores.iter().copied().chain(["headers"]).collect()
}

/// The block as which genesis is executed.
fn before_first(fixed: &Fixed) -> BlockInfo {
    BlockInfo {
        height: fixed.chain.initial_height,
        time: Time::UNIX_EPOCH,
        app_hash: Multistore::new(&[], 1, 1).latest().app_hash(),
        next_validators_hash: [0; 32],
        proposer: ConsAddr([0; 20]),
        votes: Vec::new(),
        genesis: true,
    }
}

/// What is known of a block that was committed: its header, from the history.
fn block_at(state: &ics_store::Snapshot, height: Height) -> Option<BlockInfo> {
    let header = headers::at(state, height).ok()??;
    Some(BlockInfo {
        height,
        time: header.time,
        app_hash: header.app_hash,
        next_validators_hash: header.next_validators_hash,
        proposer: ConsAddr([0; 20]),
        votes: Vec::new(),
        genesis: false,
    })
}

/// What a transaction takes in the protobuf form of a block.
fn bytes_in_block(tx: &[u8]) -> u64 {
    let len = u64::try_from(tx.len()).unwrap_or(u64::MAX);
    let prefix = u64::try_from(prost::length_delimiter_len(tx.len())).unwrap_or(u64::MAX);
    len.saturating_add(prefix).saturating_add(1)
}

fn halt(place: &str, error: &Error) -> Halt {
    Halt(format!("{place}: {error}"))
}
