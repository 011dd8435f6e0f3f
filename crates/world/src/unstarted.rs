//! Why the chain of a launched consumer is not started here.

use core::fmt;
use ics_abci::{ConsAddr, ConsKey, ValUpdate};

/// Most missing validators that are named.
const NAMED_MAX: usize = 8;

/// Why the chain of a launched consumer is not started here. The consumer itself is none the worse for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unstarted {
    /// Two thirds of its first validators' power sign elsewhere.
    KeysElsewhere {
        /// Power whose keys are here.
        held: i64,
        /// Power of all.
        total: i64,
        /// Those whose keys are elsewhere, with their powers.
        missing: Vec<(ConsAddr, i64)>,
    },
    /// Another chain of this network is called the same.
    NameTaken,
    /// It is a chain that runs already, and keeps its connection.
    Adopts {
        /// The connection, on the provider.
        connection: String,
    },
    /// Its genesis does not make a chain.
    Refused(String),
}

impl Unstarted {
    /// Whether a key more could change it.
    pub(crate) const fn waits_for_keys(&self) -> bool {
        matches!(self, Self::KeysElsewhere { .. })
    }
}

impl fmt::Display for Unstarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeysElsewhere { held, total, missing } => {
                write!(f, "its validators' keys are elsewhere: those here have {held} of {total} power, ")?;
                write!(f, "and more than two thirds are needed; lacking")?;
                for (addr, power) in missing.iter().take(NAMED_MAX) {
                    write!(f, " {} ({power})", addr.to_text("consumervalcons"))?;
                }
                match missing.len().saturating_sub(NAMED_MAX) {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
            Self::NameTaken => write!(f, "another chain of this network has the same chain id"),
            Self::Adopts { connection } => {
                write!(f, "it is a chain that runs already and keeps {connection}; start it where it is")
            }
            Self::Refused(why) => write!(f, "no chain starts from its genesis: {why}"),
        }
    }
}

/// Whether the keys of more than two thirds of a set's power are held, which is what its first block takes.
pub(crate) fn check_keys(set: &[ValUpdate], holds: impl Fn(&ConsKey) -> bool) -> Result<(), Unstarted> {
    let (mut held, mut total, mut missing) = (0_i64, 0_i64, Vec::new());
    for member in set {
        total = total.saturating_add(member.power);
        if holds(&member.key) {
            held = held.saturating_add(member.power);
        } else {
            missing.push((member.key.address(), member.power));
        }
    }
    if i128::from(held).saturating_mul(3) > i128::from(total).saturating_mul(2) {
        Ok(())
    } else {
        Err(Unstarted::KeysElsewhere { held, total, missing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(number: u8, power: i64) -> ValUpdate {
        ValUpdate { key: ConsKey::Ed25519([number; 32]), power }
    }

    #[test]
    fn more_than_two_thirds_of_the_power_is_needed_and_who_lacks_is_named() {
        let set = [member(1, 40), member(2, 20), member(3, 30)];
        let held = |here: &'static [u8]| {
            check_keys(&set, move |key| here.iter().any(|number| *key == ConsKey::Ed25519([*number; 32])))
        };
        assert_eq!(held(&[1, 3]), Ok(()), "70 of 90");
        let missing = vec![(set[2].key.address(), 30)];
        assert_eq!(held(&[1, 2]), Err(Unstarted::KeysElsewhere { held: 60, total: 90, missing }));
        let why = held(&[]).map_err(|why| why.to_string()).unwrap_err();
        assert!(
            why.starts_with("its validators' keys are elsewhere: those here have 0 of 90 power, "),
            "{why}"
        );
        for member in &set {
            assert!(why.contains(&member.key.address().to_text("consumervalcons")), "{why}");
        }
    }

    #[test]
    fn of_a_long_list_the_first_are_named() {
        let set: Vec<ValUpdate> = (0..20).map(|number| member(number, 1)).collect();
        let why = check_keys(&set, |_| false).map_err(|why| why.to_string()).unwrap_err();
        assert!(why.ends_with(" and 12 more"), "{why}");
    }
}
