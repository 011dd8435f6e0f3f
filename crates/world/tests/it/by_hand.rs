//! Consumers that somebody makes by hand beside those of the plan.

use crate::disk::SimDisks;
use crate::dsl::{DAY, Net, P, SECOND, address, operator, own, start};
use ics_abci::{Height, Time};
use ics_client::{ConsensusKey, consensus, msgs};
use ics_proto::google::protobuf::{Duration, Timestamp};
use ics_proto::ibc::core::client::v1::Height as ClientHeight;
use ics_proto::interchain_security::ccv::provider::v1 as provider;
use ics_world::{ChainIndex, Effect, KeySource, Plan, Progress, Unstarted, World};
use std::sync::{Arc, Mutex};

/// A keyring that somebody else writes to.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Ring>>);

#[derive(Default)]
struct Ring {
    keys: Vec<(String, ConsensusKey)>,
    changed: bool,
}

impl Shared {
    fn add(&self, name: &str, number: u64) -> ConsensusKey {
        let key = ConsensusKey::from_seed(consensus::seed_from_number(number));
        let mut guard = self.0.lock().unwrap();
        guard.keys.push((name.to_owned(), key.clone()));
        guard.changed = true;
        key
    }
}

impl KeySource for Shared {
    fn changed(&mut self) -> Result<Option<Vec<(String, ConsensusKey)>>, String> {
        let mut guard = self.0.lock().unwrap();
        let is_new = std::mem::take(&mut guard.changed);
        Ok(is_new.then(|| guard.keys.clone()))
    }
}

fn foreign(number: u64) -> ConsensusKey {
    ConsensusKey::from_seed(consensus::seed_from_number(number))
}

/// A small network whose keyring, and whose disks, somebody else holds too.
fn open(disks: &SimDisks, keys: &Shared, now: Time) -> Net {
    let plan = Plan::of(&[60_000_000, 30_000_000], 1);
    let world =
        World::open_with_keys(plan, start(), Box::new(disks.clone()), Box::new(keys.clone())).unwrap();
    Net { world, now, log: Vec::new() }
}

fn ready(disks: &SimDisks, keys: &Shared) -> Net {
    let mut net = open(disks, keys, start());
    net.until("the planned consumer is secured", 60, |net| net.world.is_ready());
    net.steps(3);
    net
}

fn initialization(chain_id: &str, height: u64, spawn: Time) -> provider::ConsumerInitializationParameters {
    let days = |days: i64| Some(Duration { seconds: days * 86_400, nanos: 0 });
    let revision = chain_id.rsplit_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or(0);
    provider::ConsumerInitializationParameters {
        initial_height: Some(ClientHeight { revision_number: revision, revision_height: height }),
        spawn_time: Some(Timestamp { seconds: spawn.seconds(), nanos: 0 }),
        unbonding_period: days(20),
        ccv_timeout_period: days(28),
        transfer_timeout_period: Some(Duration { seconds: 3_600, nanos: 0 }),
        consumer_redistribution_fraction: "0.75".to_owned(),
        blocks_per_distribution_transmission: 1_000,
        historical_entries: 10_000,
        ..Default::default()
    }
}

/// Somebody registers a consumer that is to spawn a few blocks from now, and these validators opt in.
fn create(net: &mut Net, chain_id: &str, members: &[(&str, Option<&ConsensusKey>)]) -> String {
    let params = initialization(chain_id, 1, net.now.plus(SECOND * 6).unwrap());
    create_with(net, chain_id, params, members)
}

fn create_with(
    net: &mut Net,
    chain_id: &str,
    params: provider::ConsumerInitializationParameters,
    members: &[(&str, Option<&ConsensusKey>)],
) -> String {
    let since = net.height(P);
    let message = provider::MsgCreateConsumer {
        submitter: address(P, "carol"),
        chain_id: chain_id.to_owned(),
        metadata: Some(provider::ConsumerMetadata {
            name: "by hand".to_owned(),
            description: "made in a second terminal".to_owned(),
            metadata: "none".to_owned(),
        }),
        initialization_parameters: Some(params),
        ..Default::default()
    };
    net.deliver(P, "carol", msgs::create_consumer(&message));
    let (_, event) = net.events(P, "create_consumer", since).pop().unwrap();
    let id = crate::dsl::value(&event, "consumer_id").to_owned();
    for (name, key) in members {
        let key = key.map(ConsensusKey::public);
        net.deliver(P, name, msgs::opt_in(&address(P, name), &operator(name), &id, key.as_ref()));
    }
    id
}

