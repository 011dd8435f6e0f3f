//! The application under a site's engine: what it commits is told to others only when it is durable, and its next block
//! may be opened ahead of the engine's decision.
//!
//! Journey: [`Executor::open`] → [`Executor::deliver`]… → the engine asks for a proposal: just what was delivered → it
//! decides → `finalize_block` closes the open block instead of executing it again.

use ics_abci::{
    Answer, Application, Block, BlockResult, Check, Commit, Genesis, Halt, Init, Proposal, Query, TxResult,
    Verdict,
};
use ics_chain::{App, OpenBlock};
use ics_kv::rows::Batch;

/// An application, and its open block if there is one.
pub(crate) struct Executor {
    app: App,
    open: Option<Ahead>,
}

/// A block that was opened ahead of its decision.
struct Ahead {
    outline: Block,
    block: OpenBlock,
    txs: Vec<Vec<u8>>,
}

impl Executor {
    pub(crate) fn new(app: App) -> Self {
        Self { app, open: None }
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// Opens the block of this outline, unless it is open already.
    pub(crate) fn open(&mut self, outline: Block) -> Result<&mut OpenBlock, Halt> {
        let ahead = match self.open.take() {
            Some(ahead) => ahead,
            None => Ahead { block: self.app.open(&outline)?, outline, txs: Vec::new() },
        };
        Ok(&mut self.open.insert(ahead).block)
    }

    pub(crate) fn opened(&self) -> Option<&OpenBlock> {
        self.open.as_ref().map(|ahead| &ahead.block)
    }

    /// Executes a transaction in the open block.
    pub(crate) fn deliver(&mut self, tx: &[u8]) -> Result<TxResult, Halt> {
        let Some(ahead) = &mut self.open else { return Err(Halt("no block is open".to_owned())) };
        ahead.txs.push(tx.to_vec());
        ahead.block.deliver(tx).cloned()
    }
}

impl Application for Executor {
    type Writes = Batch;

    fn init_chain(&mut self, genesis: &Genesis) -> Result<Init, Halt> {
        self.app.init_chain(genesis)
    }

    fn check_tx(&mut self, tx: &[u8], check: Check) -> TxResult {
        self.app.check_tx(tx, check)
    }

    fn prepare(&self, proposal: Proposal) -> Vec<Vec<u8>> {
        match &self.open {
            Some(ahead) => ahead.txs.clone(),
            None => self.app.prepare(proposal),
        }
    }

    fn process(&self, proposal: &Proposal) -> Verdict {
        self.app.process(proposal)
    }

    fn finalize_block(&mut self, block: &Block) -> Result<BlockResult, Halt> {
        let Some(Ahead { outline, block: open, txs }) = self.open.take() else {
            return self.app.finalize_block(block);
        };
        if (Block { hash: block.hash, txs, ..outline }) != *block {
            return Err(Halt(format!("block {} was decided, another is open", block.height)));
        }
        Ok(self.app.accept(open.close()?))
    }

    fn commit(&mut self) -> Result<Commit<Batch>, Halt> {
        self.app.commit_unannounced()
    }

    fn query(&self, query: &Query) -> Answer {
        self.app.query(query)
    }
}
