//! Sets of consumers at their edges: emptied, bound, cut, swapped.

use super::power_shaping::{make_top, none, shaped, top};
use super::{assign, at_once, connected, create, launched, opt_in, opt_out, owner, phase_of, update};
use crate::host_provider::{Provider, provider_addr, validator};
use ics_abci::Power;
use ics_ccv::Rules;
use ics_ccv::id::ConsumerId;
use ics_ccv::provider::msgs::UpdateConsumer;
use ics_ccv::provider::phase::Phase;
use ics_ccv::provider::power_shaping::PowerShaping;
use ics_ccv::provider::{
    Bonded, ValidatorStatus, View, consumer_set, members, params, power_shaping, query, state,
};
use ics_ccv::wire::vsc::ValidatorSetChange;

/// Number and power of the members, ascending by number.
fn set(host: &Provider, id: ConsumerId) -> Vec<(u8, Power)> {
    let set = consumer_set::current(host, id).unwrap();
    let of = |n: u8| consumer_set::member(&set, provider_addr(n)).map(|member| (n, member.power));
    (1..=8).filter_map(of).collect()
}

fn opted_in(host: &Provider, id: ConsumerId) -> Vec<u8> {
    (1..=8).filter(|n| members::is_opted_in(host, id, provider_addr(*n)).unwrap()).collect()
}

fn min_power(host: &Provider, id: ConsumerId) -> Option<Power> {
    power_shaping::min_power(host, id).unwrap()
}

fn valcons(n: u8) -> String {
    ics_abci::to_bech32("cosmosvalcons", &provider_addr(n).0.0)
}

fn shape(host: &mut Provider, id: ConsumerId, shaping: PowerShaping) {
    shaped(id, owner(), shaping).handle(host).unwrap();
}

fn set_status(host: &mut Provider, n: u8, status: ValidatorStatus) {
    let addr = provider_addr(n);
    let found = host.validators.iter_mut().find(|of| of.provider_addr == addr).unwrap();
    found.jailed = status != ValidatorStatus::Bonded;
    found.status = status;
}

fn set_active_max(host: &mut Provider, max: i64) {
    let mut params = params::get(host).unwrap();
    params.max_provider_consensus_validators = max;
    state::PARAMS.set(host, &params);
}

fn kept(host: &mut Provider) -> usize {
    host.events().iter().filter(|event| event.kind == "consumer_set_kept").count()
}

#[test]
fn a_set_that_would_be_empty_stays_whoever_empties_it() {
    let everybody_leaves: fn(&mut Provider, ConsumerId) = |host, id| {
        for n in [1, 2] {
            opt_out(id, n).handle(host).unwrap();
        }
    };
    let everybody_is_denied: fn(&mut Provider, ConsumerId) =
        |host, id| shape(host, id, PowerShaping { denylist: vec![valcons(1), valcons(2)], ..none() });
    let nobody_has_the_stake: fn(&mut Provider, ConsumerId) =
        |host, id| shape(host, id, PowerShaping { min_stake: u64::MAX, ..none() });
    let everybody_is_jailed: fn(&mut Provider, ConsumerId) =
        |host, _| (1..=4).for_each(|n| set_status(host, n, ValidatorStatus::Unbonding));
    for empty in [everybody_leaves, everybody_is_denied, nobody_has_the_stake, everybody_is_jailed] {
        let mut host = Provider::new(Rules::default());
        let id = connected(&mut host, &[1, 2]);
        host.epoch();
        host.events();
        empty(&mut host, id);
        assert_eq!(host.epoch(), []);
        assert_eq!(set(&host, id), [(1, 100), (2, 90)]);
        assert_eq!(kept(&mut host), 1);
        // The reference tells the consumer to remove everybody, which halts it.
        let mut reference = Provider::new(Rules::reference());
        let id = connected(&mut reference, &[1, 2]);
        empty(&mut reference, id);
        let sent = ValidatorSetChange::decode(reference.epoch()[0].data.as_bytes()).unwrap();
        assert_eq!(sent.updates.iter().map(|update| update.power).collect::<Vec<_>>(), [0, 0]);
        assert_eq!(set(&reference, id), []);
    }
}

#[test]
fn a_set_that_stayed_follows_again_as_soon_as_somebody_is_there() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1]);
    opt_out(id, 1).handle(&mut host).unwrap();
    host.epoch();
    assert_eq!(set(&host, id), [(1, 100)]);
    opt_in(id, 3).handle(&mut host).unwrap();
    host.epoch();
    assert_eq!(set(&host, id), [(3, 80)]);
}

