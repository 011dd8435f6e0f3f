//! A validator and its arithmetic: tokens to shares and back, tokens to power.

use super::error::{arithmetic, bad_exchange_rate, insufficient_shares};
use crate::Error;
use crate::modules::bank::is_denom;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::{ConsKey, Dec, Height, Power, Time, ValAddr};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::time::Duration;

/// Tokens for one unit of power.
pub const POWER_REDUCTION: u128 = 1_000_000;

/// The power of so many tokens; what engines cannot count is counted as their most.
#[must_use]
pub fn power_of(tokens: u128) -> Power {
    Power::try_from(tokens.div_euclid(POWER_REDUCTION)).unwrap_or(Power::MAX)
}

/// The module's parameters.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(default)]
pub struct Params {
    /// How long stake stays liable after it was withdrawn, nanoseconds inside.
    pub unbonding_time: StoredDuration,
    /// Most bonded validators.
    pub max_validators: u32,
    /// Most unbondings of one delegator from one validator at a time.
    pub max_entries: u32,
    /// How many headers are kept for others.
    pub historical_entries: u32,
    /// The denomination that is staked.
    pub bond_denom: String,
    /// Least commission of a validator, a decimal.
    pub min_commission_rate: String,
}

/// A duration as stored: nanoseconds. In JSON as the SDK writes it, e.g. `"86400s"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct StoredDuration(u128);

impl StoredDuration {
    /// The longest that others can read: 63 bits of nanoseconds, some 292 years. No such time after a block's leaves the
    /// calendar, so that sums of both cannot fail.
    pub(crate) const MAX: Self = Self(9_223_372_036_854_775_807);
}

impl From<Duration> for StoredDuration {
    fn from(duration: Duration) -> Self {
        Self(duration.as_nanos())
    }
}

impl From<StoredDuration> for Duration {
    fn from(stored: StoredDuration) -> Self {
        let nanos = u32::try_from(stored.0.rem_euclid(1_000_000_000)).unwrap_or(0);
        Self::new(u64::try_from(stored.0.div_euclid(1_000_000_000)).unwrap_or(u64::MAX), nanos)
    }
}

impl Serialize for StoredDuration {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        crate::json::duration::serialize(&(*self).into(), to)
    }
}

impl<'de> Deserialize<'de> for StoredDuration {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        crate::json::duration::deserialize(from).map(Into::into)
    }
}

impl Default for Params {
    fn default() -> Self {
        Self {
            unbonding_time: Duration::from_secs(21 * 86_400).into(),
            max_validators: 100,
            max_entries: 7,
            historical_entries: 10_000,
            bond_denom: "stake".to_owned(),
            min_commission_rate: Dec::ZERO.to_string(),
        }
    }
}

impl Params {
    /// Checks every field.
    ///
    /// # Errors
    /// Code 1, codespace `undefined`, in the SDK's words.
    pub fn validate(&self) -> Result<(), Error> {
        let is = |holds: bool, fault: &str| if holds { Ok(()) } else { Err(Error::unregistered(fault)) };
        is(self.unbonding_time > StoredDuration(0), "unbonding time must be positive: 0")?;
        is(self.unbonding_time <= StoredDuration::MAX, "unbonding time is longer than 292 years")?;
        is(self.max_validators > 0, "max validators must be positive: 0")?;
        is(self.max_entries > 0, "max entries must be positive: 0")?;
        is(!self.bond_denom.trim().is_empty(), "bond denom cannot be blank")?;
        is(is_denom(&self.bond_denom), &format!("invalid denom: {}", self.bond_denom))?;
        let rate: Dec = self
            .min_commission_rate
            .parse()
            .map_err(|_| Error::unregistered("minimum commission rate must be a decimal"))?;
        is(!rate.is_negative(), &format!("minimum commission rate cannot be negative: {rate}"))?;
        is(rate <= Dec::ONE, &format!("minimum commission rate cannot be greater than 100%: {rate}"))
    }

