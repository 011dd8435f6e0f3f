//! `ibc.core.channel.v1.Query`.

use super::{client, connection, invalid, not_found, page, state};
use crate::Error;
use crate::ibc::error::{channel as refuse, client as refuse_client};
use crate::ibc::{id, path, view};
use crate::query::{QueryCtx, QueryError};
use ibc_proto::ibc::core::channel::v1::{
    Channel, IdentifiedChannel, Order, PacketState, QueryChannelClientStateRequest,
    QueryChannelClientStateResponse, QueryChannelConsensusStateRequest, QueryChannelConsensusStateResponse,
    QueryChannelRequest, QueryChannelResponse, QueryChannelsRequest, QueryChannelsResponse,
    QueryConnectionChannelsRequest, QueryConnectionChannelsResponse, QueryNextSequenceReceiveRequest,
    QueryNextSequenceReceiveResponse, QueryNextSequenceSendRequest, QueryNextSequenceSendResponse,
    QueryPacketAcknowledgementRequest, QueryPacketAcknowledgementResponse,
    QueryPacketAcknowledgementsRequest, QueryPacketAcknowledgementsResponse, QueryPacketCommitmentRequest,
    QueryPacketCommitmentResponse, QueryPacketCommitmentsRequest, QueryPacketCommitmentsResponse,
    QueryPacketReceiptRequest, QueryPacketReceiptResponse, QueryUnreceivedAcksRequest,
    QueryUnreceivedAcksResponse, QueryUnreceivedPacketsRequest, QueryUnreceivedPacketsResponse,
};
use ics_kv::Corrupt;
use prost::Message;

/// All channel ends; port and channel follow.
const ENDS: &str = "channelEnds/ports/";

fn require(ctx: &QueryCtx<'_>, port: &str, channel: &str) -> Result<Channel, QueryError> {
    id::port(port).and_then(|()| id::any_channel(channel)).map_err(invalid)?;
    let stored = view::channel_end(state(ctx), port, channel)?;
    stored.ok_or_else(|| not_found(refuse::not_found(format!("port-id: {port}, channel-id {channel}"))))
}

fn identified(rest: &[u8], value: &[u8]) -> Result<IdentifiedChannel, QueryError> {
    let corrupt = || QueryError::from(Corrupt { key: [path::key(ENDS).as_slice(), rest].concat() });
    let names = core::str::from_utf8(rest).ok().and_then(|names| names.split_once("/channels/"));
    let (port, channel) = names.ok_or_else(corrupt)?;
    let end = Channel::decode(value).map_err(|_| corrupt())?;
    Ok(IdentifiedChannel {
        state: end.state,
        ordering: end.ordering,
        counterparty: end.counterparty,
        connection_hops: end.connection_hops,
        version: end.version,
        port_id: port.to_owned(),
        channel_id: channel.to_owned(),
        upgrade_sequence: 0,
    })
}

pub(super) fn channel(
    ctx: &QueryCtx<'_>,
    request: QueryChannelRequest,
) -> Result<QueryChannelResponse, QueryError> {
    Ok(QueryChannelResponse {
        channel: Some(require(ctx, &request.port_id, &request.channel_id)?),
        proof: Vec::new(),
        proof_height: super::height(ctx),
    })
}

pub(super) fn channels(
    ctx: &QueryCtx<'_>,
    request: QueryChannelsRequest,
) -> Result<QueryChannelsResponse, QueryError> {
    let show = |rest: &[u8], value: &[u8]| identified(rest, value).map(Some);
    let (channels, pagination) = page::entries(state(ctx), &path::key(ENDS), request.pagination, show)?;
    Ok(QueryChannelsResponse { channels, pagination, height: super::height(ctx) })
}

pub(super) fn connection_channels(
    ctx: &QueryCtx<'_>,
    request: QueryConnectionChannelsRequest,
) -> Result<QueryConnectionChannelsResponse, QueryError> {
    id::connection(&request.connection).map_err(invalid)?;
    let over = request.connection.as_str();
    let show = |rest: &[u8], value: &[u8]| {
        let found = identified(rest, value)?;
        Ok(Some(found).filter(|found| found.connection_hops.iter().any(|hop| hop == over)))
    };
    let (channels, pagination) = page::entries(state(ctx), &path::key(ENDS), request.pagination, show)?;
    Ok(QueryConnectionChannelsResponse { channels, pagination, height: super::height(ctx) })
}

/// The client under a channel.
fn client_of(ctx: &QueryCtx<'_>, port: &str, channel: &str) -> Result<String, QueryError> {
    let end = require(ctx, port, channel)?;
    let hop = end.connection_hops.first().map_or("", String::as_str);
    Ok(connection::require(ctx, hop)?.client_id)
}

