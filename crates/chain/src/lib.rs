//! A small honest Cosmos chain: accounts, coins, stake, IBC, and the roles that a chain plays in interchain security.
//!
//! The chain is a plain value. A block is opened, transactions are delivered, the block is closed; committing returns
//! what to write. Calls between modules only go down: `auth <- bank <- staking`, `ibc <- transfer`.
//!
//! Absent here: tokio, tonic, sockets, the wall clock.

pub mod app;
pub mod ccv_host;
pub mod ctx;
pub mod error;
pub mod genesis;
pub mod headers;
pub mod ibc;
mod json;
pub mod modules;
pub mod query;
pub mod roles;
pub mod route;
mod rows;
pub mod tx;

pub use app::{App, Config, OpenBlock, Reader};
pub use ctx::{BlockInfo, ChainConfig, Ctx};
pub use error::Error;
pub use ics_ccv::Rules;
pub use roles::Role;
pub use route::MsgRoute;
