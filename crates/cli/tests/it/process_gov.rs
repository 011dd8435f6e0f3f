//! Governance from the command line, beside a running network.

use crate::process_support::{complaint, printed};
use crate::process_verbs::Terminal;
use serde_json::json;
use std::process::Output;

/// A text is proposed, deposited on and voted on; another is taken back.
pub(crate) fn proposals_are_made_deposited_on_voted_on_and_cancelled(terminal: &Terminal) {
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
    // From here on the first is voted on, and its votes and deposits can be asked for until that ends.
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
}