#[test]
fn an_epoch_without_any_active_validator_keeps_what_top_n_bound_last() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1]);
    make_top(&mut host, id, top(70));
    host.epoch();
    let bound = (set(&host, id), min_power(&host, id), opted_in(&host, id));
    assert_eq!(bound, (vec![(1, 100), (2, 90), (3, 80)], Some(80), vec![1, 2, 3]));
    (1..=4).for_each(|n| set_status(&mut host, n, ValidatorStatus::Unbonding));
    host.epoch();
    host.epoch();
    assert_eq!((set(&host, id), min_power(&host, id), opted_in(&host, id)), bound);
    set_status(&mut host, 4, ValidatorStatus::Bonded);
    host.epoch();
    assert_eq!((set(&host, id), min_power(&host, id)), (vec![(4, 70)], Some(70)));
}

#[test]
fn nobody_only_inactive_and_only_jailed_validators_launch_nothing_and_leave_no_trace() {
    let nobody: fn(&mut Provider, ConsumerId) = |_, _| ();
    let inactive: fn(&mut Provider, ConsumerId) = |host, id| {
        set_active_max(host, 3);
        opt_in(id, 4).handle(host).unwrap();
    };
    let jailed: fn(&mut Provider, ConsumerId) = |host, id| {
        opt_in(id, 2).handle(host).unwrap();
        set_status(host, 2, ValidatorStatus::Unbonding);
    };
    for prepare in [nobody, inactive, jailed] {
        let mut host = Provider::new(Rules::default());
        let created = create("c-1", Some(at_once()));
        let id = created.handle(&mut host).unwrap().consumer_id;
        shape(&mut host, id, PowerShaping { allow_inactive_vals: true, ..none() });
        prepare(&mut host, id);
        let before = opted_in(&host, id);
        host.block(|_| ());
        assert_eq!(phase_of(&host, id), Some(Phase::Registered));
        assert_eq!((set(&host, id), opted_in(&host, id)), (vec![], before));
        assert!(!state::GENESIS.has(&host, &id) && !state::LINK.has(&host, &id));
        assert_eq!(host.world.created, []);
        opt_in(id, 1).handle(&mut host).unwrap();
        let again = UpdateConsumer { initialization_parameters: Some(at_once()), ..update(id) };
        again.handle(&mut host).unwrap();
        host.block(|_| ());
        assert_eq!(phase_of(&host, id), Some(Phase::Launched));
    }
}

#[test]
fn a_failed_launch_of_a_top_n_chain_opts_nobody_in() {
    let mut host = Provider::new(Rules::default());
    host.client_fails.push("c-1".to_string());
    let id = create("c-1", None).handle(&mut host).unwrap().consumer_id;
    make_top(&mut host, id, top(100));
    host.set_power(4, 60);
    let gov = host.authority();
    let again = |host: &mut Provider| {
        let part = Some(at_once());
        UpdateConsumer { owner: gov.clone(), initialization_parameters: part, ..update(id) }
            .handle(host)
            .unwrap();
        host.block(|_| ());
    };
    again(&mut host);
    assert_eq!(phase_of(&host, id), Some(Phase::Registered));
    assert_eq!((opted_in(&host, id), min_power(&host, id)), (vec![], Some(70)), "as before the launch");
    host.client_fails.clear();
    again(&mut host);
    assert_eq!(phase_of(&host, id), Some(Phase::Launched));
    assert_eq!((opted_in(&host, id), min_power(&host, id)), (vec![1, 2, 3, 4], Some(60)));
    let joined = consumer_set::current(&host, id).unwrap()[0].joined;
    assert_eq!(joined, host.height);
}

#[test]
fn who_falls_out_of_the_top_stays_opted_in_and_may_leave_then() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1]);
    make_top(&mut host, id, top(50));
    host.epoch();
    assert_eq!((set(&host, id), opted_in(&host, id)), (vec![(1, 100), (2, 90)], vec![1, 2]));
    host.set_power(2, 10);
    host.epoch();
    assert_eq!(min_power(&host, id), Some(80));
    assert_eq!((set(&host, id), opted_in(&host, id)), (vec![(1, 100), (2, 10), (3, 80)], vec![1, 2, 3]));
    opt_out(id, 2).handle(&mut host).unwrap();
    host.epoch();
    assert_eq!(set(&host, id), [(1, 100), (3, 80)]);
}

