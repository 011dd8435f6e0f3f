//! The engine, driven by a small application and checked by an unmodified light client and by recordings of a real chain.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    missing_docs,
    unreachable_pub
)]

mod evidence;
mod golden;
mod history;
mod hostile;
mod light_client;
mod mempool;
mod prove;
mod resume;
mod sets;
mod signing;
mod support;
mod vectors;
