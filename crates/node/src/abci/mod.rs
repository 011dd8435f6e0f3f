//! A chain behind CometBFT: the server of ABCI 2.0 over sockets, its durable application, and the home that both stand in.
//!
//! Journey: `ics start` → [`run`] → `setup` opens the home → `serve` listens → a request per frame (`frame`) → `answer`
//! → `chain` → the answer, in the order of the requests. A connection is answered beside the others: a question or a
//! check of a transaction never waits for the block that runs. `doors` serves users beside that: gRPC and REST.
//! Source: CometBFT 0.38 `abci/server/socket_server.go`, `abci/types/messages.go`, `consensus/replay.go`.
//!
//! Absent here: state-sync snapshots and vote extensions. Whoever asks for them is told that there are none.

mod answer;
mod border;
mod chain;
mod doors;
mod failure;
mod frame;
mod listen;
mod offline;
mod serve;
mod setup;

pub use crate::app_toml::ChainKind;
pub use failure::StartError;
pub use listen::{Address, AddressError};
pub use offline::{Pruned, export, prune, rollback};
pub use serve::{Ended, Notice, run};
pub use setup::Options;
pub(crate) use setup::{app_config, hold, prefix, role, role_of};
