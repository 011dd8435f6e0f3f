//! Everything that a user can do to a world, as data: tests, seeds and commands share it.

use crate::relayer::Relaying;
use crate::wallet::{Submission, SubmitError, account, submit};
use crate::world::{ChainIndex, World};
use ics_abci::ConsAddr;
use ics_client::Key;
use ics_engine::Signing;
use ics_proto::Any;
use std::collections::BTreeSet;

/// Something that a user does.
#[derive(Clone, Debug)]
pub enum Act {
    /// Sends messages in one transaction.
    Send {
        /// To which chain.
        chain: ChainIndex,
        /// Place of the signer's key in the development mnemonic.
        signer: u32,
        /// The messages.
        messages: Vec<Any>,
    },
    /// Validators stop, or begin again, to sign a chain's blocks: exactly these do not sign.
    Absent {
        /// On which chain.
        chain: ChainIndex,
        /// Who.
        validators: BTreeSet<ConsAddr>,
    },
    /// The relayer stops, goes on, or keeps no more than its clients alive.
    Relay(Relaying),
    /// The relayer is started anew: what it had read is gone.
    RestartRelayer,
}

/// What came of it at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// The transaction waits for a block.
    Submitted(Submission),
    /// The transaction was refused.
    Refused(SubmitError),
}

impl World {
    /// Does it.
    pub fn act(&mut self, act: Act) -> Outcome {
        match act {
            Act::Send { chain, signer, messages } => match self.send(chain, signer, messages) {
                Ok(submission) => Outcome::Submitted(submission),
                Err(error) => Outcome::Refused(error),
            },
            Act::Absent { chain, validators } => {
                self.sign(chain, Signing { absent: validators, ..Signing::default() });
                Outcome::Done
            }
            Act::Relay(relaying) => {
                self.relayer_mut().relay(relaying);
                Outcome::Done
            }
            Act::RestartRelayer => {
                self.relayer_mut().restart();
                Outcome::Done
            }
        }
    }

    fn send(
        &mut self,
        chain: ChainIndex,
        signer: u32,
        messages: Vec<Any>,
    ) -> Result<Submission, SubmitError> {
        let key: Key =
            crate::topology::key(signer).map_err(|error| SubmitError::Unfunded(error.to_string()))?;
        let price = self.plan().gas_price.clone();
        let unknown = || SubmitError::Unfunded(format!("there is no chain {}", chain.0));
        let site = self.site_mut(chain).ok_or_else(unknown)?;
        let mut account = account(site, &key)?;
        submit(site, &key, &mut account, &price, messages)
    }
}
