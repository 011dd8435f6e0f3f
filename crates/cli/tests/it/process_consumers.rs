//! Consumers described by files, as a user of the field's binaries has them: created, looked at, changed.

use crate::process_support::{complaint, one_line, printed, text};
use crate::process_verbs::Terminal;
use serde_json::{Value, json};
use std::path::PathBuf;

/// A file beside the network, and its path as typed.
struct File {
    path: PathBuf,
}

impl File {
    fn new(terminal: &Terminal, name: &str) -> Self {
        Self { path: terminal.home().join(name) }
    }

    fn write(&self, content: &Value) -> &str {
        std::fs::write(&self.path, content.to_string()).unwrap();
        self.path.to_str().unwrap()
    }
}

/// Numbers without quotes, durations in nanoseconds: the form of the reference's files.
fn initialization(spawn_time: &str) -> Value {
    json!({
        "initial_height": {"revision_number": 1, "revision_height": 1},
        "genesis_hash": "AAEC",
        "binary_hash": "",
        "spawn_time": spawn_time,
        "unbonding_period": 1_728_000_000_000_000_u64,
        "ccv_timeout_period": 2_419_200_000_000_000_u64,
        "transfer_timeout_period": 3_600_000_000_000_u64,
        "consumer_redistribution_fraction": "0.75",
        "blocks_per_distribution_transmission": 1_000,
        "historical_entries": 10_000,
    })
}

pub(crate) fn consumers_are_made_and_changed_by_files(terminal: &Terminal) {
    let create = File::new(terminal, "create.json");
    let mut consumer = json!({
        "chain_id": "hand-1",
        "metadata": {"name": "by hand", "description": "made by hand", "metadata": "{}"},
        "initialization_parameters": initialization("0001-01-01T00:00:00Z"),
        "power_shaping_parameters": {"top_N": 0, "validators_power_cap": 40},
    });
    let words = |file| ["tx", "provider", "create-consumer", file, "--from", "alice", "-y"];
    let made = printed(&terminal.run(&words(create.write(&consumer))));
    assert_eq!(made.lines().last(), Some("consumer_id: 2"), "{made}");
    let chain = terminal.json(&["query", "provider", "consumer-chain", "2"]);
    assert_eq!(chain["init_params"]["genesis_hash"], json!("AAEC"));
    assert_eq!(chain["init_params"]["unbonding_period"], json!("1728000s"));
    consumer["metadata"]["title"] = json!("a title");
    let file = create.write(&consumer);
    assert_eq!(
        complaint(&terminal.run(&words(file))),
        format!("{file}: metadata.title: is no field; known: name, description, metadata")
    );
    a_dry_run_shows_the_difference_and_sends_nothing(terminal);
    a_dry_run_on_a_launched_consumer_says_when_it_takes_effect(terminal);
}

