//! What the local network costs, in process CPU time: the way up to the first update on both consumers, and 100 blocks of
//! each of its three chains, with real signatures and one relayer.
//!
//! `cargo bench -p ics-world --bench world`
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    missing_docs
)]

#[path = "../../../benches/clock.rs"]
mod clock;

use clock::{cpu, median};
use ics_abci::Time;
use ics_client::{Coin, msgs};
use ics_world::topology::{self, OPERATOR_INDEX};
use ics_world::{Act, ChainIndex, Effect, InMemory, Outcome, World};
use std::time::Duration;

const BLOCKS: u64 = 100;
const ROUNDS: usize = 10;

fn main() {
    let (mut up, mut idle, mut busy, mut blocks) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let start = Time::new(1_790_000_000, 0).unwrap();
        let (mut world, mut now) = (None, start);
        up.push(cpu(|| {
            let mut new = World::local(start, Box::new(InMemory::default())).unwrap();
            while !new.is_ready() {
                now = now.plus(Duration::from_secs(1)).unwrap();
                new.step(now).unwrap();
            }
            world = Some(new);
        }));
        let mut world = world.unwrap();
        blocks = world.site(ChainIndex(0)).unwrap().height().0;
        idle.push(cpu(|| hundred(&mut world, &mut now, false)));
        busy.push(cpu(|| hundred(&mut world, &mut now, true)));
    }
    println!("median of {ROUNDS}, CPU ms");
    println!(
        "empty disks to the first update on both consumers ({blocks} provider blocks)  {:7.1}",
        median(up)
    );
    println!(
        "{BLOCKS} blocks of each of three chains, nothing to tell                        {:7.1}",
        median(idle)
    );
    println!(
        "{BLOCKS} blocks of each, a delegation relayed to both consumers every epoch     {:7.1}",
        median(busy)
    );
}

fn hundred(world: &mut World, now: &mut Time, delegations: bool) {
    let mut relayed = 0;
    for block in 0..BLOCKS {
        if delegations && block % 5 == 0 {
            delegate(world);
        }
        *now = now.plus(Duration::from_secs(1)).unwrap();
        let effects = world.step(*now).unwrap();
        relayed += effects.iter().filter(|effect| matches!(effect, Effect::Relayed { .. })).count();
        let failed = |effect: &Effect| matches!(effect, Effect::TxFailed { .. } | Effect::RelayFailed { .. });
        assert!(!effects.iter().any(failed), "{effects:?}");
    }
    assert!(!delegations || relayed > 40, "{relayed}");
}

fn delegate(world: &mut World) {
    let delegator = topology::key(0).unwrap().address().to_text("cosmos");
    let validator = topology::key(OPERATOR_INDEX).unwrap().operator().to_text("cosmosvaloper");
    let coin = Coin { denom: "stake".to_owned(), amount: 1_000_000 };
    let messages = vec![msgs::delegate(&delegator, &validator, &coin)];
    let outcome = world.act(Act::Send { chain: ChainIndex(0), signer: 0, messages });
    assert!(matches!(outcome, Outcome::Submitted(_)), "{outcome:?}");
}
