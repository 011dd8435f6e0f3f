//! What is wrong with the reference and is not with us: a test for each section of the provider's specification that tells
//! of it, named after the section. Those about punishment and rewards come with these.

use super::power_shaping::{make_top, top};
use super::{
    assign, at_once, connected, create, launched, open, opt_in, opt_out, phase_of, remove, spawn_at, update,
    wait,
};
use crate::host_provider::{Provider, UNBONDING, key, provider_addr, refused, start};
use ics_abci::Time;
use ics_ccv::Rules;
use ics_ccv::id::{ChainId, ConsumerAddr, ConsumerId, DueAt, RevisionHeight};
use ics_ccv::provider::error::Error;
use ics_ccv::provider::init_params::InitializationParameters;
use ics_ccv::provider::phase::{self, Phase};
use ics_ccv::provider::{SendError, channel, keys, lifecycle, link, members, pending, query, state};
use ics_ccv::wire::Ack;
use ics_ccv::wire::genesis::DurationNs;
use std::time::Duration;

fn reusing(connection: &str) -> InitializationParameters {
    InitializationParameters { connection_id: connection.to_string(), ..at_once() }
}

fn later(seconds: u64) -> Time {
    start().plus(Duration::from_secs(seconds)).unwrap()
}

#[test]
fn hazard_11_1_no_chain_id_of_an_owner_halts_the_provider() {
    let mut host = Provider::new(Rules::default());
    let id = create("c-1", Some(at_once())).handle(&mut host).unwrap().consumer_id;
    opt_in(id, 1).handle(&mut host).unwrap();
    for new_chain_id in ["c-2", "c", "c-18446744073709551616"] {
        let mut message = update(id);
        message.new_chain_id = new_chain_id.to_string();
        let wrong = Error::WrongRevision { id, chain_id: ChainId(new_chain_id.to_string()), revision: 1 };
        refused(&mut host, &wrong, |host| message.handle(host));
    }
    // Were such an id there all the same, its launch would fail and nothing else.
    for chain_id in ["c-2", "c-18446744073709551616"] {
        state::CHAIN_ID.set(&mut host, &id, &ChainId(chain_id.to_string()));
        phase::schedule(&mut host, id, Time::UNIX_EPOCH).unwrap();
        host.block(|_| ());
        assert_eq!(phase_of(&host, id), Some(Phase::Registered), "{chain_id}");
        assert_eq!(lifecycle::init_params(&host, id).unwrap().spawn_time, Time::ZERO);
    }
}

#[test]
fn hazard_11_2_a_client_has_one_consumer_whoever_names_its_connection() {
    let mut host = Provider::new(Rules::default());
    let first = launched(&mut host, &[1]);
    host.connect("07-tendermint-0", "connection-0");
    let second = create("consumer-1", Some(reusing("connection-0"))).handle(&mut host).unwrap().consumer_id;
    opt_in(second, 1).handle(&mut host).unwrap();
    host.block(|_| ());
    assert_eq!(phase_of(&host, second), Some(Phase::Registered));
    let client = "07-tendermint-0".into();
    assert_eq!(query::consumer_id_from_client_id(&host, &client), Ok(first));
    open(&mut host, "07-tendermint-0", "connection-0", "channel-0").unwrap();
    assert_eq!(link::consumer_of_channel(&host, &"channel-0".into()), Ok(Some(first)));
    // It stays the first one's while that one is stopped, and is free once that one is deleted.
    remove(first).handle(&mut host).unwrap();
    let taken = Error::ClientTaken { client: client.clone(), other: first };
    assert_eq!(link::verify_free(&host, second, &client), Err(taken));
    wait(&mut host, UNBONDING);
    host.block(|_| ());
    let nobody = Error::NoConsumerOfClient(client.clone());
    assert_eq!(query::consumer_id_from_client_id(&host, &client), Err(nobody));
    assert_eq!(link::verify_free(&host, second, &client), Ok(()));
}

