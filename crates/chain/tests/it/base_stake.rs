//! Stake: who validates, with how much, and how it comes back.

use crate::base_chain::*;
use ics_abci::{Height, ValUpdate};
use ics_chain::modules::staking::{self, Status};
use ics_client::msgs;
use ics_proto::cosmos::base::abci::v1beta1::TxMsgData;
use ics_proto::cosmos::staking::v1beta1::MsgUndelegateResponse;
use proptest::prelude::*;
use prost::Message;
use std::time::Duration;

const MILLION: u128 = 1_000_000;
const DAY: Duration = Duration::from_secs(86_400);

fn update(index: u8, power: i64) -> ValUpdate {
    ValUpdate { key: cons_key(index), power }
}

fn status(chain: &Chain, index: u8) -> Option<Status> {
    staking::validator(&chain.state(), &operator(index)).unwrap().map(|validator| validator.status)
}

fn powers(chain: &Chain) -> Vec<i64> {
    staking::bonded(&chain.state()).unwrap().iter().map(|bonded| bonded.last_power).collect()
}

#[test]
fn a_delegation_changes_the_power_at_the_end_of_its_block() {
    let mut chain = Chain::new();
    let tx = Draft::delegate(2, 1, 7 * MILLION).sign(&chain);
    let block = chain.block(&[tx]);
    assert_eq!(outcome(&block.txs[0]), good());
    assert_eq!(block.validators, [update(1, 97)]);
    assert_eq!(chain.pools(), (197 * MILLION, 0));
    assert_eq!(staking::last_total_power(&chain.state()), Ok(197));
    assert_eq!(staking::last_power(&chain.state(), &operator(1)), Ok(97));
    let pool = ics_abci::module_address(staking::BONDED_POOL).to_text("cosmos");
    let events: Vec<String> = block.txs[0].events[7..].iter().map(text).collect();
    let (user, validator) = (address(2), valoper(1));
    assert_eq!(
        events,
        [
            format!(
                "message{{action=/cosmos.staking.v1beta1.MsgDelegate,sender={user},module=staking,msg_index=0}}"
            ),
            format!("coin_spent{{spender={user},amount=7000000stake,msg_index=0}}"),
            format!("coin_received{{receiver={pool},amount=7000000stake,msg_index=0}}"),
            format!(
                "delegate{{validator={validator},delegator={user},amount=7000000stake,new_shares=7000000.000000000000000000,msg_index=0}}"
            ),
        ]
    );
    // Less than one unit of power changes nothing, twice half a unit does.
    let half = |chain: &Chain| Draft::delegate(2, 1, MILLION / 2).sign(chain);
    let tx = half(&chain);
    assert_eq!(chain.block(&[tx]).validators, []);
    let tx = half(&chain);
    assert_eq!(chain.block(&[tx]).validators, [update(1, 98)]);
    assert_eq!(chain.block(&[]).validators, []);
}

#[test]
fn stake_that_is_taken_back_is_paid_out_after_the_unbonding_time() {
    let mut chain = Chain::new();
    assert_eq!(chain.deliver(&Draft::delegate(2, 0, 7 * MILLION)).code, 0);
    let begun = chain.now;
    let tx = Draft::undelegate(2, 0, 2 * MILLION).sign(&chain);
    let block = chain.block(&[tx]);
    assert_eq!(outcome(&block.txs[0]), good());
    assert_eq!(block.validators, [update(0, 105)]);
    assert_eq!(chain.pools(), (195 * MILLION, 2 * MILLION));
    let data = TxMsgData::decode(block.txs[0].data.as_slice()).unwrap();
    let response = MsgUndelegateResponse::decode(data.msg_responses[0].value.as_slice()).unwrap();
    let due = begun.plus(21 * DAY).unwrap();
    let time = response.completion_time.unwrap();
    assert_eq!((time.seconds, time.nanos), (due.seconds(), 500_000_000));
    assert_eq!(response.amount.unwrap().amount, "2000000");
    let unbond = text(block.txs[0].events.last().unwrap());
    assert_eq!(
        unbond,
        format!(
            "unbond{{validator={},delegator={},amount=2000000stake,completion_time=2024-01-22T00:00:02Z,msg_index=0}}",
            valoper(0),
            address(2)
        )
    );
    let before = chain.balance(2);
    chain.now = due.plus(Duration::ZERO).unwrap();
    chain.now = ics_abci::Time::new(due.seconds(), 499_999_999).unwrap();
    chain.block(&[]);
    assert_eq!(chain.balance(2), before, "a nanosecond too early");
    chain.now = due;
    let block = chain.block(&[]);
    assert_eq!(chain.balance(2), before + 2 * MILLION);
    let events: Vec<String> = block.events.iter().map(text).collect();
    assert_eq!(
        events.last().unwrap(),
        &format!(
            "complete_unbonding{{amount=2000000stake,validator={},delegator={},mode=EndBlock}}",
            valoper(0),
            address(2)
        )
    );
    assert_eq!(chain.pools(), (195 * MILLION, 0));
    assert_eq!(staking::unbondings(&chain.state(), &key(2).address(), &operator(0)), Ok(vec![]));
}

