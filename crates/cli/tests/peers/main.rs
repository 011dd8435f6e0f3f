//! Programs of others against ours: unmodified CometBFT runs our chains. Alone: `cargo test -p ics-cli --test peers`.
//!
//! A peer is what its variable names, else what stands in the path, else it is built once into `~/.cache/ics-peers`,
//! where Go is there. What is missing is told and skipped; with `CI=true` it is a failure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::arithmetic_side_effects, clippy::disallowed_methods, clippy::print_stdout)]

mod comet;
mod crash;
mod four;
mod hermes;
mod node;
mod refusals;
mod roles;
mod steps;
