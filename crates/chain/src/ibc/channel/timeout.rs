//! Packets that were never received: what their sender does then.
//!
//! On an ORDERED channel the proof is of the *receiver's* next sequence, whichever packet it is about, and the first
//! timeout closes the channel; the packets behind it can be timed out all the same. Source: ICS-04; ibc-go
//! `04-channel/keeper/timeout.go`.

use super::event;
use super::packet::{
    Relayed, check_message, elapsed, forget_commitment, from_counterparty, is_committed, timeout_height,
};
use super::state::{
    app, connection, counterparty, hop, is_in, is_ordered, mirror, packet, put_channel, require,
};
use crate::ibc::core::verify::{Delay, Evidence, Held, nanos_at, verify};
use crate::ibc::error::{channel as refuse, commitment, general};
use crate::ibc::path;
use crate::ibc::view::IbcHeight;
use crate::{Ctx, Error};
use ibc_proto::ibc::core::channel::v1::{
    Channel, MsgTimeout, MsgTimeoutOnClose, MsgTimeoutOnCloseResponse, MsgTimeoutResponse, Packet,
    ResponseResultType, State,
};
use ibc_proto::ibc::core::connection::v1::ConnectionEnd;

/// Answers `MsgTimeout`: a second delivery changes nothing and succeeds.
///
/// # Errors
/// Where the packet is not ours, was received, or may still be received, and the application's.
pub fn timeout(ctx: &mut Ctx<'_>, msg: MsgTimeout) -> Result<MsgTimeoutResponse, Error> {
    let raw = check_message(msg.packet.as_ref(), &msg.proof_unreceived, "unreceived")?;
    check_next(msg.next_sequence_recv)?;
    let unreceived = Evidence { proof: &msg.proof_unreceived, height: msg.proof_height };
    let result = settle(ctx, raw, "timeout packet", |ctx, end, connection| {
        let at = unreceived.height();
        let there = nanos_at(ctx, &connection.client_id, at)?;
        if elapsed(raw, at, there).is_none() {
            return Err(not_reached(raw, at, there).within("packet timeout not reached"));
        }
        if !is_committed(ctx, raw)? {
            return Ok(Relayed::Before);
        }
        never_received(ctx, raw, end, connection, &unreceived, msg.next_sequence_recv)?;
        Ok(Relayed::Now)
    })?;
    Ok(MsgTimeoutResponse { result: result.into() })
}

/// Answers `MsgTimeoutOnClose`: the other end closed, so a packet that it did not receive never will be.
///
/// # Errors
/// As [`timeout`], and where the other end is not proved to be closed.
pub fn timeout_on_close(
    ctx: &mut Ctx<'_>,
    msg: MsgTimeoutOnClose,
) -> Result<MsgTimeoutOnCloseResponse, Error> {
    let raw = check_message(msg.packet.as_ref(), &msg.proof_unreceived, "unreceived")?;
    check_next(msg.next_sequence_recv)?;
    if msg.proof_close.is_empty() {
        return Err(commitment::invalid_proof(
            "cannot submit an empty proof of closed counterparty channel end",
        ));
    }
    let unreceived = Evidence { proof: &msg.proof_unreceived, height: msg.proof_height };
    let closed = Evidence { proof: &msg.proof_close, height: msg.proof_height };
    let result = settle(ctx, raw, "timeout on close packet", |ctx, end, connection| {
        if !is_committed(ctx, raw)? {
            return Ok(Relayed::Before);
        }
        let ours = (raw.source_port.as_str(), raw.source_channel.as_str());
        let theirs = mirror(State::Closed, end.ordering, ours, connection, &end.version);
        let (port_there, channel_there) = counterparty(end);
        let path = path::channel(port_there, channel_there);
        verify(ctx, connection, &closed, Delay::Skipped, "channel state", path, Held::Value(theirs))?;
        never_received(ctx, raw, end, connection, &unreceived, msg.next_sequence_recv)?;
        Ok(Relayed::Now)
    })?;
    Ok(MsgTimeoutOnCloseResponse { result: result.into() })
}

/// What both have in common: `proved` decides, then the commitment goes, an ORDERED channel closes, and the
/// application hears of it.
fn settle(
    ctx: &mut Ctx<'_>,
    raw: &Packet,
    step: &str,
    proved: impl FnOnce(&Ctx<'_>, &Channel, &ConnectionEnd) -> Result<Relayed, Error>,
) -> Result<ResponseResultType, Error> {
    let app = app(ctx, &raw.source_port)?;
    let (port, channel) = (raw.source_port.as_str(), raw.source_channel.as_str());
    let verified = |error: Error| error.within(&format!("{step} verification failed"));
    let mut end = require(ctx, port, channel).map_err(verified)?;
    let relayed = from_counterparty(&end, "destination", &raw.destination_port, &raw.destination_channel)
        .and_then(|()| proved(ctx, &end, &connection(ctx, hop(&end))?));
    if relayed.map_err(verified)? == Relayed::Before {
        return Ok(ResponseResultType::Noop);
    }
    ctx.atomically(|ctx| {
        forget_commitment(ctx, raw);
        if is_ordered(&end) && !is_in(&end, State::Closed) {
            end.state = State::Closed.into();
            put_channel(ctx, port, channel, &end);
            event::closed(ctx, raw, &end);
        }
        event::timed_out(ctx, raw, &end);
        app.on_timeout(ctx, &packet(raw)).map_err(|error| error.within(&format!("{step} callback failed")))
    })?;
    Ok(ResponseResultType::Success)
}

/// Verifies that the other end has not received the packet: by its next sequence, or by the absence of a receipt.
fn never_received(
    ctx: &Ctx<'_>,
    raw: &Packet,
    end: &Channel,
    connection: &ConnectionEnd,
    evidence: &Evidence<'_>,
    next_sequence_recv: u64,
) -> Result<(), Error> {
    let (port, channel) = (raw.destination_port.as_str(), raw.destination_channel.as_str());
    if !is_ordered(end) {
        let path = path::receipt(port, channel, raw.sequence);
        let what = "packet receipt absence";
        return verify(ctx, connection, evidence, Delay::Respected, what, path, Held::Nothing);
    }
    if next_sequence_recv > raw.sequence {
        return Err(refuse::received(format!(
            "packet already received, next sequence receive > packet sequence ({next_sequence_recv} > {})",
            raw.sequence
        )));
    }
    let (path, held) = (path::next_receive(port, channel), next_sequence_recv.to_be_bytes().to_vec());
    let what = "next sequence receive";
    verify(ctx, connection, evidence, Delay::Respected, what, path, Held::Value(held))
}

fn not_reached(raw: &Packet, at: IbcHeight, nanos: u64) -> Error {
    let limit = timeout_height(raw);
    if limit != (0, 0) && at < limit {
        return refuse::timeout_not_reached(format!(
            "current height: {}-{}, timeout height {}-{}",
            at.0, at.1, limit.0, limit.1
        ));
    }
    let limit = raw.timeout_timestamp;
    refuse::timeout_not_reached(format!("current timestamp: {nanos}, timeout timestamp {limit}"))
}

/// Sequences count from 1.
pub(crate) fn check_next(next_sequence_recv: u64) -> Result<(), Error> {
    if next_sequence_recv == 0 {
        return Err(general::invalid_sequence("next sequence receive cannot be 0"));
    }
    Ok(())
}
