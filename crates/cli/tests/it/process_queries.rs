//! Everything that can be asked, beside a running network.

use crate::process_support::{complaint, number, printed, text};
use crate::process_verbs::{Terminal, members, pairs};
use serde_json::json;
use std::collections::BTreeSet;

/// What is asked for and not there yet, with the node's reason.
const NOT_YET: [([&str; 2], &str); 1] =
    [(["ccvconsumer", "next-fee-distribution"], "the distribution of fees")];

/// Every verb that `ics query` lists, with arguments that mean something.
pub(crate) fn every_query_answers(terminal: &Terminal) {
    let usage = terminal.run(&["query"]);
    let usage = String::from_utf8(usage.stderr).unwrap();
    let (_, consumer_address) = pairs(terminal).pop_first().unwrap();
    let (mut asked, mut refused) = (0, 0);
    let mut lines: Vec<&str> = usage.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    // While the proposal is voted on.
    lines.sort_by_key(|line| !line.starts_with("gov "));
    for line in lines {
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
pub(crate) fn queries_take_and_give_what_the_field_s_do(terminal: &Terminal) {
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
    let launched = terminal.json(&["query", "provider", "list-consumer-chains", "launched"]);
    assert!(launched["chains"].as_array().unwrap().len() >= 2);
    let newest = terminal.json(&["query", "provider", "list-consumer-chains", "3", "--reverse"]);
    assert_eq!(newest["chains"].as_array().unwrap().last().unwrap()["consumer_id"], json!("0"));
    let consumer = terminal.url(1);
    assert_eq!(
        complaint(&terminal.run(&["query", "staking", "pool", "--node", &consumer])),
        format!(
            "the chain at {consumer} answers no `staking pool`: unknown query path: unknown request; --node names \
             another node"
        )
    );
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
    assert_eq!(
        complaint(&terminal.run(&["query", "block", "1", "--limit", "1"])),
        "`block` takes no --limit"
    );
    let line = complaint(&terminal.run(&["query", "gov", "proposals", "--proposal-status", "lost"]));
    assert!(line.contains("PROPOSAL_STATUS_LOST"), "{line}");
}
