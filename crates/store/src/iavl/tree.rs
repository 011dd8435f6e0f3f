//! The tree as a map: look up, set, remove.
//!
//! Source: Go iavl v1.2.2 `mutable_tree.go` (recursiveSet, recursiveRemove). All recursions are as deep as the tree is
//! high, below 1.44 · log2 of its size.

use super::EMPTY_ROOT;
use super::balance::balance;
use super::node::{Key, Link, Node, own};
use crate::Hash;
use bytes::Bytes;
use std::sync::Arc;

/// An ordered map from bytes to bytes with a root hash. Cloning is free and a clone never changes.
///
/// Keys and values must not be empty, because those cannot be proved: [`crate::Multistore`] refuses them.
#[derive(Clone, Default)]
pub struct Tree {
    pub(crate) root: Option<Link>,
}

impl Tree {
    /// No entries.
    #[must_use]
    pub const fn new() -> Self {
        Self { root: None }
    }

    /// Number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.root.as_ref().map_or(0, |root| root.size())
    }

    /// Number of levels above the leaves.
    #[must_use]
    pub fn height(&self) -> u8 {
        self.root.as_ref().map_or(0, |root| root.height())
    }

    /// The hash that commits to every entry; computed once per tree.
    #[must_use]
    pub fn root_hash(&self) -> Hash {
        self.root.as_ref().map_or(EMPTY_ROOT, |root| *root.hash())
    }

    /// The value at `key`, if there is one.
    #[must_use]
    pub fn get(&self, key: &[u8]) -> Option<&Bytes> {
        let mut node = self.root.as_deref()?;
        loop {
            match node {
                Node::Leaf(leaf) => return (*leaf.key == *key).then_some(&leaf.value),
                Node::Inner(inner) if key < &*inner.key => node = &inner.left,
                Node::Inner(inner) => node = &inner.right,
            }
        }
    }

    /// Stores an entry written by the block at height `version`. A value that was there already counts as written
    /// again: it changes the root.
    pub fn set(&mut self, key: &[u8], value: Bytes, version: u64) {
        match &mut self.root {
            None => self.root = Some(Node::leaf(Key::from(key), value, version)),
            Some(root) => {
                insert(root, key, value, version);
            }
        }
    }

    /// Removes an entry in the block at height `version`; says whether there was one. Where there was none, nothing
    /// changes, nor does the root.
    pub fn remove(&mut self, key: &[u8], version: u64) -> bool {
        if self.get(key).is_none() {
            return false;
        }
        if let Some(root) = &mut self.root
            && matches!(take_out(root, key, version), Taken::Leaf)
        {
            self.root = None;
        }
        true
    }
}

impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tree")
            .field("size", &self.size())
            .field("height", &self.height())
            .finish_non_exhaustive()
    }
}

/// Whether the key is new below `node`.
fn insert(node: &mut Link, key: &[u8], value: Bytes, version: u64) -> bool {
    if let Node::Leaf(leaf) = &**node {
        let (above, inserted) = match key.cmp(&leaf.key) {
            std::cmp::Ordering::Equal => (Node::leaf(Arc::clone(&leaf.key), value, version), false),
            std::cmp::Ordering::Less => {
                let new = Node::leaf(Key::from(key), value, version);
                (Node::inner(Arc::clone(&leaf.key), new, Arc::clone(node), version), true)
            }
            std::cmp::Ordering::Greater => {
                let key = Key::from(key);
                let new = Node::leaf(Arc::clone(&key), value, version);
                (Node::inner(key, Arc::clone(node), new, version), true)
            }
        };
        *node = above;
        return inserted;
    }
    let Some(inner) = own(node, version) else { return false };
    let child = if key < &*inner.key { &mut inner.left } else { &mut inner.right };
    let inserted = insert(child, key, value, version);
    if inserted {
        inner.measure();
        balance(node, version);
    }
    inserted
}

/// What became of a node below which a key was taken out.
enum Taken {
    /// It was the leaf with that key itself: the parent drops it.
    Leaf,
    /// It stays. Where the least key below it went, `least` is the new one, for the ancestor that routes by it.
    Below { least: Option<Key> },
}

