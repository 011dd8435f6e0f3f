//! What changes of stake that is there: what a validator says and takes, what is on its way back, whom it is bonded to.

use crate::base_chain::*;
use ics_abci::Height;
use ics_chain::modules::staking::{self, Status};
use ics_client::msgs::{self, ValidatorChange};
use ics_proto::cosmos::base::abci::v1beta1::TxMsgData;
use ics_proto::cosmos::staking::v1beta1 as proto;
use prost::Message;
use std::time::Duration;

const MILLION: u128 = 1_000_000;
const DAY: Duration = Duration::from_secs(86_400);
const IN_BLOCK: &str = "failed to execute message; message index: 0: ";

fn edit(index: u8, change: &ValidatorChange) -> Draft {
    Draft::of(index, vec![msgs::edit_validator(&valoper(index), change)])
}

fn redelegate(who: u8, from: u8, to: u8, amount: u128) -> Draft {
    Draft::of(who, vec![msgs::redelegate(&address(who), &valoper(from), &valoper(to), &coin(amount))])
}

fn cancel(who: u8, validator: u8, amount: u128, height: i64) -> Draft {
    Draft::of(who, vec![msgs::cancel_unbonding(&address(who), &valoper(validator), &coin(amount), height)])
}

fn validator(chain: &Chain, index: u8) -> staking::Validator {
    staking::validator(&chain.state(), &operator(index)).unwrap().unwrap()
}

fn tokens(chain: &Chain, index: u8) -> u128 {
    validator(chain, index).tokens
}

fn moved(chain: &Chain, who: u8, from: u8, to: u8) -> Vec<staking::Redelegation> {
    staking::redelegations(&chain.state(), &key(who).address(), &operator(from), &operator(to)).unwrap()
}

fn rate(text: &str) -> ValidatorChange {
    ValidatorChange { commission: Some(text.parse().unwrap()), ..ValidatorChange::default() }
}

#[test]
fn a_validator_changes_what_it_names_and_keeps_the_rest() {
    let mut chain = Chain::new();
    let change = ValidatorChange {
        website: Some("https://val1.example".into()),
        details: Some("older".into()),
        self_delegation_min: Some(90 * MILLION),
        ..ValidatorChange::default()
    };
    assert_eq!(outcome(&chain.deliver(&edit(1, &change))), good());
    let found = validator(&chain, 1);
    let texts = &found.description;
    assert_eq!((texts.moniker.as_str(), texts.website.as_str()), ("val1", "https://val1.example"));
    assert_eq!((texts.details.as_str(), found.min_self_delegation), ("older", 90 * MILLION));
    let change = ValidatorChange { details: Some(String::new()), ..ValidatorChange::default() };
    assert_eq!(outcome(&chain.deliver(&edit(1, &change))), good());
    assert_eq!(validator(&chain, 1).description.details, "", "an empty text is a text");
    chain.now = start().plus(DAY).unwrap();
    let result = chain.deliver(&edit(1, &rate("0.11")));
    assert_eq!(outcome(&result), good());
    assert_eq!(validator(&chain, 1).commission.rate, "0.11".parse().unwrap());
    assert_eq!(
        text(result.events.last().unwrap()),
        "edit_validator{commission_rate=commission_rates:<rate:\"110000000000000000\" \
         max_rate:\"200000000000000000\" max_change_rate:\"10000000000000000\" > \
         update_time:<seconds:1704153600 nanos:500000000 > ,min_self_delegation=90000000,msg_index=0}"
    );
}

