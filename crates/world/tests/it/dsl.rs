//! Words in which journeys are told: a network, who does what in it, and what it then shows.

use ics_abci::{ConsAddr, Event, Height, Query, Time, TxResult};
use ics_client::{Coin, ConsensusKey, Key, msgs};
use ics_engine::history;
use ics_proto::Any;
use ics_proto::cosmos::bank::v1beta1::{QueryAllBalancesRequest, QueryAllBalancesResponse};
use ics_proto::ibc::core::channel::v1 as channel;
use ics_proto::interchain_security::ccv::provider::v1 as provider;
use ics_world::topology::{self, ACCOUNTS, CONSUMER_PREFIX, DENOM, PROVIDER_PREFIX};
use ics_world::{
    Act, ChainIndex, DiskFactory, Effect, InMemory, Outcome, Plan, Relaying, Site, SubmitError, World,
};
use prost::Message;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(crate) const P: ChainIndex = ChainIndex(0);
pub(crate) const C1: ChainIndex = ChainIndex(1);
pub(crate) const C2: ChainIndex = ChainIndex(2);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// When every world of these tests begins.
pub(crate) fn start() -> Time {
    Time::new(1_790_000_000, 0).unwrap()
}

/// A world, its clock, and all that happened.
pub(crate) struct Net {
    pub(crate) world: World,
    pub(crate) now: Time,
    pub(crate) log: Vec<Effect>,
}

/// A transaction in a block.
#[derive(Clone, Debug)]
pub(crate) struct Included {
    pub(crate) height: Height,
    pub(crate) fee: u128,
    pub(crate) result: TxResult,
}

/// The place of a name's key in the mnemonic.
pub(crate) fn place(name: &str) -> u32 {
    let listed = |names: &[&str], first: u32| {
        names.iter().position(|known| *known == name).map(|at| first + u32::try_from(at).unwrap())
    };
    listed(&ACCOUNTS, 0)
        .or_else(|| listed(&["relayer"], topology::RELAYER_INDEX))
        .or_else(|| listed(&["val1", "val2", "val3", "val4"], topology::OPERATOR_INDEX))
        .unwrap_or_else(|| panic!("nobody is called {name}"))
}

pub(crate) fn key(name: &str) -> Key {
    topology::key(place(name)).unwrap()
}

pub(crate) fn prefix(chain: ChainIndex) -> &'static str {
    if chain == P { PROVIDER_PREFIX } else { CONSUMER_PREFIX }
}

/// An account's address on a chain.
pub(crate) fn address(chain: ChainIndex, name: &str) -> String {
    key(name).address().to_text(prefix(chain))
}

/// A validator's operator address.
pub(crate) fn operator(name: &str) -> String {
    key(name).operator().to_text("cosmosvaloper")
}

pub(crate) fn stake(amount: u128) -> Coin {
    Coin::new(amount, DENOM).unwrap()
}

/// The key with which a validator signs on the provider and, unless it assigned another, on consumers.
pub(crate) fn own(name: &str) -> ConsensusKey {
    topology::consensus_key(name)
}

/// The other key that the network holds for a validator on a consumer.
pub(crate) fn other(name: &str, chain_id: &str) -> ConsensusKey {
    topology::assigned_key(name, chain_id)
}

impl Net {
    /// The local network before its first block.
    pub(crate) fn new() -> Self {
        Self::on(Box::new(InMemory::default()))
    }

    /// The network of a plan before its first block.
    pub(crate) fn of(plan: Plan) -> Self {
        let world = World::open(plan, start(), Box::new(InMemory::default())).unwrap();
        Self { world, now: start(), log: Vec::new() }
    }

    pub(crate) fn on(disks: Box<dyn DiskFactory>) -> Self {
        Self { world: World::local(start(), disks).unwrap(), now: start(), log: Vec::new() }
    }

    /// The local network with both consumers open for everybody, and nothing under way.
    pub(crate) fn ready() -> Self {
        let mut net = Self::new();
        net.until("both consumers are secured", 60, |net| net.world.is_ready());
        net.steps(6);
        net
    }

    /// One block on every chain, a second later; says what happened.
    pub(crate) fn step(&mut self) -> Vec<Effect> {
        self.leap(SECOND)
    }

    /// One block on every chain, this much later.
    pub(crate) fn leap(&mut self, by: Duration) -> Vec<Effect> {
        self.now = self.now.plus(by).unwrap();
        let effects = self.world.step(self.now).unwrap();
        assert!(!self.world.is_behind(self.now), "a leap of at most a day");
        self.log.extend(effects.clone());
        effects
    }

    pub(crate) fn steps(&mut self, count: usize) {
        for _ in 0..count {
            self.step();
        }
    }

    /// A step a day.
    pub(crate) fn days(&mut self, count: usize) {
        for _ in 0..count {
            self.leap(DAY);
        }
    }

    /// Steps until it is so, at most `most` times.
    pub(crate) fn until(&mut self, what: &str, most: usize, so: impl Fn(&Self) -> bool) {
        for _ in 0..most {
            if so(self) {
                return;
            }
            self.step();
        }
        assert!(so(self), "not so after {most} steps: {what}; last: {:?}", self.log.iter().rev().take(12));
    }

