//! Who wins: the stake behind the votes. A delegator's vote counts in place of his validators' for his share.
//!
//! Source: SDK x/gov `keeper/tally.go`.

use super::error;
use super::params::Params;
use super::proposal::{Proposal, Tally};
use super::state::{self, VOTES};
use super::vote::{VoteOption, WeightedOption};
use crate::Error;
use crate::ibc::View;
use crate::modules::staking::{self, Validator};
use ics_abci::{AccAddr, Dec};
use std::collections::BTreeMap;

/// The validators whose stake counts, as a role chooses them.
pub type Electorate = fn(&dyn View) -> Result<Vec<Validator>, Error>;

/// The electorate of a chain whose own stake makes its set: all bonded validators.
///
/// # Errors
/// Corrupt state.
pub fn all_bonded(view: &dyn View) -> Result<Vec<Validator>, Error> {
    Ok(staking::bonded(view.state())?.into_iter().map(|bonded| bonded.validator).collect())
}

/// The electorate of a chain without stake: nobody, so that no proposal passes.
///
/// # Errors
/// None.
pub fn nobody(_: &dyn View) -> Result<Vec<Validator>, Error> {
    Ok(Vec::new())
}

/// What the votes mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is accepted.
    Passes,
    /// It is not; deposits come back.
    Fails,
    /// It is not, and deposits burn.
    FailsAndBurns,
}

/// A validator, while votes are counted.
struct Member {
    tokens: i128,
    shares: Dec,
    /// Shares of those delegators who voted themselves.
    voted: Dec,
    vote: Vec<WeightedOption>,
}

/// Power for each option, and their sum.
#[derive(Default)]
struct Count {
    by_option: BTreeMap<i32, Dec>,
    sum: Option<Dec>,
}

impl Count {
    fn add(&mut self, power: Dec, options: &[WeightedOption]) -> Result<(), Error> {
        for option in options {
            let part = power.times(option.weight).map_err(error::arithmetic)?;
            let number = option.option.to_proto();
            let sum = self.of_number(number).plus(part).map_err(error::arithmetic)?;
            self.by_option.insert(number, sum);
        }
        self.sum = Some(self.sum().plus(power).map_err(error::arithmetic)?);
        Ok(())
    }

    fn of_number(&self, number: i32) -> Dec {
        self.by_option.get(&number).copied().unwrap_or(Dec::ZERO)
    }

    fn of(&self, option: VoteOption) -> Dec {
        self.of_number(option.to_proto())
    }

    fn sum(&self) -> Dec {
        self.sum.unwrap_or(Dec::ZERO)
    }

    fn whole(&self) -> Result<Tally, Error> {
        let whole = |option| {
            let tokens = self.of(option).truncate().map_err(error::arithmetic)?;
            Ok::<u128, Error>(u128::try_from(tokens).unwrap_or(0))
        };
        Ok(Tally {
            yes: whole(VoteOption::Yes)?,
            abstain: whole(VoteOption::Abstain)?,
            no: whole(VoteOption::No)?,
            no_with_veto: whole(VoteOption::NoWithVeto)?,
        })
    }
}

impl Member {
    /// Tokens behind shares: first multiplied, as the SDK, unless that does not fit.
    fn power(&self, shares: Dec) -> Result<Dec, Error> {
        if self.shares.is_zero() {
            return Ok(Dec::ZERO);
        }
        let first = shares.mul_int(self.tokens).and_then(|product| product.quo(self.shares));
        first
            .or_else(|_| shares.quo(self.shares).and_then(|part| part.mul_int(self.tokens)))
            .map_err(error::arithmetic)
    }
}

/// Counts the votes on a proposal. Reads each vote and the voter's delegations once.
pub(super) fn tally(view: &dyn View, proposal: &Proposal) -> Result<(Verdict, Tally), Error> {
    let state = view.state();
    let mut members = BTreeMap::new();
    let mut bonded = 0_u128;
    for validator in (view.chain().electorate)(view)? {
        bonded = bonded.saturating_add(validator.tokens);
        let tokens = i128::try_from(validator.tokens).unwrap_or(i128::MAX);
        let member = Member { tokens, shares: validator.shares, voted: Dec::ZERO, vote: Vec::new() };
        members.insert(validator.operator.0, member);
    }
    let mut count = Count::default();
    for entry in VOTES.under(state, &proposal.id) {
        let ((_, voter), vote) = entry?;
        if let Some(member) = members.get_mut(&voter) {
            member.vote.clone_from(&vote.options);
        }
        for entry in staking::delegations_of(state, &AccAddr(voter)) {
            let (operator, shares) = entry?;
            let Some(member) = members.get_mut(&operator.0) else { continue };
            member.voted = member.voted.plus(shares).map_err(error::arithmetic)?;
            count.add(member.power(shares)?, &vote.options)?;
        }
    }
    for member in members.values().filter(|member| !member.vote.is_empty()) {
        let rest = member.shares.minus(member.voted).map_err(error::arithmetic)?;
        count.add(member.power(rest)?, &member.vote)?;
    }
    let params = state::params(state)?;
    Ok((verdict(&count, bonded, &params, proposal.terms(&params).threshold)?, count.whole()?))
}

fn verdict(count: &Count, bonded: u128, params: &Params, threshold: Dec) -> Result<Verdict, Error> {
    let burns = |burns: bool| if burns { Verdict::FailsAndBurns } else { Verdict::Fails };
    if bonded == 0 {
        return Ok(Verdict::Fails);
    }
    let share = |part: Dec, of: Dec| part.quo(of).map_err(error::arithmetic);
    let turnout = share(count.sum(), Dec::from_uint(bonded).map_err(error::arithmetic)?)?;
    if turnout < params.quorum {
        return Ok(burns(params.burn_vote_quorum));
    }
    let decided = count.sum().minus(count.of(VoteOption::Abstain)).map_err(error::arithmetic)?;
    if decided.is_zero() {
        return Ok(Verdict::Fails);
    }
    if share(count.of(VoteOption::NoWithVeto), count.sum())? > params.veto_threshold {
        return Ok(burns(params.burn_vote_veto));
    }
    if share(count.of(VoteOption::Yes), decided)? > threshold {
        return Ok(Verdict::Passes);
    }
    Ok(Verdict::Fails)
}
