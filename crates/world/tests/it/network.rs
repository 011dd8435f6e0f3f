//! The local network from nothing to two secured consumers.

use ics_abci::Time;
use ics_world::{Effect, InMemory, World};
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