pub(super) fn client_state(
    ctx: &QueryCtx<'_>,
    request: QueryChannelClientStateRequest,
) -> Result<QueryChannelClientStateResponse, QueryError> {
    let client_id = client_of(ctx, &request.port_id, &request.channel_id)?;
    let found = client::identified(ctx, &client_id)?;
    let found = found.ok_or_else(|| not_found(refuse_client::not_found(&client_id)))?;
    Ok(QueryChannelClientStateResponse {
        identified_client_state: Some(found),
        proof: Vec::new(),
        proof_height: super::height(ctx),
    })
}

pub(super) fn consensus_state(
    ctx: &QueryCtx<'_>,
    request: QueryChannelConsensusStateRequest,
) -> Result<QueryChannelConsensusStateResponse, QueryError> {
    let client_id = client_of(ctx, &request.port_id, &request.channel_id)?;
    let at = (request.revision_number, request.revision_height);
    Ok(QueryChannelConsensusStateResponse {
        consensus_state: Some(client::known(ctx, &client_id, at)?),
        client_id,
        proof: Vec::new(),
        proof_height: super::height(ctx),
    })
}

/// Checks a question about one packet.
fn one(ctx: &QueryCtx<'_>, port: &str, channel: &str, sequence: u64) -> Result<(), QueryError> {
    require(ctx, port, channel)?;
    if sequence == 0 {
        return Err(QueryError::invalid("packet sequence cannot be 0"));
    }
    Ok(())
}

pub(super) fn packet_commitment(
    ctx: &QueryCtx<'_>,
    request: QueryPacketCommitmentRequest,
) -> Result<QueryPacketCommitmentResponse, QueryError> {
    let (port, channel) = (&request.port_id, &request.channel_id);
    one(ctx, port, channel, request.sequence)?;
    let stored = view::bytes(state(ctx), &path::commitment(port, channel, request.sequence));
    let stored = stored.ok_or_else(|| QueryError::not_found("packet commitment hash not found"))?;
    Ok(QueryPacketCommitmentResponse {
        commitment: stored.to_vec(),
        proof: Vec::new(),
        proof_height: super::height(ctx),
    })
}

/// One packet's entry of a list.
fn packet(
    prefix: &[u8],
    port: &str,
    channel: &str,
    rest: &[u8],
    value: &[u8],
) -> Result<PacketState, QueryError> {
    let sequence = core::str::from_utf8(rest).ok().and_then(|text| text.parse().ok());
    let sequence = sequence.ok_or_else(|| QueryError::from(Corrupt { key: [prefix, rest].concat() }))?;
    Ok(PacketState {
        port_id: port.to_owned(),
        channel_id: channel.to_owned(),
        sequence,
        data: value.to_vec(),
    })
}

pub(super) fn packet_commitments(
    ctx: &QueryCtx<'_>,
    request: QueryPacketCommitmentsRequest,
) -> Result<QueryPacketCommitmentsResponse, QueryError> {
    let (port, channel) = (&request.port_id, &request.channel_id);
    require(ctx, port, channel)?;
    let prefix = path::key(&path::commitments(port, channel));
    let show = |rest: &[u8], value: &[u8]| packet(&prefix, port, channel, rest, value).map(Some);
    let (commitments, pagination) = page::entries(state(ctx), &prefix, request.pagination.clone(), show)?;
    Ok(QueryPacketCommitmentsResponse { commitments, pagination, height: super::height(ctx) })
}

pub(super) fn packet_receipt(
    ctx: &QueryCtx<'_>,
    request: QueryPacketReceiptRequest,
) -> Result<QueryPacketReceiptResponse, QueryError> {
    let (port, channel) = (&request.port_id, &request.channel_id);
    one(ctx, port, channel, request.sequence)?;
    let received = view::bytes(state(ctx), &path::receipt(port, channel, request.sequence)).is_some();
    Ok(QueryPacketReceiptResponse { received, proof: Vec::new(), proof_height: super::height(ctx) })
}

pub(super) fn packet_acknowledgement(
    ctx: &QueryCtx<'_>,
    request: QueryPacketAcknowledgementRequest,
) -> Result<QueryPacketAcknowledgementResponse, QueryError> {
    let (port, channel) = (&request.port_id, &request.channel_id);
    one(ctx, port, channel, request.sequence)?;
    let stored = view::bytes(state(ctx), &path::ack(port, channel, request.sequence));
    let stored = stored.ok_or_else(|| QueryError::not_found("packet acknowledgement hash not found"))?;
    Ok(QueryPacketAcknowledgementResponse {
        acknowledgement: stored.to_vec(),
        proof: Vec::new(),
        proof_height: super::height(ctx),
    })
}