#[test]
fn only_so_many_unbondings_run_at_a_time_but_those_of_one_block_are_one() {
    let mut chain = Chain::with(|state| state.staking.params.max_entries = 2);
    assert_eq!(chain.deliver(&Draft::delegate(2, 0, 7 * MILLION)).code, 0);
    let message = || msgs::undelegate(&address(2), &valoper(0), &coin(MILLION));
    assert_eq!(outcome(&chain.deliver(&Draft::of(2, vec![message(), message()]))), good());
    let entries = staking::unbondings(&chain.state(), &key(2).address(), &operator(0)).unwrap();
    assert_eq!(entries.iter().map(|entry| entry.balance).collect::<Vec<_>>(), [2 * MILLION]);
    assert_eq!(chain.deliver(&Draft::undelegate(2, 0, MILLION)).code, 0);
    let log = "failed to execute message; message index: 0: too many unbonding delegation entries for (delegator, validator) tuple";
    assert_eq!(outcome(&chain.deliver(&Draft::undelegate(2, 0, MILLION))), refused("staking", 27, log));
}

#[test]
fn a_validator_is_created_and_enters_the_set() {
    let mut chain = Chain::new();
    let tx = Draft::create_validator(2, 5 * MILLION).sign(&chain);
    let block = chain.block(&[tx]);
    assert_eq!(outcome(&block.txs[0]), good());
    assert_eq!(block.validators, [update(2, 5)]);
    assert_eq!(chain.pools(), (195 * MILLION, 0));
    assert_eq!(status(&chain, 2), Some(Status::Bonded));
    let found = staking::validator_by_cons_addr(&chain.state(), &cons_key(2).address()).unwrap().unwrap();
    assert_eq!((found.operator, found.tokens), (operator(2), 5 * MILLION));
    let pool = ics_abci::module_address(staking::NOT_BONDED_POOL).to_text("cosmos");
    let events: Vec<String> = block.txs[0].events[7..].iter().map(text).collect();
    assert_eq!(
        events,
        [
            format!(
                "message{{action=/cosmos.staking.v1beta1.MsgCreateValidator,sender={},module=staking,msg_index=0}}",
                address(2)
            ),
            format!("coin_spent{{spender={},amount=5000000stake,msg_index=0}}", address(2)),
            format!("coin_received{{receiver={pool},amount=5000000stake,msg_index=0}}"),
            format!("create_validator{{validator={},amount=5000000stake,msg_index=0}}", valoper(2)),
        ]
    );
}

