//! Governance: proposals from submission to what they do.

use crate::base_chain::*;
use crate::gov_chain::*;
use ics_abci::module_address;
use ics_chain::modules::gov::{self, Status, Tally};
use ics_chain::modules::{auth, bank};
use ics_client::msgs::{self, VoteOption};
use ics_proto::Any;
use ics_proto::cosmos::auth::v1beta1::{MsgUpdateParams as AuthUpdate, Params as AuthParams};
use ics_proto::cosmos::base::abci::v1beta1::TxMsgData;
use ics_proto::cosmos::gov::v1::{MsgCancelProposalResponse, MsgVote, MsgVoteWeighted, WeightedVoteOption};
use ics_proto::cosmos::gov::v1beta1 as old;
use prost::Message;

const IN_BLOCK: &str = "failed to execute message; message index: 0: ";

/// A change that shows: how long a memo may be.
fn memo(characters: u64) -> Any {
    let params = AuthParams {
        max_memo_characters: characters,
        tx_sig_limit: 7,
        tx_size_cost_per_byte: 10,
        sig_verify_cost_ed25519: 590,
        sig_verify_cost_secp256k1: 1_000,
    };
    msgs::any(&AuthUpdate { authority: authority(), params: Some(params) })
}

fn memo_max(chain: &Chain) -> u64 {
    auth::params(&chain.state()).unwrap().max_memo_characters
}

fn supply(chain: &Chain) -> u128 {
    bank::supply(&chain.state(), "stake").unwrap()
}

fn held(chain: &Chain) -> u128 {
    bank::balance(&chain.state(), &module_address("gov"), "stake").unwrap()
}

#[test]
fn a_proposal_with_votes_enough_is_executed_and_its_deposit_comes_back() {
    let mut chain = quick(|_| {});
    let result = chain.deliver(&of(2, &new(2, MILLION, vec![memo(300)])));
    assert_eq!(outcome(&result), good());
    let (proposer, account) = (address(2), authority());
    let events: Vec<String> = result.events[7..].iter().map(text).collect();
    assert_eq!(
        events,
        [
            format!(
                "message{{action=/cosmos.gov.v1.MsgSubmitProposal,sender={proposer},module=gov,msg_index=0}}"
            ),
            format!(
                "submit_proposal{{proposal_id=1,proposal_proposer={proposer},proposal_messages=,/cosmos.auth.v1beta1.MsgUpdateParams,msg_index=0}}"
            ),
            format!("coin_spent{{spender={proposer},amount=1000000stake,msg_index=0}}"),
            format!("coin_received{{receiver={account},amount=1000000stake,msg_index=0}}"),
            format!("transfer{{recipient={account},sender={proposer},amount=1000000stake,msg_index=0}}"),
            format!("message{{sender={proposer},msg_index=0}}"),
            format!("proposal_deposit{{depositor={proposer},amount=1000000stake,proposal_id=1,msg_index=0}}"),
            "submit_proposal{voting_period_start=1,msg_index=0}".to_owned(),
        ]
    );
    assert_eq!(status(&chain, 1), Status::VotingPeriod);
    assert_eq!(held(&chain), MILLION);
    let result = vote(&mut chain, 0, 1, VoteOption::Yes);
    assert_eq!(
        text(result.events.last().unwrap()),
        format!(
            "proposal_vote{{voter={},option=[{{\"option\":1,\"weight\":\"1.000000000000000000\"}}],proposal_id=1,msg_index=0}}",
            address(0)
        )
    );
    let funds = chain.balance(2);
    let block = after(&mut chain, VOTE_S - 3);
    assert_eq!((verdicts(&block), status(&chain, 1)), (vec![], Status::VotingPeriod), "a second too early");
    let block = chain.block(&[]);
    assert_eq!(
        verdicts(&block),
        ["active_proposal{proposal_id=1,proposal_result=proposal_passed,proposal_log=passed,mode=EndBlock}"]
    );
    assert_eq!((memo_max(&chain), chain.balance(2), held(&chain)), (300, funds + MILLION, 0));
    let done = known(&chain, 1);
    assert_eq!((done.status, done.failed_reason.as_str()), (Status::Passed, ""));
    assert_eq!(done.final_tally, Tally { yes: 100 * MILLION, ..Tally::default() });
    assert_eq!(gov::vote_of(&chain.state(), 1, &key(0).address()), Ok(None), "votes are forgotten");
    assert_eq!(verdicts(&after(&mut chain, VOTE_S)), [""; 0], "once is enough");
}