#[test]
fn what_is_wrong_with_a_change_of_a_validator_is_said() {
    let mut chain = Chain::with(|state| state.staking.params.min_commission_rate = "0.095".into());
    let mut said = |draft: &Draft| outcome(&chain.deliver(draft));
    let least = |least| ValidatorChange { self_delegation_min: Some(least), ..ValidatorChange::default() };
    let name = |length| ValidatorChange { moniker: Some("m".repeat(length)), ..ValidatorChange::default() };
    assert_eq!(
        said(&edit(2, &name(1))),
        refused("staking", 3, &format!("{IN_BLOCK}validator does not exist"))
    );
    let again = format!("{IN_BLOCK}commission cannot be changed more than once in 24h");
    assert_eq!(said(&edit(1, &rate("0.1"))), refused("staking", 12, &again));
    let long = format!("{IN_BLOCK}invalid moniker length; got: 71, max: 70: invalid request");
    assert_eq!(said(&edit(1, &name(71))), refused("sdk", 18, &long));
    let nothing = proto::MsgEditValidator {
        description: Some(proto::Description::default()),
        validator_address: valoper(1),
        ..proto::MsgEditValidator::default()
    };
    let raw = |message: &proto::MsgEditValidator| Draft::of(1, vec![msgs::any(message)]);
    assert_eq!(said(&raw(&nothing)), refused("sdk", 18, "empty description: invalid request"));
    assert_eq!(
        said(&edit(1, &least(0))),
        refused("sdk", 18, "minimum self delegation must be a positive integer: invalid request")
    );
    let described = |commission: &str, least: &str| proto::MsgEditValidator {
        description: Some(proto::Description { moniker: "m".into(), ..proto::Description::default() }),
        commission_rate: commission.into(),
        min_self_delegation: least.into(),
        ..nothing.clone()
    };
    assert_eq!(
        said(&raw(&described("", "-5"))),
        refused("sdk", 18, "minimum self delegation must be a positive integer: invalid request")
    );
    assert_eq!(
        said(&raw(&described("", "many"))),
        refused("sdk", 2, "\"many\" is no integer: tx parse error")
    );
    for outside in ["-1", "1000000000000000001"] {
        assert_eq!(
            said(&raw(&described(outside, ""))),
            refused("sdk", 18, "commission rate must be between 0 and 1 (inclusive): invalid request")
        );
    }
    let low = format!(
        "{IN_BLOCK}commission rate cannot be less than the min commission rate 0.095000000000000000: invalid request"
    );
    assert_eq!(said(&edit(1, &rate("0.09"))), refused("sdk", 18, &low));
    let same = format!("{IN_BLOCK}minimum self delegation cannot be decrease");
    assert_eq!(said(&edit(1, &least(1))), refused("staking", 17, &same));
    let high =
        format!("{IN_BLOCK}validator's self delegation must be greater than their minimum self delegation");
    assert_eq!(said(&edit(1, &least(90 * MILLION + 1))), refused("staking", 16, &high));
    let endless = "9".repeat(70);
    assert_eq!(said(&raw(&described("", &endless))), refused("staking", 16, &high));
    chain.pass(DAY);
    let mut said = |draft: &Draft| outcome(&chain.deliver(draft));
    let over = format!("{IN_BLOCK}commission cannot be more than the max rate");
    assert_eq!(said(&edit(1, &rate("0.21"))), refused("staking", 11, &over));
    let jump = format!("{IN_BLOCK}commission cannot be changed more than max change rate");
    assert_eq!(said(&edit(1, &rate("0.12"))), refused("staking", 15, &jump));
    let of_another = Draft::of(0, vec![msgs::edit_validator(&valoper(1), &name(1))]);
    assert_eq!(said(&of_another).1, 8, "only the operator signs");
    let untouched = validator(&chain, 1);
    assert_eq!((untouched.description.moniker.as_str(), untouched.min_self_delegation), ("val1", 1));
    assert_eq!(untouched.commission.updated, start());
}

#[test]
fn an_unbonding_is_cancelled_in_parts_and_as_a_whole() {
    let mut chain = Chain::new();
    assert_eq!(chain.deliver(&Draft::delegate(2, 0, 7 * MILLION)).code, 0);
    let height = i64::try_from(chain.app.store().next_height()).unwrap();
    assert_eq!(chain.deliver(&Draft::undelegate(2, 0, 5 * MILLION)).code, 0);
    assert_eq!((chain.pools(), tokens(&chain, 0)), ((192 * MILLION, 5 * MILLION), 102 * MILLION));
    let result = chain.deliver(&cancel(2, 0, 2 * MILLION, height));
    assert_eq!(outcome(&result), good());
    assert_eq!((chain.pools(), tokens(&chain, 0)), ((194 * MILLION, 3 * MILLION), 104 * MILLION));
    let entries =
        |chain: &Chain| staking::unbondings(&chain.state(), &key(2).address(), &operator(0)).unwrap();
    let left: Vec<_> = entries(&chain).iter().map(|entry| (entry.initial_balance, entry.balance)).collect();
    assert_eq!(left, [(3 * MILLION, 3 * MILLION)]);
    assert_eq!(
        text(result.events.last().unwrap()),
        format!(
            "cancel_unbonding_delegation{{amount=2000000stake,validator={},delegator={},creation_height={height},msg_index=0}}",
            valoper(0),
            address(2)
        )
    );
    assert_eq!(outcome(&chain.deliver(&cancel(2, 0, 3 * MILLION, height))), good());
    assert_eq!((chain.pools(), entries(&chain)), ((197 * MILLION, 0), vec![]));
    let before = chain.balance(2);
    chain.pass(22 * DAY);
    assert_eq!(chain.block(&[]).events.iter().filter(|event| event.kind == "complete_unbonding").count(), 0);
    assert_eq!(chain.balance(2), before);
}

