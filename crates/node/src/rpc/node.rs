//! What gRPC and REST ask of a node: its application, and its engine in CometBFT's words.
//!
//! One trait for both hosts of a chain, so that every service is written once: the engine in this process answers
//! CometBFT's methods from its rows, and a CometBFT beside it answers them itself.
//! Source: the SDK's `client.Context`, whose services ask a node for blocks and transactions the same way.

use super::backend::History;
use super::{Backend, Deadline, Late, json};
use ics_abci::{Answer, Height, Query};
use ics_store::Snapshot;
use serde_json::Value;
use serde_json::value::RawValue;

/// What gRPC and REST ask of a node. Every method may be called from many threads, and stops working at the deadline.
pub trait Node: Send + Sync + 'static {
    /// The application's answer, from committed state; what it says after the deadline is no answer.
    fn ask(&self, query: &Query, until: Deadline) -> Answer;
    /// The engine's answer to a method of CometBFT's JSON-RPC: its `result`.
    ///
    /// # Errors
    /// [`EngineError`].
    fn engine(&self, method: &str, params: &Value, until: Deadline) -> Result<Box<RawValue>, EngineError>;
    /// The last committed height; 0 before the first.
    fn height(&self) -> Height;
    /// The earliest height whose state can be asked about; 0 before the first.
    fn oldest(&self) -> Height;
    /// The committed state, to be read directly; none where there is none to read.
    fn state(&self) -> Option<Snapshot>;
    /// The chain's id.
    fn chain_id(&self) -> String;
    /// Prefix of the chain's addresses, e.g. `cosmos`.
    fn prefix(&self) -> String;
}

/// Why the engine has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// It refuses, in its own words.
    #[error("{0}")]
    Refused(String),
    /// It does not answer, or not what it should.
    #[error("{0}")]
    Away(String),
    /// It has not answered in time.
    #[error(transparent)]
    Late(#[from] Late),
}

/// A node that is asked for an answer until a deadline.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) node: &'a dyn Node,
    pub(crate) until: Deadline,
}

impl Asked<'_> {
    pub(crate) fn ask(&self, query: &Query) -> Answer {
        self.node.ask(query, self.until)
    }

    pub(crate) fn engine(&self, method: &str, params: &Value) -> Result<Box<RawValue>, EngineError> {
        self.until.check()?;
        self.node.engine(method, params, self.until)
    }

    pub(crate) fn height(&self) -> Height {
        self.node.height()
    }

    pub(crate) fn oldest(&self) -> Height {
        self.node.oldest()
    }

    pub(crate) fn state(&self) -> Option<Snapshot> {
        self.node.state()
    }

    pub(crate) fn prefix(&self) -> String {
        self.node.prefix()
    }
}

impl<B: Backend> Node for B {
    fn ask(&self, query: &Query, until: Deadline) -> Answer {
        self.query(query, until)
    }

    fn engine(&self, method: &str, params: &Value, until: Deadline) -> Result<Box<RawValue>, EngineError> {
        json::answer_now(self, method, params, until)
    }

    fn height(&self) -> Height {
        // A disk that fails fails the chain, which says so.
        Height(History::of(self).tip().unwrap_or(0))
    }

    fn oldest(&self) -> Height {
        Backend::oldest(self)
    }

    fn state(&self) -> Option<Snapshot> {
        self.committed()
    }

    fn chain_id(&self) -> String {
        self.node().network
    }

    fn prefix(&self) -> String {
        self.node().prefix
    }
}