#[test]
fn hazard_11_9_neither_launches_nor_queues_nor_epochs_halt_the_provider() {
    let mut host = Provider::new(Rules::default());
    let running = connected(&mut host, &[1, 2]);
    let bound = launched(&mut host, &[1]);
    make_top(&mut host, bound, top(60));
    // An infraction queue entry without its record.
    state::INFRACTION_QUEUE.push(&mut host, &DueAt(Time::UNIX_EPOCH), &running).unwrap();
    // Entries of consumers that are nowhere, or elsewhere.
    for id in [ConsumerId(77), running] {
        state::SPAWN_QUEUE.push(&mut host, &DueAt(Time::UNIX_EPOCH), &id).unwrap();
        state::REMOVAL_QUEUE.push(&mut host, &DueAt(Time::UNIX_EPOCH), &id).unwrap();
    }
    // A launch that IBC refuses, one with nobody, one of a connection that is not there.
    host.client_fails.push("refused-1".to_string());
    for (chain_id, init) in
        [("refused-1", at_once()), ("nobody-1", at_once()), ("c-1", reusing("connection-99"))]
    {
        let id = create(chain_id, Some(init)).handle(&mut host).unwrap().consumer_id;
        if chain_id != "nobody-1" {
            opt_in(id, 1).handle(&mut host).unwrap();
        }
    }
    host.epoch();
    assert_eq!(state::INFRACTION_QUEUE.iter(&host).count(), 0);
    assert_eq!(phase::all(&host, Phase::Registered).unwrap().len(), 3);
    // Nobody left on the provider: the last sets stay, Top N or not, and no update empties one.
    let validators = std::mem::take(&mut host.validators);
    assert_eq!(host.epoch(), []);
    assert_eq!(phase::all(&host, Phase::Launched).unwrap(), [running, bound]);
    host.validators = validators;
    host.epoch();
    // Everybody leaves one consumer: its last set stays.
    for n in [1, 2] {
        opt_out(running, n).handle(&mut host).unwrap();
    }
    host.epoch();
    assert_eq!(query::consumer_validators(&host, running).unwrap().len(), 2);
}

#[test]
fn hazard_11_12_a_deletion_that_ibc_hinders_is_done_all_the_same() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1]);
    remove(id).handle(&mut host).unwrap();
    host.close_fails = Some("client is expired".to_string());
    wait(&mut host, UNBONDING);
    host.events();
    host.block(|_| ());
    assert_eq!(phase_of(&host, id), Some(Phase::Deleted));
    let event = host.events().into_iter().find(|event| event.kind == "consumer_deleted").unwrap();
    assert_eq!(event.get("error"), Some("client is expired"));
    assert_eq!(link::of(&host, id), Ok(None));
}

#[test]
fn hazard_11_12_a_closed_channel_stops_its_consumer_at_once_and_nothing_stops_it_again() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1]);
    let channel: ics_ccv::id::ChannelId = "channel-0".into();
    channel::on_close_confirm(&mut host, &channel).unwrap();
    assert_eq!(phase_of(&host, id), Some(Phase::Stopped));
    let before = host.entries();
    wait(&mut host, Duration::from_secs(60));
    channel::on_timeout(&mut host, &channel).unwrap();
    channel::on_ack(&mut host, &channel, &Ack::refused(1).encode()).unwrap();
    assert_eq!(host.entries(), before);
}

#[test]
fn hazard_11_12_nothing_of_a_removed_validator_is_left() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    assign(id, 2, 22).handle(&mut host).unwrap();
    host.epoch();
    assign(id, 2, 23).handle(&mut host).unwrap();
    host.validators.remove(1);
    keys::on_validator_removed(&mut host, provider_addr(2)).unwrap();
    assert_eq!(members::opted_in(&host, id), Ok(vec![provider_addr(1)]));
    for n in [22, 23] {
        assert_eq!(keys::holder(&host, id, ConsumerAddr(key(n).address())), Ok(None));
    }
}

#[test]
fn hazard_11_12_neither_epochs_nor_an_expired_client_fill_the_state() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    host.send_fails.insert("channel-0".into(), SendError::ClientInactive);
    for round in 0..250 {
        host.set_power(1, 100 + round);
        wait(&mut host, UNBONDING / 50);
        host.epoch();
    }
    assert_eq!(pending::waiting(&host, id).unwrap().len(), pending::WAITING_MAX);
    let remembered = state::LIABLE.iter(&host).count();
    assert!(remembered <= 52, "{remembered} ids of 50 epochs in an unbonding period");
}

