//! What happened, read from the rows that the engine had written: blocks, commits, results, sets, transactions.
//!
//! Every function answers `None` for what is not there (yet) and refuses rows that do not decode.

use crate::block::FullBlock;
use crate::merkle;
use crate::set::ValidatorSet;
use crate::tables::{self, BlockRow, MembersRow, StateRow, TurnRow, height_key};
use borsh::BorshDeserialize;
use ics_abci::{BlockResult, Height, Params, TxResult};
use ics_kv::KeyRange;
use ics_kv::rows::{DiskError, Rows, Table};
use prost::Message;
use tendermint::Hash;
use tendermint::block::{Commit, Header, Id, parts};
use tendermint_proto::v0_38::types as raw;

/// Why history cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// The disk failed.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A row is not what the engine writes.
    #[error("corrupt row in table {table}: {why}")]
    Corrupt {
        /// The table.
        table: Table,
        /// What is wrong with the row.
        why: String,
    },
}

impl HistoryError {
    pub(crate) fn corrupt(table: Table, why: impl ToString) -> Self {
        Self::Corrupt { table, why: why.to_string() }
    }
}

/// A block with its id.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredBlock {
    /// Its id.
    pub id: Id,
    /// Bytes of its protobuf encoding.
    pub size: usize,
    /// The block.
    pub block: FullBlock,
}

/// A header with the signatures for it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredCommit {
    /// The header.
    pub header: Header,
    /// The signatures.
    pub commit: Commit,
    /// Whether a block holds this commit; at the tip it is what was seen.
    pub canonical: bool,
}

/// A transaction in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTx {
    /// Height of the block.
    pub height: Height,
    /// Its place there, from 0.
    pub index: u32,
    /// SHA-256 of its bytes.
    pub hash: merkle::Hash,
    /// Its bytes.
    pub tx: Vec<u8>,
    /// What it did.
    pub result: TxResult,
}

/// Height of the last block; `None` before the first.
///
/// # Errors
/// [`HistoryError`].
pub fn tip(rows: &impl Rows) -> Result<Option<Height>, HistoryError> {
    Ok(state_row(rows)?.map(|row| row.height))
}

/// Height of the first block that is kept: all are.
///
/// # Errors
/// [`HistoryError`].
pub fn base(rows: &impl Rows) -> Result<Option<Height>, HistoryError> {
    Ok(state_row(rows)?.map(|row| row.initial_height))
}

/// A block.
///
/// # Errors
/// [`HistoryError`].
pub fn block(rows: &impl Rows, height: Height) -> Result<Option<StoredBlock>, HistoryError> {
    let Some(row) = read::<BlockRow>(rows, tables::BLOCKS, &height_key(height))? else { return Ok(None) };
    let corrupt = |why: &dyn std::fmt::Display| HistoryError::corrupt(tables::BLOCKS, why);
    let parts = parts::Header::new(row.parts_total, Hash::Sha256(row.parts_hash));
    let id = Id { hash: Hash::Sha256(row.hash), part_set_header: parts.map_err(|error| corrupt(&error))? };
    let block = FullBlock::decode(&row.block).map_err(|error| corrupt(&error))?;
    Ok(Some(StoredBlock { id, size: row.block.len(), block }))
}

/// Height of the block of this hash.
///
/// # Errors
/// [`HistoryError`].
pub fn height_of(rows: &impl Rows, hash: &merkle::Hash) -> Result<Option<Height>, HistoryError> {
    let Some(row) = rows.row(tables::HASHES, hash)? else { return Ok(None) };
    let height = tables::read_height(&row).ok_or_else(|| HistoryError::corrupt(tables::HASHES, "height"))?;
    Ok(Some(height))
}

/// The header of a block.
///
/// # Errors
/// [`HistoryError`].
pub fn header(rows: &impl Rows, height: Height) -> Result<Option<Header>, HistoryError> {
    Ok(block(rows, height)?.map(|stored| stored.block.header))
}

/// The signatures for a block: those that the next block holds, or at the tip those that were seen.
///
/// # Errors
/// [`HistoryError`].
pub fn commit(rows: &impl Rows, height: Height) -> Result<Option<StoredCommit>, HistoryError> {
    let Some(state) = state_row(rows)? else { return Ok(None) };
    let Some(header) = header(rows, height)? else { return Ok(None) };
    if state.height == height {
        let (commit, _) = seen_commit(&state)?;
        return Ok(Some(StoredCommit { header, commit, canonical: false }));
    }
    let next = block(rows, height.next())?.and_then(|stored| stored.block.last_commit);
    let commit =
        next.ok_or_else(|| HistoryError::corrupt(tables::BLOCKS, format!("no commit of {height}")))?;
    Ok(Some(StoredCommit { header, commit, canonical: true }))
}

/// What a block did.
///
/// # Errors
/// [`HistoryError`].
pub fn results(rows: &impl Rows, height: Height) -> Result<Option<BlockResult>, HistoryError> {
    read(rows, tables::RESULTS, &height_key(height))
}

/// The set that signs a block, up to the one after the tip.
///
/// # Errors
/// [`HistoryError`].
pub fn validators(rows: &impl Rows, height: Height) -> Result<Option<ValidatorSet>, HistoryError> {
    if is_decided(rows, height)? { stored_set(rows, height) } else { Ok(None) }
}