fn launch(net: &mut Net, id: &str) {
    net.until("it launches", 12, |net| net.phase(id) == "LAUNCHED");
}

/// What was told of consumers that are not started.
fn announced(net: &Net) -> Vec<(&str, &str, &Unstarted)> {
    let told = net.log.iter().filter_map(|effect| match effect {
        Effect::Unstarted { consumer_id, chain_id, why } => {
            Some((consumer_id.as_str(), chain_id.as_str(), why))
        }
        _ => None,
    });
    told.collect()
}

fn progress(net: &Net, chain_id: &str) -> Vec<String> {
    let of = |point: &&Progress| format!("{point:?}").contains(&format!("{chain_id:?}"));
    net.world.progress().iter().filter(of).map(|point| format!("{point:?}")).collect()
}

#[test]
fn a_consumer_made_by_hand_is_started_relayed_for_and_secured() {
    let keys = Shared::default();
    let mut net = ready(&SimDisks::default(), &keys);
    // The key comes while the network runs.
    let key = keys.add("mine", 77);
    let params = initialization("hand-3", 5, net.now.plus(SECOND * 4).unwrap());
    let id = create_with(&mut net, "hand-3", params, &[("val1", Some(&key)), ("val2", None)]);
    launch(&mut net, &id);
    let chain = net.world.find("hand-3").unwrap();
    assert_eq!(net.world.consumer_id(chain), Some(id.as_str()));
    net.step();
    assert_eq!(net.height(chain), Height(5), "its first block has the height that it was created with");
    assert_eq!(net.next_powers(chain), [(key.address(), 60), (own("val2").address(), 30)].into());
    assert_eq!(net.purse(chain, "judy"), ics_world::topology::FUNDS, "the same accounts own coins there");
    net.until("it is secured", 40, |net| {
        net.world.progress().contains(&Progress::Secured("hand-3".to_owned()))
    });
    assert!(net.has_event(chain, "recv_packet", Height(4)));
    assert_eq!(
        progress(&net, "hand-3"),
        ["Created", "Scheduled", "Started", "Connected", "Secured"]
            .map(|point| format!("{point}(\"hand-3\")"))
    );
    assert_eq!(announced(&net), []);
    assert_eq!(net.world.key_name(&key.address()), Some("mine"));

    let since = net.height(chain);
    net.delegate("alice", "val1", 5_000_000);
    net.wait_for(chain, "recv_packet", since);
    net.steps(2);
    assert_eq!(net.next_powers(chain).get(&key.address()), Some(&65));
    assert_eq!(net.troubles(0), []);
}

#[test]
fn a_key_that_is_assigned_after_launch_is_signed_with_from_the_block_at_which_the_set_changes() {
    let keys = Shared::default();
    let mut net = ready(&SimDisks::default(), &keys);
    let id = create(&mut net, "hand-1", &[("val1", None), ("val2", None)]);
    launch(&mut net, &id);
    net.until("it is secured", 40, |net| {
        net.world.progress().contains(&Progress::Secured("hand-1".to_owned()))
    });
    let chain = net.world.find("hand-1").unwrap();
    // Without its new key the chain would stand: it has two thirds of the power.
    let key = keys.add("later", 78);
    let json = consensus::key_json(&key.public());
    net.deliver(P, "val1", msgs::assign_consumer_key(&address(P, "val1"), &operator("val1"), &id, &json));
    net.until("the set changes", 20, |net| net.next_powers(chain).contains_key(&key.address()));
    assert_eq!(net.next_powers(chain), [(key.address(), 60), (own("val2").address(), 30)].into());
    let before = net.height(chain);
    net.steps(3);
    assert_eq!(net.height(chain).0, before.0 + 3);
    assert!(!net.log.iter().any(|effect| matches!(effect, Effect::Stands { .. })));
}

