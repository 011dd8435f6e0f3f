//! The provider's side of the protocol.
//!
//! A chain calls [`genesis::init`] at its genesis, [`begin_block`] and [`end_block`] last of all its modules in every
//! block, the callbacks of [`channel`] from IBC, the handlers of [`msgs`] from transactions, [`keys::admit`] and
//! [`keys::on_validator_removed`] from staking, and [`query`] for whoever asks.

mod among;
pub mod candidates;
pub mod channel;
pub mod commission;
mod consumer_genesis;
pub mod consumer_set;
pub mod dirty;
pub mod due;
pub mod epoch;
pub mod error;
mod fault;
pub mod genesis;
pub mod host;
pub mod infraction_params;
pub mod init_params;
pub mod keys;
pub mod launch;
pub mod lifecycle;
pub mod link;
pub mod members;
pub mod metadata;
pub mod meter;
pub mod msgs;
pub mod own_set;
pub mod params;
pub mod pending;
pub mod phase;
pub mod power_shaping;
pub mod query;
mod report;
pub mod state;
mod tables;

pub use error::Error;
pub use host::{Bonded, ChannelView, ClientView, ConnectionView, Host, SendError, ValidatorStatus, View};
pub use own_set::Staked;
pub use tables::TABLES;

use alloc::vec::Vec;
use ics_abci::ValUpdate;

/// Runs before the transactions of a block, after every other module.
///
/// Rewards follow here in their issue. Source: provider spec §9.
///
/// # Errors
/// [`Error::Corrupt`], [`Error::NoGenesis`]: the node must halt. No consumer can cause one.
pub fn begin_block(host: &mut impl Host) -> Result<(), Error> {
    launch::launch_due(host)?;
    lifecycle::delete_due(host)?;
    infraction_params::apply_due(host)?;
    meter::replenish(host)
}

/// Runs after the transactions of a block, after every other module; gives what changes in the provider's own set.
/// `staked` says whether staking, whose end of block ran before, changed a power.
///
/// The running epoch's id is mapped to its height before the epoch uses it. Source: provider spec §9.
///
/// # Errors
/// [`Error::Corrupt`], [`Error::NoGenesis`]: the node must halt. No consumer can cause one.
pub fn end_block(host: &mut impl Host, staked: Staked) -> Result<Vec<ValUpdate>, Error> {
    epoch::map_height(host)?;
    keys::prune(host)?;
    let updates = own_set::update(host, staked)?;
    if epoch::ends(host)? {
        epoch::queue(host)?;
        epoch::send(host)?;
        keys::tell(host)?;
    }
    Ok(updates)
}
