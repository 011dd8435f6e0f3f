//! ICS-04: channels and packets, ORDERED and UNORDERED.
//!
//! Journey: a message → [`handshake`], [`packet`] or [`timeout`]: read, verify what the other chain holds, write, call
//! the application. A commitment is gone before the application hears of it, so that it may come back in.
//! Source: ICS-04; ibc-go v10 `04-channel/keeper`.

mod ante;
mod event;
pub mod handshake;
pub mod packet;
mod state;
pub mod timeout;

pub use ante::redundant;
pub use handshake::{OpenChannel, close_channel, open_channel};
pub use packet::{SendError, send_packet};
pub use state::{ChannelState, ChannelView, channel_view};
