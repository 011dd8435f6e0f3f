//! The validator set: who signs, with which power, and whose turn it is to propose.
//!
//! Journey: `finalize_block` returns updates at H → [`ValidatorSet::next`] makes the set of H+2 from that of H+1.
//! Source: CometBFT 0.38 `types/validator_set.go`.

use crate::merkle;
use ics_abci::{ConsAddr, ConsKey, Power, ValUpdate};
use prost::Message;
use std::collections::BTreeMap;
use tendermint_proto::v0_38::crypto::{PublicKey, public_key::Sum};
use tendermint_proto::v0_38::types::SimpleValidator;

/// The most power that a set may have together: an eighth of the greatest 64-bit number, so that priorities, which
/// grow to a small multiple of it, cannot overflow.
pub const TOTAL_POWER_MAX: Power = i64::MAX / 8;

/// Priorities span at most this many times the total power.
const PRIORITY_WINDOW: i128 = 2;

/// A member of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validator {
    /// The key that signs.
    pub key: ConsKey,
    /// The address of the key.
    pub addr: ConsAddr,
    /// Its power, 1 or more.
    pub power: Power,
    /// Its claim to be the next proposer; the greatest wins.
    pub priority: i64,
}

/// A set that is not empty, ordered by power (greatest first) and address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorSet {
    validators: Vec<Validator>,
    total: Power,
    hash: merkle::Hash,
    proposer: ConsAddr,
}

/// Why updates do not apply to a set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// Two updates for one key.
    #[error("duplicate entry for validator {0:?}")]
    Duplicate(ConsAddr),
    /// Power below zero.
    #[error("voting power can't be negative: {power} of validator {addr:?}")]
    Negative {
        /// Whose.
        addr: ConsAddr,
        /// The power asked for.
        power: Power,
    },
    /// Power, alone or together, above [`TOTAL_POWER_MAX`].
    #[error("total voting power of the resulting set exceeds {TOTAL_POWER_MAX}")]
    Overflow,
    /// Removing who is not there.
    #[error("failed to find validator {0:?} to remove")]
    NotFound(ConsAddr),
    /// Nobody would be left.
    #[error("applying the validator changes would result in empty set")]
    Empty,
    /// A key of a kind that the chain's parameters do not allow.
    #[error("validator {addr:?} is using pubkey {kind}, which is unsupported for consensus")]
    KeyType {
        /// Whose.
        addr: ConsAddr,
        /// The kind of the key.
        kind: &'static str,
    },
}

impl ValidatorSet {
    /// The first set of a chain, with the first proposer chosen.
    ///
    /// # Errors
    /// [`SetError`] where the members are no set; a removal counts as [`SetError::NotFound`].
    pub fn genesis(members: &[ValUpdate]) -> Result<Self, SetError> {
        if members.is_empty() {
            return Err(SetError::Empty);
        }
        Self { validators: Vec::new(), total: 0, hash: [0; 32], proposer: ConsAddr([0; 20]) }.next(members)
    }

    /// The set after this one: with these updates, and the turn passed on once.
    ///
    /// # Errors
    /// [`SetError`] where the updates do not apply; see its members.
    pub fn next(&self, updates: &[ValUpdate]) -> Result<Self, SetError> {
        let mut next = self.clone();
        if !updates.is_empty() {
            next.update(updates)?;
        }
        next.rotate();
        Ok(next)
    }

    /// The members, by power (greatest first) and address.
    #[must_use]
    pub fn validators(&self) -> &[Validator] {
        &self.validators
    }

    /// The power of all members together.
    #[must_use]
    pub const fn total_power(&self) -> Power {
        self.total
    }

    /// The hash that headers carry.
    #[must_use]
    pub const fn hash(&self) -> merkle::Hash {
        self.hash
    }

    /// Whose turn it is.
    #[must_use]
    pub const fn proposer(&self) -> ConsAddr {
        self.proposer
    }

    /// The member with this address.
    #[must_use]
    pub fn get(&self, addr: &ConsAddr) -> Option<&Validator> {
        self.validators.iter().find(|validator| validator.addr == *addr)
    }

    /// The set of stored parts; `None` where they are no set that this module makes.
    pub(crate) fn restore(
        members: &[(ConsKey, Power)],
        priorities: &[i64],
        proposer: ConsAddr,
    ) -> Option<Self> {
        if members.is_empty() || members.len() != priorities.len() {
            return None;
        }
        let validators: Vec<_> = members
            .iter()
            .zip(priorities)
            .map(|((key, power), priority)| Validator {
                key: *key,
                addr: key.address(),
                power: *power,
                priority: *priority,
            })
            .collect();
        let total = total(&validators).ok()?;
        let ordered = validators.is_sorted_by(|a, b| rank(a) < rank(b));
        let positive = validators.iter().all(|validator| validator.power > 0);
        let member = validators.iter().any(|validator| validator.addr == proposer);
        let hash = hash(&validators);
        (ordered && positive && member).then_some(Self { validators, total, hash, proposer })
    }

