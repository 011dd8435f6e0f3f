//! Questions to a world's chains, by the gRPC paths that everybody else uses.

use crate::world::{ChainIndex, World};
use ics_abci::{Height, Query};
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
        let site = self.site(chain).ok_or(AskError::NoChain(chain.0))?;
        let query =
            Query { path: path.to_owned(), data: request.encode_to_vec(), height: Height(0), prove: false };
        let answer = site.reader().query(&query);
        if answer.code != 0 {
            return Err(AskError::Refused { path: query.path, code: answer.code, log: answer.log });
        }
        A::decode(answer.value.as_slice()).map_err(|_| AskError::Undecodable(query.path))
    }
}