    pub(crate) fn site(&self, chain: ChainIndex) -> &Site {
        self.world.site(chain).unwrap()
    }

    pub(crate) fn height(&self, chain: ChainIndex) -> Height {
        self.site(chain).height()
    }

    /// Submits a transaction that its chain takes into the mempool.
    pub(crate) fn submit(&mut self, chain: ChainIndex, who: &str, messages: Vec<Any>) -> (String, u128) {
        match self.world.act(Act::Send { chain, signer: place(who), messages }) {
            Outcome::Submitted(sent) => (sent.hash, sent.fee.amount),
            other => panic!("{who}'s transaction: {other:?}"),
        }
    }

    /// Submits a transaction that its chain refuses when it is simulated; why, but for the gas that it took.
    pub(crate) fn refused(&mut self, chain: ChainIndex, who: &str, messages: Vec<Any>) -> String {
        match self.world.act(Act::Send { chain, signer: place(who), messages }) {
            Outcome::Refused(SubmitError::Simulation(text)) => {
                text.split_once(" with gas used: '").unwrap().0.to_owned()
            }
            other => panic!("{who}'s transaction: {other:?}"),
        }
    }

    /// Submits a transaction, makes a block, and finds it there, successful.
    pub(crate) fn deliver(&mut self, chain: ChainIndex, who: &str, message: Any) -> Included {
        let (hash, fee) = self.submit(chain, who, vec![message]);
        self.step();
        let included = self.tx(chain, &hash, fee);
        assert_eq!((included.result.code, included.result.log.as_str()), (0, ""));
        included
    }

    fn tx(&self, chain: ChainIndex, hash: &str, fee: u128) -> Included {
        let height = self.height(chain);
        let rows = self.site(chain).disk();
        let (mut index, mut found) = (0, None);
        while let Some(tx) = history::tx_at(rows, height, index).unwrap() {
            let hex: String = tx.hash.iter().map(|byte| format!("{byte:02X}")).collect();
            if hex == hash {
                found = Some(Included { height, fee, result: tx.result });
            }
            index += 1;
        }
        found.unwrap_or_else(|| panic!("{hash} is not in block {height}"))
    }

    /// Bonds an account's coins to a validator.
    pub(crate) fn delegate(&mut self, who: &str, validator: &str, amount: u128) -> Included {
        let message = msgs::delegate(&address(P, who), &operator(validator), &stake(amount));
        self.deliver(P, who, message)
    }

    pub(crate) fn relay(&mut self, relaying: Relaying) {
        assert_eq!(self.world.act(Act::Relay(relaying)), Outcome::Done);
    }

    /// From now on these do not sign a chain's blocks, and all others do.
    pub(crate) fn absent(&mut self, chain: ChainIndex, validators: &[&str]) {
        let validators: BTreeSet<ConsAddr> = validators.iter().map(|name| own(name).address()).collect();
        assert_eq!(self.world.act(Act::Absent { chain, validators }), Outcome::Done);
    }

    /// The powers of those who sign a block of a chain.
    pub(crate) fn powers(&self, chain: ChainIndex, height: Height) -> BTreeMap<ConsAddr, i64> {
        let set = history::validators(self.site(chain).disk(), height).unwrap().unwrap();
        set.validators().iter().map(|validator| (validator.addr, validator.power)).collect()
    }

    /// The powers of those who sign the next block of a chain.
    pub(crate) fn next_powers(&self, chain: ChainIndex) -> BTreeMap<ConsAddr, i64> {
        self.powers(chain, self.height(chain).next())
    }

    pub(crate) fn header(&self, chain: ChainIndex, height: Height) -> tendermint::block::Header {
        history::header(self.site(chain).disk(), height).unwrap().unwrap()
    }

    /// The events of a kind, oldest first, in blocks after `since`.
    pub(crate) fn events(&self, chain: ChainIndex, kind: &str, since: Height) -> Vec<(Height, Event)> {
        let mut found = Vec::new();
        for height in since.0 + 1..=self.height(chain).0 {
            let result = history::results(self.site(chain).disk(), Height(height)).unwrap().unwrap();
            let of_txs = result.txs.into_iter().flat_map(|tx| tx.events);
            let all = result.events.into_iter().chain(of_txs).filter(|event| event.kind == kind);
            found.extend(all.map(|event| (Height(height), event)));
        }
        found
    }

    pub(crate) fn has_event(&self, chain: ChainIndex, kind: &str, since: Height) -> bool {
        !self.events(chain, kind, since).is_empty()
    }

    /// Steps until a chain has an event of a kind after `since`; the first one.
    pub(crate) fn wait_for(&mut self, chain: ChainIndex, kind: &str, since: Height) -> (Height, Event) {
        self.until(kind, 40, |net| net.has_event(chain, kind, since));
        self.events(chain, kind, since).remove(0)
    }

    pub(crate) fn ask<A: Message + Default>(
        &self,
        chain: ChainIndex,
        path: &str,
        request: &impl Message,
    ) -> A {
        self.world.ask(chain, path, request).unwrap()
    }

