//! How validator sets change, who proposes, and what cannot be changed.

use crate::support::*;
use ics_abci::{ConsAddr, Halt, Height, ValUpdate};
use ics_engine::set::TOTAL_POWER_MAX;
use ics_engine::{EngineError, SetError, Signing, ValidatorSet, history};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn update(n: u8, power: i64) -> ValUpdate {
    ValUpdate { key: key(n), power }
}

fn priorities(set: &ValidatorSet) -> Vec<i64> {
    set.validators().iter().map(|validator| validator.priority).collect()
}

#[test]
fn an_update_at_h_signs_at_h_plus_2_and_is_announced_at_h_plus_1() {
    let mut chain = Chain::start(&[100, 90]);
    let before = chain.engine.validators().hash();
    for _ in 0..4 {
        chain.block();
    }
    let made = chain.block_of(&["power 7 50"]);
    assert_eq!(made.height, Height(5));
    let hashes: Vec<_> = [made, chain.block(), chain.block()]
        .into_iter()
        .map(|made| (made.header.validators_hash, made.header.next_validators_hash))
        .collect();
    let before = tendermint::Hash::Sha256(before);
    assert_eq!(hashes[0], (before, before));
    assert_eq!(hashes[1].0, before);
    assert!(hashes[1].1 != before);
    assert_eq!(hashes[2], (hashes[1].1, hashes[1].1));
    let members =
        |height| history::validators(&chain.rows, Height(height)).unwrap().unwrap().validators().len();
    assert_eq!([members(5), members(6), members(7)], [2, 2, 3]);
    assert_eq!(members(8), 3, "the set after the tip is known");
    assert_eq!(history::validators(&chain.rows, Height(9)), Ok(None));
    assert_eq!(history::validators(&chain.rows, Height(0)), Ok(None));
    assert_eq!(chain.app.blocks[5].next_validators_hash.as_slice(), hashes[1].1.as_bytes());
}

#[test]
fn updates_that_do_not_apply_halt_the_chain_and_leave_the_engine_as_it_was() {
    let halt = |txs: &[&str]| {
        let mut chain = Chain::start(&[100, 90]);
        chain.block();
        for tx in txs {
            chain.submit(tx).unwrap();
        }
        let before = chain.rows.clone();
        let Err(EngineError::Halt(Halt(text))) = chain.block_signed(&Signing::default()) else {
            panic!("{txs:?} did not halt");
        };
        assert_eq!(chain.engine.height(), Some(Height(1)));
        assert_eq!(history::tip(&before), history::tip(&chain.rows));
        text
    };
    assert_eq!(
        halt(&["power 7 0"]),
        format!("changing validator set: failed to find validator {:?} to remove", addr(7))
    );
    assert_eq!(
        halt(&["power 1 5", "power 1 6"]),
        format!("changing validator set: duplicate entry for validator {:?}", addr(1))
    );
    assert_eq!(
        halt(&["power 0 0", "power 1 0"]),
        "changing validator set: applying the validator changes would result in empty set"
    );
    assert_eq!(
        halt(&["power 7 1152921504606846976"]),
        "changing validator set: total voting power of the resulting set exceeds 1152921504606846975"
    );
    assert_eq!(
        halt(&["power 1 -1"]),
        format!("changing validator set: voting power can't be negative: -1 of validator {:?}", addr(1))
    );
    assert_eq!(
        halt(&["gasmax -2"]),
        "validating new consensus params: block.MaxGas must be greater or equal to -1. Got -2"
    );
}

#[test]
fn the_power_cap_counts_removals_and_decreases_first() {
    let full = ValidatorSet::genesis(&[update(0, TOTAL_POWER_MAX - 5), update(1, 5)]).unwrap();
    assert_eq!(full.next(&[update(2, 1)]), Err(SetError::Overflow));
    assert_eq!(full.next(&[update(2, 5), update(1, 0)]).unwrap().total_power(), TOTAL_POWER_MAX);
    assert_eq!(full.next(&[update(1, 6)]), Err(SetError::Overflow));
    assert_eq!(full.next(&[update(1, 6), update(0, 1)]).unwrap().total_power(), 7);
    assert_eq!(ValidatorSet::genesis(&[]), Err(SetError::Empty));
    assert_eq!(ValidatorSet::genesis(&[update(0, 0)]), Err(SetError::NotFound(addr(0))));
    assert_eq!(ValidatorSet::genesis(&[update(0, TOTAL_POWER_MAX), update(1, 1)]), Err(SetError::Overflow));
}

#[test]
fn members_stand_by_power_then_address() {
    let set = ValidatorSet::genesis(&[update(0, 5), update(1, 9), update(2, 5), update(3, 5)]).unwrap();
    let mut equal = [addr(0), addr(2), addr(3)];
    equal.sort();
    let order: Vec<_> = set.validators().iter().map(|validator| validator.addr).collect();
    assert_eq!(order, [&[addr(1)], &equal[..]].concat());
}

