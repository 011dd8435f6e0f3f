//! Launches: whole, or without a trace.

use super::{assign, at_once, create, launched, open, opt_in, phase_of, remove, spawn_at, update, wait};
use crate::host_provider::{Provider, UNBONDING, provider_addr, shown, update as val, validator};
use ics_abci::{Height, Time};
use ics_ccv::id::{ChainId, ConsumerId, RevisionHeight};
use ics_ccv::provider::init_params::InitializationParameters;
use ics_ccv::provider::link::{self, Link};
use ics_ccv::provider::phase::{self, Phase};
use ics_ccv::provider::{consumer_set, lifecycle, query, state};
use ics_ccv::wire::genesis::{ConsumerParams, DurationNs};
use ics_ccv::{Rules, valset};

const TRUSTING_20_D: DurationNs = DurationNs::from_secs(1_140_480);
const TRUSTING_21_D: DurationNs = DurationNs::from_secs(1_197_504);

fn reusing(connection_id: &str) -> InitializationParameters {
    InitializationParameters { connection_id: connection_id.to_string(), ..at_once() }
}

fn last_failure(host: &mut Provider) -> String {
    host.events().iter().rev().map(shown).find(|text| text.starts_with("consumer_launch_failed")).unwrap()
}

#[test]
fn a_launch_makes_set_genesis_and_client() {
    let mut host = Provider::new(Rules::default());
    let id = create("consumer-1", Some(at_once())).handle(&mut host).unwrap().consumer_id;
    opt_in(id, 2).handle(&mut host).unwrap();
    opt_in(id, 1).handle(&mut host).unwrap();
    assign(id, 2, 22).handle(&mut host).unwrap();
    host.events();
    host.block(|_| ());

    assert_eq!(phase_of(&host, id), Some(Phase::Launched));
    let members = consumer_set::current(&host, id).unwrap();
    let mut powers: Vec<_> = members.iter().map(|of| (of.provider_addr, of.power, of.joined)).collect();
    powers.sort_by_key(|(_, power, _)| -power);
    assert_eq!(powers, [(provider_addr(1), 100, Height(1)), (provider_addr(2), 90, Height(1))]);
    let set = [val(1, 100), val(22, 90)];
    let genesis = query::consumer_genesis(&host, id).unwrap();
    assert_eq!(genesis.provider.initial_val_set, set);
    assert_eq!(
        genesis.params,
        ConsumerParams { enabled: true, consumer_id: "0".to_string(), ..ConsumerParams::default() }
    );
    assert!(genesis.new_chain && !genesis.pre_ccv && genesis.connection_id.is_empty());
    let own = genesis.provider.client_state.unwrap();
    assert_eq!(own.chain_id, ChainId("provider-1".to_string()));
    assert_eq!(own.latest_height, RevisionHeight { revision: 1, height: 1 });
    assert_eq!(
        (own.trusting_period, own.unbonding_period),
        (TRUSTING_21_D, DurationNs::from_secs(1_814_400))
    );
    let own = genesis.provider.consensus_state.unwrap();
    assert_eq!((own.timestamp, own.root), (host.now, vec![7; 32]));

    let [(client, consensus)] = host.world.created.as_slice() else { panic!("one client") };
    assert_eq!(client.chain_id, ChainId("consumer-1".to_string()));
    assert_eq!(client.latest_height, RevisionHeight { revision: 1, height: 1 });
    assert_eq!(
        (client.trusting_period, client.unbonding_period),
        (TRUSTING_20_D, DurationNs::from_secs(1_728_000))
    );
    assert_eq!(client.trust_level, (1, 3));
    assert_eq!(consensus.root, b"sentinel_root");
    assert_eq!(consensus.next_validators_hash, valset::hash(&set));
    assert_eq!(link::of(&host, id), Ok(Some(Link::Client { client: "07-tendermint-0".into() })));
    assert_eq!(query::consumer_id_from_client_id(&host, &"07-tendermint-0".into()), Ok(id));
    assert_eq!(state::EVIDENCE_MIN_HEIGHT.get(&host, &id), Ok(Some(Height(1))));

    let events: Vec<String> = host.events().iter().map(shown).collect();
    assert_eq!(
        events,
        [
            "create_client[client_id=07-tendermint-0]".to_string(),
            format!(
                "consumer_client_created[module=provider, consumer_id=0, consumer_chain_id=consumer-1, \
                 client_id=07-tendermint-0, initial_height=1-1, trusting_period=316h48m0s, \
                 unbonding_period=480h0m0s, valset_hash={}]",
                hex::encode_upper(valset::hash(&set))
            ),
        ]
    );
}

