//! The node's borders: the disk, the servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    clippy::result_large_err,
    missing_docs
)]

mod abci;
mod abci_support;
mod disk;
mod home;
mod node_home;
mod ring;
mod rpc_address;
mod rpc_chain;
mod rpc_clients;
mod rpc_deadline;
mod rpc_errors;
mod rpc_evidence;
mod rpc_form;
mod rpc_grpc;
mod rpc_hostile;
mod rpc_limits;
mod rpc_rest;
mod rpc_rest_tx;
mod rpc_shape;
mod rpc_socket;
mod rpc_socket_hostile;
