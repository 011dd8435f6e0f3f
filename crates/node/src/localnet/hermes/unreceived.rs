//! Packets that were sent on a consumer's channels, in either direction, and have not come in on the other side.

use super::Pair;
use ics_proto::ibc::core::channel::v1::{
    QueryChannelsRequest, QueryChannelsResponse, QueryPacketCommitmentsRequest,
    QueryPacketCommitmentsResponse, QueryUnreceivedPacketsRequest, QueryUnreceivedPacketsResponse, State,
};
use ics_relay::View;
use ics_world::{AskError, ask};

/// A packet by where it was sent: chain, port, channel, sequence.
pub(super) type Unreceived = (String, String, String, u64);

/// A channel end: port and channel.
type End<'a> = (&'a str, &'a str);

/// All packets between the two that were sent and not received; those of a channel that does not answer are left out.
pub(super) fn between(pair: &Pair<'_>) -> Vec<Unreceived> {
    let path = "/ibc.core.channel.v1.Query/Channels";
    let channels: Result<QueryChannelsResponse, _> =
        ask(pair.consumer, path, &QueryChannelsRequest::default());
    let mut found = Vec::new();
    for channel in channels.unwrap_or_default().channels {
        let Some(other) = channel.counterparty.filter(|_| channel.state == State::Open as i32) else {
            continue;
        };
        let here = (channel.port_id.as_str(), channel.channel_id.as_str());
        let there = (other.port_id.as_str(), other.channel_id.as_str());
        found.extend(on_the_way(pair.consumer, here, pair.provider, there).unwrap_or_default());
        found.extend(on_the_way(pair.provider, there, pair.consumer, here).unwrap_or_default());
    }
    found
}

fn on_the_way(
    from: &dyn View,
    sent: End<'_>,
    to: &dyn View,
    received: End<'_>,
) -> Result<Vec<Unreceived>, AskError> {
    let path = "/ibc.core.channel.v1.Query/PacketCommitments";
    let (port_id, channel_id) = (sent.0.to_owned(), sent.1.to_owned());
    let request = QueryPacketCommitmentsRequest { port_id, channel_id, pagination: None };
    let sent_ones: QueryPacketCommitmentsResponse = ask(from, path, &request)?;
    let request = QueryUnreceivedPacketsRequest {
        port_id: received.0.to_owned(),
        channel_id: received.1.to_owned(),
        packet_commitment_sequences: sent_ones.commitments.iter().map(|packet| packet.sequence).collect(),
    };
    let path = "/ibc.core.channel.v1.Query/UnreceivedPackets";
    let waiting: QueryUnreceivedPacketsResponse = ask(to, path, &request)?;
    let of = |sequence| (from.chain_id().to_owned(), sent.0.to_owned(), sent.1.to_owned(), sequence);
    Ok(waiting.sequences.into_iter().map(of).collect())
}
