//! The modules of the chain. Calls only go down: `auth <- bank <- staking` (x <- y: y uses x).

pub mod auth;
pub mod bank;
mod page;
pub mod staking;
