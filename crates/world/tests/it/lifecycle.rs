//! Journey (d): a consumer from its creation to its first update, and what changes it later, to its end.

use crate::dsl::{C1, C2, Net, P, address, operator, other, own, stake, value};
use ics_abci::Height;
use ics_client::{consensus, msgs};
use ics_engine::history;
use ics_proto::ibc::core::channel::v1::State;
use ics_proto::interchain_security::ccv::{consumer::v1 as consumer, provider::v1 as provider};

fn valcons(name: &str) -> String {
    own(name).address().to_text("cosmosvalcons")
}

#[test]
fn every_hop_from_create_to_the_first_update_leaves_what_the_next_one_needs() {
    let mut net = Net::new();
    let none = Height(0);
    net.step();
    assert!(net.channels(P).is_empty(), "at height 1 nothing is connected");

    net.until("both consumers are created", 5, |net| net.has_event(P, "create_consumer", none));
    let created = net.events(P, "create_consumer", none);
    let facts = |key| created.iter().map(|(_, event)| value(event, key)).collect::<Vec<_>>();
    assert_eq!(facts("consumer_id"), ["0", "1"]);
    assert_eq!(facts("consumer_chain_id"), ["consumer-1", "consumer-2"]);
    assert_eq!(facts("consumer_phase"), ["CONSUMER_PHASE_REGISTERED"; 2]);
    assert_eq!([net.phase("0"), net.phase("1")], ["REGISTERED"; 2]);

    net.until("they may spawn", 5, |net| net.phase("0") == "INITIALIZED");
    assert_eq!(net.events(P, "opt_in", none).len(), 4 + 3);
    assert_eq!(net.phase("1"), "INITIALIZED");

    net.until("they launch", 5, |net| net.phase("0") == "LAUNCHED");
    assert_eq!(net.phase("1"), "LAUNCHED");
    let clients = net.events(P, "consumer_client_created", none);
    let ids = clients.iter().map(|(_, event)| (value(event, "consumer_id"), value(event, "client_id")));
    assert_eq!(ids.collect::<Vec<_>>(), [("0", "07-tendermint-0"), ("1", "07-tendermint-1")]);

    for (chain, id) in [(C1, "0"), (C2, "1")] {
        let path = "/interchain_security.ccv.provider.v1.Query/QueryConsumerGenesis";
        let request = provider::QueryConsumerGenesisRequest { consumer_id: id.to_owned() };
        let served: provider::QueryConsumerGenesisResponse = net.ask(P, path, &request);
        let served = ics_proto::json::to_json_of(&served.genesis_state.unwrap()).unwrap();
        let served: serde_json::Value = serde_json::from_str(&served).unwrap();
        let document: serde_json::Value =
            serde_json::from_slice(&net.site(chain).genesis().app_state).unwrap();
        assert_eq!(document["ccvconsumer"], served, "the chain starts from what the provider serves");
    }

    net.step();
    for (at, chain) in [(0, C1), (1, C2)] {
        let hash = net.header(chain, Height(1)).validators_hash.to_string();
        assert_eq!(hash, value(&clients[at].1, "valset_hash"), "the client expects the set that signs");
    }
    assert_eq!(net.next_powers(C2).get(&other("val2", "consumer-2").address()), Some(&90));

    net.until("the handshakes end", 25, |net| net.events(P, "channel_established", none).len() == 2);
    let opened = net.events(P, "channel_established", none);
    for (at, (id, client, channel, connection)) in [
        ("0", "07-tendermint-0", "channel-0", "connection-0"),
        ("1", "07-tendermint-1", "channel-1", "connection-1"),
    ]
    .into_iter()
    .enumerate()
    {
        let event = &opened[at].1;
        assert_eq!(value(event, "consumer_id"), id);
        assert_eq!(value(event, "client_id"), client);
        assert_eq!(value(event, "channel_id"), channel);
        assert_eq!(value(event, "connection_id"), connection);
    }
    let transfer = net.events(C1, "fee_transfer_channel_opened", none);
    let acked = net.events(C1, "channel_open_ack", none);
    assert_eq!(transfer.len(), 1);
    assert_eq!(transfer[0].0, acked[0].0, "the consumer opens it while the provider's answer comes in");
    assert!(!net.has_event(C1, "channel_established", none), "no update came in yet");

    let send = msgs::send(&address(C1, "alice"), &address(C1, "bob"), &[stake(1)]);
    let why = net.refused(C1, "alice", vec![send.clone()]);
    assert_eq!(why, format!("tx contains unsupported message types at height {}", net.height(C1)));

    net.until("the first updates are in", 20, |net| net.world.is_ready());
    assert_eq!(net.events(C1, "channel_established", none).len(), 1);
    for (chain, client, connection, channel) in [
        (C1, "07-tendermint-0", "connection-0", "channel-0"),
        (C2, "07-tendermint-1", "connection-1", "channel-1"),
    ] {
        let path = "/interchain_security.ccv.consumer.v1.Query/QueryProviderInfo";
        let info: consumer::QueryProviderInfoResponse =
            net.ask(chain, path, &consumer::QueryProviderInfoRequest {});
        let ids = |end: consumer::ChainInfo| (end.client_id, end.connection_id, end.channel_id);
        let (here, there) = (ids(info.consumer.unwrap()), ids(info.provider.unwrap()));
        let text = |ids: (&str, &str, &str)| (ids.0.to_owned(), ids.1.to_owned(), ids.2.to_owned());
        assert_eq!(here, text(("07-tendermint-0", "connection-0", "channel-0")));
        assert_eq!(there, text((client, connection, channel)));
    }
    assert_eq!(net.deliver(C1, "alice", send).result.code, 0, "open for everybody now");

    net.until("the transfer channels are open", 10, |net| {
        [C1, C2].iter().all(|chain| net.channels(*chain).iter().all(|channel| channel.state() == State::Open))
            && net.channels(P).iter().all(|channel| channel.state() == State::Open)
    });
    let listed = |chain| {
        let all = net.channels(chain);
        all.iter().map(|c| format!("{} {} {:?}", c.port_id, c.channel_id, c.ordering())).collect::<Vec<_>>()
    };
    let on_consumers = ["consumer channel-0 Ordered", "transfer channel-1 Unordered"];
    assert_eq!(listed(C1), on_consumers);
    assert_eq!(listed(C2), on_consumers);
    let mut on_provider = listed(P);
    on_provider.sort();
    assert_eq!(
        on_provider,
        [
            "provider channel-0 Ordered",
            "provider channel-1 Ordered",
            "transfer channel-2 Unordered",
            "transfer channel-3 Unordered"
        ]
    );
    assert_eq!(net.failures(0), [] as [&str; 0]);
    assert_eq!(net.troubles(0), []);
}

