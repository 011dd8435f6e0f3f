//! Who of the provider's validators are a consumer's, and with which power: the order of the steps is the rule.
//!
//! Candidates → cut to the active → opted in or bound by Top N → lists and minimum stake → priority and power order →
//! set cap → power cap. Source: provider spec §3.7.

use super::power_cap;
use crate::id::ProviderAddr;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::cmp::Reverse;
use ics_abci::Power;

/// How a set is shaped, as computation needs it: lists are ascending, each address once.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Shape {
    /// Percent of the provider's power that must validate; 0 for opt-in.
    pub top_n: u32,
    /// Most percent of the set's power that one validator may have; 0 for any.
    pub power_cap: u32,
    /// Most validators; 0 for any number; without effect on a Top N chain.
    pub set_cap: u32,
    /// Least stake, in tokens' smallest unit.
    pub min_stake: u64,
    /// Whether validators outside the provider's own set may validate.
    pub allow_inactive: bool,
    /// Who may validate; empty for everybody.
    pub allowed: Vec<ProviderAddr>,
    /// Who may not.
    pub denied: Vec<ProviderAddr>,
    /// Who comes first when the set is cut.
    pub preferred: Vec<ProviderAddr>,
}

/// A bonded validator of the provider, and whether it opted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who it is.
    pub addr: ProviderAddr,
    /// Its power on the provider, over 0.
    pub power: Power,
    /// Its bonded tokens, smallest unit.
    pub bonded_tokens: u128,
    /// Whether it opted in.
    pub opted_in: bool,
}

/// The set: who is in it, with which power, in the order of the shape's priority. Equal candidates keep their order.
///
/// `candidates` come with most tokens first; `active_max` of them may validate where inactive ones may not. Who has
/// `min_power` is bound by Top N; `None` binds nobody.
#[must_use]
pub fn shape(
    candidates: &[Candidate],
    shape: &Shape,
    active_max: usize,
    min_power: Option<Power>,
) -> Vec<(ProviderAddr, Power)> {
    let allowed_max = if shape.allow_inactive { candidates.len() } else { active_max };
    let mut set: Vec<(bool, ProviderAddr, Power)> = candidates
        .iter()
        .take(allowed_max)
        .filter(|of| of.opted_in || min_power.is_some_and(|min| of.power >= min))
        .filter(|of| shape.admits(of))
        .map(|of| (shape.preferred.binary_search(&of.addr).is_ok(), of.addr, of.power))
        .collect();
    set.sort_by_key(|(preferred, _, power)| Reverse((*preferred, *power)));
    if shape.top_n == 0 && shape.set_cap != 0 {
        set.truncate(usize::try_from(shape.set_cap).unwrap_or(usize::MAX));
    }
    if shape.power_cap == 0 {
        return set.into_iter().map(|(_, addr, power)| (addr, power)).collect();
    }
    set.sort_by_key(|(_, _, power)| Reverse(*power));
    let powers: Vec<Power> = set.iter().map(|(_, _, power)| *power).collect();
    let capped = power_cap(&powers, shape.power_cap);
    set.into_iter().zip(capped).map(|((_, addr, _), power)| (addr, power)).collect()
}

impl Shape {
    /// Whether the lists and the minimum stake let a candidate in.
    fn admits(&self, candidate: &Candidate) -> bool {
        let addr = &candidate.addr;
        (self.allowed.is_empty() || self.allowed.binary_search(addr).is_ok())
            && self.denied.binary_search(addr).is_err()
            && candidate.bonded_tokens >= u128::from(self.min_stake)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use ics_abci::ConsAddr;
    use proptest::prelude::*;

    fn addr(n: u8) -> ProviderAddr {
        ProviderAddr(ConsAddr([n; 20]))
    }

    fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
        let power = prop_oneof![1_i64..5, (i64::MAX / 8 - 3)..=(i64::MAX / 8)];
        proptest::collection::vec((power, 0_u128..5, any::<bool>()), 0..14).prop_map(|list| {
            let of = |(n, (power, bonded_tokens, opted_in))| Candidate {
                addr: addr(n),
                power,
                bonded_tokens,
                opted_in,
            };
            (0_u8..).zip(list).map(of).collect()
        })
    }

    fn shapes() -> impl Strategy<Value = Shape> {
        let list = || {
            proptest::collection::btree_set(0_u8..14, 0..5)
                .prop_map(|list| list.into_iter().map(addr).collect())
        };
        let caps =
            (prop_oneof![Just(0_u32), Just(50), Just(100)], 0_u32..=100, 0_u32..6, 0_u64..5, any::<bool>());
        (caps, list(), list(), list()).prop_map(|(caps, allowed, denied, preferred)| Shape {
            top_n: caps.0,
            power_cap: caps.1,
            set_cap: caps.2,
            min_stake: caps.3,
            allow_inactive: caps.4,
            allowed,
            denied,
            preferred,
        })
    }

    /// Why a candidate is in or out, one condition after the other, without sorting anything.
    fn is_in(
        all: &[Candidate],
        of: &Candidate,
        shape: &Shape,
        active_max: usize,
        min_power: Option<Power>,
    ) -> bool {
        let passes = |of: &Candidate| {
            let rank = all.iter().position(|other| other.addr == of.addr).unwrap();
            let may = shape.allow_inactive || rank < active_max;
            let wants = of.opted_in || min_power.is_some_and(|min| of.power >= min);
            may && wants
                && (shape.allowed.is_empty() || shape.allowed.contains(&of.addr))
                && !shape.denied.contains(&of.addr)
                && of.bonded_tokens >= u128::from(shape.min_stake)
        };
        let key = |of: &Candidate| (shape.preferred.contains(&of.addr), of.power);
        let position = |of: &Candidate| all.iter().position(|other| other.addr == of.addr);
        let ahead = all
            .iter()
            .filter(|other| passes(other))
            .filter(|other| key(other) > key(of) || (key(other) == key(of) && position(other) < position(of)))
            .count();
        let room = if shape.top_n == 0 && shape.set_cap > 0 {
            usize::try_from(shape.set_cap).unwrap()
        } else {
            usize::MAX
        };
        passes(of) && ahead < room
    }

    proptest! {
        #[test]
        fn who_is_in_is_who_meets_every_condition(
            candidates in candidates(), shape in shapes(), active_max in 0_usize..14, min in 1_i64..6,
        ) {
            let min_power = (shape.top_n > 0).then_some(min);
            let set = super::shape(&candidates, &shape, active_max, min_power);
            let found: BTreeSet<ProviderAddr> = set.iter().map(|(addr, _)| *addr).collect();
            let expected: BTreeSet<ProviderAddr> = candidates
                .iter()
                .filter(|of| is_in(&candidates, of, &shape, active_max, min_power))
                .map(|of| of.addr)
                .collect();
            prop_assert_eq!(found.len(), set.len());
            prop_assert_eq!(found, expected);
            let mut before: Vec<Power> = candidates.iter().filter(|of| set.iter().any(|(addr, _)| *addr == of.addr)).map(|of| of.power).collect();
            before.sort_by_key(|power| Reverse(*power));
            let mut after: Vec<Power> = set.iter().map(|(_, power)| *power).collect();
            let mut capped = power_cap(&before, shape.power_cap);
            after.sort_unstable();
            capped.sort_unstable();
            prop_assert_eq!(after, capped);
        }
    }
}
