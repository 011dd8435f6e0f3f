//! What an engine asks of an application, in domain types. Source: ABCI 2.0 (CometBFT 0.38).

use crate::{ConsAddr, Event, Height, Power, Time, ValUpdate};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::time::Duration;

/// The start of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// The chain's id.
    pub chain_id: String,
    /// Time of the first block.
    pub time: Time,
    /// Height of the first block, 1 or more.
    pub initial_height: Height,
    /// The engine's parameters.
    pub params: Params,
    /// Validators named by the genesis document; the application may name others instead.
    pub validators: Vec<ValUpdate>,
    /// The application's part of the genesis document, JSON.
    pub app_state: Vec<u8>,
}

/// What the engine lets the application rule over.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Params {
    /// Most bytes of a block.
    pub block_max_bytes: i64,
    /// Most gas of a block; -1 for no limit.
    pub block_max_gas: i64,
    /// How many blocks old evidence may be.
    pub evidence_max_age_blocks: i64,
    /// How old evidence may be, nanoseconds.
    pub evidence_max_age_ns: i64,
    /// Most bytes of evidence in a block.
    pub evidence_max_bytes: i64,
    /// The kinds of validator keys, e.g. `ed25519`.
    pub key_types: Vec<String>,
    /// The application's protocol version, in every header.
    pub app_version: u64,
    /// From which height votes carry extensions; 0 for never.
    pub vote_extensions_height: i64,
}

impl Default for Params {
    /// CometBFT's defaults, with a block of 4 MiB and an evidence age of two days (100,000 blocks).
    fn default() -> Self {
        Self {
            block_max_bytes: 4_194_304,
            block_max_gas: -1,
            evidence_max_age_blocks: 100_000,
            evidence_max_age_ns: 172_800_000_000_000,
            evidence_max_bytes: 1_048_576,
            key_types: alloc::vec![String::from("ed25519")],
            app_version: 0,
            vote_extensions_height: 0,
        }
    }
}

/// The application's answer to its genesis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Init {
    /// The first validators; empty keeps those of the genesis document.
    pub validators: Vec<ValUpdate>,
    /// What the first header carries as app hash.
    pub app_hash: [u8; 32],
}

/// Why a transaction is being checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// It just arrived.
    New,
    /// A block was committed; is it still good?
    Again,
}

/// What became of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TxResult {
    /// 0 for success.
    pub code: u32,
    /// Protobuf `TxMsgData` of a success.
    pub data: Vec<u8>,
    /// For humans; not part of consensus.
    pub log: String,
    /// Gas the sender allowed.
    pub gas_wanted: i64,
    /// Gas it took.
    pub gas_used: i64,
    /// What happened.
    pub events: Vec<Event>,
    /// Which part of the chain the code belongs to; "" for success.
    pub codespace: String,
}

/// What a proposer offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Height of the block.
    pub height: Height,
    /// Its time.
    pub time: Time,
    /// Most bytes that the transactions may take together.
    pub max_bytes: u64,
    /// The transactions, in order.
    pub txs: Vec<Vec<u8>>,
}

/// Whether a validator accepts a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Accept,
    /// It does not.
    Reject,
}

/// How a validator voted in the commit of the block before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum VoteFlag {
    /// Not at all.
    Absent,
    /// For the block.
    Commit,
    /// For no block.
    Nil,
}

/// A member of the last validator set and its vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Vote {
    /// Who.
    pub validator: ConsAddr,
    /// With which power.
    pub power: Power,
    /// How.
    pub flag: VoteFlag,
}

/// What the engine proved a validator guilty of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Fault {
    /// Two votes for one height, round and type.
    DuplicateVote,
    /// A header that the chain did not have.
    LightClientAttack,
}

/// Raw evidence that a block carries, protobuf `tendermint.types.Evidence`, and what it proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The protobuf bytes.
    pub bytes: Vec<u8>,
    /// What the application is told.
    pub misbehavior: Misbehavior,
}

/// Misbehaviour as the application is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misbehavior {
    /// What was done.
    pub fault: Fault,
    /// By whom.
    pub validator: ConsAddr,
    /// Its power then.
    pub power: Power,
    /// At which height.
    pub height: Height,
    /// At which time.
    pub time: Time,
    /// The power of the whole set then.
    pub total_power: Power,
}

/// A decided block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time: Time,
    /// Its hash.
    pub hash: [u8; 32],
    /// The hash of the set that signs the block after it.
    pub next_validators_hash: [u8; 32],
    /// Who proposed it.
    pub proposer: ConsAddr,
    /// Its transactions.
    pub txs: Vec<Vec<u8>>,
    /// The votes in its last commit, in the order of the set.
    pub last_commit: Vec<Vote>,
    /// The evidence in it.
    pub misbehavior: Vec<Misbehavior>,
}

