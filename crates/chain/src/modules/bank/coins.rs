//! Amounts of denominations.

use crate::Error;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_proto::cosmos::base::v1beta1::Coin as ProtoCoin;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// An amount of one denomination, in its smallest unit.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Coin {
    /// E.g. `stake`.
    pub denom: String,
    /// In the smallest unit.
    #[serde(with = "crate::json::int")]
    pub amount: u128,
}

/// Amounts of several denominations.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Coins(pub Vec<Coin>);

/// A coin that is none: its text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoCoin(pub String);

impl Coin {
    /// An amount of a denomination.
    #[must_use]
    pub fn new(denom: &str, amount: u128) -> Self {
        Self { denom: denom.to_owned(), amount }
    }

    /// From protobuf: the denomination has its form, the amount is a whole number from 0 to 2^128 - 1 without signs.
    ///
    /// # Errors
    /// [`NoCoin`] with the coin's text.
    pub fn from_proto(coin: &ProtoCoin) -> Result<Self, NoCoin> {
        let no_coin = || NoCoin(format!("{}{}", coin.amount, coin.denom));
        let digits = !coin.amount.is_empty() && coin.amount.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !is_denom(&coin.denom) {
            return Err(no_coin());
        }
        Ok(Self { denom: coin.denom.clone(), amount: coin.amount.parse().map_err(|_| no_coin())? })
    }

    /// To protobuf.
    #[must_use]
    pub fn to_proto(&self) -> ProtoCoin {
        ProtoCoin { denom: self.denom.clone(), amount: self.amount.to_string() }
    }
}

/// A letter, then 2 to 127 of letters, digits and `/:._-`.
#[must_use]
pub fn is_denom(text: &str) -> bool {
    let bytes = text.as_bytes();
    (3..=128).contains(&bytes.len())
        && bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/:._-".contains(byte))
}

impl Coins {
    /// One denomination; nothing where the amount is 0.
    #[must_use]
    pub fn one(denom: &str, amount: u128) -> Self {
        if amount == 0 { Self::default() } else { Self(vec![Coin::new(denom, amount)]) }
    }

    /// From protobuf, each coin by itself; order and zeros are asked by [`Coins::is_valid`].
    ///
    /// # Errors
    /// [`NoCoin`] with the text of all.
    pub fn from_proto(coins: &[ProtoCoin]) -> Result<Self, NoCoin> {
        let text = |_| {
            let texts: Vec<String> =
                coins.iter().map(|coin| format!("{}{}", coin.amount, coin.denom)).collect();
            NoCoin(texts.join(","))
        };
        coins.iter().map(Coin::from_proto).collect::<Result<_, _>>().map(Self).map_err(text)
    }

    /// To protobuf.
    #[must_use]
    pub fn to_proto(&self) -> Vec<ProtoCoin> {
        self.0.iter().map(Coin::to_proto).collect()
    }

    /// Sorted by denomination, each once, none zero, none ill-formed.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.0.iter().all(|coin| coin.amount > 0 && is_denom(&coin.denom))
            && self.0.is_sorted_by(|a, b| a.denom < b.denom)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|coin| coin.amount == 0)
    }

    /// Whether there is at least as much of every denomination of `other` in it.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|coin| self.amount_of(&coin.denom) >= coin.amount)
    }

    /// Both together, for valid coins.
    ///
    /// # Errors
    /// `sdk/10` where a sum does not fit 128 bits.
    pub fn plus(&self, other: &Self) -> Result<Self, Error> {
        let mut sums = self.amounts();
        for coin in &other.0 {
            let sum = sums.entry(coin.denom.clone()).or_default();
            *sum = sum.checked_add(coin.amount).ok_or_else(|| super::too_much(coin))?;
        }
        Ok(Self::from_amounts(sums))
    }

    /// What is left of it without `other`, for valid coins.
    ///
    /// # Errors
    /// `sdk/5` where it does not cover the other.
    pub fn minus(&self, other: &Self) -> Result<Self, Error> {
        let mut rest = self.amounts();
        for coin in &other.0 {
            let amount = rest.entry(coin.denom.clone()).or_default();
            let short = || Error::insufficient_funds(format!("{self} is smaller than {other}"));
            *amount = amount.checked_sub(coin.amount).ok_or_else(short)?;
        }
        Ok(Self::from_amounts(rest))
    }

    fn amounts(&self) -> BTreeMap<String, u128> {
        self.0.iter().map(|coin| (coin.denom.clone(), coin.amount)).collect()
    }

    pub(super) fn from_amounts(amounts: BTreeMap<String, u128>) -> Self {
        let some = amounts.into_iter().filter(|(_, amount)| *amount > 0);
        Self(some.map(|(denom, amount)| Coin { denom, amount }).collect())
    }

    /// How much of a denomination is in it.
    #[must_use]
    pub fn amount_of(&self, denom: &str) -> u128 {
        self.0.iter().find(|coin| coin.denom == denom).map_or(0, |coin| coin.amount)
    }
}

impl fmt::Display for Coin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.amount, self.denom)
    }
}

/// As the SDK prints: with commas and without spaces; nothing for nothing.
impl fmt::Display for Coins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, coin) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            write!(f, "{coin}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denominations_have_the_sdks_form() {
        for good in [
            "stake",
            "abc",
            "ibc/3C3D7B3BE4ECC85A0E5B52A3AEC3B7DFC2AA9CA47C37821E57020D6807043BE9",
            "A1-._:/",
        ] {
            assert!(is_denom(good), "{good}");
        }
        let long = "a".repeat(129);
        for bad in ["", "ab", "1ab", "/ab", "sta ke", "stäke", long.as_str()] {
            assert!(!is_denom(bad), "{bad}");
        }
    }

    #[test]
    fn coins_are_valid_only_sorted_without_zeros_and_once_each() {
        let coins = |list: &[(&str, u128)]| Coins(list.iter().map(|(d, a)| Coin::new(d, *a)).collect());
        assert!(coins(&[]).is_valid());
        assert!(coins(&[("aaa", 1), ("bbb", 2)]).is_valid());
        assert!(!coins(&[("bbb", 1), ("aaa", 2)]).is_valid());
        assert!(!coins(&[("aaa", 1), ("aaa", 2)]).is_valid());
        assert!(!coins(&[("aaa", 0)]).is_valid());
        assert_eq!(coins(&[("aaa", 1), ("bbb", 2)]).to_string(), "1aaa,2bbb");
    }

    #[test]
    fn amounts_are_whole_and_have_no_sign() {
        for bad in ["", "-1", "+1", "1.0", "340282366920938463463374607431768211456", "0x1"] {
            let coin = ProtoCoin { denom: "stake".into(), amount: bad.into() };
            assert_eq!(Coin::from_proto(&coin), Err(NoCoin(format!("{bad}stake"))));
        }
    }
}
