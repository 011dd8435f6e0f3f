//! How the world asks a running chain: CometBFT's JSON-RPC, a gRPC service of raw bytes, and the same as REST.
//!
//! Journey: a request → [`json`] → [`Backend`] or the history that it keeps, or [`grpc`] or [`rest`] → `services` → [`Node`]
//! → the answer in the form that clients of CometBFT 0.38 and of the Cosmos SDK read.
//! Source: CometBFT 0.38 `rpc/`; the SDK's gRPC server; the recordings of a live network.
//!
//! Invariants:
//! - a server binds loopback addresses only, unless it is told otherwise ([`Reach`]), and lets pages of other origins ask only if told to ([`Origins`]);
//! - what a client sends is bounded before it is read: bodies, batches, pages, searches, connections and requests at once;
//! - every answer has a [`Deadline`], at which the work on it stops too.

mod backend;
mod comet;
mod cors;
mod deadline;
mod described;
mod door;
pub mod grpc;
pub mod json;
pub(crate) mod metrics;
mod node;
mod quotes;
pub mod rest;
mod serve;
pub(crate) mod services;

pub use backend::{Backend, NodeInfo, Waiting};
pub use comet::{Comet, CometAddressError};
pub use cors::Origins;
pub use deadline::{ANSWER_TIMEOUT, Deadline, Late};
pub use door::{CONNECTIONS_MAX, PATIENCE};
pub use grpc::serve_grpc;
pub use json::serve_rpc;
pub use node::{EngineError, Node};
pub use rest::{Gateway, serve_rest};
pub use serve::{Reach, ServeError, Server, Terms, WRITE_TIMEOUT};
