//! A node: its fields, its hash, and how a shared one becomes one's own.

use super::preimage::{HASH_LEN, Header};
use crate::Hash;
use crate::codec::put_len;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::sync::{Arc, OnceLock};

/// A node that may be shared with older trees.
pub(crate) type Link = Arc<Node>;
/// The bytes of a key, shared between a leaf and the inner nodes that route by it.
pub(crate) type Key = Arc<[u8]>;

/// A leaf holds an entry; an inner node only routes to two others.
#[derive(Clone)]
pub(crate) enum Node {
    Leaf(Leaf),
    Inner(Inner),
}

/// An entry. `version` is the height of the block that wrote it.
#[derive(Clone)]
pub(crate) struct Leaf {
    hash: OnceLock<Hash>,
    pub(crate) version: u64,
    pub(crate) key: Key,
    pub(crate) value: Bytes,
}

/// Two subtrees. Invariant: every key on the left is less than `key`, and `key` is the least on the right.
#[derive(Clone)]
pub(crate) struct Inner {
    hash: OnceLock<Hash>,
    pub(crate) version: u64,
    pub(crate) size: u64,
    pub(crate) height: u8,
    pub(crate) key: Key,
    pub(crate) left: Link,
    pub(crate) right: Link,
}

impl Node {
    pub(crate) fn leaf(key: Key, value: Bytes, version: u64) -> Link {
        Arc::new(Self::Leaf(Leaf { hash: OnceLock::new(), version, key, value }))
    }

    pub(crate) fn inner(key: Key, left: Link, right: Link, version: u64) -> Link {
        let mut inner = Inner { hash: OnceLock::new(), version, size: 0, height: 0, key, left, right };
        inner.measure();
        Arc::new(Self::Inner(inner))
    }

    pub(crate) fn height(&self) -> u8 {
        match self {
            Self::Leaf(_) => 0,
            Self::Inner(inner) => inner.height,
        }
    }

    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Leaf(_) => 1,
            Self::Inner(inner) => inner.size,
        }
    }

    pub(crate) fn version(&self) -> u64 {
        match self {
            Self::Leaf(leaf) => leaf.version,
            Self::Inner(inner) => inner.version,
        }
    }

    /// The hash, computed once; the recursion is as deep as the tree is high.
    pub(crate) fn hash(&self) -> &Hash {
        match self {
            Self::Leaf(leaf) => leaf.hash.get_or_init(|| leaf.compute()),
            Self::Inner(inner) => inner.hash.get_or_init(|| inner.compute()),
        }
    }
}

impl Leaf {
    fn compute(&self) -> Hash {
        let mut header = Header::leaf(self.version);
        put_len(&mut header, self.key.len());
        let mut sha = Sha256::new();
        sha.update(header.bytes());
        sha.update(&self.key);
        sha.update([HASH_LEN]);
        sha.update(Sha256::digest(&self.value));
        sha.finalize().into()
    }
}

impl Inner {
    fn compute(&self) -> Hash {
        let mut header = Header::of(self.height, self.size, self.version);
        header.extend([HASH_LEN]);
        let mut sha = Sha256::new();
        sha.update(header.bytes());
        sha.update(self.left.hash());
        sha.update([HASH_LEN]);
        sha.update(self.right.hash());
        sha.finalize().into()
    }

    /// Takes height and size anew from the two subtrees.
    pub(crate) fn measure(&mut self) {
        // A tree of 2^64 leaves or of height 255 does not fit any memory.
        self.height = self.left.height().max(self.right.height()).saturating_add(1);
        self.size = self.left.size().saturating_add(self.right.size());
    }

    /// Height of the left subtree minus height of the right one.
    pub(crate) fn lean(&self) -> i16 {
        i16::from(self.left.height()).saturating_sub(i16::from(self.right.height()))
    }
}

/// Makes an inner node this block's own: copied if an older tree shares it, its hash forgotten. `None` for a leaf.
pub(crate) fn own(node: &mut Link, version: u64) -> Option<&mut Inner> {
    match Arc::make_mut(node) {
        Node::Leaf(_) => None,
        Node::Inner(inner) => {
            inner.hash = OnceLock::new();
            inner.version = version;
            Some(inner)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_hashes_equal_those_of_go() {
        let leaf = |key: &str, value: &'static str| {
            Node::leaf(Key::from(key.as_bytes()), Bytes::from_static(value.as_bytes()), 0)
        };
        let (left, right) = (leaf("key1", "value1"), leaf("key2", "value2"));
        assert_eq!(
            hex::encode(left.hash()),
            "bffb733c4d36d48583fca5d1d088fcdf2682d2eea77c864d2da00cda56a832ec"
        );
        assert_eq!(
            hex::encode(right.hash()),
            "915cdad41f11fc68bc8a9ff3c47c3050c06be086a382d7487cb4a4981dad5ef9"
        );
        let inner = Node::inner(Key::from(&b"key2"[..]), left, right, 1);
        assert_eq!((inner.height(), inner.size()), (1, 2));
        assert_eq!(
            hex::encode(inner.hash()),
            "d315e38c4e0093b72123fe70733a733a3fc185dfbce72357595738672ba984f2"
        );
    }
}