#[test]
fn opting_out_and_in_again_takes_effect_at_the_next_epoch() {
    let mut net = Net::ready();
    let val4 = own("val4").address();
    net.until("an epoch has just begun", 5, |net| net.height(P).0 % 5 == 0);

    let (signer, validator) = (address(P, "val4"), operator("val4"));
    let out = net.deliver(P, "val4", msgs::opt_out(&signer, &validator, "0"));
    let epoch = Height(out.height.0.next_multiple_of(5));
    while net.height(P) < epoch {
        assert!(net.told("0").contains(&valcons("val4")), "until the epoch ends it validates");
        net.step();
    }
    assert!(!net.told("0").contains(&valcons("val4")));
    let since = net.height(C1);
    net.wait_for(C1, "recv_packet", since);
    net.steps(2);
    assert_eq!(net.next_powers(C1).get(&val4), None);
    assert_eq!(net.next_powers(P).get(&val4), Some(&70), "the provider's own set is its own");

    let back = net.deliver(P, "val4", msgs::opt_in(&signer, &validator, "0", None));
    assert!(!net.told("0").contains(&valcons("val4")) || back.height.0.is_multiple_of(5));
    let since = net.height(C1);
    net.wait_for(C1, "recv_packet", since);
    net.steps(2);
    assert_eq!(net.next_powers(C1).get(&val4), Some(&70));
}

