//! A consumer from its creation to its deletion.

use super::{
    at_once, connected, create, launched, not_owner, opt_in, owner, phase_of, remove, spawn_at, update, wait,
};
use crate::host_provider::{Provider, UNBONDING, refused, shown, start};
use ics_abci::{AccAddr, Time};
use ics_ccv::Rules;
use ics_ccv::id::{ChainId, ConsumerId, RevisionHeight};
use ics_ccv::provider::error::{Error, Fault, Message, Wanted};
use ics_ccv::provider::init_params::InitializationParameters;
use ics_ccv::provider::msgs::RemoveConsumer;
use ics_ccv::provider::phase::{self, Cause, Phase, Stop};
use ics_ccv::provider::{lifecycle, state};
use std::time::Duration;

const OWNER: &str = "cosmos1eryv3jxgeryv3jxgeryv3jxgeryv3jxgpm9ky2";

fn later(seconds: u64) -> Time {
    start().plus(Duration::from_secs(seconds)).unwrap()
}

fn queued(host: &Provider) -> Vec<(Time, ConsumerId)> {
    state::SPAWN_QUEUE.iter(host).map(|entry| entry.map(|(due, id)| (due.0, id)).unwrap()).collect()
}

#[test]
fn creating_without_a_spawn_time_registers_a_consumer() {
    let mut host = Provider::new(Rules::default());
    assert_eq!(owner().to_text("cosmos"), OWNER);
    let id = host.block(|host| create("consumer-1", None).handle(host).unwrap().consumer_id);
    assert_eq!(id, ConsumerId(0));
    assert_eq!(phase_of(&host, id), Some(Phase::Registered));
    assert_eq!(queued(&host), []);
    assert_eq!(lifecycle::init_params(&host, id), Ok(InitializationParameters::default()));
    let events: Vec<String> = host.events().iter().map(shown).collect();
    assert_eq!(
        events,
        [format!(
            "create_consumer[module=provider, consumer_id=0, consumer_chain_id=consumer-1, consumer_name=one, \
             submitter_address={OWNER}, consumer_owner={OWNER}, consumer_phase=CONSUMER_PHASE_REGISTERED]"
        )]
    );
}

#[test]
fn creating_with_a_spawn_time_waits_for_it() {
    let mut host = Provider::new(Rules::default());
    let id = host.block(|host| create("c-1", Some(spawn_at(later(60)))).handle(host).unwrap().consumer_id);
    assert_eq!(phase_of(&host, id), Some(Phase::Initialized));
    assert_eq!(queued(&host), [(later(60), id)]);
    let event = host.events().remove(0);
    assert_eq!(event.get("consumer_spawn_time"), Some("2026-01-01 00:01:00 +0000 UTC"));
    assert_eq!(event.get("consumer_phase"), Some("CONSUMER_PHASE_INITIALIZED"));
}

#[test]
fn a_refused_creation_uses_no_id() {
    let mut host = Provider::new(Rules::default());
    let wrong =
        Error::WrongRevision { id: ConsumerId(0), chain_id: ChainId("consumer".to_string()), revision: 1 };
    let init = || Some(InitializationParameters::default());
    refused(&mut host, &wrong, |host| create("consumer", init()).handle(host));
    assert_eq!(wrong.code(), ("provider", 30));
    let huge = "consumer-18446744073709551616";
    let wrong = Error::WrongRevision { id: ConsumerId(0), chain_id: ChainId(huge.to_string()), revision: 1 };
    refused(&mut host, &wrong, |host| create(huge, None).handle(host));
    assert_eq!(create("consumer-1", None).handle(&mut host).unwrap().consumer_id, ConsumerId(0));
    assert_eq!(create("consumer-1", None).handle(&mut host).unwrap().consumer_id, ConsumerId(1));
}

#[test]
fn an_update_moves_a_consumer_between_registered_and_waiting() {
    let mut host = Provider::new(Rules::default());
    let id = create("c-1", None).handle(&mut host).unwrap().consumer_id;
    let mut message = update(id);
    message.initialization_parameters = Some(spawn_at(later(60)));
    message.handle(&mut host).unwrap();
    assert_eq!((phase_of(&host, id), queued(&host)), (Some(Phase::Initialized), vec![(later(60), id)]));
    message.initialization_parameters = Some(spawn_at(later(90)));
    message.handle(&mut host).unwrap();
    assert_eq!((phase_of(&host, id), queued(&host)), (Some(Phase::Initialized), vec![(later(90), id)]));
    message.initialization_parameters = Some(spawn_at(Time::ZERO));
    message.handle(&mut host).unwrap();
    assert_eq!((phase_of(&host, id), queued(&host)), (Some(Phase::Registered), vec![]));
}

#[test]
fn an_update_that_leaves_the_spawn_time_keeps_the_place_in_the_queue() {
    let mut host = Provider::new(Rules::default());
    let first = create("c-1", Some(spawn_at(later(60)))).handle(&mut host).unwrap().consumer_id;
    let second = create("c-1", Some(spawn_at(later(60)))).handle(&mut host).unwrap().consumer_id;
    update(first).handle(&mut host).unwrap();
    assert_eq!(queued(&host), [(later(60), first), (later(60), second)]);
}

