//! Packets, acknowledgements and timeouts, in both directions.

use crate::client::{any, proof_height};
use crate::handshake::{channels_of, open_connection};
use crate::path::{Hop, Path};
use crate::view::{View, ViewError, grpc, proved, stored};
use ics_abci::{Event, Height};
use ics_proto::Any;
use ics_proto::ibc::core::channel::v1::{
    IdentifiedChannel, MsgAcknowledgement, MsgRecvPacket, MsgTimeout, Order, Packet,
    QueryPacketCommitmentsRequest, QueryPacketCommitmentsResponse, State,
};
use ics_proto::ibc::core::client::v1::Height as ClientHeight;
use std::collections::BTreeMap;

/// Packets per transaction: more wait for the next one.
const AT_ONCE: usize = 50;

/// Which packet: port, channel and sequence on the chain that sent it, or for acknowledgements on the one that received.
type PacketKey = (String, String, u64);

/// Packets and acknowledgements found in the events of a chain, by blocks read from the newest down.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    sent: BTreeMap<PacketKey, Packet>,
    written: BTreeMap<PacketKey, Vec<u8>>,
    /// Lowest and highest block read.
    read: Option<(Height, Height)>,
}

impl Seen {
    /// Reads blocks until `found`, new ones first, then older ones.
    fn read_until(&mut self, view: &dyn View, found: impl Fn(&Self) -> bool) -> Result<(), ViewError> {
        let (tip, _) = view.tip();
        let (mut low, high) = self.read.unwrap_or((tip.next(), tip));
        for height in high.0.saturating_add(1)..=tip.0 {
            self.note(&view.events(Height(height))?);
            self.read = Some((low, Height(height)));
        }
        while !found(self) && low > view.base().next().prev() && low.0 > 1 {
            low = low.prev();
            self.note(&view.events(low)?);
            self.read = Some((low, tip));
        }
        Ok(())
    }

    fn note(&mut self, events: &[Event]) {
        for event in events {
            match event.kind.as_str() {
                "send_packet" => {
                    if let Some(packet) = packet_of(event) {
                        let key =
                            (packet.source_port.clone(), packet.source_channel.clone(), packet.sequence);
                        self.sent.insert(key, packet);
                    }
                }
                "write_acknowledgement" => {
                    let ack = event.get("packet_ack_hex").and_then(unhex);
                    if let (Some(packet), Some(ack)) = (packet_of(event), ack) {
                        let key = (packet.destination_port, packet.destination_channel, packet.sequence);
                        self.written.insert(key, ack);
                    }
                }
                _ => {}
            }
        }
    }
}

