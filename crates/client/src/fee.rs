//! From gas to fee: simulated gas × adjustment = limit, limit × price = fee, rounded up at both steps.

use crate::coins::{Coin, CoinError, check_denom};
use core::fmt;
use core::str::FromStr;
use ics_abci::{Dec, DecError};

/// What one unit of gas costs; 18 decimals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GasPrice {
    /// In which denomination.
    pub denom: String,
    /// How much of it; not negative.
    pub price: Dec,
}

/// Why there is no such price or fee.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FeeError {
    /// Text that is no price.
    #[error("{0:?} is no gas price: write it as 0.001stake")]
    Price(String),
    /// The denomination behind the price breaks the rule.
    #[error(transparent)]
    Denom(#[from] CoinError),
    /// A result that does not fit, or a factor below zero.
    #[error("the fee is beyond what fits")]
    TooMuch,
}

impl From<DecError> for FeeError {
    fn from(_: DecError) -> Self {
        Self::TooMuch
    }
}

impl GasPrice {
    /// What so much gas costs, rounded up: a chain refuses a fee that is short by a fraction.
    ///
    /// # Errors
    /// [`FeeError::TooMuch`] beyond 2^127 coins.
    pub fn fee(&self, gas_limit: u64) -> Result<Coin, FeeError> {
        let amount = u128::try_from(round_up(self.price.mul_int(i128::from(gas_limit))?)?);
        Ok(Coin { denom: self.denom.clone(), amount: amount.map_err(|_| FeeError::TooMuch)? })
    }
}

/// `0.001stake`.
impl FromStr for GasPrice {
    type Err = FeeError;

    fn from_str(text: &str) -> Result<Self, FeeError> {
        let text = text.trim();
        let number = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (price, denom) = text.split_at(number);
        let price = price.parse().map_err(|_| FeeError::Price(text.to_owned()))?;
        check_denom(denom.trim_start())?;
        Ok(Self { denom: denom.trim_start().to_owned(), price })
    }
}

impl fmt::Display for GasPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.price, self.denom)
    }
}

/// The usual factor between the gas that a simulation used and the limit to ask for: 1.5.
#[must_use]
pub fn usual_adjustment() -> Dec {
    Dec::from_atomics(1_500_000_000_000_000_000)
}

/// The gas limit for a transaction whose simulation used so much, rounded up.
///
/// # Errors
/// [`FeeError::TooMuch`] beyond 64 bits, or for a negative factor.
pub fn adjust(gas_used: u64, factor: Dec) -> Result<u64, FeeError> {
    u64::try_from(round_up(factor.mul_int(i128::from(gas_used))?)?).map_err(|_| FeeError::TooMuch)
}

fn round_up(value: Dec) -> Result<i128, FeeError> {
    if value.is_negative() {
        return Err(FeeError::TooMuch);
    }
    let whole = value.truncate()?;
    let rest = value > Dec::from_int(whole)?;
    if rest { whole.checked_add(1).ok_or(FeeError::TooMuch) } else { Ok(whole) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fee(price: &str, gas: u64) -> Result<u128, FeeError> {
        price.parse::<GasPrice>()?.fee(gas).map(|coin| coin.amount)
    }

    #[test]
    fn fees_are_rounded_up() {
        assert_eq!(fee("0.001stake", 200_000), Ok(200));
        assert_eq!(fee("0.001stake", 200_001), Ok(201));
        assert_eq!(fee("0.001stake", 1), Ok(1));
        assert_eq!(fee("0.001stake", 0), Ok(0));
        assert_eq!(fee("0stake", u64::MAX), Ok(0));
        assert_eq!(fee("0.000000000000000001stake", 1), Ok(1));
        assert_eq!(fee("0.1 stake", 30), Ok(3));
        assert_eq!(fee("25uatom", u64::MAX), Ok(25 * u128::from(u64::MAX)));
        let huge = format!("{}stake", "9".repeat(38));
        assert_eq!(fee(&huge, 1), Ok("9".repeat(38).parse().unwrap()));
        assert_eq!(fee(&huge, u64::MAX), Err(FeeError::TooMuch));
    }

    #[test]
    fn text_that_is_no_price_is_refused() {
        let price = |text: &str| FeeError::Price(text.to_owned());
        for (text, error) in [
            ("", price("")),
            ("stake", price("stake")),
            ("-1stake", price("-1stake")),
            (".5stake", price(".5stake")),
            ("1.stake", price("1.stake")),
            ("1.2.3stake", price("1.2.3stake")),
            ("0.0000000000000000001stake", price("0.0000000000000000001stake")),
            ("1", FeeError::Denom(CoinError::Denom(String::new()))),
            ("1st", FeeError::Denom(CoinError::Denom("st".to_owned()))),
        ] {
            assert_eq!(text.parse::<GasPrice>(), Err(error), "{text}");
        }
        assert_eq!("0.001stake".parse::<GasPrice>().unwrap().to_string(), "0.001000000000000000stake");
    }

    #[test]
    fn gas_is_adjusted_by_half_as_much_again() {
        for (used, limit) in [(0, 0), (1, 2), (2, 3), (91_929, 137_894), (100_000, 150_000)] {
            assert_eq!(adjust(used, usual_adjustment()), Ok(limit), "{used}");
        }
        assert_eq!(adjust(u64::MAX, usual_adjustment()), Err(FeeError::TooMuch));
        assert_eq!(adjust(u64::MAX, Dec::ONE), Ok(u64::MAX));
        assert_eq!(adjust(1, Dec::from_atomics(-1)), Err(FeeError::TooMuch));
    }
}
