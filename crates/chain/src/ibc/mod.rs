//! IBC: clients and connections from ibc-rs, channels and packets our own, transfer on top.

pub mod channel;
pub mod core;
pub(crate) mod error;
mod id;
pub(crate) mod path;
pub mod port;
pub mod query;
pub mod transfer;
mod view;

pub use path::STORE;
pub use port::{Ack, ChannelEnds, Packet, Port, Ports};
pub use query::IBC_QUERIES;
pub use view::{IbcHeight, View, revision};