#[test]
fn what_is_wrong_with_a_new_validator_is_said() {
    let mut chain = Chain::with(|state| state.staking.params.min_commission_rate = "0.05".into());
    let good = || new_validator(2, 5 * MILLION);
    let in_block = "failed to execute message; message index: 0: ";
    let with = |amend: fn(&mut msgs::NewValidator)| {
        let mut new = good();
        amend(&mut new);
        Draft::of(2, vec![msgs::create_validator(&new)])
    };
    let cases = [
        (
            Draft::of(
                0,
                vec![msgs::create_validator(&msgs::NewValidator { operator: valoper(0), ..good() })],
            ),
            "staking",
            4,
            format!(
                "{in_block}validator already exist for this operator address; must use new validator operator address"
            ),
        ),
        (
            with(|new| new.key = cons_key(1)),
            "staking",
            5,
            format!("{in_block}validator already exist for this pubkey; must use new validator pubkey"),
        ),
        (
            with(|new| new.key = ics_abci::ConsKey::Secp256k1([2; 33])),
            "staking",
            6,
            format!("{in_block}got: secp256k1, expected: [ed25519]: validator pubkey type is not supported"),
        ),
        (
            with(|new| new.commission = "0.01".parse().unwrap()),
            "staking",
            40,
            format!(
                "{in_block}cannot set validator commission to less than minimum rate of 0.050000000000000000: commission cannot be less than min rate"
            ),
        ),
        (
            with(|new| new.self_delegation.denom = "atom".into()),
            "sdk",
            18,
            format!("{in_block}invalid coin denomination: got atom, expected stake: invalid request"),
        ),
        (
            with(|new| new.commission_max = "1.1".parse().unwrap()),
            "staking",
            10,
            "commission cannot be more than 100%".into(),
        ),
        (
            with(|new| new.commission = "0.3".parse().unwrap()),
            "staking",
            11,
            "commission cannot be more than the max rate".into(),
        ),
        (
            with(|new| new.commission_change_max = "0.3".parse().unwrap()),
            "staking",
            14,
            "commission change rate cannot be more than the max rate".into(),
        ),
        (
            with(|new| new.self_delegation_min = 0),
            "sdk",
            18,
            "minimum self delegation must be a positive integer: invalid request".into(),
        ),
        (
            with(|new| new.self_delegation_min = 6_000_000),
            "staking",
            16,
            "validator's self delegation must be greater than their minimum self delegation".into(),
        ),
        (
            with(|new| new.self_delegation.amount = 0),
            "sdk",
            18,
            "invalid delegation amount: invalid request".into(),
        ),
        (
            with(|new| new.moniker = "m".repeat(71)),
            "sdk",
            18,
            "invalid moniker length; got: 71, max: 70: invalid request".into(),
        ),
    ];
    for (draft, codespace, code, log) in cases {
        assert_eq!(outcome(&chain.deliver(&draft)), refused(codespace, code, &log));
    }
    assert_eq!(status(&chain, 2), None);
}

#[test]
fn the_most_powerful_are_the_set_and_who_drops_out_unbonds() {
    let mut chain = Chain::with(|state| state.staking.params.max_validators = 2);
    let tx = Draft::create_validator(2, 80 * MILLION).sign(&chain);
    assert_eq!(chain.block(&[tx]).validators, [], "third of two");
    assert_eq!(status(&chain, 2), Some(Status::Unbonded));
    assert_eq!(chain.pools(), (190 * MILLION, 80 * MILLION));
    // As powerful as the second: the lower operator address is the better.
    let tx = Draft::delegate(3, 2, 10 * MILLION).sign(&chain);
    let block = chain.block(&[tx]);
    let better = if operator(2) < operator(1) { vec![update(2, 90), update(1, 0)] } else { vec![] };
    assert_eq!(block.validators, better);
    let tx = Draft::delegate(3, 2, 15 * MILLION).sign(&chain);
    chain.block(&[tx]);
    assert_eq!(powers(&chain), [105, 100]);
    assert_eq!((status(&chain, 1), status(&chain, 2)), (Some(Status::Unbonding), Some(Status::Bonded)));
    assert_eq!(chain.pools(), (205 * MILLION, 90 * MILLION));
    assert_eq!(staking::last_total_power(&chain.state()), Ok(205));
    // It may come back before it is unbonded; its place in the queue is gone then.
    let tx = Draft::delegate(3, 1, 30 * MILLION).sign(&chain);
    assert_eq!(chain.block(&[tx]).validators, [update(1, 120), update(0, 0)]);
    chain.pass(21 * DAY);
    chain.block(&[]);
    assert_eq!((status(&chain, 0), status(&chain, 1)), (Some(Status::Unbonded), Some(Status::Bonded)));
}

