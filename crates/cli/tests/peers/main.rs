//! Programs of others against ours: unmodified CometBFT runs our chains, unmodified Hermes relays them, CosmJS uses
//! them. Alone: `cargo test -p ics-cli --test peers`.
//!
//! A peer is what its variable names, else what stands in the path, else it is built once into `~/.cache/ics-peers`,
//! with Go, cargo or npm. What is missing is told and skipped; with `CI=true` it is a failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::arithmetic_side_effects, clippy::disallowed_methods, clippy::print_stdout)]

mod comet;
mod cosmjs;
mod crash;
mod details;
mod four;
mod hermes;
mod home;
mod localnet;
mod node;
mod page;
mod peer;
mod refusals;
mod roles;
mod steps;
mod terminal;
mod users;
