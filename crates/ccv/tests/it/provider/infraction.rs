//! What infractions cost: the golden values, and changes that wait.

use super::{create, launched, not_owner, owner, phase_of, remove, update, wait};
use crate::host_provider::{Provider, UNBONDING, refused};
use crate::vectors::document::{duration, mutated};
use crate::vectors::each_case;
use ics_abci::{AccAddr, Time};
use ics_ccv::Rules;
use ics_ccv::id::{ConsumerId, DueAt};
use ics_ccv::provider::error::{Fault, Message};
use ics_ccv::provider::infraction_params::{
    self, InfractionChange, InfractionParameters, SlashJailParameters,
};
use ics_ccv::provider::phase::Phase;
use ics_ccv::provider::{query, state};
use ics_ccv::wire::genesis::DurationNs;
use serde_json::Value;
use std::time::Duration;

/// Proto JSON of `InfractionParameters`; `None` where a part does not decode.
fn read(document: &Value) -> Option<InfractionChange> {
    let part = |name: &str| -> Option<Option<SlashJailParameters>> {
        let Some(part) = document.get(name) else { return Some(None) };
        Some(Some(SlashJailParameters {
            slash_fraction: part["slash_fraction"].as_str()?.parse().ok()?,
            jail_duration: duration(&part["jail_duration"])?,
            tombstone: part["tombstone"].as_bool()?,
        }))
    };
    Some(InfractionChange { double_sign: part("double_sign")?, downtime: part("downtime")? })
}

#[test]
fn vectors_of_infraction_params_hold() {
    each_case("infraction_params", |case, bases| {
        let (kind, document) = mutated(case, bases);
        assert_eq!(kind, "interchain_security.ccv.provider.v1.InfractionParameters");
        let valid = read(&document).is_some_and(|change| change.validate().is_ok());
        assert_eq!(valid, case["expect"]["valid"].as_bool().unwrap(), "{}", case["name"]);
    });
}

fn costs(fraction: &str) -> SlashJailParameters {
    SlashJailParameters {
        slash_fraction: fraction.parse().unwrap(),
        jail_duration: DurationNs::from_secs(60),
        tombstone: false,
    }
}

fn downtime(fraction: &str) -> InfractionChange {
    InfractionChange { double_sign: None, downtime: Some(costs(fraction)) }
}

fn ask(host: &mut Provider, id: ConsumerId, change: InfractionChange) {
    let mut message = update(id);
    message.infraction_parameters = Some(change);
    message.handle(host).unwrap();
}

fn now(host: &Provider, id: ConsumerId) -> InfractionParameters {
    query::consumer_chain(host, id).unwrap().infraction_params
}

fn schedule(host: &Provider) -> Vec<(Time, ConsumerId)> {
    state::INFRACTION_QUEUE.iter(host).map(|entry| entry.map(|(due, id)| (due.0, id)).unwrap()).collect()
}

#[test]
fn what_a_creation_gives_goes_over_the_providers_own_costs() {
    let mut host = Provider::new(Rules::default());
    let plain = create("c-1", None).handle(&mut host).unwrap().consumer_id;
    let mut message = create("c-1", None);
    message.infraction_parameters = Some(downtime("0.5"));
    let id = message.handle(&mut host).unwrap().consumer_id;
    assert_eq!(now(&host, id).downtime, costs("0.5"));
    assert_eq!(now(&host, id).double_sign, now(&host, plain).double_sign);
}

#[test]
fn costs_out_of_range_are_refused_with_the_part() {
    let mut host = Provider::new(Rules::default());
    let id = create("c-1", None).handle(&mut host).unwrap().consumer_id;
    let fraction = Fault::new("Downtime", "slash fraction must be from 0 to 1");
    for wrong in ["-0.1", "1.000000000000000001"] {
        let mut created = create("c-1", None);
        created.infraction_parameters = Some(downtime(wrong));
        refused(&mut host, &Message::Create.fault(fraction), |host| created.handle(host));
        let mut updated = update(id);
        updated.infraction_parameters = Some(downtime(wrong));
        refused(&mut host, &Message::Update.fault(fraction), |host| updated.handle(host));
    }
    let mut updated = update(id);
    let jail = SlashJailParameters { jail_duration: DurationNs(-1), ..costs("0") };
    updated.infraction_parameters = Some(InfractionChange { double_sign: Some(jail), downtime: None });
    let fault = Fault::new("DoubleSign", "jail duration cannot be negative");
    refused(&mut host, &Message::Update.fault(fault), |host| updated.handle(host));
}

#[test]
fn before_the_launch_costs_change_at_once() {
    let mut host = Provider::new(Rules::default());
    let id = create("c-1", None).handle(&mut host).unwrap().consumer_id;
    ask(&mut host, id, downtime("0.5"));
    assert_eq!(now(&host, id).downtime, costs("0.5"));
    assert_eq!(schedule(&host), []);
}

