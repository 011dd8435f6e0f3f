//! The cases I (channels and clients) and D-4 (storms around a spawn time), each a test named after it, and what a deletion
//! leaves behind.

use super::{
    assign, at_once, connected, create, launched, open, opt_in, opt_out, phase_of, remove, spawn_at, update,
    wait,
};
use crate::host_provider::{Provider, UNBONDING, refused, start};
use ics_abci::Time;
use ics_ccv::Rules;
use ics_ccv::id::{ChannelId, ConsumerId, DueAt, VscId};
use ics_ccv::provider::error::{Error, Wanted};
use ics_ccv::provider::infraction_params::{InfractionChange, SlashJailParameters};
use ics_ccv::provider::phase::{self, Phase};
use ics_ccv::provider::power_shaping::PowerShaping;
use ics_ccv::provider::{SendError, channel, pending, state};
use ics_ccv::wire::Ack;
use ics_ccv::wire::genesis::DurationNs;
use ics_ccv::wire::vsc::ValidatorSetChange;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

fn channel_0() -> ChannelId {
    "channel-0".into()
}

/// What can end a consumer, in any order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Timeout,
    ErrorAck,
    Owner,
}

fn end(host: &mut Provider, id: ConsumerId, by: End) {
    let before = phase_of(host, id);
    match by {
        End::Timeout => channel::on_timeout(host, &channel_0()).unwrap(),
        End::ErrorAck => channel::on_ack(host, &channel_0(), &Ack::refused(1).encode()).unwrap(),
        End::Owner if before == Some(Phase::Launched) => remove(id).handle(host).unwrap(),
        End::Owner => {
            let error = Error::WrongPhase { id, wanted: Wanted::Launched, found: before };
            refused(host, &error, |host| remove(id).handle(host));
        }
    }
}

#[test]
fn i_3_a_consumer_that_ends_in_several_ways_is_stopped_once_and_deleted_once_at_the_first_time() {
    use End::{ErrorAck, Owner, Timeout};
    for order in [
        [Timeout, ErrorAck, Owner],
        [Timeout, Owner, ErrorAck],
        [ErrorAck, Timeout, Owner],
        [ErrorAck, Owner, Timeout],
        [Owner, Timeout, ErrorAck],
        [Owner, ErrorAck, Timeout],
    ] {
        let mut host = Provider::new(Rules::default());
        let id = connected(&mut host, &[1]);
        let removal = host.now.plus(UNBONDING).unwrap();
        for by in order {
            end(&mut host, id, by);
            wait(&mut host, Duration::from_secs(60));
        }
        let queue: Vec<(DueAt, ConsumerId)> = state::REMOVAL_QUEUE.iter(&host).map(Result::unwrap).collect();
        assert_eq!(queue, [(DueAt(removal), id)], "{order:?}");
        assert_eq!(state::REMOVAL_AT.get(&host, &id), Ok(Some(removal)), "{order:?}");
        wait(&mut host, UNBONDING);
        host.block(|_| ());
        host.block(|_| ());
        let kinds: Vec<String> = host.events().into_iter().map(|event| event.kind).collect();
        let count = |kind: &str| kinds.iter().filter(|of| *of == kind).count();
        assert_eq!((count("consumer_stopped"), count("consumer_deleted")), (1, 1), "{order:?}");
    }
}

/// The ids and powers that were sent, one for each packet.
fn sent(host: &Provider) -> Vec<(VscId, i64)> {
    let decoded = |data: &str| ValidatorSetChange::decode(data.as_bytes()).unwrap();
    host.world.sent.iter().map(|sent| decoded(&sent.data)).map(|of| (of.id, of.updates[0].power)).collect()
}