#[test]
fn nobody_launches_before_the_spawn_time() {
    let mut host = Provider::new(Rules::default());
    let spawn = host.now.plus(std::time::Duration::from_secs(2)).unwrap();
    let id = create("c-1", Some(spawn_at(spawn))).handle(&mut host).unwrap().consumer_id;
    opt_in(id, 1).handle(&mut host).unwrap();
    host.block(|_| ());
    assert_eq!(phase_of(&host, id), Some(Phase::Initialized));
    host.block(|_| ());
    assert_eq!(phase_of(&host, id), Some(Phase::Launched));
}

/// What a chain stores where the consumer was created without spawn time in the first place.
fn never_scheduled(opted_in: &[u8]) -> Provider {
    let mut host = Provider::new(Rules::default());
    let id = create("consumer-1", None).handle(&mut host).unwrap().consumer_id;
    for n in opted_in {
        opt_in(id, *n).handle(&mut host).unwrap();
    }
    host.block(|_| ());
    host
}

#[test]
fn a_launch_without_validators_leaves_no_trace_and_says_why() {
    let mut host = Provider::new(Rules::default());
    let id = create("consumer-1", Some(at_once())).handle(&mut host).unwrap().consumer_id;
    host.block(|_| ());
    assert_eq!(phase_of(&host, id), Some(Phase::Registered));
    assert_eq!(host.entries(), never_scheduled(&[]).entries());
    assert_eq!(
        last_failure(&mut host),
        "consumer_launch_failed[module=provider, consumer_id=0, consumer_chain_id=consumer-1, \
         error=cannot create genesis state: empty validator set]"
    );
}

#[test]
fn a_launch_that_ibc_refuses_leaves_no_trace_and_may_be_tried_again() {
    let mut host = Provider::new(Rules::default());
    host.client_fails.push("consumer-1".to_string());
    let id = create("consumer-1", Some(at_once())).handle(&mut host).unwrap().consumer_id;
    opt_in(id, 1).handle(&mut host).unwrap();
    host.block(|_| ());
    assert_eq!(host.entries(), never_scheduled(&[1]).entries());
    assert!(host.world.clients.is_empty(), "the client is undone too");
    let events: Vec<String> = host.events().iter().map(|event| event.kind.clone()).collect();
    assert_eq!(events, ["create_consumer", "opt_in", "consumer_launch_failed"]);

    host.client_fails.clear();
    let mut again = update(id);
    again.initialization_parameters = Some(at_once());
    again.handle(&mut host).unwrap();
    host.block(|_| ());
    assert_eq!(phase_of(&host, id), Some(Phase::Launched));
}

#[test]
fn one_failed_launch_is_nobody_elses() {
    let mut host = Provider::new(Rules::default());
    let ids: Vec<ConsumerId> =
        (0..3).map(|_| create("c-1", Some(at_once())).handle(&mut host).unwrap().consumer_id).collect();
    opt_in(ids[0], 1).handle(&mut host).unwrap();
    opt_in(ids[2], 1).handle(&mut host).unwrap();
    host.block(|_| ());
    let phases: Vec<_> = ids.iter().map(|id| phase_of(&host, *id).unwrap()).collect();
    assert_eq!(phases, [Phase::Launched, Phase::Registered, Phase::Launched]);
}

#[test]
fn parameters_that_became_invalid_fail_the_launch_and_not_the_chain() {
    let mut host = Provider::new(Rules::default());
    let id = create("consumer-1", Some(at_once())).handle(&mut host).unwrap().consumer_id;
    opt_in(id, 1).handle(&mut host).unwrap();
    // What no message can do, as a reader of an imported state may find it.
    state::CHAIN_ID.set(&mut host, &id, &ChainId("consumer-18446744073709551616".to_string()));
    host.block(|_| ());
    assert_eq!(phase_of(&host, id), Some(Phase::Registered));
    assert_eq!(lifecycle::init_params(&host, id).unwrap().spawn_time, Time::ZERO);
    assert!(last_failure(&mut host).contains("doesn't match revision number (1)"));
}

#[test]
fn validators_outside_the_providers_own_set_cannot_launch_a_consumer() {
    let mut host =
        Provider::with(Rules::default(), |genesis| genesis.params.max_provider_consensus_validators = 1);
    // Equal powers: the provider takes the first by operator, consumers the one with more tokens.
    host.validators = vec![validator(1, 100), validator(2, 100)];
    host.validators[1].tokens += 1;
    let id = create("consumer-1", Some(at_once())).handle(&mut host).unwrap().consumer_id;
    opt_in(id, 2).handle(&mut host).unwrap();
    host.block(|_| ());
    assert_eq!(phase_of(&host, id), Some(Phase::Registered));
    assert!(
        last_failure(&mut host)
            .ends_with("error=cannot launch: no validator of the set is active on the provider]")
    );
}

