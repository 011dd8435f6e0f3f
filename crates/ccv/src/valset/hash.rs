//! The hash of a validator set, as block headers carry it. Source: provider spec §2.9 step 5; CometBFT's validator set.

use crate::wire::handshake::write_varint;
use alloc::vec::Vec;
use core::cmp::Reverse;
use ics_abci::{ConsKey, ValUpdate};
use sha2::{Digest, Sha256};

/// Merkle root over the members, most power first, equal powers by address.
#[must_use]
pub fn hash(members: &[ValUpdate]) -> [u8; 32] {
    let mut sorted: Vec<&ValUpdate> = members.iter().collect();
    sorted.sort_by_cached_key(|member| (Reverse(member.power), member.key.address()));
    let leaves: Vec<Vec<u8>> = sorted.into_iter().map(simple_validator).collect();
    root(&leaves)
}

/// Protobuf `SimpleValidator`: the key, then the power.
fn simple_validator(member: &ValUpdate) -> Vec<u8> {
    let key = member.key.bytes();
    let tag = match member.key {
        ConsKey::Ed25519(_) => 0x0a,
        ConsKey::Secp256k1(_) => 0x12,
    };
    // Keys have 32 or 33 bytes: every length is one byte.
    let len = u8::try_from(key.len()).unwrap_or(u8::MAX);
    let mut out = Vec::with_capacity(48);
    out.extend_from_slice(&[0x0a, len.saturating_add(2), tag, len]);
    out.extend_from_slice(key);
    if member.power != 0 {
        out.push(0x10);
        write_varint(&mut out, member.power.cast_unsigned());
    }
    out
}

/// RFC 6962, as CometBFT uses it.
fn root(leaves: &[Vec<u8>]) -> [u8; 32] {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => Sha256::new().chain_update([0]).chain_update(leaf).finalize().into(),
        _ => {
            // The greatest power of two below the number of leaves.
            let half = leaves.len().div_ceil(2).next_power_of_two();
            let (left, right) = leaves.split_at(half);
            Sha256::new()
                .chain_update([1])
                .chain_update(root(left))
                .chain_update(root(right))
                .finalize()
                .into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_members_hash_as_nothing() {
        assert_eq!(
            hex::encode(hash(&[])),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn the_tree_splits_at_the_greatest_power_of_two_below() {
        for (n, expected) in [(2_usize, 1), (3, 2), (4, 2), (5, 4), (8, 4), (9, 8), (16, 8), (17, 16)] {
            assert_eq!(n.div_ceil(2).next_power_of_two(), expected, "{n}");
        }
    }
}