/// Values that a block without transactions reads.
fn read_by_a_block(host: &mut Provider) -> u64 {
    let before = host.reads.get();
    host.block(|_| ());
    host.reads.get() - before
}

#[test]
fn hazard_11_13_a_block_costs_what_happens_in_it_and_not_what_exists() {
    let populated = |consumers: usize| {
        let mut host = Provider::new(Rules::default());
        for _ in 0..consumers {
            create("waits-1", Some(spawn_at(later(1_000_000)))).handle(&mut host).unwrap();
            let id = create("c-1", Some(at_once())).handle(&mut host).unwrap().consumer_id;
            opt_in(id, 1).handle(&mut host).unwrap();
        }
        host.epoch();
        host.epoch();
        assert_eq!(phase::all(&host, Phase::Launched).unwrap().len(), consumers);
        host
    };
    let (mut small, mut large) = (populated(1), populated(60));
    // The last of these ends an epoch in which nothing changed.
    for _ in 0..5 {
        assert_eq!(read_by_a_block(&mut small), read_by_a_block(&mut large));
    }
}

#[test]
fn hazard_11_13_hundreds_that_wait_for_one_moment_make_an_update_no_dearer() {
    let cost = |waiting: usize| {
        let mut host = Provider::new(Rules::default());
        let wish = || create("c-1", Some(spawn_at(later(60))));
        let ids: Vec<ConsumerId> =
            (0..waiting).map(|_| wish().handle(&mut host).unwrap().consumer_id).collect();
        let mut message = update(ids[waiting / 2]);
        message.initialization_parameters = Some(spawn_at(later(90)));
        let before = host.reads.get();
        message.handle(&mut host).unwrap();
        host.reads.get() - before
    };
    assert_eq!(cost(2), cost(500));
}

#[test]
fn hazard_11_14_every_consumer_in_every_phase_is_listed_and_a_deleted_one_has_no_validators() {
    let mut host = Provider::new(Rules::default());
    let deleted = launched(&mut host, &[1]);
    remove(deleted).handle(&mut host).unwrap();
    wait(&mut host, UNBONDING);
    host.block(|_| ());
    let stopped = launched(&mut host, &[1]);
    remove(stopped).handle(&mut host).unwrap();
    let running = launched(&mut host, &[1]);
    let registered = create("c-1", None).handle(&mut host).unwrap().consumer_id;
    let far = spawn_at(later(UNBONDING.as_secs() * 2));
    let waiting = create("c-1", Some(far)).handle(&mut host).unwrap().consumer_id;
    let wanted = query::PageWanted {
        phase: None,
        order: query::Order::Ascending,
        start: None,
        skip: 0,
        limit: 100,
        count: true,
    };
    let page = query::consumer_chains(&host, wanted).unwrap();
    let phases: Vec<(ConsumerId, Phase)> = page.chains.iter().map(|of| (of.consumer_id, of.phase)).collect();
    assert_eq!(
        phases,
        [
            (deleted, Phase::Deleted),
            (stopped, Phase::Stopped),
            (running, Phase::Launched),
            (registered, Phase::Registered),
            (waiting, Phase::Initialized),
        ]
    );
    for id in [deleted, stopped] {
        assert_eq!(query::consumer_validators(&host, id), Ok(vec![]));
    }
    // Known from the launch, not from a state of a client that may be forgotten.
    let launched_at = query::consumer_genesis_time(&host, running);
    host.world.clients.clear();
    assert_eq!(launched_at, Ok(host.now));
    assert_eq!(query::consumer_genesis_time(&host, running), launched_at);
}

#[test]
fn hazard_11_15_attributes_of_events_are_text() {
    let mut host = Provider::new(Rules::default());
    connected(&mut host, &[1]);
    channel::on_ack(&mut host, &"channel-0".into(), &Ack::ok().encode()).unwrap();
    let events = host.events();
    let created = events.iter().find(|event| event.kind == "consumer_client_created").unwrap();
    let hash = created.get("valset_hash").unwrap();
    assert_eq!((hash.len(), hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))), (64, true));
    for attribute in events.iter().flat_map(|event| &event.attributes) {
        assert!(!attribute.value.contains('\u{fffd}'), "{} lost bytes", attribute.key);
    }
}