fn a_dry_run_shows_the_difference_and_sends_nothing(terminal: &Terminal) {
    let update = File::new(terminal, "update.json");
    let change = json!({
        "consumer_id": "2",
        "initialization_parameters": initialization("2099-01-01T00:00:00+01:00"),
        "power_shaping_parameters": {"validator_set_cap": 3},
    });
    let file = update.write(&change);
    let words = |from, more| ["tx", "provider", "update-consumer", file, "--from", from, more];
    let difference = "\
consumer 2 (hand-1, CONSUMER_PHASE_REGISTERED) would change:
  initialization_parameters.spawn_time: \"0001-01-01T00:00:00Z\" -> \"2098-12-31T23:00:00Z\"
  phase: \"CONSUMER_PHASE_REGISTERED\" -> \"CONSUMER_PHASE_INITIALIZED\"
  power_shaping_parameters.validator_set_cap: 0 -> 3
  power_shaping_parameters.validators_power_cap: 40 -> 0
";
    let before = terminal.json(&["query", "provider", "consumer-chain", "2"]);
    for _ in 0..2 {
        assert_eq!(printed(&terminal.run(&words("alice", "--dry-run"))), difference);
    }
    assert_eq!(terminal.json(&["query", "provider", "consumer-chain", "2"]), before);
    let found = terminal.json(&words("alice", "--dry-run"));
    assert_eq!(found[0]["changes"].as_array().unwrap().len(), 4);
    assert_eq!(
        found[0]["changes"][3],
        json!({"field": "power_shaping_parameters.validators_power_cap", "from": 40, "to": 0, "when": "at once"})
    );
    // Somebody else is shown the difference, and why it will not come about.
    let output = terminal.run(&words("bob", "--dry-run"));
    assert_eq!(
        (output.status.code(), String::from_utf8(output.stdout).unwrap()),
        (Some(1), difference.to_owned())
    );
    let line = one_line(&String::from_utf8(output.stderr).unwrap());
    assert!(
        line.starts_with("the transaction would fail: failed to execute message; message index: 0: "),
        "{line}"
    );
    assert!(
        line.contains(": expected owner address cosmos1") && line.contains(": unauthorized with gas used: "),
        "{line}"
    );
    terminal.send(&words("alice", "-y")[..6]);
    assert_eq!(
        printed(&terminal.run(&words("alice", "--dry-run"))),
        "consumer 2 (hand-1, CONSUMER_PHASE_INITIALIZED) would not change\n"
    );
    let file = update.write(&json!({"consumer_id": "99", "new_chain_id": "hand-2"}));
    let words = ["tx", "provider", "update-consumer", file, "--from", "alice", "--dry-run"];
    assert!(complaint(&terminal.run(&words)).contains("99"), "the node's reason");
}

fn a_dry_run_on_a_launched_consumer_says_when_it_takes_effect(terminal: &Terminal) {
    let chain = terminal.json(&["query", "provider", "consumer-chain", "0"]);
    let (owner, keys) = (text(&chain["owner_address"]), terminal.json(&["keys", "list"]));
    let keys = keys.as_array().unwrap();
    let owner = keys.iter().find(|key| key["address"] == json!(owner)).map(|key| text(&key["name"])).unwrap();
    let update = File::new(terminal, "update.json");
    let costs = |seconds: u64| json!({"slash_fraction": "0.01", "jail_duration": seconds * 1_000_000_000, "tombstone": false});
    let file = update.write(&json!({
        "consumer_id": "0",
        "power_shaping_parameters": {"top_N": 0, "validators_power_cap": 90},
        "infraction_parameters": {"downtime": costs(20)},
    }));
    let words = ["tx", "provider", "update-consumer", file, "--from", &owner, "--dry-run"];
    let shown = printed(&terminal.run(&words));
    let lines: Vec<&str> = shown.lines().collect();
    let [head, jail, fraction, cap] = lines[..] else { panic!("{shown}") };
    assert_eq!(head, "consumer 0 (consumer-1, CONSUMER_PHASE_LAUNCHED) would change:");
    let costs = "  infraction_parameters.downtime.jail_duration: ";
    assert!(jail.starts_with(costs) && jail.contains(" -> \"20s\", from about 20"), "{jail}");
    let fraction_field = "  infraction_parameters.downtime.slash_fraction: ";
    assert!(fraction.starts_with(fraction_field) && fraction.ends_with("Z on"), "{fraction}");
    let start =
        "  power_shaping_parameters.validators_power_cap: 0 -> 90, in the set from the next epoch on, in ";
    let (blocks, unit) = cap.strip_prefix(start).unwrap().split_once(' ').unwrap();
    assert!(blocks.parse::<u64>().unwrap() < 5 && ["block", "blocks"].contains(&unit), "{cap}");
    // What is given as it is ends a change that waits.
    let now = &chain["infraction_parameters"]["downtime"];
    let file = update.write(&json!({"consumer_id": "0", "infraction_parameters": {"downtime": now}}));
    let words = ["tx", "provider", "update-consumer", file, "--from", &owner, "--dry-run"];
    assert_eq!(
        printed(&terminal.run(&words)),
        "consumer 0 (consumer-1, CONSUMER_PHASE_LAUNCHED) would not change\n  \
         infraction_parameters: as they are; a change of them that waits is dropped\n"
    );
}