#[test]
fn what_is_wrong_with_a_cancelled_unbonding_is_said() {
    let mut chain = Chain::new();
    assert_eq!(chain.deliver(&Draft::delegate(2, 1, 7 * MILLION)).code, 0);
    let height = i64::try_from(chain.app.store().next_height()).unwrap();
    assert_eq!(chain.deliver(&Draft::undelegate(2, 1, 5 * MILLION)).code, 0);
    let mut said = |draft: &Draft| outcome(&chain.deliver(draft));
    assert_eq!(said(&cancel(2, 1, 0, height)), refused("sdk", 18, "invalid amount: invalid request"));
    for below in [0, -1] {
        assert_eq!(said(&cancel(2, 1, 5, below)), refused("sdk", 18, "invalid height: invalid request"));
    }
    assert_eq!(
        said(&cancel(2, 4, 5, height)),
        refused("staking", 3, &format!("{IN_BLOCK}validator does not exist"))
    );
    let none = format!(
        "{IN_BLOCK}rpc error: code = NotFound desc = unbonding delegation with delegator {} not found for validator {}",
        address(2),
        valoper(0)
    );
    assert_eq!(said(&cancel(2, 0, 5, height)), refused("undefined", 1, &none));
    let other = format!(
        "{IN_BLOCK}unbonding delegation entry is not found at block height {}: not found",
        height + 1
    );
    assert_eq!(said(&cancel(2, 1, 5, height + 1)), refused("sdk", 38, &other));
    let much =
        format!("{IN_BLOCK}amount is greater than the unbonding delegation entry balance: invalid request");
    assert_eq!(said(&cancel(2, 1, 5 * MILLION + 1, height)), refused("sdk", 18, &much));
    let atoms = ics_client::Coin { denom: "atom".into(), amount: 5 };
    let atoms = Draft::of(2, vec![msgs::cancel_unbonding(&address(2), &valoper(1), &atoms, height)]);
    let denom = format!("{IN_BLOCK}invalid coin denomination: got atom, expected stake: invalid request");
    assert_eq!(said(&atoms), refused("sdk", 18, &denom));
    assert_eq!(said(&Draft::undelegate(1, 1, 90 * MILLION)).1, 0);
    let jailed = format!("{IN_BLOCK}validator for this address is currently jailed");
    assert_eq!(said(&cancel(2, 1, 5, height)), refused("staking", 7, &jailed));
}

#[test]
fn redelegated_stake_counts_at_once_and_stays_liable_for_the_unbonding_time() {
    let mut chain = Chain::new();
    assert_eq!(chain.deliver(&Draft::delegate(2, 0, 7 * MILLION)).code, 0);
    let (begun, height) = (chain.now, Height(chain.app.store().next_height()));
    let tx = redelegate(2, 0, 1, 5 * MILLION).sign(&chain);
    let block = chain.block(&[tx]);
    assert_eq!(outcome(&block.txs[0]), good());
    let powers: Vec<i64> = block.validators.iter().map(|update| update.power).collect();
    assert_eq!((powers, chain.pools()), (vec![102, 95], (197 * MILLION, 0)));
    let due = begun.plus(21 * DAY).unwrap();
    let data = TxMsgData::decode(block.txs[0].data.as_slice()).unwrap();
    let response = proto::MsgBeginRedelegateResponse::decode(data.msg_responses[0].value.as_slice()).unwrap();
    let time = response.completion_time.unwrap();
    assert_eq!((time.seconds, time.nanos), (due.seconds(), 500_000_000));
    assert_eq!(
        text(block.txs[0].events.last().unwrap()),
        format!(
            "redelegate{{source_validator={},destination_validator={},amount=5000000stake,completion_time=2024-01-22T00:00:02Z,msg_index=0}}",
            valoper(0),
            valoper(1)
        )
    );
    let [entry] = &moved(&chain, 2, 0, 1)[..] else { panic!() };
    assert_eq!((entry.height, entry.completion, entry.initial_balance), (height, due, 5 * MILLION));
    assert_eq!(entry.shares, "5000000".parse().unwrap());

    // It cannot go on to a third, nor back; what did not come by a redelegation can.
    assert_eq!(chain.deliver(&Draft::create_validator(3, MILLION)).code, 0);
    let log = format!(
        "{IN_BLOCK}redelegation to this validator already in progress; first redelegation to this validator must complete \
         before next redelegation"
    );
    for to in [3, 0] {
        assert_eq!(outcome(&chain.deliver(&redelegate(2, 1, to, 5))), refused("staking", 32, &log));
    }
    assert_eq!(outcome(&chain.deliver(&redelegate(2, 0, 3, MILLION))), good());

    chain.now = ics_abci::Time::new(due.seconds(), 499_999_999).unwrap();
    chain.block(&[]);
    assert_eq!(moved(&chain, 2, 0, 1).len(), 1, "a nanosecond too early");
    chain.now = due;
    let block = chain.block(&[]);
    assert_eq!(
        text(block.events.last().unwrap()),
        format!(
            "complete_redelegation{{amount=5000000stake,delegator={},source_validator={},destination_validator={},mode=EndBlock}}",
            address(2),
            valoper(0),
            valoper(1)
        )
    );
    assert_eq!((moved(&chain, 2, 0, 1), moved(&chain, 2, 0, 3).len()), (vec![], 1));
    assert_eq!(outcome(&chain.deliver(&redelegate(2, 1, 0, 5))), good());
}