#[test]
fn an_update_tells_what_it_changed() {
    let mut host = Provider::new(Rules::default());
    let id = create("c-1", None).handle(&mut host).unwrap().consumer_id;
    host.events();
    let mut message = update(id);
    let new_owner = AccAddr(vec![201; 20]);
    message.new_owner_address = new_owner.to_text("cosmos");
    message.new_chain_id = "d-1".to_string();
    message.metadata = Some(super::metadata());
    message.initialization_parameters = Some(spawn_at(later(60)));
    message.power_shaping_parameters = Some(Default::default());
    message.handle(&mut host).unwrap();
    assert_eq!(
        shown(&host.events()[0]),
        format!(
            "update_consumer[module=provider, consumer_id=0, consumer_chain_id=d-1, submitter_address={OWNER}, \
             consumer_name=one, consumer_spawn_time=2026-01-01 00:01:00 +0000 UTC, consumer_topn=0, \
             consumer_owner={}, consumer_phase=CONSUMER_PHASE_INITIALIZED]",
            message.new_owner_address
        )
    );
    let error = not_owner(&new_owner, &owner());
    refused(&mut host, &error, |host| update(id).handle(host));
    assert_eq!(error.code(), ("provider", 25));
}

#[test]
fn a_new_chain_id_must_have_the_revision_of_the_initial_height() {
    let mut host = Provider::new(Rules::default());
    let id = create("c-1", Some(at_once())).handle(&mut host).unwrap().consumer_id;
    let mut message = update(id);
    for new_chain_id in ["c-2", "c-18446744073709551616"] {
        message.new_chain_id = new_chain_id.to_string();
        let wrong = Error::WrongRevision { id, chain_id: ChainId(new_chain_id.to_string()), revision: 1 };
        refused(&mut host, &wrong, |host| message.handle(host));
    }
    message.new_chain_id = "c-2".to_string();
    let initial_height = RevisionHeight { revision: 2, height: 5 };
    message.initialization_parameters = Some(InitializationParameters { initial_height, ..at_once() });
    message.handle(&mut host).unwrap();
    assert_eq!(lifecycle::chain_id(&host, id), Ok(ChainId("c-2".to_string())));
}

#[test]
fn updates_are_refused_with_the_reason() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    let mut unknown = update(id);
    unknown.consumer_id = "7".to_string();
    let seven = ConsumerId(7);
    let error = Error::WrongPhase { id: seven, wanted: Wanted::Active, found: None };
    assert_eq!(error.code(), ("provider", 27));
    refused(&mut host, &error, |host| unknown.handle(host));
    unknown.consumer_id = "00".to_string();
    refused(&mut host, &Error::UnknownConsumer("00".to_string()), |host| unknown.handle(host));

    let mut stranger = update(id);
    stranger.owner = AccAddr(vec![9; 20]);
    let error = not_owner(&owner(), &AccAddr(vec![9; 20]));
    refused(&mut host, &error, |host| stranger.handle(host));

    let mut late = update(id);
    late.initialization_parameters = Some(at_once());
    let fault = Fault::new("InitializationParameters", "the chain has launched already");
    let error = Message::Update.fault(fault);
    assert_eq!(error.code(), ("provider", 45));
    refused(&mut host, &error, |host| late.handle(host));

    let mut renamed = update(id);
    renamed.new_chain_id = "other-1".to_string();
    let error = Error::WrongPhase { id, wanted: Wanted::Prelaunched, found: Some(Phase::Launched) };
    refused(&mut host, &error, |host| renamed.handle(host));
    renamed.new_chain_id = "stride-1".to_string();
    let error = Message::Update.fault(Fault::new("NewChainId", "is empty, too long or reserved"));
    refused(&mut host, &error, |host| renamed.handle(host));

    let mut given = update(id);
    given.new_owner_address = "notanaddress".to_string();
    let error = Error::InvalidNewOwner("notanaddress".to_string());
    assert_eq!(error.code(), ("provider", 38));
    refused(&mut host, &error, |host| given.handle(host));

    remove(id).handle(&mut host).unwrap();
    let error = Error::WrongPhase { id, wanted: Wanted::Active, found: Some(Phase::Stopped) };
    refused(&mut host, &error, |host| update(id).handle(host));
}

