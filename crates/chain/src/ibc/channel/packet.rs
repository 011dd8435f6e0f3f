//! Packets: sent, received, acknowledged.

use super::event;
use super::state::{
    app, commit, commit_ack, connection, counterparty, hop, is_in, is_ordered, next, open_connection, packet,
    put, put_number, require, state_name,
};
use crate::ibc::core::client::client_view;
use crate::ibc::core::verify::{Delay, Evidence, Held, nanos_at, verify};
use crate::ibc::error::{channel as refuse, client, commitment};
use crate::ibc::view::{self, IbcHeight, View};
use crate::ibc::{Ack, id, path};
use crate::{Ctx, Error};
use ibc_proto::ibc::core::channel::v1::{
    Channel, MsgAcknowledgement, MsgAcknowledgementResponse, MsgRecvPacket, MsgRecvPacketResponse, Packet,
    ResponseResultType, State,
};
use ibc_proto::ibc::core::client::v1::Height as RawHeight;
use ics_abci::{Event, Time};
use ics_kv::{Corrupt, Write};

/// Most bytes of a packet's data (ibc-go's limit).
pub(crate) const DATA_BYTES_MAX: usize = 262_144;

/// Why a packet could not be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The client of the connection is frozen or expired; it may be recovered.
    #[error("{0}")]
    ClientInactive(Error),
    /// Anything else: the channel is missing, not open, or the timeout is past already.
    #[error("{0}")]
    Refused(Error),
}

impl From<SendError> for Error {
    fn from(error: SendError) -> Self {
        match error {
            SendError::ClientInactive(error) | SendError::Refused(error) => error,
        }
    }
}

impl From<Error> for SendError {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Corrupt> for SendError {
    fn from(corrupt: Corrupt) -> Self {
        Self::Refused(corrupt.into())
    }
}

/// Sends a packet; gives its sequence. `timeout_height` (0, 0) and no `timeout` mean none, but one must be given.
///
/// # Errors
/// [`SendError`]: the channel is missing or not open, its client is not active, the timeout is past there already.
pub fn send_packet(
    ctx: &mut Ctx<'_>,
    port: &str,
    channel: &str,
    timeout_height: IbcHeight,
    timeout: Option<Time>,
    data: Vec<u8>,
) -> Result<u64, SendError> {
    let end = view::channel_end(ctx, port, channel)?.ok_or_else(|| refuse::not_found(channel))?;
    require_open(&end)?;
    let sequence = view::number(ctx, &path::next_send(port, channel))?.ok_or_else(|| {
        refuse::send_sequence_not_found(format!("source port: {port}, source channel: {channel}"))
    })?;
    let timeout_timestamp = match timeout {
        None => 0,
        Some(time) => time.packet_nanos().ok_or_else(|| refuse::invalid_packet("timeout is out of range"))?,
    };
    let (port_there, channel_there) = counterparty(&end);
    let packet = Packet {
        sequence,
        source_port: port.to_owned(),
        source_channel: channel.to_owned(),
        destination_port: port_there.to_owned(),
        destination_channel: channel_there.to_owned(),
        data,
        timeout_height: Some(RawHeight {
            revision_number: timeout_height.0,
            revision_height: timeout_height.1,
        }),
        timeout_timestamp,
    };
    check_packet(&packet).map_err(|error| error.within("constructed packet failed basic validation"))?;
    let connection = connection(ctx, hop(&end))?;
    let id = connection.client_id.as_str();
    let known = client_view(ctx, id)?.ok_or_else(|| client::not_found(id))?;
    if !known.active {
        let status = known.status.as_str();
        return Err(SendError::ClientInactive(client::not_active(format!(
            "cannot send packet using client ({id}) with status {status}"
        ))));
    }
    let there = nanos_at(ctx, id, known.latest_height)?;
    if let Some(error) = elapsed(&packet, known.latest_height, there) {
        return Err(error.within("invalid packet timeout").into());
    }
    let following = next(sequence)?;
    put_number(ctx, &path::next_send(port, channel), following);
    put(ctx, &path::commitment(port, channel, sequence), commit(&packet));
    event::moved(ctx, "send_packet", &packet, &end);
    Ok(sequence)
}

/// Answers `MsgRecvPacket`: a second delivery changes nothing and succeeds.
///
/// # Errors
/// Where the packet is not for us, too late, out of order or not held by its sender, and where the application says that
/// it must not be accepted at all. What the application merely refuses is acknowledged as an error, its writes undone.
pub fn recv_packet(ctx: &mut Ctx<'_>, msg: MsgRecvPacket) -> Result<MsgRecvPacketResponse, Error> {
    let raw = check_message(msg.packet.as_ref(), &msg.proof_commitment, "commitment")?;
    let app = app(ctx, &raw.destination_port)?;
    let evidence = Evidence { proof: &msg.proof_commitment, height: msg.proof_height };
    ctx.atomically(|ctx| {
        if receive(ctx, raw, &evidence)? == Relayed::Before {
            return Ok(MsgRecvPacketResponse { result: ResponseResultType::Noop.into() });
        }
        let start = ctx.event_count();
        let answer = ctx.atomically(|ctx| match app.on_recv(ctx, &packet(raw)) {
            Ok(Ack::Success(ack)) => Ok(ack),
            Ok(Ack::Error(ack)) => {
                let told = ctx.events_since(start).iter().map(event::of_failed_callback).collect();
                Err(Bounced::Refused(ack, told))
            }
            Err(error) => Err(Bounced::Failed(error)),
        });
        let ack = match answer {
            Ok(ack) => ack,
            Err(Bounced::Refused(ack, told)) => {
                told.into_iter().for_each(|event: Event| ctx.emit(event));
                ack
            }
            Err(Bounced::Failed(error)) => return Err(error.within("receive packet callback failed")),
        };
        write_acknowledgement(ctx, raw, &ack)?;
        Ok(MsgRecvPacketResponse { result: ResponseResultType::Success.into() })
    })
}

/// Why the writes of a receiving application are undone.
enum Bounced {
    /// It refused: this goes back, and what it said is told as not having happened.
    Refused(Vec<u8>, Vec<Event>),
    /// The packet must not be accepted.
    Failed(Error),
}

/// Whether a relayed message was news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relayed {
    /// It was.
    Now,
    /// Somebody had relayed it before.
    Before,
}