    pub(crate) fn balances(&self, chain: ChainIndex, address: &str) -> BTreeMap<String, u128> {
        let path = "/cosmos.bank.v1beta1.Query/AllBalances";
        let request = QueryAllBalancesRequest { address: address.to_owned(), ..Default::default() };
        let answer: QueryAllBalancesResponse = self.ask(chain, path, &request);
        answer.balances.into_iter().map(|coin| (coin.denom, coin.amount.parse().unwrap())).collect()
    }

    /// What somebody has of the staking coin.
    pub(crate) fn purse(&self, chain: ChainIndex, who: &str) -> u128 {
        self.balances(chain, &address(chain, who)).get(DENOM).copied().unwrap_or(0)
    }

    pub(crate) fn phase(&self, consumer_id: &str) -> String {
        let path = "/interchain_security.ccv.provider.v1.Query/QueryConsumerChain";
        let request = provider::QueryConsumerChainRequest { consumer_id: consumer_id.to_owned() };
        let answer: provider::QueryConsumerChainResponse = self.ask(P, path, &request);
        answer.phase.trim_start_matches("CONSUMER_PHASE_").to_owned()
    }

    /// Who validates a consumer by the provider's last update for it: consensus address on the provider.
    pub(crate) fn told(&self, consumer_id: &str) -> BTreeSet<String> {
        let path = "/interchain_security.ccv.provider.v1.Query/QueryConsumerValidators";
        let request = provider::QueryConsumerValidatorsRequest { consumer_id: consumer_id.to_owned() };
        let answer: provider::QueryConsumerValidatorsResponse = self.ask(P, path, &request);
        answer.validators.into_iter().map(|validator| validator.provider_address).collect()
    }

    pub(crate) fn channels(&self, chain: ChainIndex) -> Vec<channel::IdentifiedChannel> {
        let request = channel::QueryChannelsRequest::default();
        let answer: channel::QueryChannelsResponse =
            self.ask(chain, "/ibc.core.channel.v1.Query/Channels", &request);
        answer.channels
    }

    pub(crate) fn channel_state(&self, chain: ChainIndex, port: &str, id: &str) -> channel::State {
        let all = self.channels(chain);
        let found =
            all.iter().find(|channel| (channel.port_id.as_str(), channel.channel_id.as_str()) == (port, id));
        found.unwrap_or_else(|| panic!("no channel {port}/{id} among {all:?}")).state()
    }

    /// Packets that a chain sent and that are neither acknowledged nor timed out.
    pub(crate) fn in_flight(&self, chain: ChainIndex, port: &str, id: &str) -> Vec<u64> {
        let request = channel::QueryPacketCommitmentsRequest {
            port_id: port.to_owned(),
            channel_id: id.to_owned(),
            pagination: None,
        };
        let answer: channel::QueryPacketCommitmentsResponse =
            self.ask(chain, "/ibc.core.channel.v1.Query/PacketCommitments", &request);
        answer.commitments.iter().map(|commitment| commitment.sequence).collect()
    }

    /// An entry of the store `ibc` with its proof, after the block before the last.
    pub(crate) fn proof(&self, chain: ChainIndex, path: &str) -> Vec<u8> {
        let height = self.height(chain).prev();
        let query =
            Query { path: "store/ibc/key".to_owned(), data: path.as_bytes().to_vec(), height, prove: true };
        let answer = self.site(chain).reader().query(&query);
        assert_eq!((answer.code, answer.log.as_str()), (0, ""));
        let proofs = answer
            .proof
            .iter()
            .map(|(_, _, proof)| ics_proto::ics23::CommitmentProof::decode(proof.as_slice()).unwrap());
        ics_proto::ibc::core::commitment::v1::MerkleProof { proofs: proofs.collect() }.encode_to_vec()
    }

    /// What the relayer submitted to a chain since a point of the log, message by message without the package.
    pub(crate) fn relayed(&self, to: ChainIndex, since: usize) -> Vec<Vec<&str>> {
        let mut found = Vec::new();
        for effect in &self.log[since..] {
            if let Effect::Relayed { chain, messages, .. } = effect
                && *chain == to
            {
                found.push(messages.iter().map(|url| url.rsplit_once('.').unwrap().1).collect());
            }
        }
        found
    }

    /// Why the relayer could not, since a point of the log.
    pub(crate) fn troubles(&self, since: usize) -> Vec<(ChainIndex, &str)> {
        let troubles = self.log[since..].iter().filter_map(|effect| match effect {
            Effect::RelayFailed { chain, why } => Some((*chain, why.as_str())),
            _ => None,
        });
        troubles.collect()
    }

    /// Transactions of blocks that failed, since a point of the log.
    pub(crate) fn failures(&self, since: usize) -> Vec<&str> {
        let failures = self.log[since..].iter().filter_map(|effect| match effect {
            Effect::TxFailed { log, .. } => Some(log.as_str()),
            _ => None,
        });
        failures.collect()
    }
}

/// An attribute that must be there.
pub(crate) fn value<'a>(event: &'a Event, key: &str) -> &'a str {
    event.get(key).unwrap_or_else(|| panic!("{event:?} has no {key}"))
}