#[test]
fn a_proposal_needs_a_quorum_then_more_yes_than_the_threshold_and_less_veto_than_the_other() {
    use VoteOption::{Abstain, No, NoWithVeto, Yes};
    let passed = |votes: &[(u8, VoteOption)], amend: fn(&mut gov::Params)| {
        let mut chain = quick(|state| amend(&mut state.gov.params));
        let (funds, all) = (chain.balance(2), supply(&chain));
        let id = propose(&mut chain, 2, MILLION, vec![memo(300)]);
        for (voter, option) in votes {
            must_vote(&mut chain, *voter, id, *option);
        }
        after(&mut chain, VOTE_S);
        assert_eq!(memo_max(&chain) == 300, status(&chain, id) == Status::Passed);
        let burned = all - supply(&chain);
        assert_eq!(chain.balance(2), funds - 2_000 - burned, "what is not burned comes back");
        (status(&chain, id), burned)
    };
    let usual: fn(&mut gov::Params) = |_| {};
    assert_eq!(passed(&[(0, Yes), (1, No)], usual), (Status::Passed, 0), "100 to 90");
    assert_eq!(passed(&[(0, No), (1, Yes)], usual), (Status::Rejected, 0), "90 to 100");
    assert_eq!(passed(&[(0, Abstain), (1, Yes)], usual), (Status::Passed, 0), "abstaining makes a quorum");
    assert_eq!(passed(&[(0, Abstain), (1, Abstain)], usual), (Status::Rejected, 0), "nobody decides");
    // 90 of 190 are 47 per cent.
    assert_eq!(passed(&[(1, Yes)], |params| params.quorum = dec("0.48")), (Status::Rejected, 0));
    assert_eq!(passed(&[(1, Yes)], |params| params.quorum = dec("0.47")), (Status::Passed, 0));
    let burns: fn(&mut gov::Params) = |params| {
        params.quorum = dec("0.48");
        params.burn_vote_quorum = true;
    };
    assert_eq!(passed(&[(1, Yes)], burns), (Status::Rejected, MILLION));
    assert_eq!(passed(&[], usual), (Status::Rejected, 0));
    // 90 of 190 veto, more than a third.
    assert_eq!(passed(&[(0, Yes), (1, NoWithVeto)], usual), (Status::Rejected, MILLION));
    let lenient: fn(&mut gov::Params) = |params| params.burn_vote_veto = false;
    assert_eq!(passed(&[(0, Yes), (1, NoWithVeto)], lenient), (Status::Rejected, 0));
    let rare: fn(&mut gov::Params) = |params| params.veto_threshold = dec("0.48");
    assert_eq!(passed(&[(0, Yes), (1, NoWithVeto)], rare), (Status::Passed, 0));
}

#[test]
fn a_proposal_in_a_hurry_that_fails_goes_on_as_a_regular_one() {
    let mut chain = quick(|_| {});
    let hurry = msgs::NewProposal { expedited: true, ..new(2, 5 * MILLION, vec![memo(300)]) };
    assert_eq!(outcome(&chain.deliver(&of(2, &hurry))), good());
    assert!(known(&chain, 1).expedited);
    must_vote(&mut chain, 0, 1, VoteOption::Yes);
    must_vote(&mut chain, 1, 1, VoteOption::No);
    // 53 per cent are a majority, but not two thirds.
    let block = after(&mut chain, HURRY_S - 2);
    assert_eq!(
        verdicts(&block),
        [
            "active_proposal{proposal_id=1,proposal_result=expedited_proposal_rejected,proposal_log=expedited proposal converted to regular,mode=EndBlock}"
        ]
    );
    let regular = known(&chain, 1);
    assert_eq!((regular.status, regular.expedited), (Status::VotingPeriod, false));
    let voting = regular.voting.unwrap();
    assert_eq!(voting.end.since(voting.start).as_secs(), VOTE_S);
    assert_eq!(held(&chain), 5 * MILLION, "deposits stay");
    // As in the SDK the votes were counted and forgotten: who still wants it says so again.
    must_vote(&mut chain, 0, 1, VoteOption::Yes);
    must_vote(&mut chain, 1, 1, VoteOption::No);
    after(&mut chain, VOTE_S);
    assert_eq!((status(&chain, 1), memo_max(&chain), held(&chain)), (Status::Passed, 300, 0));
    let id = {
        let hurry = msgs::NewProposal { expedited: true, ..new(2, 5 * MILLION, vec![memo(400)]) };
        assert_eq!(outcome(&chain.deliver(&of(2, &hurry))), good());
        2
    };
    must_vote(&mut chain, 0, id, VoteOption::Yes);
    must_vote(&mut chain, 1, id, VoteOption::Yes);
    after(&mut chain, HURRY_S);
    assert_eq!((status(&chain, id), memo_max(&chain)), (Status::Passed, 400), "in time");
}

