//! Connections: two chains that know each other through clients. Source: ICS-03, ibc-go `03-connection`.

use super::IbcCtx;
use super::client::client_view;
use super::refusal::of_connection;
use crate::ibc::error::{client, connection};
use crate::ibc::id;
use crate::ibc::view::{self, View};
use crate::{Ctx, Error};
use ibc::core::connection::handler::{conn_open_ack, conn_open_confirm, conn_open_init, conn_open_try};
use ibc::core::connection::types::error::ConnectionError;
use ibc::core::connection::types::msgs;
use ibc_proto::ibc::core::connection::v1::{
    ConnectionEnd, MsgConnectionOpenAck, MsgConnectionOpenAckResponse, MsgConnectionOpenConfirm,
    MsgConnectionOpenConfirmResponse, MsgConnectionOpenInit, MsgConnectionOpenInitResponse,
    MsgConnectionOpenTry, MsgConnectionOpenTryResponse, State,
};
use ics_kv::{Corrupt, Read};

/// A connection, as others ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionView {
    /// Its client here.
    pub client_id: String,
    /// Its client there.
    pub counterparty_client_id: String,
    /// The other chain's end, once known.
    pub counterparty_connection_id: Option<String>,
    /// Whether both ends agreed.
    pub open: bool,
}

/// A connection, if there is one of this name.
///
/// # Errors
/// [`Corrupt`] if it does not decode.
pub fn connection_view(state: &(impl Read + ?Sized), id: &str) -> Result<Option<ConnectionView>, Corrupt> {
    let Some(end) = view::connection_end(state, id)? else { return Ok(None) };
    let open = is_open(&end);
    let counterparty = end.counterparty.unwrap_or_default();
    Ok(Some(ConnectionView {
        client_id: end.client_id,
        counterparty_client_id: counterparty.client_id,
        counterparty_connection_id: Some(counterparty.connection_id).filter(|id| !id.is_empty()),
        open,
    }))
}

/// Whether both ends of a connection agreed.
pub(crate) fn is_open(end: &ConnectionEnd) -> bool {
    end.state == i32::from(State::Open)
}

/// Answers `MsgConnectionOpenInit`.
///
/// # Errors
/// Where the client is missing or not active, or a version is not known.
pub fn open_init(
    ctx: &mut Ctx<'_>,
    msg: MsgConnectionOpenInit,
) -> Result<MsgConnectionOpenInitResponse, Error> {
    usable(ctx, &msg.client_id)?;
    let msg = msgs::MsgConnectionOpenInit::try_from(msg).map_err(connection::invalid)?;
    ctx.atomically(|ctx| {
        let mut host = IbcCtx::new(&mut *ctx);
        let done = conn_open_init::validate(&host, msg.clone())
            .and_then(|()| conn_open_init::execute(&mut host, msg));
        host.settle(done.map_err(of_connection))
    })?;
    Ok(MsgConnectionOpenInitResponse {})
}

/// Answers `MsgConnectionOpenTry`.
///
/// # Errors
/// Where the client is missing or not active, no version fits, or a proof does not verify.
pub fn open_try(ctx: &mut Ctx<'_>, msg: MsgConnectionOpenTry) -> Result<MsgConnectionOpenTryResponse, Error> {
    usable(ctx, &msg.client_id)?;
    let msg = msgs::MsgConnectionOpenTry::try_from(msg).map_err(connection::invalid)?;
    ctx.atomically(|ctx| {
        let mut host = IbcCtx::new(&mut *ctx);
        let done =
            conn_open_try::validate(&host, msg.clone()).and_then(|()| conn_open_try::execute(&mut host, msg));
        host.settle(done.map_err(of_connection))
    })?;
    Ok(MsgConnectionOpenTryResponse {})
}

/// Answers `MsgConnectionOpenAck`.
///
/// # Errors
/// Where the connection is missing or in another state, its client is not active, or a proof does not verify.
pub fn open_ack(ctx: &mut Ctx<'_>, msg: MsgConnectionOpenAck) -> Result<MsgConnectionOpenAckResponse, Error> {
    known(ctx, &msg.connection_id)?;
    let msg = msgs::MsgConnectionOpenAck::try_from(msg).map_err(connection::invalid)?;
    ctx.atomically(|ctx| {
        let mut host = IbcCtx::new(&mut *ctx);
        let done =
            conn_open_ack::validate(&host, msg.clone()).and_then(|()| conn_open_ack::execute(&mut host, msg));
        host.settle(done.map_err(of_connection))
    })?;
    Ok(MsgConnectionOpenAckResponse {})
}

/// Answers `MsgConnectionOpenConfirm`.
///
/// # Errors
/// Where the connection is missing or in another state, its client is not active, or the proof does not verify.
pub fn open_confirm(
    ctx: &mut Ctx<'_>,
    msg: MsgConnectionOpenConfirm,
) -> Result<MsgConnectionOpenConfirmResponse, Error> {
    known(ctx, &msg.connection_id)?;
    let msg = msgs::MsgConnectionOpenConfirm::try_from(msg).map_err(connection::invalid)?;
    ctx.atomically(|ctx| {
        let mut host = IbcCtx::new(&mut *ctx);
        let done: Result<(), ConnectionError> = conn_open_confirm::validate(&host, &msg)
            .and_then(|()| conn_open_confirm::execute(&mut host, &msg));
        host.settle(done.map_err(of_connection))
    })?;
    Ok(MsgConnectionOpenConfirmResponse {})
}

fn usable(view: &impl View, client_id: &str) -> Result<(), Error> {
    id::client(client_id)?;
    match client_view(view, client_id)? {
        None => Err(client::not_found(client_id)),
        Some(known) if !known.active => {
            let status = known.status.as_str();
            Err(client::not_active(format!("client ({client_id}) status is {status}")))
        }
        Some(_) => Ok(()),
    }
}

fn known(view: &impl View, connection_id: &str) -> Result<(), Error> {
    id::connection(connection_id)?;
    match view::connection_end(view.state(), connection_id)? {
        None => Err(connection::not_found(connection_id)),
        Some(end) => usable(view, &end.client_id),
    }
}
