//! Whatever happens: computing only what may have changed gives what computing everything gives.

use super::power_shaping::{none, shaped, top};
use super::{assign, create, open, opt_in, opt_out, owner, spawn_at, update};
use crate::host_provider::{EPOCH, Provider, provider_addr, validator};
use ics_abci::{Power, Time};
use ics_ccv::Rules;
use ics_ccv::id::ConsumerId;
use ics_ccv::provider::candidates::Candidates;
use ics_ccv::provider::msgs::UpdateConsumer;
use ics_ccv::provider::phase::{self, Phase};
use ics_ccv::provider::power_shaping::{self, PowerShaping};
use ics_ccv::provider::{SendError, ValidatorStatus, View, consumer_set, keys, params, state};
use proptest::prelude::*;

const VALIDATORS: u8 = 7;
/// Of these the last belongs to governance, and may be a Top N chain.
const CONSUMERS: u64 = 4;
const GOVERNED: ConsumerId = ConsumerId(CONSUMERS - 1);

#[derive(Clone, Debug)]
enum Act {
    Power(u8, Power),
    /// Less than a unit of power.
    Tokens(u8, u128),
    Jail(u8),
    Remove(u8),
    OptIn(u8, u64),
    OptOut(u8, u64),
    Assign(u8, u8, u64),
    Shape(u64, PowerShaping),
    ActiveMax(i64),
    Launch(u64),
    Reach(u64, bool),
    Blocks(u8),
}

fn shaping() -> impl Strategy<Value = PowerShaping> {
    let list = || {
        proptest::collection::vec(1..=VALIDATORS, 0..4).prop_map(|list| {
            let text = |n: u8| ics_abci::to_bech32("cosmosvalcons", &provider_addr(n).0.0);
            list.into_iter().map(text).collect::<Vec<String>>()
        })
    };
    let numbers = (
        prop_oneof![Just(0_u32), 50_u32..=100],
        prop_oneof![Just(0_u32), 1_u32..=100],
        0_u32..6,
        prop_oneof![Just(0_u64), 1_u64..5_000_000],
        any::<bool>(),
    );
    let list = || prop_oneof![3 => Just(Vec::new()), 1 => list()];
    (numbers, list(), list(), list()).prop_map(|(numbers, allowlist, denylist, prioritylist)| PowerShaping {
        top_n: numbers.0,
        validators_power_cap: numbers.1,
        validator_set_cap: numbers.2,
        min_stake: numbers.3,
        allow_inactive_vals: numbers.4,
        allowlist,
        denylist,
        prioritylist,
    })
}

fn act() -> impl Strategy<Value = Act> {
    let (validator, consumer) = (1..=VALIDATORS, 0..CONSUMERS);
    prop_oneof![
        // Few values, so that ties are common.
        3 => (validator.clone(), 1_i64..5).prop_map(|(n, power)| Act::Power(n, power)),
        4 => (validator.clone(), 0_u128..1_000_000).prop_map(|(n, tokens)| Act::Tokens(n, tokens)),
        1 => validator.clone().prop_map(Act::Jail),
        1 => validator.clone().prop_map(Act::Remove),
        5 => (validator.clone(), consumer.clone()).prop_map(|(n, id)| Act::OptIn(n, id)),
        2 => (validator.clone(), consumer.clone()).prop_map(|(n, id)| Act::OptOut(n, id)),
        1 => (validator, 1_u8..20, consumer.clone()).prop_map(|(n, key, id)| Act::Assign(n, key, id)),
        3 => (consumer.clone(), shaping()).prop_map(|(id, shaping)| Act::Shape(id, shaping)),
        2 => (1_i64..9).prop_map(Act::ActiveMax),
        2 => consumer.clone().prop_map(Act::Launch),
        1 => (consumer, any::<bool>()).prop_map(|(id, reached)| Act::Reach(id, reached)),
        5 => (1_u8..8).prop_map(Act::Blocks),
    ]
}

/// A provider whose epochs compute what may have changed, or all there is.
struct Side {
    host: Provider,
    computes_all: bool,
}

impl Side {
    fn new(computes_all: bool) -> Self {
        let mut host = Provider::new(Rules::default());
        host.validators = (1..=VALIDATORS).map(|n| validator(n, Power::from(n % 4 + 1))).collect();
        sort(&mut host);
        for _ in 0..CONSUMERS {
            let id = create("c-1", None).handle(&mut host).unwrap().consumer_id;
            opt_in(id, 1).handle(&mut host).unwrap();
        }
        let gov = host.authority().to_text("cosmos");
        UpdateConsumer { new_owner_address: gov, ..update(GOVERNED) }.handle(&mut host).unwrap();
        shaped(GOVERNED, host.authority(), top(60)).handle(&mut host).unwrap();
        Self { host, computes_all }
    }

