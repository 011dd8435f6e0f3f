//! The shared values, compared with independent arithmetic and with the texts that the ecosystem uses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs
)]

mod address;
mod dec;
mod key;
mod time;