/// The part of receiving that is IBC's own: checks, and that it cannot happen twice.
pub(super) fn receive(ctx: &mut Ctx<'_>, raw: &Packet, evidence: &Evidence<'_>) -> Result<Relayed, Error> {
    receive_inner(ctx, raw, evidence).map_err(|error| error.within("receive packet verification failed"))
}

fn receive_inner(ctx: &mut Ctx<'_>, raw: &Packet, evidence: &Evidence<'_>) -> Result<Relayed, Error> {
    let (port, channel) = (raw.destination_port.as_str(), raw.destination_channel.as_str());
    let end = view::channel_end(ctx, port, channel)?.ok_or_else(|| refuse::not_found(channel))?;
    require_open(&end)?;
    from_counterparty(&end, "source", &raw.source_port, &raw.source_channel)?;
    let connection = open_connection(ctx, hop(&end))?;
    if let Some(error) = elapsed(raw, view::host_height(ctx), view::host_nanos(ctx)) {
        return Err(error.within("packet timeout elapsed"));
    }
    let path = path::commitment(&raw.source_port, &raw.source_channel, raw.sequence);
    let held = Held::Value(commit(raw));
    verify(ctx, &connection, evidence, Delay::Respected, "packet commitment", path, held)
        .map_err(|error| error.within("couldn't verify counterparty packet commitment"))?;
    if is_ordered(&end) {
        let expected = view::number(ctx, &path::next_receive(port, channel))?.ok_or_else(|| {
            refuse::receive_sequence_not_found(format!(
                "destination port: {port}, destination channel: {channel}"
            ))
        })?;
        if raw.sequence < expected {
            return Ok(Relayed::Before);
        }
        if raw.sequence != expected {
            return Err(refuse::out_of_order(format!(
                "packet sequence ≠ next receive sequence ({} ≠ {expected})",
                raw.sequence
            )));
        }
        put_number(ctx, &path::next_receive(port, channel), next(expected)?);
    } else {
        let receipt = path::receipt(port, channel, raw.sequence);
        if view::bytes(ctx, &receipt).is_some() {
            return Ok(Relayed::Before);
        }
        put(ctx, &receipt, vec![1]);
    }
    event::moved(ctx, "recv_packet", raw, &end);
    Ok(Relayed::Now)
}