/// What a block did.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BlockResult {
    /// Events of begin and end block, each with `mode` as its last attribute.
    pub events: Vec<Event>,
    /// One per transaction.
    pub txs: Vec<TxResult>,
    /// Changes of the set, effective two blocks later.
    pub validators: Vec<ValUpdate>,
    /// New engine parameters, if any changed.
    pub params: Option<Params>,
    /// The state's hash after the block.
    pub app_hash: [u8; 32],
}

/// What a commit asks of whoever drives the chain.
#[derive(Clone, Debug)]
pub struct Commit<W> {
    /// Blocks below may be forgotten; 0 keeps all.
    pub retain_height: Height,
    /// What to write, durably, before the block is announced.
    pub writes: W,
}

/// A question about committed state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// `/package.Service/Method`, `store/<name>/key`, `/app/…`.
    pub path: String,
    /// The request.
    pub data: Vec<u8>,
    /// After which block; 0 for the last.
    pub height: Height,
    /// Whether to prove the answer (store queries only).
    pub prove: bool,
}

/// The answer to a [`Query`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// 0 for success.
    pub code: u32,
    /// For humans.
    pub log: String,
    /// Which part of the chain the code belongs to.
    pub codespace: String,
    /// The key that was asked for (store queries).
    pub key: Vec<u8>,
    /// The answer.
    pub value: Vec<u8>,
    /// `(type, key, protobuf ics23.CommitmentProof)` from the store up to the app hash.
    pub proof: Vec<(String, Vec<u8>, Vec<u8>)>,
    /// After which block this was so; a proof verifies against the header of the next.
    pub height: Height,
}

/// The chain cannot go on; the node must stop and say this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chain halts: {0}")]
pub struct Halt(pub String);

/// A deterministic state machine behind an engine.
///
/// The engine calls `init_chain` once, then for each height `finalize_block` and `commit`; `check_tx` between blocks. A
/// second `finalize_block` without a commit replaces the first.
pub trait Application {
    /// What a commit wants written.
    type Writes;

    /// Starts the chain. Persists nothing: until the first commit it may be called again.
    ///
    /// # Errors
    /// [`Halt`] where the genesis is not acceptable, saying why.
    fn init_chain(&mut self, genesis: &Genesis) -> Result<Init, Halt>;

    /// Whether a transaction may enter the mempool.
    fn check_tx(&mut self, tx: &[u8], check: Check) -> TxResult;

    /// The transactions of a proposal, in order, within its limits.
    fn prepare(&self, proposal: Proposal) -> Vec<Vec<u8>>;

    /// Whether a proposal is acceptable.
    fn process(&self, proposal: &Proposal) -> Verdict;

    /// Executes a block.
    ///
    /// # Errors
    /// [`Halt`] where state is corrupt or the engine broke its contract.
    fn finalize_block(&mut self, block: &Block) -> Result<BlockResult, Halt>;

    /// Makes the last executed block the committed state.
    ///
    /// # Errors
    /// [`Halt`] where no block was executed.
    fn commit(&mut self) -> Result<Commit<Self::Writes>, Halt>;

    /// Answers from committed state.
    fn query(&self, query: &Query) -> Answer;
}

impl Params {
    /// How old evidence may be.
    #[must_use]
    pub fn evidence_max_age(&self) -> Duration {
        Duration::from_nanos(u64::try_from(self.evidence_max_age_ns).unwrap_or(0))
    }
}

impl<A: Application + ?Sized> Application for Box<A> {
    type Writes = A::Writes;
    fn init_chain(&mut self, genesis: &Genesis) -> Result<Init, Halt> {
        (**self).init_chain(genesis)
    }
    fn check_tx(&mut self, tx: &[u8], check: Check) -> TxResult {
        (**self).check_tx(tx, check)
    }
    fn prepare(&self, proposal: Proposal) -> Vec<Vec<u8>> {
        (**self).prepare(proposal)
    }
    fn process(&self, proposal: &Proposal) -> Verdict {
        (**self).process(proposal)
    }
    fn finalize_block(&mut self, block: &Block) -> Result<BlockResult, Halt> {
        (**self).finalize_block(block)
    }
    fn commit(&mut self) -> Result<Commit<Self::Writes>, Halt> {
        (**self).commit()
    }
    fn query(&self, query: &Query) -> Answer {
        (**self).query(query)
    }
}