/// Takes out a key that is there.
fn take_out(node: &mut Link, key: &[u8], version: u64) -> Taken {
    let Some(inner) = own_unless_leaf(node, version) else { return Taken::Leaf };
    let least = if key < &*inner.key {
        match take_out(&mut inner.left, key, version) {
            Taken::Leaf => {
                let (least, promoted) = (Arc::clone(&inner.key), Arc::clone(&inner.right));
                *node = promoted;
                return Taken::Below { least: Some(least) };
            }
            Taken::Below { least } => least,
        }
    } else {
        match take_out(&mut inner.right, key, version) {
            Taken::Leaf => {
                let promoted = Arc::clone(&inner.left);
                *node = promoted;
                return Taken::Below { least: None };
            }
            Taken::Below { least } => {
                if let Some(least) = least {
                    inner.key = least;
                }
                None
            }
        }
    };
    inner.measure();
    balance(node, version);
    Taken::Below { least }
}

/// As [`own`], without copying the entry of a leaf.
fn own_unless_leaf(node: &mut Link, version: u64) -> Option<&mut super::node::Inner> {
    if matches!(**node, Node::Leaf(_)) { None } else { own(node, version) }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// Checks order, routing keys, heights, sizes, balance and versions of a subtree; returns its least key.
    fn check(node: &Node) -> Key {
        match node {
            Node::Leaf(leaf) => Arc::clone(&leaf.key),
            Node::Inner(inner) => {
                let (left, right) = (check(&inner.left), check(&inner.right));
                assert!(left < inner.key);
                assert_eq!(right, inner.key);
                assert_eq!(inner.size, inner.left.size() + inner.right.size());
                assert_eq!(inner.height, inner.left.height().max(inner.right.height()) + 1);
                assert!(inner.lean().abs() <= 1);
                assert!(inner.version >= inner.left.version().max(inner.right.version()));
                left
            }
        }
    }

    fn entries(tree: &Tree) -> Vec<(Vec<u8>, Bytes)> {
        tree.range(&[], None).map(|(key, value)| (key.to_vec(), value.clone())).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        /// Blocks of random writes over few keys, so that updates, removals and re-insertions all happen.
        #[test]
        fn tree_is_a_map_that_stays_balanced_and_old_trees_never_change(
            blocks in prop::collection::vec(
                prop::collection::vec((0_u16..400, prop::option::weighted(0.6, any::<u8>())), 0..80),
                1..12,
            ),
        ) {
            let mut tree = Tree::new();
            let mut model = BTreeMap::new();
            let mut history = Vec::new();
            for (height, block) in (1..).zip(&blocks) {
                for (key, value) in block {
                    let key = format!("{key:x}").into_bytes();
                    match value {
                        Some(value) => {
                            tree.set(&key, Bytes::from(vec![*value]), height);
                            model.insert(key, Bytes::from(vec![*value]));
                        }
                        None => prop_assert_eq!(tree.remove(&key, height), model.remove(&key).is_some()),
                    }
                }
                if let Some(root) = &tree.root {
                    check(root);
                }
                prop_assert_eq!(tree.size(), model.len() as u64);
                history.push((tree.clone(), tree.root_hash(), model.clone()));
            }
            for (old, root, model) in history {
                prop_assert_eq!(old.root_hash(), root);
                prop_assert_eq!(entries(&old), model.clone().into_iter().collect::<Vec<_>>());
                for key in 0_u16..400 {
                    let key = format!("{key:x}").into_bytes();
                    prop_assert_eq!(old.get(&key), model.get(&key));
                }
            }
        }

        /// The hashes are those of the nodes as they are, not of what they were before some write.
        #[test]
        fn cached_hashes_equal_recomputed_ones(ops in prop::collection::vec((0_u8..60, any::<bool>()), 1..200)) {
            let mut tree = Tree::new();
            for (height, (key, set)) in (1..).zip(&ops) {
                if *set { tree.set(&[*key], Bytes::from_static(b"v"), height) } else { tree.remove(&[*key], height); }
                let _ = tree.root_hash();
            }
            if let Some(root) = &tree.root {
                prop_assert_eq!(tree.root_hash(), *fresh(root).hash());
            }
        }
    }

    /// The same nodes without any cached hash.
    fn fresh(node: &Node) -> Link {
        match node {
            Node::Leaf(leaf) => Node::leaf(Arc::clone(&leaf.key), leaf.value.clone(), leaf.version),
            Node::Inner(inner) => {
                Node::inner(Arc::clone(&inner.key), fresh(&inner.left), fresh(&inner.right), inner.version)
            }
        }
    }

    #[test]
    fn removing_an_absent_key_shares_every_node() {
        let mut tree = Tree::new();
        for key in 0..20 {
            tree.set(&[key], Bytes::from_static(b"v"), 1);
        }
        let before = tree.clone();
        assert!(!tree.remove(b"absent", 2));
        assert!(Arc::ptr_eq(tree.root.as_ref().unwrap(), before.root.as_ref().unwrap()));
    }
}
