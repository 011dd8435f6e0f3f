//! A chain whose proposals are quick: one minute of deposits, thirty seconds of votes, fifteen in a hurry.

use crate::base_chain::*;
use ics_abci::{BlockResult, Dec, TxResult};
use ics_chain::genesis::AppState;
use ics_chain::modules::bank::{Coin, Coins};
use ics_chain::modules::gov::{self, Params, Proposal, Status};
use ics_client::msgs::{self, NewProposal, VoteOption};
use ics_proto::Any;
use std::time::Duration;

pub const MILLION: u128 = 1_000_000;
/// Seconds that a proposal may wait, is voted on, and is voted on in a hurry.
pub const WAIT_S: u64 = 60;
pub const VOTE_S: u64 = 30;
pub const HURRY_S: u64 = 15;

pub fn dec(text: &str) -> Dec {
    text.parse().unwrap()
}

pub fn quick_params() -> Params {
    Params {
        min_deposit: Coins::one("stake", MILLION),
        expedited_min_deposit: Coins::one("stake", 5 * MILLION),
        max_deposit_period: Duration::from_secs(WAIT_S).into(),
        voting_period: Duration::from_secs(VOTE_S).into(),
        expedited_voting_period: Duration::from_secs(HURRY_S).into(),
        ..Params::default()
    }
}

/// Two validators (0: 100 million, 1: 90 million); accounts 2, 3 and 4 have funds and no stake.
pub fn quick(amend: impl FnOnce(&mut AppState)) -> Chain {
    Chain::with(|state| {
        state.gov.params = quick_params();
        amend(state);
    })
}

pub fn authority() -> String {
    msgs::authority("cosmos")
}

pub fn new(proposer: u8, deposit: u128, messages: Vec<Any>) -> NewProposal {
    NewProposal {
        messages,
        initial_deposit: if deposit == 0 { vec![] } else { vec![coin(deposit)] },
        proposer: address(proposer),
        metadata: "ipfs://x".into(),
        title: "title".into(),
        summary: "summary".into(),
        expedited: false,
    }
}

pub fn of(signer: u8, new: &NewProposal) -> Draft {
    Draft::of(signer, vec![msgs::submit_proposal(new)])
}

/// Coins that the authority sends: it owns what tests give it (account 4 cannot send it any, deposits alone come in).
pub fn propose(chain: &mut Chain, proposer: u8, deposit: u128, messages: Vec<Any>) -> u64 {
    let result = chain.deliver(&of(proposer, &new(proposer, deposit, messages)));
    assert_eq!(outcome(&result), good());
    let submitted = result.events.iter().find(|event| event.kind == "submit_proposal").unwrap();
    submitted.get("proposal_id").unwrap().parse().unwrap()
}

pub fn vote(chain: &mut Chain, voter: u8, id: u64, option: VoteOption) -> TxResult {
    chain.deliver(&Draft::of(voter, vec![msgs::vote(&address(voter), id, option, "")]))
}

pub fn must_vote(chain: &mut Chain, voter: u8, id: u64, option: VoteOption) {
    assert_eq!(outcome(&vote(chain, voter, id, option)), good());
}

/// Runs one block after the period of a proposal is over.
pub fn after(chain: &mut Chain, seconds: u64) -> BlockResult {
    chain.pass(Duration::from_secs(seconds));
    chain.block(&[])
}

/// A proposal voted through by both validators; gives the block that executed it.
pub fn pass(chain: &mut Chain, messages: Vec<Any>) -> BlockResult {
    let id = propose(chain, 2, MILLION, messages);
    must_vote(chain, 0, id, VoteOption::Yes);
    must_vote(chain, 1, id, VoteOption::Yes);
    after(chain, VOTE_S)
}

pub fn known(chain: &Chain, id: u64) -> Proposal {
    gov::proposal(&chain.state(), id).unwrap().unwrap()
}

pub fn status(chain: &Chain, id: u64) -> Status {
    known(chain, id).status
}

/// What the block said of proposals.
pub fn verdicts(block: &BlockResult) -> Vec<String> {
    let ours = |kind: &str| kind == "active_proposal" || kind == "inactive_proposal";
    block.events.iter().filter(|event| ours(&event.kind)).map(text).collect()
}

pub fn stake(amount: u128) -> Coins {
    Coins(vec![Coin::new("stake", amount)])
}
