//! The relayer in fair and in foul weather.

use crate::disk::SimDisks;
use crate::dsl::{C1, C2, Net, P, key, start};
use ics_abci::Height;
use ics_proto::ibc::core::client::v1::{QueryClientStatusRequest, QueryClientStatusResponse};
use ics_world::{Act, ChainIndex, Relaying, World, topology};

fn client_status(net: &Net, chain: ChainIndex, id: &str) -> String {
    let path = "/ibc.core.client.v1.Query/ClientStatus";
    let answer: QueryClientStatusResponse =
        net.ask(chain, path, &QueryClientStatusRequest { client_id: id.to_owned() });
    answer.status
}

fn clients(net: &Net) -> Vec<String> {
    [(P, "07-tendermint-0"), (P, "07-tendermint-1"), (C1, "07-tendermint-0"), (C2, "07-tendermint-0")]
        .map(|(chain, id)| client_status(net, chain, id))
        .to_vec()
}

#[test]
fn a_set_that_moved_by_more_than_two_thirds_is_followed_by_headers_in_between() {
    let mut net = Net::ready();
    net.relay(Relaying::Nothing);
    net.delegate("alice", "val4", 900_000_000_000);
    net.steps(3);
    // The old set trusts val4 with 70 of 340; from here on nobody else signs.
    net.absent(P, &["val1", "val2", "val3"]);
    net.steps(6);
    let (log, since) = (net.log.len(), net.height(C1));
    net.relay(Relaying::Everything);
    net.wait_for(C1, "recv_packet", since);
    net.steps(2);
    let first = net.relayed(C1, log)[0].clone();
    let updates = first.iter().filter(|name| **name == "MsgUpdateClient").count();
    assert!((2..=4).contains(&updates), "the last header alone proves nothing: {first:?}");
    assert_eq!(first[updates..], ["MsgRecvPacket"]);
    assert_eq!(net.next_powers(C1).values().max(), Some(&900_070));
    assert_eq!(net.failures(0), [] as [&str; 0]);
    assert_eq!(net.troubles(0), []);
}

#[test]
fn without_news_clients_are_refreshed_before_they_expire_and_no_more_often() {
    let mut net = Net::ready();
    let log = net.log.len();
    net.days(40);
    assert_eq!(clients(&net), ["Active"; 4]);
    for chain in [P, C1, C2] {
        let relayed = net.relayed(chain, log);
        assert!(relayed.iter().all(|messages| *messages == ["MsgUpdateClient"]), "{relayed:?}");
        let of_each = relayed.len() / if chain == P { 2 } else { 1 };
        assert!((6..=9).contains(&of_each), "every five days or so: {of_each}");
    }
    assert_eq!(net.troubles(log), []);
}

#[test]
fn after_a_pause_within_the_trusting_period_the_relayer_goes_on() {
    let mut net = Net::ready();
    net.relay(Relaying::Nothing);
    net.days(12);
    net.relay(Relaying::Everything);
    let since = [net.height(C1), net.height(C2)];
    net.delegate("alice", "val1", 5_000_000);
    net.wait_for(C1, "recv_packet", since[0]);
    net.wait_for(C2, "recv_packet", since[1]);
    assert_eq!(clients(&net), ["Active"; 4]);
    assert_eq!(net.troubles(0), []);
}

#[test]
fn after_a_pause_beyond_the_trusting_period_the_relayer_says_which_client_is_dead() {
    let mut net = Net::ready();
    net.relay(Relaying::Nothing);
    net.days(15);
    let log = net.log.len();
    net.relay(Relaying::Everything);
    net.steps(6);
    let why = |id| format!("client {id} of the other chain is expired or frozen");
    let (first, second) = (why("07-tendermint-0"), why("07-tendermint-1"));
    let said: Vec<(ChainIndex, &str)> = vec![(P, &first), (C1, &first), (P, &second), (C2, &first)];
    assert_eq!(net.troubles(log), said, "once each");
    assert_eq!(clients(&net), ["Expired"; 4]);
}

#[test]
fn an_unfunded_relayer_relays_nothing_and_says_why() {
    let mut net = Net::new();
    net.world.relayer_mut().use_key(topology::key(33).unwrap());
    net.steps(40);
    assert!(!net.world.is_ready());
    assert_eq!([net.phase("0"), net.phase("1")], ["LAUNCHED"; 2]);
    for chain in [P, C1, C2] {
        assert_eq!(net.relayed(chain, 0), [] as [Vec<&str>; 0]);
        assert!(net.channels(chain).is_empty());
    }
    let account = |prefix: &str| topology::key(33).unwrap().address().to_text(prefix);
    let troubles = net.troubles(0);
    assert_eq!(troubles.len(), 2, "once per consumer: {troubles:?}");
    for (chain, why) in troubles {
        assert!(chain == C1 || chain == C2);
        let account = account("consumer");
        assert_eq!(
            why,
            format!(
                "the account has no coins: rpc error: code = NotFound desc = account {account} not found: key not \
                 found"
            )
        );
    }
    net.world.relayer_mut().use_key(key("relayer"));
    net.until("a funded one brings the network up", 40, |net| net.world.is_ready());
}

#[test]
fn what_the_relayer_pays_are_the_fees_of_its_transactions_and_nothing_else() {
    let net = Net::ready();
    for chain in [P, C1, C2] {
        let relayer = crate::dsl::address(chain, "relayer");
        let fees: u128 = net
            .events(chain, "tx", Height(0))
            .iter()
            .filter(|(_, event)| event.get("fee_payer") == Some(&relayer))
            .map(|(_, event)| event.get("fee").unwrap().trim_end_matches("stake").parse::<u128>().unwrap())
            .sum();
        assert!(fees > 0);
        assert_eq!(net.purse(chain, "relayer"), topology::FUNDS - fees);
    }
}

#[test]
fn a_relayer_started_anew_finds_what_is_under_way() {
    let mut net = Net::ready();
    net.relay(Relaying::Nothing);
    net.delegate("alice", "val1", 5_000_000);
    net.until("an update waits", 6, |net| !net.in_flight(P, "provider", "channel-0").is_empty());
    net.world.act(Act::RestartRelayer);
    net.relay(Relaying::Everything);
    let since = net.height(C1);
    net.wait_for(C1, "recv_packet", since);
    net.world.act(Act::RestartRelayer);
    net.until("its acknowledgement is back", 6, |net| net.in_flight(P, "provider", "channel-0").is_empty());
    assert_eq!(net.troubles(0), []);
}

#[test]
fn a_network_opened_anew_relays_what_was_under_way() {
    let disks = SimDisks::default();
    let mut net = Net::on(Box::new(disks.clone()));
    net.until("both consumers are secured", 60, |net| net.world.is_ready());
    net.relay(Relaying::Nothing);
    net.delegate("alice", "val1", 5_000_000);
    net.until("an update waits", 6, |net| !net.in_flight(P, "provider", "channel-0").is_empty());
    let Net { world, now, log } = net;
    drop(world);

    let world = World::local(start(), Box::new(disks)).unwrap();
    let mut net = Net { world, now, log };
    let since = net.height(C1);
    net.wait_for(C1, "recv_packet", since);
    net.steps(2);
    assert_eq!(net.next_powers(C1).values().max(), Some(&105));
    net.until("the acknowledgement is back", 6, |net| net.in_flight(P, "provider", "channel-0").is_empty());
    assert!(net.world.is_ready());
}
