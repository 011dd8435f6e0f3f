//! Packets, acknowledgements and timeouts, in both directions.
//!
//! Journey: [`next`] for the chain that messages go to: packets that the other one sent, answers to its own.

use crate::channel::{channels_of, in_state};
use crate::client::{any, proof_height};
use crate::connection::open_connection;
use crate::path::{Hop, Path};
use crate::view::{PAGE, View, ViewError, decoded, grpc, proved, stored};
use ics_abci::Height;
use ics_proto::Any;
use ics_proto::ibc::core::channel::v1::{
    Channel, IdentifiedChannel, MsgAcknowledgement, MsgRecvPacket, MsgTimeout, MsgTimeoutOnClose, Order,
    Packet, QueryPacketCommitmentsRequest, QueryPacketCommitmentsResponse, State,
};

/// Packets per transaction: more wait for the next one.
const AT_ONCE: usize = 50;

/// Everything about packets that the destination can be told: receive those of the source, take the source's
/// acknowledgements for its own, and give up those of its own that the source can no longer receive.
pub(crate) fn next(hop: &Hop<'_>, path: &mut Path) -> Result<Vec<Any>, ViewError> {
    let Some((connection, _)) = open_connection(hop.dst, &hop.dst_end.client_id, hop.dst_tip)? else {
        return Ok(Vec::new());
    };
    let mut msgs = Vec::new();
    for channel in channels_of(hop.dst, &connection, hop.dst_tip)? {
        msgs.extend(receive(hop, path, &channel, AT_ONCE.saturating_sub(msgs.len()))?);
        msgs.extend(answer(hop, path, &channel, AT_ONCE.saturating_sub(msgs.len()))?);
    }
    Ok(msgs)
}

fn is_ordered(channel: &IdentifiedChannel) -> bool {
    channel.ordering == Order::Ordered as i32
}

/// Sequences of packets sent and not yet acknowledged, ascending.
fn outstanding(view: &dyn View, port: &str, channel: &str, at: Height) -> Result<Vec<u64>, ViewError> {
    let answer: QueryPacketCommitmentsResponse = grpc(
        view,
        "/ibc.core.channel.v1.Query/PacketCommitments",
        &QueryPacketCommitmentsRequest {
            port_id: port.to_owned(),
            channel_id: channel.to_owned(),
            pagination: PAGE,
        },
        at,
    )?;
    let mut sequences: Vec<u64> = answer.commitments.iter().map(|commitment| commitment.sequence).collect();
    sequences.sort_unstable();
    Ok(sequences)
}

/// Whether a chain has received a packet on its channel.
fn is_received(
    view: &dyn View,
    (port, id): (&str, &str),
    ours: &IdentifiedChannel,
    sequence: u64,
    at: Height,
) -> Result<bool, ViewError> {
    if is_ordered(ours) {
        return Ok(next_receive(view, port, id, at)? > sequence);
    }
    Ok(stored(view, &format!("receipts/ports/{port}/channels/{id}/sequences/{sequence}"), at)?.is_some())
}

fn next_receive(view: &dyn View, port: &str, id: &str, at: Height) -> Result<u64, ViewError> {
    let path = format!("nextSequenceRecv/ports/{port}/channels/{id}");
    let bytes = stored(view, &path, at)?.unwrap_or_default();
    let bytes: [u8; 8] = bytes.try_into().map_err(|_| ViewError::Undecodable(path))?;
    Ok(u64::from_be_bytes(bytes))
}

/// Packets of the source on the channel that pairs with `ours`, `room` at most: nothing is proved in vain.
fn receive(
    hop: &Hop<'_>,
    path: &mut Path,
    ours: &IdentifiedChannel,
    room: usize,
) -> Result<Vec<Any>, ViewError> {
    let Some(peer) = ours.counterparty.as_ref().filter(|_| in_state(ours, State::Open)) else {
        return Ok(Vec::new());
    };
    let mut msgs = Vec::new();
    for sequence in outstanding(hop.src, &peer.port_id, &peer.channel_id, hop.src_at)? {
        if msgs.len() >= room {
            break;
        }
        if is_received(hop.dst, (&ours.port_id, &ours.channel_id), ours, sequence, hop.dst_tip)? {
            continue;
        }
        let key = (peer.port_id.clone(), peer.channel_id.clone(), sequence);
        let Some(packet) = path.seen(hop.to.other()).packet(hop.src, &key)? else { continue };
        if has_timed_out(&packet, hop.dst, hop.dst_tip, hop.dst_time.packet_nanos().unwrap_or(0)) {
            // Those behind it on an ORDERED channel can never be received.
            if is_ordered(ours) {
                break;
            }
            continue;
        }
        let commitment =
            format!("commitments/ports/{}/channels/{}/sequences/{sequence}", peer.port_id, peer.channel_id);
        msgs.push(any(&MsgRecvPacket {
            packet: Some(packet),
            proof_commitment: proved(hop.src, &commitment, hop.src_at)?.proof,
            proof_height: proof_height(hop),
            signer: hop.dst_end.signer.clone(),
        }));
    }
    Ok(msgs)
}

