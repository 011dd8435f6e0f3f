//! A small honest Cosmos chain: accounts, coins, stake, IBC, and the roles that a chain plays in interchain security.
//!
//! The chain is a plain value. A block is opened, transactions are delivered, the block is closed; committing returns
//! what to write. Calls between modules only go down: `auth <- bank <- staking`, `ibc <- transfer`.
//!
//! Absent here: tokio, tonic, sockets, the wall clock.

pub mod ctx;
pub mod error;
pub mod headers;
pub mod ibc;
pub mod query;

pub use ctx::{BlockInfo, ChainConfig, Ctx};
pub use error::Error;