#[test]
fn a_top_n_chain_that_becomes_opt_in_keeps_who_was_bound_until_they_leave() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[4]);
    make_top(&mut host, id, top(50));
    host.epoch();
    let gov = host.authority();
    shaped(id, gov, none()).handle(&mut host).unwrap();
    host.epoch();
    assert_eq!(set(&host, id), [(1, 100), (2, 90), (4, 70)]);
    opt_out(id, 1).handle(&mut host).unwrap();
    host.epoch();
    assert_eq!(set(&host, id), [(2, 90), (4, 70)]);
}

#[test]
fn an_inactive_validator_with_the_bound_power_validates_without_opting_in_only_where_inactive_ones_may() {
    let mut host = Provider::new(Rules::default());
    host.validators.push(validator(5, 70));
    set_active_max(&mut host, 4);
    let id = connected(&mut host, &[1]);
    make_top(&mut host, id, top(100));
    host.epoch();
    assert_eq!(set(&host, id).len(), 4);
    let gov = host.authority();
    shaped(id, gov, PowerShaping { allow_inactive_vals: true, ..top(100) }).handle(&mut host).unwrap();
    host.epoch();
    assert_eq!(set(&host, id).last(), Some(&(5, 70)));
    assert_eq!(opted_in(&host, id), [1, 2, 3, 4], "nobody is opted in who is not active");
    // The tie is what counts: with less power it is out again, though it never opted in or out.
    host.set_power(5, 69);
    host.epoch();
    assert_eq!(set(&host, id).len(), 4);
}

#[test]
fn lists_caps_and_stake_shape_a_set_in_their_order() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2, 3, 4]);
    for (shaping, expected) in [
        (PowerShaping { allowlist: vec![valcons(2), valcons(3)], ..none() }, vec![(2, 90), (3, 80)]),
        (PowerShaping { denylist: vec![valcons(1)], ..none() }, vec![(2, 90), (3, 80), (4, 70)]),
        (PowerShaping { validator_set_cap: 2, ..none() }, vec![(1, 100), (2, 90)]),
        (
            PowerShaping { validator_set_cap: 2, prioritylist: vec![valcons(4)], ..none() },
            vec![(1, 100), (4, 70)],
        ),
        (PowerShaping { min_stake: 90_000_000, ..none() }, vec![(1, 100), (2, 90)]),
        (PowerShaping { validators_power_cap: 27, ..none() }, vec![(1, 91), (2, 91), (3, 84), (4, 74)]),
    ] {
        shape(&mut host, id, shaping.clone());
        host.epoch();
        assert_eq!(set(&host, id), expected, "{shaping:?}");
    }
}

#[test]
fn a_minimum_stake_is_met_or_missed_by_tokens_that_are_no_power() {
    let mut host = Provider::new(Rules::default());
    let strict = connected(&mut host, &[1, 4]);
    let other = launched(&mut host, &[1, 4]);
    shape(&mut host, strict, PowerShaping { min_stake: 70_000_001, ..none() });
    host.epoch();
    assert_eq!(set(&host, strict), [(1, 100)]);
    let tokens = |host: &mut Provider, tokens| host.validators[3].tokens = tokens;
    tokens(&mut host, 70_000_001);
    // What asks for no stake is not even looked at: its stored set is broken on purpose.
    let broken = state::SET.key(&other);
    let whole = ics_kv::Read::get(&host, &broken).unwrap();
    ics_kv::Write::set(&mut host, &broken, ics_kv::Bytes::from_static(b"broken"));
    host.epoch();
    assert_eq!(set(&host, strict), [(1, 100), (4, 70)]);
    ics_kv::Write::set(&mut host, &broken, whole);
    tokens(&mut host, 70_000_000);
    host.epoch();
    assert_eq!(set(&host, strict), [(1, 100)]);
}

#[test]
fn tokens_that_are_no_power_move_the_edge_between_equals() {
    let mut host = Provider::new(Rules::default());
    host.validators = (1..=4).map(|n| validator(n, 10)).collect();
    set_active_max(&mut host, 3);
    let id = connected(&mut host, &[1, 3]);
    host.epoch();
    assert_eq!(set(&host, id), [(1, 10), (3, 10)]);
    host.validators[3].tokens += 5;
    host.epoch();
    assert_eq!(set(&host, id), [(1, 10)], "who moved is not even opted in");
}

