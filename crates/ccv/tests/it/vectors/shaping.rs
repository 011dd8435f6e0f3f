//! Golden values of whole sets and of opting out, through the messages and blocks of a provider.

use super::document::mutated;
use super::{each_case, list, number, text};
use crate::host_provider::{Provider, provider_addr, validator};
use crate::provider::power_shaping::make_top;
use crate::provider::{create, opt_in, opt_out, spawn_at, update};
use ics_abci::{Power, Time};
use ics_ccv::Rules;
use ics_ccv::id::ConsumerId;
use ics_ccv::provider::candidates::Candidates;
use ics_ccv::provider::msgs::UpdateConsumer;
use ics_ccv::provider::power_shaping::{self, PowerShaping};
use ics_ccv::provider::{Bonded, ValidatorStatus, consumer_set, members};
use serde_json::Value;
use std::collections::BTreeMap;

/// Label `A` is validator 1.
fn number_of(label: &str) -> u8 {
    label.as_bytes()[0] - b'A' + 1
}

fn label_of(addr: ics_ccv::id::ProviderAddr) -> String {
    let n = (1..=26).find(|n| provider_addr(*n) == addr).unwrap();
    char::from(b'A' + n - 1).to_string()
}

fn strings(value: &Value, map: impl Fn(&str) -> String) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(&map)).collect()
}

/// The record of a document; `None` where it does not decode.
fn record(document: &Value, address: impl Fn(&str) -> String) -> Option<PowerShaping> {
    let small = |name: &str| u32::try_from(document[name].as_u64()?).ok();
    Some(PowerShaping {
        top_n: small("top_N")?,
        validators_power_cap: small("validators_power_cap")?,
        validator_set_cap: small("validator_set_cap")?,
        allowlist: strings(&document["allowlist"], &address)?,
        denylist: strings(&document["denylist"], &address)?,
        min_stake: document["min_stake"].as_str()?.parse().ok()?,
        allow_inactive_vals: document["allow_inactive_vals"].as_bool()?,
        prioritylist: strings(&document["prioritylist"], &address)?,
    })
}

#[test]
fn vectors_power_shaping_params() {
    each_case("power_shaping_params", |case, bases| {
        let (kind, document) = mutated(case, bases);
        assert_eq!(kind, "interchain_security.ccv.provider.v1.PowerShapingParameters");
        let record = record(&document, str::to_owned);
        let valid = record.is_some_and(|record| record.validate("cosmos").is_ok());
        assert_eq!(valid, case["expect"]["valid"].as_bool().unwrap(), "{}", case["name"]);
    });
}

fn staked(json: &Value) -> Bonded {
    let status = match text(json, "status") {
        "BOND_STATUS_BONDED" => ValidatorStatus::Bonded,
        "BOND_STATUS_UNBONDING" => ValidatorStatus::Unbonding,
        "BOND_STATUS_UNBONDED" => ValidatorStatus::Unbonded,
        other => panic!("status {other}"),
    };
    let tokens = number(json, "tokens");
    Bonded { tokens, status, ..validator(number_of(text(json, "id")), number(json, "power")) }
}

fn with_validators(mut validators: Vec<Bonded>, active_max: usize) -> Provider {
    validators.sort_by_key(|of| (std::cmp::Reverse(of.power), of.operator.clone()));
    let mut host = Provider::new(Rules::reference());
    host.validators = validators;
    let mut params = ics_ccv::provider::params::get(&host).unwrap();
    params.max_provider_consensus_validators = i64::try_from(active_max).unwrap();
    ics_ccv::provider::state::PARAMS.set(&mut host, &params);
    host
}

fn shape(host: &mut Provider, id: ConsumerId, shaping: PowerShaping) {
    if shaping.top_n == 0 {
        let part = Some(shaping);
        UpdateConsumer { power_shaping_parameters: part, ..update(id) }.handle(host).unwrap();
    } else {
        make_top(host, id, shaping);
    }
}

