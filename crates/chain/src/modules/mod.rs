//! The modules of the chain. Calls only go down: `auth <- bank <- staking <- gov` (x <- y: y uses x).

pub mod auth;
pub mod bank;
pub mod gov;
mod page;
pub mod staking;