    /// Least commission of a validator.
    #[must_use]
    pub fn min_commission(&self) -> Dec {
        self.min_commission_rate.parse().unwrap_or(Dec::ZERO)
    }
}

/// Whether a validator's stake is bonded. The numbers are those of protobuf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Status {
    /// Not, and free.
    Unbonded,
    /// Not any more, but still liable.
    Unbonding,
    /// It is.
    Bonded,
}

impl Status {
    /// As protobuf counts.
    #[must_use]
    pub const fn to_proto(self) -> i32 {
        match self {
            Self::Unbonded => 1,
            Self::Unbonding => 2,
            Self::Bonded => 3,
        }
    }

    /// As protobuf and JSON name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unbonded => "BOND_STATUS_UNBONDED",
            Self::Unbonding => "BOND_STATUS_UNBONDING",
            Self::Bonded => "BOND_STATUS_BONDED",
        }
    }
}

/// What a validator says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(default)]
pub struct Description {
    /// Its name for humans, at most 70 bytes.
    pub moniker: String,
    /// Its identity elsewhere, at most 3,000 bytes.
    pub identity: String,
    /// At most 140 bytes.
    pub website: String,
    /// Whom to tell of a hole, at most 140 bytes.
    pub security_contact: String,
    /// At most 280 bytes.
    pub details: String,
}

/// What a validator takes for its work, as fractions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Commission {
    /// Now.
    pub rate: Dec,
    /// At most, ever.
    pub max_rate: Dec,
    /// More at most within a day.
    pub max_change_rate: Dec,
    /// When it changed last.
    pub updated: Time,
}

/// A validator.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Validator {
    /// Its operator.
    pub operator: ValAddr,
    /// The key with which it signs blocks.
    pub key: ConsKey,
    /// Whether it is kept out of the set.
    pub jailed: bool,
    /// Whether its stake is bonded.
    pub status: Status,
    /// Its stake, smallest unit.
    pub tokens: u128,
    /// Shares of all its delegations.
    pub shares: Dec,
    /// What it says of itself.
    pub description: Description,
    /// Where it began to unbond last.
    pub unbonding_height: Height,
    /// When it is unbonded, if it is unbonding.
    pub unbonding_time: Time,
    /// What it takes.
    pub commission: Commission,
    /// Below this stake of its own it is jailed.
    pub min_self_delegation: u128,
}

impl Validator {
    /// The power that it would have in the set.
    #[must_use]
    pub fn potential_power(&self) -> Power {
        power_of(self.tokens)
    }

    /// The power that it has by its stake: 0 unless bonded.
    #[must_use]
    pub fn power(&self) -> Power {
        if self.status == Status::Bonded { self.potential_power() } else { 0 }
    }