fn write_acknowledgement(ctx: &mut Ctx<'_>, raw: &Packet, ack: &[u8]) -> Result<(), Error> {
    let (port, channel) = (raw.destination_port.as_str(), raw.destination_channel.as_str());
    let end = view::channel_end(ctx, port, channel)?.ok_or_else(|| refuse::not_found(channel))?;
    require_open(&end)?;
    let path = path::ack(port, channel, raw.sequence);
    if view::bytes(ctx, &path).is_some() {
        return Err(refuse::ack_exists(""));
    }
    if ack.is_empty() {
        return Err(refuse::invalid_ack("acknowledgement cannot be empty"));
    }
    put(ctx, &path, commit_ack(ack));
    event::acknowledgement(ctx, raw, &end, ack);
    Ok(())
}

/// Answers `MsgAcknowledgement`: a second delivery changes nothing and succeeds.
///
/// # Errors
/// Where the packet is not ours, out of order, or its acknowledgement is not held by its receiver, and the
/// application's.
pub fn acknowledgement(
    ctx: &mut Ctx<'_>,
    msg: MsgAcknowledgement,
) -> Result<MsgAcknowledgementResponse, Error> {
    let raw = check_message(msg.packet.as_ref(), &msg.proof_acked, "acknowledgement")?;
    if msg.acknowledgement.is_empty() {
        return Err(refuse::invalid_ack("ack bytes cannot be empty"));
    }
    let app = app(ctx, &raw.source_port)?;
    let evidence = Evidence { proof: &msg.proof_acked, height: msg.proof_height };
    ctx.atomically(|ctx| {
        let relayed = acknowledge(ctx, raw, &msg.acknowledgement, &evidence)
            .map_err(|error| error.within("acknowledge packet verification failed"))?;
        if relayed == Relayed::Before {
            return Ok(MsgAcknowledgementResponse { result: ResponseResultType::Noop.into() });
        }
        app.on_ack(ctx, &packet(raw), &msg.acknowledgement)
            .map_err(|error| error.within("acknowledge packet callback failed"))?;
        Ok(MsgAcknowledgementResponse { result: ResponseResultType::Success.into() })
    })
}

fn acknowledge(
    ctx: &mut Ctx<'_>,
    raw: &Packet,
    ack: &[u8],
    evidence: &Evidence<'_>,
) -> Result<Relayed, Error> {
    let (port, channel) = (raw.source_port.as_str(), raw.source_channel.as_str());
    let end = require(ctx, port, channel)?;
    require_open(&end)?;
    from_counterparty(&end, "destination", &raw.destination_port, &raw.destination_channel)?;
    let connection = open_connection(ctx, hop(&end))?;
    if !is_committed(ctx, raw)? {
        return Ok(Relayed::Before);
    }
    let path = path::ack(&raw.destination_port, &raw.destination_channel, raw.sequence);
    let held = Held::Value(commit_ack(ack));
    verify(ctx, &connection, evidence, Delay::Respected, "packet acknowledgement", path, held)?;
    if is_ordered(&end) {
        let expected = view::number(ctx, &path::next_ack(port, channel))?.ok_or_else(|| {
            refuse::ack_sequence_not_found(format!("source port: {port}, source channel: {channel}"))
        })?;
        if raw.sequence != expected {
            return Err(refuse::out_of_order(format!(
                "packet sequence ≠ next ack sequence ({} ≠ {expected})",
                raw.sequence
            )));
        }
        put_number(ctx, &path::next_ack(port, channel), next(expected)?);
    }
    forget_commitment(ctx, raw);
    event::acknowledged(ctx, raw, &end);
    Ok(Relayed::Now)
}

