//! The time of a block: the power-weighted median of the times at which the block before was voted for.
//!
//! Source: CometBFT 0.38 `state/state.go` (`MedianTime`), `types/time/time.go` (`WeightedMedian`).

use ics_abci::{Power, Time};

/// The weighted median; the earliest time such that at least half of the power voted no later. `None` without votes.
#[must_use]
pub fn weighted(votes: &[(Time, Power)]) -> Option<Time> {
    let mut votes = votes.to_vec();
    votes.sort_by_key(|(time, _)| *time);
    let total = votes.iter().fold(0_i64, |sum, (_, power)| sum.saturating_add(*power));
    let mut left = total / 2;
    for (time, power) in votes {
        if left <= power {
            return Some(time);
        }
        left = left.saturating_sub(power);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_power_decides_the_time() {
        let at = |seconds| Time::new(seconds, 0).unwrap();
        let median = |votes: &[(i64, i64)]| {
            weighted(&votes.iter().map(|(seconds, power)| (at(*seconds), *power)).collect::<Vec<_>>())
        };
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[(7, 1)]), Some(at(7)));
        assert_eq!(median(&[(9, 10), (5, 10)]), Some(at(5)));
        assert_eq!(median(&[(9, 11), (5, 10)]), Some(at(5)));
        assert_eq!(median(&[(9, 12), (5, 10)]), Some(at(9)));
        assert_eq!(median(&[(1, 33), (2, 33), (100, 34)]), Some(at(2)));
        assert_eq!(median(&[(1, 10), (2, 10), (100, 80)]), Some(at(100)));
    }
}
