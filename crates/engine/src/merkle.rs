//! The binary Merkle tree of RFC 6962 that headers are made of, and proofs against its roots.
//!
//! Source: CometBFT 0.38 `crypto/merkle/{tree,proof}.go`.

use sha2::{Digest, Sha256};

/// A root or a node of the tree: SHA-256.
pub type Hash = [u8; 32];

/// That a leaf stands at a place under a root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// How many leaves there are.
    pub total: u64,
    /// Which of them this is, from 0.
    pub index: u64,
    /// The hash of the leaf.
    pub leaf_hash: Hash,
    /// The siblings from the leaf up.
    pub aunts: Vec<Hash>,
}

/// The root over these leaves, in order; the hash of nothing where there are none.
#[must_use]
pub fn root(leaves: &[impl AsRef<[u8]>]) -> Hash {
    root_of(&leaf_hashes(leaves))
}

/// The proof of one leaf; `None` where there is no such leaf.
#[must_use]
pub fn proof(leaves: &[impl AsRef<[u8]>], index: usize) -> Option<Proof> {
    let hashes = leaf_hashes(leaves);
    let leaf_hash = *hashes.get(index)?;
    let mut aunts = Vec::new();
    collect_aunts(&hashes, index, &mut aunts);
    Some(Proof {
        total: u64::try_from(hashes.len()).ok()?,
        index: u64::try_from(index).ok()?,
        leaf_hash,
        aunts,
    })
}

fn leaf_hashes(leaves: &[impl AsRef<[u8]>]) -> Vec<Hash> {
    leaves.iter().map(|leaf| hash(&[&[0], leaf.as_ref()])).collect()
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// The left subtree holds the greatest power of two below the number of leaves.
fn halves(hashes: &[Hash]) -> (&[Hash], &[Hash]) {
    let split = hashes.len().checked_next_power_of_two().unwrap_or(hashes.len()) / 2;
    hashes.split_at_checked(split).unwrap_or((hashes, &[]))
}

fn root_of(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => hash(&[]),
        [one] => *one,
        _ => {
            let (left, right) = halves(hashes);
            hash(&[&[1], &root_of(left), &root_of(right)])
        }
    }
}

fn collect_aunts(hashes: &[Hash], index: usize, aunts: &mut Vec<Hash>) {
    if hashes.len() <= 1 {
        return;
    }
    let (left, right) = halves(hashes);
    match index.checked_sub(left.len()) {
        None => {
            collect_aunts(left, index, aunts);
            aunts.push(root_of(right));
        }
        Some(index) => {
            collect_aunts(right, index, aunts);
            aunts.push(root_of(left));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_agree_with_the_tendermint_crate_and_proofs_with_the_roots() {
        for count in 0..40_u8 {
            let leaves: Vec<Vec<u8>> = (0..count).map(|n| vec![n; usize::from(n)]).collect();
            let expected = tendermint::merkle::simple_hash_from_byte_vectors::<Sha256>(&leaves);
            assert_eq!(root(&leaves), expected, "{count} leaves");
            for (index, leaf) in leaves.iter().enumerate() {
                let proof = proof(&leaves, index).unwrap();
                let checked = tendermint::merkle::Proof {
                    total: proof.total,
                    index: proof.index,
                    leaf_hash: tendermint::Hash::Sha256(proof.leaf_hash),
                    aunts: proof.aunts.iter().map(|aunt| tendermint::Hash::Sha256(*aunt)).collect(),
                };
                assert_eq!(checked.leaf_hash.as_bytes(), hash(&[&[0], leaf]));
                assert_eq!(climb(&proof), expected, "leaf {index} of {count}");
            }
            assert_eq!(super::proof(&leaves, leaves.len()), None);
        }
    }

    /// The root that a proof leads to, computed from its numbers alone.
    fn climb(proof: &Proof) -> Hash {
        fn up(index: u64, total: u64, leaf: Hash, aunts: &[Hash]) -> Hash {
            let Some((last, rest)) = aunts.split_last() else { return leaf };
            let split = total.next_power_of_two() / 2;
            if index < split {
                hash(&[&[1], &up(index, split, leaf, rest), last])
            } else {
                hash(&[&[1], last, &up(index.abs_diff(split), total.abs_diff(split), leaf, rest)])
            }
        }
        up(proof.index, proof.total, proof.leaf_hash, &proof.aunts)
    }
}
