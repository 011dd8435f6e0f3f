//! A tree from its nodes in the order of a walk.
//!
//! Routing keys are not covered by hashes. They are therefore never read from outside but taken from the
//! leaves, whose order is checked; with the root hash, which the caller compares, that leaves no freedom.

use super::node::{Key, Link, Node};
use super::tree::Tree;
use super::walk::Visit;
use std::sync::Arc;

/// Nodes put together so far.
#[derive(Default)]
pub(crate) struct Rebuild {
    /// Finished subtrees from left to right, each with its least key.
    done: Vec<(Link, Key)>,
    /// The leaf that came last.
    greatest: Option<Key>,
}

impl Rebuild {
    /// Adds the next node. `None` where no valid tree continues so.
    pub(crate) fn push(&mut self, visit: Visit) -> Option<()> {
        match visit {
            Visit::Leaf { version, key, value } => {
                if key.is_empty()
                    || value.is_empty()
                    || self.greatest.as_ref().is_some_and(|last| *last >= key)
                {
                    return None;
                }
                self.greatest = Some(Arc::clone(&key));
                self.done.push((Node::leaf(Arc::clone(&key), value, version), key));
            }
            Visit::Inner { version } => {
                let ((right, routing), (left, least)) = (self.done.pop()?, self.done.pop()?);
                if left.height().abs_diff(right.height()) > 1 || version < left.version().max(right.version())
                {
                    return None;
                }
                self.done.push((Node::inner(routing, left, right, version), least));
            }
        }
        Some(())
    }

    /// The tree. `None` where parts of it are missing.
    pub(crate) fn finish(mut self) -> Option<Tree> {
        let root = self.done.pop().map(|(root, _)| root);
        self.done.is_empty().then_some(Tree { root })
    }
}

#[cfg(test)]
mod tests {
    use super::super::walk::Walk;
    use super::*;
    use bytes::Bytes;

    fn tree(keys: u8) -> Tree {
        let mut tree = Tree::new();
        for key in 0..keys {
            tree.set(&[key.wrapping_mul(77), key], Bytes::from(vec![key]), u64::from(key / 10));
        }
        tree
    }

    fn rebuild(visits: impl IntoIterator<Item = Visit>) -> Option<Tree> {
        let mut rebuild = Rebuild::default();
        for visit in visits {
            rebuild.push(visit)?;
        }
        rebuild.finish()
    }

    #[test]
    fn a_walked_tree_is_rebuilt_with_the_same_root_and_goes_on_equally() {
        for keys in [0, 1, 2, 3, 100, 255] {
            let mut original = tree(keys);
            let mut rebuilt = rebuild(Walk::new(&original)).unwrap();
            assert_eq!(rebuilt.root_hash(), original.root_hash());
            for tree in [&mut original, &mut rebuilt] {
                for key in 0..keys / 2 {
                    tree.remove(&[key.wrapping_mul(77), key], 90);
                }
                tree.set(b"one more", Bytes::from_static(b"v"), 90);
            }
            assert_eq!(rebuilt.root_hash(), original.root_hash());
        }
    }

    #[test]
    fn parts_that_make_no_valid_tree_are_refused() {
        let leaf = |key: &[u8]| Visit::Leaf { version: 5, key: key.into(), value: Bytes::from_static(b"v") };
        let inner = |version| Visit::Inner { version };
        assert!(rebuild([leaf(b"a"), leaf(b"b"), inner(5)]).is_some());
        for wrong in [
            vec![inner(5)],
            vec![leaf(b"a"), inner(5)],
            vec![leaf(b"a"), leaf(b"b")],
            vec![leaf(b"b"), leaf(b"a"), inner(5)],
            vec![leaf(b"a"), leaf(b"a"), inner(5)],
            vec![leaf(b"a"), leaf(b"b"), inner(4)],
            vec![leaf(b"")],
            vec![leaf(b"a"), leaf(b"b"), inner(5), leaf(b"c"), inner(5), leaf(b"d"), inner(5)],
        ] {
            assert!(rebuild(wrong.clone()).is_none(), "{wrong:?}");
        }
    }
}