fn packet_of(event: &Event) -> Option<Packet> {
    let text = |key: &str| event.get(key).map(str::to_owned);
    let (revision, height) = event.get("packet_timeout_height")?.split_once('-')?;
    Some(Packet {
        sequence: event.get("packet_sequence")?.parse().ok()?,
        source_port: text("packet_src_port")?,
        source_channel: text("packet_src_channel")?,
        destination_port: text("packet_dst_port")?,
        destination_channel: text("packet_dst_channel")?,
        data: unhex(event.get("packet_data_hex")?)?,
        timeout_height: Some(ClientHeight {
            revision_number: revision.parse().ok()?,
            revision_height: height.parse().ok()?,
        }),
        timeout_timestamp: event.get("packet_timeout_timestamp")?.parse().ok()?,
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() % 2 != 0 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().chunks(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}

/// Everything about packets that the destination can be told: receive those of the source, take the source's
/// acknowledgements for its own, and give up those of its own that the source can no longer receive.
pub(crate) fn next(hop: &Hop<'_>, path: &mut Path) -> Result<Vec<Any>, ViewError> {
    let Some((connection, _)) = open_connection(hop.dst, &hop.dst_end.client_id, hop.dst_tip)? else {
        return Ok(Vec::new());
    };
    let mut msgs = Vec::new();
    for channel in channels_of(hop.dst, &connection, hop.dst_tip)? {
        msgs.extend(receive(hop, path, &channel)?);
        msgs.extend(answer(hop, path, &channel)?);
    }
    msgs.truncate(AT_ONCE);
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
            pagination: None,
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
    channel: (&str, &str),
    ordered: bool,
    sequence: u64,
    at: Height,
) -> Result<bool, ViewError> {
    let (port, id) = channel;
    if ordered {
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

/// Packets of the source on the channel that pairs with `ours`.
fn receive(hop: &Hop<'_>, path: &mut Path, ours: &IdentifiedChannel) -> Result<Vec<Any>, ViewError> {
    let Some(peer) = ours.counterparty.as_ref().filter(|_| ours.state == State::Open as i32) else {
        return Ok(Vec::new());
    };
    let mut msgs = Vec::new();
    for sequence in outstanding(hop.src, &peer.port_id, &peer.channel_id, hop.src_at)? {
        if is_received(hop.dst, (&ours.port_id, &ours.channel_id), is_ordered(ours), sequence, hop.dst_tip)? {
            continue;
        }
        let key = (peer.port_id.clone(), peer.channel_id.clone(), sequence);
        let seen = path.seen(hop.to.other());
        seen.read_until(hop.src, |seen| seen.sent.contains_key(&key))?;
        let Some(packet) = seen.sent.get(&key).cloned() else { continue };
        if has_timed_out(&packet, hop.dst, hop.dst_tip, hop.dst_time.packet_nanos().unwrap_or(0)) {
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
    let limit = packet.timeout_height.clone().unwrap_or_default();
    let here = (crate::view::revision(receiver.chain_id()), height.0);
    let by_height = (limit.revision_number, limit.revision_height) != (0, 0)
        && here >= (limit.revision_number, limit.revision_height);
    let by_time = packet.timeout_timestamp != 0 && time_ns >= packet.timeout_timestamp;
    by_height || by_time
}

/// Acknowledgements and timeouts for packets that the destination itself sent.
fn answer(hop: &Hop<'_>, path: &mut Path, ours: &IdentifiedChannel) -> Result<Vec<Any>, ViewError> {
    let Some(peer) = ours.counterparty.as_ref().filter(|peer| !peer.channel_id.is_empty()) else {
        return Ok(Vec::new());
    };
    let sequences = outstanding(hop.dst, &ours.port_id, &ours.channel_id, hop.dst_tip)?;
    let mut msgs = Vec::new();
    for sequence in sequences {
        let key = (ours.port_id.clone(), ours.channel_id.clone(), sequence);
        let seen = path.seen(hop.to);
        seen.read_until(hop.dst, |seen| seen.sent.contains_key(&key))?;
        let Some(packet) = seen.sent.get(&key).cloned() else { continue };
        let their = (peer.port_id.as_str(), peer.channel_id.as_str());
        if is_received(hop.src, their, is_ordered(ours), sequence, hop.src_at)? {
            msgs.extend(acknowledge(hop, path, &packet)?);
        } else {
            msgs.extend(time_out(hop, packet, is_ordered(ours))?);
        }
    }
    Ok(msgs)
}

fn acknowledge(hop: &Hop<'_>, path: &mut Path, packet: &Packet) -> Result<Option<Any>, ViewError> {
    let (port, channel) = (&packet.destination_port, &packet.destination_channel);
    let key = (port.clone(), channel.clone(), packet.sequence);
    let seen = path.seen(hop.to.other());
    seen.read_until(hop.src, |seen| seen.written.contains_key(&key))?;
    let Some(acknowledgement) = seen.written.get(&key).cloned() else { return Ok(None) };
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

/// A timeout is proved by the receiver's header: its height and time are those of the block that proves, not of the tip.
fn time_out(hop: &Hop<'_>, packet: Packet, ordered: bool) -> Result<Option<Any>, ViewError> {
    let at = hop.src_at.next();
    let header = hop.src.light_block(at)?.signed_header.header;
    let time = header.and_then(|header| header.time).and_then(|time| {
        let nanos = u32::try_from(time.nanos).ok()?;
        ics_abci::Time::new(time.seconds, nanos).ok()?.packet_nanos()
    });
    if !has_timed_out(&packet, hop.src, at, time.unwrap_or(0)) {
        return Ok(None);
    }
    let (port, channel) = (&packet.destination_port, &packet.destination_channel);
    let next = next_receive(hop.src, port, channel, hop.src_at)?;
    let path = if ordered {
        format!("nextSequenceRecv/ports/{port}/channels/{channel}")
    } else {
        format!("receipts/ports/{port}/channels/{channel}/sequences/{}", packet.sequence)
    };
    Ok(Some(any(&MsgTimeout {
        proof_unreceived: proved(hop.src, &path, hop.src_at)?.proof,
        proof_height: proof_height(hop),
        next_sequence_recv: next,
        signer: hop.dst_end.signer.clone(),
        packet: Some(packet),
    })))
}
