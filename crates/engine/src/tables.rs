//! The tables that the engine keeps, their keys and their rows.

use crate::border::BorderError;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::{ConsAddr, ConsKey, Height, Params, Power, Time};
use ics_kv::rows::{Batch, Table};

/// Height → [`BlockRow`].
pub(crate) const BLOCKS: Table = "engine_blocks";
/// Hash of a block → its height.
pub(crate) const HASHES: Table = "engine_hashes";
/// Height → `ics_abci::BlockResult`.
pub(crate) const RESULTS: Table = "engine_results";
/// Height → [`TurnRow`]; up to two heights past the last block.
pub(crate) const TURNS: Table = "engine_turns";
/// Hash of a validator set → [`MembersRow`]; once per set, however long it lasts.
pub(crate) const MEMBERS: Table = "engine_members";
/// Height from which they apply → `ics_abci::Params`.
pub(crate) const PARAMS: Table = "engine_params";
/// Transaction hash, height, place in the block → code.
pub(crate) const TXS: Table = "engine_txs";
/// Height → the event attributes of the block, as `index` packs them.
pub(crate) const EVENTS: Table = "engine_events";
/// Number in the order of arrival → [`EvidenceRow`]: what waits for a block.
pub(crate) const EVIDENCE: Table = "engine_evidence";
/// An offence, as `offence` writes it → [`CarriedRow`]: evidence of it stands in a block, and is not too old yet.
pub(crate) const CARRIED: Table = "engine_evidence_carried";
/// [`STATE_KEY`] → [`StateRow`].
pub(crate) const STATE: Table = "engine_state";

pub(crate) const STATE_KEY: &[u8] = b"state";
/// Rows of another layout are refused, not misread.
pub(crate) const LAYOUT: u8 = 1;

/// A block and its id.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct BlockRow {
    pub(crate) hash: [u8; 32],
    pub(crate) parts_total: u32,
    pub(crate) parts_hash: [u8; 32],
    /// Protobuf `tendermint.types.Block`.
    pub(crate) block: Vec<u8>,
}

/// Which set a height has, and whose turn it is there.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct TurnRow {
    pub(crate) set_hash: [u8; 32],
    pub(crate) proposer: ConsAddr,
    /// In the order of the set.
    pub(crate) priorities: Vec<i64>,
}

/// The members of a set, in its order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct MembersRow(pub(crate) Vec<(ConsKey, Power)>);

/// Evidence that waits.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct EvidenceRow {
    /// Protobuf `tendermint.types.Evidence`.
    pub(crate) bytes: Vec<u8>,
    /// Whom it is held against.
    pub(crate) validator: ConsAddr,
}

/// Evidence that a block carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct CarriedRow {
    /// Time of the offence, by which it becomes too old.
    pub(crate) time: Time,
}

/// What a restart needs besides the sets, which [`TURNS`] has.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct StateRow {
    pub(crate) layout: u8,
    pub(crate) chain_id: String,
    pub(crate) initial_height: Height,
    pub(crate) height: Height,
    pub(crate) params: Params,
    pub(crate) app_hash: [u8; 32],
    pub(crate) results_hash: [u8; 32],
    /// Protobuf `tendermint.types.Commit` of the last block.
    pub(crate) seen_commit: Vec<u8>,
}

pub(crate) fn height_key(height: Height) -> Vec<u8> {
    height.0.to_be_bytes().to_vec()
}

pub(crate) fn read_height(key: &[u8]) -> Option<Height> {
    Some(Height(u64::from_be_bytes(key.try_into().ok()?)))
}

pub(crate) fn tx_key(hash: &[u8; 32], height: Height, index: u32) -> Vec<u8> {
    let mut key = hash.to_vec();
    key.extend_from_slice(&height.0.to_be_bytes());
    key.extend_from_slice(&index.to_be_bytes());
    key
}

/// Height and place of a key of [`TXS`].
pub(crate) fn read_tx_key(key: &[u8]) -> Option<(Height, u32)> {
    let (height, index) = key.get(32..)?.split_at_checked(8)?;
    Some((read_height(height)?, u32::from_be_bytes(index.try_into().ok()?)))
}

pub(crate) fn put(
    batch: &mut Batch,
    table: Table,
    key: Vec<u8>,
    row: &impl BorshSerialize,
) -> Result<(), BorderError> {
    batch.put(table, key, borsh::to_vec(row).map_err(|error| BorderError::new(table, error))?);
    Ok(())
}