#[test]
fn a_delegators_vote_counts_in_place_of_his_validators() {
    let mut chain = quick(|_| {});
    assert_eq!(outcome(&chain.deliver(&Draft::delegate(3, 0, 50 * MILLION))), good());
    assert_eq!(outcome(&chain.deliver(&Draft::delegate(3, 1, 20 * MILLION))), good());
    let id = propose(&mut chain, 2, MILLION, vec![memo(300)]);
    must_vote(&mut chain, 0, id, VoteOption::Yes);
    must_vote(&mut chain, 3, id, VoteOption::No);
    // Who has no stake may vote and moves nothing.
    must_vote(&mut chain, 4, id, VoteOption::NoWithVeto);
    let now: ics_proto::cosmos::gov::v1::QueryTallyResultResponse = chain.ask(
        "/cosmos.gov.v1.Query/TallyResult",
        &ics_proto::cosmos::gov::v1::QueryTallyResultRequest { proposal_id: id },
    );
    let now = now.tally.unwrap();
    assert_eq!((now.yes_count.as_str(), now.no_count.as_str()), ("100000000", "70000000"));
    assert_eq!(now.no_with_veto_count, "0");
    after(&mut chain, VOTE_S);
    let counted = Tally { yes: 100 * MILLION, no: 70 * MILLION, ..Tally::default() };
    assert_eq!((status(&chain, id), known(&chain, id).final_tally), (Status::Passed, counted));
}

#[test]
fn weighted_votes_split_the_stake_and_a_later_vote_replaces_the_earlier() {
    let mut chain = quick(|_| {});
    let id = propose(&mut chain, 2, MILLION, vec![memo(300)]);
    must_vote(&mut chain, 0, id, VoteOption::NoWithVeto);
    let split =
        [(VoteOption::Yes, dec("0.6")), (VoteOption::No, dec("0.3")), (VoteOption::Abstain, dec("0.1"))];
    let message = msgs::vote_weighted(&address(0), id, &split, "why");
    let result = chain.deliver(&Draft::of(0, vec![message]));
    assert_eq!(outcome(&result), good());
    assert_eq!(
        result.events.last().unwrap().get("option").unwrap(),
        "[{\"option\":1,\"weight\":\"0.600000000000000000\"},{\"option\":3,\"weight\":\"0.300000000000000000\"},{\"option\":2,\"weight\":\"0.100000000000000000\"}]"
    );
    assert_eq!(gov::vote_of(&chain.state(), id, &key(0).address()).unwrap().unwrap().metadata, "why");
    after(&mut chain, VOTE_S);
    let counted = Tally { yes: 60 * MILLION, abstain: 10 * MILLION, no: 30 * MILLION, no_with_veto: 0 };
    assert_eq!((status(&chain, id), known(&chain, id).final_tally), (Status::Passed, counted));
}

