//! Journey (a): a delegation on the provider becomes power on its consumers.

use crate::dsl::{C1, C2, Net, P, other, own, value};
use ics_abci::{ConsAddr, Height};
use ics_engine::history;
use ics_world::ChainIndex;

fn power(net: &Net, chain: ChainIndex, height: Height, addr: ConsAddr) -> Option<i64> {
    net.powers(chain, height).get(&addr).copied()
}

#[test]
fn a_delegation_on_the_provider_becomes_power_on_both_consumers_two_blocks_after_their_update() {
    let mut net = Net::ready();
    let (own, assigned) = (own("val2").address(), other("val2", "consumer-2").address());
    let since = [P, C1, C2].map(|chain| net.height(chain));
    assert_eq!(net.next_powers(C1).get(&own), Some(&90));
    assert_eq!(net.next_powers(C2).get(&assigned), Some(&90));
    assert_eq!(net.next_powers(C2).get(&own), None, "val2 signs consumer-2 with its assigned key alone");

    let delegated = net.delegate("alice", "val2", 30_000_000);
    let at = delegated.height;
    net.steps(2);
    assert_eq!(power(&net, P, at.next(), own), Some(90));
    assert_eq!(power(&net, P, at.next().next(), own), Some(120));

    let (sent, packet) = net.wait_for(P, "send_packet", since[0]);
    assert_eq!(sent.0 % 5, 0, "packets leave at the end of an epoch");
    assert!(sent >= at);
    assert_eq!(value(&packet, "packet_src_port"), "provider");

    for (chain, addr, since) in [(C1, own, since[1]), (C2, assigned, since[2])] {
        let (received, event) = net.wait_for(chain, "recv_packet", since);
        assert_eq!(value(&event, "packet_channel_ordering"), "ORDER_ORDERED");
        net.steps(2);
        let results = history::results(net.site(chain).disk(), received).unwrap().unwrap();
        let updates: Vec<_> = results.validators.iter().map(|u| (u.key.address(), u.power)).collect();
        assert_eq!(updates, [(addr, 120)], "one change, under the key that the chain knows");
        assert_eq!(power(&net, chain, received.next(), addr), Some(90));
        assert_eq!(power(&net, chain, received.next().next(), addr), Some(120));
        let [before, after] =
            [received, received.next()].map(|height| net.header(chain, height).next_validators_hash);
        assert_ne!(before, after, "the header before the change announces it");
        let height = received.next().next();
        assert_eq!(net.header(chain, height).validators_hash, after);
    }
    net.until("both acknowledgements are back", 10, |net| {
        net.in_flight(P, "provider", "channel-0").is_empty()
            && net.in_flight(P, "provider", "channel-1").is_empty()
    });
    assert_eq!(net.troubles(0), []);
    assert_eq!(net.failures(0), [] as [&str; 0]);
}

#[test]
fn an_epoch_without_changes_sends_nothing() {
    let mut net = Net::ready();
    let since = net.height(P);
    net.steps(12);
    assert_eq!(net.events(P, "send_packet", since), []);
}