pub(super) fn packet_acknowledgements(
    ctx: &QueryCtx<'_>,
    request: QueryPacketAcknowledgementsRequest,
) -> Result<QueryPacketAcknowledgementsResponse, QueryError> {
    let (port, channel) = (&request.port_id, &request.channel_id);
    require(ctx, port, channel)?;
    let height = super::height(ctx);
    if !request.packet_commitment_sequences.is_empty() {
        let mut acknowledgements = Vec::new();
        for sequence in &request.packet_commitment_sequences {
            let Some(stored) = view::bytes(state(ctx), &path::ack(port, channel, *sequence)) else {
                continue;
            };
            acknowledgements.push(PacketState {
                port_id: port.clone(),
                channel_id: channel.clone(),
                sequence: *sequence,
                data: stored.to_vec(),
            });
        }
        return Ok(QueryPacketAcknowledgementsResponse { acknowledgements, pagination: None, height });
    }
    let prefix = path::key(&path::acks(port, channel));
    let show = |rest: &[u8], value: &[u8]| packet(&prefix, port, channel, rest, value).map(Some);
    let (acknowledgements, pagination) =
        page::entries(state(ctx), &prefix, request.pagination.clone(), show)?;
    Ok(QueryPacketAcknowledgementsResponse { acknowledgements, pagination, height })
}

/// Which of these packets, sent there, have not come in here. On an ORDERED channel no receipts are kept: what was
/// received is what lies below the next sequence.
pub(super) fn unreceived_packets(
    ctx: &QueryCtx<'_>,
    request: QueryUnreceivedPacketsRequest,
) -> Result<QueryUnreceivedPacketsResponse, QueryError> {
    let (port, channel) = (&request.port_id, &request.channel_id);
    let end = require(ctx, port, channel)?;
    let next = next_receive(ctx, port, channel)?;
    let mut sequences = Vec::new();
    for (index, sequence) in request.packet_commitment_sequences.iter().enumerate() {
        if *sequence == 0 {
            return Err(QueryError::invalid(format!("packet sequence {index} cannot be 0")));
        }
        let received = if end.ordering == i32::from(Order::Ordered) {
            *sequence < next
        } else {
            view::bytes(state(ctx), &path::receipt(port, channel, *sequence)).is_some()
        };
        if !received {
            sequences.push(*sequence);
        }
    }
    Ok(QueryUnreceivedPacketsResponse { sequences, height: super::height(ctx) })
}

/// Which of these packets, sent here, wait for their acknowledgement.
pub(super) fn unreceived_acks(
    ctx: &QueryCtx<'_>,
    request: QueryUnreceivedAcksRequest,
) -> Result<QueryUnreceivedAcksResponse, QueryError> {
    let (port, channel) = (&request.port_id, &request.channel_id);
    require(ctx, port, channel)?;
    let mut sequences = Vec::new();
    for (index, sequence) in request.packet_ack_sequences.iter().enumerate() {
        if *sequence == 0 {
            return Err(QueryError::invalid(format!("packet sequence {index} cannot be 0")));
        }
        if view::bytes(state(ctx), &path::commitment(port, channel, *sequence)).is_some() {
            sequences.push(*sequence);
        }
    }
    Ok(QueryUnreceivedAcksResponse { sequences, height: super::height(ctx) })
}

fn next_receive(ctx: &QueryCtx<'_>, port: &str, channel: &str) -> Result<u64, QueryError> {
    let missing = |error: Error| not_found(error);
    let what = || refuse::receive_sequence_not_found(format!("port-id: {port}, channel-id {channel}"));
    view::number(state(ctx), &path::next_receive(port, channel))?.ok_or_else(|| missing(what()))
}

pub(super) fn next_sequence_receive(
    ctx: &QueryCtx<'_>,
    request: QueryNextSequenceReceiveRequest,
) -> Result<QueryNextSequenceReceiveResponse, QueryError> {
    require(ctx, &request.port_id, &request.channel_id)?;
    Ok(QueryNextSequenceReceiveResponse {
        next_sequence_receive: next_receive(ctx, &request.port_id, &request.channel_id)?,
        proof: Vec::new(),
        proof_height: super::height(ctx),
    })
}

pub(super) fn next_sequence_send(
    ctx: &QueryCtx<'_>,
    request: QueryNextSequenceSendRequest,
) -> Result<QueryNextSequenceSendResponse, QueryError> {
    let (port, channel) = (&request.port_id, &request.channel_id);
    require(ctx, port, channel)?;
    let next = view::number(state(ctx), &path::next_send(port, channel))?.ok_or_else(|| {
        not_found(refuse::send_sequence_not_found(format!("port-id: {port}, channel-id {channel}")))
    })?;
    Ok(QueryNextSequenceSendResponse {
        next_sequence_send: next,
        proof: Vec::new(),
        proof_height: super::height(ctx),
    })
}
