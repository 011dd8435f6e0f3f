//! Networks of other sizes than the local one.

use crate::dsl::{Net, P, address, operator, own, stake};
use ics_abci::Height;
use ics_client::msgs;
use ics_world::{ChainIndex, ConsumerPlan, Plan, Progress, Seeded};
use std::time::Duration;

fn app_hashes(net: &Net) -> Vec<(String, Height, [u8; 32])> {
    let of = |site: &ics_world::Site| (site.chain_id().to_owned(), site.height(), site.app_hash());
    net.world.sites().iter().map(of).collect()
}

/// A network of a seed, brought up and then acted upon.
fn seeded(seed: u64, consumers: usize, steps: usize) -> Net {
    let mut seeded = Seeded::new(seed);
    let mut net = Net::of(seeded.plan(consumers));
    net.until("every consumer is secured", 40 + 20 * consumers, |net| net.world.is_ready());
    for _ in 0..steps {
        for act in seeded.acts(&net.world).unwrap() {
            net.world.act(act);
        }
        net.leap(seeded.stride());
    }
    net
}

#[test]
fn a_provider_without_consumers_is_ready_and_makes_blocks() {
    let mut net = Net::of(Plan::of(&[10_000_000], 0));
    assert!(net.world.is_ready());
    net.step();
    net.delegate("alice", "val1", 5_000_000);
    net.steps(2);
    assert_eq!(net.next_powers(P).values().copied().collect::<Vec<_>>(), [15]);
    assert_eq!(net.world.sites().len(), 1);
}

#[test]
fn one_consumer_or_five_of_one_seed_are_secured_and_the_seed_gives_the_same_app_hashes() {
    for consumers in [1, 5] {
        let net = seeded(7, consumers, 25);
        assert_eq!(net.world.sites().len(), consumers + 1);
        for number in 1..=consumers {
            let chain_id = format!("consumer-{number}");
            let index = net.world.find(&chain_id).unwrap();
            assert!(net.world.progress().contains(&Progress::Secured(chain_id.clone())));
            assert!(net.has_event(index, "recv_packet", Height(0)), "{chain_id} has its first update");
            assert_eq!(net.world.consumer_id(index), Some((number - 1).to_string().as_str()));
            assert_eq!(net.world.prefix(index), "consumer");
        }
        assert_eq!(app_hashes(&net), app_hashes(&seeded(7, consumers, 25)));
        assert_ne!(app_hashes(&net), app_hashes(&seeded(8, consumers, 25)));
    }
}

#[test]
fn the_consumers_of_a_seed_begin_with_the_local_networks_and_have_members_who_exist() {
    assert_eq!(Seeded::new(3).plan(2), Plan::local());
    let plan = Seeded::new(3).plan(30);
    assert_eq!(plan.consumers[..2], Plan::local().consumers[..]);
    assert_eq!(plan.consumers.len(), 30);
    for consumer in &plan.consumers {
        assert!(!consumer.members.is_empty());
        let exists = |moniker: &String| plan.validators.iter().any(|known| known.moniker == *moniker);
        assert!(consumer.members.iter().all(exists), "{consumer:?}");
        assert!(consumer.assigned.iter().all(|moniker| consumer.members.contains(moniker)), "{consumer:?}");
    }
    let sizes: std::collections::BTreeSet<_> = plan.consumers.iter().map(|c| c.members.len()).collect();
    assert_eq!(sizes.into_iter().collect::<Vec<_>>(), [1, 2, 3, 4], "all sizes occur");
}

#[test]
fn a_plan_says_who_validates_what_with_which_power_and_how_long_an_epoch_is() {
    let mut plan = Plan::of(&[50_000_000, 30_000_000, 20_000_000], 0);
    plan.epoch_blocks = 3;
    plan.provider_unbonding = Duration::from_secs(10 * 86_400);
    plan.consumer_unbonding = Duration::from_secs(9 * 86_400);
    plan.consumers.push(ConsumerPlan::new("east-7", ["val3"]));
    plan.consumers.push(ConsumerPlan::new("west-1", ["val1", "val2"]).assign("val1"));
    let mut net = Net::of(plan);
    net.until("both are secured", 60, |net| net.world.is_ready());
    let [east, west] = ["east-7", "west-1"].map(|id| net.world.find(id).unwrap());
    assert_eq!(net.next_powers(east), [(own("val3").address(), 20)].into());
    let other = crate::dsl::other("val1", "west-1");
    assert_eq!(net.next_powers(west), [(other.address(), 50), (own("val2").address(), 30)].into());

    let (sent, _) = net.events(P, "send_packet", Height(0)).pop().unwrap();
    assert_eq!(sent.0 % 3, 0, "updates leave at the end of an epoch of three blocks");
    let since = net.height(west);
    net.deliver(P, "bob", msgs::delegate(&address(P, "bob"), &operator("val2"), &stake(7_000_000)));
    net.wait_for(west, "recv_packet", since);
    net.steps(2);
    assert_eq!(net.next_powers(west).get(&own("val2").address()), Some(&37));
    assert_eq!(net.next_powers(east).len(), 1);
    assert_eq!(net.world.prefix(ChainIndex(9)), "cosmos", "where there is no chain");
    assert_eq!(net.failures(0), [] as [&str; 0]);
    assert_eq!(net.troubles(0), []);
}
