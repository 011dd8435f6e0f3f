//! Names of event types and attributes, as the reference spells them (provider spec §8.8, consumer spec §19).

/// The value of `module` in events of the provider, and the provider's codespace.
pub const PROVIDER_MODULE: &str = "provider";
/// The value of `module` in events of the consumer, and the consumer's codespace. The provider's `channel_established` has
/// it too.
pub const CONSUMER_MODULE: &str = "ccvconsumer";
/// The value of `module` in the event of a received validator set change, and the shared codespace.
pub const CCV_MODULE: &str = "CCV";

/// Types of events.
pub mod kind {
    /// The channel counts as established: on the provider at its confirmation, on the consumer at the first packet.
    pub const CHANNEL_ESTABLISHED: &str = "channel_established";
    /// The consumer began the handshake of the channel for rewards.
    pub const FEE_TRANSFER_CHANNEL_OPENED: &str = "fee_transfer_channel_opened";
    /// A packet was received, or its acknowledgement was.
    pub const CCV_PACKET: &str = "ccv_packet";
    /// A packet timed out.
    pub const TIMEOUT: &str = "timeout";
}

/// Names of attributes.
pub mod key {
    /// Which module.
    pub const MODULE: &str = "module";
    /// The acknowledgement as protobuf text.
    pub const ACKNOWLEDGEMENT: &str = "acknowledgement";
    /// `true` or `false` at a receive; the raw result at an acknowledgement.
    pub const SUCCESS: &str = "success";
    /// Why not.
    pub const ERROR: &str = "error";
    /// Which update.
    pub const VALSET_UPDATE_ID: &str = "valset_update_id";
    /// A channel on this chain.
    pub const CHANNEL_ID: &str = "channel_id";
    /// A port on this chain.
    pub const PORT_ID: &str = "port_id";
}
