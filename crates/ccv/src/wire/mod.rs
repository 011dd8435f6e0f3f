//! The bytes that two chains exchange: packets and acknowledgements as the SDK's proto-JSON, byte for byte, the handshake as
//! protobuf, the consumer's genesis as JSON.
//!
//! Source: consumer spec §2, §7; provider spec §1.

pub mod ack;
pub mod genesis;
pub mod handshake;
pub mod slash;
pub mod vsc;
