//! What must hold whatever validators and owners do.

use super::{assign, at_once, create, open, opt_in, opt_out, phase_of};
use crate::host_provider::{EPOCH, Provider, UNBONDING, key, provider_addr};
use ics_abci::{ConsKey, Power};
use ics_ccv::Rules;
use ics_ccv::id::{ConsumerAddr, ConsumerId, ProviderAddr, VscId};
use ics_ccv::provider::candidates::Candidates;
use ics_ccv::provider::consumer_set::{self, Member};
use ics_ccv::provider::phase::{self, Phase};
use ics_ccv::provider::{SendError, ValidatorStatus, keys, query, state};
use ics_ccv::wire::vsc::ValidatorSetChange;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What happens between blocks.
#[derive(Clone, Debug)]
enum Act {
    Delegate(u8, Power),
    Jail(u8),
    OptIn(u8, u64),
    OptOut(u8, u64),
    Assign(u8, u8, u64),
    Reach(u64, bool),
    Wait(u64),
    Blocks(u8),
}

fn act() -> impl Strategy<Value = Act> {
    let (validator, consumer) = (1_u8..=4, 0_u64..2);
    prop_oneof![
        (validator.clone(), 1_i64..120).prop_map(|(n, power)| Act::Delegate(n, power)),
        validator.clone().prop_map(Act::Jail),
        (validator.clone(), consumer.clone()).prop_map(|(n, id)| Act::OptIn(n, id)),
        (validator.clone(), consumer.clone()).prop_map(|(n, id)| Act::OptOut(n, id)),
        // Keys 1 to 4 are the validators' own.
        (validator, 1_u8..12, consumer.clone()).prop_map(|(n, key, id)| Act::Assign(n, key, id)),
        (consumer, any::<bool>()).prop_map(|(id, reached)| Act::Reach(id, reached)),
        (0_u64..3).prop_map(|times| Act::Wait(times * UNBONDING.as_secs() / 2)),
        (1_u8..8).prop_map(Act::Blocks),
    ]
}

/// A consumer as it sees itself: the genesis set and every update that was sent.
#[derive(Default)]
struct Mirror {
    powers: BTreeMap<ConsKey, Power>,
    last: VscId,
}

impl Mirror {
    fn apply(&mut self, change: &ValidatorSetChange) {
        assert!(change.id > self.last, "ids rise");
        self.last = change.id;
        for update in &change.updates {
            match update.power {
                0 => assert!(self.powers.remove(&update.key).is_some(), "only members are removed"),
                power => {
                    assert_ne!(self.powers.insert(update.key, power), Some(power), "only changes are told")
                }
            }
        }
        assert!(!self.powers.is_empty(), "no set is emptied");
    }
}

struct Test {
    host: Provider,
    ids: Vec<ConsumerId>,
    mirrors: BTreeMap<ConsumerId, Mirror>,
    seen: usize,
}

impl Test {
    fn new() -> Self {
        let mut host =
            Provider::with(Rules::default(), |genesis| genesis.params.max_provider_consensus_validators = 3);
        let ids: Vec<ConsumerId> =
            (0..2).map(|_| create("c-1", Some(at_once())).handle(&mut host).unwrap().consumer_id).collect();
        for id in &ids {
            opt_in(*id, 1).handle(&mut host).unwrap();
        }
        host.block(|_| ());
        let mut mirrors = BTreeMap::new();
        for id in &ids {
            open(&mut host, &format!("07-tendermint-{id}"), &format!("connection-{id}"), &channel(*id))
                .unwrap();
            let set = query::consumer_genesis(&host, *id).unwrap().provider.initial_val_set;
            let powers = set.iter().map(|update| (update.key, update.power)).collect();
            mirrors.insert(*id, Mirror { powers, last: VscId(0) });
        }
        Self { host, ids, mirrors, seen: 0 }
    }

