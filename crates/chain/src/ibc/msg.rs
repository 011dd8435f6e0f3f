//! The messages of IBC's core, one row each: how each is checked without state, who signs it, who answers it.

use super::channel::{handshake, packet, timeout};
use super::core::{client, connection};
use super::error::{channel as refuse, client as refuse_client, commitment, connection as refuse_connection};
use super::{id, params};
use crate::route::MsgRoute;
use crate::{ChainConfig, Error, msg_route};
use ibc_proto::ibc::core::channel::v1 as chan;
use ibc_proto::ibc::core::client::v1 as cli;
use ibc_proto::ibc::core::connection::v1 as conn;
use ics_abci::AccAddr;

/// The rows.
pub const MSGS: &[MsgRoute] = &[
    msg_route!("/ibc.core.client.v1.MsgCreateClient", create_client, client::create_client),
    msg_route!("/ibc.core.client.v1.MsgUpdateClient", update_client, client::update_client),
    msg_route!("/ibc.core.client.v1.MsgSubmitMisbehaviour", misbehaviour, client::submit_misbehaviour),
    msg_route!("/ibc.core.client.v1.MsgUpdateParams", params::check_clients, params::update_clients),
    msg_route!(
        "/ibc.core.connection.v1.MsgUpdateParams",
        params::check_connections,
        params::update_connections
    ),
    msg_route!("/ibc.core.connection.v1.MsgConnectionOpenInit", connection_init, connection::open_init),
    msg_route!("/ibc.core.connection.v1.MsgConnectionOpenTry", connection_try, connection::open_try),
    msg_route!("/ibc.core.connection.v1.MsgConnectionOpenAck", connection_ack, connection::open_ack),
    msg_route!(
        "/ibc.core.connection.v1.MsgConnectionOpenConfirm",
        connection_confirm,
        connection::open_confirm
    ),
    msg_route!("/ibc.core.channel.v1.MsgChannelOpenInit", channel_init, handshake::open_init),
    msg_route!("/ibc.core.channel.v1.MsgChannelOpenTry", channel_try, handshake::open_try),
    msg_route!("/ibc.core.channel.v1.MsgChannelOpenAck", channel_ack, handshake::open_ack),
    msg_route!("/ibc.core.channel.v1.MsgChannelOpenConfirm", channel_confirm, handshake::open_confirm),
    msg_route!("/ibc.core.channel.v1.MsgChannelCloseInit", close_init, handshake::close_init),
    msg_route!("/ibc.core.channel.v1.MsgChannelCloseConfirm", close_confirm, handshake::close_confirm),
    msg_route!("/ibc.core.channel.v1.MsgRecvPacket", receive, packet::recv_packet),
    msg_route!("/ibc.core.channel.v1.MsgAcknowledgement", acknowledge, packet::acknowledgement),
    msg_route!("/ibc.core.channel.v1.MsgTimeout", time_out, timeout::timeout),
    msg_route!("/ibc.core.channel.v1.MsgTimeoutOnClose", time_out_on_close, timeout::timeout_on_close),
];

type Signers = Result<Vec<AccAddr>, Error>;

fn signer(chain: &ChainConfig, text: &str) -> Signers {
    Ok(vec![crate::route::account(chain, "signer", text)?])
}

fn proof(bytes: &[u8], what: &str) -> Result<(), Error> {
    if bytes.is_empty() {
        return Err(commitment::invalid_proof(format!("cannot submit an empty {what} proof")));
    }
    Ok(())
}

fn create_client(chain: &ChainConfig, msg: &cli::MsgCreateClient) -> Signers {
    if msg.client_state.is_none() {
        return Err(refuse_client::invalid("no client state"));
    }
    if msg.consensus_state.is_none() {
        return Err(refuse_client::invalid_consensus("no consensus state"));
    }
    signer(chain, &msg.signer)
}

fn update_client(chain: &ChainConfig, msg: &cli::MsgUpdateClient) -> Signers {
    id::client(&msg.client_id)?;
    signer(chain, &msg.signer)
}

fn misbehaviour(chain: &ChainConfig, msg: &cli::MsgSubmitMisbehaviour) -> Signers {
    id::client(&msg.client_id)?;
    signer(chain, &msg.signer)
}

