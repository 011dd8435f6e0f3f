use super::{each_case, list, number, text, update, updates};
use ics_abci::{ConsKey, Height, ValUpdate};
use ics_ccv::valset;
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
