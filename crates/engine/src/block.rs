//! A block as it is gossiped and stored: header, transactions, evidence and the commit of the block before.
//!
//! Source: CometBFT 0.38 `types/block.go`.

use crate::border::BorderError;
use crate::evidence::Proven;
use crate::parts;
use prost::Message;
use tendermint::block::{Commit, Header, Id};
use tendermint_proto::v0_38::types as raw;

/// A whole block.
#[derive(Clone, Debug, PartialEq)]
pub struct FullBlock {
    /// The header.
    pub header: Header,
    /// The transactions, in order.
    pub txs: Vec<Vec<u8>>,
    /// What it proves of validators.
    pub evidence: Vec<Proven>,
    /// The signatures for the block before; none in the first.
    pub last_commit: Option<Commit>,
}

impl FullBlock {
    /// The protobuf bytes (`tendermint.types.Block`), exactly as CometBFT has them.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut header = raw::Header::from(self.header.clone());
        // A block id is never absent in Go: the first block names an empty one.
        header.last_block_id.get_or_insert_with(empty_id);
        let last_commit = match &self.last_commit {
            Some(commit) => raw::Commit::from(commit.clone()),
            None => raw::Commit { block_id: Some(empty_id()), ..raw::Commit::default() },
        };
        let block = raw::Block {
            header: Some(header),
            data: Some(raw::Data { txs: self.txs.clone() }),
            evidence: Some(raw::EvidenceList {
                evidence: self.evidence.iter().map(|one| one.to_raw()).collect(),
            }),
            last_commit: Some(last_commit),
        };
        block.encode_to_vec()
    }

    /// Reads protobuf bytes back.
    ///
    /// # Errors
    /// [`BorderError`] where they are no block.
    pub fn decode(bytes: &[u8]) -> Result<Self, BorderError> {
        let odd = |why: &dyn std::fmt::Display| BorderError::new("block", why);
        let block = raw::Block::decode(bytes).map_err(|error| odd(&error))?;
        let header = block.header.ok_or_else(|| odd(&"no header"))?;
        let last_commit = match block.last_commit {
            Some(commit) if commit.height > 0 => Some(Commit::try_from(commit).map_err(|error| odd(&error))?),
            _ => None,
        };
        let evidence = block.evidence.unwrap_or_default().evidence;
        Ok(Self {
            header: Header::try_from(header).map_err(|error| odd(&error))?,
            txs: block.data.unwrap_or_default().txs,
            evidence: evidence
                .into_iter()
                .map(Proven::from_raw)
                .collect::<Result<_, _>>()
                .map_err(|e| odd(&e))?,
            last_commit,
        })
    }

    /// What commits sign: the header's hash, and the parts of the encoded block.
    ///
    /// # Errors
    /// [`BorderError`] where `encoded` is empty.
    pub fn id(&self, encoded: &[u8]) -> Result<Id, BorderError> {
        Ok(Id { hash: self.header.hash(), part_set_header: parts::header(encoded)? })
    }
}

fn empty_id() -> raw::BlockId {
    raw::BlockId { hash: Vec::new(), part_set_header: Some(raw::PartSetHeader::default()) }
}
