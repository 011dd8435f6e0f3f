//! Everything that can be asked, beside a running network.

use crate::process_support::{complaint, number, printed, text};
use crate::process_verbs::{Terminal, members, pairs};
use serde_json::json;
use std::collections::BTreeSet;

/// What is asked for and not there, with the node's reason.
const NOT_THERE: [(&str, &str); 5] = [
    (
        "ccvconsumer next-fee-distribution",
        "rpc error: code = Unimplemented desc = not supported yet: the distribution of fees: unknown request",
    ),
    // Acknowledged packets are forgotten; nothing was sent from a consumer.
    ("ibc channel packet-commitment", "code = NotFound desc = packet commitment hash not found"),
    ("ibc channel packet-ack", "code = NotFound desc = packet acknowledgement hash not found"),
    ("ibc-transfer denom-trace", "code = NotFound desc = "),
    ("ibc-transfer denom-hash", "code = NotFound desc = transfer/channel-1/stake: denomination not found"),
];

/// Of no voucher.
const EMPTY_HASH: &str = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";

/// The commands below some words, as `--help` lists them; none below a question.
fn below(terminal: &Terminal, words: &[String]) -> Vec<Vec<String>> {
    let help = printed(&terminal.run(&[&["query"], &strs(words)[..], &["--help"]].concat()));
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = lines.map_while(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.map(|name| [words, &[name.to_owned()]].concat()).collect()
}

fn strs(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

/// A question to a module, with what its usage asks for.
#[derive(Debug)]
pub(crate) struct Question {
    verb: Vec<String>,
    arguments: Vec<String>,
}

impl Question {
    pub(crate) fn asks_for(&self, argument: &str) -> bool {
        self.arguments.iter().any(|known| known == argument)
    }
}

/// Every question to a module that help knows.
pub(crate) fn questions(terminal: &Terminal) -> Vec<Question> {
    let (mut open, mut found) = (below(terminal, &[]), Vec::new());
    while let Some(words) = open.pop() {
        let more = below(terminal, &words);
        if more.is_empty() {
            let help = printed(&terminal.run(&[&["query"], &strs(&words)[..], &["--help"]].concat()));
            let usage = help.lines().find(|line| line.starts_with("Usage:")).unwrap();
            let args =
                usage.split_whitespace().filter(|word| word.starts_with(['<', '['])).map(str::to_owned);
            let arguments = args.filter(|word| word != "[OPTIONS]").collect();
            found.push(Question { verb: words, arguments });
        }
        open.extend(more);
    }
    found.retain(|words| words.verb.len() > 1);
    assert!(found.len() > 65, "{} queries: {found:?}", found.len());
    found
}

/// A question with arguments that mean something, and one of them given; false where it is refused, as it should be.
pub(crate) fn is_answered(terminal: &Terminal, question: &Question, given: (&str, &str)) -> bool {
    let verb = strs(&question.verb);
    // What stands on the provider of a local network.
    let values = question.arguments.iter().map(|argument| match argument.as_str() {
        known if known == given.0 => given.1,
        "<address>" => "alice",
        "<denom>" => "stake",
        "<name>" => "gov",
        "<validator_addr>" => "val1",
        "<delegator_addr>" => "bob",
        "[src_validator_addr]" => "val1",
        "[dst_validator_addr]" => "val2",
        "<consumer_id>" => "1",
        "[phase]" => "3",
        // Operators resolve to the keys that they sign the provider's blocks with.
        "<provider_address>" => "val2",
        "<client_id>" => "07-tendermint-0",
        "<connection_id>" | "<connection>" => "connection-0",
        "<port_id>" => "provider",
        "<channel_id>" => "channel-0",
        "<sequence>" => "1",
        "<revision-height>" => "1-1",
        "<hash>" => EMPTY_HASH,
        "<trace>" => "transfer/channel-1/stake",
        "<voter>" | "<depositor>" => "val1",
        other => panic!("{verb:?}: what is {other}?"),
    });
    let node = terminal.url(u16::from(verb[0] == "ccvconsumer"));
    let words = [&["query"], &verb[..], &values.collect::<Vec<_>>(), &["--node", &node]].concat();
    if let Some((_, why)) = NOT_THERE.iter().find(|(known, _)| *known == verb.join(" ")) {
        let said = complaint(&terminal.run(&words));
        assert!(said.contains(why), "{words:?} says {said}");
        return false;
    }
    let answer = terminal.json(&words);
    assert!(answer.as_object().is_some_and(|members| !members.is_empty()), "{words:?} answers {answer}");
    let shown = printed(&terminal.run(&words));
    for member in members(&answer) {
        assert!(shown.contains(&format!("{member}:")), "{words:?} shows {shown}");
    }
    true
}

/// All questions but those about a proposal, which were asked while it was voted on.
pub(crate) fn every_query_answers(terminal: &Terminal, questions: &[Question]) {
    let (_, consumer_address) = pairs(terminal).pop_first().unwrap();
    let given = ("<consumer_address>", consumer_address.as_str());
    let others = questions.iter().filter(|question| !question.asks_for("<proposal_id>"));
    let refused = others.filter(|question| !is_answered(terminal, question, given)).count();
    assert_eq!(refused, NOT_THERE.len());
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
    for (words, option, usage) in [
        (&["staking", "pool"][..], "--limit", "staking pool [OPTIONS]"),
        (&["gov", "votes", "1"], "--voter", "gov votes <proposal_id>"),
        (&["block", "1"], "--limit", "block <height>"),
    ] {
        let output = terminal.run(&[&["query"], words, &[option, "1"]].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(said.starts_with(&format!("error: unexpected argument '{option}' found\n")), "{said}");
        assert!(said.contains(&format!("Usage: ics query {usage}\n")), "{said}");
    }
    let line = complaint(&terminal.run(&["query", "gov", "proposals", "--proposal-status", "lost"]));
    assert!(line.contains("PROPOSAL_STATUS_LOST"), "{line}");
}
