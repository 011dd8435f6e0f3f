//! The protocol (crate `ics-ccv`) at home in this chain: hosts over the context, ports of IBC, routes of messages and queries.
//!
//! The only room that knows both the protocol's types and protobuf's.

pub mod consumer;
mod convert;
mod on_state;
pub mod provider;
mod scope;
pub mod standing;
