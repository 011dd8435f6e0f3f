//! One validator, and `kill -9` of either program at random moments: the chain and its app hash go on.

use crate::comet;
use crate::node::{Between, Node, Seen, copy, provider, wait_for};
use std::collections::BTreeMap;
use std::time::Duration;

/// How often each program is killed.
const ROUNDS: u64 = 5;
/// Shortest and longest life of a program, milliseconds.
const LIFE_MS: (u64, u64) = (200, 1_200);
const SEED: u64 = 0x1c5_2038;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn life(&mut self) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Duration::from_millis(LIFE_MS.0 + (self.0 >> 33) % (LIFE_MS.1 - LIFE_MS.0))
    }
}

/// Every block that was ever seen.
#[derive(Default)]
struct Chain(BTreeMap<u64, Seen>);

impl Chain {
    fn look(&mut self, node: &Node) {
        if let Some((height, seen)) = node.block(None) {
            let known = self.0.entry(height).or_insert_with(|| seen.clone());
            assert_eq!(*known, seen, "height {height}");
        }
    }

    fn tip(&self) -> u64 {
        self.0.keys().next_back().copied().unwrap_or(0)
    }

    /// The chain goes on, and is where it was seen what it was.
    fn goes_on(&mut self, node: &mut Node) {
        node.wait_beyond(self.tip() + 1);
        for (height, seen) in &self.0 {
            assert_eq!(node.block(Some(*height)), Some((*height, seen.clone())));
        }
        self.look(node);
    }
}

/// The application's last height and hash as CometBFT was told at its last start.
fn info(node: &Node) -> (u64, String) {
    let found = wait_for("answer of the application", || node.get("abci_info"));
    let found = &found["response"];
    let height = found["last_block_height"].as_str().unwrap().parse().unwrap();
    (height, found["last_block_app_hash"].as_str().unwrap().to_owned())
}

#[test]
fn a_delegation_counts_and_the_chain_survives_the_death_of_either_program() {
    if comet::program().is_none() {
        return;
    }
    let mut node = Node::new(1, &provider(1), Between::Unix);
    let mut chain = Chain::default();
    node.start();
    node.wait_beyond(2);
    chain.look(&node);

    let sent = node.delegate("5000000stake");
    assert!(sent.status.success(), "{sent:?}\n{}", node.logs());
    wait_for("power of the delegation", || node.powers().filter(|powers| *powers == ["105"]));

    let mut dice = Dice(SEED);
    for round in 0..ROUNDS {
        std::thread::sleep(dice.life());
        chain.look(&node);
        node.kill_app();
        node.start();
        chain.goes_on(&mut node);

        std::thread::sleep(dice.life());
        chain.look(&node);
        node.kill_comet();
        node.start_comet();
        chain.goes_on(&mut node);

        std::thread::sleep(dice.life());
        chain.look(&node);
        node.kill();
        node.start();
        chain.goes_on(&mut node);
        assert_eq!(node.powers().unwrap(), ["105"], "round {round}");
    }
    let (code, last) = node.stop();
    assert_eq!((code, last.as_str()), (Some(0), "stopped; the next start goes on from here"));
    node.start();
    chain.goes_on(&mut node);
}

#[test]
fn an_application_that_lost_blocks_or_everything_gets_them_again_from_cometbft() {
    if comet::program().is_none() {
        return;
    }
    let mut node = Node::new(1, &provider(1), Between::Tcp);
    let mut chain = Chain::default();
    node.start();
    node.wait_beyond(3);
    node.stop();
    let earlier = node.home.join("earlier");
    copy(&node.database(), &earlier);
    node.start();
    chain.goes_on(&mut node);
    let sent = node.delegate("7000000stake");
    assert!(sent.status.success(), "{sent:?}\n{}", node.logs());
    wait_for("power of the delegation", || node.powers().filter(|powers| *powers == ["107"]));
    chain.look(&node);
    node.stop();

    copy(&earlier, &node.database());
    node.start();
    chain.goes_on(&mut node);

    node.kill();
    std::fs::remove_file(node.database()).unwrap();
    node.start();
    chain.goes_on(&mut node);
    assert_eq!(node.powers().unwrap(), ["107"]);
    let (height, hash) = info(&node);
    assert!(height > chain.tip() / 2 && hash.len() > 40, "{height} {hash}");
}

#[test]
fn a_block_that_both_take_back_is_executed_again() {
    if comet::program().is_none() {
        return;
    }
    let mut node = Node::new(1, &provider(1), Between::Unix);
    let mut chain = Chain::default();
    node.start();
    node.wait_beyond(3);
    chain.look(&node);
    node.stop();
    let [comet, ours] = node.rollback();
    let height =
        ours.strip_prefix("the chain stands at height ").and_then(|rest| rest.strip_suffix(" now\n"));
    let height = height.unwrap_or_else(|| panic!("{ours}"));
    assert!(comet.starts_with(&format!("Rolled back state to height {height} ")), "{comet}{ours}");
    node.start();
    chain.goes_on(&mut node);
}
