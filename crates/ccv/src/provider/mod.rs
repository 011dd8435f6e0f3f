//! The provider's side of the protocol.

pub mod host;

pub use host::{Bonded, ChannelView, ClientView, ConnectionView, Host, ValidatorStatus, View};