#[test]
fn votes_that_are_none_are_refused() {
    let mut chain = quick(|_| {});
    let id = propose(&mut chain, 2, MILLION, vec![memo(300)]);
    let waiting = propose(&mut chain, 2, 10_000, vec![memo(300)]);
    let weighted = |options: &[(i32, &str)]| {
        let option = |(option, weight): &(i32, &str)| WeightedVoteOption {
            option: *option,
            weight: (*weight).to_owned(),
        };
        let options = options.iter().map(option).collect();
        msgs::any(&MsgVoteWeighted { proposal_id: id, voter: address(0), options, metadata: String::new() })
    };
    let one = |proposal_id, option, metadata: &str| {
        let (voter, metadata) = (address(0), metadata.to_owned());
        msgs::any(&MsgVote { proposal_id, voter, option, metadata })
    };
    let cases = [
        (one(id, 0, ""), "gov", 7, "VOTE_OPTION_UNSPECIFIED: invalid vote option"),
        (one(id, 5, ""), "gov", 7, "5: invalid vote option"),
        (one(9, 1, ""), "gov", 3, "9: inactive proposal"),
        (one(waiting, 1, ""), "gov", 3, "2: inactive proposal"),
        (one(id, 1, &"x".repeat(256)), "gov", 15, "got metadata with length 256: metadata too long"),
        (weighted(&[]), "sdk", 18, "[]: invalid request"),
        (weighted(&[(1, "x")]), "gov", 7, "invalid weight: invalid decimal: invalid vote option"),
        (
            weighted(&[(1, "0")]),
            "gov",
            7,
            "{\"option\":1,\"weight\":\"0.000000000000000000\"}: invalid vote option",
        ),
        (
            weighted(&[(1, "2"), (2, "-1")]),
            "gov",
            7,
            "{\"option\":1,\"weight\":\"2.000000000000000000\"}: invalid vote option",
        ),
        (weighted(&[(1, "0.5"), (1, "0.5")]), "gov", 7, "duplicated vote option: invalid vote option"),
        (weighted(&[(1, "0.5")]), "gov", 7, "total weight lower than 1.00: invalid vote option"),
        (weighted(&[(1, "0.6"), (2, "0.6")]), "gov", 7, "total weight overflow 1.00: invalid vote option"),
    ];
    for (message, codespace, code, log) in cases {
        let result = chain.deliver(&Draft::of(0, vec![message]));
        assert_eq!(outcome(&result), refused(codespace, code, &format!("{IN_BLOCK}{log}")));
    }
    assert_eq!(gov::vote_of(&chain.state(), id, &key(0).address()), Ok(None));
}

#[test]
fn a_proposal_waits_for_its_deposit_and_is_dropped_without_it() {
    let mut chain = quick(|_| {});
    let (funds, all) = (chain.balance(2), supply(&chain));
    let id = propose(&mut chain, 2, 300_000, vec![memo(300)]);
    assert_eq!(status(&chain, id), Status::DepositPeriod);
    let deposit = |who: u8, amount| Draft::of(who, vec![msgs::deposit(&address(who), id, &[coin(amount)])]);
    let small = format!(
        "{IN_BLOCK}received 9999stake but need at least one of the following: 10000stake: minimum deposit is too small"
    );
    assert_eq!(outcome(&chain.deliver(&deposit(3, 9_999))), refused("gov", 16, &small));
    assert_eq!(outcome(&chain.deliver(&deposit(3, 699_999))), good());
    assert_eq!(status(&chain, id), Status::DepositPeriod);
    let dropped = propose(&mut chain, 2, 300_000, vec![memo(301)]);
    let result = chain.deliver(&deposit(3, 10_000));
    assert_eq!(outcome(&result), good());
    assert_eq!(text(result.events.last().unwrap()), "proposal_deposit{voting_period_start=1,msg_index=0}");
    assert_eq!(status(&chain, id), Status::VotingPeriod);
    assert_eq!(known(&chain, id).total_deposit, stake(1_009_999));
    assert_eq!(
        gov::deposit_of(&chain.state(), id, &key(3).address()),
        Ok(Some(stake(709_999))),
        "two deposits of one person are one"
    );
    let block = after(&mut chain, WAIT_S);
    assert_eq!(
        verdicts(&block),
        [
            "inactive_proposal{proposal_id=2,proposal_result=proposal_dropped,mode=EndBlock}",
            "active_proposal{proposal_id=1,proposal_result=proposal_rejected,proposal_log=rejected,mode=EndBlock}",
        ]
    );
    assert_eq!(gov::proposal(&chain.state(), dropped), Ok(None));
    assert_eq!((chain.balance(2), held(&chain), supply(&chain)), (funds - 4_000, 0, all));
    let gone = format!(
        "{IN_BLOCK}collections: not found: key '2' of type github.com/cosmos/gogoproto/cosmos.gov.v1.Proposal"
    );
    let late = Draft::of(3, vec![msgs::deposit(&address(3), dropped, &[coin(10_000)])]);
    assert_eq!(outcome(&chain.deliver(&late)), refused("undefined", 1, &gone));
    let decided = format!("{IN_BLOCK}1: inactive proposal");
    assert_eq!(outcome(&chain.deliver(&deposit(3, 10_000))), refused("gov", 3, &decided));
}

