//! The commands of a second terminal, as a user types them: nothing but a home, or not even that.

use crate::localnet::{free_port_offset, ics, wait_for};
use crate::process_consumers::consumers_are_made_and_changed_by_files;
use crate::process_support::{CHAINS, Process, complaint, number, printed, text};
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

    fn url(&self, place: u16) -> String {
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
    facts_have_the_documented_form(&terminal);
    keys_are_listed_and_shown(&terminal);
    coins_move_on_both_sides(&terminal);
    stake_is_delegated_and_unbonded(&terminal);
    validators_opt_in_and_out_and_assign_keys(&terminal);
    proposals_are_made_deposited_on_voted_on_and_cancelled(&terminal);
    every_query_answers(&terminal);
    queries_take_and_give_what_the_field_s_do(&terminal);
    wrong_transactions_are_refused(&terminal);
    consumers_are_made_and_changed_by_files(&terminal);
    a_reader_that_goes_away_is_no_error(&terminal);
    let ended = terminal.process.signal("INT");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

fn members(value: &Value) -> Vec<&str> {
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
        let grpc = format!("http://127.0.0.1:{}", 9_090 + place + terminal.offset);
        json!({
            "id": CHAINS[usize::from(place)], "role": role, "consumer_id": consumer_id,
            "rpc": terminal.url(place), "grpc": grpc,
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
    // Addresses do as well as names.
    let carol = printed(&terminal.run(&["keys", "show", "carol", "-a"]));
    let before = terminal.balance("carol", &[]);
    let hash = terminal.send(&["tx", "bank", "send", "alice", carol.trim_end(), "5stake", "--note", "hello"]);
    assert_eq!(terminal.balance("carol", &[]), before + 5);
    let found = terminal.json(&["query", "tx", &hash]);
    assert_eq!((text(&found["hash"]), found["tx_result"]["code"].as_u64()), (hash.clone(), Some(0)));
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
fn pairs(terminal: &Terminal) -> BTreeSet<(String, String)> {
    let answer = terminal.json(&["query", "provider", "all-pairs-valconsensus-address", "1"]);
    let pairs = answer["pair_val_con_addr"].as_array().unwrap().iter();
    pairs.map(|pair| (text(&pair["provider_address"]), text(&pair["consumer_address"]))).collect()
}

/// What is asked for and not there yet, with the node's reason.
const NOT_YET: [([&str; 2], &str); 3] = [
    (["provider", "throttle-state"], "the slash meter"),
    (["ccvconsumer", "next-fee-distribution"], "the distribution of fees"),
    (["ccvconsumer", "throttle-state"], "the queue of slash packets"),
];

/// Every verb that `ics query` lists, with arguments that mean something.
fn every_query_answers(terminal: &Terminal) {
    let usage = terminal.run(&["query"]);
    let usage = String::from_utf8(usage.stderr).unwrap();
    let (_, consumer_address) = pairs(terminal).pop_first().unwrap();
    let (mut asked, mut refused) = (0, 0);
    for line in usage.lines().filter_map(|line| line.strip_prefix("  ")) {
        let mut words: Vec<&str> = line.split_whitespace().take(2).collect();
        let arguments = line.split_whitespace().skip(2).take_while(|word| word.starts_with(['<', '[']));
        for argument in arguments {
            words.push(match argument {
                "<address>" => "alice",
                "<denom>" => "stake",
                "<name>" => "gov",
                "<validator_addr>" => "val1",
                "<delegator_addr>" => "bob",
                "<consumer_id>" => "1",
                "[phase]" => "3",
                // Operators resolve to the keys that they sign the provider's blocks with.
                "<provider_address>" => "val2",
                "<consumer_address>" => &consumer_address,
                "<client_id>" => "07-tendermint-0",
                "<proposal_id>" => "1",
                "<voter>" | "<depositor>" => "val1",
                option if option.starts_with("[--") => continue,
                other => panic!("`{line}`: what is {other}?"),
            });
        }
        let node = terminal.url(u16::from(words[0] == "ccvconsumer"));
        let verb = [words[0], words[1]];
        let words = [&["query"], &words[..], &["--node", &node]].concat();
        if let Some((_, why)) = NOT_YET.iter().find(|(known, _)| *known == verb) {
            let said =
                format!("rpc error: code = Unimplemented desc = not supported yet: {why}: unknown request");
            assert_eq!(complaint(&terminal.run(&words)), said);
            refused += 1;
            continue;
        }
        let answer = terminal.json(&words);
        assert!(answer.as_object().is_some_and(|members| !members.is_empty()), "{words:?} answers {answer}");
        let shown = printed(&terminal.run(&words));
        for member in members(&answer) {
            assert!(shown.contains(&format!("{member}:")), "{words:?} shows {shown}");
        }
        asked += 1;
    }
    assert!(asked > 40, "{asked} queries in {usage}");
    assert_eq!(refused, NOT_YET.len());
    let status = terminal.json(&["status"]);
    assert_eq!(status["node_info"]["network"], json!("provider-1"));
    assert!(number(&status["sync_info"]["latest_block_height"]) > 1);
    assert!(printed(&terminal.run(&["status"])).contains("network: provider-1\n"));
    assert_eq!(terminal.json(&["query", "block", "1"])["block"]["header"]["height"], json!("1"));
}

/// Messages that have one member are printed as that member, as the field's binaries do it; validators may be named by
/// their operators; long answers come in pages.
fn queries_take_and_give_what_the_field_s_do(terminal: &Terminal) {
    let genesis = terminal.json(&["query", "provider", "consumer-genesis", "0"]);
    assert!(genesis["provider"]["initial_val_set"].is_array() && genesis["preCCV"] == json!(false));
    let params = terminal.json(&["query", "provider", "params"]);
    assert_eq!(params["blocks_per_epoch"], json!("5"));
    let by_address = terminal.json(&["query", "provider", "all-pairs-valconsensus-address", "1"]);
    let [pair, ..] = by_address["pair_val_con_addr"].as_array().unwrap().as_slice() else {
        panic!("{by_address}")
    };
    let operator = |name| printed(&terminal.run(&["keys", "show", name, "-a", "--bech", "val"]));
    let ask = |who: &str| {
        let answer = terminal.json(&["query", "provider", "validator-consumer-key", "1", who]);
        text(&answer["consumer_address"])
    };
    let found: BTreeSet<String> =
        ["val2", "val3"].iter().map(|name| ask(operator(name).trim_end())).collect();
    assert!(found.contains(&ask(&text(&pair["provider_address"]))), "{found:?} {pair}");
    assert_eq!(found, ["val2", "val3"].iter().map(|name| ask(name)).collect());
    let first = terminal.json(&["query", "provider", "list-consumer-chains", "--limit", "1"]);
    assert_eq!(first["chains"][0]["consumer_id"], json!("0"));
    assert_eq!(first["chains"].as_array().unwrap().len(), 1);
    let key = text(&first["pagination"]["next_key"]);
    let rest = terminal.json(&["query", "provider", "list-consumer-chains", "--page-key", &key]);
    assert_eq!(rest["chains"][0]["consumer_id"], json!("1"));
    let of_state = |state| {
        let answer = terminal.json(&["query", "gov", "proposals", "--proposal-status", state]);
        answer["proposals"].as_array().unwrap().len()
    };
    assert_eq!((of_state("deposit_period"), of_state("PROPOSAL_STATUS_FAILED")), (0, 0));
    assert_eq!(
        complaint(&terminal.run(&["query", "staking", "pool", "--limit", "1"])),
        "`staking pool` takes no --limit; usage: ics query staking pool"
    );
    assert_eq!(
        complaint(&terminal.run(&["query", "gov", "votes", "1", "--voter", "val1"])),
        "`gov votes` takes no --voter; usage: ics query gov votes <proposal_id>"
    );
}

/// A text is proposed, deposited on and voted on; another is taken back.
fn proposals_are_made_deposited_on_voted_on_and_cancelled(terminal: &Terminal) {
    let path = terminal.home().join("proposal.json");
    let file = path.to_str().unwrap();
    let mut proposal =
        json!({"metadata": "ipfs://", "title": "a title", "summary": "a summary", "deposit": "400000stake"});
    std::fs::write(&path, proposal.to_string()).unwrap();
    let made = |output: Output| {
        let printed = printed(&output);
        let last = printed.lines().last().unwrap().to_owned();
        last.strip_prefix("proposal_id: ").unwrap_or_else(|| panic!("{printed}")).to_owned()
    };
    let submit = ["tx", "gov", "submit-proposal", file, "--from", "val1", "-y"];
    assert_eq!(made(terminal.run(&submit)), "1");
    terminal.send(&["tx", "gov", "deposit", "1", "600000stake", "--from", "bob"]);
    terminal.send(&["tx", "gov", "vote", "1", "yes", "--from", "val1", "--metadata", "for it"]);
    terminal.send(&["tx", "gov", "weighted-vote", "1", "yes=0.6,no-with-veto=0.4", "--from", "val2"]);
    let vote = terminal.json(&["query", "gov", "vote", "1", "val2"]);
    assert_eq!(
        vote["vote"]["options"],
        json!([
            {"option": "VOTE_OPTION_YES", "weight": "0.600000000000000000"},
            {"option": "VOTE_OPTION_NO_WITH_VETO", "weight": "0.400000000000000000"},
        ])
    );
    let deposits = terminal.json(&["query", "gov", "deposits", "1"]);
    assert_eq!(deposits["deposits"].as_array().unwrap().len(), 2);
    let tally = terminal.json(&["query", "gov", "tally", "1"]);
    // 100 of val1 and the 3 that bob left with it, and 0.6 of 90 of val2, in millions.
    assert_eq!(tally["tally"]["yes_count"], json!("157000000"));
    proposal["title"] = json!("another");
    std::fs::write(&path, proposal.to_string()).unwrap();
    assert_eq!(made(terminal.run(&submit)), "2");
    terminal.send(&["tx", "gov", "cancel-proposal", "2", "--from", "val1"]);
    let gone = complaint(&terminal.run(&["query", "gov", "proposal", "2"]));
    assert_eq!(gone, "rpc error: code = NotFound desc = proposal 2 doesn't exist: key not found");
    let refused = |words: &[&str]| complaint(&terminal.run(&[words, &["--from", "val1", "-y"]].concat()));
    assert_eq!(
        refused(&["tx", "gov", "vote", "1", "maybe"]),
        "`maybe` is no vote: say yes, abstain, no or no_with_veto"
    );
    assert_eq!(
        refused(&["tx", "gov", "weighted-vote", "1", "yes"]),
        "`yes` is no vote with a weight: write yes=0.6,no=0.4"
    );
    assert_eq!(
        refused(&["tx", "gov", "weighted-vote", "1", "yes=half"]),
        "`yes=half` is no vote with a weight: write yes=0.6,no=0.4"
    );
    std::fs::write(&path, r#"{"messages":[{"owner":"a"}]}"#).unwrap();
    assert_eq!(
        refused(&["tx", "gov", "submit-proposal", file]),
        format!("{file}: messages[0]: it has no `@type`, such as \"/cosmos.bank.v1beta1.MsgSend\"")
    );
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
        format!("there is no key `alise` in the keyring; {known}")
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
