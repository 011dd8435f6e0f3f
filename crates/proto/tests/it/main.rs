//! What a reference network said and signed, against our types and their JSON.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::arithmetic_side_effects, missing_docs)]

mod amino;
mod descriptors;
mod hostile;
mod http;
mod json;
mod known;
mod openapi;
mod recorded;
mod transactions;
