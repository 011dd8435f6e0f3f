//! Whom Top N binds: the validators with most power that together hold N percent. Source: provider spec §3.4.

use alloc::vec::Vec;
use core::cmp::Reverse;
use ics_abci::Power;

/// Twice the 18th digit's weight in percent: quotients are rounded to it, half to even, before they are compared.
const ROUNDED: i128 = 20_000_000_000_000_000;

/// The least power that still belongs to the top `percent` (1 to 100) of `powers`, any order; equal powers stand and
/// fall together. `None` where there is no power, or no such percentage.
///
/// It is the first power, from the greatest down, with which the sum reaches the percentage of the total, both quotients
/// rounded to 18 digits: `sum / total` may miss N percent by half of the last digit.
#[must_use]
pub fn min_power(powers: &[Power], percent: u32) -> Option<Power> {
    if !(1..=100).contains(&percent) {
        return None;
    }
    let total: i128 = powers.iter().copied().map(i128::from).sum();
    let mut descending: Vec<Power> = powers.iter().copied().filter(|power| *power > 0).collect();
    descending.sort_by_key(|power| Reverse(*power));
    let mut sum = 0_i128;
    descending.into_iter().find(|power| {
        sum = sum.saturating_add(i128::from(*power));
        let missing = total.saturating_mul(i128::from(percent)).saturating_sub(sum.saturating_mul(100));
        missing <= 0 || total.checked_div(missing).is_some_and(|share| share >= ROUNDED)
    })
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_sum_decides_and_ties_stand_together() {
        for (powers, percent, expected) in [
            (vec![10, 6, 5, 3, 1], 100, Some(1)),
            (vec![1, 3, 5, 6, 10], 85, Some(3)),
            (vec![10, 6, 5, 3, 1], 65, Some(5)),
            (vec![10, 6, 5, 3, 1], 50, Some(6)),
            (vec![1, 1, 1, 1], 50, Some(1)),
            (vec![5, 5], 50, Some(5)),
            (vec![1], 50, Some(1)),
            (vec![1], 100, Some(1)),
            (vec![0, 0], 50, None),
            (vec![], 100, None),
            (vec![7], 0, None),
            (vec![7], 101, None),
        ] {
            assert_eq!(min_power(&powers, percent), expected, "{powers:?} at {percent}");
        }
    }

    /// `round_half_even(sum / total, 18 digits) >= percent / 100`, by long division.
    fn reaches(sum: i128, total: i128, percent: u32) -> bool {
        let one = 1_000_000_000_000_000_000_i128;
        let (mut quotient, mut rest) = (0_i128, sum);
        // Digit by digit, so that nothing overflows.
        let whole = rest / total;
        rest %= total;
        for _ in 0..18 {
            rest *= 10;
            quotient = quotient * 10 + rest / total;
            rest %= total;
        }
        quotient += whole * one;
        if rest * 2 > total || (rest * 2 == total && quotient % 2 == 1) {
            quotient += 1;
        }
        quotient >= i128::from(percent) * (one / 100)
    }

    fn powers() -> impl Strategy<Value = Vec<Power>> {
        let power = prop_oneof![1_i64..6, 1_i64..1_000_000, (i64::MAX / 8 - 3)..=(i64::MAX / 8)];
        proptest::collection::vec(power, 1..40)
    }

    proptest! {
        #[test]
        fn it_is_the_greatest_power_whose_followers_reach_the_share(powers in powers(), percent in 50_u32..=100) {
            let total: i128 = powers.iter().map(|power| i128::from(*power)).sum();
            let at_least = |min: Power| powers.iter().filter(|power| **power >= min).map(|power| i128::from(*power)).sum();
            let expected = powers.iter().copied().filter(|min| reaches(at_least(*min), total, percent)).max();
            prop_assert_eq!(min_power(&powers, percent), expected);
        }
    }
}
