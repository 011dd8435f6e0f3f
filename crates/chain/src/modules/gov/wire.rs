//! Between governance and its protobuf form, `cosmos.gov.v1`.

use super::params::Params;
use super::proposal::{Proposal, ProposedMsg, Status, Tally, Voting};
use super::vote::{Vote, WeightedOption};
use crate::modules::bank::{Coins, NoCoin};
use crate::modules::staking::StoredDuration;
use crate::{ChainConfig, Error};
use ics_abci::{AccAddr, Dec, Time};
use ics_proto::cosmos::base::v1beta1::Coin as ProtoCoin;
use ics_proto::cosmos::gov::v1 as pb;
use ics_proto::{Any, Duration, Timestamp};

/// The type of a legacy content's message.
pub(super) const EXEC_LEGACY: &str = "/cosmos.gov.v1.MsgExecLegacyContent";

pub(super) fn timestamp(time: Time) -> Timestamp {
    Timestamp { seconds: time.seconds(), nanos: i32::try_from(time.nanos()).unwrap_or(0) }
}

pub(super) fn duration(stored: StoredDuration) -> Duration {
    let duration: std::time::Duration = stored.into();
    Duration {
        seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(duration.subsec_nanos()).unwrap_or(0),
    }
}

pub(super) fn any(message: &ProposedMsg) -> Any {
    Any { type_url: message.url.clone(), value: message.value.clone() }
}

impl Status {
    pub(super) const fn to_proto(self) -> i32 {
        match self {
            Self::DepositPeriod => 1,
            Self::VotingPeriod => 2,
            Self::Passed => 3,
            Self::Rejected => 4,
            Self::Failed => 5,
        }
    }

    pub(super) const fn from_proto(number: i32) -> Option<Self> {
        match number {
            1 => Some(Self::DepositPeriod),
            2 => Some(Self::VotingPeriod),
            3 => Some(Self::Passed),
            4 => Some(Self::Rejected),
            5 => Some(Self::Failed),
            _ => None,
        }
    }
}

pub(super) fn tally(tally: &Tally) -> pb::TallyResult {
    pb::TallyResult {
        yes_count: tally.yes.to_string(),
        abstain_count: tally.abstain.to_string(),
        no_count: tally.no.to_string(),
        no_with_veto_count: tally.no_with_veto.to_string(),
    }
}

pub(super) fn proposal(chain: &ChainConfig, proposal: &Proposal) -> pb::Proposal {
    pb::Proposal {
        id: proposal.id,
        messages: proposal.messages.iter().map(any).collect(),
        status: proposal.status.to_proto(),
        final_tally_result: Some(tally(&proposal.final_tally)),
        submit_time: Some(timestamp(proposal.submit_time)),
        deposit_end_time: Some(timestamp(proposal.deposit_end)),
        total_deposit: proposal.total_deposit.to_proto(),
        voting_start_time: proposal.voting.map(|voting| timestamp(voting.start)),
        voting_end_time: proposal.voting.map(|voting| timestamp(voting.end)),
        metadata: proposal.metadata.clone(),
        title: proposal.title.clone(),
        summary: proposal.summary.clone(),
        proposer: proposal.proposer.to_text(chain.prefix),
        expedited: proposal.expedited,
        failed_reason: proposal.failed_reason.clone(),
    }
}

pub(super) fn options(options: &[WeightedOption]) -> Vec<pb::WeightedVoteOption> {
    let option = |option: &WeightedOption| pb::WeightedVoteOption {
        option: option.option.to_proto(),
        weight: option.weight.to_string(),
    };
    options.iter().map(option).collect()
}

pub(super) fn vote(chain: &ChainConfig, proposal_id: u64, voter: &AccAddr, vote: &Vote) -> pb::Vote {
    pb::Vote {
        proposal_id,
        voter: voter.to_text(chain.prefix),
        options: options(&vote.options),
        metadata: vote.metadata.clone(),
    }
}

pub(super) fn deposit(
    chain: &ChainConfig,
    proposal_id: u64,
    depositor: &AccAddr,
    coins: &Coins,
) -> pb::Deposit {
    pb::Deposit { proposal_id, depositor: depositor.to_text(chain.prefix), amount: coins.to_proto() }
}

pub(super) fn params(params: &Params) -> pb::Params {
    pb::Params {
        min_deposit: params.min_deposit.to_proto(),
        max_deposit_period: Some(duration(params.max_deposit_period)),
        voting_period: Some(duration(params.voting_period)),
        quorum: params.quorum.to_string(),
        threshold: params.threshold.to_string(),
        veto_threshold: params.veto_threshold.to_string(),
        min_initial_deposit_ratio: params.min_initial_deposit_ratio.to_string(),
        proposal_cancel_ratio: params.proposal_cancel_ratio.to_string(),
        proposal_cancel_dest: params.proposal_cancel_dest.clone(),
        expedited_voting_period: Some(duration(params.expedited_voting_period)),
        expedited_threshold: params.expedited_threshold.to_string(),
        expedited_min_deposit: params.expedited_min_deposit.to_proto(),
        burn_vote_quorum: params.burn_vote_quorum,
        burn_proposal_deposit_prevote: params.burn_proposal_deposit_prevote,
        burn_vote_veto: params.burn_vote_veto,
        min_deposit_ratio: params.min_deposit_ratio.to_string(),
    }
}

