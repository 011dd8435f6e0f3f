//! One process instead of N consensus nodes: drives an [`ics_abci::Application`] and makes blocks whose headers,
//! commits and validator sets any Tendermint light client accepts.
//!
//! Sans-IO: the time is an argument of [`Engine::produce`], what to persist comes back as a value ([`Made::batch`]), and
//! history is read from whatever [`ics_kv::rows::Rows`] the driver keeps ([`history`], [`light`]).
//!
//! Absent here: clocks, threads, sockets, disks, and any knowledge of what the application does. Only [`solo`] knows
//! that one keyring signs for everybody.

pub mod block;
mod border;
mod engine;
mod error;
pub mod evidence;
pub mod header;
pub mod history;
mod index;
pub mod light;
pub mod median;
pub mod mempool;
pub mod merkle;
mod offence;
pub mod params;
pub mod parts;
mod produce;
pub mod prove;
pub mod query;
pub mod search;
pub mod set;
pub mod solo;
mod state;
mod tables;

pub use border::{BorderError, to_time};
pub use engine::Engine;
pub use error::{EngineError, NoQuorum};
pub use mempool::{Limits, TxRefused};
pub use produce::Made;
pub use set::{SetError, Validator, ValidatorSet};
pub use solo::{Keyring, Signing};
