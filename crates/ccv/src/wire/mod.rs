//! The bytes that two chains exchange: packets and acknowledgements as the SDK's proto-JSON, byte for byte, the handshake as
//! protobuf, the consumer's genesis as JSON.
//!
//! Source: consumer spec §2, §7; provider spec §1.

pub mod ack;
pub mod genesis;
pub mod handshake;
mod json;
pub mod slash;
pub mod vsc;

pub use ack::Ack;
pub use json::JsonError;

use alloc::string::String;

/// Most bytes of a packet's data that are looked at: four times what fits into a transaction of a default chain.
pub const PACKET_BYTES_MAX: usize = 4 << 20;

/// Packet data that is refused: the receiver answers with an error acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// Not such a packet at all.
    #[error("cannot unmarshal CCV packet data: {0}: invalid type")]
    Undecodable(#[from] JsonError),
    /// A packet that breaks a rule.
    #[error("{0}: invalid CCV packet data")]
    Invalid(String),
}

impl PacketError {
    /// The code in the error acknowledgement: 29 for what does not decode, 1 for the rest. Source: provider spec §1.7.
    #[must_use]
    pub const fn abci_code(&self) -> u32 {
        match self {
            Self::Undecodable(_) => 29,
            Self::Invalid(_) => 1,
        }
    }
}