#[test]
fn hazard_11_17_a_chain_id_without_a_revision_can_be_created_by_default() {
    let mut host = Provider::new(Rules::default());
    for (chain_id, revision) in [("consumer", 0), ("consumer-1", 1), ("consumer-7", 7)] {
        let id = create(chain_id, None).handle(&mut host).unwrap().consumer_id;
        let initial_height = RevisionHeight { revision, height: 1 };
        let expected = InitializationParameters { initial_height, ..Default::default() };
        assert_eq!(lifecycle::init_params(&host, id), Ok(expected));
    }
}

#[test]
fn hazard_11_17_a_blank_connection_is_none_and_the_same_spawn_time_keeps_the_place() {
    let mut host = Provider::new(Rules::default());
    let id = create("consumer-1", Some(reusing(" \t"))).handle(&mut host).unwrap().consumer_id;
    opt_in(id, 1).handle(&mut host).unwrap();
    host.block(|_| ());
    assert_eq!(phase_of(&host, id), Some(Phase::Launched));
    let wish = || create("c-1", Some(spawn_at(later(60))));
    let ids: Vec<ConsumerId> = (0..3).map(|_| wish().handle(&mut host).unwrap().consumer_id).collect();
    let mut again = update(ids[0]);
    again.initialization_parameters = Some(spawn_at(later(60)));
    again.handle(&mut host).unwrap();
    let queue: Vec<ConsumerId> = state::SPAWN_QUEUE.iter(&host).map(|entry| entry.unwrap().1).collect();
    assert_eq!(queue, ids);
}

#[test]
fn hazard_11_17_stake_is_not_bound_longer_on_a_consumer_than_on_the_provider() {
    let mut host = Provider::new(Rules::default());
    let unbonding = |seconds: u64| InitializationParameters {
        unbonding_period: DurationNs::from_secs(i64::try_from(seconds).unwrap()),
        ..at_once()
    };
    let most = UNBONDING.as_secs();
    let error = |id| Error::LongUnbonding { id, found: most + 1, most };
    assert_eq!(error(ConsumerId(0)).code(), ("provider", 30));
    let long = || Some(unbonding(most + 1));
    refused(&mut host, &error(ConsumerId(0)), |host| create("c-1", long()).handle(host));
    let id = create("c-1", Some(unbonding(most))).handle(&mut host).unwrap().consumer_id;
    opt_in(id, 1).handle(&mut host).unwrap();
    let mut message = update(id);
    message.initialization_parameters = long();
    refused(&mut host, &error(id), |host| message.handle(host));
    // The provider's became shorter since: other updates pass, the launch does not.
    host.unbonding = Duration::from_secs(most - 1);
    let mut renamed = update(id);
    renamed.metadata = Some(super::metadata());
    renamed.handle(&mut host).unwrap();
    host.block(|_| ());
    assert_eq!(phase_of(&host, id), Some(Phase::Registered));

    // Whoever says nothing gets what can launch.
    host.unbonding = Duration::from_secs(90);
    let id = create("c-1", None).handle(&mut host).unwrap().consumer_id;
    let init = query::consumer_chain(&host, id).unwrap().init_params;
    assert_eq!(
        init,
        InitializationParameters { unbonding_period: DurationNs::from_secs(90), ..Default::default() }
    );

    let mut reference = Provider::new(Rules::reference());
    reference.unbonding = Duration::from_secs(90);
    assert!(create("c-1", long()).handle(&mut reference).is_ok());
    let id = create("c-1", None).handle(&mut reference).unwrap().consumer_id;
    let init = query::consumer_chain(&reference, id).unwrap().init_params;
    assert_eq!(init, InitializationParameters::default());
}

#[test]
fn hazard_11_16_denominations_of_rewards_are_refused_and_never_kept() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1]);
    let later = Error::NotYet("allowlisted reward denominations");
    for denom in ["stake", "!", "", "ibc/"] {
        let mut message = create("c-1", None);
        message.allowlisted_reward_denoms = Some(vec![denom.to_string()]);
        refused(&mut host, &later, |host| message.handle(host));
        let mut message = update(id);
        message.allowlisted_reward_denoms = Some(vec![denom.to_string()]);
        refused(&mut host, &later, |host| message.handle(host));
    }
    assert!(query::registered_reward_denoms().is_empty());
}