#[test]
fn a_dropped_proposals_deposit_burns_where_the_rules_say_so() {
    let mut chain = quick(|state| state.gov.params.burn_proposal_deposit_prevote = true);
    let all = supply(&chain);
    propose(&mut chain, 2, 300_000, vec![memo(300)]);
    after(&mut chain, WAIT_S);
    assert_eq!((supply(&chain), held(&chain)), (all - 300_000, 0));
}

#[test]
fn what_cannot_be_proposed_is_refused_with_the_sdks_codes_and_nothing_is_paid() {
    let mut chain = quick(|state| state.gov.params.min_initial_deposit_ratio = dec("0.5"));
    let good_one = || new(2, MILLION, vec![memo(300)]);
    let with = |amend: fn(&mut msgs::NewProposal)| {
        let mut new = good_one();
        amend(&mut new);
        new
    };
    let other = |message: Any| msgs::NewProposal { messages: vec![message], ..good_one() };
    let cases = [
        (with(|new| new.title.clear()), "sdk", 18, "proposal title cannot be empty: invalid request".to_owned()),
        (with(|new| new.summary.clear()), "sdk", 18, "proposal summary cannot be empty: invalid request".into()),
        (
            with(|new| {
                new.messages.clear();
                new.metadata.clear();
            }),
            "gov",
            11,
            "either metadata or Msgs length must be non-nil: no messages proposed".into(),
        ),
        (
            with(|new| new.metadata = "{\"title\":\"other\",\"summary\":\"summary\"}".into()),
            "gov",
            5,
            "metadata title 'other' must equal proposal title 'title': invalid proposal content".into(),
        ),
        (
            with(|new| new.metadata = "{\"title\":\"title\",\"summary\":\"x\"}".into()),
            "gov",
            5,
            "metadata summary 'x' must equal proposal summary 'summary': invalid proposal content".into(),
        ),
        (
            with(|new| new.metadata = "m".repeat(256)),
            "gov",
            15,
            "got metadata with length 256: metadata too long".into(),
        ),
        (
            with(|new| new.title = "t".repeat(256)),
            "gov",
            15,
            "got metadata with length 256: metadata too long".into(),
        ),
        (
            with(|new| new.summary = "s".repeat(10_201)),
            "gov",
            22,
            "got summary with length 10201: summary too long".into(),
        ),
        (
            with(|new| new.initial_deposit = vec![coin(499_999)]),
            "gov",
            16,
            "was (499999stake), need (500000stake): minimum deposit is too small".into(),
        ),
        (
            with(|new| {
                new.initial_deposit.push(ics_client::Coin { denom: "zebra".into(), amount: 1 });
            }),
            "gov",
            23,
            "deposited 1000000stake,1zebra, but gov accepts only the following denom(s): [stake]: invalid deposit denom"
                .into(),
        ),
        (
            other(send(3, 4, 5)),
            "gov",
            13,
            format!("{}: expected gov account as only signer for proposal message", address(3)),
        ),
        (
            other(Any { type_url: "/cosmos.slashing.v1beta1.MsgUnjail".into(), value: vec![] }),
            "gov",
            10,
            "/cosmos.slashing.v1beta1.MsgUnjail: proposal message not recognized by router".into(),
        ),
        (
            other(Any { type_url: "/cosmos.bank.v1beta1.MsgSend".into(), value: vec![0x0a, 1, 0xff] }),
            "gov",
            12,
            "failed to decode Protobuf message: MsgSend.from_address: invalid string value: data is not UTF-8 encoded: tx parse error: invalid proposal message"
                .into(),
        ),
        (
            other(msgs::send(&authority(), &address(3), &[])),
            "gov",
            12,
            ": invalid coins: invalid proposal message".into(),
        ),
    ];
    let mut funds = chain.balance(2);
    for (new, codespace, code, log) in cases {
        let result = chain.deliver(&of(2, &new));
        assert_eq!(outcome(&result), refused(codespace, code, &format!("{IN_BLOCK}{log}")));
        funds -= 2_000;
        assert_eq!(chain.balance(2), funds);
    }
    assert_eq!(propose(&mut chain, 2, MILLION, vec![memo(300)]), 1, "no number was used up");
}

