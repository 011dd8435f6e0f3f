//! Why an engine does not make a block.

use crate::evidence::EvidenceError;
use crate::history::HistoryError;
use crate::solo::SignError;
use ics_abci::{ConsAddr, Halt, Height, Power};
use std::fmt;

/// Too few signatures: the chain stands still until more validators sign. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoQuorum {
    /// The block that was not made.
    pub height: Height,
    /// The power that signed for it.
    pub power: Power,
    /// The power of the whole set.
    pub total: Power,
    /// Who did not sign for it, in the order of the set.
    pub missing: Vec<ConsAddr>,
}

impl fmt::Display for NoQuorum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { height, power, total, missing } = self;
        write!(f, "no quorum for block {height}: {power} of {total} voting power signed, missing ")?;
        for (n, addr) in missing.iter().enumerate() {
            f.write_str(if n == 0 { "" } else { ", " })?;
            addr.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))?;
        }
        Ok(())
    }
}

impl std::error::Error for NoQuorum {}

/// Why there is no engine or no block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// A chain cannot start so.
    #[error("genesis: {0}")]
    Genesis(String),
    /// Too few signatures; try again when more validators sign.
    #[error(transparent)]
    NoQuorum(NoQuorum),
    /// The application refused what it prepared itself.
    #[error("the application rejects its own proposal for block {0}")]
    Rejected(Height),
    /// The application prepared more than fits.
    #[error("transaction data size exceeds maximum: {bytes} bytes, at most {max}")]
    TooMuchData {
        /// What it prepared, with tags and lengths.
        bytes: u64,
        /// What fits.
        max: u64,
    },
    /// The chain cannot go on.
    #[error(transparent)]
    Halt(#[from] Halt),
    /// Evidence that no block can carry.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// What is stored cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
}

impl From<SignError> for EngineError {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Border(error) => Self::Halt(error.into()),
            SignError::NoQuorum(error) => Self::NoQuorum(error),
        }
    }
}
