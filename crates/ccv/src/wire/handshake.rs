//! What the provider tells in the channel's version string. Source: provider spec §1.1.

use alloc::string::String;

/// Protobuf `HandshakeMetadata`, used as the version of the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandshakeMetadata {
    /// Account on the provider to which rewards go, bech32.
    pub provider_fee_pool_addr: String,
    /// Version of the protocol, `1`.
    pub version: String,
}