#[test]
fn one_whose_validators_keys_are_elsewhere_is_told_once_and_started_when_they_come() {
    let keys = Shared::default();
    let mut net = ready(&SimDisks::default(), &keys);
    let key = foreign(91);
    let id = create(&mut net, "far-1", &[("val1", Some(&key)), ("val2", None)]);
    launch(&mut net, &id);
    net.steps(10);
    let missing = vec![(key.address(), 60)];
    let why = Unstarted::KeysElsewhere { held: 30, total: 90, missing };
    assert_eq!(announced(&net), [(id.as_str(), "far-1", &why)]);
    assert_eq!(net.world.find("far-1"), None);
    assert_eq!(net.world.sites().len(), 2);

    keys.add("somebody else's", 92);
    net.steps(2);
    assert_eq!(announced(&net).len(), 1, "another key does not help, and changes nothing");
    keys.add("found", 91);
    net.until("it is secured", 40, |net| {
        net.world.progress().contains(&Progress::Secured("far-1".to_owned()))
    });
    assert_eq!(net.world.unstarted(&id), None);
}

#[test]
fn a_name_that_is_taken_is_told_and_the_network_goes_on_and_comes_back_the_same() {
    let (disks, keys) = (SimDisks::default(), Shared::default());
    let mut net = ready(&disks, &keys);
    // The first of two of the same name waits; so the second is the one that starts.
    let params = initialization("twin-1", 1, net.now.plus(SECOND * 30).unwrap());
    let late = create_with(&mut net, "twin-1", params, &[("val1", None)]);
    let early = create(&mut net, "twin-1", &[("val1", None), ("val2", None)]);
    let provider = create(&mut net, "provider-1", &[("val1", None)]);
    let planned = create(&mut net, "consumer-1", &[("val1", None)]);
    for id in [&early, &provider, &planned] {
        launch(&mut net, id);
    }
    net.until("the late one launches", 40, |net| net.phase(&late) == "LAUNCHED");
    net.steps(3);
    let taken = &Unstarted::NameTaken;
    let told = [
        (provider.as_str(), "provider-1", taken),
        (planned.as_str(), "consumer-1", taken),
        (late.as_str(), "twin-1", taken),
    ];
    assert_eq!(announced(&net), told);
    let twin = net.world.find("twin-1").unwrap();
    assert_eq!(net.world.consumer_id(twin), Some(early.as_str()));
    assert_eq!(net.next_powers(twin).len(), 2);

    let (now, tips) = (net.now, tips(&net));
    drop(net);
    let mut net = open(&disks, &keys, now);
    assert_eq!(crate::by_hand::tips(&net), tips);
    net.steps(3);
    let mut again = announced(&net);
    again.sort_by_key(|(id, _, _)| id.parse::<u64>().unwrap());
    assert_eq!(again, [told[2], told[0], told[1]], "told to whoever starts it again");
    let twin = net.world.find("twin-1").unwrap();
    assert_eq!(net.world.consumer_id(twin), Some(early.as_str()));
}

#[test]
fn what_becomes_of_a_consumer_is_not_told_of_the_chain_whose_name_it_took() {
    let mut net = ready(&SimDisks::default(), &Shared::default());
    let id = create(&mut net, "consumer-1", &[("val1", None)]);
    launch(&mut net, &id);
    net.deliver(P, "carol", msgs::remove_consumer(&address(P, "carol"), &id));
    net.steps(2);
    assert_eq!(net.phase(&id), "STOPPED");
    assert!(!net.world.progress().contains(&Progress::Stopped("consumer-1".to_owned())));
    net.deliver(P, "alice", msgs::remove_consumer(&address(P, "alice"), "0"));
    net.step();
    assert!(net.world.progress().contains(&Progress::Stopped("consumer-1".to_owned())));
}

#[test]
fn a_launch_that_fails_is_told_with_its_reason() {
    let mut net = ready(&SimDisks::default(), &Shared::default());
    let id = create(&mut net, "lone-1", &[]);
    let odd = create(&mut net, "my chain!/4", &[("val1", None)]);
    net.steps(10);
    assert_eq!(net.phase(&id), "REGISTERED");
    let told = net.log.iter().filter_map(|effect| match effect {
        Effect::LaunchFailed { consumer_id, chain_id, why } => {
            Some((consumer_id.as_str(), chain_id.as_str(), why.as_str()))
        }
        _ => None,
    });
    let unnamed = "cannot create client: chain id \"my chain!/4\": id `my chain!/4` can only contain alphanumeric \
         characters or `.`, `_`, `+`, `-`, `#`, - `[`, `]`, `<`, `>`: light client is invalid: invalid consumer client";
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            (id.as_str(), "lone-1", "cannot create genesis state: empty validator set"),
            (odd.as_str(), "my chain!/4", unnamed),
        ]
    );
}

