//! Coins as text and as messages carry them.
//!
//! Source: the SDK's `types/coin.go`: the denomination rule, `ParseCoinsNormalized`.

use core::fmt;
use core::str::FromStr;
use ics_proto::cosmos::base::v1beta1::Coin as ProtoCoin;

/// The most coins that one text may list.
const COINS_MAX: usize = 1_000;

/// An amount of one denomination, in its smallest unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coin {
    /// Which denomination, e.g. `stake` or `ibc/…`.
    pub denom: String,
    /// How many.
    pub amount: u128,
}

/// Text that is no coin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CoinError {
    /// No digits in front.
    #[error("{0:?} has no amount: write it in front, as in 5000000stake")]
    NoAmount(String),
    /// No denomination behind the digits.
    #[error("{0:?} has no denomination: write it behind, as in 5000000stake")]
    NoDenom(String),
    /// Coins are whole.
    #[error("{0:?} is not a whole number of coins")]
    Fraction(String),
    /// Does not fit 128 bits.
    #[error("the amount of {0:?} is beyond 2^128 - 1")]
    TooMuch(String),
    /// Not a letter followed by 2 to 127 letters, digits or `/:._-`.
    #[error("invalid denom: {0}")]
    Denom(String),
    /// The same denomination twice.
    #[error("duplicate denomination {0}")]
    Twice(String),
    /// A list beyond reason.
    #[error("at most 1000 coins, not {0}")]
    TooMany(usize),
}

impl Coin {
    /// A coin of a valid denomination.
    ///
    /// # Errors
    /// [`CoinError::Denom`].
    pub fn new(amount: u128, denom: &str) -> Result<Self, CoinError> {
        check_denom(denom)?;
        Ok(Self { denom: denom.to_owned(), amount })
    }

    /// As messages carry it.
    #[must_use]
    pub fn to_proto(&self) -> ProtoCoin {
        ProtoCoin { denom: self.denom.clone(), amount: self.amount.to_string() }
    }
}

impl fmt::Display for Coin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.amount, self.denom)
    }
}

/// `5000000stake`; space between the two is allowed, a fraction is not.
impl FromStr for Coin {
    type Err = CoinError;

    fn from_str(text: &str) -> Result<Self, CoinError> {
        let text = text.trim();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (amount, denom) = text.split_at(digits);
        let said = || text.to_owned();
        if denom.starts_with('.') {
            return Err(CoinError::Fraction(said()));
        }
        if amount.is_empty() {
            return Err(CoinError::NoAmount(said()));
        }
        let denom = denom.trim_start();
        if denom.is_empty() {
            return Err(CoinError::NoDenom(said()));
        }
        Self::new(amount.parse().map_err(|_| CoinError::TooMuch(said()))?, denom)
    }
}

/// Checks the SDK's rule: a letter, then 2 to 127 letters, digits or `/:._-`.
///
/// # Errors
/// [`CoinError::Denom`].
pub fn check_denom(denom: &str) -> Result<(), CoinError> {
    let letter_first = denom.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"/:._-".contains(&byte);
    if letter_first && (3..=128).contains(&denom.len()) && denom.bytes().all(known) {
        Ok(())
    } else {
        Err(CoinError::Denom(denom.to_owned()))
    }
}

/// Parses `1atom,2stake` (empty text: none). As the SDK: the result is sorted by denomination and without zeros.
///
/// # Errors
/// [`CoinError`] of the first wrong coin; [`CoinError::Twice`] where a denomination repeats.
pub fn parse_coins(text: &str) -> Result<Vec<Coin>, CoinError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let count = text.split(',').count();
    if count > COINS_MAX {
        return Err(CoinError::TooMany(count));
    }
    let mut coins = text.split(',').map(Coin::from_str).collect::<Result<Vec<_>, _>>()?;
    coins.sort_by(|one, other| one.denom.cmp(&other.denom));
    if let Some(coin) =
        coins.iter().zip(coins.iter().skip(1)).find_map(|(a, b)| (a.denom == b.denom).then_some(a))
    {
        return Err(CoinError::Twice(coin.denom.clone()));
    }
    coins.retain(|coin| coin.amount > 0);
    Ok(coins)
}

/// The text of a list, `1atom,2stake`; "" for none.
#[must_use]
pub fn print_coins(coins: &[Coin]) -> String {
    coins.iter().map(Coin::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coin(amount: u128, denom: &str) -> Coin {
        Coin { denom: denom.to_owned(), amount }
    }

    #[test]
    fn coins_are_read_and_printed() {
        for (text, amount, denom) in [
            ("5000000stake", 5_000_000, "stake"),
            ("0stake", 0, "stake"),
            ("007stake", 7, "stake"),
            (" 1 uatom ", 1, "uatom"),
            ("3ibc/27394FB092D2ECCD56123C74F36E4C1F926001CEADA9CA97EA622B25F41E5EB2", 3, ""),
            ("1a:b._-9", 1, "a:b._-9"),
            ("340282366920938463463374607431768211455abc", u128::MAX, "abc"),
        ] {
            let read = text.parse::<Coin>().unwrap();
            assert_eq!(read.amount, amount, "{text}");
            assert_eq!(read.denom, if denom.is_empty() { &text[1..] } else { denom });
            assert_eq!(read.to_string().parse(), Ok(read));
        }
    }

    #[test]
    fn text_that_is_no_coin_is_refused_by_name() {
        let same = |text: &str| text.to_owned();
        for (text, error) in [
            ("", CoinError::NoAmount(same(""))),
            ("stake", CoinError::NoAmount(same("stake"))),
            ("-5stake", CoinError::NoAmount(same("-5stake"))),
            ("+5stake", CoinError::NoAmount(same("+5stake"))),
            ("5", CoinError::NoDenom(same("5"))),
            ("5 ", CoinError::NoDenom(same("5"))),
            ("1.5stake", CoinError::Fraction(same("1.5stake"))),
            (".5stake", CoinError::Fraction(same(".5stake"))),
            ("5st", CoinError::Denom(same("st"))),
            ("5/stake", CoinError::Denom(same("/stake"))),
            ("5sta ke", CoinError::Denom(same("sta ke"))),
            ("5stäke", CoinError::Denom(same("stäke"))),
            (
                "340282366920938463463374607431768211456abc",
                CoinError::TooMuch(same("340282366920938463463374607431768211456abc")),
            ),
        ] {
            assert_eq!(text.parse::<Coin>(), Err(error), "{text}");
        }
        assert_eq!(check_denom(&"a".repeat(128)), Ok(()));
        assert_eq!(check_denom(&"a".repeat(129)), Err(CoinError::Denom("a".repeat(129))));
    }

    #[test]
    fn lists_are_sorted_without_zeros_and_without_repeats() {
        assert_eq!(parse_coins(""), Ok(vec![]));
        assert_eq!(parse_coins("2stake,0foo, 1atom"), Ok(vec![coin(1, "atom"), coin(2, "stake")]));
        assert_eq!(print_coins(&[coin(1, "atom"), coin(2, "stake")]), "1atom,2stake");
        assert_eq!(parse_coins("1atom,2stake,0atom"), Err(CoinError::Twice("atom".to_owned())));
        assert_eq!(parse_coins("1atom,"), Err(CoinError::NoAmount(String::new())));
        assert_eq!(parse_coins(&"1atom,".repeat(1_000)), Err(CoinError::TooMany(1_001)));
    }
}