#[test]
fn redelegations_of_one_block_are_entries_of_their_own_and_complete_together() {
    let mut chain = Chain::with(|state| state.staking.params.max_entries = 2);
    assert_eq!(chain.deliver(&Draft::delegate(2, 0, 7 * MILLION)).code, 0);
    let message = || msgs::redelegate(&address(2), &valoper(0), &valoper(1), &coin(MILLION));
    let begun = chain.now;
    assert_eq!(outcome(&chain.deliver(&Draft::of(2, vec![message(), message()]))), good());
    let ids: Vec<u64> = moved(&chain, 2, 0, 1).iter().map(|entry| entry.id).collect();
    assert_eq!(ids, [1, 2]);
    let log = format!(
        "{IN_BLOCK}too many redelegation entries for (delegator, src-validator, dst-validator) tuple"
    );
    assert_eq!(outcome(&chain.deliver(&redelegate(2, 0, 1, MILLION))), refused("staking", 33, &log));
    chain.now = begun.plus(21 * DAY).unwrap();
    let events = chain.block(&[]).events;
    let told: Vec<_> = events.iter().filter(|event| event.kind == "complete_redelegation").collect();
    assert_eq!(told.iter().map(|event| event.get("amount")).collect::<Vec<_>>(), [Some("2000000stake")]);
    assert_eq!(outcome(&chain.deliver(&redelegate(2, 0, 1, MILLION))), good());
}

#[test]
fn how_long_redelegated_stake_is_liable_follows_the_validator_that_it_left() {
    let mut chain = Chain::with(|state| state.staking.params.max_validators = 2);
    assert_eq!(chain.deliver(&Draft::create_validator(2, 5 * MILLION)).code, 0);
    assert_eq!(chain.deliver(&Draft::delegate(3, 2, 3 * MILLION)).code, 0);
    assert_eq!(
        (validator(&chain, 2).status, chain.pools()),
        (Status::Unbonded, (190 * MILLION, 8 * MILLION))
    );
    // From one that is unbonded: free at once.
    let result = chain.deliver(&redelegate(3, 2, 0, MILLION));
    assert_eq!(outcome(&result), good());
    assert_eq!(
        text(result.events.last().unwrap()).split(',').nth(3),
        Some("completion_time=0001-01-01T00:00:00Z")
    );
    assert_eq!((moved(&chain, 3, 2, 0), chain.pools()), (vec![], (191 * MILLION, 7 * MILLION)));
    // From one that is unbonding: until it is unbonded.
    let left = Height(chain.app.store().next_height());
    assert_eq!(chain.deliver(&Draft::undelegate(1, 1, 85 * MILLION)).code, 0);
    let leaving = validator(&chain, 1);
    assert_eq!((leaving.status, leaving.unbonding_height), (Status::Unbonding, left));
    assert_eq!(outcome(&chain.deliver(&redelegate(1, 1, 0, 2 * MILLION))), good());
    let [entry] = &moved(&chain, 1, 1, 0)[..] else { panic!() };
    assert_eq!((entry.height, entry.completion), (left, leaving.unbonding_time));
    // The last stake of one that is unbonded ends it.
    assert_eq!(chain.deliver(&Draft::create_validator(4, MILLION)).code, 0);
    assert_eq!(outcome(&chain.deliver(&redelegate(4, 4, 0, MILLION))), good());
    assert_eq!(staking::validator(&chain.state(), &operator(4)), Ok(None));
    assert_eq!(moved(&chain, 4, 4, 0), []);
}

