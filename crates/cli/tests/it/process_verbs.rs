//! The commands of a second terminal, as a user types them: nothing but a home, or not even that.

use crate::localnet::{free_port_offset, ics, wait_for};
use crate::process_consumers::consumers_are_made_and_changed_by_files;
use crate::process_gov::proposals_are_made_deposited_on_voted_on_and_cancelled;
use crate::process_queries::{every_query_answers, queries_take_and_give_what_the_field_s_do, questions};
use crate::process_support::{CHAINS, Process, complaint, printed, text};
use crate::process_tx::{
    blocks_and_transactions_are_found, options_of_transactions_mean_what_they_say,
    transactions_are_written_signed_and_sent_apart,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::process::{Output, Stdio};

/// A network and the terminal beside it.
pub(crate) struct Terminal {
    folder: tempfile::TempDir,
    process: Process,
    offset: u16,
}

impl Terminal {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let offset = free_port_offset();
        let mut process = Process::start(folder.path(), offset, &[]);
        process.wait_served();
        let terminal = Self { folder, process, offset };
        // Consumers take coins once they are secured.
        for place in [1, 2] {
            let node = terminal.url(place);
            wait_for("consumer that is secured", || {
                let output = terminal.run(&["query", "ccvconsumer", "provider-info", "--node", &node]);
                output.status.success().then_some(())
            });
        }
        terminal
    }

    pub(crate) fn home(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn url(&self, place: u16) -> String {
        format!("http://127.0.0.1:{}", 26_657 + 10 * place + self.offset)
    }

    pub(crate) fn run(&self, words: &[&str]) -> Output {
        ics().args(words).arg("--home").arg(self.home()).output().unwrap()
    }

    /// An answer as JSON, from a home that only the environment names.
    pub(crate) fn json(&self, words: &[&str]) -> Value {
        let output = ics().args(words).args(["-o", "json"]).env("ICS_HOME", self.home()).output().unwrap();
        serde_json::from_str(&printed(&output)).unwrap()
    }

    /// Sends a transaction, checks what is printed of it, and gives its hash.
    pub(crate) fn send(&self, words: &[&str]) -> String {
        let before = self.process.node(0).block(None).unwrap().0;
        let output = self.run(&[words, &["-y"]].concat());
        let printed = printed(&output);
        let lines: Vec<(&str, &str)> = printed.lines().map(|line| line.split_once(": ").unwrap()).collect();
        let [("height", height), ("txhash", hash), ("code", "0"), ("result", "success")] = lines[..] else {
            panic!("{words:?} prints {printed}")
        };
        assert!(height.parse::<u64>().unwrap() + 3 >= before.min(3));
        assert_eq!(hash.len(), 64);
        hash.to_owned()
    }

    fn balance(&self, name: &str, more: &[&str]) -> u128 {
        let answer = self.json(&[&["query", "bank", "balance", name, "stake"], more].concat());
        text(&answer["balance"]["amount"]).parse().unwrap()
    }

    fn opted_in(&self, consumer: &str) -> BTreeSet<String> {
        let answer = self.json(&["query", "provider", "consumer-opted-in-validators", consumer]);
        let list = answer["validators_provider_addresses"].as_array().unwrap();
        list.iter().map(text).collect()
    }
}

const KEY: &str =
    r#"{"@type":"/cosmos.crypto.ed25519.PubKey","key":"Ui5Gf1+mtWUdH8u3xlmzdKID+F3PK0sfXZ73GZ6q6is="}"#;

#[test]
fn every_command_works_beside_a_local_network_with_nothing_but_its_home() {
    let terminal = Terminal::open();
    let questions = questions(&terminal);
    facts_have_the_documented_form(&terminal);
    keys_are_listed_and_shown(&terminal);
    coins_move_on_both_sides(&terminal);
    stake_is_delegated_and_unbonded(&terminal);
    validators_opt_in_and_out_and_assign_keys(&terminal);
    proposals_are_made_deposited_on_voted_on_and_cancelled(&terminal, &questions);
    stake_moves_and_validators_change(&terminal);
    every_query_answers(&terminal, &questions);
    queries_take_and_give_what_the_field_s_do(&terminal);
    wrong_transactions_are_refused(&terminal);
    consumers_are_made_and_changed_by_files(&terminal);
    transactions_are_written_signed_and_sent_apart(&terminal);
    options_of_transactions_mean_what_they_say(&terminal);
    blocks_and_transactions_are_found(&terminal);
    a_reader_that_goes_away_is_no_error(&terminal);
    let ended = terminal.process.signal("INT");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

pub(crate) fn members(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn facts_have_the_documented_form(terminal: &Terminal) {
    let facts: Value = wait_for("list of three chains", || {
        let text = std::fs::read(terminal.home().join("localnet.json")).unwrap();
        let facts: Value = serde_json::from_slice(&text).unwrap();
        (facts["chains"].as_array().unwrap().len() == 3).then_some(facts)
    });
    assert_eq!(
        members(&facts).iter().collect::<BTreeSet<_>>(),
        ["accounts", "chains", "validators"].iter().collect()
    );
    let chain = |place: u16, role: &str, consumer_id: Value| {
        let [grpc, rest] =
            [9_090, 1_317].map(|port| format!("http://127.0.0.1:{}", port + place + terminal.offset));
        json!({
            "id": CHAINS[usize::from(place)], "role": role, "consumer_id": consumer_id,
            "rpc": terminal.url(place), "grpc": grpc, "rest": rest,
        })
    };
    assert_eq!(
        facts["chains"],
        json!([
            chain(0, "provider", Value::Null),
            chain(1, "consumer", json!("0")),
            chain(2, "consumer", json!("1")),
        ])
    );
    let names = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy"];
    let accounts = facts["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), names.len());
    for (index, (account, name)) in accounts.iter().zip(names).enumerate() {
        let address = printed(&terminal.run(&["keys", "show", name, "-a"]));
        assert_eq!(
            *account,
            json!({
                "name": name, "address": address.trim_end(), "index": index,
                "mnemonic": "test test test test test test test test test test test junk",
            })
        );
    }
    let validators = facts["validators"].as_array().unwrap();
    assert_eq!(validators.len(), 4);
    for (validator, name) in validators.iter().zip(["val1", "val2", "val3", "val4"]) {
        let operator = printed(&terminal.run(&["keys", "show", name, "-a", "--bech", "val"]));
        assert_eq!(
            *validator,
            json!({"moniker": name, "operator_address": operator.trim_end(), "account": name})
        );
    }
}

fn keys_are_listed_and_shown(terminal: &Terminal) {
    let listed = terminal.json(&["keys", "list"]);
    let names: Vec<String> = listed.as_array().unwrap().iter().map(|key| text(&key["name"])).collect();
    assert_eq!(names.len(), 15);
    for name in ["alice", "judy", "relayer", "val4"] {
        assert!(names.iter().any(|known| known == name), "{names:?}");
    }
    let alice = terminal.json(&["keys", "show", "alice"]);
    assert!(listed.as_array().unwrap().contains(&alice));
    assert_eq!(text(&alice["address"]), "cosmos15yk64u7zc9g9k2yr2wmzeva5qgwxps6yxj00e7");
    let shown = printed(&terminal.run(&["keys", "show", "alice"]));
    assert!(shown.contains("address: cosmos15yk64u7zc9g9k2yr2wmzeva5qgwxps6yxj00e7\n"), "{shown}");
    assert!(printed(&terminal.run(&["keys", "list"])).contains("name: alice\n"));
    assert_eq!(
        printed(&terminal.run(&["keys", "show", "alice", "-a", "--prefix", "consumer"])).get(..9),
        Some("consumer1")
    );
    let line = complaint(&terminal.run(&["keys", "show", "alise"]));
    assert!(line.starts_with("there is no key `alise`") && line.contains("known keys: alice, bob"), "{line}");
}

fn coins_move_on_both_sides(terminal: &Terminal) {
    let consumer = terminal.url(1);
    for more in [&[][..], &["--node", &consumer]] {
        let before = terminal.balance("bob", more);
        terminal.send(&[&["tx", "bank", "send", "alice", "bob", "1234stake"], more].concat());
        assert_eq!(terminal.balance("bob", more), before + 1_234);
    }
    let (carols, daves) = (terminal.balance("carol", &[]), terminal.balance("dave", &[]));
    terminal.send(&["tx", "bank", "multi-send", "alice", "carol", "dave", "30stake"]);
    terminal.send(&["tx", "bank", "multi-send", "alice", "carol", "dave", "9stake", "--split"]);
    assert_eq!(terminal.balance("carol", &[]), carols + 34);
    assert_eq!(terminal.balance("dave", &[]), daves + 34);
    let line = complaint(&terminal.run(&[
        "tx",
        "bank",
        "multi-send",
        "alice",
        "carol",
        "dave",
        "1stake",
        "--split",
    ]));
    assert_eq!(line, "1stake cannot be split in 2: each would get nothing");
    // Addresses do as well as names.
    let carol = printed(&terminal.run(&["keys", "show", "carol", "-a"]));
    let before = terminal.balance("carol", &[]);
    let hash = terminal.send(&["tx", "bank", "send", "alice", carol.trim_end(), "5stake", "--note", "hello"]);
    assert_eq!(terminal.balance("carol", &[]), before + 5);
    let found = terminal.json(&["query", "tx", &hash]);
    assert_eq!((text(&found["txhash"]), found["code"].as_u64()), (hash.clone(), Some(0)));
    assert_eq!(found["tx"]["body"]["memo"], json!("hello"));
    assert!(printed(&terminal.run(&["query", "tx", &hash])).contains(&hash));
    let gone = "A".repeat(64);
    assert_eq!(complaint(&terminal.run(&["query", "tx", &gone])), format!("there is no transaction {gone}"));
}

fn stake_is_delegated_and_unbonded(terminal: &Terminal) {
    let operator = printed(&terminal.run(&["keys", "show", "val1", "-a", "--bech", "val"]));
    let operator = operator.trim_end();
    terminal.send(&["tx", "staking", "delegate", operator, "5000000stake", "--from", "bob"]);
    let delegation = || {
        let answer = terminal.json(&["query", "staking", "delegation", "bob", "val1"]);
        text(&answer["delegation_response"]["balance"]["amount"])
    };
    assert_eq!(delegation(), "5000000");
    terminal.send(&["tx", "staking", "unbond", operator, "2000000stake", "--from", "bob"]);
    assert_eq!(delegation(), "3000000");
    let unbonding = terminal.json(&["query", "staking", "unbonding-delegations", "bob"]);
    assert_eq!(unbonding["unbonding_responses"][0]["entries"][0]["balance"], json!("2000000"));
}

fn stake_moves_and_validators_change(terminal: &Terminal) {
    let delegation = || {
        let answer = terminal.json(&["query", "staking", "delegation", "bob", "val1"]);
        text(&answer["delegation_response"]["balance"]["amount"])
    };
    assert_eq!(delegation(), "3000000");
    let unbonding = terminal.json(&["query", "staking", "unbonding-delegations", "bob"]);
    let height = text(&unbonding["unbonding_responses"][0]["entries"][0]["creation_height"]);
    terminal.send(&["tx", "staking", "cancel-unbond", "val1", "500000stake", &height, "--from", "bob"]);
    assert_eq!(delegation(), "3500000");
    terminal.send(&["tx", "staking", "redelegate", "val1", "val2", "1000000stake", "--from", "bob"]);
    assert_eq!(delegation(), "2500000");
    for more in [&["val1", "val2"][..], &[]] {
        let moved = terminal.json(&[&["query", "staking", "redelegation", "bob"], more].concat());
        let entry = &moved["redelegation_responses"][0]["entries"][0];
        assert_eq!(entry["redelegation_entry"]["initial_balance"], json!("1000000"));
    }
    let website = ["--website", "https://val1.example", "--min-self-delegation", "2"];
    terminal.send(&[&["tx", "staking", "edit-validator", "--from", "val1"], &website[..]].concat());
    let validator = terminal.json(&["query", "staking", "validator", "val1"])["validator"].take();
    assert_eq!(validator["description"]["website"], json!("https://val1.example"));
    assert_eq!(validator["description"]["moniker"], json!("val1"));
    assert_eq!(validator["min_self_delegation"], json!("2"));
}

fn validators_opt_in_and_out_and_assign_keys(terminal: &Terminal) {
    let before = terminal.opted_in("1");
    terminal.send(&["tx", "provider", "opt-in", "1", "--from", "val4"]);
    let during = terminal.opted_in("1");
    assert_eq!((during.len(), during.is_superset(&before)), (before.len() + 1, true));
    terminal.send(&["tx", "provider", "opt-out", "1", "--from", "val4"]);
    assert_eq!(terminal.opted_in("1"), before);
    // Of the power of this consumer, val3 has too little to stop it when nobody signs with the new key.
    let known = pairs(terminal);
    terminal.send(&["tx", "provider", "assign-consensus-key", "1", KEY, "--from", "val3"]);
    let assigned = pairs(terminal);
    let [(provider, consumer)] = &assigned.difference(&known).collect::<Vec<_>>()[..] else {
        panic!("{assigned:?} after {known:?}")
    };
    let answer = terminal.json(&["query", "provider", "validator-consumer-key", "1", provider]);
    assert_eq!(text(&answer["consumer_address"]), *consumer);
    let answer = terminal.json(&["query", "provider", "validator-provider-key", "1", consumer]);
    assert_eq!(text(&answer["provider_address"]), *provider);
}

/// Addresses on the provider and on the second consumer of those who assigned a key there.
pub(crate) fn pairs(terminal: &Terminal) -> BTreeSet<(String, String)> {
    let answer = terminal.json(&["query", "provider", "all-pairs-valconsensus-address", "1"]);
    let pairs = answer["pair_val_con_addr"].as_array().unwrap().iter();
    pairs.map(|pair| (text(&pair["provider_address"]), text(&pair["consumer_address"]))).collect()
}

fn wrong_transactions_are_refused(terminal: &Terminal) {
    let refused = |words: &[&str]| complaint(&terminal.run(&[words, &["-y"]].concat()));
    let known = "known keys: alice, bob, carol, dave, erin, frank, grace, heidi, ivan, judy, relayer, val1, val2, val3, val4";
    let home = terminal.home().display();
    assert_eq!(
        refused(&["tx", "staking", "delegate", "val1", "5stake", "--from", "alise"]),
        format!("there is no key `alise` in the keyring of {home}; {known}")
    );
    assert_eq!(
        refused(&["tx", "bank", "send", "alise", "bob", "5stake"]),
        format!("there is no key `alise` in the keyring of {home}; {known}")
    );
    assert_eq!(
        refused(&["tx", "bank", "send", "alice", "bobb", "5stake"]),
        format!("`bobb` is neither the address of an account nor a key's name; {known}")
    );
    assert_eq!(
        refused(&["tx", "staking", "delegate", "val9", "5stake", "--from", "bob"]),
        format!("`val9` is neither the address of a validator nor a key's name; {known}")
    );
    assert_eq!(
        refused(&["tx", "staking", "delegate", "val1", "5000000", "--from", "bob"]),
        "\"5000000\" has no denomination: write it behind, as in 5000000stake"
    );
    assert_eq!(
        refused(&["tx", "bank", "send", "alice", "bob", "stake"]),
        "\"stake\" has no amount: write it in front, as in 5000000stake"
    );
    assert_eq!(
        refused(&["tx", "provider", "set-consumer-commission-rate", "0", "10%", "--from", "val1"]),
        "`10%` is no share: write 0.1 for a tenth"
    );
    assert_eq!(
        refused(&["tx", "staking", "edit-validator", "--commission-rate", "10%", "--from", "val1"]),
        "`10%` is no share: write 0.1 for a tenth"
    );
    let line = refused(&["tx", "staking", "delegate", "val1", "5steak", "--from", "bob"]);
    let what = "nothing was sent, the transaction would fail: failed to execute message; message index: 0: \
                invalid coin denomination: got steak, expected stake: invalid request";
    assert!(line.starts_with(what), "{line}");
    // With a gas limit of its own a transaction is not tried first: it fails in a block.
    let too_much = "999999999999999stake";
    let output = terminal.run(&["tx", "bank", "send", "dave", "bob", too_much, "--gas", "300000", "-y"]);
    let line = complaint(&output);
    assert!(
        line.starts_with("the transaction failed (code 5): failed to execute message; message index: 0: ")
            && line.ends_with("is smaller than 999999999999999stake: insufficient funds"),
        "{line}"
    );
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.ends_with("\ncode: 5\nresult: failed\n"), "{shown}");
    let line = refused(&["tx", "bank", "send", "alice", "bob", "5stake", "--node", "http://127.0.0.1:1"]);
    assert!(line.starts_with("no answer from the node at http://127.0.0.1:1: "), "{line}");
    // Without -y and without anybody to say yes, nothing is sent.
    let output = terminal.run(&["tx", "bank", "send", "alice", "bob", "5stake"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("/cosmos.bank.v1beta1.MsgSend on provider-1, fee "), "{said}");
    assert!(said.ends_with("[y/N] error: nothing was sent\n"), "{said}");
}

fn a_reader_that_goes_away_is_no_error(terminal: &Terminal) {
    let mut child = ics()
        .args(["query", "staking", "validators", "--home"])
        .arg(terminal.home())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
}
