//! Journeys through worlds of real chains.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]
#![allow(clippy::arithmetic_side_effects)]

mod busy;
mod by_hand;
mod crash;
mod delegation;
mod disk;
mod dsl;
mod genesis;
mod lifecycle;
mod network;
mod open_block;
mod plans;
mod relayer;
mod seeds;
mod shown;
mod timeout;
mod traces;
mod transfer;