fn has_timed_out(packet: &Packet, receiver: &dyn View, height: Height, time_ns: u64) -> bool {
    let limit = packet.timeout_height.unwrap_or_default();
    let here = (crate::view::revision(receiver.chain_id()), height.0);
    let by_height = (limit.revision_number, limit.revision_height) != (0, 0)
        && here >= (limit.revision_number, limit.revision_height);
    let by_time = packet.timeout_timestamp != 0 && time_ns >= packet.timeout_timestamp;
    by_height || by_time
}

/// Acknowledgements and timeouts for packets that the destination itself sent, `room` at most.
fn answer(
    hop: &Hop<'_>,
    path: &mut Path,
    ours: &IdentifiedChannel,
    room: usize,
) -> Result<Vec<Any>, ViewError> {
    let Some(peer) = ours.counterparty.as_ref().filter(|peer| !peer.channel_id.is_empty()) else {
        return Ok(Vec::new());
    };
    let sequences = outstanding(hop.dst, &ours.port_id, &ours.channel_id, hop.dst_tip)?;
    if let Some(oldest) = sequences.first() {
        path.seen(hop.to).forget_before(&(ours.port_id.clone(), ours.channel_id.clone(), *oldest));
        path.seen(hop.to.other()).forget_before(&(peer.port_id.clone(), peer.channel_id.clone(), *oldest));
    }
    let mut msgs = Vec::new();
    for sequence in sequences {
        if msgs.len() >= room {
            break;
        }
        let key = (ours.port_id.clone(), ours.channel_id.clone(), sequence);
        let Some(packet) = path.seen(hop.to).packet(hop.dst, &key)? else { continue };
        let their = (peer.port_id.as_str(), peer.channel_id.as_str());
        if is_received(hop.src, their, ours, sequence, hop.src_at)? {
            msgs.extend(acknowledge(hop, path, &packet)?);
        } else {
            msgs.extend(give_up(hop, packet, ours)?);
        }
    }
    Ok(msgs)
}

fn acknowledge(hop: &Hop<'_>, path: &mut Path, packet: &Packet) -> Result<Option<Any>, ViewError> {
    let (port, channel) = (&packet.destination_port, &packet.destination_channel);
    let key = (port.clone(), channel.clone(), packet.sequence);
    let found = path.seen(hop.to.other()).acknowledgement(hop.src, &key)?;
    let Some(acknowledgement) = found else { return Ok(None) };
    let ack = format!("acks/ports/{port}/channels/{channel}/sequences/{}", packet.sequence);
    let proved = proved(hop.src, &ack, hop.src_at)?;
    if proved.value.is_empty() {
        return Ok(None);
    }
    Ok(Some(any(&MsgAcknowledgement {
        packet: Some(packet.clone()),
        acknowledgement,
        proof_acked: proved.proof,
        proof_height: proof_height(hop),
        signer: hop.dst_end.signer.clone(),
    })))
}

/// A packet that was not received, and never will be: its time is over, or the receiver closed its end. A timeout is
/// proved by the receiver's header: its height and time are those of the block that proves, not of the tip.
fn give_up(hop: &Hop<'_>, packet: Packet, ours: &IdentifiedChannel) -> Result<Option<Any>, ViewError> {
    let (port, channel) = (packet.destination_port.clone(), packet.destination_channel.clone());
    let end = format!("channelEnds/ports/{port}/channels/{channel}");
    let is_closed = decoded::<Channel>(hop.src, &end, hop.src_at)?
        .is_some_and(|their| their.state == i32::from(State::Closed as u8));
    if !is_closed && !is_over(hop, &packet)? {
        return Ok(None);
    }
    let (next_sequence_recv, unreceived) = if is_ordered(ours) {
        let path = format!("nextSequenceRecv/ports/{port}/channels/{channel}");
        (next_receive(hop.src, &port, &channel, hop.src_at)?, path)
    } else {
        // An UNORDERED channel has no next sequence; the field must not be 0.
        (1, format!("receipts/ports/{port}/channels/{channel}/sequences/{}", packet.sequence))
    };
    let proof_unreceived = proved(hop.src, &unreceived, hop.src_at)?.proof;
    let (proof_height, signer) = (proof_height(hop), hop.dst_end.signer.clone());
    Ok(Some(if is_closed {
        any(&MsgTimeoutOnClose {
            packet: Some(packet),
            proof_unreceived,
            proof_close: proved(hop.src, &end, hop.src_at)?.proof,
            proof_height,
            next_sequence_recv,
            signer,
            counterparty_upgrade_sequence: 0,
        })
    } else {
        any(&MsgTimeout { packet: Some(packet), proof_unreceived, proof_height, next_sequence_recv, signer })
    }))
}

/// Whether the header that proves the receiver's state is past the packet's timeout.
fn is_over(hop: &Hop<'_>, packet: &Packet) -> Result<bool, ViewError> {
    let at = hop.src_at.next();
    let header = hop.src.light_block(at)?.signed_header.header;
    let time_ns = header.and_then(|header| header.time).and_then(|time| {
        let nanos = u32::try_from(time.nanos).ok()?;
        ics_abci::Time::new(time.seconds, nanos).ok()?.packet_nanos()
    });
    Ok(has_timed_out(packet, hop.src, at, time_ns.unwrap_or(0)))
}
