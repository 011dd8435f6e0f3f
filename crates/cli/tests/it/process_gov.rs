//! Governance from the command line, beside a running network.

use crate::process_queries::{Question, is_answered};
use crate::process_support::{complaint, printed};
use crate::process_verbs::Terminal;
use serde_json::json;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::Output;

/// How often a proposal is made anew whose vote ended before all was asked.
const PROPOSALS: usize = 20;

/// A text is proposed and taken back; another is deposited on and voted on.
pub(crate) fn proposals_are_made_deposited_on_voted_on_and_cancelled(
    terminal: &Terminal,
    questions: &[Question],
) {
    let path = terminal.home().join("proposal.json");
    let file = path.to_str().unwrap();
    let proposal =
        json!({"metadata": "ipfs://", "title": "a title", "summary": "a summary", "deposit": "400000stake"});
    std::fs::write(&path, proposal.to_string()).unwrap();
    let made = |output: Output| {
        let printed = printed(&output);
        let last = printed.lines().last().unwrap().to_owned();
        last.strip_prefix("proposal_id: ").unwrap_or_else(|| panic!("{printed}")).to_owned()
    };
    let submit = ["tx", "gov", "submit-proposal", file, "--from", "val1", "-y"];
    assert_eq!(made(terminal.run(&submit)), "1");
    terminal.send(&["tx", "gov", "cancel-proposal", "1", "--from", "val1"]);
    let gone = complaint(&terminal.run(&["query", "gov", "proposal", "1"]));
    assert_eq!(gone, "rpc error: code = NotFound desc = proposal 1 doesn't exist: key not found");
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
    std::fs::write(&path, proposal.to_string()).unwrap();
    for _ in 0..PROPOSALS {
        let id = made(terminal.run(&submit));
        let seen = catch_unwind(AssertUnwindSafe(|| a_proposal_is_voted_on(terminal, questions, &id)));
        // Votes and deposits can be given and asked for until the vote ends, which a busy machine may be too late for.
        match seen {
            Ok(()) => return,
            Err(why) if is_voted_on(terminal, &id) => resume_unwind(why),
            Err(_) => {}
        }
    }
    panic!("no vote lasted until all was asked");
}

fn is_voted_on(terminal: &Terminal, id: &str) -> bool {
    let output = terminal.run(&["query", "gov", "proposal", id, "-o", "json"]);
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    found["proposal"]["status"] == json!("PROPOSAL_STATUS_VOTING_PERIOD")
}

fn a_proposal_is_voted_on(terminal: &Terminal, questions: &[Question], id: &str) {
    terminal.send(&["tx", "gov", "deposit", id, "600000stake", "--from", "bob"]);
    terminal.send(&["tx", "gov", "vote", id, "yes", "--from", "val1", "--metadata", "for it"]);
    terminal.send(&["tx", "gov", "weighted-vote", id, "yes=0.6,no-with-veto=0.4", "--from", "val2"]);
    let vote = terminal.json(&["query", "gov", "vote", id, "val2"]);
    assert_eq!(
        vote["vote"]["options"],
        json!([
            {"option": "VOTE_OPTION_YES", "weight": "0.600000000000000000"},
            {"option": "VOTE_OPTION_NO_WITH_VETO", "weight": "0.400000000000000000"},
        ])
    );
    let deposits = terminal.json(&["query", "gov", "deposits", id]);
    assert_eq!(deposits["deposits"].as_array().unwrap().len(), 2);
    let tally = terminal.json(&["query", "gov", "tally", id]);
    // 100 of val1 and the 3 that bob left with it, and 0.6 of 90 of val2, in millions.
    assert_eq!(tally["tally"]["yes_count"], json!("157000000"));
    let about = questions.iter().filter(|question| question.asks_for("<proposal_id>"));
    let answered = about.filter(|question| is_answered(terminal, question, ("<proposal_id>", id)));
    assert_eq!(answered.count(), 6);
}