    fn run(&mut self, act: &Act) {
        let host = &mut self.host;
        match act {
            Act::Delegate(n, power) => host.set_power(*n, *power),
            Act::Jail(n) => {
                let found =
                    host.validators.iter_mut().find(|of| of.provider_addr == provider_addr(*n)).unwrap();
                found.jailed = !found.jailed;
                found.status =
                    if found.jailed { ValidatorStatus::Unbonding } else { ValidatorStatus::Bonded };
            }
            // What is refused here is tested where it is refused.
            Act::OptIn(n, id) => drop(opt_in(ConsumerId(*id), *n).handle(host)),
            Act::OptOut(n, id) => drop(opt_out(ConsumerId(*id), *n).handle(host)),
            Act::Assign(n, key, id) => drop(assign(ConsumerId(*id), *n, *key).handle(host)),
            Act::Reach(id, true) => drop(host.send_fails.remove(&channel(ConsumerId(*id)).as_str().into())),
            Act::Reach(id, false) => {
                let channel = channel(ConsumerId(*id));
                host.send_fails.insert(channel.as_str().into(), SendError::ClientInactive);
            }
            Act::Wait(seconds) => super::wait(host, std::time::Duration::from_secs(*seconds)),
            Act::Blocks(blocks) => (0..*blocks).for_each(|_| self.block()),
        }
    }

    fn block(&mut self) {
        self.host.block(|_| ());
        for sent in &self.host.world.sent[self.seen..] {
            let id = self.ids.iter().find(|id| channel(**id) == sent.channel.0).unwrap();
            let change = ValidatorSetChange::decode(sent.data.as_bytes()).unwrap();
            self.mirrors.get_mut(id).unwrap().apply(&change);
        }
        self.seen = self.host.world.sent.len();
        if self.host.height.0.is_multiple_of(EPOCH.unsigned_abs()) {
            for id in &self.ids {
                self.check_set(*id);
            }
        }
        for id in &self.ids {
            self.check_keys(*id);
        }
    }

    /// The stored set is the one that would be computed from nothing, and what the consumer knows if it is reached.
    fn check_set(&self, id: ConsumerId) {
        let host = &self.host;
        assert_eq!(phase_of(host, id), Some(Phase::Launched));
        let stored = consumer_set::current(host, id).unwrap();
        let candidates = Candidates::read(host).unwrap();
        let next = consumer_set::next(host, id, &candidates, &stored).unwrap().members;
        let powers = |set: &[Member]| -> BTreeMap<ConsKey, Power> {
            set.iter().map(|member| (member.key, member.power)).collect()
        };
        if !next.is_empty() {
            assert_eq!(powers(&stored), powers(&next));
        }
        if !host.send_fails.contains_key(&channel(id).as_str().into()) {
            assert_eq!(self.mirrors[&id].powers, powers(&stored));
        }
    }

    /// No key twice on a consumer, none that is another's on the provider, every key leads to its validator.
    fn check_keys(&self, id: ConsumerId) {
        let host = &self.host;
        let mut used = BTreeSet::new();
        for n in 1..=4 {
            let validator = provider_addr(n);
            let uses = keys::assigned(host, id, validator).unwrap().unwrap_or(key(n));
            assert!(used.insert(uses), "a key twice");
            assert!((1..=4).all(|other| other == n || key(other) != uses), "another's provider key");
            assert_eq!(keys::resolve(host, id, ConsumerAddr(uses.address())), Ok(validator));
        }
        // Both sides of the index say the same.
        let held: BTreeSet<(ProviderAddr, ConsumerAddr)> = state::HOLDER
            .iter(host)
            .map(|entry| entry.unwrap())
            .filter(|((_, of), _)| *of == id)
            .map(|((addr, _), holder)| (holder, addr))
            .collect();
        let indexed: BTreeSet<(ProviderAddr, ConsumerAddr)> = state::ADDRESSES
            .iter(host)
            .map(|entry| entry.unwrap().0)
            .filter(|(_, of, _)| *of == id)
            .map(|(validator, _, addr)| (validator, addr))
            .collect();
        assert_eq!(held, indexed);
    }
}

fn channel(id: ConsumerId) -> String {
    format!("channel-{id}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn consumers_know_their_sets_and_keys_stay_unique(acts in proptest::collection::vec(act(), 1..80)) {
        let mut test = Test::new();
        for act in &acts {
            test.run(act);
        }
        test.run(&Act::Blocks(6));
        prop_assert_eq!(phase::all(&test.host, Phase::Launched).unwrap().len(), 2);
    }
}
