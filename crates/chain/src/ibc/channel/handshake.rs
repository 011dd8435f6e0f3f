//! How a channel opens and closes.

use super::event;
use super::state::{
    app, connection, counterparty, ends, hop, is_in, mirror, next, open_connection, put_channel, put_number,
    require, state_name,
};
use crate::ibc::core::client::client_view;
use crate::ibc::core::verify::{Delay, Evidence, Held, verify};
use crate::ibc::error::{channel as refuse, client, connection as refuse_connection};
use crate::ibc::view::{self, View};
use crate::ibc::{id, path};
use crate::{Ctx, Error};
use ibc_proto::ibc::core::channel::v1::{
    Channel, Counterparty, MsgChannelCloseConfirm, MsgChannelCloseConfirmResponse, MsgChannelCloseInit,
    MsgChannelCloseInitResponse, MsgChannelOpenAck, MsgChannelOpenAckResponse, MsgChannelOpenConfirm,
    MsgChannelOpenConfirmResponse, MsgChannelOpenInit, MsgChannelOpenInitResponse, MsgChannelOpenTry,
    MsgChannelOpenTryResponse, Order, State,
};
use ibc_proto::ibc::core::connection::v1::ConnectionEnd;
use ics_kv::Corrupt;

/// A channel to open from this side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenChannel {
    /// Port here.
    pub port: String,
    /// Port there.
    pub counterparty_port: String,
    /// The connection to run over.
    pub connection: String,
    /// The version to propose.
    pub version: String,
    /// Whether packets keep their order.
    pub ordered: bool,
}

/// Starts a handshake; the application's callback runs within. Gives the new channel and its version.
///
/// # Errors
/// Where the connection or its client is not there or not usable, and the application's.
pub fn open_channel(ctx: &mut Ctx<'_>, wish: &OpenChannel) -> Result<(String, String), Error> {
    let app = app(ctx, &wish.port)?;
    let order = if wish.ordered { Order::Ordered } else { Order::Unordered };
    let connection = connection(ctx, &wish.connection)?;
    supports(&connection, order)?;
    active(ctx, &connection)?;
    let mut end = Channel {
        state: State::Init.into(),
        ordering: order.into(),
        counterparty: Some(Counterparty {
            port_id: wish.counterparty_port.clone(),
            channel_id: String::new(),
        }),
        connection_hops: vec![wish.connection.clone()],
        version: String::new(),
        upgrade_sequence: 0,
    };
    ctx.atomically(|ctx| {
        let channel = new_channel(ctx)?;
        let step = |error: Error| {
            let port = &wish.port;
            error.within(&format!(
                "channel open init callback failed for port ID: {port}, channel ID: {channel}"
            ))
        };
        end.version =
            app.on_open_init(ctx, &ends(&end, &wish.port, &channel), &wish.version).map_err(step)?;
        begin(ctx, &wish.port, &channel, &end);
        event::handshake(ctx, "channel_open_init", (&wish.port, &channel), &end);
        Ok((channel, end.version))
    })
}

/// Answers `MsgChannelOpenInit`.
///
/// # Errors
/// As [`open_channel`], and where the message is not well formed.
pub fn open_init(ctx: &mut Ctx<'_>, msg: MsgChannelOpenInit) -> Result<MsgChannelOpenInitResponse, Error> {
    check_open_init(&msg)?;
    let end = msg.channel.unwrap_or_default();
    let wish = OpenChannel {
        port: msg.port_id,
        counterparty_port: counterparty(&end).0.to_owned(),
        connection: hop(&end).to_owned(),
        ordered: super::state::is_ordered(&end),
        version: end.version,
    };
    let (channel_id, version) = open_channel(ctx, &wish)?;
    Ok(MsgChannelOpenInitResponse { channel_id, version })
}

/// What can be said of the message without state.
pub(crate) fn check_open_init(msg: &MsgChannelOpenInit) -> Result<(), Error> {
    id::port(&msg.port_id)?;
    let end = msg.channel.as_ref().ok_or_else(|| refuse::invalid("no channel"))?;
    if !is_in(end, State::Init) {
        let state = state_name(end);
        return Err(refuse::invalid_state(format!(
            "channel state must be INIT in MsgChannelOpenInit. expected: STATE_INIT, got: {state}"
        )));
    }
    if !counterparty(end).1.is_empty() {
        return Err(refuse::invalid_counterparty("counterparty channel identifier must be empty"));
    }
    check_end(end)
}

