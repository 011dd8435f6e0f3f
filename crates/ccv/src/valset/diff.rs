//! The difference between two validator sets, by consensus key. Source: provider spec §3.9.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use ics_abci::{ConsKey, Power, ValUpdate};

/// What turns `current` into `next`: for each current key in order, its removal or its new power; then each new key in order.
/// A key that moves to another validator with the same power is no difference.
#[must_use]
pub fn diff(current: &[ValUpdate], next: &[ValUpdate]) -> Vec<ValUpdate> {
    let powers = |set: &[ValUpdate]| -> BTreeMap<ConsKey, Power> {
        set.iter().map(|member| (member.key, member.power)).collect()
    };
    let (before, after) = (powers(current), powers(next));
    let changed = current.iter().filter_map(|member| {
        let power = after.get(&member.key).copied().unwrap_or(0);
        (power != member.power).then_some(ValUpdate { key: member.key, power })
    });
    let added = next.iter().filter(|member| !before.contains_key(&member.key)).copied();
    changed.chain(added).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn update(key: u8, power: Power) -> ValUpdate {
        ValUpdate { key: ConsKey::Ed25519([key; 32]), power }
    }

    fn set() -> impl Strategy<Value = Vec<ValUpdate>> {
        proptest::collection::btree_map(0_u8..12, 1_i64..5, 0..10)
            .prop_map(|set| set.into_iter().map(|(key, power)| update(key, power)).collect())
    }

    #[test]
    fn removals_and_changes_come_before_additions() {
        let current = [update(1, 1), update(2, 2), update(3, 3)];
        let next = [update(9, 9), update(3, 4), update(2, 2), update(8, 8)];
        assert_eq!(diff(&current, &next), [update(1, 0), update(3, 4), update(9, 9), update(8, 8)]);
    }

    proptest! {
        #[test]
        fn applying_the_difference_gives_the_next_set(current in set(), next in set()) {
            let mut powers: BTreeMap<ConsKey, Power> = current.iter().map(|m| (m.key, m.power)).collect();
            for change in diff(&current, &next) {
                if change.power == 0 {
                    prop_assert!(powers.remove(&change.key).is_some());
                } else {
                    prop_assert_ne!(powers.insert(change.key, change.power), Some(change.power));
                }
            }
            let expected: BTreeMap<ConsKey, Power> = next.iter().map(|m| (m.key, m.power)).collect();
            prop_assert_eq!(powers, expected);
        }
    }
}
