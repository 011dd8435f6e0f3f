//! Entries of a range in order, either way, visited only as they are asked for.

use super::node::Node;
use super::tree::Tree;
use bytes::Bytes;

/// The entries of a [`Tree`] from `start` (included) to `end` (excluded).
pub struct Range<'a> {
    /// Subtrees still to visit, the next one last. It never holds more than two nodes a level.
    rest: Vec<&'a Node>,
    start: Vec<u8>,
    end: Option<Vec<u8>>,
    descending: bool,
}

impl Tree {
    /// The entries from `start` (included; empty for the first) to `end` (excluded; none for no end), ascending.
    #[must_use]
    pub fn range(&self, start: &[u8], end: Option<&[u8]>) -> Range<'_> {
        Range {
            rest: self.root.as_deref().into_iter().collect(),
            start: start.to_vec(),
            end: end.map(<[u8]>::to_vec),
            descending: false,
        }
    }
}

impl Range<'_> {
    /// The same entries from the greatest key down. Only before the first entry was taken.
    #[must_use]
    pub fn descending(mut self) -> Self {
        self.descending = true;
        self
    }
}

impl<'a> Iterator for Range<'a> {
    type Item = (&'a [u8], &'a Bytes);

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(node) = self.rest.pop() {
            match node {
                Node::Leaf(leaf) => {
                    let key = &*leaf.key;
                    if key >= self.start.as_slice() && self.end.as_deref().is_none_or(|end| key < end) {
                        return Some((key, &leaf.value));
                    }
                }
                Node::Inner(inner) => {
                    let key = &*inner.key;
                    let left = (self.start.as_slice() < key).then_some(&*inner.left);
                    let right = self.end.as_deref().is_none_or(|end| key < end).then_some(&*inner.right);
                    let (first, second) = if self.descending { (right, left) } else { (left, right) };
                    self.rest.extend(second);
                    self.rest.extend(first);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn ranges_equal_those_of_an_ordered_map(
            keys in prop::collection::btree_set(0_u8..=255, 0..120),
            start in any::<u8>(),
            end in prop::option::of(any::<u8>()),
            take in 0_usize..8,
        ) {
            let mut tree = Tree::new();
            let mut model = BTreeMap::new();
            for key in keys {
                tree.set(&[key], Bytes::from(vec![key]), 1);
                model.insert(vec![key], Bytes::from(vec![key]));
            }
            let (start, end) = ([start], end.map(|end| [end]));
            let within = |key: &Vec<u8>| {
                key.as_slice() >= &start[..] && end.is_none_or(|end| key.as_slice() < &end[..])
            };
            let expected: Vec<_> = model.iter().filter(|(key, _)| within(key)).collect();
            let end = end.as_ref().map(|end| &end[..]);
            let found: Vec<_> = tree.range(&start, end).collect();
            prop_assert!(found.iter().copied().eq(expected.iter().map(|(key, value)| (key.as_slice(), *value))));
            let mut reversed: Vec<_> = tree.range(&start, end).descending().collect();
            prop_assert_eq!(
                tree.range(&start, end).descending().take(take).collect::<Vec<_>>(),
                reversed.iter().copied().take(take).collect::<Vec<_>>()
            );
            reversed.reverse();
            prop_assert_eq!(reversed, found);
        }
    }
}
