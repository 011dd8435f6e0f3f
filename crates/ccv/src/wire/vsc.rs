//! Validator set changes, provider to consumer.

use crate::id::VscId;
use alloc::string::String;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::ValUpdate;

/// What changes in a consumer's validator set. Source: provider spec §1.4.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ValidatorSetChange {
    /// New powers by consensus key; 0 removes.
    pub updates: Vec<ValUpdate>,
    /// Which update this is; never 0 on the wire.
    pub id: VscId,
    /// Consumer addresses whose downtime was dealt with, bech32 with the provider's consensus prefix.
    pub slash_acks: Vec<String>,
}
