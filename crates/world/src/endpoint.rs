//! A chain as everybody reaches it, wherever it runs: one of this process, or a node at the other end of a wire.

use crate::wallet::{Submission, SubmitError};
use ics_relay::View;

/// A chain that is read as it stood after its last block, and takes transactions.
pub trait Endpoint: View {
    /// Prefix of its accounts.
    fn prefix(&self) -> &str;

    /// Whether a transaction that was submitted here may still wait for a block: what was read last does not know of it then.
    /// Others that wait do not matter. It waits no longer when it is in a block, was refused after all, or is lost.
    fn may_wait(&self, sent: &Submission) -> bool;

    /// Offers a transaction to the mempool.
    ///
    /// # Errors
    /// [`SubmitError::Refused`].
    fn offer(&mut self, tx: &[u8]) -> Result<(), SubmitError>;
}
