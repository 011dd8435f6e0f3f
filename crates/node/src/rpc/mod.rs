//! How the world asks a running chain: CometBFT's JSON-RPC, a gRPC service of raw bytes, and the same as REST.
//!
//! Journey: a request → [`json`], [`grpc`] or [`rest`] → [`Backend`] or the history that it keeps → the answer in the form that
//! clients of CometBFT 0.38 and of the Cosmos SDK read.
//! Source: CometBFT 0.38 `rpc/`; the SDK's gRPC server; the recordings of a live network.
//!
//! Invariants:
//! - a server binds loopback addresses only, unless it is told otherwise ([`Reach`]);
//! - what a client sends is bounded before it is read: bodies, batches, pages, searches and requests at once.

mod backend;
mod cors;
pub mod grpc;
pub mod json;
mod quotes;
pub mod rest;
mod serve;

pub use backend::{Backend, NodeInfo, Waiting};
pub use grpc::serve_grpc;
pub use json::serve_rpc;
pub use rest::serve_rest;
pub use serve::{Reach, ServeError, Server};