#[test]
fn a_validator_without_stake_ceases_to_exist_when_it_is_unbonded() {
    let mut chain = Chain::new();
    let tx = Draft::undelegate(1, 1, 90 * MILLION).sign(&chain);
    assert_eq!(chain.block(&[tx]).validators, [update(1, 0)]);
    let validator = staking::validator(&chain.state(), &operator(1)).unwrap().unwrap();
    assert!(validator.jailed && validator.tokens == 0 && validator.status == Status::Unbonding);
    assert_eq!(validator.unbonding_height, Height(2));
    assert_eq!(chain.pools(), (100 * MILLION, 90 * MILLION));
    chain.pass(21 * DAY);
    chain.block(&[]);
    assert_eq!(status(&chain, 1), None);
    assert_eq!(staking::validator_by_cons_addr(&chain.state(), &cons_key(1).address()), Ok(None));
    assert_eq!(chain.balance(1), FUNDS - 2_000);
    assert_eq!(chain.pools(), (100 * MILLION, 0));
    // Its operator and its key are free again.
    assert_eq!(outcome(&chain.deliver(&Draft::create_validator(1, MILLION))), good());
}

#[test]
fn an_unbonded_validator_ceases_to_exist_with_its_last_share() {
    let mut chain = Chain::with(|state| state.staking.params.max_validators = 2);
    assert_eq!(chain.deliver(&Draft::create_validator(2, 5 * MILLION)).code, 0);
    assert_eq!(chain.deliver(&Draft::undelegate(2, 2, 5 * MILLION)).code, 0);
    assert_eq!(status(&chain, 2), None);
    chain.pass(21 * DAY);
    chain.block(&[]);
    assert_eq!(chain.balance(2), FUNDS - 4_000);
}