#[test]
fn a_proposal_whose_last_message_fails_does_nothing_and_says_why() {
    let mut chain = quick(|_| {});
    let waiting = propose(&mut chain, 3, 400_000, vec![memo(301)]);
    // The account has only deposits of others.
    let block = pass(&mut chain, vec![memo(300), msgs::send(&authority(), &address(4), &[coin(400_001)])]);
    let reason = "spendable balance 400000stake is smaller than 400001stake: insufficient funds";
    assert_eq!(
        verdicts(&block),
        [format!(
            "active_proposal{{proposal_id=2,proposal_result=proposal_failed,proposal_log=passed, but msg 1 (/cosmos.bank.v1beta1.MsgSend) failed on execution: {reason},mode=EndBlock}}"
        )]
    );
    let failed = known(&chain, 2);
    assert_eq!((failed.status, failed.failed_reason.as_str()), (Status::Failed, reason));
    assert_eq!(failed.final_tally.yes, 190 * MILLION);
    assert_eq!(memo_max(&chain), 256);
    assert_eq!(status(&chain, waiting), Status::DepositPeriod);
    // Its own deposit came back all the same.
    assert_eq!(held(&chain), 400_000);
}

#[test]
fn no_proposal_spends_the_deposits_of_others() {
    let mut chain = quick(|_| {});
    let funds = chain.balance(4);
    let waiting = propose(&mut chain, 3, 400_000, vec![memo(301)]);
    for message in [
        msgs::send(&authority(), &address(4), &[coin(1)]),
        msgs::deposit(&authority(), waiting, &[coin(400_000)]),
    ] {
        pass(&mut chain, vec![message]);
        let failed = known(&chain, waiting + 1);
        assert_eq!(failed.status, Status::Failed);
        assert!(failed.failed_reason.starts_with("deposits of "), "{}", failed.failed_reason);
        chain = quick(|_| {});
        propose(&mut chain, 3, 400_000, vec![memo(301)]);
    }
    let before = chain.balance(3);
    after(&mut chain, WAIT_S);
    assert_eq!((chain.balance(3), chain.balance(4)), (before + 400_000, funds));
}

#[test]
fn who_proposed_may_cancel_for_half_of_the_deposits() {
    let mut chain = quick(|_| {});
    let (all, own, others) = (supply(&chain), chain.balance(2), chain.balance(3));
    let id = propose(&mut chain, 2, MILLION, vec![memo(300)]);
    let message = msgs::deposit(&address(3), id, &[coin(10_001)]);
    assert_eq!(outcome(&chain.deliver(&Draft::of(3, vec![message]))), good());
    must_vote(&mut chain, 0, id, VoteOption::Yes);
    let cancel = |who: u8, id| Draft::of(who, vec![msgs::cancel_proposal(&address(who), id)]);
    let stranger = format!("{IN_BLOCK}invalid proposer {}: invalid proposer", address(3));
    assert_eq!(outcome(&chain.deliver(&cancel(3, id))), refused("gov", 18, &stranger));
    let result = chain.deliver(&cancel(2, id));
    assert_eq!(outcome(&result), good());
    let event = text(result.events.last().unwrap());
    assert_eq!(event, format!("cancel_proposal{{sender={},proposal_id=1,msg_index=0}}", address(2)));
    let data = TxMsgData::decode(result.data.as_slice()).unwrap();
    let response = MsgCancelProposalResponse::decode(data.msg_responses[0].value.as_slice()).unwrap();
    assert_eq!((response.proposal_id, response.canceled_height), (id, chain.app.height().0));
    assert_eq!(gov::proposal(&chain.state(), id), Ok(None));
    assert_eq!(gov::vote_of(&chain.state(), id, &key(0).address()), Ok(None));
    // Half of each, rounded down, is burned.
    assert_eq!(supply(&chain), all - 500_000 - 5_000);
    assert_eq!((chain.balance(2), chain.balance(3)), (own - 500_000 - 4_000, others - 5_000 - 4_000));
    assert_eq!(verdicts(&after(&mut chain, WAIT_S)), [""; 0]);
    let gone = format!(
        "{IN_BLOCK}collections: not found: key '1' of type github.com/cosmos/gogoproto/cosmos.gov.v1.Proposal"
    );
    assert_eq!(outcome(&chain.deliver(&cancel(2, id))), refused("undefined", 1, &gone));
    pass(&mut chain, vec![memo(300)]);
    let decided = format!("{IN_BLOCK}proposal should be in the deposit or voting period: invalid proposal");
    assert_eq!(outcome(&chain.deliver(&cancel(2, 2))), refused("gov", 21, &decided));
}

