//! Transactions that are priced, written, signed and sent one step at a time, and what is asked of blocks afterwards.

use crate::localnet::ics;
use crate::process_support::{complaint, number, printed, text};
use crate::process_verbs::Terminal;
use serde_json::{Value, json};

/// Runs a command that answers in JSON of its own accord.
fn value(terminal: &Terminal, words: &[&str]) -> Value {
    serde_json::from_str(&printed(&terminal.run(words))).unwrap()
}

fn balance(terminal: &Terminal, name: &str) -> u128 {
    let answer = terminal.json(&["query", "bank", "balance", name, "stake"]);
    text(&answer["balance"]["amount"]).parse().unwrap()
}

pub(crate) fn transactions_are_written_signed_and_sent_apart(terminal: &Terminal) {
    let path = |name: &str| terminal.home().join(name).to_str().unwrap().to_owned();
    let (draft, signed) = (path("draft.json"), path("signed.json"));
    let send = ["tx", "bank", "send", "frank", "grace", "7stake"];
    for mode in ["direct", "amino-json"] {
        let before = balance(terminal, "grace");
        let words = [&send[..], &["--generate-only", "--fees", "300stake", "--note", "hi"]].concat();
        let tx = value(terminal, &words);
        assert_eq!(tx["body"]["messages"][0]["amount"], json!([{"denom": "stake", "amount": "7"}]));
        assert_eq!(tx["auth_info"]["fee"]["amount"], json!([{"denom": "stake", "amount": "300"}]));
        assert_eq!(tx["auth_info"]["fee"]["gas_limit"], json!("200000"));
        assert_eq!((&tx["body"]["memo"], &tx["signatures"]), (&json!("hi"), &json!([])));
        std::fs::write(&draft, tx.to_string()).unwrap();
        assert_eq!(
            complaint(&terminal.run(&["tx", "broadcast", &draft])),
            format!("{draft} has no signature: make one with `ics tx sign`")
        );
        let sign = ["tx", "sign", &draft, "--from", "frank", "--sign-mode", mode];
        terminal.run(&[&sign[..], &["--output-document", &signed]].concat());
        assert_eq!(
            complaint(&terminal.run(&["tx", "sign", &signed, "--from", "frank"])),
            format!("{signed} has a signature already: say --overwrite to put yours in its place")
        );
        let account = terminal.json(&["query", "auth", "account", "frank"]);
        let account = &account["account"];
        let (at, sequence) = (number(&account["account_number"]), number(&account["sequence"]));
        let (at, sequence) = (at.to_string(), sequence.to_string());
        let alone =
            ["--offline", "--chain-id", "provider-1", "--account-number", &at, "--sequence", &sequence];
        let offline = value(terminal, &[&sign[..], &alone].concat());
        let apart: Value = serde_json::from_slice(&std::fs::read(&signed).unwrap()).unwrap();
        assert_eq!(offline, apart, "{mode}");
        let bytes = printed(&ics().args(["tx", "encode", &signed]).output().unwrap());
        let decoded = ics().args(["tx", "decode", bytes.trim_end()]).output().unwrap();
        assert_eq!(serde_json::from_str::<Value>(&printed(&decoded)).unwrap(), apart);
        let valid = terminal.json(&["tx", "validate-signatures", &signed]);
        assert_eq!((&valid["signatures"], valid["signers"].as_array().unwrap().len()), (&json!("valid"), 1));
        let sent = terminal.json(&["tx", "broadcast", &signed, "-b", "sync"]);
        let hash = text(&sent["txhash"]);
        let found = terminal.json(&["query", "wait-tx", &hash, "--timeout", "60"]);
        assert_eq!((text(&found["txhash"]), found["code"].as_u64()), (hash, Some(0)), "{mode}");
        assert_eq!(balance(terminal, "grace"), before + 7);
        let line = complaint(&terminal.run(&["tx", "validate-signatures", &signed]));
        assert!(
            line.starts_with(&format!(
                "signer 0 signed with sequence {sequence}, and the account's next is "
            ))
        );
        assert_eq!(
            complaint(&terminal.run(&["tx", "broadcast", &signed])),
            "broadcast_tx_sync: Internal error: tx already exists in cache"
        );
    }
}

