//! The rules by which proposals are decided, and which rules make sense together.
//!
//! Source: SDK x/gov `types/v1/params.go`.

use crate::modules::bank::{Coin, Coins};
use crate::modules::staking::StoredDuration;
use crate::{ChainConfig, Error};
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::{AccAddr, Dec};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The module's parameters; shares are fractions of one.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(default)]
pub struct Params {
    /// What a proposal must hold before it is voted on.
    pub min_deposit: Coins,
    /// How long it may wait for that.
    pub max_deposit_period: StoredDuration,
    /// How long it is voted on.
    pub voting_period: StoredDuration,
    /// Share of the bonded stake that must vote.
    #[serde(with = "crate::json::dec")]
    pub quorum: Dec,
    /// Share of the votes that do not abstain which must be exceeded by yes.
    #[serde(with = "crate::json::dec")]
    pub threshold: Dec,
    /// Share of the votes above which a veto is one.
    #[serde(with = "crate::json::dec")]
    pub veto_threshold: Dec,
    /// Share of the deposit that the proposer brings at once.
    #[serde(with = "crate::json::dec")]
    pub min_initial_deposit_ratio: Dec,
    /// Share of the deposits that a cancelled proposal costs.
    #[serde(with = "crate::json::dec")]
    pub proposal_cancel_ratio: Dec,
    /// Who gets that, bech32; "" burns it.
    pub proposal_cancel_dest: String,
    /// How long an expedited proposal is voted on.
    pub expedited_voting_period: StoredDuration,
    /// The threshold of an expedited proposal.
    #[serde(with = "crate::json::dec")]
    pub expedited_threshold: Dec,
    /// The deposit of an expedited proposal.
    pub expedited_min_deposit: Coins,
    /// Whether deposits are burned where too few vote.
    pub burn_vote_quorum: bool,
    /// Whether deposits are burned where they do not suffice.
    pub burn_proposal_deposit_prevote: bool,
    /// Whether deposits are burned at a veto.
    pub burn_vote_veto: bool,
    /// Share of the deposit that every single deposit must reach; 0 for none.
    #[serde(with = "crate::json::dec")]
    pub min_deposit_ratio: Dec,
}

/// Thousandths.
fn milli(thousandths: i128) -> Dec {
    Dec::from_atomics(thousandths.saturating_mul(1_000_000_000_000_000))
}

fn days(days: u64) -> StoredDuration {
    Duration::from_secs(days.saturating_mul(86_400)).into()
}

impl Default for Params {
    fn default() -> Self {
        Self {
            min_deposit: Coins(vec![Coin::new("stake", 10_000_000)]),
            max_deposit_period: days(2),
            voting_period: days(2),
            quorum: milli(334),
            threshold: milli(500),
            veto_threshold: milli(334),
            min_initial_deposit_ratio: Dec::ZERO,
            proposal_cancel_ratio: milli(500),
            proposal_cancel_dest: String::new(),
            expedited_voting_period: days(1),
            expedited_threshold: milli(667),
            expedited_min_deposit: Coins(vec![Coin::new("stake", 50_000_000)]),
            burn_vote_quorum: false,
            burn_proposal_deposit_prevote: false,
            burn_vote_veto: true,
            min_deposit_ratio: milli(10),
        }
    }
}

/// What a proposal needs, by whether it is in a hurry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms<'a> {
    pub(super) min_deposit: &'a Coins,
    pub(super) voting_period: Duration,
    pub(super) threshold: Dec,
}

impl Params {
    pub(super) fn regular(&self) -> Terms<'_> {
        Terms {
            min_deposit: &self.min_deposit,
            voting_period: self.voting_period.into(),
            threshold: self.threshold,
        }
    }

    pub(super) fn expedited(&self) -> Terms<'_> {
        Terms {
            min_deposit: &self.expedited_min_deposit,
            voting_period: self.expedited_voting_period.into(),
            threshold: self.expedited_threshold,
        }
    }

    /// Checks every field, in the SDK's order and words.
    ///
    /// # Errors
    /// Code 1, codespace `undefined`, as the SDK.
    pub fn validate(&self, chain: &ChainConfig) -> Result<(), Error> {
        self.faults(chain).map_err(Error::unregistered)
    }

    fn faults(&self, chain: &ChainConfig) -> Result<(), String> {
        let (deposit, expedited) = (&self.min_deposit, &self.expedited_min_deposit);
        let is = |holds: bool, fault: &dyn Fn() -> String| if holds { Ok(()) } else { Err(fault()) };
        is(sound(deposit), &|| format!("invalid minimum deposit: {deposit}"))?;
        is(sound(expedited), &|| format!("invalid expedited minimum deposit: {expedited}"))?;
        is(!deposit.covers(expedited), &|| {
            format!("expedited minimum deposit must be greater than minimum deposit: {expedited}")
        })?;
        positive("maximum deposit period", self.max_deposit_period)?;
        is(!self.quorum.is_negative(), &|| format!("quorom cannot be negative: {}", self.quorum))?;
        is(self.quorum <= Dec::ONE, &|| format!("quorom too large: {}", self.quorum))?;
        share("vote threshold", self.threshold)?;
        share("expedited vote threshold", self.expedited_threshold)?;
        is(self.expedited_threshold > self.threshold, &|| {
            let (fast, usual) = (self.expedited_threshold, self.threshold);
            format!("expedited vote threshold {fast}, must be greater than the regular threshold {usual}")
        })?;
        share("veto threshold", self.veto_threshold)?;
        positive("voting period", self.voting_period)?;
        positive("expedited voting period", self.expedited_voting_period)?;
        is(self.expedited_voting_period < self.voting_period, &|| {
            let seconds = |period: StoredDuration| Duration::from(period).as_secs();
            let (fast, usual) = (seconds(self.expedited_voting_period), seconds(self.voting_period));
            format!(
                "expedited voting period {fast}s must be strictly less than the regular voting period {usual}s"
            )
        })?;
        ratio("minimum initial deposit ratio of proposal", self.min_initial_deposit_ratio)?;
        ratio("burn rate of cancel proposal", self.proposal_cancel_ratio)?;
        ratio("mininum deposit ratio of proposal", self.min_deposit_ratio)?;
        let dest = &self.proposal_cancel_dest;
        let known = dest.is_empty() || AccAddr::parse(chain.prefix, dest).is_ok();
        is(known, &|| format!("deposits destination address is invalid: {dest}"))
    }
}

fn sound(coins: &Coins) -> bool {
    !coins.0.is_empty() && coins.is_valid()
}

fn positive(what: &str, period: StoredDuration) -> Result<(), String> {
    if Duration::from(period).is_zero() {
        return Err(format!("{what} must be positive: 0s"));
    }
    if period > StoredDuration::MAX {
        return Err(format!("{what} is longer than 292 years"));
    }
    Ok(())
}

/// Above zero up to one.
fn share(what: &str, value: Dec) -> Result<(), String> {
    if value <= Dec::ZERO {
        return Err(format!("{what} must be positive: {value}"));
    }
    if value > Dec::ONE {
        return Err(format!("{what} too large: {value}"));
    }
    Ok(())
}

/// From zero up to one.
fn ratio(what: &str, value: Dec) -> Result<(), String> {
    if value.is_negative() {
        return Err(format!("{what} must be positive: {value}"));
    }
    if value > Dec::ONE {
        return Err(format!("{what} is too large: {value}"));
    }
    Ok(())
}