#[test]
fn what_cancelling_costs_goes_where_the_rules_say() {
    let mut chain = quick(|state| {
        state.gov.params.proposal_cancel_dest = address(4);
        state.gov.params.proposal_cancel_ratio = dec("1");
    });
    let (all, funds) = (supply(&chain), chain.balance(4));
    let id = propose(&mut chain, 2, 300_000, vec![memo(300)]);
    let cancel = Draft::of(2, vec![msgs::cancel_proposal(&address(2), id)]);
    assert_eq!(outcome(&chain.deliver(&cancel)), good());
    assert_eq!((supply(&chain), chain.balance(4), held(&chain)), (all, funds + 300_000, 0));
}

#[test]
fn a_proposal_that_cancels_another_due_in_the_same_block_does_not_stop_the_chain() {
    let mut chain = quick(|state| state.gov.params.min_deposit_ratio = dec("0"));
    // The first waits; the second makes the third in the authority's name, which the first would cancel.
    let canceller = propose(&mut chain, 2, 0, vec![msgs::cancel_proposal(&authority(), 3)]);
    let inner = msgs::NewProposal { proposer: authority(), ..new(2, 0, vec![memo(300)]) };
    pass(&mut chain, vec![msgs::submit_proposal(&inner)]);
    assert_eq!((canceller, status(&chain, 2), status(&chain, 3)), (1, Status::Passed, Status::DepositPeriod));
    let funds = chain.balance(4);
    let txs = [(3, 1), (4, 3)].map(|(who, id)| {
        Draft::of(who, vec![msgs::deposit(&address(who), id, &[coin(MILLION)])]).sign(&chain)
    });
    assert!(chain.block(&txs).txs.iter().all(|tx| tx.code == 0));
    must_vote(&mut chain, 0, 1, VoteOption::Yes);
    must_vote(&mut chain, 0, 3, VoteOption::Yes);
    let block = after(&mut chain, VOTE_S - 3);
    assert_eq!(
        verdicts(&block),
        ["active_proposal{proposal_id=1,proposal_result=proposal_passed,proposal_log=passed,mode=EndBlock}"]
    );
    assert_eq!((gov::proposal(&chain.state(), 3), memo_max(&chain)), (Ok(None), 256));
    assert_eq!(
        (chain.balance(4), held(&chain)),
        (funds - 2_000 - MILLION / 2, 0),
        "it paid as who cancels pays"
    );
}

#[test]
fn a_hundred_proposals_are_decided_a_block_and_the_rest_waits() {
    let mut chain = quick(|_| {});
    let message = |_| msgs::submit_proposal(&new(2, MILLION, vec![memo(300)]));
    let mut draft = Draft::of(2, (0..150).map(message).collect());
    draft.fee.gas_limit = 40_000_000;
    draft.fee.amount = vec![coin(40_000)];
    assert_eq!(outcome(&chain.deliver(&draft)), good());
    assert_eq!(verdicts(&after(&mut chain, VOTE_S)).len(), 100);
    assert_eq!(verdicts(&chain.block(&[])).len(), 50);
    assert_eq!(verdicts(&chain.block(&[])).len(), 0);
    assert_eq!(held(&chain), 0);
}

