//! The IAVL+ tree: an immutable, balanced tree of versioned leaves whose root hash commits to all entries.
//!
//! Nodes are shared between the trees of successive blocks; a change copies the nodes on its path once per block.
//! Roots and proofs equal those of Go iavl v1.2.2, provided that the writes of a block are applied in the same order
//! (the order of their keys) and that a block's height is its version.

mod balance;
mod iter;
mod node;
mod preimage;
mod proof;
mod rebuild;
mod tree;
mod walk;

pub use iter::Range;
pub use tree::Tree;

pub(crate) use proof::leaf_op;
pub(crate) use rebuild::Rebuild;
pub(crate) use walk::{Visit, Walk};

use crate::Hash;

/// The root hash of a tree without entries: SHA-256 of nothing.
pub const EMPTY_ROOT: Hash = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
    0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];
