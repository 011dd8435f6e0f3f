//! Proofs that an entry is in a tree, or that a key is not.
//!
//! Source: ICS-23; Go iavl v1.2.2 `proof_ics23.go`. The bytes equal those that Go makes.

use super::node::{Inner, Node};
use super::preimage::{HASH_LEN, Header};
use super::tree::Tree;
use crate::Hash;
use ics23::commitment_proof::Proof;
use ics23::{CommitmentProof, ExistenceProof, HashOp, InnerOp, LeafOp, LengthOp, NonExistenceProof};

impl Tree {
    /// Proves the entry at `key`, or that there is none by the entries beside it. `None` for a tree without entries,
    /// of which nothing can be proved.
    #[must_use]
    pub fn prove(&self, key: &[u8]) -> Option<CommitmentProof> {
        let root = self.root.as_deref()?;
        let proof = match existence(root, key) {
            Some(exist) => Proof::Exist(exist),
            None => {
                let beside = |found: Option<(&[u8], _)>| found.and_then(|(key, _)| existence(root, key));
                Proof::Nonexist(NonExistenceProof {
                    key: key.to_vec(),
                    left: beside(self.range(&[], Some(key)).descending().next()),
                    right: beside(self.range(key, None).next()),
                })
            }
        };
        Some(CommitmentProof { proof: Some(proof) })
    }
}

fn existence(root: &Node, key: &[u8]) -> Option<ExistenceProof> {
    let mut path = Vec::new();
    let mut node = root;
    loop {
        match node {
            Node::Leaf(leaf) if *leaf.key == *key => {
                path.reverse();
                return Some(ExistenceProof {
                    key: key.to_vec(),
                    value: leaf.value.to_vec(),
                    leaf: Some(leaf_op(Header::leaf(leaf.version).bytes())),
                    path,
                });
            }
            Node::Leaf(_) => return None,
            Node::Inner(inner) if key < &*inner.key => {
                path.push(below_left(inner));
                node = &inner.left;
            }
            Node::Inner(inner) => {
                path.push(below_right(inner));
                node = &inner.right;
            }
        }
    }
}

/// How a leaf is hashed, in both levels of the state: its key as it is, its value hashed, lengths before both.
pub(crate) fn leaf_op(prefix: &[u8]) -> LeafOp {
    LeafOp {
        hash: HashOp::Sha256.into(),
        prehash_key: HashOp::NoHash.into(),
        prehash_value: HashOp::Sha256.into(),
        length: LengthOp::VarProto.into(),
        prefix: prefix.to_vec(),
    }
}

fn below_left(inner: &Inner) -> InnerOp {
    InnerOp { hash: HashOp::Sha256.into(), prefix: prefix(inner, None), suffix: with_len(inner.right.hash()) }
}

fn below_right(inner: &Inner) -> InnerOp {
    InnerOp {
        hash: HashOp::Sha256.into(),
        prefix: prefix(inner, Some(inner.left.hash())),
        suffix: Vec::new(),
    }
}

/// What stands before the hash of the child on the path: the header, the left sibling if there is one, a length.
fn prefix(inner: &Inner, left: Option<&Hash>) -> Vec<u8> {
    let mut prefix = Header::of(inner.height, inner.size, inner.version).bytes().to_vec();
    if let Some(left) = left {
        prefix.extend(with_len(left));
    }
    prefix.push(HASH_LEN);
    prefix
}

fn with_len(hash: &Hash) -> Vec<u8> {
    let mut bytes = vec![HASH_LEN];
    bytes.extend_from_slice(hash);
    bytes
}
