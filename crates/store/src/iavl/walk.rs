//! All nodes of a tree, both children before their parent: the order in which a tree is written out.

use super::node::{Key, Link, Node};
use super::tree::Tree;
use bytes::Bytes;
use std::sync::Arc;

/// A node as it is written out. Everything else about it follows from its children.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    Leaf { version: u64, key: Key, value: Bytes },
    Inner { version: u64 },
}

/// Visits a tree bottom-up. It owns what it has still to visit, so it may outlive the tree's owner.
pub(crate) struct Walk {
    /// Nodes to visit, the next one last; `true` once the children stand above it.
    rest: Vec<(Link, bool)>,
}

impl Walk {
    pub(crate) fn new(tree: &Tree) -> Self {
        Self { rest: tree.root.iter().map(|root| (Arc::clone(root), false)).collect() }
    }
}

impl Iterator for Walk {
    type Item = Visit;

    fn next(&mut self) -> Option<Visit> {
        loop {
            let (node, children_done) = self.rest.pop()?;
            match &*node {
                Node::Leaf(leaf) => {
                    let (key, value) = (Arc::clone(&leaf.key), leaf.value.clone());
                    return Some(Visit::Leaf { version: leaf.version, key, value });
                }
                Node::Inner(inner) if children_done => return Some(Visit::Inner { version: inner.version }),
                Node::Inner(inner) => {
                    let (left, right) = (Arc::clone(&inner.left), Arc::clone(&inner.right));
                    self.rest.extend([(node, true), (right, false), (left, false)]);
                }
            }
        }
    }
}