/// Answers `MsgChannelOpenTry`.
///
/// # Errors
/// Where the connection is not open, the other chain does not hold the channel, or the application refuses.
pub fn open_try(ctx: &mut Ctx<'_>, msg: MsgChannelOpenTry) -> Result<MsgChannelOpenTryResponse, Error> {
    check_open_try(&msg)?;
    let app = app(ctx, &msg.port_id)?;
    let mut end = msg.channel.unwrap_or_default();
    end.upgrade_sequence = 0;
    let connection = open_connection(ctx, hop(&end))?;
    supports(&connection, end.ordering())?;
    let (port_there, channel_there) = counterparty(&end);
    let theirs =
        mirror(State::Init, end.ordering, (&msg.port_id, ""), &connection, &msg.counterparty_version);
    let evidence = Evidence { proof: &msg.proof_init, height: msg.proof_height };
    let path = path::channel(port_there, channel_there);
    verify(ctx, &connection, &evidence, Delay::Skipped, "channel state", path, Held::Value(theirs))
        .map_err(|error| error.within("channel handshake open try failed"))?;
    ctx.atomically(|ctx| {
        let channel = new_channel(ctx)?;
        let step = |error: Error| {
            let port = &msg.port_id;
            error.within(&format!(
                "channel open try callback failed for port ID: {port}, channel ID: {channel}"
            ))
        };
        let ours = ends(&end, &msg.port_id, &channel);
        end.version = app.on_open_try(ctx, &ours, &msg.counterparty_version).map_err(step)?;
        end.state = State::Tryopen.into();
        begin(ctx, &msg.port_id, &channel, &end);
        event::handshake(ctx, "channel_open_try", (&msg.port_id, &channel), &end);
        Ok(MsgChannelOpenTryResponse { version: end.version, channel_id: channel })
    })
}

/// What can be said of the message without state.
pub(crate) fn check_open_try(msg: &MsgChannelOpenTry) -> Result<(), Error> {
    id::port(&msg.port_id)?;
    #[allow(deprecated)]
    if !msg.previous_channel_id.is_empty() {
        return Err(refuse::invalid_id(
            "previous channel identifier must be empty, this field has been deprecated as crossing hellos are no longer supported",
        ));
    }
    let end = msg.channel.as_ref().ok_or_else(|| refuse::invalid("no channel"))?;
    if !is_in(end, State::Tryopen) {
        let state = state_name(end);
        return Err(refuse::invalid_state(format!(
            "channel state must be TRYOPEN in MsgChannelOpenTry. expected: STATE_TRYOPEN, got: {state}"
        )));
    }
    id::any_channel(counterparty(end).1)?;
    check_end(end)
}

/// Answers `MsgChannelOpenAck`.
///
/// # Errors
/// Where the channel is missing or in another state, the other chain does not hold its end, or the application
/// refuses.
pub fn open_ack(ctx: &mut Ctx<'_>, msg: MsgChannelOpenAck) -> Result<MsgChannelOpenAckResponse, Error> {
    let (port, channel) = (msg.port_id.as_str(), msg.channel_id.as_str());
    id::port(port)?;
    id::channel(channel)?;
    id::any_channel(&msg.counterparty_channel_id)?;
    let app = app(ctx, port)?;
    let mut end = require(ctx, port, channel)?;
    if !is_in(&end, State::Init) {
        let state = state_name(&end);
        return Err(refuse::invalid_state(format!("channel state should be INIT (got {state})"))
            .within("channel handshake open ack failed"));
    }
    let connection = open_connection(ctx, hop(&end))?;
    let theirs =
        mirror(State::Tryopen, end.ordering, (port, channel), &connection, &msg.counterparty_version);
    let evidence = Evidence { proof: &msg.proof_try, height: msg.proof_height };
    let path = path::channel(counterparty(&end).0, &msg.counterparty_channel_id);
    verify(ctx, &connection, &evidence, Delay::Skipped, "channel state", path, Held::Value(theirs))
        .map_err(|error| error.within("channel handshake open ack failed"))?;
    end.state = State::Open.into();
    end.version.clone_from(&msg.counterparty_version);
    if let Some(there) = &mut end.counterparty {
        there.channel_id.clone_from(&msg.counterparty_channel_id);
    }
    ctx.atomically(|ctx| {
        put_channel(ctx, port, channel, &end);
        event::handshake(ctx, "channel_open_ack", (port, channel), &end);
        app.on_open_ack(ctx, &ends(&end, port, channel), &msg.counterparty_version).map_err(|error| {
            error.within(&format!(
                "channel open ack callback failed for port ID: {port}, channel ID: {channel}"
            ))
        })
    })?;
    Ok(MsgChannelOpenAckResponse {})
}

