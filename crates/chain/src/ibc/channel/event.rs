//! ibc-go v10's events of channels and packets, attribute by attribute (observed.md A.14).

use super::state::{counterparty, hop};
use crate::Ctx;
use ibc_proto::ibc::core::channel::v1::{Channel, Packet};
use ics_abci::Event;

fn emit(ctx: &mut Ctx<'_>, event: Event) {
    ctx.emit(event);
    ctx.emit(Event::new("message").with("module", "ibc_channel"));
}

/// `channel_open_init`, `…_try`, `…_ack`, `…_confirm`, `channel_close_init`, `…_confirm`. The other channel is left out
/// while it is unknown; the version stands only where it was just decided.
pub(super) fn handshake(ctx: &mut Ctx<'_>, kind: &str, (port, channel): (&str, &str), end: &Channel) {
    let (port_there, channel_there) = counterparty(end);
    let mut event = Event::new(kind)
        .with("port_id", port)
        .with("channel_id", channel)
        .with("counterparty_port_id", port_there);
    if kind != "channel_open_init" {
        event = event.with("counterparty_channel_id", channel_there);
    }
    event = event.with("connection_id", hop(end));
    if matches!(kind, "channel_open_init" | "channel_open_try") {
        event = event.with("version", &end.version);
    }
    emit(ctx, event);
}

/// `channel_close`: a packet on an ORDERED channel was never received.
pub(super) fn closed(ctx: &mut Ctx<'_>, packet: &Packet, end: &Channel) {
    let (port_there, channel_there) = counterparty(end);
    let event = Event::new("channel_close")
        .with("port_id", &packet.source_port)
        .with("channel_id", &packet.source_channel)
        .with("counterparty_port_id", port_there)
        .with("counterparty_channel_id", channel_there)
        .with("connection_id", hop(end))
        .with("packet_channel_ordering", end.ordering().as_str_name());
    emit(ctx, event);
}

fn route(event: Event, packet: &Packet) -> Event {
    let height = packet.timeout_height.unwrap_or_default();
    event
        .with("packet_timeout_height", format!("{}-{}", height.revision_number, height.revision_height))
        .with("packet_timeout_timestamp", packet.timeout_timestamp)
        .with("packet_sequence", packet.sequence)
        .with("packet_src_port", &packet.source_port)
        .with("packet_src_channel", &packet.source_channel)
        .with("packet_dst_port", &packet.destination_port)
        .with("packet_dst_channel", &packet.destination_channel)
}

fn over(event: Event, end: &Channel) -> Event {
    event
        .with("packet_channel_ordering", end.ordering().as_str_name())
        .with("packet_connection", hop(end))
        .with("connection_id", hop(end))
}

/// `send_packet`, `recv_packet`.
pub(super) fn moved(ctx: &mut Ctx<'_>, kind: &str, packet: &Packet, end: &Channel) {
    let event = Event::new(kind).with("packet_data_hex", hex::encode(&packet.data));
    emit(ctx, over(route(event, packet), end));
}

/// `write_acknowledgement`.
pub(super) fn acknowledgement(ctx: &mut Ctx<'_>, packet: &Packet, end: &Channel, ack: &[u8]) {
    let event = Event::new("write_acknowledgement").with("packet_data_hex", hex::encode(&packet.data));
    emit(ctx, over(route(event, packet).with("packet_ack_hex", hex::encode(ack)), end));
}

/// `acknowledge_packet`.
pub(super) fn acknowledged(ctx: &mut Ctx<'_>, packet: &Packet, end: &Channel) {
    emit(ctx, over(route(Event::new("acknowledge_packet"), packet), end));
}

/// `timeout_packet`.
pub(super) fn timed_out(ctx: &mut Ctx<'_>, packet: &Packet, end: &Channel) {
    let event = route(Event::new("timeout_packet"), packet)
        .with("connection_id", hop(end))
        .with("packet_channel_ordering", end.ordering().as_str_name());
    emit(ctx, event);
}

/// What an application said while it refused a packet: it did not happen, so type and keys say so.
pub(super) fn of_failed_callback(event: &Event) -> Event {
    const PREFIX: &str = "ibccallbackerror-";
    let renamed = Event::new(&format!("{PREFIX}{}", event.kind));
    event.attributes.iter().fold(renamed, |renamed, attribute| {
        renamed.with(&format!("{PREFIX}{}", attribute.key), &attribute.value)
    })
}
