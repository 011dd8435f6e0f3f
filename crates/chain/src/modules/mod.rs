//! The modules of the chain. Calls only go down: `auth <- bank <- staking <- gov` (x <- y: y uses x);
//! `genutil` delivers transactions to all of them.

pub mod auth;
pub mod bank;
pub mod genutil;
pub mod gov;
mod page;
pub mod staking;
