//! Questions to a world's chains, by the gRPC paths that everybody else uses.

use crate::world::{ChainIndex, World, WorldError};
use ics_abci::{Height, Query};
use ics_relay::View;
use prost::Message;

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The world has no such chain (yet).
    #[error("there is no chain {0}")]
    NoChain(usize),
    /// The chain refused.
    #[error("{path} is refused with code {code}: {log}")]
    Refused {
        /// The query's path.
        path: String,
        /// The chain's code.
        code: u32,
        /// The chain's words.
        log: String,
    },
    /// What came back is something else.
    #[error("the answer to {0} does not decode")]
    Undecodable(String),
}

/// Asks a chain, whose state is that after its last block.
///
/// # Errors
/// [`AskError::Refused`], [`AskError::Undecodable`].
pub fn ask<A: Message + Default>(
    chain: &dyn View,
    path: &str,
    request: &impl Message,
) -> Result<A, AskError> {
    let query =
        Query { path: path.to_owned(), data: request.encode_to_vec(), height: Height(0), prove: false };
    let answer = chain.query(&query);
    if answer.code != 0 {
        return Err(AskError::Refused { path: query.path, code: answer.code, log: answer.log });
    }
    A::decode(answer.value.as_slice()).map_err(|_| AskError::Undecodable(query.path))
}

/// The answer of a chain; `None` where it refuses, as it does before there is anything to tell.
pub(crate) fn ask_if<A: Message + Default>(
    chain: &dyn View,
    path: &str,
    request: &impl Message,
) -> Result<Option<A>, WorldError> {
    match ask(chain, path, request) {
        Ok(answer) => Ok(Some(answer)),
        Err(AskError::NoChain(_) | AskError::Refused { .. }) => Ok(None),
        Err(AskError::Undecodable(path)) => Err(WorldError::Answer(path)),
    }
}

impl World {
    /// Asks a chain, whose state is that after its last block.
    ///
    /// # Errors
    /// [`AskError`].
    pub fn ask<A: Message + Default>(
        &self,
        chain: ChainIndex,
        path: &str,
        request: &impl Message,
    ) -> Result<A, AskError> {
        ask(self.site(chain).ok_or(AskError::NoChain(chain.0))?, path, request)
    }
}
