//! The relayer's mind: given views of two chains, what to submit to either. It decides and does not send.
//!
//! Journey: the driver (a world, a node) calls [`plan`] after new blocks, signs what it returns, and submits it as an
//! ordinary transaction. Everything is read off the chains anew each time, so a relayer can be restarted, or run
//! beside another one, at any moment.
//!
//! Absent here: input and output, clocks, keys.

mod channel;
mod client;
mod connection;
mod handshake;
mod packets;
mod path;
mod seen;
mod view;

pub use client::{ClientPeriods, create_client};
pub use handshake::Wanted;
pub use path::{Duty, End, Path, Plan, Side, apart, plan, plan_toward, refresh};
pub use view::{LightBlock, View, ViewError};