/// Whether we are still committed to a packet; a commitment to another packet of this sequence is an error.
pub(super) fn is_committed(view: &impl View, raw: &Packet) -> Result<bool, Error> {
    let path = path::commitment(&raw.source_port, &raw.source_channel, raw.sequence);
    let Some(stored) = view::bytes(view.state(), &path) else { return Ok(false) };
    let given = commit(raw);
    if *stored == *given {
        return Ok(true);
    }
    let (given, stored) = (hex::encode(given), hex::encode(&*stored));
    Err(refuse::invalid_packet(format!("commitment bytes are not equal: got ({given}), expected ({stored})")))
}

/// What was sent is settled.
pub(super) fn forget_commitment(ctx: &mut Ctx<'_>, raw: &Packet) {
    ctx.remove(&path::key(&path::commitment(&raw.source_port, &raw.source_channel, raw.sequence)));
}

/// Checks that the other end named in a packet is that of the channel.
pub(super) fn from_counterparty(end: &Channel, which: &str, port: &str, channel: &str) -> Result<(), Error> {
    let (port_there, channel_there) = counterparty(end);
    if port != port_there {
        return Err(refuse::invalid_packet(format!(
            "packet {which} port doesn't match the counterparty's port ({port} ≠ {port_there})"
        )));
    }
    if channel != channel_there {
        return Err(refuse::invalid_packet(format!(
            "packet {which} channel doesn't match the counterparty's channel ({channel} ≠ {channel_there})"
        )));
    }
    Ok(())
}

fn require_open(end: &Channel) -> Result<(), Error> {
    if is_in(end, State::Open) {
        return Ok(());
    }
    Err(refuse::invalid_state(format!("channel is not OPEN (got {})", state_name(end))))
}

/// Says how a packet's timeout is past at a height and time of its receiver; `None` where it is not.
pub(super) fn elapsed(raw: &Packet, at: IbcHeight, nanos: u64) -> Option<Error> {
    let limit = timeout_height(raw);
    if limit != (0, 0) && at >= limit {
        return Some(refuse::timeout_elapsed(format!(
            "current height: {}-{}, timeout height {}-{}",
            at.0, at.1, limit.0, limit.1
        )));
    }
    let limit = raw.timeout_timestamp;
    (limit != 0 && nanos >= limit)
        .then(|| refuse::timeout_elapsed(format!("current timestamp: {nanos}, timeout timestamp {limit}")))
}

/// The height from which a packet may not be received; (0, 0) for none.
pub(super) fn timeout_height(raw: &Packet) -> IbcHeight {
    let height = raw.timeout_height.unwrap_or_default();
    (height.revision_number, height.revision_height)
}

/// The packet of a message about it, well formed, with a proof that is not empty.
pub(crate) fn check_message<'a>(
    packet: Option<&'a Packet>,
    proof: &[u8],
    what: &str,
) -> Result<&'a Packet, Error> {
    if proof.is_empty() {
        return Err(commitment::invalid_proof(format!("cannot submit an empty {what} proof")));
    }
    let packet = packet.ok_or_else(|| refuse::invalid_packet("no packet"))?;
    check_packet(packet)?;
    Ok(packet)
}

fn check_packet(packet: &Packet) -> Result<(), Error> {
    id::port(&packet.source_port).map_err(|error| error.within("invalid source port ID"))?;
    id::port(&packet.destination_port).map_err(|error| error.within("invalid destination port ID"))?;
    id::any_channel(&packet.source_channel).map_err(|error| error.within("invalid source channel ID"))?;
    id::any_channel(&packet.destination_channel)
        .map_err(|error| error.within("invalid destination channel ID"))?;
    if packet.sequence == 0 {
        return Err(refuse::invalid_packet("packet sequence cannot be 0"));
    }
    if timeout_height(packet) == (0, 0) && packet.timeout_timestamp == 0 {
        return Err(refuse::invalid_packet(
            "packet timeout height and packet timeout timestamp cannot both be 0",
        ));
    }
    if packet.data.is_empty() {
        return Err(refuse::invalid_packet("packet data bytes cannot be empty"));
    }
    if packet.data.len() > DATA_BYTES_MAX {
        return Err(refuse::invalid_packet(format!(
            "packet data bytes cannot exceed {DATA_BYTES_MAX} bytes"
        )));
    }
    Ok(())
}
