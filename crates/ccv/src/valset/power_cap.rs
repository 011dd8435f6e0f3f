//! No validator over a share of the power: what is over goes to the others. Source: provider spec §3.10.

use alloc::vec::Vec;
use ics_abci::Power;

/// The powers after capping each at `percent` (1 to 100) of their sum, same order; 0 percent caps nothing. `descending`
/// are powers over 0, most first.
///
/// What the capped ones lose is dealt out evenly to the rest, from the greatest down, none over the cap; where the cap
/// cannot be met, all become equal and the sum shrinks. None becomes 0.
#[must_use]
pub fn power_cap(descending: &[Power], percent: u32) -> Vec<Power> {
    if percent == 0 {
        return descending.to_vec();
    }
    let powers: Vec<i128> = descending.iter().copied().map(i128::from).collect();
    let sum: i128 = powers.iter().sum();
    let max = sum.saturating_mul(i128::from(percent)).checked_div(100).unwrap_or(sum).max(1);
    let mut rest: i128 = powers.iter().map(|power| power.saturating_sub(max).max(0)).sum();
    let mut takers: i128 = powers.iter().filter(|power| **power < max).map(|_| 1).sum();
    let mut capped = Vec::with_capacity(powers.len());
    for power in powers {
        let each = rest.checked_div(takers).unwrap_or(0);
        let next = if power >= max { max } else { power.saturating_add(each).min(max) };
        if power < max {
            rest = rest.saturating_sub(next.saturating_sub(power));
            takers = takers.saturating_sub(1);
        }
        // Only where nobody is over a cap beyond 64 bits is a power given that great a limit, and then it stays.
        capped.push(Power::try_from(next).unwrap_or(Power::MAX));
    }
    capped
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use core::cmp::Reverse;
    use proptest::prelude::*;

    #[test]
    fn the_excess_is_dealt_out_from_the_greatest_down() {
        for (powers, percent, expected) in [
            (vec![100, 1, 1, 1], 30, vec![30, 24, 24, 25]),
            (vec![5, 4, 3, 2, 1], 34, vec![5, 4, 3, 2, 1]),
            (vec![5, 1, 1], 33, vec![2, 2, 2]),
            (vec![1], 1, vec![1]),
            (vec![7, 7, 7], 0, vec![7, 7, 7]),
            (vec![], 10, vec![]),
        ] {
            assert_eq!(power_cap(&powers, percent), expected, "{powers:?} at {percent}");
        }
    }

    fn powers() -> impl Strategy<Value = Vec<Power>> {
        let power = prop_oneof![1_i64..6, 1_i64..1_000_000, (i64::MAX / 8 - 3)..=(i64::MAX / 8)];
        proptest::collection::vec(power, 0..40).prop_map(|mut powers| {
            powers.sort_by_key(|power| Reverse(*power));
            powers
        })
    }

    proptest! {
        #[test]
        fn nobody_is_over_the_cap_nothing_is_lost_and_the_order_stays(powers in powers(), percent in 1_u32..=100) {
            let capped = power_cap(&powers, percent);
            let sum = |powers: &[Power]| -> i128 { powers.iter().map(|power| i128::from(*power)).sum() };
            let max = (sum(&powers) * i128::from(percent) / 100).max(1);
            prop_assert_eq!(capped.len(), powers.len());
            prop_assert!(capped.iter().all(|power| *power >= 1 && i128::from(*power) <= max));
            if sum(&powers) <= max * i128::try_from(powers.len()).unwrap() {
                prop_assert_eq!(sum(&capped), sum(&powers), "the cap can be met");
            } else {
                prop_assert!(capped.iter().all(|power| i128::from(*power) == max), "all equal");
            }
            for (after, before) in capped.windows(2).zip(powers.windows(2)) {
                prop_assert!(before[0] == before[1] || after[0] >= after[1], "who had more has no less");
            }
        }
    }
}
