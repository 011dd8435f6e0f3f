//! Processes, disks, sockets: the only crate that touches the world.
//!
//! Absent here: protocol decisions.

pub mod abci;
pub mod app_toml;
pub mod client_toml;
pub mod disk;
pub mod home;
pub mod localnet;
pub mod node_home;
pub mod operator;
pub mod rpc;
