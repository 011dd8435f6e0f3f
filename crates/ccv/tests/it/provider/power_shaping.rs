//! How owners and governance shape a consumer's set.

use super::{create, launched, opt_in, opt_out, remove, update, wait};
use crate::host_provider::{Provider, UNBONDING, refused, validator};
use ics_abci::{AccAddr, Power};
use ics_ccv::Rules;
use ics_ccv::id::ConsumerId;
use ics_ccv::provider::error::{Fault, Message};
use ics_ccv::provider::msgs::UpdateConsumer;
use ics_ccv::provider::phase::Phase;
use ics_ccv::provider::power_shaping::{self, PowerShaping};
use ics_ccv::provider::{Error, ValidatorStatus, View, state};

pub(super) fn none() -> PowerShaping {
    PowerShaping::default()
}

pub(super) fn top(top_n: u32) -> PowerShaping {
    PowerShaping { top_n, ..none() }
}

pub(super) fn shaped(id: ConsumerId, owner: AccAddr, shaping: PowerShaping) -> UpdateConsumer {
    UpdateConsumer { owner, power_shaping_parameters: Some(shaping), ..update(id) }
}

/// Hands a consumer to governance, which makes it a Top N chain.
pub(crate) fn make_top(host: &mut Provider, id: ConsumerId, shaping: PowerShaping) {
    let gov = host.authority();
    let given = UpdateConsumer { new_owner_address: gov.to_text("cosmos"), ..update(id) };
    given.handle(host).unwrap();
    shaped(id, gov, shaping).handle(host).unwrap();
}

fn min_power(host: &Provider, id: ConsumerId) -> Option<Power> {
    power_shaping::min_power(host, id).unwrap()
}

#[test]
fn a_shape_is_stored_as_given_and_replaces_the_last_one_as_a_whole() {
    let mut host = Provider::new(Rules::default());
    let listed = vec![ics_abci::to_bech32("cosmosvalcons", &[1; 20])];
    let first = PowerShaping {
        validators_power_cap: 34,
        validator_set_cap: 7,
        allowlist: listed.clone(),
        denylist: listed.clone(),
        prioritylist: listed,
        min_stake: 5,
        allow_inactive_vals: true,
        ..none()
    };
    let mut created = create("c-1", None);
    created.power_shaping_parameters = Some(first.clone());
    let id = created.handle(&mut host).unwrap().consumer_id;
    assert_eq!(power_shaping::get(&host, id), Ok(first.clone()));
    update(id).handle(&mut host).unwrap();
    assert_eq!(power_shaping::get(&host, id), Ok(first), "a part that is left out stays");
    let second = PowerShaping { validator_set_cap: 3, ..none() };
    shaped(id, super::owner(), second.clone()).handle(&mut host).unwrap();
    assert_eq!(power_shaping::get(&host, id), Ok(second));
}

#[test]
fn only_governance_makes_a_top_n_chain_and_only_after_it_owns_it() {
    let mut host = Provider::new(Rules::default());
    let mut created = create("c-1", None);
    created.power_shaping_parameters = Some(top(60));
    assert_eq!(Error::CreateTopN.code(), ("undefined", 1));
    refused(&mut host, &Error::CreateTopN, |host| created.handle(host));
    let id = create("c-1", None).handle(&mut host).unwrap().consumer_id;
    let range = Fault::new("TopN", "can be either 0 or in the range [50, 100]");
    for wrong in [1, 49, 101] {
        let updated = shaped(id, super::owner(), top(wrong));
        refused(&mut host, &Message::Update.fault(range), |host| updated.handle(host));
    }
    assert_eq!(Error::NotOwnedByGovernance.code(), ("provider", 39));
    let mut updated = shaped(id, super::owner(), top(60));
    refused(&mut host, &Error::NotOwnedByGovernance, |host| updated.handle(host));
    let gov = host.authority();
    // Not even in the message that hands it over: who owned it before counts.
    updated.new_owner_address = gov.to_text("cosmos");
    refused(&mut host, &Error::NotOwnedByGovernance, |host| updated.handle(host));
    make_top(&mut host, id, top(60));
    assert_eq!(min_power(&host, id), Some(80), "100 + 90 of 340 are less than 60 percent");
}