#[test]
fn only_the_owner_removes_a_consumer_and_only_a_launched_one() {
    let mut host = Provider::new(Rules::default());
    let waiting = create("c-1", None).handle(&mut host).unwrap().consumer_id;
    let error = Error::WrongPhase { id: waiting, wanted: Wanted::Launched, found: Some(Phase::Registered) };
    refused(&mut host, &error, |host| remove(waiting).handle(host));
    let error = Error::NoOwner(ConsumerId(9));
    assert_eq!(error.code(), ("provider", 37));
    refused(&mut host, &error, |host| remove(ConsumerId(9)).handle(host));
    let bad = RemoveConsumer { consumer_id: "-1".to_string(), owner: owner() };
    let error = Error::InvalidConsumerId("-1".to_string());
    assert_eq!(error.code(), ("CCV", 19));
    refused(&mut host, &error, |host| bad.handle(host));

    let id = launched(&mut host, &[1]);
    let stranger = RemoveConsumer { consumer_id: id.to_string(), owner: AccAddr(vec![9; 20]) };
    let error = not_owner(&owner(), &AccAddr(vec![9; 20]));
    refused(&mut host, &error, |host| stranger.handle(host));
    host.events();
    remove(id).handle(&mut host).unwrap();
    let events: Vec<String> = host.events().iter().map(shown).collect();
    assert_eq!(
        events,
        [
            "consumer_stopped[module=provider, consumer_id=1, reason=removed by its owner, \
             consumer_removal_time=2026-01-22 00:00:02 +0000 UTC]"
                .to_string(),
            format!(
                "remove_consumer[module=provider, consumer_id=1, consumer_chain_id=consumer-1, \
                 submitter_address={OWNER}]"
            ),
        ]
    );
}

#[test]
fn a_stopped_consumer_is_deleted_one_unbonding_period_later_and_only_its_description_stays() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    super::assign(id, 2, 22).handle(&mut host).unwrap();
    super::assign(id, 2, 23).handle(&mut host).unwrap();
    super::set_commission(id, 2, "0.1").handle(&mut host).unwrap();
    host.epoch();
    remove(id).handle(&mut host).unwrap();
    let removal = host.now.plus(UNBONDING).unwrap();
    assert_eq!(state::REMOVAL_AT.get(&host, &id), Ok(Some(removal)));
    wait(&mut host, UNBONDING - Duration::from_secs(2));
    host.block(|_| ());
    assert_eq!(phase_of(&host, id), Some(Phase::Stopped));
    host.events();
    host.block(|_| ());
    assert_eq!(host.now, removal);
    assert_eq!(phase_of(&host, id), Some(Phase::Deleted));
    assert_eq!(host.world.closed, ["channel-0".into()]);
    let deleted = host.events().iter().map(shown).find(|text| text.starts_with("consumer_deleted"));
    assert_eq!(deleted, Some("consumer_deleted[module=provider, consumer_id=0]".to_string()));
    let prefixes: std::collections::BTreeSet<u8> = host.entries().keys().map(|key| key[0]).collect();
    // Parameters, epochs, own set and its limit, meter; phase with its index, chain id, owner, metadata and the three records.
    assert_eq!(
        prefixes.into_iter().collect::<Vec<_>>(),
        [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17]
    );
}

#[test]
fn stopping_twice_neither_moves_the_removal_nor_deletes_twice() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    let removal = host.now.plus(UNBONDING).unwrap();
    assert_eq!(phase::stop(&mut host, id, &Cause::Timeout), Ok(Stop::Stopped(removal)));
    wait(&mut host, Duration::from_secs(100));
    for cause in [Cause::ErrorAck, Cause::Owner, Cause::ChannelClosed] {
        assert_eq!(phase::stop(&mut host, id, &cause), Ok(Stop::NotRunning));
    }
    assert_eq!(state::REMOVAL_AT.get(&host, &id), Ok(Some(removal)));
    assert_eq!(state::REMOVAL_QUEUE.iter(&host).count(), 1);
}

#[test]
fn no_phase_is_left_but_by_its_own_ways() {
    let mut host = Provider::new(Rules::default());
    let id = create("c-1", None).handle(&mut host).unwrap().consumer_id;
    let wrong = |from, to| Error::Transition { id, from, to };
    let registered = Some(Phase::Registered);
    refused(&mut host, &wrong(registered, Phase::Registered), |host| phase::register(host, id));
    refused(&mut host, &wrong(registered, Phase::Launched), |host| phase::launch(host, id));
    refused(&mut host, &wrong(registered, Phase::Deleted), |host| phase::delete(host, id));
    let nobody = ConsumerId(5);
    let wrong = Error::Transition { id: nobody, from: None, to: Phase::Initialized };
    refused(&mut host, &wrong, |host| phase::schedule(host, nobody, Time::UNIX_EPOCH));
    let id = launched(&mut host, &[1]);
    let wrong = |to| Error::Transition { id, from: Some(Phase::Launched), to };
    refused(&mut host, &wrong(Phase::Registered), |host| phase::unschedule(host, id));
    refused(&mut host, &wrong(Phase::Deleted), |host| phase::delete(host, id));
}

#[test]
fn two_hundred_removals_fit_into_a_block() {
    let mut host = Provider::new(Rules::default());
    let ids: Vec<ConsumerId> = (0..250)
        .map(|_| {
            let id = create("c-1", Some(at_once())).handle(&mut host).unwrap().consumer_id;
            opt_in(id, 1).handle(&mut host).unwrap();
            id
        })
        .collect();
    host.block(|_| ());
    host.block(|_| ());
    for id in &ids {
        remove(*id).handle(&mut host).unwrap();
    }
    wait(&mut host, UNBONDING);
    host.block(|_| ());
    assert_eq!(phase::all(&host, Phase::Deleted).unwrap(), ids[..200]);
    host.block(|_| ());
    assert_eq!(phase::all(&host, Phase::Deleted).unwrap(), ids);
}
