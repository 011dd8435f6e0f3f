//! The relayer before chains that answer anything at all: a plan or an error, never a panic and no endless work.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs
)]

mod hostile;
