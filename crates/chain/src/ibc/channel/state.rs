//! What a channel is and where its parts lie.

use crate::ibc::error::{channel as refuse, connection as refuse_connection, port as refuse_port};
use crate::ibc::view::{self, View};
use crate::ibc::{ChannelEnds, Packet, Port, path};
use crate::{Ctx, Error};
use ibc_proto::ibc::core::channel::v1::{Channel, Counterparty, Order, Packet as RawPacket, State};
use ibc_proto::ibc::core::connection::v1::ConnectionEnd;
use ics_abci::Time;
use ics_kv::{Bytes, Corrupt, Read, Write};
use prost::Message;
use sha2::{Digest, Sha256};

/// How far a channel end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelState {
    /// Begun here.
    Init,
    /// Begun there, answered here.
    TryOpen,
    /// In use.
    Open,
    /// For good.
    Closed,
}

/// A channel end, as others ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelView {
    /// How far it has come.
    pub state: ChannelState,
    /// Whether packets keep their order.
    pub ordered: bool,
    /// Connections that it runs over: one.
    pub hops: Vec<String>,
    /// Port there.
    pub counterparty_port: String,
    /// Channel there; "" while unknown.
    pub counterparty_channel: String,
    /// What the applications agreed on.
    pub version: String,
}

/// A channel end, if there is one of these names.
///
/// # Errors
/// [`Corrupt`] if it does not decode.
pub fn channel_view(
    state: &(impl Read + ?Sized),
    port: &str,
    channel: &str,
) -> Result<Option<ChannelView>, Corrupt> {
    let Some(end) = view::channel_end(state, port, channel)? else { return Ok(None) };
    let corrupt = || Corrupt { key: path::key(&path::channel(port, channel)) };
    let state = match end.state() {
        State::Init => ChannelState::Init,
        State::Tryopen => ChannelState::TryOpen,
        State::Open => ChannelState::Open,
        State::Closed => ChannelState::Closed,
        State::UninitializedUnspecified | State::Flushing | State::Flushcomplete => return Err(corrupt()),
    };
    let ordered = is_ordered(&end);
    let counterparty = end.counterparty.unwrap_or_default();
    Ok(Some(ChannelView {
        state,
        ordered,
        hops: end.connection_hops,
        counterparty_port: counterparty.port_id,
        counterparty_channel: counterparty.channel_id,
        version: end.version,
    }))
}

/// Whether packets keep their order.
pub(super) fn is_ordered(end: &Channel) -> bool {
    end.ordering == i32::from(Order::Ordered)
}

/// Whether a channel end is in a state.
pub(super) fn is_in(end: &Channel, state: State) -> bool {
    end.state == i32::from(state)
}

/// The name of a channel end's state, as ibc-go prints it.
pub(super) fn state_name(end: &Channel) -> &'static str {
    end.state().as_str_name()
}

/// Port and channel of the other end; the channel is "" while unknown.
pub(super) fn counterparty(end: &Channel) -> (&str, &str) {
    end.counterparty.as_ref().map_or(("", ""), |there| (&there.port_id, &there.channel_id))
}

/// The first and only connection.
pub(super) fn hop(end: &Channel) -> &str {
    end.connection_hops.first().map_or("", String::as_str)
}

/// The channel of a message.
///
/// # Errors
/// `channel/3`.
pub(super) fn require(view: &(impl View + ?Sized), port: &str, channel: &str) -> Result<Channel, Error> {
    view::channel_end(view.state(), port, channel)?
        .ok_or_else(|| refuse::not_found(format!("port ID ({port}) channel ID ({channel})")))
}

/// The connection under a channel.
///
/// # Errors
/// `connection/3`.
pub(super) fn connection(view: &(impl View + ?Sized), hop: &str) -> Result<ConnectionEnd, Error> {
    view::connection_end(view.state(), hop)?.ok_or_else(|| refuse_connection::not_found(hop))
}