#[test]
fn strangers_who_opt_in_in_numbers_change_no_set() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 3]);
    assign(id, 3, 33).handle(&mut host).unwrap();
    host.epoch();
    let before = consumer_set::current(&host, id).unwrap();
    for n in 100..=150 {
        host.validators.push(Bonded { status: ValidatorStatus::Unbonded, ..validator(n, 50) });
        opt_in(id, n).handle(&mut host).unwrap();
        assign(id, n, n + 100).handle(&mut host).unwrap();
    }
    assert_eq!(members::opted_in(&host, id).unwrap().len(), 53);
    assert_eq!(host.epoch(), []);
    assert_eq!(consumer_set::current(&host, id).unwrap(), before);
    opt_in(id, 2).handle(&mut host).unwrap();
    host.epoch();
    assert_eq!(set(&host, id), [(1, 100), (2, 90), (3, 80)]);
    let key =
        |n| consumer_set::member(&consumer_set::current(&host, id).unwrap(), provider_addr(n)).unwrap().key;
    assert_eq!([key(2), key(3)], [2, 33].map(crate::host_provider::key));
}

#[test]
fn the_edge_of_a_full_active_set_may_move_any_way_within_a_block() {
    let mut host = Provider::new(Rules::default());
    (5..=8).for_each(|n| host.validators.push(validator(n, 70)));
    set_active_max(&mut host, 4);
    let opt_in_chain = connected(&mut host, &[1, 2, 3, 4, 5, 6, 7, 8]);
    let top_chain = launched(&mut host, &[1]);
    make_top(&mut host, top_chain, top(100));
    host.epoch();
    assert_eq!(set(&host, opt_in_chain).len(), 4);
    let swaps: [fn(&mut Provider); 6] = [
        |host| set_status(host, 4, ValidatorStatus::Unbonding),
        |host| set_status(host, 4, ValidatorStatus::Bonded),
        |host| host.set_power(8, 71),
        |host| {
            set_status(host, 1, ValidatorStatus::Unbonding);
            host.set_power(7, 1_000);
        },
        |host| set_active_max(host, 2),
        |host| set_active_max(host, 8),
    ];
    for swap in swaps {
        host.block(swap);
        host.epoch();
        let active: Vec<_> =
            host.bonded().into_iter().take(params::get(&host).unwrap().own_set_max()).collect();
        let expected = active.len();
        assert_eq!(set(&host, opt_in_chain).len(), expected);
        assert_eq!(set(&host, top_chain).len(), expected);
        assert_eq!(min_power(&host, top_chain), active.iter().map(|of| of.power).min());
    }
}

#[test]
fn of_equals_at_the_cut_the_lower_operator_comes_first() {
    let mut host = Provider::new(Rules::default());
    host.validators = (1..=8).map(|n| validator(n, 10)).collect();
    set_active_max(&mut host, 3);
    let id = launched(&mut host, &[8, 6, 3, 2, 1]);
    assert_eq!(set(&host, id), [(1, 10), (2, 10), (3, 10)]);
    shape(&mut host, id, PowerShaping { validator_set_cap: 2, ..none() });
    host.epoch();
    assert_eq!(set(&host, id), [(1, 10), (2, 10)]);
}

#[test]
fn who_stays_in_a_set_keeps_the_height_at_which_it_joined() {
    let mut host = Provider::new(Rules::default());
    let id = connected(&mut host, &[1, 2]);
    let launch = host.height;
    opt_in(id, 3).handle(&mut host).unwrap();
    host.epoch();
    let epoch = host.height;
    host.set_power(1, 200);
    shape(&mut host, id, PowerShaping { denylist: vec![valcons(2)], ..none() });
    host.epoch();
    shape(&mut host, id, none());
    host.epoch();
    let current = consumer_set::current(&host, id).unwrap();
    let joined = |n| consumer_set::member(&current, provider_addr(n)).unwrap().joined;
    assert_eq!([joined(1), joined(2), joined(3)], [launch, host.height, epoch]);
}

#[test]
fn a_validator_has_to_validate_what_it_is_in_or_would_be_in_next() {
    let mut host = Provider::new(Rules::default());
    let opt_in_chain = launched(&mut host, &[1]);
    let top_chain = launched(&mut host, &[1]);
    make_top(&mut host, top_chain, top(50));
    let of = |host: &Provider, n| query::has_to_validate(host, provider_addr(n)).unwrap();
    assert_eq!(of(&host, 1), [opt_in_chain, top_chain]);
    assert_eq!(of(&host, 2), [top_chain], "bound from the next epoch on");
    assert_eq!(of(&host, 3), []);
    opt_in(opt_in_chain, 3).handle(&mut host).unwrap();
    opt_out(opt_in_chain, 1).handle(&mut host).unwrap();
    assert_eq!(of(&host, 3), [opt_in_chain]);
    assert_eq!(of(&host, 1), [opt_in_chain, top_chain], "until the epoch ends");
    host.epoch();
    assert_eq!((of(&host, 1), of(&host, 3)), (vec![top_chain], vec![opt_in_chain]));
}
