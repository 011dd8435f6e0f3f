//! `ics export`: the genesis documents of a network that does not run.

use crate::localnet::ics;
use crate::process_support::{CHAINS, Copy, Process, complaint, printed};
use serde_json::Value;
use std::path::Path;
use std::process::Output;

fn export(home: &Path, more: &[&str]) -> Output {
    ics().arg("export").args(more).arg("--home").arg(home).output().unwrap()
}

#[test]
fn every_chain_of_a_stopped_network_is_exported_and_the_network_resumes() {
    let copy = Copy::new();
    for (chain, members) in CHAINS.into_iter().zip([4, 4, 3]) {
        let text = printed(&export(&copy.home, &[chain]));
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["chain_id"], chain);
        let first: u64 = document["initial_height"].as_str().unwrap().parse().unwrap();
        assert!(first > 1, "{first}");
        assert_eq!(document["validators"].as_array().unwrap().len(), members);
        let protocol = if chain == "provider-1" { "provider_state" } else { "ccvconsumer_state" };
        for section in ["auth", "bank", "gov", "ibc", "transfer", "headers", protocol] {
            assert!(!document["app_state"][section].is_null(), "{chain}: {section}");
        }
        assert_eq!(printed(&export(&copy.home, &[chain])), text, "asking changes nothing");
    }
    assert_eq!(printed(&export(&copy.home, &[])), printed(&export(&copy.home, &["provider-1"])));
    copy.resumes();
}

#[test]
fn a_chain_that_is_not_there_is_told_with_those_that_are() {
    let copy = Copy::new();
    assert_eq!(
        complaint(&export(&copy.home, &["consumer-9"])),
        "this network has no chain `consumer-9`: its chains are provider-1, consumer-1, consumer-2"
    );
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(
        complaint(&export(empty.path(), &[])),
        format!("there is no local network in {}: start one with `ics localnet`", empty.path().display())
    );
}

#[test]
fn a_network_that_runs_is_not_exported() {
    let copy = Copy::new();
    let mut running = Process::start(&copy.home, copy.offset, &[]);
    running.wait_served();
    assert_eq!(
        complaint(&export(&copy.home, &[])),
        format!(
            "{} is in use by another `ics localnet`: stop that one, or choose another --home",
            copy.home.display()
        )
    );
    assert_eq!(running.signal("INT").code, Some(0));
}
