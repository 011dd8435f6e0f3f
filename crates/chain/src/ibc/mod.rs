//! IBC: clients and connections from ibc-rs, channels and packets our own, transfer on top.
//!
//! Absent here: ibc-rs' router and channel handlers (why: ARCHITECTURE.md), and every application but transfer.

pub mod channel;
pub mod core;
pub(crate) mod error;
pub mod genesis;
mod id;
mod msg;
pub mod params;
pub(crate) mod path;
pub mod port;
pub mod query;
pub mod transfer;
pub(crate) mod view;

pub use channel::{
    ChannelView, OpenChannel, SendError, channel_view, close_channel, open_channel, redundant, send_packet,
};
pub use core::client::{ClientStatus, ClientView, client_view, create_client_from_states};
pub use core::connection::{ConnectionView, connection_view};
pub use core::init_genesis;
pub use msg::MSGS;
pub use path::STORE;
pub use port::{Ack, ChannelEnds, Packet, Port, Ports};
pub use query::IBC_QUERIES;
pub use view::{IbcHeight, View, revision};