#[test]
fn two_hundred_and_fifty_due_consumers_take_two_blocks() {
    let mut host = Provider::new(Rules::default());
    let ids: Vec<ConsumerId> = (0..250)
        .map(|_| {
            let id = create("c-1", Some(at_once())).handle(&mut host).unwrap().consumer_id;
            opt_in(id, 1).handle(&mut host).unwrap();
            id
        })
        .collect();
    host.block(|_| ());
    assert_eq!(phase::all(&host, Phase::Launched).unwrap(), ids[..200]);
    assert_eq!(phase::all(&host, Phase::Initialized).unwrap(), ids[200..]);
    host.block(|_| ());
    assert_eq!(phase::all(&host, Phase::Launched).unwrap(), ids);
}

#[test]
fn a_consumer_may_reuse_the_connection_of_a_client_that_follows_it() {
    let mut host = Provider::new(Rules::default());
    host.foreign_client("07-tendermint-5", "consumer-1", 77);
    host.connect("07-tendermint-5", "connection-0");
    let id = create("consumer-1", Some(reusing("connection-0"))).handle(&mut host).unwrap().consumer_id;
    opt_in(id, 1).handle(&mut host).unwrap();
    host.block(|_| ());
    let genesis = query::consumer_genesis(&host, id).unwrap();
    assert_eq!((genesis.pre_ccv, genesis.connection_id.as_str()), (true, "connection-7"));
    assert_eq!((genesis.provider.client_state, genesis.provider.consensus_state), (None, None));
    assert_eq!(link::of(&host, id), Ok(Some(Link::Client { client: "07-tendermint-5".into() })));
    assert_eq!(state::EVIDENCE_MIN_HEIGHT.get(&host, &id), Ok(Some(Height(77))));
    assert!(host.world.created.is_empty());
}

#[test]
fn connections_that_do_not_lead_to_the_consumer_fail_the_launch() {
    let mut host = Provider::new(Rules::default());
    host.foreign_client("07-tendermint-5", "other-1", 77);
    host.connect("07-tendermint-5", "connection-0");
    host.connect("07-tendermint-9", "connection-1");
    host.foreign_client("07-tendermint-6", "consumer-1", 77);
    host.connect("07-tendermint-6", "connection-2");
    host.world.connections.get_mut(&"connection-2".into()).unwrap().counterparty_connection_id = None;
    for (connection, why) in [
        ("connection-0", "connection connection-0: its client follows \"other-1\": invalid consumer client"),
        ("connection-1", "client not found for client ID: 07-tendermint-9: light client not found"),
        ("connection-2", "connection connection-2 has no counterparty: invalid consumer client"),
        ("connection-3", "connection not found for connection ID: connection-3: connection not found"),
    ] {
        let id = create("consumer-1", Some(reusing(connection))).handle(&mut host).unwrap().consumer_id;
        opt_in(id, 1).handle(&mut host).unwrap();
        host.block(|_| ());
        assert_eq!(phase_of(&host, id), Some(Phase::Registered), "{connection}");
        assert!(last_failure(&mut host).ends_with(&format!("error={why}]")), "{connection}");
    }
}

#[test]
fn a_client_of_another_consumer_is_refused_until_that_one_is_deleted() {
    let mut host = Provider::new(Rules::default());
    let first = launched(&mut host, &[1]);
    host.connect("07-tendermint-0", "connection-0");
    let second = create("consumer-1", Some(reusing("connection-0"))).handle(&mut host).unwrap().consumer_id;
    opt_in(second, 1).handle(&mut host).unwrap();
    host.block(|_| ());
    assert_eq!(phase_of(&host, second), Some(Phase::Registered));
    assert!(
        last_failure(&mut host)
            .ends_with("error=client 07-tendermint-0 belongs to consumer 0: invalid consumer client]")
    );
    assert_eq!(query::consumer_id_from_client_id(&host, &"07-tendermint-0".into()), Ok(first));

    remove(first).handle(&mut host).unwrap();
    wait(&mut host, UNBONDING);
    host.block(|_| ());
    let mut again = update(second);
    again.initialization_parameters = Some(reusing("connection-0"));
    again.handle(&mut host).unwrap();
    host.block(|_| ());
    assert_eq!(query::consumer_id_from_client_id(&host, &"07-tendermint-0".into()), Ok(second));
    assert_eq!(open(&mut host, "07-tendermint-0", "connection-0", "channel-3"), Ok(()));
}

#[test]
fn a_blank_connection_is_none() {
    let mut host = Provider::new(Rules::default());
    let id = create("consumer-1", Some(reusing("  "))).handle(&mut host).unwrap().consumer_id;
    opt_in(id, 1).handle(&mut host).unwrap();
    host.block(|_| ());
    assert_eq!(phase_of(&host, id), Some(Phase::Launched));
    assert!(!query::consumer_genesis(&host, id).unwrap().pre_ccv);
}