#[test]
fn what_is_wrong_with_a_redelegation_is_said() {
    let mut chain = Chain::new();
    assert_eq!(chain.deliver(&Draft::delegate(2, 0, 5)).code, 0);
    let mut said = |draft: &Draft| outcome(&chain.deliver(draft));
    let staking = |code, log: &str| refused("staking", code, &format!("{IN_BLOCK}{log}"));
    assert_eq!(said(&redelegate(2, 0, 1, 0)), refused("sdk", 18, "invalid shares amount: invalid request"));
    assert_eq!(said(&redelegate(2, 4, 1, 5)), staking(3, "validator does not exist"));
    assert_eq!(said(&redelegate(2, 0, 4, 5)), staking(31, "redelegation destination validator not found"));
    assert_eq!(said(&redelegate(2, 0, 0, 5)), staking(29, "cannot redelegate to the same validator"));
    assert_eq!(said(&redelegate(2, 1, 0, 5)), staking(19, "no delegation for (address, validator) tuple"));
    let much = format!("{IN_BLOCK}invalid shares amount: invalid request");
    assert_eq!(said(&redelegate(2, 0, 1, 6)), refused("sdk", 18, &much));
    let atoms = ics_client::Coin { denom: "atom".into(), amount: 5 };
    let atoms = Draft::of(2, vec![msgs::redelegate(&address(2), &valoper(0), &valoper(1), &atoms)]);
    let denom = format!("{IN_BLOCK}invalid coin denomination: got atom, expected stake: invalid request");
    assert_eq!(said(&atoms), refused("sdk", 18, &denom));
    let nowhere = Draft::of(2, vec![msgs::redelegate(&address(2), &valoper(0), &address(1), &coin(5))]);
    let (codespace, code, log) = said(&nowhere);
    assert_eq!((codespace.as_str(), code), ("sdk", 7));
    assert!(log.starts_with("invalid destination validator address: "), "{log}");
}

#[test]
fn redelegations_are_told_by_path_by_delegator_and_by_the_validator_that_was_left() {
    let mut chain = Chain::new();
    chain.deliver(&Draft::delegate(2, 0, 7 * MILLION));
    chain.deliver(&Draft::create_validator(3, MILLION));
    chain.deliver(&redelegate(2, 0, 1, 2 * MILLION));
    chain.deliver(&redelegate(2, 0, 3, MILLION));
    chain.deliver(&redelegate(1, 1, 0, 4 * MILLION));
    let path = "/cosmos.staking.v1beta1.Query/Redelegations";
    let request = |who: Option<u8>, from: Option<u8>, to: Option<u8>| proto::QueryRedelegationsRequest {
        delegator_addr: who.map(address).unwrap_or_default(),
        src_validator_addr: from.map(valoper).unwrap_or_default(),
        dst_validator_addr: to.map(valoper).unwrap_or_default(),
        pagination: None,
    };
    let ask = |request| chain.ask::<proto::QueryRedelegationsResponse>(path, &request).redelegation_responses;
    let one = ask(request(Some(2), Some(0), Some(1)));
    assert_eq!(one.len(), 1);
    let entry = &one[0].entries[0];
    let inner = entry.redelegation_entry.as_ref().unwrap();
    assert_eq!((entry.balance.as_str(), inner.initial_balance.as_str()), ("2000000", "2000000"));
    assert_eq!((inner.shares_dst.as_str(), inner.unbonding_id), ("2000000000000000000000000", 1));
    let head = one[0].redelegation.as_ref().unwrap();
    assert_eq!((&head.validator_src_address, &head.validator_dst_address), (&valoper(0), &valoper(1)));
    assert_eq!((ask(request(Some(2), None, None)).len(), ask(request(Some(2), Some(0), None)).len()), (2, 2));
    assert_eq!((ask(request(None, Some(0), None)).len(), ask(request(None, Some(1), None)).len()), (2, 1));
    let said = |request: proto::QueryRedelegationsRequest| {
        let answer = chain.query(path, &request);
        (answer.code, answer.log)
    };
    let log = format!(
        "redelegation not found for delegator address {} from validator address {}",
        address(3),
        valoper(0)
    );
    let (code, found) = said(request(Some(3), Some(0), Some(1)));
    assert!(code != 0 && found.contains(&log), "{code} {found}");
    let (code, found) = said(request(None, None, None));
    assert!(code != 0 && found.contains("delegator address cannot be empty"), "{code} {found}");
}
