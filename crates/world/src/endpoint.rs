//! A chain as everybody reaches it, wherever it runs: one of this process, or a node at the other end of a wire.

use crate::wallet::SubmitError;
use ics_relay::View;

/// A chain that is read as it stood after its last block, and takes transactions.
pub trait Endpoint: View {
    /// Prefix of its accounts.
    fn prefix(&self) -> &str;

    /// Whether transactions wait for a block: what was read last does not know of them.
    fn has_work(&self) -> bool;

    /// Offers a transaction to the mempool.
    ///
    /// # Errors
    /// [`SubmitError::Refused`].
    fn offer(&mut self, tx: &[u8]) -> Result<(), SubmitError>;
}
