//! Packets that were sent on a consumer's channels, in either direction, and have not come in on the other side.

use super::Pair;
use super::waits::{End, Waiting};
use ics_proto::ibc::core::channel::v1::{
    QueryChannelsRequest, QueryChannelsResponse, QueryPacketCommitmentsRequest,
    QueryPacketCommitmentsResponse, QueryUnreceivedPacketsRequest, QueryUnreceivedPacketsResponse, State,
};
use ics_relay::View;
use ics_world::{AskError, ask};

/// All packets between the two that were sent and not received.
///
/// # Errors
/// [`AskError`] where a chain does not answer.
pub(super) fn between(pair: &Pair<'_>) -> Result<Vec<Waiting>, AskError> {
    let path = "/ibc.core.channel.v1.Query/Channels";
    let channels: QueryChannelsResponse = ask(pair.consumer, path, &QueryChannelsRequest::default())?;
    let mut found = Vec::new();
    for channel in channels.channels {
        let Some(other) = channel.counterparty.filter(|_| channel.state == State::Open as i32) else {
            continue;
        };
        let end = |chain: &dyn View, port, channel| End { chain: chain.chain_id().to_owned(), port, channel };
        let here = end(pair.consumer, channel.port_id, channel.channel_id);
        let there = end(pair.provider, other.port_id, other.channel_id);
        found.extend(on_the_way(pair.consumer, &here, pair.provider, &there)?);
        found.extend(on_the_way(pair.provider, &there, pair.consumer, &here)?);
    }
    Ok(found)
}

fn on_the_way(from: &dyn View, sent: &End, to: &dyn View, received: &End) -> Result<Vec<Waiting>, AskError> {
    let path = "/ibc.core.channel.v1.Query/PacketCommitments";
    let (port_id, channel_id) = (sent.port.clone(), sent.channel.clone());
    let request = QueryPacketCommitmentsRequest { port_id, channel_id, pagination: None };
    let sent_ones: QueryPacketCommitmentsResponse = ask(from, path, &request)?;
    let request = QueryUnreceivedPacketsRequest {
        port_id: received.port.clone(),
        channel_id: received.channel.clone(),
        packet_commitment_sequences: sent_ones.commitments.iter().map(|packet| packet.sequence).collect(),
    };
    let path = "/ibc.core.channel.v1.Query/UnreceivedPackets";
    let waiting: QueryUnreceivedPacketsResponse = ask(to, path, &request)?;
    Ok(waiting.sequences.into_iter().map(|sequence| Waiting::Packet(sent.clone(), sequence)).collect())
}
