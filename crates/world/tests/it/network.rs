//! The local network from nothing to two secured consumers.

use crate::dsl::Net;
use ics_abci::Time;
use ics_world::{Effect, InMemory, Progress, Relaying, World};
use std::time::Duration;

fn start() -> Time {
    Time::new(1_790_000_000, 0).unwrap()
}

#[test]
fn a_provider_secures_two_consumers_over_verified_ibc() {
    let mut world = World::local(start(), Box::new(InMemory::default())).unwrap();
    let mut now = start();
    for _ in 0..120 {
        now = now.plus(Duration::from_secs(1)).unwrap();
        for effect in world.step(now).unwrap() {
            match effect {
                Effect::Block { txs: 0, set_changes: false, .. } => {}
                other => println!("{now} {other:?}"),
            }
        }
        if world.is_ready() {
            return;
        }
    }
    panic!("not ready: {:?}", world.progress());
}

#[test]
fn where_nobody_relays_both_consumers_run_and_are_not_connected() {
    let mut net = Net::new();
    net.world.relayer_mut().relay(Relaying::Nothing);
    net.until("both consumers run", 60, |net| net.world.is_founded());
    net.steps(20);
    let started = |chain: &str| Progress::Started(chain.to_owned());
    let last = &net.world.progress()[net.world.progress().len() - 2..];
    assert_eq!(last, [started("consumer-1"), started("consumer-2")]);
    assert!(!net.world.is_ready());
    net.world.relayer_mut().relay(Relaying::Everything);
    net.until("both consumers are secured", 60, |net| net.world.is_ready());
}
