//! The tree over the stores of a chain: their names and roots give the app hash.
//!
//! Source: RFC 6962 trees as CometBFT builds them; SDK store v1 `commit_info.go`.

use crate::Hash;
use crate::codec::{put_bytes, put_len};
use crate::iavl::{EMPTY_ROOT, leaf_op};
use ics23::{ExistenceProof, HashOp, InnerOp};
use sha2::{Digest, Sha256};

const LEAF: u8 = 0;
const INNER: u8 = 1;

/// The hash over `(name, root)` pairs, which must be sorted by name. Without any, SHA-256 of nothing.
pub(crate) fn app_hash(stores: &[(&str, Hash)]) -> Hash {
    let leaves: Vec<Hash> = stores.iter().map(|(name, root)| leaf(name, root)).collect();
    root(&leaves)
}

/// Proves the root of the store at `index`; `None` where there is none.
pub(crate) fn prove(stores: &[(&str, Hash)], index: usize) -> Option<ExistenceProof> {
    let (name, root) = stores.get(index)?;
    let leaves: Vec<Hash> = stores.iter().map(|(name, root)| leaf(name, root)).collect();
    let mut path = Vec::new();
    climb(&leaves, index, &mut path);
    let leaf = leaf_op(&[LEAF]);
    Some(ExistenceProof { key: name.as_bytes().to_vec(), value: root.to_vec(), leaf: Some(leaf), path })
}

/// Values are hashed before they enter a leaf. In the state they are store roots.
fn leaf(name: &str, value: &[u8]) -> Hash {
    let mut bytes = vec![LEAF];
    put_bytes(&mut bytes, name.as_bytes());
    let value = Sha256::digest(value);
    put_len(&mut bytes, value.len());
    bytes.extend_from_slice(&value);
    Sha256::digest(&bytes).into()
}

fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => EMPTY_ROOT,
        [leaf] => *leaf,
        _ => {
            let (left, right) = halves(leaves);
            let mut sha = Sha256::new();
            sha.update([INNER]);
            sha.update(root(left));
            sha.update(root(right));
            sha.finalize().into()
        }
    }
}

/// Left: the greatest power of two of leaves that leaves something for the right.
fn halves(leaves: &[Hash]) -> (&[Hash], &[Hash]) {
    leaves.split_at(leaves.len().next_power_of_two() / 2)
}

/// Appends the steps from the leaf at `index` up to the root.
fn climb(leaves: &[Hash], index: usize, path: &mut Vec<InnerOp>) {
    if leaves.len() < 2 {
        return;
    }
    let (left, right) = halves(leaves);
    let mut prefix = vec![INNER];
    let mut suffix = Vec::new();
    match index.checked_sub(left.len()) {
        None => {
            climb(left, index, path);
            suffix.extend(root(right));
        }
        Some(index) => {
            climb(right, index, path);
            prefix.extend(root(left));
        }
    }
    path.push(InnerOp { hash: HashOp::Sha256.into(), prefix, suffix });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_equal_those_of_the_sdk() {
        for (entries, expected) in [
            (&[("key1", "value1")][..], "a44d3cc7daba1a4600b00a2434b30f8b970652169810d6dfa9fb1793a2189324"),
            (&[("key1", "value2")], "0638e99b3445caec9d95c05e1a3fc1487b4ddec6a952ff337080360b0dcc078c"),
            (
                &[("key1", "value1"), ("key2", "value2")],
                "8fd19b19e7bb3f2b3ee0574027d8a5a4cec370464ea2db2fbfa5c7d35bb0cff3",
            ),
            (
                &[("key1", "value1"), ("key2", "value2"), ("key3", "value3")],
                "1dd674ec6782a0d586a903c9c63326a41cbe56b3bba33ed6ff5b527af6efb3dc",
            ),
            (&[], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ] {
            let leaves: Vec<Hash> =
                entries.iter().map(|(name, value)| leaf(name, value.as_bytes())).collect();
            assert_eq!(hex::encode(root(&leaves)), expected);
        }
    }

    #[test]
    fn every_store_of_up_to_twenty_is_provable() {
        let names: Vec<String> = (0..20).map(|i| format!("store{i:02}")).collect();
        for count in 1..=20 {
            let stores: Vec<(&str, Hash)> =
                (0..count).map(|i| (names[i].as_str(), [u8::try_from(i).unwrap(); 32])).collect();
            let root = app_hash(&stores).to_vec();
            for (index, (name, value)) in stores.iter().enumerate() {
                let exist = prove(&stores, index).unwrap();
                let proof =
                    ics23::CommitmentProof { proof: Some(ics23::commitment_proof::Proof::Exist(exist)) };
                assert!(ics23::verify_membership::<ics23::HostFunctionsManager>(
                    &proof,
                    &ics23::tendermint_spec(),
                    &root,
                    name.as_bytes(),
                    value,
                ));
            }
            assert_eq!(prove(&stores, count), None);
        }
    }
}