/// The parameters that a block is made under, up to the one after the tip.
///
/// # Errors
/// [`HistoryError`].
pub fn params(rows: &impl Rows, height: Height) -> Result<Option<Params>, HistoryError> {
    if !is_decided(rows, height)? {
        return Ok(None);
    }
    let upto = KeyRange::between(height_key(Height(0)), height_key(height.next())).rev();
    match rows.rows(tables::PARAMS, upto, 1)?.first() {
        None => Ok(None),
        Some((_, row)) => decode(tables::PARAMS, row).map(Some),
    }
}

/// A transaction by its hash: where it succeeded, or the last try.
///
/// # Errors
/// [`HistoryError`].
pub fn tx(rows: &impl Rows, hash: &merkle::Hash) -> Result<Option<StoredTx>, HistoryError> {
    /// How often the same bytes can fail in blocks before this stops looking for a success.
    const TRIES_MAX: usize = 1_000;
    let mut found = None;
    for (key, row) in rows.rows(tables::TXS, KeyRange::prefix(hash), TRIES_MAX)? {
        let place = tables::read_tx_key(&key).ok_or_else(|| HistoryError::corrupt(tables::TXS, "key"))?;
        found = Some(place);
        if decode::<u32>(tables::TXS, &row)? == 0 {
            break;
        }
    }
    found.map_or(Ok(None), |(height, index)| tx_at(rows, height, index))
}

/// The transaction at a place.
///
/// # Errors
/// [`HistoryError`].
pub fn tx_at(rows: &impl Rows, height: Height, index: u32) -> Result<Option<StoredTx>, HistoryError> {
    let (Some(stored), Some(results)) = (block(rows, height)?, results(rows, height)?) else {
        return Ok(None);
    };
    let Ok(at) = usize::try_from(index) else { return Ok(None) };
    let mut txs = stored.block.txs.into_iter().zip(results.txs);
    Ok(txs.nth(at).map(|(tx, result)| StoredTx {
        height,
        index,
        hash: crate::header::tx_hash(&tx),
        tx,
        result,
    }))
}

/// That a transaction stands in a block: a proof against the header's data hash.
///
/// # Errors
/// [`HistoryError`].
pub fn tx_proof(rows: &impl Rows, height: Height, index: u32) -> Result<Option<merkle::Proof>, HistoryError> {
    let (Some(stored), Ok(at)) = (block(rows, height)?, usize::try_from(index)) else { return Ok(None) };
    let hashes: Vec<_> = stored.block.txs.iter().map(|tx| crate::header::tx_hash(tx)).collect();
    Ok(merkle::proof(&hashes, at))
}

pub(crate) fn state_row(rows: &impl Rows) -> Result<Option<StateRow>, HistoryError> {
    let Some(bytes) = rows.row(tables::STATE, tables::STATE_KEY)? else { return Ok(None) };
    match bytes.first() {
        Some(&tables::LAYOUT) => decode(tables::STATE, &bytes).map(Some),
        layout => Err(HistoryError::corrupt(tables::STATE, format!("layout {layout:?} of another version"))),
    }
}

pub(crate) fn seen_commit(row: &StateRow) -> Result<(Commit, Id), HistoryError> {
    let corrupt = |why: &dyn std::fmt::Display| HistoryError::corrupt(tables::STATE, why);
    let commit = raw::Commit::decode(row.seen_commit.as_slice()).map_err(|error| corrupt(&error))?;
    let commit = Commit::try_from(commit).map_err(|error| corrupt(&error))?;
    let id = commit.block_id;
    Ok((commit, id))
}

/// The set of a height, also of the second one after the tip.
pub(crate) fn stored_set(rows: &impl Rows, height: Height) -> Result<Option<ValidatorSet>, HistoryError> {
    let Some(turn) = read::<TurnRow>(rows, tables::TURNS, &height_key(height))? else { return Ok(None) };
    let corrupt = |why: &str| HistoryError::corrupt(tables::MEMBERS, why);
    let members = read::<MembersRow>(rows, tables::MEMBERS, &turn.set_hash)?;
    let MembersRow(members) = members.ok_or_else(|| corrupt("a set is missing"))?;
    let set = ValidatorSet::restore(&members, &turn.priorities, turn.proposer);
    let set = set.filter(|set| set.hash() == turn.set_hash);
    set.map(Some).ok_or_else(|| corrupt("not a validator set"))
}

/// Rows may stand one height further than is decided. What lies before the first block has no rows, unless they were
/// brought along from the chain that this one goes on from.
fn is_decided(rows: &impl Rows, height: Height) -> Result<bool, HistoryError> {
    Ok(state_row(rows)?.is_some_and(|state| height <= state.height.next()))
}

pub(crate) fn read<T: BorshDeserialize>(
    rows: &impl Rows,
    table: Table,
    key: &[u8],
) -> Result<Option<T>, HistoryError> {
    rows.row(table, key)?.map(|row| decode(table, &row)).transpose()
}

pub(crate) fn decode<T: BorshDeserialize>(table: Table, row: &[u8]) -> Result<T, HistoryError> {
    borsh::from_slice(row).map_err(|error| HistoryError::corrupt(table, error))
}