    /// The pool that its stake lies in.
    #[must_use]
    pub fn pool(&self) -> &'static str {
        if self.status == Status::Bonded { super::BONDED_POOL } else { super::NOT_BONDED_POOL }
    }

    /// Adds stake; gives the shares for it: one for one at first, else at the rate of the others.
    pub(super) fn add_tokens(&mut self, amount: u128) -> Result<Dec, Error> {
        if self.tokens == 0 && !self.shares.is_zero() {
            return Err(bad_exchange_rate());
        }
        let issued = if self.shares.is_zero() {
            Dec::from_uint(amount).map_err(arithmetic)?
        } else {
            self.shares_of(amount)?
        };
        let too_much = || Error::invalid_coins("more stake than fits into 128 bits");
        let tokens = self.tokens.checked_add(amount).ok_or_else(too_much)?;
        // Tokens are multiplied as signed numbers below.
        i128::try_from(tokens).map_err(|_| too_much())?;
        self.shares = self.shares.plus(issued).map_err(arithmetic)?;
        self.tokens = tokens;
        Ok(issued)
    }

    /// Removes shares; gives the tokens that they were worth, rounded down. The last shares take all that is left.
    pub(super) fn remove_shares(&mut self, shares: Dec) -> Result<u128, Error> {
        let left = self.shares.minus(shares).map_err(arithmetic)?;
        if left.is_negative() {
            return Err(super::error::not_enough_shares());
        }
        let issued = if left.is_zero() { self.tokens } else { self.tokens_of(shares)?.min(self.tokens) };
        self.tokens = self.tokens.saturating_sub(issued);
        self.shares = left;
        Ok(issued)
    }

    /// Tokens that shares are worth, rounded down.
    pub(super) fn tokens_of(&self, shares: Dec) -> Result<u128, Error> {
        let tokens = self.signed_tokens()?;
        if self.shares.is_zero() {
            return Ok(0);
        }
        let worth =
            shares.mul_int(tokens).and_then(|product| product.quo(self.shares)).and_then(Dec::truncate);
        Ok(u128::try_from(worth.map_err(arithmetic)?).unwrap_or(0))
    }

    /// Shares for so many tokens, rounded down.
    pub(super) fn shares_of(&self, amount: u128) -> Result<Dec, Error> {
        if self.tokens == 0 {
            return Err(insufficient_shares());
        }
        let amount =
            i128::try_from(amount).map_err(|_| Error::invalid_coins("more stake than fits into 128 bits"))?;
        let tokens = Dec::from_uint(self.tokens).map_err(arithmetic)?;
        self.shares.mul_int(amount).and_then(|product| product.quo_truncate(tokens)).map_err(arithmetic)
    }

    fn signed_tokens(&self) -> Result<i128, Error> {
        i128::try_from(self.tokens).map_err(|_| Error::invalid_coins("more stake than fits into 128 bits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validator() -> Validator {
        Validator {
            operator: ValAddr(vec![1; 20]),
            key: ConsKey::Ed25519([1; 32]),
            jailed: false,
            status: Status::Unbonded,
            tokens: 0,
            shares: Dec::ZERO,
            description: Description::default(),
            unbonding_height: Height(0),
            unbonding_time: Time::UNIX_EPOCH,
            commission: Commission {
                rate: Dec::ZERO,
                max_rate: Dec::ZERO,
                max_change_rate: Dec::ZERO,
                updated: Time::UNIX_EPOCH,
            },
            min_self_delegation: 1,
        }
    }

    fn dec(text: &str) -> Dec {
        text.parse().unwrap()
    }

    #[test]
    fn shares_follow_the_rate_and_the_last_ones_take_what_is_left() {
        let mut val = validator();
        assert_eq!(val.add_tokens(3_000_000), Ok(dec("3000000")));
        assert_eq!(val.add_tokens(7), Ok(dec("7")));
        // As after a slash of one third.
        val.tokens = 2_000_000;
        assert_eq!(val.add_tokens(1_000_000), Ok(dec("1500003.5")));
        assert_eq!(val.tokens_of(dec("1500003.5")), Ok(1_000_000));
        assert_eq!(val.remove_shares(dec("1")), Ok(0));
        let rest = val.shares;
        assert_eq!(val.remove_shares(rest), Ok(3_000_000));
        assert_eq!((val.tokens, val.shares), (0, Dec::ZERO));
    }

    #[test]
    fn nobody_delegates_to_shares_that_are_worth_nothing() {
        let mut val = validator();
        val.shares = dec("1");
        assert_eq!(val.add_tokens(1), Err(bad_exchange_rate()));
        assert_eq!(val.remove_shares(dec("2")), Err(super::super::error::not_enough_shares()));
    }

    #[test]
    fn power_counts_whole_millions() {
        assert_eq!([power_of(999_999), power_of(1_000_000), power_of(1_999_999)], [0, 1, 1]);
        assert_eq!(power_of(u128::MAX), Power::MAX);
    }
}
