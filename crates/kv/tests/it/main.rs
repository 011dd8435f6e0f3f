//! The state's names and encodings, compared with plain ordered maps.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs
)]

mod journal;
mod keys;
mod map;
mod model;
mod queue;
mod rows;
mod values;
