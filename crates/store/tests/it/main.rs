//! The store from outside: golden roots and proofs, the state as a map, what the disk holds, crashes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    missing_docs,
    unreachable_pub
)]

mod checkpoints;
mod corruption;
mod crash;
mod disk;
mod generator;
mod history;
mod multistore;
mod past;
mod proofs;
mod random;
mod vectors;