#[test]
fn i_4_updates_for_an_expired_client_wait_and_go_in_order_once_it_is_recovered() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1, 2]);
    let expire = |host: &mut Provider| host.send_fails.insert("channel-0".into(), SendError::ClientInactive);
    // Expired before the channel opens, recovered after three epochs.
    expire(&mut host);
    host.set_power(1, 101);
    host.epoch();
    open(&mut host, "07-tendermint-0", "connection-0", "channel-0").unwrap();
    for power in [102, 103] {
        host.set_power(1, power);
        host.epoch();
    }
    assert_eq!((phase_of(&host, id), sent(&host)), (Some(Phase::Launched), vec![]));
    host.send_fails.clear();
    host.set_power(1, 104);
    host.epoch();
    let first = [(VscId(1), 101), (VscId(2), 102), (VscId(3), 103), (VscId(4), 104)];
    assert_eq!(sent(&host), first);
    // Expired again, and recovered in an epoch in which nothing else changes.
    expire(&mut host);
    host.set_power(1, 105);
    host.epoch();
    host.send_fails.clear();
    host.epoch();
    assert_eq!(sent(&host)[4..], [(VscId(5), 105)]);
    // Expired, and stopped by its owner: what waits is dropped with the consumer.
    expire(&mut host);
    host.set_power(1, 106);
    host.epoch();
    remove(id).handle(&mut host).unwrap();
    host.send_fails.clear();
    host.epoch();
    assert_eq!((sent(&host).len(), pending::waiting(&host, id).unwrap().len()), (5, 1));
    wait(&mut host, UNBONDING);
    host.block(|_| ());
    assert_eq!((phase_of(&host, id), pending::waiting(&host, id)), (Some(Phase::Deleted), Ok(vec![])));
}

#[test]
fn i_7_whatever_a_send_fails_for_only_that_consumer_is_affected() {
    let refused = |why: &str| SendError::Refused(why.to_string());
    for (error, left) in [
        (SendError::ClientInactive, Phase::Launched),
        (refused("channel is not open"), Phase::Stopped),
        (refused("packet timeout elapsed"), Phase::Stopped),
        (refused("channel not found"), Phase::Stopped),
    ] {
        let mut host = Provider::new(Rules::default());
        let first = connected(&mut host, &[1]);
        let second = launched(&mut host, &[1]);
        open(&mut host, "07-tendermint-1", "connection-1", "channel-1").unwrap();
        host.send_fails.insert("channel-0".into(), error.clone());
        let sent = host.epoch();
        assert_eq!(phase_of(&host, first), Some(left), "{error:?}");
        assert_eq!(phase_of(&host, second), Some(Phase::Launched), "{error:?}");
        assert_eq!(sent.iter().map(|sent| sent.channel.0.as_str()).collect::<Vec<_>>(), ["channel-1"]);
    }
}

#[test]
fn i_7_a_timeout_beyond_all_time_stops_consumers_and_not_the_provider() {
    let mut host = Provider::with(Rules::default(), |genesis| {
        genesis.params.ccv_timeout_period = DurationNs(i64::MAX);
    });
    host.now = Time::parse("9900-01-01T00:00:00Z").unwrap();
    let id = connected(&mut host, &[1]);
    host.epoch();
    assert_eq!((phase_of(&host, id), host.world.sent.len()), (Some(Phase::Stopped), 0));
}

/// What owners do around a spawn time.
#[derive(Clone, Debug)]
enum Storm {
    Create(Option<u64>),
    Spawn(usize, u64),
    Never(usize),
    Leave(usize),
    OptIn(usize),
    Block,
}

fn storm() -> impl Strategy<Value = Storm> {
    let (which, at) = (0_usize..8, 0_u64..30);
    prop_oneof![
        prop::option::of(at.clone()).prop_map(Storm::Create),
        (which.clone(), at).prop_map(|(which, at)| Storm::Spawn(which, at)),
        which.clone().prop_map(Storm::Never),
        which.clone().prop_map(Storm::Leave),
        which.prop_map(Storm::OptIn),
        Just(Storm::Block),
    ]
}

