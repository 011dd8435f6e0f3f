//! The consumer's side of the protocol.

pub mod host;

pub use host::{Host, View};