#[test]
fn a_key_assigned_after_launch_replaces_the_old_one_in_one_update() {
    let mut net = Net::ready();
    let (old, new) = (own("val3"), other("val3", "consumer-1"));
    let json = consensus::key_json(&new.public());
    let since = net.height(C1);
    net.deliver(P, "val3", msgs::assign_consumer_key(&address(P, "val3"), &operator("val3"), "0", &json));

    let (received, _) = net.wait_for(C1, "recv_packet", since);
    net.steps(2);
    let results = history::results(net.site(C1).disk(), received).unwrap().unwrap();
    let mut updates: Vec<_> = results.validators.iter().map(|u| (u.power, u.key.address())).collect();
    updates.sort();
    assert_eq!(updates, [(0, old.address()), (80, new.address())], "a removal and an addition");
    let powers = net.next_powers(C1);
    assert_eq!((powers.get(&old.address()), powers.get(&new.address())), (None, Some(&80)));
    assert_eq!(powers.len(), 4);

    let path = "/interchain_security.ccv.provider.v1.Query/QueryValidatorProviderAddr";
    for addr in [old.address(), new.address()] {
        let request = provider::QueryValidatorProviderAddrRequest {
            consumer_id: "0".to_owned(),
            consumer_address: addr.to_text("cosmosvalcons"),
        };
        let answer: provider::QueryValidatorProviderAddrResponse = net.ask(P, path, &request);
        let expected = if addr == new.address() { valcons("val3") } else { String::new() };
        assert_eq!(answer.provider_address, expected, "val3's own key leads to itself without a mapping");
    }
}

#[test]
fn a_removed_consumer_stops_at_once_and_is_deleted_an_unbonding_period_later() {
    let mut net = Net::ready();
    let since = net.height(P);
    let removed = net.deliver(P, "alice", msgs::remove_consumer(&address(P, "alice"), "1"));
    assert_eq!(net.phase("1"), "STOPPED");
    let stopped = net.events(P, "consumer_stopped", since);
    assert_eq!(stopped.len(), 1);
    assert_eq!(value(&stopped[0].1, "reason"), "removed by its owner");

    net.delegate("alice", "val1", 10_000_000);
    net.steps(8);
    let to_second = net.events(P, "send_packet", since);
    let to = to_second.iter().map(|(_, event)| value(event, "packet_src_channel")).collect::<Vec<_>>();
    assert_eq!(to, ["channel-0"], "a stopped consumer is told nothing more");

    net.days(20);
    assert_eq!(net.phase("1"), "STOPPED");
    net.days(2);
    assert_eq!(net.phase("1"), "DELETED");
    let deleted = net.events(P, "consumer_deleted", since);
    assert_eq!(deleted.len(), 1);
    assert_eq!(deleted[0].1.get("error"), None, "its client lives, so its channel can be closed");
    let took = net.header(P, deleted[0].0).time.duration_since(net.header(P, removed.height).time).unwrap();
    assert!(took.as_secs() >= 21 * 86_400, "{took:?}");
    assert_eq!(net.channel_state(P, "provider", "channel-1"), State::Closed);
    net.until("the relayer tells the consumer", 6, |net| {
        net.channel_state(C2, "consumer", "channel-0") == State::Closed
    });
    assert_eq!(
        [net.phase("0").as_str(), net.channel_state(P, "provider", "channel-0").as_str_name()],
        ["LAUNCHED", "STATE_OPEN"]
    );
    let before = net.height(C2);
    net.steps(3);
    assert_eq!(net.height(C2).0, before.0 + 3, "the chain goes on with the set that it has");
}

#[test]
fn only_the_owner_removes_a_consumer() {
    let mut net = Net::ready();
    let message = msgs::remove_consumer(&address(P, "bob"), "1");
    let why = net.refused(P, "bob", vec![message]);
    let owner = address(P, "alice");
    assert_eq!(
        why,
        format!(
            "failed to execute message; message index: 0: expected owner address {owner}, got {}: unauthorized",
            address(P, "bob")
        )
    );
    assert_eq!(net.phase("1"), "LAUNCHED");
}