#[test]
fn what_is_wrong_with_a_delegation_is_said() {
    let mut chain = Chain::new();
    let in_block = "failed to execute message; message index: 0: ";
    let log = format!("{in_block}validator does not exist");
    assert_eq!(outcome(&chain.deliver(&Draft::delegate(2, 4, 5))), refused("staking", 3, &log));
    assert_eq!(outcome(&chain.deliver(&Draft::undelegate(2, 4, 5))), refused("staking", 3, &log));
    let log = format!("{in_block}no delegation for (address, validator) tuple");
    assert_eq!(outcome(&chain.deliver(&Draft::undelegate(2, 0, 5))), refused("staking", 19, &log));
    assert_eq!(chain.deliver(&Draft::delegate(2, 0, 5)).code, 0);
    let log = format!("{in_block}invalid shares amount: invalid request");
    assert_eq!(outcome(&chain.deliver(&Draft::undelegate(2, 0, 6))), refused("sdk", 18, &log));
    let atoms = ics_client::Coin { denom: "atom".into(), amount: 5 };
    let draft = Draft::of(2, vec![msgs::delegate(&address(2), &valoper(0), &atoms)]);
    let log = format!("{in_block}invalid coin denomination: got atom, expected stake: invalid request");
    assert_eq!(outcome(&chain.deliver(&draft)), refused("sdk", 18, &log));
    assert_eq!(
        outcome(&chain.deliver(&Draft::delegate(2, 0, 0))),
        refused("sdk", 18, "invalid delegation amount: invalid request")
    );
    let most = u128::MAX;
    let log = format!("{in_block}more stake than fits into 128 bits: invalid coins");
    assert_eq!(outcome(&chain.deliver(&Draft::delegate(2, 0, most))), refused("sdk", 10, &log));
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Delegate(u8, u8, u128),
    Undelegate(u8, u8, u128),
    Redelegate(u8, u8, u8, u128),
    Cancel(u8, u8, u128, i64),
    Create(u8, u128),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..5_u8, 0..5_u8, 1..30_000_000_u128)
            .prop_map(|(who, val, amount)| Step::Delegate(who, val, amount)),
        (0..5_u8, 0..5_u8, 1..120_000_000_u128)
            .prop_map(|(who, val, amount)| Step::Undelegate(who, val, amount)),
        (0..5_u8, 0..5_u8, 0..5_u8, 1..120_000_000_u128)
            .prop_map(|(who, from, to, amount)| Step::Redelegate(who, from, to, amount)),
        (0..5_u8, 0..5_u8, 1..60_000_000_u128, 1..40_i64)
            .prop_map(|(who, val, amount, height)| Step::Cancel(who, val, amount, height)),
        (2..5_u8, 1..120_000_000_u128).prop_map(|(who, amount)| Step::Create(who, amount)),
        (1..30_u64).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is staked: pools hold what validators and unbondings say, the total is the sum, and the updates given to
    /// the engine add up to the set.
    #[test]
    fn stake_adds_up_whatever_happens(steps in proptest::collection::vec(step(), 1..40)) {
        let mut chain = Chain::with(|state| state.staking.params.max_validators = 3);
        let mut set: std::collections::BTreeMap<_, _> =
            chain.init.validators.iter().map(|update| (update.key, update.power)).collect();
        for step in steps {
            let draft = match step {
                Step::Delegate(who, val, amount) => Some(Draft::delegate(who, val, amount)),
                Step::Undelegate(who, val, amount) => Some(Draft::undelegate(who, val, amount)),
                Step::Redelegate(who, from, to, amount) => {
                    let message = msgs::redelegate(&address(who), &valoper(from), &valoper(to), &coin(amount));
                    Some(Draft::of(who, vec![message]))
                }
                Step::Cancel(who, val, amount, height) => {
                    let message = msgs::cancel_unbonding(&address(who), &valoper(val), &coin(amount), height);
                    Some(Draft::of(who, vec![message]))
                }
                Step::Create(who, amount) => Some(Draft::create_validator(who, amount)),
                Step::Wait(days) => {
                    chain.pass(Duration::from_secs(days * 86_400));
                    None
                }
            };
            let txs: Vec<Vec<u8>> = draft.iter().map(|draft| draft.sign(&chain)).collect();
            for update in chain.block(&txs).validators {
                prop_assert_ne!(set.get(&update.key), Some(&update.power), "an update that changes nothing");
                if update.power == 0 {
                    prop_assert!(set.remove(&update.key).is_some(), "a removal of nobody");
                } else {
                    set.insert(update.key, update.power);
                }
            }
            let state = chain.state();
            let validators: Vec<_> = staking::validators(&state).map(Result::unwrap).collect();
            let sum = |bonded: bool| -> u128 {
                validators.iter().filter(|v| (v.status == Status::Bonded) == bonded).map(|v| v.tokens).sum()
            };
            let unbonding: u128 = (0..5_u8)
                .flat_map(|who| (0..5_u8).map(move |val| (who, val)))
                .flat_map(|(who, val)| staking::unbondings(&state, &key(who).address(), &operator(val)).unwrap())
                .map(|entry| entry.balance)
                .sum();
            prop_assert_eq!(chain.pools(), (sum(true), sum(false) + unbonding));
            let last: i64 = staking::last_powers(&state).unwrap().iter().map(|(_, power)| power).sum();
            prop_assert_eq!(staking::last_total_power(&state), Ok(last));
            let now: std::collections::BTreeMap<_, _> = staking::bonded(&state)
                .unwrap()
                .into_iter()
                .map(|bonded| (bonded.validator.key, bonded.last_power))
                .collect();
            prop_assert_eq!(&set, &now);
            prop_assert!(set.len() <= 3);
            let coins: u128 = (0..5_u8).map(|i| chain.balance(i)).sum();
            let fees = ics_chain::modules::bank::balance(&state, &ics_abci::module_address("fee_collector"), "stake").unwrap();
            let (bonded, not_bonded) = chain.pools();
            prop_assert_eq!(coins + fees + bonded + not_bonded, 5 * FUNDS);
        }
    }
}