fn tips(net: &Net) -> std::collections::BTreeMap<String, (Height, [u8; 32])> {
    let of = |site: &ics_world::Site| (site.chain_id().to_owned(), (site.height(), site.app_hash()));
    net.world.sites().iter().map(of).collect()
}

#[test]
fn chain_ids_of_any_text_stop_nobody() {
    let mut net = ready(&SimDisks::default(), &Shared::default());
    let ids = ["../../etc-1", "..", "a\u{1b}[2J\n", "my chain!/4", "%2E", "Ä-1", "lock", "PROVIDER-1"];
    let made: Vec<String> = ids.iter().map(|id| create(&mut net, id, &[("val1", None)])).collect();
    let before = net.height(P);
    net.steps(25);
    assert_eq!(net.height(P).0, before.0 + 25);
    for (id, chain_id) in made.iter().zip(ids) {
        let (phase, runs) = (net.phase(id), net.world.find_consumer(id).is_some());
        let is_told = announced(&net).iter().any(|(told, _, _)| told == id);
        assert!(
            (phase == "LAUNCHED" && (runs || is_told)) || (phase == "REGISTERED" && !runs),
            "{chain_id:?} is {phase}, runs: {runs}, told: {is_told}"
        );
    }
    assert!(net.world.find("PROVIDER-1").is_some(), "letters of another case are another chain");
}

#[test]
fn one_that_takes_over_a_connection_is_told_to_be_started_where_it_is() {
    let mut net = ready(&SimDisks::default(), &Shared::default());
    net.deliver(P, "alice", msgs::remove_consumer(&address(P, "alice"), "0"));
    net.days(22);
    assert_eq!(net.phase("0"), "DELETED");
    // Its chain and its connection are still there, and free for another consumer.
    let mut params = initialization("consumer-1", 1, net.now.plus(SECOND * 4).unwrap());
    params.connection_id = "connection-0".to_owned();
    let id = create_with(&mut net, "consumer-1", params, &[("val1", None)]);
    launch(&mut net, &id);
    net.steps(3);
    let why = Unstarted::Adopts { connection: "connection-0".to_owned() };
    assert_eq!(announced(&net), [(id.as_str(), "consumer-1", &why)]);
    assert_eq!(net.world.sites().len(), 2);
}

#[test]
fn a_chain_whose_consumer_is_removed_goes_on_and_is_resumed() {
    let (disks, keys) = (SimDisks::default(), Shared::default());
    let mut net = ready(&disks, &keys);
    let id = create(&mut net, "gone-1", &[("val1", None), ("val2", None)]);
    launch(&mut net, &id);
    net.until("it is secured", 40, |net| {
        net.world.progress().contains(&Progress::Secured("gone-1".to_owned()))
    });
    net.deliver(P, "carol", msgs::remove_consumer(&address(P, "carol"), &id));
    net.step();
    assert!(net.world.progress().contains(&Progress::Stopped("gone-1".to_owned())));
    let chain = net.world.find("gone-1").unwrap();
    for _ in 0..22 {
        net.leap(DAY);
    }
    assert_eq!(net.phase(&id), "DELETED");
    assert!(net.world.progress().contains(&Progress::Deleted("gone-1".to_owned())));
    let before = net.height(chain);
    net.steps(3);
    assert_eq!(net.height(chain).0, before.0 + 3, "with the set that it has");

    let (now, tips) = (net.now, tips(&net));
    drop(net);
    let mut net = open(&disks, &keys, now);
    assert_eq!(crate::by_hand::tips(&net), tips);
    net.step();
    let chain: ChainIndex = net.world.find("gone-1").unwrap();
    assert_eq!(net.height(chain).0, before.0 + 4);
}