/// Who waits is in the queue once, under its own spawn time; nobody else is.
fn check_queue(host: &Provider) {
    let queue: Vec<(Time, ConsumerId)> =
        state::SPAWN_QUEUE.iter(host).map(|entry| entry.map(|(due, id)| (due.0, id)).unwrap()).collect();
    let ids: BTreeSet<ConsumerId> = queue.iter().map(|(_, id)| *id).collect();
    assert_eq!(ids.len(), queue.len(), "an id twice");
    assert_eq!(ids.into_iter().collect::<Vec<_>>(), phase::all(host, Phase::Initialized).unwrap());
    assert_eq!(state::SPAWN_AT.iter(host).count(), queue.len());
    for (due, id) in queue {
        assert_eq!(state::INIT_PARAMS.get(host, &id).unwrap().unwrap().spawn_time, due);
        assert_eq!(state::SPAWN_AT.get(host, &id).unwrap().unwrap().due, due);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn d_4_in_a_storm_of_creations_and_updates_each_id_is_in_the_queue_once(acts in prop::collection::vec(storm(), 1..60)) {
        let mut host = Provider::new(Rules::default());
        let at = |seconds| spawn_at(start().plus(Duration::from_secs(seconds)).unwrap());
        let mut ids = Vec::new();
        for act in acts {
            let pick = |which: usize| ids.get(which).copied().unwrap_or(ConsumerId(99));
            let updated = |id, init| {
                let mut message = update(id);
                message.initialization_parameters = init;
                message
            };
            // What is refused here, for a launched or an unknown consumer, is tested where it is refused.
            match act {
                Storm::Create(spawn) => {
                    ids.push(create("c-1", spawn.map(at)).handle(&mut host).unwrap().consumer_id);
                }
                Storm::Spawn(which, seconds) => drop(updated(pick(which), Some(at(seconds))).handle(&mut host)),
                Storm::Never(which) => {
                    drop(updated(pick(which), Some(spawn_at(Time::ZERO))).handle(&mut host));
                }
                Storm::Leave(which) => drop(updated(pick(which), None).handle(&mut host)),
                Storm::OptIn(which) => drop(opt_in(pick(which), 1).handle(&mut host)),
                Storm::Block => host.block(|_| ()),
            }
            check_queue(&host);
        }
        wait(&mut host, Duration::from_secs(60));
        host.block(|_| ());
        check_queue(&host);
        prop_assert_eq!(state::SPAWN_QUEUE.iter(&host).count(), 0);
    }
}

/// A provider on which one consumer runs; where asked, a second one lives a full life on it and is deleted.
fn provider_with(second: bool) -> Provider {
    let mut host = Provider::new(Rules::default());
    let first = connected(&mut host, &[1, 2]);
    assert_eq!(first, ConsumerId(0));
    let costs = SlashJailParameters {
        slash_fraction: "0.5".parse().unwrap(),
        jail_duration: DurationNs(1),
        tombstone: false,
    };
    let listed = vec![ics_abci::to_bech32("cosmosvalcons", &[9; 20])];
    let shaping =
        PowerShaping { min_stake: 5, denylist: listed, validators_power_cap: 60, ..Default::default() };
    let id = ConsumerId(1);
    host.block(|host| {
        if second {
            create("consumer-1", Some(at_once())).handle(host).unwrap();
            (1..=4).for_each(|n| opt_in(id, n).handle(host).unwrap());
            assign(id, 1, 31).handle(host).unwrap();
            assign(id, 2, 32).handle(host).unwrap();
        }
    });
    host.block(|host| {
        if second {
            assert_eq!(phase_of(host, id), Some(Phase::Launched));
            open(host, "07-tendermint-1", "connection-1", "channel-1").unwrap();
            assign(id, 1, 33).handle(host).unwrap();
        }
    });
    host.epoch();
    // Out of reach with updates that wait, a key that was not told, a change that waits, one that opted out.
    host.send_fails.insert("channel-1".into(), SendError::ClientInactive);
    host.block(|host| {
        if second {
            assign(id, 2, 34).handle(host).unwrap();
            opt_out(id, 3).handle(host).unwrap();
            let mut message = update(id);
            message.infraction_parameters =
                Some(InfractionChange { double_sign: None, downtime: Some(costs.clone()) });
            message.power_shaping_parameters = Some(shaping.clone());
            message.handle(host).unwrap();
        }
    });
    host.epoch();
    if second {
        assert_eq!(pending::waiting(&host, id).unwrap().len(), 1);
        remove(id).handle(&mut host).unwrap();
    }
    wait(&mut host, UNBONDING);
    host.epoch();
    host
}

#[test]
fn a_deletion_leaves_a_consumers_description_and_else_what_would_be_there_without_it() {
    let (with, without) = (provider_with(true), provider_with(false));
    let id = ConsumerId(1);
    assert_eq!(phase_of(&with, id), Some(Phase::Deleted));
    let (with, without) = (with.entries(), without.entries());
    let mut differing: BTreeMap<u8, usize> = BTreeMap::new();
    for key in with.keys().chain(without.keys()).collect::<BTreeSet<_>>() {
        if with.get(key) != without.get(key) {
            *differing.entry(key[0]).or_default() += 1;
        }
    }
    // The number that the next consumer gets; phase with its index, chain id, owner, metadata and the three records.
    assert_eq!(differing, [4, 10, 11, 12, 13, 14, 15, 16, 17].map(|prefix| (prefix, 1)).into());
}