    fn update(&mut self, updates: &[ValUpdate]) -> Result<(), SetError> {
        let mut members: BTreeMap<ConsAddr, Validator> =
            self.validators.iter().map(|validator| (validator.addr, *validator)).collect();
        let (changes, removals) = split(updates)?;
        let newcomers = changes.keys().any(|addr| !members.contains_key(addr));
        if !newcomers && removals.len() == members.len() {
            return Err(SetError::Empty);
        }
        let mut removed_power = 0_i128;
        for addr in &removals {
            let gone = members.remove(addr).ok_or(SetError::NotFound(*addr))?;
            removed_power = removed_power.saturating_add(i128::from(gone.power));
        }
        let before = members.clone();
        for (addr, change) in &changes {
            let priority = before.get(addr).map_or(0, |validator| validator.priority);
            members.insert(*addr, Validator { key: change.key, addr: *addr, power: change.power, priority });
        }
        let mut validators: Vec<_> = members.into_values().collect();
        let total = total(&validators)?;

        // A newcomer waits longer than anybody else, so that leaving and joining again gains no turn: minus 1.125
        // times the total, which here still counts those who leave.
        let counted = i128::from(total).saturating_add(removed_power);
        let entry = clip(counted.saturating_add(counted >> 3_u32).saturating_neg());
        for validator in &mut validators {
            if !before.contains_key(&validator.addr) {
                validator.priority = entry;
            }
        }
        self.validators = validators;
        self.total = total;
        self.rescale();
        self.centre();
        self.validators.sort_by_key(rank);
        self.hash = hash(&self.validators);
        Ok(())
    }

    /// Everybody gains its power in priority; the first in line proposes and pays the total.
    fn rotate(&mut self) {
        self.rescale();
        self.centre();
        let mut first: Option<(i64, std::cmp::Reverse<ConsAddr>)> = None;
        for validator in &mut self.validators {
            validator.priority = validator.priority.saturating_add(validator.power);
            first = first.max(Some((validator.priority, std::cmp::Reverse(validator.addr))));
        }
        let Some((_, std::cmp::Reverse(proposer))) = first else { return };
        self.proposer = proposer;
        for validator in &mut self.validators {
            if validator.addr == proposer {
                validator.priority = validator.priority.saturating_sub(self.total);
            }
        }
    }

    /// Divides all priorities so that they span at most twice the total power.
    fn rescale(&mut self) {
        let span_max = i128::from(self.total).saturating_mul(PRIORITY_WINDOW);
        let priorities = || self.validators.iter().map(|validator| i128::from(validator.priority));
        let (Some(max), Some(min)) = (priorities().max(), priorities().min()) else { return };
        let span = max.saturating_sub(min);
        if span_max <= 0 || span <= span_max {
            return;
        }
        let rounded_up = span.saturating_add(span_max).saturating_sub(1);
        let ratio = rounded_up.checked_div(span_max).unwrap_or(1);
        for validator in &mut self.validators {
            let divided = i128::from(validator.priority).checked_div(ratio);
            validator.priority = divided.map_or(validator.priority, clip);
        }
    }

    /// Shifts all priorities so that their mean lies in [0, 1).
    fn centre(&mut self) {
        let sum = self
            .validators
            .iter()
            .fold(0_i128, |sum, validator| sum.saturating_add(i128::from(validator.priority)));
        let count = i128::try_from(self.validators.len()).unwrap_or(i128::MAX);
        let mean = clip(sum.checked_div_euclid(count).unwrap_or(0));
        for validator in &mut self.validators {
            validator.priority = validator.priority.saturating_sub(mean);
        }
    }
}

/// Sorts the updates into changes and removals, refusing what no set could take.
fn split(
    updates: &[ValUpdate],
) -> Result<(BTreeMap<ConsAddr, ValUpdate>, std::collections::BTreeSet<ConsAddr>), SetError> {
    let mut changes = BTreeMap::new();
    let mut removals = std::collections::BTreeSet::new();
    for update in updates {
        let addr = update.key.address();
        if changes.contains_key(&addr) || removals.contains(&addr) {
            return Err(SetError::Duplicate(addr));
        }
        match update.power {
            power if power < 0 => return Err(SetError::Negative { addr, power }),
            power if power > TOTAL_POWER_MAX => return Err(SetError::Overflow),
            0 => {
                removals.insert(addr);
            }
            _ => {
                changes.insert(addr, *update);
            }
        }
    }
    Ok((changes, removals))
}

fn total(validators: &[Validator]) -> Result<Power, SetError> {
    validators
        .iter()
        .try_fold(0_i64, |sum, validator| sum.checked_add(validator.power))
        .filter(|sum| *sum <= TOTAL_POWER_MAX)
        .ok_or(SetError::Overflow)
}

fn rank(validator: &Validator) -> (std::cmp::Reverse<Power>, ConsAddr) {
    (std::cmp::Reverse(validator.power), validator.addr)
}

fn clip(wide: i128) -> i64 {
    i64::try_from(wide).unwrap_or(if wide < 0 { i64::MIN } else { i64::MAX })
}

fn hash(validators: &[Validator]) -> merkle::Hash {
    let leaves: Vec<_> = validators
        .iter()
        .map(|validator| {
            let key = match &validator.key {
                ConsKey::Ed25519(key) => Sum::Ed25519(key.to_vec()),
                ConsKey::Secp256k1(key) => Sum::Secp256k1(key.to_vec()),
            };
            SimpleValidator { pub_key: Some(PublicKey { sum: Some(key) }), voting_power: validator.power }
                .encode_to_vec()
        })
        .collect();
    merkle::root(&leaves)
}
