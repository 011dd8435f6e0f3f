//! Rotations that keep the two subtrees of every node within one level of each other.
//!
//! Source: Go iavl v1.2.2 `mutable_tree.go` (balance, rotateLeft, rotateRight). The order of the cases decides the
//! shape after removals, and the shape decides the root.

use super::node::{Link, Node, own};
use std::sync::Arc;

/// Restores the balance of a node whose subtrees differ by at most two levels.
pub(crate) fn balance(node: &mut Link, version: u64) {
    let lean = lean(node);
    if lean > 1 {
        if let Some(inner) = own(node, version)
            && self::lean(&inner.left) < 0
        {
            rotate_left(&mut inner.left, version);
        }
        rotate_right(node, version);
    } else if lean < -1 {
        if let Some(inner) = own(node, version)
            && self::lean(&inner.right) > 0
        {
            rotate_right(&mut inner.right, version);
        }
        rotate_left(node, version);
    }
}

fn lean(node: &Node) -> i16 {
    match node {
        Node::Leaf(_) => 0,
        Node::Inner(inner) => inner.lean(),
    }
}

/// The left child takes the place of `node`, which becomes its right child. Both get the new version.
fn rotate_right(node: &mut Link, version: u64) {
    let Some(inner) = own(node, version) else { return };
    let Node::Inner(left) = &*inner.left else { return };
    let middle = Arc::clone(&left.right);
    let mut top = std::mem::replace(&mut inner.left, middle);
    inner.measure();
    if let Some(inner) = own(&mut top, version) {
        inner.right = Arc::clone(node);
        inner.measure();
    }
    *node = top;
}

/// The right child takes the place of `node`, which becomes its left child. Both get the new version.
fn rotate_left(node: &mut Link, version: u64) {
    let Some(inner) = own(node, version) else { return };
    let Node::Inner(right) = &*inner.right else { return };
    let middle = Arc::clone(&right.left);
    let mut top = std::mem::replace(&mut inner.right, middle);
    inner.measure();
    if let Some(inner) = own(&mut top, version) {
        inner.left = Arc::clone(node);
        inner.measure();
    }
    *node = top;
}