/// Answers `MsgChannelOpenConfirm`.
///
/// # Errors
/// As [`open_ack`].
pub fn open_confirm(
    ctx: &mut Ctx<'_>,
    msg: MsgChannelOpenConfirm,
) -> Result<MsgChannelOpenConfirmResponse, Error> {
    let (port, channel) = (msg.port_id.as_str(), msg.channel_id.as_str());
    id::port(port)?;
    id::channel(channel)?;
    let app = app(ctx, port)?;
    let mut end = require(ctx, port, channel)?;
    if !is_in(&end, State::Tryopen) {
        let state = state_name(&end);
        return Err(refuse::invalid_state(format!("channel state is not TRYOPEN (got {state})"))
            .within("channel handshake open confirm failed"));
    }
    let connection = open_connection(ctx, hop(&end))?;
    let theirs = mirror(State::Open, end.ordering, (port, channel), &connection, &end.version);
    let evidence = Evidence { proof: &msg.proof_ack, height: msg.proof_height };
    let (port_there, channel_there) = counterparty(&end);
    let path = path::channel(port_there, channel_there);
    verify(ctx, &connection, &evidence, Delay::Skipped, "channel state", path, Held::Value(theirs))
        .map_err(|error| error.within("channel handshake open confirm failed"))?;
    end.state = State::Open.into();
    ctx.atomically(|ctx| {
        put_channel(ctx, port, channel, &end);
        event::handshake(ctx, "channel_open_confirm", (port, channel), &end);
        app.on_open_confirm(ctx, &ends(&end, port, channel)).map_err(|error| {
            error.within(&format!(
                "channel open confirm callback failed for port ID: {port}, channel ID: {channel}"
            ))
        })
    })?;
    Ok(MsgChannelOpenConfirmResponse {})
}

/// Answers `MsgChannelCloseInit`: somebody asks to close, and the application may refuse.
///
/// # Errors
/// The application's, and as [`close_channel`].
pub fn close_init(ctx: &mut Ctx<'_>, msg: MsgChannelCloseInit) -> Result<MsgChannelCloseInitResponse, Error> {
    let (port, channel) = (msg.port_id.as_str(), msg.channel_id.as_str());
    id::port(port)?;
    id::channel(channel)?;
    let app = app(ctx, port)?;
    let end = require(ctx, port, channel)?;
    closable(ctx, &end)?;
    ctx.atomically(|ctx| {
        app.on_close_init(ctx, &ends(&end, port, channel)).map_err(|error| {
            error.within(&format!(
                "channel close init callback failed for port ID: {port}, channel ID: {channel}"
            ))
        })?;
        close_channel(ctx, port, channel).map_err(|error| error.within("channel handshake close init failed"))
    })?;
    Ok(MsgChannelCloseInitResponse {})
}

/// Closes a channel from this side without asking its application: the application itself decided.
///
/// # Errors
/// Where the channel is missing or closed, or its connection or client is not usable.
pub fn close_channel(ctx: &mut Ctx<'_>, port: &str, channel: &str) -> Result<(), Error> {
    let mut end = require(ctx, port, channel)?;
    let connection = closable(ctx, &end)?;
    active(ctx, &connection)?;
    end.state = State::Closed.into();
    put_channel(ctx, port, channel, &end);
    event::handshake(ctx, "channel_close_init", (port, channel), &end);
    Ok(())
}