/// Coins of a parameter.
fn read_coins(what: &str, coins: &[ProtoCoin]) -> Result<Coins, Error> {
    Coins::from_proto(coins).map_err(|NoCoin(text)| Error::unregistered(format!("invalid {what}: {text}")))
}

fn read_dec(what: &str, text: &str) -> Result<Dec, Error> {
    text.parse().map_err(|error| Error::unregistered(format!("invalid {what}: {error}")))
}

/// A length of time that is not negative.
fn read_period(what: &str, given: Option<Duration>) -> Result<StoredDuration, Error> {
    let Some(given) = given else {
        return Err(Error::unregistered(format!("{what} must not be nil: 0")));
    };
    let parts = u64::try_from(given.seconds).ok().zip(u32::try_from(given.nanos).ok());
    let parts = parts.filter(|(_, nanos)| *nanos < 1_000_000_000);
    let (seconds, nanos) =
        parts.ok_or_else(|| Error::unregistered(format!("{what} must be positive: {}s", given.seconds)))?;
    Ok(std::time::Duration::new(seconds, nanos).into())
}

pub(super) fn read_params(given: &pb::Params) -> Result<Params, Error> {
    Ok(Params {
        min_deposit: read_coins("minimum deposit", &given.min_deposit)?,
        expedited_min_deposit: read_coins("expedited minimum deposit", &given.expedited_min_deposit)?,
        max_deposit_period: read_period("maximum deposit period", given.max_deposit_period)?,
        quorum: read_dec("quorum string", &given.quorum)?,
        threshold: read_dec("threshold string", &given.threshold)?,
        expedited_threshold: read_dec("expedited threshold string", &given.expedited_threshold)?,
        veto_threshold: read_dec("vetoThreshold string", &given.veto_threshold)?,
        voting_period: read_period("voting period", given.voting_period)?,
        expedited_voting_period: read_period("expedited voting period", given.expedited_voting_period)?,
        min_initial_deposit_ratio: read_dec(
            "minimum initial deposit ratio of proposal",
            &given.min_initial_deposit_ratio,
        )?,
        proposal_cancel_ratio: read_dec("burn rate of cancel proposal", &given.proposal_cancel_ratio)?,
        min_deposit_ratio: read_dec("mininum deposit ratio of proposal", &given.min_deposit_ratio)?,
        proposal_cancel_dest: given.proposal_cancel_dest.clone(),
        burn_vote_quorum: given.burn_vote_quorum,
        burn_proposal_deposit_prevote: given.burn_proposal_deposit_prevote,
        burn_vote_veto: given.burn_vote_veto,
    })
}

/// A moment of a genesis document.
fn read_time(given: Option<Timestamp>) -> Result<Time, Error> {
    let given = given.ok_or_else(|| super::error::invalid_genesis("a time is missing"))?;
    let nanos = u32::try_from(given.nanos).map_err(super::error::invalid_genesis)?;
    Time::new(given.seconds, nanos).map_err(super::error::invalid_genesis)
}

fn read_tally(given: Option<pb::TallyResult>) -> Result<Tally, Error> {
    let given = given.unwrap_or_default();
    let count = |text: &str| match text {
        "" => Ok(0),
        text => text.parse().map_err(|_| super::error::invalid_genesis(format!("{text:?} is no count"))),
    };
    Ok(Tally {
        yes: count(&given.yes_count)?,
        abstain: count(&given.abstain_count)?,
        no: count(&given.no_count)?,
        no_with_veto: count(&given.no_with_veto_count)?,
    })
}

/// A proposal of a genesis document.
pub(super) fn read_proposal(chain: &ChainConfig, given: pb::Proposal) -> Result<Proposal, Error> {
    let wrong = |what: &str| super::error::invalid_genesis(format!("proposal {}: {what}", given.id));
    let status = Status::from_proto(given.status).ok_or_else(|| wrong("no such status"))?;
    let voting = match (given.voting_start_time, given.voting_end_time) {
        (None, None) => None,
        (start, end) => Some(Voting { start: read_time(start)?, end: read_time(end)? }),
    };
    if voting.is_none() && status == Status::VotingPeriod {
        return Err(wrong("it is voted on, and no time says until when"));
    }
    let total_deposit = Coins::from_proto(&given.total_deposit).map_err(|NoCoin(text)| wrong(&text))?;
    let proposer = crate::route::account(chain, "proposer", &given.proposer)?;
    let message = |any: Any| ProposedMsg { url: any.type_url, value: any.value };
    Ok(Proposal {
        id: given.id,
        messages: given.messages.into_iter().map(message).collect(),
        status,
        final_tally: read_tally(given.final_tally_result)?,
        submit_time: read_time(given.submit_time)?,
        deposit_end: read_time(given.deposit_end_time)?,
        total_deposit,
        voting,
        metadata: given.metadata,
        title: given.title,
        summary: given.summary,
        proposer,
        expedited: given.expedited,
        failed_reason: given.failed_reason,
    })
}

/// Options of `cosmos.gov.v1`, whose weights are decimal text.
pub(super) fn read_options(options: &[pb::WeightedVoteOption]) -> Result<Vec<(i32, Dec)>, Error> {
    let read = |option: &pb::WeightedVoteOption| {
        let weight = option.weight.parse();
        let weight =
            weight.map_err(|error| super::error::invalid_vote(format!("invalid weight: {error}")))?;
        Ok((option.option, weight))
    };
    options.iter().map(read).collect()
}