/// The connection under a channel, which must be open.
///
/// # Errors
/// `connection/3`, `connection/6`.
pub(super) fn open_connection(view: &(impl View + ?Sized), hop: &str) -> Result<ConnectionEnd, Error> {
    let end = connection(view, hop)?;
    if crate::ibc::core::connection::is_open(&end) {
        return Ok(end);
    }
    let state = end.state().as_str_name();
    Err(refuse_connection::invalid_state(format!("connection state is not OPEN (got {state})")))
}

/// The application behind a port.
///
/// # Errors
/// `port/5`.
pub(super) fn app(ctx: &Ctx<'_>, port: &str) -> Result<&'static dyn Port, Error> {
    ctx.chain
        .ports
        .get(port)
        .ok_or_else(|| refuse_port::no_route(format!("route not found to portID: {port}")))
}

/// A channel end as its application sees it.
pub(super) fn ends(end: &Channel, port: &str, channel: &str) -> ChannelEnds {
    let (counterparty_port, counterparty_channel) = counterparty(end);
    ChannelEnds {
        ordered: is_ordered(end),
        hops: end.connection_hops.clone(),
        port: port.to_owned(),
        channel: channel.to_owned(),
        counterparty_port: counterparty_port.to_owned(),
        counterparty_channel: counterparty_channel.to_owned(),
    }
}

/// What the other chain must hold of a channel whose end here has these names.
pub(super) fn mirror(
    state: State,
    ordering: i32,
    (port, channel): (&str, &str),
    connection: &ConnectionEnd,
    version: &str,
) -> Vec<u8> {
    let theirs = connection.counterparty.as_ref().map_or("", |there| there.connection_id.as_str());
    let end = Channel {
        state: state.into(),
        ordering,
        counterparty: Some(Counterparty { port_id: port.to_owned(), channel_id: channel.to_owned() }),
        connection_hops: vec![theirs.to_owned()],
        version: version.to_owned(),
        upgrade_sequence: 0,
    };
    end.encode_to_vec()
}

/// Stores bytes at a path.
pub(super) fn put(ctx: &mut Ctx<'_>, path: &str, value: Vec<u8>) {
    ctx.set(&path::key(path), Bytes::from(value));
}

/// Stores a number at a path, eight bytes big-endian.
pub(super) fn put_number(ctx: &mut Ctx<'_>, path: &str, number: u64) {
    put(ctx, path, number.to_be_bytes().to_vec());
}

/// Stores a channel end.
pub(super) fn put_channel(ctx: &mut Ctx<'_>, port: &str, channel: &str, end: &Channel) {
    put(ctx, &path::channel(port, channel), end.encode_to_vec());
}

/// The number after `number`.
///
/// # Errors
/// `channel/13` where there is none.
pub(super) fn next(number: u64) -> Result<u64, Error> {
    number.checked_add(1).ok_or_else(|| refuse::invalid_packet("no sequence is left"))
}

/// What a sender commits to: timeout and hash of the data.
pub(super) fn commit(packet: &RawPacket) -> Vec<u8> {
    let height = packet.timeout_height.unwrap_or_default();
    let mut hash = Sha256::new();
    hash.update(packet.timeout_timestamp.to_be_bytes());
    hash.update(height.revision_number.to_be_bytes());
    hash.update(height.revision_height.to_be_bytes());
    hash.update(Sha256::digest(&packet.data));
    hash.finalize().to_vec()
}

/// What a receiver commits to.
pub(super) fn commit_ack(ack: &[u8]) -> Vec<u8> {
    Sha256::digest(ack).to_vec()
}

/// A packet as applications see it.
pub(super) fn packet(raw: &RawPacket) -> Packet {
    let height = raw.timeout_height.unwrap_or_default();
    let timeout = match raw.timeout_timestamp {
        0 => None,
        // 64 bits of nanoseconds end in the year 2554.
        nanos => Time::from_unix_nanos(i128::from(nanos)).ok(),
    };
    Packet {
        sequence: raw.sequence,
        source: (raw.source_port.clone(), raw.source_channel.clone()),
        destination: (raw.destination_port.clone(), raw.destination_channel.clone()),
        data: raw.data.clone(),
        timeout_height: (height.revision_number, height.revision_height),
        timeout,
    }
}
