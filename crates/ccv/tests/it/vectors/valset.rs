use super::{each_case, list, number, text, update, updates};
use ics_abci::{ConsAddr, ConsKey, Height, Power, ValUpdate};
use ics_ccv::id::ProviderAddr;
use ics_ccv::valset::{self, Candidate, Shape};
use serde_json::Value;
use std::collections::BTreeMap;

#[test]
fn vectors_accumulate_changes() {
    each_case("accumulate_changes", |case, _| {
        let merged = valset::accumulate(&updates(case, "pending"), &updates(case, "packet"));
        assert_eq!(merged, updates(&case["expect"], "updates"), "{case}");
    });
}

#[test]
fn vectors_diff() {
    each_case("diff", |case, _| {
        let mut labels = BTreeMap::<String, ConsKey>::new();
        let mut set = |name: &str| -> Vec<ValUpdate> {
            list(case, name)
                .iter()
                .map(|member| {
                    let distinct = u8::try_from(labels.len()).unwrap();
                    let label = text(member, "key").to_string();
                    let key = *labels.entry(label).or_insert(ConsKey::Ed25519([distinct; 32]));
                    ValUpdate { key, power: number(member, "power") }
                })
                .collect()
        };
        let changes = valset::diff(&set("current"), &set("next"));
        let expect = case["expect"]["updates"].as_object().unwrap();
        assert_eq!(changes.len(), expect.len(), "{case}");
        for (label, power) in expect {
            let key = labels[label];
            let power = power.as_str().unwrap().parse().unwrap();
            assert!(changes.contains(&ValUpdate { key, power }), "{case}: {label}");
        }
    });
}

#[test]
fn vectors_valset_hash() {
    each_case("valset_hash", |case, _| {
        let members: Vec<_> = list(case, "validators").iter().map(update).collect();
        assert_eq!(hex::encode(valset::hash(&members)), text(&case["expect"], "hash"), "{case}");
    });
}

#[test]
fn vectors_epoch() {
    each_case("epoch", |case, _| {
        let (height, blocks) = (Height(number(case, "height")), number(case, "blocks_per_epoch"));
        let expect = &case["expect"];
        assert_eq!(
            valset::is_epoch_block(height, blocks),
            expect["is_epoch_block"].as_bool().unwrap(),
            "{case}"
        );
        let until: u64 = number(expect, "blocks_until_next_epoch");
        assert_eq!(valset::blocks_until_next_epoch(height, blocks), until, "{case}");
    });
}

fn powers(case: &Value, name: &str) -> Vec<Power> {
    list(case, name).iter().map(|power| power.as_str().unwrap().parse().unwrap()).collect()
}

#[test]
fn vectors_top_n() {
    each_case("top_n", |case, _| {
        let found = valset::min_power(&powers(case, "powers"), number(case, "top_n"));
        let expect = case["expect"]["min_power"].as_str().map(|power| power.parse::<Power>().unwrap());
        assert_eq!(found, expect, "{case}");
    });
}

#[test]
fn vectors_power_cap() {
    each_case("power_cap", |case, _| {
        let mut descending = powers(case, "powers");
        descending.sort_by_key(|power| std::cmp::Reverse(*power));
        let capped = valset::power_cap(&descending, number(case, "percent"));
        assert_eq!(capped, powers(&case["expect"], "powers"), "{case}");
    });
}

/// The address that stands for a label.
fn labelled(label: &str) -> ProviderAddr {
    let [byte] = label.as_bytes() else { panic!("label {label}") };
    ProviderAddr(ConsAddr([*byte; 20]))
}

fn labels(set: &[(ProviderAddr, Power)]) -> Vec<String> {
    set.iter().map(|(addr, _)| char::from(addr.0.0[0]).to_string()).collect()
}

#[test]
fn vectors_set_cap() {
    each_case("set_cap", |case, _| {
        let candidate = |member: &Value| Candidate {
            addr: labelled(text(member, "id")),
            power: number(member, "power"),
            bonded_tokens: number(member, "power"),
            opted_in: true,
        };
        let candidates: Vec<Candidate> = list(case, "validators").iter().map(candidate).collect();
        let mut preferred: Vec<ProviderAddr> =
            list(case, "prioritylist").iter().map(|id| labelled(id.as_str().unwrap())).collect();
        preferred.sort_unstable();
        let shape = Shape {
            top_n: number(case, "top_n"),
            set_cap: number(case, "validator_set_cap"),
            preferred,
            ..Shape::default()
        };
        let selected = labels(&valset::shape(&candidates, &shape, candidates.len(), None));
        assert_eq!(serde_json::json!(selected), case["expect"]["selected"], "{case}");
    });
}

#[test]
fn vectors_min_stake() {
    each_case("min_stake", |case, _| {
        let candidate = |member: &Value| Candidate {
            addr: labelled(text(member, "id")),
            power: 1,
            bonded_tokens: if text(member, "status") == "BOND_STATUS_BONDED" {
                number(member, "tokens")
            } else {
                0
            },
            opted_in: true,
        };
        let candidates: Vec<Candidate> = list(case, "validators").iter().map(candidate).collect();
        let shape = Shape { min_stake: number(case, "min_stake"), ..Shape::default() };
        let kept = labels(&valset::shape(&candidates, &shape, candidates.len(), None));
        assert_eq!(serde_json::json!(kept), case["expect"]["kept"], "{case}");
    });
}
