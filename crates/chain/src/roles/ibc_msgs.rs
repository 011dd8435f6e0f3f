//! IBC's messages as routes. Whoever relays signs, and anybody may relay.

use crate::ibc::channel::{handshake, packet, timeout};
use crate::ibc::core::{client, connection};
use crate::tx::MsgRoute;
use crate::tx::route::account;
use crate::{ChainConfig, Error, msg_route};
use ibc_proto::ibc::core::channel::v1 as ch;
use ibc_proto::ibc::core::client::v1 as cl;
use ibc_proto::ibc::core::connection::v1 as co;
use ics_abci::AccAddr;

trait Signed {
    fn signer(&self) -> &str;
}

macro_rules! signed {
    ($($message:ty),* $(,)?) => {$(
        impl Signed for $message {
            fn signer(&self) -> &str {
                &self.signer
            }
        }
    )*};
}
signed!(
    cl::MsgCreateClient,
    cl::MsgUpdateClient,
    cl::MsgSubmitMisbehaviour,
    co::MsgConnectionOpenInit,
    co::MsgConnectionOpenTry,
    co::MsgConnectionOpenAck,
    co::MsgConnectionOpenConfirm,
    ch::MsgChannelOpenInit,
    ch::MsgChannelOpenTry,
    ch::MsgChannelOpenAck,
    ch::MsgChannelOpenConfirm,
    ch::MsgChannelCloseInit,
    ch::MsgChannelCloseConfirm,
    ch::MsgRecvPacket,
    ch::MsgAcknowledgement,
    ch::MsgTimeout,
    ch::MsgTimeoutOnClose,
);

fn check<M: Signed>(chain: &ChainConfig, message: &M) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![account(chain, "signer", message.signer())?])
}

/// Clients, connections, channels, packets.
pub(super) const IBC_MSGS: &[MsgRoute] = &[
    msg_route!("/ibc.core.client.v1.MsgCreateClient", check::<cl::MsgCreateClient>, client::create_client),
    msg_route!("/ibc.core.client.v1.MsgUpdateClient", check::<cl::MsgUpdateClient>, client::update_client),
    msg_route!(
        "/ibc.core.client.v1.MsgSubmitMisbehaviour",
        check::<cl::MsgSubmitMisbehaviour>,
        client::submit_misbehaviour
    ),
    msg_route!(
        "/ibc.core.connection.v1.MsgConnectionOpenInit",
        check::<co::MsgConnectionOpenInit>,
        connection::open_init
    ),
    msg_route!(
        "/ibc.core.connection.v1.MsgConnectionOpenTry",
        check::<co::MsgConnectionOpenTry>,
        connection::open_try
    ),
    msg_route!(
        "/ibc.core.connection.v1.MsgConnectionOpenAck",
        check::<co::MsgConnectionOpenAck>,
        connection::open_ack
    ),
    msg_route!(
        "/ibc.core.connection.v1.MsgConnectionOpenConfirm",
        check::<co::MsgConnectionOpenConfirm>,
        connection::open_confirm
    ),
    msg_route!(
        "/ibc.core.channel.v1.MsgChannelOpenInit",
        check::<ch::MsgChannelOpenInit>,
        handshake::open_init
    ),
    msg_route!("/ibc.core.channel.v1.MsgChannelOpenTry", check::<ch::MsgChannelOpenTry>, handshake::open_try),
    msg_route!("/ibc.core.channel.v1.MsgChannelOpenAck", check::<ch::MsgChannelOpenAck>, handshake::open_ack),
    msg_route!(
        "/ibc.core.channel.v1.MsgChannelOpenConfirm",
        check::<ch::MsgChannelOpenConfirm>,
        handshake::open_confirm
    ),
    msg_route!(
        "/ibc.core.channel.v1.MsgChannelCloseInit",
        check::<ch::MsgChannelCloseInit>,
        handshake::close_init
    ),
    msg_route!(
        "/ibc.core.channel.v1.MsgChannelCloseConfirm",
        check::<ch::MsgChannelCloseConfirm>,
        handshake::close_confirm
    ),
    msg_route!("/ibc.core.channel.v1.MsgRecvPacket", check::<ch::MsgRecvPacket>, packet::recv_packet),
    msg_route!(
        "/ibc.core.channel.v1.MsgAcknowledgement",
        check::<ch::MsgAcknowledgement>,
        packet::acknowledgement
    ),
    msg_route!("/ibc.core.channel.v1.MsgTimeout", check::<ch::MsgTimeout>, timeout::timeout),
    msg_route!(
        "/ibc.core.channel.v1.MsgTimeoutOnClose",
        check::<ch::MsgTimeoutOnClose>,
        timeout::timeout_on_close
    ),
];
