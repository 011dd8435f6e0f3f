//! Interchain Security (Cross-Chain Validation, ICS-28): everything the protocol says, and nothing else.
//!
//! The protocol is a set of deterministic, synchronous functions over state and a few host ports. Three rings, a line
//! lives in the innermost that can hold it: *kernels* take values and give values; *steps* read, call a kernel, write
//! and emit; *ports* ([`provider::Host`], [`consumer::Host`]) are what a chain must offer.
//!
//! Absent here: clocks, randomness, logs, floats, hash maps, transport. Bank, staking and IBC exist only as ports.
#![cfg_attr(not(test), no_std)]
extern crate alloc;

pub mod consumer;
pub mod event;
pub mod id;
pub mod provider;
pub mod rules;
pub mod valset;
pub mod wire;

pub use rules::Rules;
