//! Transactions: from hostile bytes to a result.
//!
//! Journey: `App::check_tx`, `App::finalize_block`, a simulation → [`run::run`] → [`decode`] → [`ante`] → the handlers of
//! the messages. Source: SDK baseapp and x/auth/ante; SIGN_MODE_DIRECT and SIGN_MODE_LEGACY_AMINO_JSON of ADR-020.

mod ante;
mod decode;
pub mod run;
mod strict;
mod verified;

pub use decode::{MAX_TX_BYTES, Tx};
pub use run::{Outcome, run};
pub use verified::Verified;

use crate::{Ctx, Error};
use ics_abci::Dec;
use ics_proto::Any;

/// Why a transaction is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It asks for a place in the mempool.
    Check,
    /// It has one; is it still good?
    Recheck,
    /// It is in a block.
    Deliver,
    /// Somebody wants to know what it would cost.
    Simulate,
}

/// Says which messages the chain takes now, by type URL; a consumer refuses most of them before its channel is up.
pub type MessageFilter = fn(&Ctx<'_>, &[&str]) -> Result<(), Error>;

/// Refuses transactions that would change nothing, after all other checks; asked in [`Mode::Check`] and
/// [`Mode::Recheck`] only.
pub type RelayCheck = fn(&mut Ctx<'_>, &[Any], Mode) -> Result<(), Error>;

/// What transactions meet on a chain.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// Which of them are taken now.
    pub message_filter: Option<MessageFilter>,
    /// Which transactions are superfluous.
    pub relay_check: Option<RelayCheck>,
    /// This node's least prices of gas, sorted by denomination; not part of consensus.
    pub min_gas_prices: &'a [(String, Dec)],
    /// Signatures that were good before.
    pub verified: &'a Verified,
}
