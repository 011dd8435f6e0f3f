//! Packets and acknowledgements, read from the events of the chains that sent and wrote them.

use crate::view::{View, ViewError};
use ics_abci::{Event, Height};
use ics_proto::ibc::core::channel::v1::Packet;
use ics_proto::ibc::core::client::v1::Height as ClientHeight;
use std::collections::BTreeMap;

/// Which packet: port, channel and sequence on the chain that sent it, or for acknowledgements on the one that received.
pub(crate) type PacketKey = (String, String, u64);

/// Packets and acknowledgements found in the events of a chain, by blocks read from the newest down.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    sent: BTreeMap<PacketKey, Packet>,
    written: BTreeMap<PacketKey, Vec<u8>>,
    /// Lowest and highest block read.
    read: Option<(Height, Height)>,
}

impl Seen {
    /// A packet that the chain sent.
    pub(crate) fn packet(&mut self, view: &dyn View, key: &PacketKey) -> Result<Option<Packet>, ViewError> {
        self.read_until(view, |seen| seen.sent.contains_key(key))?;
        Ok(self.sent.get(key).cloned())
    }

    /// An acknowledgement that the chain wrote.
    pub(crate) fn acknowledgement(
        &mut self,
        view: &dyn View,
        key: &PacketKey,
    ) -> Result<Option<Vec<u8>>, ViewError> {
        self.read_until(view, |seen| seen.written.contains_key(key))?;
        Ok(self.written.get(key).cloned())
    }

    /// Drops what is settled: everything of a channel that is older than its oldest packet under way.
    pub(crate) fn forget_before(&mut self, (port, channel, oldest): &PacketKey) {
        let settled = |key: &PacketKey| (&key.0, &key.1) == (port, channel) && key.2 < *oldest;
        self.sent.retain(|key, _| !settled(key));
        self.written.retain(|key, _| !settled(key));
    }

    /// Reads blocks until `found`, new ones first, then older ones.
    fn read_until(&mut self, view: &dyn View, found: impl Fn(&Self) -> bool) -> Result<(), ViewError> {
        let (tip, _) = view.tip();
        let (mut low, high) = self.read.unwrap_or((tip.next(), tip));
        for height in high.0.saturating_add(1)..=tip.0 {
            self.note(&view.events(Height(height))?);
            self.read = Some((low, Height(height)));
        }
        while !found(self) && low > view.base() && low.0 > 1 {
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
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().chunks(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}
