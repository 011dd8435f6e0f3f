//! The consumer's side of the protocol.
//!
//! Journey: [`channel::on_recv`] merges what the provider sends and notes from which height it holds; [`end_block`] applies
//! it and returns it to consensus, where it signs two blocks later.

pub mod channel;
pub mod error;
pub mod gate;
pub mod genesis;
pub mod historical;
pub mod host;
pub mod query;
pub mod state;
pub mod validators;

pub use channel::{
    OpenInit, on_ack, on_close_confirm, on_close_init, on_open_ack, on_open_confirm, on_open_init,
    on_open_try, on_recv, on_timeout,
};
pub use error::Error;
pub use genesis::{export_genesis, init_genesis};
pub use host::{Host, View};

use crate::id::AtHeight;
use alloc::vec::Vec;
use ics_abci::ValUpdate;
use state::{PENDING_CHANGES, VSC_ID_AT};

/// Port of the consumer's end of the channel.
pub const PORT: &str = "consumer";
/// Port of the provider's end.
pub const PROVIDER_PORT: &str = "provider";
/// Version of the protocol that the consumer proposes.
pub const VERSION: &str = "1";
/// Port of token transfers, on both sides.
pub const TRANSFER_PORT: &str = "transfer";
/// Version of the channel that carries rewards.
pub const TRANSFER_VERSION: &str = "ics20-1";

/// Begins a block: the set of the next height is that of this one until a packet says otherwise, and the header is kept.
/// A closed channel changes nothing: the chain goes on with the set it has.
///
/// # Errors
/// [`Error::Corrupt`].
///
/// Source: consumer spec §9.
pub fn begin_block<H: Host>(host: &mut H) -> Result<(), Error> {
    let params = state::params(host)?;
    if !params.enabled {
        return Ok(());
    }
    let height = host.height();
    let vsc_id = VSC_ID_AT.get(host, &AtHeight(height))?.unwrap_or_default();
    VSC_ID_AT.set(host, &AtHeight(height.next()), &vsc_id);
    historical::track(host, params.historical_entries)
}

/// Ends a block: applies what has come in since the last one and returns it to consensus.
///
/// # Errors
/// [`Error::Corrupt`].
///
/// Source: consumer spec §9.
pub fn end_block<H: Host>(host: &mut H) -> Result<Vec<ValUpdate>, Error> {
    if !state::params(host)?.enabled {
        return Ok(Vec::new());
    }
    let Some(pending) = PENDING_CHANGES.get(host)? else { return Ok(Vec::new()) };
    let updates = validators::apply(host, &pending)?;
    PENDING_CHANGES.remove(host);
    Ok(updates)
}
