//! The governance that a chain starts with, and the same of a chain that runs.

use super::params::Params;
use super::proposal::{Proposal, Status};
use super::state::{self, CONSTITUTION, DEPOSITS, HELD, NEXT_ID, PARAMS, PROPOSALS, VOTES, VOTING, WAITING};
use super::vote::{self, Vote};
use super::{error, wire};
use crate::modules::bank::{self, Coins};
use crate::modules::{auth, staking};
use crate::route::account;
use crate::{ChainConfig, Ctx, Error};
use ics_abci::AccAddr;
use ics_kv::Read;
use ics_proto::cosmos::gov::v1 as pb;
use prost::{Message, Name};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Section `gov` of a genesis document, in the SDK's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GovGenesis {
    /// The number of the next proposal.
    #[serde(with = "crate::json::int")]
    pub starting_proposal_id: u64,
    /// `cosmos.gov.v1.Deposit`, as JSON.
    pub deposits: Vec<Value>,
    /// `cosmos.gov.v1.Vote`, as JSON.
    pub votes: Vec<Value>,
    /// `cosmos.gov.v1.Proposal`, as JSON.
    pub proposals: Vec<Value>,
    /// Of older documents; must be null.
    pub deposit_params: Value,
    /// Of older documents; must be null.
    pub voting_params: Value,
    /// Of older documents; must be null.
    pub tally_params: Value,
    /// The parameters.
    pub params: Params,
    /// What the chain says it is for.
    pub constitution: String,
}

impl Default for GovGenesis {
    fn default() -> Self {
        Self {
            starting_proposal_id: 1,
            deposits: Vec::new(),
            votes: Vec::new(),
            proposals: Vec::new(),
            deposit_params: Value::Null,
            voting_params: Value::Null,
            tally_params: Value::Null,
            params: Params::default(),
            constitution: String::new(),
        }
    }
}

fn read<M: Message + Name + Default>(value: &Value) -> Result<M, Error> {
    ics_proto::json::from_json_as(&value.to_string()).map_err(error::invalid_genesis)
}

fn write<M: Message + Name>(message: &M) -> Result<Value, Error> {
    let text = ics_proto::json::to_json_of(message).map_err(error::invalid_genesis)?;
    serde_json::from_str(&text).map_err(error::invalid_genesis)
}

/// Writes the parameters and whatever was under way.
///
/// # Errors
/// Parameters that make no sense, entries that are none, deposits that are not in the module's account.
pub fn init(ctx: &mut Ctx<'_>, genesis: &GovGenesis) -> Result<(), Error> {
    let old = [&genesis.deposit_params, &genesis.voting_params, &genesis.tally_params];
    if old.iter().any(|part| !part.is_null()) {
        return Err(error::invalid_genesis(
            "deposit_params, voting_params and tally_params are in params now",
        ));
    }
    if genesis.starting_proposal_id == 0 {
        return Err(error::invalid_genesis("starting proposal id must be greater than 0"));
    }
    genesis.params.validate(ctx.chain)?;
    PARAMS.set(ctx, &genesis.params);
    NEXT_ID.set(ctx, &genesis.starting_proposal_id);
    CONSTITUTION.set(ctx, &genesis.constitution);
    for value in &genesis.proposals {
        let proposal = wire::read_proposal(ctx.chain, read::<pb::Proposal>(value)?)?;
        if proposal.id >= genesis.starting_proposal_id || PROPOSALS.has(ctx, &proposal.id) {
            let text = format!("proposal {} is there already or still to come", proposal.id);
            return Err(error::invalid_genesis(text));
        }
        queue(ctx, &proposal);
        PROPOSALS.set(ctx, &proposal.id, &proposal);
    }
    for value in &genesis.votes {
        let given: pb::Vote = read(value)?;
        let options = vote::read_weighted(&wire::read_options(&given.options)?)?;
        let voter = account(ctx.chain, "voter", &given.voter)?;
        open(ctx, given.proposal_id)?;
        VOTES.set(ctx, &(given.proposal_id, voter.0), &Vote { options, metadata: given.metadata });
    }
    let mut held = Coins::default();
    for value in &genesis.deposits {
        let given: pb::Deposit = read(value)?;
        let coins = Coins::from_proto(&given.amount).map_err(Error::invalid_coins)?;
        if !coins.is_valid() {
            return Err(Error::invalid_coins(coins));
        }
        let key = (given.proposal_id, account(ctx.chain, "depositor", &given.depositor)?.0);
        open(ctx, given.proposal_id)?;
        if DEPOSITS.has(ctx, &key) {
            return Err(error::invalid_genesis(format!("two deposits of {}", given.depositor)));
        }
        held = held.plus(&coins)?;
        DEPOSITS.set(ctx, &key, &coins);
    }
    HELD.set(ctx, &held);
    let balance = bank::balances(ctx, &auth::authority())?;
    if balance != held {
        return Err(error::invalid_genesis(format!(
            "expected module account was {held} but we got {balance}"
        )));
    }
    Ok(())
}

/// Refuses votes and deposits on what is decided: they would never come back.
fn open(ctx: &Ctx<'_>, id: u64) -> Result<(), Error> {
    match PROPOSALS.get(ctx, &id)?.map(|proposal| proposal.status) {
        Some(Status::DepositPeriod | Status::VotingPeriod) => Ok(()),
        Some(Status::Passed | Status::Rejected | Status::Failed) | None => {
            Err(error::invalid_genesis(format!("a vote or deposit on proposal {id}, which is not open")))
        }
    }
}

fn queue(ctx: &mut Ctx<'_>, proposal: &Proposal) {
    match (proposal.status, proposal.voting) {
        (Status::DepositPeriod, _) => {
            WAITING.set(ctx, &(staking::time_key(proposal.deposit_end), proposal.id), &());
        }
        (Status::VotingPeriod, Some(voting)) => {
            VOTING.set(ctx, &(staking::time_key(voting.end), proposal.id), &());
        }
        (Status::VotingPeriod | Status::Passed | Status::Rejected | Status::Failed, _) => {}
    }
}

/// The section of a chain that runs: [`init`] makes the same state of it.
///
/// # Errors
/// Corrupt state; a proposal's message that has no JSON form.
pub fn export(state: &(impl Read + ?Sized), chain: &ChainConfig) -> Result<GovGenesis, Error> {
    let mut genesis = GovGenesis {
        starting_proposal_id: NEXT_ID.get(state)?.unwrap_or(1),
        params: state::params(state)?,
        constitution: CONSTITUTION.get(state)?.unwrap_or_default(),
        ..GovGenesis::default()
    };
    for entry in DEPOSITS.iter(state) {
        let ((id, depositor), coins) = entry?;
        genesis.deposits.push(write(&wire::deposit(chain, id, &AccAddr(depositor), &coins))?);
    }
    for entry in VOTES.iter(state) {
        let ((id, voter), vote) = entry?;
        genesis.votes.push(write(&wire::vote(chain, id, &AccAddr(voter), &vote))?);
    }
    for entry in PROPOSALS.iter(state) {
        genesis.proposals.push(write(&wire::proposal(chain, &entry?.1))?);
    }
    Ok(genesis)
}