#[test]
fn a_top_n_chain_leaves_governance_only_as_an_opt_in_chain() {
    let mut host = Provider::new(Rules::default());
    let id = create("c-1", None).handle(&mut host).unwrap().consumer_id;
    make_top(&mut host, id, top(50));
    let gov = host.authority();
    assert_eq!(Error::TopNNeedsGovernance.code(), ("provider", 40));
    let away = super::owner().to_text("cosmos");
    let mut given = UpdateConsumer { owner: gov.clone(), new_owner_address: away.clone(), ..update(id) };
    refused(&mut host, &Error::TopNNeedsGovernance, |host| given.handle(host));
    given.power_shaping_parameters = Some(top(70));
    refused(&mut host, &Error::TopNNeedsGovernance, |host| given.handle(host));
    given.power_shaping_parameters = Some(none());
    given.handle(&mut host).unwrap();
    assert_eq!(min_power(&host, id), None);
    assert_eq!(state::OWNER.get(&host, &id), Ok(Some(super::owner())));
}

#[test]
fn an_update_recomputes_the_least_power_only_where_top_n_changes() {
    let mut host = Provider::new(Rules::default());
    let id = create("c-1", None).handle(&mut host).unwrap().consumer_id;
    make_top(&mut host, id, top(50));
    assert_eq!(min_power(&host, id), Some(90));
    host.set_power(1, 1_000);
    let gov = host.authority();
    let capped = PowerShaping { validators_power_cap: 40, ..top(50) };
    shaped(id, gov.clone(), capped).handle(&mut host).unwrap();
    assert_eq!(min_power(&host, id), Some(90), "of before");
    shaped(id, gov, top(51)).handle(&mut host).unwrap();
    assert_eq!(min_power(&host, id), Some(1_000));
}

#[test]
fn top_n_cannot_be_set_while_nobody_is_active() {
    let mut host = Provider::new(Rules::default());
    let id = create("c-1", None).handle(&mut host).unwrap().consumer_id;
    let gov = host.authority();
    UpdateConsumer { new_owner_address: gov.to_text("cosmos"), ..update(id) }.handle(&mut host).unwrap();
    for of in &mut host.validators {
        of.status = ValidatorStatus::Unbonding;
    }
    assert_eq!(Error::NobodyToBind(id).code(), ("provider", 31));
    refused(&mut host, &Error::NobodyToBind(id), |host| shaped(id, gov, top(50)).handle(host));
}

#[test]
fn who_is_bound_by_top_n_cannot_opt_out() {
    let mut host = Provider::new(Rules::default());
    let id = launched(&mut host, &[1, 4]);
    make_top(&mut host, id, top(50));
    let bound = |power| Error::BoundByTopN { id, power, min_power: 90 };
    assert_eq!(bound(90).code(), ("provider", 20));
    refused(&mut host, &bound(100), |host| opt_out(id, 1).handle(host));
    refused(&mut host, &bound(90), |host| opt_out(id, 2).handle(host));
    opt_out(id, 4).handle(&mut host).unwrap();
    // The validator that never opted in may say so too.
    opt_out(id, 3).handle(&mut host).unwrap();
    state::MIN_POWER.remove(&mut host, &id);
    assert_eq!(Error::NoMinPower(id).code(), ("provider", 3));
    refused(&mut host, &Error::NoMinPower(id), |host| opt_out(id, 4).handle(host));
}

#[test]
fn a_deleted_consumer_keeps_the_record_of_its_shape_and_nothing_that_follows_from_it() {
    let mut host = Provider::new(Rules::default());
    host.validators.push(validator(5, 60));
    let id = launched(&mut host, &[1]);
    let shaping = PowerShaping { min_stake: 5, ..top(50) };
    make_top(&mut host, id, shaping.clone());
    opt_in(id, 4).handle(&mut host).unwrap();
    host.epoch();
    let mut removed = remove(id);
    removed.owner = host.authority();
    removed.handle(&mut host).unwrap();
    wait(&mut host, UNBONDING);
    host.block(|_| ());
    assert_eq!(super::phase_of(&host, id), Some(Phase::Deleted));
    assert_eq!(power_shaping::get(&host, id), Ok(shaping));
    let left = (
        state::SHAPE.has(&host, &id),
        state::MIN_STAKE.has(&host, &id),
        state::MIN_POWER.has(&host, &id),
        state::SET.has(&host, &id),
    );
    assert_eq!(left, (false, false, false, false));
}
