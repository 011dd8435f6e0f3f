//! The chain, driven as an engine drives it: by genesis, blocks, transactions and questions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    missing_docs,
    unreachable_pub
)]

mod amino;
mod base;
mod base_chain;
mod base_hostile;
mod base_past;
mod base_query;
mod base_stake;
mod base_store;
mod consumer_query;
mod decoders;
mod genesis;
mod genutil;
mod gov;
mod gov_chain;
mod gov_consumer;
mod gov_hostile;
mod gov_params;
mod ibc;
mod ibc_chain;
mod ibc_hostile;
mod ibc_transfer;
mod provider_chain;
mod provider_event;
mod provider_msg;
mod provider_query;
mod provider_set;
#[path = "../../../node/tests/it/rpc_shape.rs"]
mod shape;
mod stake_change;
