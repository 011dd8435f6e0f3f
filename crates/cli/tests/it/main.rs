//! The built command line from outside: its process, its ports, and what a verifier that shares no code with it thinks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::arithmetic_side_effects, clippy::disallowed_methods, clippy::print_stdout)]

mod keys;
mod launch;
mod light;
mod light_client;
mod light_flips;
mod light_gate;
mod light_relay;
mod light_unfunded;
mod localnet;
mod operator;
mod process_by_hand;
mod process_consumers;
mod process_errors;
mod process_export;
mod process_gov;
mod process_hermes;
mod process_kill;
mod process_metrics;
mod process_queries;
mod process_support;
mod process_tx;
mod process_verbs;
mod readme;
