//! A provider whose blocks are full of what users send.

use crate::dsl::{C1, Net, P, address, key, operator, stake, start};
use ics_client::{Account, Body, Fee, msgs, sign};
use ics_kv::rows::Disk;
use ics_world::{DiskFactory, Endpoint as _, InMemory, Plan, account, found, provider_genesis};

/// Gas of a block, and of each transaction of the user.
const GAS: i64 = 20_000_000;

/// A network whose provider's blocks have room for one transaction of the user.
fn narrow() -> Net {
    let mut disks = InMemory::default();
    let mut genesis = provider_genesis(&Plan::local(), start()).unwrap();
    genesis.params.block_max_gas = GAS;
    let disk = disks.disk(&genesis.chain_id).unwrap();
    found(&*disk as &dyn Disk, &genesis, None).unwrap();
    Net::on(Box::new(disks))
}

/// A user of the provider who always has more waiting than a block carries.
#[derive(Default)]
struct Sender(Option<Account>);

impl Sender {
    fn fill(&mut self, net: &mut Net) {
        let site = net.world.site_mut(P).unwrap();
        if self.0.is_none() {
            self.0 = account(site, &key("bob")).ok();
        }
        let Some(account) = &mut self.0 else { return };
        while site.engine().mempool().len() < 3 {
            let message = msgs::send(&address(P, "bob"), &address(P, "carol"), &[stake(1)]);
            let fee = Fee { amount: vec![stake(20_000)], gas_limit: GAS.unsigned_abs() };
            let signed = sign(&Body::of(vec![message]), &fee, site.chain_id(), &[(&key("bob"), *account)]);
            site.offer(&signed.bytes).unwrap();
            account.advance();
        }
    }

    /// Steps until it is so while blocks stay full.
    fn until(&mut self, net: &mut Net, what: &str, so: impl Fn(&Net) -> bool) {
        for _ in 0..150 {
            self.fill(net);
            net.step();
            let waiting = net.site(P).engine().mempool().len();
            assert!(net.height(P).0 < 3 || waiting > 0, "something always waits");
            if so(net) {
                return;
            }
        }
        panic!("not so on a busy provider: {what}; {:?}", net.troubles(0));
    }
}

#[test]
fn users_that_fill_every_block_hold_up_neither_founding_nor_packets() {
    let (mut net, mut bob) = (narrow(), Sender::default());
    bob.until(&mut net, "both consumers are secured", |net| net.world.is_ready());
    net.submit(P, "alice", vec![msgs::delegate(&address(P, "alice"), &operator("val1"), &stake(5_000_000))]);
    let since = net.height(C1);
    bob.until(&mut net, "the consumer has heard of it", |net| {
        !net.events(C1, "recv_packet", since).is_empty()
            && net.in_flight(P, "provider", "channel-0").is_empty()
    });
    assert_eq!(net.troubles(0), []);
    assert_eq!(net.failures(0), [] as [&str; 0]);
}