/// The worked example of the reference: powers 1000, 300, 330 and who proposes in a hundred rounds.
#[test]
fn turns_are_in_proportion_to_power() {
    let mut set = ValidatorSet::genesis(&[update(0, 1000), update(1, 300), update(2, 330)]).unwrap();
    let mut turns: BTreeMap<ConsAddr, u32> = BTreeMap::new();
    for _ in 0..1_630 {
        *turns.entry(set.proposer()).or_default() += 1;
        set = set.next(&[]).unwrap();
    }
    assert_eq!(turns, BTreeMap::from([(addr(0), 1000), (addr(1), 300), (addr(2), 330)]));
}

#[test]
fn equals_propose_in_turn_beginning_with_the_lowest_address() {
    let mut set = ValidatorSet::genesis(&[update(0, 1), update(1, 1), update(2, 1)]).unwrap();
    let mut expected = vec![addr(0), addr(1), addr(2)];
    expected.sort();
    let proposers: Vec<_> = (0..6)
        .map(|_| {
            let proposer = set.proposer();
            set = set.next(&[]).unwrap();
            proposer
        })
        .collect();
    assert_eq!(proposers, [expected.clone(), expected].concat());
}

#[test]
fn a_newcomer_starts_behind_everybody() {
    let set = ValidatorSet::genesis(&[update(0, 100)]).unwrap();
    assert_eq!(priorities(&set), [0]);
    // Total 110: the newcomer enters at -(110 + 13) = -123; span 123 needs no rescaling; mean floor(-123 / 2) = -62.
    // Then 62 + 100 - 110 and -61 + 10.
    let set = set.next(&[update(1, 10)]).unwrap();
    assert_eq!(priorities(&set), [52, -51]);
    assert_eq!(set.proposer(), addr(0));
}

#[test]
fn the_proposer_in_the_header_is_the_one_of_the_set() {
    let mut chain = Chain::start(&[3, 2, 1]);
    for height in 1..20 {
        let proposer = chain.engine.validators().proposer();
        let made = chain.block();
        assert_eq!(made.header.proposer_address.as_bytes(), proposer.0);
        assert_eq!(chain.app.blocks.last().unwrap().proposer, proposer);
        let stored = history::validators(&chain.rows, Height(height)).unwrap().unwrap();
        assert_eq!(stored.proposer(), proposer);
    }
}

#[test]
fn the_app_that_gives_more_results_than_transactions_halts() {
    let mut chain = Chain::start(&[1]);
    chain.app.extra_result = true;
    let error = chain.block_signed(&Signing::default()).unwrap_err();
    assert_eq!(error, EngineError::Halt(Halt("block 1: 1 results for 0 transactions".into())));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_valid_updates_keep_priorities_centred_and_bounded(
        start in proptest::collection::btree_map(0_u8..16, 1_i64..=TOTAL_POWER_MAX / 64, 1..8),
        steps in proptest::collection::vec(
            proptest::collection::btree_map(0_u8..16, 0_i64..=TOTAL_POWER_MAX / 16, 0..6), 1..30),
    ) {
        let start: Vec<_> = start.into_iter().map(|(n, power)| update(n, power)).collect();
        let mut set = ValidatorSet::genesis(&start).unwrap();
        let mut model: BTreeMap<ConsAddr, i64> =
            start.iter().map(|update| (update.key.address(), update.power)).collect();
        for step in steps {
            let updates: Vec<_> = step
                .into_iter()
                .map(|(n, power)| update(n, power))
                .filter(|update| update.power > 0 || model.contains_key(&update.key.address()))
                .collect();
            let mut expected = model.clone();
            for update in &updates {
                match update.power {
                    0 => expected.remove(&update.key.address()),
                    power => expected.insert(update.key.address(), power),
                };
            }
            let next = set.next(&updates);
            if expected.is_empty() {
                prop_assert_eq!(next, Err(SetError::Empty));
                continue;
            }
            set = next.unwrap();
            model = expected;
            let members: BTreeMap<_, _> =
                set.validators().iter().map(|validator| (validator.addr, validator.power)).collect();
            prop_assert_eq!(&members, &model);
            prop_assert_eq!(i128::from(set.total_power()), model.values().map(|p| i128::from(*p)).sum::<i128>());
            let wide: Vec<i128> = priorities(&set).into_iter().map(i128::from).collect();
            let sum: i128 = wide.iter().sum();
            prop_assert!((0..wide.len() as i128).contains(&sum), "centred before the turn, which keeps the sum: {sum}");
            let span = wide.iter().max().unwrap() - wide.iter().min().unwrap();
            // Two totals after rescaling, one more by the turn itself.
            prop_assert!(span <= 3 * i128::from(set.total_power()), "span {span}");
            prop_assert!(model.contains_key(&set.proposer()));
        }
    }
}
