//! Every kind of chain, under one validator's CometBFT.

use crate::comet;
use crate::node::{Between, Node, provider};
use ics_abci::Time;
use ics_node::abci::ChainKind;
use ics_world::{InMemory, Plan, World, genesis_json};
use serde_json::Value;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The genesis document of a consumer that a provider of the same validator launched, an hour ago.
fn consumer() -> Value {
    let plan = Plan::of(&[100_000_000], 1);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut now = Time::UNIX_EPOCH.plus(now - Duration::from_secs(3_600)).unwrap();
    let mut world = World::open(plan, now, Box::new(InMemory::default())).unwrap();
    for _ in 0..1_000 {
        if let Some(chain) = world.find("consumer-1") {
            let genesis = world.site(chain).unwrap().genesis();
            return serde_json::from_str(&genesis_json(genesis).unwrap()).unwrap();
        }
        now = now.plus(Duration::from_secs(1)).unwrap();
        world.step(now).unwrap();
    }
    panic!("no consumer was launched");
}

fn makes_blocks_after_a_kill(kind: ChainKind, genesis: &Value) {
    let mut node = Node::new(1, genesis, Between::Unix).with_kind(kind);
    node.start();
    let (height, seen) = node.wait_beyond(2);
    assert_eq!(node.powers().unwrap(), ["100"]);
    node.kill();
    node.start();
    node.wait_beyond(height + 1);
    assert_eq!(node.block(Some(height)), Some((height, seen)));
}

#[test]
fn a_consumer_that_a_provider_launched_makes_blocks() {
    if comet::program().is_some() {
        makes_blocks_after_a_kill(ChainKind::Consumer, &consumer());
    }
}

#[test]
fn a_chain_of_its_own_makes_blocks() {
    if comet::program().is_some() {
        makes_blocks_after_a_kill(ChainKind::Standalone, &provider(1));
    }
}