fn opted_in(host: &Provider, id: ConsumerId) -> Vec<String> {
    let mut labels: Vec<String> = members::opted_in(host, id).unwrap().into_iter().map(label_of).collect();
    labels.sort();
    labels
}

#[test]
fn vectors_shaping() {
    each_case("shaping", |case, _| {
        let validators = list(case, "validators").iter().map(staked).collect();
        let max: usize = number(case, "max_provider_consensus_validators");
        let mut host = with_validators(validators, max);
        let id = create("c-1", Some(spawn_at(Time::UNIX_EPOCH))).handle(&mut host).unwrap().consumer_id;
        for label in list(case, "opted_in") {
            opt_in(id, number_of(label.as_str().unwrap())).handle(&mut host).unwrap();
        }
        let address =
            |label: &str| ics_abci::to_bech32("cosmosvalcons", &provider_addr(number_of(label)).0.0);
        shape(&mut host, id, record(&case["power_shaping"], address).unwrap());

        let expect = &case["expect"];
        let powers: BTreeMap<String, Power> = expect["set"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(label, power)| (label.clone(), power.as_str().unwrap().parse().unwrap()))
            .collect();
        let computed = |set: &[consumer_set::Member]| -> BTreeMap<String, Power> {
            set.iter().map(|member| (label_of(member.provider_addr), member.power)).collect()
        };
        let candidates = Candidates::read(&host).unwrap();
        let dry = consumer_set::next(&host, id, &candidates, &[]).unwrap();
        assert_eq!(computed(&dry.members), powers, "{case}");

        host.block(|_| ());
        assert_eq!(computed(&consumer_set::current(&host, id).unwrap()), powers, "{case}");
        let min_power = expect["min_power"].as_str().map(|power| power.parse::<Power>().unwrap());
        assert_eq!(power_shaping::min_power(&host, id), Ok(min_power), "{case}");
        assert_eq!(serde_json::json!(opted_in(&host, id)), expect["opted_in"], "{case}");
    });
}

#[test]
fn vectors_opt_out() {
    each_case("opt_out", |case, _| {
        let active: Vec<Power> = list(case, "active_powers")
            .iter()
            .map(|power| power.as_str().unwrap().parse().unwrap())
            .collect();
        let leaving: Power = number(case, "power");
        let mut powers = active.clone();
        if !powers.contains(&leaving) {
            powers.push(leaving);
        }
        let validators = (1_u8..).zip(&powers).map(|(n, power)| validator(n, *power)).collect();
        let mut host = with_validators(validators, active.len());
        let who = (1_u8..).zip(&powers).find(|(_, power)| **power == leaving).unwrap().0;
        let spawn = match text(case, "phase") {
            "CONSUMER_PHASE_LAUNCHED" => Some(spawn_at(Time::UNIX_EPOCH)),
            "CONSUMER_PHASE_INITIALIZED" => Some(spawn_at(Time::parse("2030-01-01T00:00:00Z").unwrap())),
            "CONSUMER_PHASE_REGISTERED" | "CONSUMER_PHASE_UNSPECIFIED" => None,
            other => panic!("phase {other}"),
        };
        let mut id = create("c-1", spawn).handle(&mut host).unwrap().consumer_id;
        opt_in(id, who).handle(&mut host).unwrap();
        opt_in(id, 1).handle(&mut host).unwrap();
        shape(&mut host, id, PowerShaping { top_n: number(case, "top_n"), ..PowerShaping::default() });
        host.block(|_| ());
        if text(case, "phase") == "CONSUMER_PHASE_UNSPECIFIED" {
            id = ConsumerId(77);
        } else {
            let phase = ics_ccv::provider::phase::of(&host, id).unwrap().unwrap();
            assert_eq!(phase.name(), text(case, "phase"));
        }
        let code = opt_out(id, who).handle(&mut host).err().map(|error| {
            let (codespace, code) = error.code();
            format!("{codespace}/{code}")
        });
        assert_eq!(code.as_deref(), case["expect"]["error"].as_str(), "{case}");
    });
}
