//! The vocabulary that a chain, its engine and the protocol share: keys, powers, heights, times, events, numbers, and
//! the [`Application`] that an engine drives.
//!
//! Everything here is a plain value with one meaning and one order. Identities are raw bytes ([`ConsKey`], [`ConsAddr`],
//! [`AccAddr`], [`ValAddr`]) whose bech32 text exists only where users see it, with the prefix as an argument; powers are
//! whole units, amounts whole coins, fractions [`Dec`]s that round as the ecosystem's do; a [`Time`] is a moment that a
//! block header can carry, checked however it is built, from stored bytes too. Text is checked where it is parsed.
//!
//! Absent here: protobuf and the tendermint crates; whoever speaks to the outside converts at its own border.
#![cfg_attr(not(test), no_std)]
extern crate alloc;

mod address;
mod app;
mod dec;
mod event;
mod key;
mod time;
mod wide;

pub use address::{AccAddr, AddrError, ConsAddr, ValAddr, from_bech32, module_address, to_bech32};
pub use app::{
    Answer, Application, Block, BlockResult, Check, Commit, Evidence, Fault, Genesis, Halt, Init,
    Misbehavior, Params, Proposal, Query, TxResult, Verdict, Vote, VoteFlag,
};
pub use dec::{Dec, DecError};
pub use event::{Attribute, Event};
pub use key::{ConsKey, Power, ValUpdate};
pub use time::{Height, Time, TimeError};