fn connection_init(chain: &ChainConfig, msg: &conn::MsgConnectionOpenInit) -> Signers {
    id::client(&msg.client_id)?;
    let there = msg.counterparty.as_ref();
    if there.is_some_and(|there| !there.connection_id.is_empty()) {
        return Err(refuse_connection::invalid_counterparty(
            "counterparty connection identifier must be empty",
        ));
    }
    signer(chain, &msg.signer)
}

fn connection_try(chain: &ChainConfig, msg: &conn::MsgConnectionOpenTry) -> Signers {
    id::client(&msg.client_id)?;
    proof(&msg.proof_init, "init")?;
    signer(chain, &msg.signer)
}

fn connection_ack(chain: &ChainConfig, msg: &conn::MsgConnectionOpenAck) -> Signers {
    id::connection(&msg.connection_id)?;
    proof(&msg.proof_try, "try")?;
    signer(chain, &msg.signer)
}

fn connection_confirm(chain: &ChainConfig, msg: &conn::MsgConnectionOpenConfirm) -> Signers {
    id::connection(&msg.connection_id)?;
    proof(&msg.proof_ack, "ack")?;
    signer(chain, &msg.signer)
}

fn channel_init(chain: &ChainConfig, msg: &chan::MsgChannelOpenInit) -> Signers {
    handshake::check_open_init(msg)?;
    signer(chain, &msg.signer)
}

fn channel_try(chain: &ChainConfig, msg: &chan::MsgChannelOpenTry) -> Signers {
    handshake::check_open_try(msg)?;
    proof(&msg.proof_init, "init")?;
    signer(chain, &msg.signer)
}

fn ours(port: &str, channel: &str) -> Result<(), Error> {
    id::port(port)?;
    id::channel(channel)
}

fn channel_ack(chain: &ChainConfig, msg: &chan::MsgChannelOpenAck) -> Signers {
    ours(&msg.port_id, &msg.channel_id)?;
    id::any_channel(&msg.counterparty_channel_id)?;
    proof(&msg.proof_try, "try")?;
    signer(chain, &msg.signer)
}

fn channel_confirm(chain: &ChainConfig, msg: &chan::MsgChannelOpenConfirm) -> Signers {
    ours(&msg.port_id, &msg.channel_id)?;
    proof(&msg.proof_ack, "acknowledgement")?;
    signer(chain, &msg.signer)
}

fn close_init(chain: &ChainConfig, msg: &chan::MsgChannelCloseInit) -> Signers {
    ours(&msg.port_id, &msg.channel_id)?;
    signer(chain, &msg.signer)
}

fn close_confirm(chain: &ChainConfig, msg: &chan::MsgChannelCloseConfirm) -> Signers {
    ours(&msg.port_id, &msg.channel_id)?;
    proof(&msg.proof_init, "init")?;
    signer(chain, &msg.signer)
}

fn receive(chain: &ChainConfig, msg: &chan::MsgRecvPacket) -> Signers {
    packet::check_message(msg.packet.as_ref(), &msg.proof_commitment, "commitment")?;
    signer(chain, &msg.signer)
}

fn acknowledge(chain: &ChainConfig, msg: &chan::MsgAcknowledgement) -> Signers {
    packet::check_message(msg.packet.as_ref(), &msg.proof_acked, "acknowledgement")?;
    if msg.acknowledgement.is_empty() {
        return Err(refuse::invalid_ack("ack bytes cannot be empty"));
    }
    signer(chain, &msg.signer)
}

fn time_out(chain: &ChainConfig, msg: &chan::MsgTimeout) -> Signers {
    packet::check_message(msg.packet.as_ref(), &msg.proof_unreceived, "unreceived")?;
    timeout::check_next(msg.next_sequence_recv)?;
    signer(chain, &msg.signer)
}

fn time_out_on_close(chain: &ChainConfig, msg: &chan::MsgTimeoutOnClose) -> Signers {
    packet::check_message(msg.packet.as_ref(), &msg.proof_unreceived, "unreceived")?;
    timeout::check_next(msg.next_sequence_recv)?;
    proof(&msg.proof_close, "proof of closed counterparty channel end")?;
    signer(chain, &msg.signer)
}