#[test]
fn after_the_launch_they_change_one_unbonding_period_later() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    let before = now(&host, id);
    ask(&mut host, id, downtime("0.5"));
    let due = host.now.plus(UNBONDING).unwrap();
    assert_eq!((now(&host, id), schedule(&host)), (before.clone(), vec![(due, id)]));
    wait(&mut host, UNBONDING - Duration::from_secs(2));
    host.block(|_| ());
    assert_eq!(now(&host, id), before);
    host.block(|_| ());
    assert_eq!((host.now, now(&host, id).downtime), (due, costs("0.5")));
    assert_eq!((infraction_params::queued(&host, id), schedule(&host)), (Ok(None), vec![]));
}

#[test]
fn another_change_begins_the_wait_again_and_takes_the_place_of_the_first() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    ask(&mut host, id, downtime("0.5"));
    wait(&mut host, Duration::from_secs(100));
    // Parts that it leaves out are those of now, not those that wait.
    ask(&mut host, id, InfractionChange { double_sign: Some(costs("0.2")), downtime: None });
    let due = host.now.plus(UNBONDING).unwrap();
    assert_eq!(schedule(&host), [(due, id)]);
    let waiting = infraction_params::queued(&host, id).unwrap().unwrap();
    assert_eq!(
        (waiting.params.double_sign, waiting.params.downtime),
        (costs("0.2"), now(&host, id).downtime)
    );
}

#[test]
fn asking_for_the_costs_of_now_ends_the_wait() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    let before = host.entries();
    let current = now(&host, id);
    ask(&mut host, id, downtime("0.5"));
    ask(&mut host, id, InfractionChange { double_sign: None, downtime: Some(current.downtime) });
    assert_eq!(host.entries(), before);
    ask(&mut host, id, downtime("0.5"));
    ask(&mut host, id, InfractionChange::default());
    assert_eq!(host.entries(), before);
}

#[test]
fn an_update_without_costs_leaves_those_that_wait() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    ask(&mut host, id, downtime("0.5"));
    let waiting = infraction_params::queued(&host, id);
    wait(&mut host, Duration::from_secs(100));
    update(id).handle(&mut host).unwrap();
    assert_eq!(infraction_params::queued(&host, id), waiting);
}

#[test]
fn a_stopped_consumer_still_gets_them_and_a_deleted_one_keeps_none_that_wait() {
    let mut host = Provider::new(Rules::default());
    let stopped = launched(&mut host, &[1]);
    ask(&mut host, stopped, downtime("0.5"));
    wait(&mut host, Duration::from_secs(10));
    remove(stopped).handle(&mut host).unwrap();
    wait(&mut host, UNBONDING - Duration::from_secs(5));
    host.block(|_| ());
    assert_eq!(
        (phase_of(&host, stopped), now(&host, stopped).downtime),
        (Some(Phase::Stopped), costs("0.5"))
    );

    let deleted = launched(&mut host, &[1]);
    let before = now(&host, deleted);
    remove(deleted).handle(&mut host).unwrap();
    // Queued behind its removal: what no message does, an imported state may.
    let change = infraction_params::QueuedInfraction {
        params: InfractionParameters { downtime: costs("0.5"), ..before.clone() },
        slot: ics_ccv::provider::due::Slot { due: host.now.plus(UNBONDING * 2).unwrap(), place: 0 },
    };
    state::INFRACTION_QUEUE.push(&mut host, &DueAt(change.slot.due), &deleted).unwrap();
    state::QUEUED_INFRACTION.set(&mut host, &deleted, &change);
    wait(&mut host, UNBONDING);
    host.block(|_| ());
    assert_eq!((phase_of(&host, deleted), now(&host, deleted)), (Some(Phase::Deleted), before));
    assert_eq!((infraction_params::queued(&host, deleted), schedule(&host)), (Ok(None), vec![]));
}

#[test]
fn two_hundred_changes_take_effect_in_a_block_and_the_rest_in_the_next() {
    let mut host = Provider::new(Rules::default());
    let ids: Vec<ConsumerId> =
        (0..250).map(|_| create("c-1", None).handle(&mut host).unwrap().consumer_id).collect();
    for id in &ids {
        state::PHASE.set(&mut host, id, &Phase::Launched);
        ask(&mut host, *id, downtime("0.5"));
    }
    wait(&mut host, UNBONDING);
    let changed = |host: &Provider| ids.iter().filter(|id| now(host, **id).downtime == costs("0.5")).count();
    host.block(|_| ());
    assert_eq!(changed(&host), 200);
    host.block(|_| ());
    assert_eq!(changed(&host), 250);
}

#[test]
fn k_7_raised_costs_wait_and_only_the_owner_raises_them() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    let mut stranger = update(id);
    stranger.owner = AccAddr(vec![9; 20]);
    stranger.infraction_parameters = Some(downtime("1"));
    let error = not_owner(&owner(), &AccAddr(vec![9; 20]));
    refused(&mut host, &error, |host| stranger.handle(host));
    stranger.owner = owner();
    stranger.handle(&mut host).unwrap();
    assert!(now(&host, id).downtime.slash_fraction.is_zero());
}