#[test]
fn old_clients_propose_text_deposit_vote_and_read_it_back() {
    let mut chain = quick(|_| {});
    let content = |url: &str| {
        let text = old::TextProposal { title: "a".into(), description: "b".into() };
        Some(Any { type_url: url.into(), value: text.encode_to_vec() })
    };
    let submit = |url: &str| {
        msgs::any(&old::MsgSubmitProposal {
            content: content(url),
            initial_deposit: vec![coin(300_000).to_proto()],
            proposer: address(2),
        })
    };
    let upgrade = "/cosmos.upgrade.v1beta1.SoftwareUpgradeProposal";
    let log = format!("{IN_BLOCK}{upgrade}: no handler exists for proposal type");
    assert_eq!(outcome(&chain.deliver(&Draft::of(2, vec![submit(upgrade)]))), refused("gov", 9, &log));
    let text_proposal = "/cosmos.gov.v1beta1.TextProposal";
    assert_eq!(outcome(&chain.deliver(&Draft::of(2, vec![submit(text_proposal)]))), good());
    let amount = vec![coin(700_000).to_proto()];
    let deposit = msgs::any(&old::MsgDeposit { proposal_id: 1, depositor: address(3), amount });
    assert_eq!(outcome(&chain.deliver(&Draft::of(3, vec![deposit]))), good());
    let vote = msgs::any(&old::MsgVote { proposal_id: 1, voter: address(0), option: 1 });
    assert_eq!(outcome(&chain.deliver(&Draft::of(0, vec![vote]))), good());
    let half = |option, weight: &str| old::WeightedVoteOption { option, weight: weight.into() };
    let options = vec![half(1, "400000000000000000"), half(3, "600000000000000000")];
    let weighted =
        msgs::any(&old::MsgVoteWeighted { proposal_id: 1, voter: address(1), options: options.clone() });
    assert_eq!(outcome(&chain.deliver(&Draft::of(1, vec![weighted]))), good());
    let path = |method: &str| format!("/cosmos.gov.v1beta1.Query/{method}");
    #[allow(deprecated)]
    {
        let ask = |voter| old::QueryVoteRequest { proposal_id: 1, voter };
        let one: old::QueryVoteResponse = chain.ask(&path("Vote"), &ask(address(0)));
        assert_eq!(one.vote.unwrap().option, 1);
        let split: old::QueryVoteResponse = chain.ask(&path("Vote"), &ask(address(1)));
        let split = split.vote.unwrap();
        assert_eq!((split.option, split.options), (0, options));
    }
    let all: old::QueryVotesResponse =
        chain.ask(&path("Votes"), &old::QueryVotesRequest { proposal_id: 1, pagination: None });
    assert_eq!(all.votes.len(), 2);
    let one = old::QueryDepositRequest { proposal_id: 1, depositor: address(3) };
    let one: old::QueryDepositResponse = chain.ask(&path("Deposit"), &one);
    assert_eq!(one.deposit.unwrap().amount, [coin(700_000).to_proto()]);
    let all: old::QueryDepositsResponse =
        chain.ask(&path("Deposits"), &old::QueryDepositsRequest { proposal_id: 1, pagination: None });
    assert_eq!(all.deposits.len(), 2);
    let tally: old::QueryTallyResultResponse =
        chain.ask(&path("TallyResult"), &old::QueryTallyResultRequest { proposal_id: 1 });
    assert_eq!(tally.tally.unwrap().no, "54000000");
    let rules: old::QueryParamsResponse =
        chain.ask(&path("Params"), &old::QueryParamsRequest { params_type: "tallying".into() });
    assert_eq!(rules.tally_params.unwrap().quorum, b"334000000000000000");
    after(&mut chain, VOTE_S);
    let seen: old::QueryProposalResponse =
        chain.ask(&path("Proposal"), &old::QueryProposalRequest { proposal_id: 1 });
    let seen = seen.proposal.unwrap();
    assert_eq!((seen.status, seen.content), (3, content(text_proposal)));
    pass(&mut chain, vec![memo(300)]);
    let seen: old::QueryProposalsResponse =
        chain.ask(&path("Proposals"), &old::QueryProposalsRequest::default());
    let contents: Vec<bool> = seen.proposals.iter().map(|proposal| proposal.content.is_some()).collect();
    assert_eq!(contents, [true, false], "what has no content in the old form shows none");
}
