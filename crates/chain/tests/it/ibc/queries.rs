//! What a relayer asks.

use super::{ORDERED, UNORDERED};
use crate::ibc_chain::*;
use ibc_proto::ibc::core::channel::v1 as chan;
use ibc_proto::ibc::core::client::v1 as cli;
use ibc_proto::ibc::core::connection::v1 as conn;
use ics_chain::ibc::channel::packet::recv_packet;

#[test]
fn what_is_not_received_yet_is_known_on_ordered_channels_too() {
    for order in [ORDERED, UNORDERED] {
        let Pair { mut a, mut b } = Pair::with_channel(order);
        let first = send(&mut a, "take 1", 600);
        send(&mut a, "take 2", 600);
        relay(&mut a, &mut b);
        let msg = recv_message(&first, &a);
        b.block(|ctx| recv_packet(ctx, msg)).unwrap();
        let left: chan::QueryUnreceivedPacketsResponse = b
            .ask(
                "/ibc.core.channel.v1.Query/UnreceivedPackets",
                &chan::QueryUnreceivedPacketsRequest {
                    port_id: "app".into(),
                    channel_id: "channel-0".into(),
                    packet_commitment_sequences: vec![1, 2],
                },
            )
            .unwrap();
        assert_eq!(left.sequences, [2]);
        assert_eq!(left.height, Some(b.height(b.tip())));
        let pending: chan::QueryPacketCommitmentsResponse = a
            .ask(
                "/ibc.core.channel.v1.Query/PacketCommitments",
                &chan::QueryPacketCommitmentsRequest {
                    port_id: "app".into(),
                    channel_id: "channel-0".into(),
                    pagination: None,
                },
            )
            .unwrap();
        assert_eq!(pending.commitments.iter().map(|c| c.sequence).collect::<Vec<_>>(), [1, 2]);
        let acks: chan::QueryUnreceivedAcksResponse = a
            .ask(
                "/ibc.core.channel.v1.Query/UnreceivedAcks",
                &chan::QueryUnreceivedAcksRequest {
                    port_id: "app".into(),
                    channel_id: "channel-0".into(),
                    packet_ack_sequences: vec![1, 5],
                },
            )
            .unwrap();
        assert_eq!(acks.sequences, [1]);
        let written: chan::QueryPacketAcknowledgementsResponse = b
            .ask(
                "/ibc.core.channel.v1.Query/PacketAcknowledgements",
                &chan::QueryPacketAcknowledgementsRequest {
                    port_id: "app".into(),
                    channel_id: "channel-0".into(),
                    pagination: None,
                    packet_commitment_sequences: vec![1, 2],
                },
            )
            .unwrap();
        assert_eq!(written.acknowledgements.iter().map(|c| c.sequence).collect::<Vec<_>>(), [1]);
    }
}

#[test]
fn lists_come_in_pages_that_join() {
    let Pair { mut a, .. } = Pair::with_channel(UNORDERED);
    for _ in 0..12 {
        send(&mut a, "take", 600);
    }
    let (mut seen, mut key) = (vec![], vec![]);
    loop {
        let page: chan::QueryPacketCommitmentsResponse = a
            .ask(
                "/ibc.core.channel.v1.Query/PacketCommitments",
                &chan::QueryPacketCommitmentsRequest {
                    port_id: "app".into(),
                    channel_id: "channel-0".into(),
                    pagination: Some(ibc_proto::cosmos::base::query::v1beta1::PageRequest {
                        key: key.clone(),
                        limit: 5,
                        ..Default::default()
                    }),
                },
            )
            .unwrap();
        assert!(page.commitments.len() <= 5);
        seen.extend(page.commitments.iter().map(|c| c.sequence));
        key = page.pagination.unwrap().next_key;
        if key.is_empty() {
            break;
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=12).collect::<Vec<_>>());
}

#[test]
fn what_is_not_there_is_not_found() {
    let Pair { a, .. } = Pair::connected();
    let missing = a.ask::<_, conn::QueryConnectionResponse>(
        "/ibc.core.connection.v1.Query/Connection",
        &conn::QueryConnectionRequest { connection_id: "connection-7".into() },
    );
    let missing = missing.unwrap_err();
    assert_eq!((missing.grpc, missing.message.as_str()), (5, "connection-7: connection not found"));
    let missing = a.ask::<_, cli::QueryClientStateResponse>(
        "/ibc.core.client.v1.Query/ClientState",
        &cli::QueryClientStateRequest { client_id: "07-tendermint-9".into() },
    );
    assert_eq!(missing.unwrap_err().message, "07-tendermint-9: light client not found");
    let missing = a.ask::<_, chan::QueryChannelResponse>(
        "/ibc.core.channel.v1.Query/Channel",
        &chan::QueryChannelRequest { port_id: "app".into(), channel_id: "channel-9".into() },
    );
    assert_eq!(missing.unwrap_err().grpc, 5);
    let missing = a.ask::<_, conn::QueryClientConnectionsResponse>(
        "/ibc.core.connection.v1.Query/ClientConnections",
        &conn::QueryClientConnectionsRequest { client_id: "07-tendermint-9".into() },
    );
    assert_eq!(missing.unwrap_err().grpc, 5);
}