pub(crate) fn options_of_transactions_mean_what_they_say(terminal: &Terminal) {
    let send =
        |more: &[&str]| terminal.run(&[&["tx", "bank", "send", "frank", "grace", "7stake"], more].concat());
    let tried = send(&["--dry-run"]);
    assert_eq!((tried.status.code(), tried.stdout.len()), (Some(0), 0));
    let estimate = String::from_utf8(tried.stderr).unwrap();
    let gas = |text: &str| text.trim_end().strip_prefix("gas estimate: ").unwrap().parse::<u64>().unwrap();
    let doubled = String::from_utf8(send(&["--dry-run", "--gas-adjustment", "3"]).stderr).unwrap();
    assert!(gas(&doubled) > gas(&estimate) && gas(&estimate) > 50_000, "{estimate} {doubled}");
    let node = terminal.url(0);
    assert_eq!(
        complaint(&send(&["--chain-id", "other-1", "-y"])),
        format!("the node at {node} is of the chain provider-1, not of other-1: nothing was sent")
    );
    assert_eq!(
        complaint(&send(&["-b", "soon", "-y"])),
        "--broadcast-mode takes sync, async or block, not `soon`"
    );
    assert_eq!(
        complaint(&send(&["--sign-mode", "textual", "-y"])),
        "--sign-mode takes direct or amino-json, not `textual`"
    );
    assert_eq!(complaint(&send(&["--offline", "-y"])), "with --offline say --chain-id: no node is asked");
    assert_eq!(
        complaint(&send(&["--offline", "--gas", "auto", "--generate-only"])),
        "--gas auto asks a node, and --offline none: say a number"
    );
    assert_eq!(send(&["--fees", "1stake", "--gas-prices", "1stake", "-y"]).status.code(), Some(2));
    let late = complaint(&send(&["--timeout-height", "1", "--gas", "200000", "-y"]));
    assert!(late.starts_with("the node refused the transaction (code 30): "), "{late}");
    // Whoever sends is named by address as well, in the prefix of the chain that is asked.
    let address = printed(&terminal.run(&["keys", "show", "frank", "-a"]));
    let vote =
        ["tx", "staking", "delegate", "val1", "1stake", "--generate-only", "--from", address.trim_end()];
    assert_eq!(text(&value(terminal, &vote)["body"]["messages"][0]["delegator_address"]), address.trim_end());
    let consumer = terminal.url(1);
    let there = ["tx", "bank", "send", "frank", "grace", "1stake", "--generate-only", "--node", &consumer];
    let message = value(terminal, &there)["body"]["messages"][0].clone();
    assert!(text(&message["from_address"]).starts_with("consumer1"), "{message}");
    // What client.toml says holds where nothing is typed.
    let config = terminal.home().join("config");
    std::fs::create_dir(&config).unwrap();
    std::fs::write(config.join("client.toml"), "output = \"json\"\nbroadcast-mode = \"sync\"\n").unwrap();
    let sent = value(terminal, &["tx", "bank", "send", "frank", "grace", "1stake", "-y"]);
    printed(&terminal.run(&["query", "wait-tx", &text(&sent["txhash"]), "--timeout", "60"]));
    std::fs::write(config.join("client.toml"), "output = \"yaml\"\n").unwrap();
    let path = config.join("client.toml");
    assert_eq!(
        complaint(&terminal.run(&["keys", "list"])),
        format!("{}: output is text or json, not `yaml`", path.display())
    );
    std::fs::remove_dir_all(config).unwrap();
}

pub(crate) fn blocks_and_transactions_are_found(terminal: &Terminal) {
    let sends = "message.action='/cosmos.bank.v1beta1.MsgSend'";
    let page = terminal.json(&["query", "txs", "--query", sends, "--limit", "1", "--page", "2"]);
    assert_eq!(
        (&page["count"], &page["page_number"], &page["limit"]),
        (&json!("1"), &json!("2"), &json!("1"))
    );
    assert_eq!(page["page_total"], page["total_count"]);
    assert!(number(&page["total_count"]) > 2, "{page}");
    let message = &page["txs"][0]["tx"]["body"]["messages"][0];
    assert_eq!(message["@type"], json!("/cosmos.bank.v1beta1.MsgSend"));
    let blocks = terminal.json(&["query", "blocks", "--query", "block.height=2"]);
    assert_eq!(blocks["blocks"][0]["block"]["header"]["height"], json!("2"));
    assert_eq!(terminal.json(&["query", "block-results", "2"])["height"], json!("2"));
    let set = terminal.json(&["query", "comet-validator-set", "2"]);
    assert_eq!((&set["block_height"], &set["total"]), (&json!("2"), &json!("4")));
    for (words, missing) in [(&["query", "txs"], "--query <QUERY>"), (&["query", "tx"], "<hash>")] {
        let said = String::from_utf8(terminal.run(words).stderr).unwrap();
        let expected = format!("error: the following required arguments were not provided:\n  {missing}\n");
        assert!(said.starts_with(&expected), "{said}");
    }
}
