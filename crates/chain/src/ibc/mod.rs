//! IBC: clients and connections from ibc-rs, channels and packets our own, transfer on top.

pub mod port;

pub use port::{Ack, ChannelEnds, Packet, Port, Ports};