    fn run(&mut self, act: &Act) {
        let host = &mut self.host;
        let find = |host: &mut Provider, n: u8| {
            host.validators.iter().position(|of| of.provider_addr == provider_addr(n)).unwrap()
        };
        match act {
            Act::Power(n, power) => {
                host.set_power(*n, *power);
                sort(host);
            }
            Act::Tokens(n, tokens) => {
                let at = find(host, *n);
                let of = &mut host.validators[at];
                of.tokens = u128::try_from(of.power).unwrap() * 1_000_000 + tokens;
            }
            Act::Jail(n) => {
                let at = find(host, *n);
                let of = &mut host.validators[at];
                of.jailed = !of.jailed;
                of.status = if of.jailed { ValidatorStatus::Unbonding } else { ValidatorStatus::Bonded };
            }
            Act::Remove(n) => keys::on_validator_removed(host, provider_addr(*n)).unwrap(),
            // What is refused here is tested where it is refused.
            Act::OptIn(n, id) => drop(opt_in(ConsumerId(*id), *n).handle(host)),
            Act::OptOut(n, id) => drop(opt_out(ConsumerId(*id), *n).handle(host)),
            Act::Assign(n, key, id) => drop(assign(ConsumerId(*id), *n, *key).handle(host)),
            Act::Shape(id, shaping) => {
                let id = ConsumerId(*id);
                let (by, shaping) = if id == GOVERNED {
                    (host.authority(), shaping.clone())
                } else {
                    (owner(), PowerShaping { top_n: none().top_n, ..shaping.clone() })
                };
                drop(shaped(id, by, shaping).handle(host));
            }
            Act::ActiveMax(max) => {
                let mut params = params::get(host).unwrap();
                params.max_provider_consensus_validators = *max;
                state::PARAMS.set(host, &params);
            }
            Act::Launch(id) => self.launch(ConsumerId(*id)),
            Act::Reach(id, true) => drop(host.send_fails.remove(&channel(ConsumerId(*id)).as_str().into())),
            Act::Reach(id, false) => {
                host.send_fails.insert(channel(ConsumerId(*id)).as_str().into(), SendError::ClientInactive);
            }
            Act::Blocks(blocks) => (0..*blocks).for_each(|_| self.block()),
        }
    }

    /// Launches a consumer that waits, and opens its channel where that went well.
    fn launch(&mut self, id: ConsumerId) {
        let before = phase::of(&self.host, id).unwrap();
        let owner = if id == GOVERNED { self.host.authority() } else { owner() };
        let init = Some(spawn_at(Time::UNIX_EPOCH));
        drop(UpdateConsumer { owner, initialization_parameters: init, ..update(id) }.handle(&mut self.host));
        self.block();
        if before != Some(Phase::Launched) && phase::of(&self.host, id).unwrap() == Some(Phase::Launched) {
            let client = state::LINK.get(&self.host, &id).unwrap().unwrap().client().0.clone();
            open(&mut self.host, &client, &format!("connection-{id}"), &channel(id)).unwrap();
        }
    }

    fn block(&mut self) {
        if self.computes_all {
            for id in phase::all(&self.host, Phase::Launched).unwrap() {
                phase::mark_dirty(&mut self.host, id).unwrap();
            }
        }
        self.host.block(|_| ());
        if self.host.height.0.is_multiple_of(EPOCH.unsigned_abs()) {
            self.check();
        }
    }

    fn end_epoch(&mut self) {
        loop {
            self.block();
            if self.host.height.0.is_multiple_of(EPOCH.unsigned_abs()) {
                return;
            }
        }
    }

    /// Every stored set is what would be computed from nothing.
    fn check(&self) {
        let host = &self.host;
        let candidates = Candidates::read(host).unwrap();
        for id in phase::all(host, Phase::Launched).unwrap() {
            let stored = consumer_set::current(host, id).unwrap();
            let mut next = consumer_set::next(host, id, &candidates, &stored).unwrap();
            next.members.sort_by_key(|member| member.provider_addr);
            assert!(!stored.is_empty());
            if !next.members.is_empty() {
                assert_eq!(stored, next.members, "{id}");
            }
            if let Some(min_power) = next.min_power {
                assert_eq!(power_shaping::min_power(host, id), Ok(Some(min_power)));
            }
        }
    }
}

fn sort(host: &mut Provider) {
    host.validators.sort_by_key(|of| (std::cmp::Reverse(of.power), of.operator.clone()));
}

fn channel(id: ConsumerId) -> String {
    format!("channel-{id}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn epochs_that_compute_what_may_have_changed_are_those_that_compute_everything(
        acts in proptest::collection::vec(act(), 1..60),
    ) {
        let (mut some, mut all) = (Side::new(false), Side::new(true));
        let ends = [Act::Launch(0), Act::Launch(CONSUMERS - 1)];
        for act in acts.iter().chain(&ends) {
            some.run(act);
            all.run(act);
        }
        for side in [&mut some, &mut all] {
            side.end_epoch();
        }
        prop_assert_eq!(&some.host.world.sent, &all.host.world.sent);
        prop_assert_eq!(some.host.entries(), all.host.entries());
    }
}
