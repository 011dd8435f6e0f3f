//! What can be wrong, and the codes that the reference gives it. Source: consumer spec §1; ibc-go's registered errors.

use crate::event::CCV_MODULE;
use crate::id::{ChannelId, ClientId, ConnectionId};
use crate::wire::JsonError;
use crate::wire::PacketError;
use crate::wire::genesis::GenesisError;
use crate::wire::handshake::HandshakeError;
use alloc::string::String;
use ics_abci::{AddrError, Height};
use ics_kv::Corrupt;

/// Why a step of the consumer failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Stored state does not decode: the node must halt.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// Something that this implementation does not do yet.
    #[error("{0} not there yet: feature not supported")]
    NotYet(&'static str),
    /// The genesis document breaks a rule.
    #[error("{0}: invalid genesis state")]
    Genesis(#[from] GenesisError),
    /// An address of the genesis document is none of this chain.
    #[error("outstanding downtime of {address}: {error}: invalid genesis state")]
    GenesisAddress {
        /// The text.
        address: String,
        /// What is wrong with it.
        error: AddrError,
    },
    /// IBC refused what the genesis asked of it.
    #[error("{0}: invalid genesis state")]
    GenesisIbc(String),
    /// The channel is established, so there is no other handshake.
    #[error("provider channel: {0} already set: CCV channel already exists")]
    DuplicateChannel(ChannelId),
    /// The consumer starts the handshake, nobody else.
    #[error("channel handshake must be initiated by consumer chain: invalid message sent to channel end")]
    ChannelFlow,
    /// The channel must keep the order of its packets.
    #[error("expected ORDER_ORDERED channel, got ORDER_UNORDERED: invalid channel ordering")]
    ChannelOrdering,
    /// Not the port of this protocol.
    #[error("invalid port: {found}, expected {expected}: invalid port")]
    Port {
        /// The port given.
        found: String,
        /// The port wanted.
        expected: &'static str,
    },
    /// Not the port of the provider.
    #[error("invalid counterparty port: {found}, expected {expected}: invalid port")]
    CounterpartyPort {
        /// The port given.
        found: String,
        /// The port wanted.
        expected: &'static str,
    },
    /// Another version of the protocol.
    #[error("got {0}, expected 1: invalid CCV version")]
    Version(String),
    /// The provider speaks another version of the protocol.
    #[error("invalid counterparty version: {0}, expected 1: invalid CCV version")]
    CounterpartyVersion(String),
    /// The version of the provider's end does not tell what it should.
    #[error("error unmarshalling ibc-ack metadata: {0}: invalid provider handshake metadata")]
    HandshakeMetadata(#[from] HandshakeError),
    /// The channel does not run over exactly one connection.
    #[error("must have direct connection to provider chain: too many connection hops")]
    Hops,
    /// No such connection.
    #[error("connection not found for connection ID: {0}: connection not found")]
    ConnectionNotFound(ConnectionId),
    /// It is not known which client follows the provider.
    #[error("could not find provider client id: light client is invalid")]
    NoProviderClient,
    /// The connection is not one to the provider.
    #[error(
        "invalid client: {found}, channel must be built on top of client: {expected}: light client is invalid"
    )]
    Client {
        /// The connection's client.
        found: ClientId,
        /// The client that follows the provider.
        expected: ClientId,
    },
    /// The client is gone or no Tendermint client.
    #[error("cannot find client state for client ID: {0}: light client not found")]
    ClientNotFound(ClientId),
    /// No such channel.
    #[error("channel not found")]
    ChannelNotFound,
    /// The channel for rewards could not be opened.
    #[error("cannot open channel for rewards: {0}")]
    TransferChannel(String),
    /// Only duplicates of the established channel may be closed.
    #[error("user cannot close channel: invalid request")]
    CloseForbidden,
    /// A validator set change on another channel than the established one: the transaction fails.
    #[error("VSCPacket received on unknown channel {found}; expected: {expected}")]
    WrongChannel {
        /// Where it came.
        found: ChannelId,
        /// Where it should have.
        expected: ChannelId,
    },
    /// Bytes that are no acknowledgement.
    #[error("cannot unmarshal consumer packet acknowledgement: {0}: unknown request")]
    AckUndecodable(JsonError),
    /// An acknowledgement whose result is not exactly one known byte.
    #[error("unrecognized acknowledgement result of a consumer packet: {0:02x?}")]
    AckUnknown(alloc::vec::Vec<u8>),
    /// Packet data that this chain cannot have sent.
    #[error("cannot unmarshal own packet data: {0}")]
    OwnPacket(PacketError),
    /// Before the channel is established a transaction may carry IBC messages alone.
    #[error("tx contains unsupported message types at height {0}")]
    MessageTypes(Height),
    /// A consumer takes no messages of the evidence and slashing modules.
    #[error("tx contains message types from unsupported modules at height {0}")]
    MessageModules(Height),
}

impl Error {
    /// Codespace and code, as transactions show them.
    #[must_use]
    pub const fn code(&self) -> (&'static str, u32) {
        match self {
            Self::Corrupt(_)
            | Self::TransferChannel(_)
            | Self::WrongChannel { .. }
            | Self::AckUnknown(_)
            | Self::OwnPacket(_)
            | Self::MessageTypes(_)
            | Self::MessageModules(_) => ("undefined", 1),
            Self::NotYet(_) => ("sdk", 37),
            Self::CloseForbidden => ("sdk", 18),
            Self::AckUndecodable(_) => ("sdk", 6),
            Self::Version(_) | Self::CounterpartyVersion(_) => (CCV_MODULE, 2),
            Self::ChannelFlow => (CCV_MODULE, 3),
            Self::Genesis(_) | Self::GenesisAddress { .. } | Self::GenesisIbc(_) => (CCV_MODULE, 4),
            Self::DuplicateChannel(_) => (CCV_MODULE, 5),
            Self::HandshakeMetadata(_) => (CCV_MODULE, 8),
            Self::ChannelNotFound => (CCV_MODULE, 9),
            Self::ClientNotFound(_) => (CCV_MODULE, 10),
            Self::ChannelOrdering => ("channel", 6),
            Self::Hops => ("channel", 15),
            Self::Port { .. } | Self::CounterpartyPort { .. } => ("port", 4),
            Self::ConnectionNotFound(_) => ("connection", 3),
            Self::NoProviderClient | Self::Client { .. } => ("client", 3),
        }
    }
}
