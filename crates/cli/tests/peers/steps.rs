//! CometBFT ended between any two steps of a block, where it has its own places to fail for tests: what the two programs
//! find of each other then is every case of `consensus/replay.go`, and each goes on.

use crate::comet;
use crate::node::{Between, Node, provider};
use std::collections::BTreeSet;

/// Places in a block at which CometBFT can be told to end.
const PLACES: u32 = 10;

/// What the handshake found: how many blocks application and state are behind the stored blocks.
type Behind = (u64, u64);

/// What every handshake of a node found.
fn found(node: &Node) -> BTreeSet<Behind> {
    let said = node.comet_said();
    let number = |line: &str, name: &str| -> u64 {
        let (_, rest) = line.split_once(&format!("{name}=")).unwrap();
        rest.split_whitespace().next().unwrap().parse().unwrap()
    };
    let lines = said.lines().filter(|line| line.contains("ABCI Replay Blocks"));
    let behind = |line: &str| {
        let stored = number(line, "storeHeight");
        (stored - number(line, "appHeight"), stored - number(line, "stateHeight"))
    };
    lines.map(behind).collect()
}

#[test]
fn a_crash_between_any_two_steps_of_a_block_is_repaired() {
    if comet::program().is_none() {
        return;
    }
    let mut all = BTreeSet::new();
    for place in 0..PLACES {
        let mut node = Node::new(1, &provider(1), Between::Unix);
        // In the first block, before which nothing is committed; the application lives.
        node.start_app();
        node.start_comet_to_fail(place);
        node.start_comet();
        let (height, seen) = node.wait_beyond(2);
        // In a later block; the application is killed too.
        node.kill_comet();
        node.start_comet_to_fail(place);
        node.kill();
        node.start();
        node.wait_beyond(height + 1);
        assert_eq!(node.block(Some(height)), Some((height, seen)), "place {place}");
        all.extend(found(&node));
    }
    // All equal; a block stored and not executed; executed and committed, which CometBFT's state does not know.
    assert_eq!(all, BTreeSet::from([(0, 0), (1, 1), (0, 1)]));
}
