//! Steps of the protocol on an in-memory host, and the golden values.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs
)]

mod consumer;
mod decoders;
mod host_consumer;
mod host_provider;
mod provider;
mod tables;
mod vectors;
