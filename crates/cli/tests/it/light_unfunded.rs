//! A relayer without coins relays nothing.

use ics_abci::{Height, Query, Time};
use ics_client::{Coin, msgs};
use ics_proto::cosmos::bank::v1beta1::{QueryBalanceRequest, QueryBalanceResponse};
use ics_proto::ibc::core::channel::v1::{QueryChannelsRequest, QueryChannelsResponse};
use ics_proto::ibc::core::connection::v1::{QueryConnectionsRequest, QueryConnectionsResponse};
use ics_world::{Act, ChainIndex, Effect, InMemory, Outcome, Relayer, World, topology};
use prost::Message;
use std::time::Duration;

const PROVIDER: ChainIndex = ChainIndex(0);

/// A world with its own clock: a step a second.
struct Clock {
    world: World,
    now: Time,
}

impl Clock {
    fn start() -> Self {
        let now = Time::new(1_790_000_000, 0).unwrap();
        Self { world: World::local(now, Box::new(InMemory::default())).unwrap(), now }
    }

    fn step(&mut self) -> Vec<Effect> {
        self.now = self.now.plus(Duration::from_secs(1)).unwrap();
        self.world.step(self.now).unwrap()
    }

    fn steps(&mut self, count: u32) -> Vec<Effect> {
        (0..count).flat_map(|_| self.step()).collect()
    }

    fn ask<A: Message + Default>(&self, chain: usize, path: &str, request: &impl Message) -> A {
        let query =
            Query { path: path.to_owned(), data: request.encode_to_vec(), height: Height(0), prove: false };
        let answer = self.world.site(ChainIndex(chain)).unwrap().reader().query(&query);
        assert_eq!(answer.code, 0, "{}", answer.log);
        A::decode(answer.value.as_slice()).unwrap()
    }

    /// How many connections and channels a chain has.
    fn links(&self, chain: usize) -> (usize, usize) {
        let path = "/ibc.core.connection.v1.Query/Connections";
        let connections: QueryConnectionsResponse =
            self.ask(chain, path, &QueryConnectionsRequest::default());
        let path = "/ibc.core.channel.v1.Query/Channels";
        let channels: QueryChannelsResponse = self.ask(chain, path, &QueryChannelsRequest::default());
        (connections.connections.len(), channels.channels.len())
    }

    fn balance(&self, index: u32) -> u128 {
        let address = topology::key(index).unwrap().address().to_text(topology::PROVIDER_PREFIX);
        let request = QueryBalanceRequest { address, denom: topology::DENOM.to_owned() };
        let answer: QueryBalanceResponse = self.ask(0, "/cosmos.bank.v1beta1.Query/Balance", &request);
        answer.balance.unwrap().amount.parse().unwrap()
    }

    fn send(&mut self, from: u32, to: u32, amount: u128) -> Outcome {
        let address = |index| topology::key(index).unwrap().address().to_text(topology::PROVIDER_PREFIX);
        let coin = Coin { denom: topology::DENOM.to_owned(), amount };
        let messages = vec![msgs::send(&address(from), &address(to), &[coin])];
        self.world.act(Act::Send { chain: PROVIDER, signer: from, messages })
    }
}

fn relayed_to(effects: &[Effect], wanted: ChainIndex) -> usize {
    effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Relayed { chain, .. } if *chain == wanted))
        .count()
}

#[test]
fn a_relayer_that_no_chain_knows_relays_nothing() {
    let mut clock = Clock::start();
    // A key of the mnemonic that no genesis gives coins to.
    *clock.world.relayer_mut() = Relayer::new(topology::key(99).unwrap(), topology::gas_price());
    let effects = clock.steps(60);
    assert_eq!(clock.world.sites().len(), 3, "the consumers start without it");
    for chain in 0..3 {
        assert_eq!(relayed_to(&effects, ChainIndex(chain)), 0);
        assert_eq!(clock.links(chain), (0, 0));
    }
    let mut why = effects.iter().filter_map(|effect| match effect {
        Effect::RelayFailed { why, .. } => Some(why),
        _ => None,
    });
    assert!(why.clone().count() > 0);
    assert!(why.all(|why| why.starts_with("the account has no coins: ")));
    assert!(!clock.world.is_ready());
}

#[test]
fn a_relayer_that_has_given_its_coins_away_relays_nothing_until_it_has_some_again() {
    let mut clock = Clock::start();
    let relayer = topology::RELAYER_INDEX;
    clock.step();
    // First most of it, which tells about what sending costs; then what is left but for that.
    let Outcome::Submitted(first) = clock.send(relayer, 1, topology::FUNDS - 1_000) else {
        panic!("refused")
    };
    clock.step();
    assert_eq!(clock.balance(relayer), 1_000 - first.fee.amount);
    let rest = 1_000 - 2 * first.fee.amount - 10;
    let Outcome::Submitted(second) = clock.send(relayer, 1, rest) else { panic!("refused") };
    clock.step();
    let left = 1_000 - first.fee.amount - rest - second.fee.amount;
    assert_eq!(clock.balance(relayer), left);
    assert!(left < second.fee.amount, "{left} pays for another transaction");

    let effects = clock.steps(60);
    assert_eq!(clock.world.sites().len(), 3, "the consumers start without it");
    assert_eq!(clock.balance(relayer), left);
    assert_eq!(relayed_to(&effects, PROVIDER), 0);
    assert_eq!(clock.links(0), (0, 0));
    assert!(!clock.world.is_ready());

    assert!(matches!(clock.send(1, relayer, 1_000_000), Outcome::Submitted(_)));
    let effects = clock.steps(60);
    assert!(relayed_to(&effects, PROVIDER) > 0);
    assert!(clock.world.is_ready(), "{:?}", clock.world.progress());
    let paid = left + 1_000_000 - clock.balance(relayer);
    assert!(paid > 0, "relaying is not free");
}