/// Answers `MsgChannelCloseConfirm`: the other chain closed its end.
///
/// # Errors
/// As [`open_ack`].
pub fn close_confirm(
    ctx: &mut Ctx<'_>,
    msg: MsgChannelCloseConfirm,
) -> Result<MsgChannelCloseConfirmResponse, Error> {
    let (port, channel) = (msg.port_id.as_str(), msg.channel_id.as_str());
    id::port(port)?;
    id::channel(channel)?;
    let app = app(ctx, port)?;
    let mut end = require(ctx, port, channel)?;
    let connection = closable(ctx, &end)?;
    let theirs = mirror(State::Closed, end.ordering, (port, channel), &connection, &end.version);
    let evidence = Evidence { proof: &msg.proof_init, height: msg.proof_height };
    let (port_there, channel_there) = counterparty(&end);
    let path = path::channel(port_there, channel_there);
    verify(ctx, &connection, &evidence, Delay::Skipped, "channel state", path, Held::Value(theirs))
        .map_err(|error| error.within("channel handshake close confirm failed"))?;
    ctx.atomically(|ctx| {
        app.on_close_confirm(ctx, &ends(&end, port, channel)).map_err(|error| {
            error.within(&format!(
                "channel close confirm callback failed for port ID: {port}, channel ID: {channel}"
            ))
        })?;
        end.state = State::Closed.into();
        put_channel(ctx, port, channel, &end);
        event::handshake(ctx, "channel_close_confirm", (port, channel), &end);
        Ok::<(), Error>(())
    })?;
    Ok(MsgChannelCloseConfirmResponse {})
}

/// What both first messages have in common.
fn check_end(end: &Channel) -> Result<(), Error> {
    if !matches!(end.ordering(), Order::Ordered | Order::Unordered) {
        return Err(refuse::invalid_order(end.ordering().as_str_name()));
    }
    if end.connection_hops.len() != 1 {
        return Err(refuse::too_many_hops("current IBC version only supports one connection hop"));
    }
    id::connection(hop(end))?;
    id::port(counterparty(end).0)
}

/// A connection carries one negotiated version, whose features name the orders it allows.
fn supports(connection: &ConnectionEnd, order: Order) -> Result<(), Error> {
    let [version] = connection.versions.as_slice() else {
        let found = connection.versions.len();
        return Err(refuse_connection::invalid_version(format!(
            "single version must be negotiated on connection before opening channel, got: {found}"
        )));
    };
    let order = order.as_str_name();
    if version.features.iter().any(|feature| feature == order) {
        return Ok(());
    }
    let version = &version.identifier;
    Err(refuse_connection::invalid_version(format!(
        "connection version {version} does not support channel ordering: {order}"
    )))
}

fn active(view: &impl View, connection: &ConnectionEnd) -> Result<(), Error> {
    let id = &connection.client_id;
    let known = client_view(view, id)?.ok_or_else(|| client::not_found(id))?;
    if known.active {
        return Ok(());
    }
    let status = known.status.as_str();
    Err(client::not_active(format!("client ({id}) status is {status}")))
}

fn closable(view: &impl View, end: &Channel) -> Result<ConnectionEnd, Error> {
    if is_in(end, State::Closed) {
        return Err(refuse::invalid_state("channel is already CLOSED"));
    }
    open_connection(view, hop(end))
}

/// The name of a new channel, which no other will have.
fn new_channel(ctx: &mut Ctx<'_>) -> Result<String, Error> {
    let path = path::NEXT_CHANNEL;
    let number = view::number(ctx, path)?.ok_or_else(|| Corrupt { key: path::key(path) })?;
    put_number(ctx, path, next(number)?);
    Ok(format!("channel-{number}"))
}

fn begin(ctx: &mut Ctx<'_>, port: &str, channel: &str, end: &Channel) {
    put_channel(ctx, port, channel, end);
    for path in [path::next_send, path::next_receive, path::next_ack] {
        put_number(ctx, &path(port, channel), 1);
    }
}
