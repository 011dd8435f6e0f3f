//! Slash packets, consumer to provider.

use crate::id::VscId;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::Power;

/// Data of a packet from a consumer. Source: provider spec §1.5.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ConsumerPacket {
    /// A validator did wrong.
    Slash(Slash),
    /// An update matured (old consumers; ignored).
    VscMatured(VscId),
}

/// A report of an infraction.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Slash {
    /// Consensus address on the consumer, 1 to 255 bytes as received.
    pub address: Vec<u8>,
    /// Power as the consumer claims it.
    pub power: Power,
    /// The update that made the set which signed at the infraction's height; 0 for the genesis set.
    pub vsc_id: VscId,
    /// What was done.
    pub infraction: Infraction,
}

/// Kinds of infractions that a consumer reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Infraction {
    /// Two votes at one height.
    DoubleSign,
    /// Too many missed blocks.
    Downtime,
}
