//! The wallet against what a live network accepted, and against golden values.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs
)]

mod addresses;
mod decoders;
mod flips;
mod keyfile;
mod recorded;
