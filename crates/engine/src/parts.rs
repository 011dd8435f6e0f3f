//! The parts that a block is cut into; block ids carry their Merkle root, so light clients sign over it too.
//!
//! Source: CometBFT 0.38 `types/part_set.go`.

use crate::border::BorderError;
use crate::merkle;
use tendermint::block::parts;

/// Bytes of every part but the last.
pub const PART_BYTES: usize = 65_536;

/// The number of parts of these block bytes and the root over them.
///
/// # Errors
/// [`BorderError`] for no bytes, and for more than 2^32 parts.
pub fn header(block: &[u8]) -> Result<parts::Header, BorderError> {
    let parts: Vec<_> = block.chunks(PART_BYTES).collect();
    let total = u32::try_from(parts.len()).map_err(|error| BorderError::new("part set", error))?;
    parts::Header::new(total, tendermint::Hash::Sha256(merkle::root(&parts)))
        .map_err(|error| BorderError::new("part set", error))
}
