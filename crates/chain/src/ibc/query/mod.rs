//! Questions about IBC's state, as ibc-go's gRPC services answer them.

mod channel;
mod client;
mod connection;
pub(crate) mod page;

use super::view::{self, View};
use crate::Error;
use crate::query::{QueryCtx, QueryError, QueryRoute};
use crate::query_route;
use ibc_proto::ibc::core::client::v1::Height;

/// The rows.
pub const IBC_QUERIES: &[QueryRoute] = &[
    query_route!("/ibc.core.client.v1.Query/ClientState", client::client_state),
    query_route!("/ibc.core.client.v1.Query/ClientStates", client::client_states),
    query_route!("/ibc.core.client.v1.Query/ConsensusState", client::consensus_state),
    query_route!("/ibc.core.client.v1.Query/ConsensusStates", client::consensus_states),
    query_route!("/ibc.core.client.v1.Query/ConsensusStateHeights", client::consensus_state_heights),
    query_route!("/ibc.core.client.v1.Query/ClientStatus", client::client_status),
    query_route!("/ibc.core.client.v1.Query/ClientParams", client::client_params),
    query_route!("/ibc.core.connection.v1.Query/Connection", connection::connection),
    query_route!("/ibc.core.connection.v1.Query/Connections", connection::connections),
    query_route!("/ibc.core.connection.v1.Query/ClientConnections", connection::client_connections),
    query_route!("/ibc.core.connection.v1.Query/ConnectionClientState", connection::client_state),
    query_route!("/ibc.core.connection.v1.Query/ConnectionConsensusState", connection::consensus_state),
    query_route!("/ibc.core.connection.v1.Query/ConnectionParams", connection::params),
    query_route!("/ibc.core.channel.v1.Query/Channel", channel::channel),
    query_route!("/ibc.core.channel.v1.Query/Channels", channel::channels),
    query_route!("/ibc.core.channel.v1.Query/ConnectionChannels", channel::connection_channels),
    query_route!("/ibc.core.channel.v1.Query/ChannelClientState", channel::client_state),
    query_route!("/ibc.core.channel.v1.Query/ChannelConsensusState", channel::consensus_state),
    query_route!("/ibc.core.channel.v1.Query/PacketCommitment", channel::packet_commitment),
    query_route!("/ibc.core.channel.v1.Query/PacketCommitments", channel::packet_commitments),
    query_route!("/ibc.core.channel.v1.Query/PacketReceipt", channel::packet_receipt),
    query_route!("/ibc.core.channel.v1.Query/PacketAcknowledgement", channel::packet_acknowledgement),
    query_route!("/ibc.core.channel.v1.Query/PacketAcknowledgements", channel::packet_acknowledgements),
    query_route!("/ibc.core.channel.v1.Query/UnreceivedPackets", channel::unreceived_packets),
    query_route!("/ibc.core.channel.v1.Query/UnreceivedAcks", channel::unreceived_acks),
    query_route!("/ibc.core.channel.v1.Query/NextSequenceReceive", channel::next_sequence_receive),
    query_route!("/ibc.core.channel.v1.Query/NextSequenceSend", channel::next_sequence_send),
];

/// The height that an answer is of.
fn height(ctx: &QueryCtx<'_>) -> Option<Height> {
    let (revision_number, revision_height) = view::host_height(ctx);
    Some(Height { revision_number, revision_height })
}

/// There is no such thing, in ibc-go's words.
fn not_found(error: Error) -> QueryError {
    QueryError::not_found(error)
}

/// A malformed identifier, in ibc-go's words.
fn invalid(error: Error) -> QueryError {
    QueryError::invalid(error)
}

/// The whole state of the answer's moment.
fn state<'a>(ctx: &'a QueryCtx<'_>) -> &'a dyn ics_kv::Read {
    View::state(ctx)
}
