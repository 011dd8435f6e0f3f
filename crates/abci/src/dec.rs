//! Decimals with 18 fractional digits, rounded as the Cosmos SDK's `LegacyDec` rounds.

use alloc::format;
use alloc::string::String;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use core::str::FromStr;
use ethnum::I256;

/// A decimal: a 256-bit count of 10^-18. Every operation is checked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dec(I256);

/// Why there is no such decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecError {
    /// The result does not fit 256 bits.
    #[error("decimal overflow")]
    Overflow,
    /// Division by zero.
    #[error("division by zero")]
    Zero,
    /// Text that is no decimal with at most 18 fractional digits.
    #[error("invalid decimal")]
    Text,
}

const DIGITS: usize = 18;
const ONE: I256 = I256::new(1_000_000_000_000_000_000);

#[derive(Clone, Copy)]
enum Round {
    HalfEven,
    Down,
    Up,
}

impl Dec {
    /// 0.
    pub const ZERO: Self = Self(I256::ZERO);
    /// 1.
    pub const ONE: Self = Self(ONE);

    /// A whole number.
    ///
    /// # Errors
    /// [`DecError::Overflow`] never for 128 bits less 60; checked all the same.
    pub fn from_int(int: i128) -> Result<Self, DecError> {
        I256::from(int).checked_mul(ONE).map(Self).ok_or(DecError::Overflow)
    }

    /// A whole number of coins or tokens.
    ///
    /// # Errors
    /// [`DecError::Overflow`] where it does not fit.
    pub fn from_uint(int: u128) -> Result<Self, DecError> {
        I256::from(int).checked_mul(ONE).map(Self).ok_or(DecError::Overflow)
    }

    /// From a count of 10^-18.
    #[must_use]
    pub fn from_atomics(atomics: i128) -> Self {
        Self(I256::from(atomics))
    }

    /// The count of 10^-18 as decimal digits: the form that protobuf messages carry.
    #[must_use]
    pub fn to_atomics_text(self) -> String {
        format!("{}", self.0)
    }

    /// From the form that protobuf messages carry; "" is 0.
    ///
    /// # Errors
    /// [`DecError::Text`] where the text is no integer.
    pub fn from_atomics_text(text: &str) -> Result<Self, DecError> {
        if text.is_empty() {
            return Ok(Self::ZERO);
        }
        I256::from_str(text).map(Self).map_err(|_| DecError::Text)
    }

    /// Whether it is below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0 < I256::ZERO
    }

    /// Whether it is zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == I256::ZERO
    }

    /// Sum.
    ///
    /// # Errors
    /// [`DecError::Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, DecError> {
        self.0.checked_add(other.0).map(Self).ok_or(DecError::Overflow)
    }

    /// Difference.
    ///
    /// # Errors
    /// [`DecError::Overflow`].
    pub fn minus(self, other: Self) -> Result<Self, DecError> {
        self.0.checked_sub(other.0).map(Self).ok_or(DecError::Overflow)
    }

    /// Product, half to even.
    ///
    /// # Errors
    /// [`DecError::Overflow`].
    pub fn times(self, other: Self) -> Result<Self, DecError> {
        self.product(other, Round::HalfEven)
    }

    /// Product, toward zero.
    ///
    /// # Errors
    /// [`DecError::Overflow`].
    pub fn mul_truncate(self, other: Self) -> Result<Self, DecError> {
        self.product(other, Round::Down)
    }

    /// Quotient, half to even.
    ///
    /// # Errors
    /// [`DecError::Zero`], [`DecError::Overflow`].
    pub fn quo(self, other: Self) -> Result<Self, DecError> {
        self.quotient(other, Round::HalfEven)
    }

    /// Quotient, toward zero.
    ///
    /// # Errors
    /// [`DecError::Zero`], [`DecError::Overflow`].
    pub fn quo_truncate(self, other: Self) -> Result<Self, DecError> {
        self.quotient(other, Round::Down)
    }

    /// Quotient, away from zero.
    ///
    /// # Errors
    /// [`DecError::Zero`], [`DecError::Overflow`].
    pub fn quo_round_up(self, other: Self) -> Result<Self, DecError> {
        self.quotient(other, Round::Up)
    }

    /// Product with a whole number.
    ///
    /// # Errors
    /// [`DecError::Overflow`].
    pub fn mul_int(self, int: i128) -> Result<Self, DecError> {
        self.0.checked_mul(I256::from(int)).map(Self).ok_or(DecError::Overflow)
    }

    /// The whole part, toward zero.
    ///
    /// # Errors
    /// [`DecError::Overflow`] where it does not fit 128 bits.
    pub fn truncate(self) -> Result<i128, DecError> {
        narrow(divide(self.0, ONE, Round::Down)?)
    }

    /// The nearest whole number, half to even.
    ///
    /// # Errors
    /// [`DecError::Overflow`] where it does not fit 128 bits.
    pub fn round(self) -> Result<i128, DecError> {
        narrow(divide(self.0, ONE, Round::HalfEven)?)
    }

    fn product(self, other: Self, round: Round) -> Result<Self, DecError> {
        divide(self.0.checked_mul(other.0).ok_or(DecError::Overflow)?, ONE, round).map(Self)
    }

    fn quotient(self, other: Self, round: Round) -> Result<Self, DecError> {
        divide(self.0.checked_mul(ONE).ok_or(DecError::Overflow)?, other.0, round).map(Self)
    }
}

fn narrow(int: I256) -> Result<i128, DecError> {
    i128::try_from(int).map_err(|_| DecError::Overflow)
}

fn divide(dividend: I256, divisor: I256, round: Round) -> Result<I256, DecError> {
    if divisor == I256::ZERO {
        return Err(DecError::Zero);
    }
    let quotient = dividend.checked_div(divisor).ok_or(DecError::Overflow)?;
    let rest = dividend.checked_rem(divisor).ok_or(DecError::Overflow)?;
    let away = if (dividend < I256::ZERO) == (divisor < I256::ZERO) { I256::ONE } else { I256::MINUS_ONE };
    let up = match round {
        Round::Down => false,
        Round::Up => rest != I256::ZERO,
        Round::HalfEven => {
            let rest = rest.unsigned_abs();
            let left = divisor.unsigned_abs().saturating_sub(rest);
            rest > left || (rest == left && quotient & I256::ONE == I256::ONE)
        }
    };
    if up { quotient.checked_add(away).ok_or(DecError::Overflow) } else { Ok(quotient) }
}

/// Always with 18 fractional digits, as the SDK prints.
impl fmt::Display for Dec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:0>19}", self.0.unsigned_abs());
        let (whole, fraction) = digits.split_at(digits.len().saturating_sub(DIGITS));
        let sign = if self.is_negative() { "-" } else { "" };
        write!(f, "{sign}{whole}.{fraction}")
    }
}

impl fmt::Debug for Dec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As the SDK parses: an optional `-`, digits, and at most 18 digits behind a point that has digits on both sides.
impl FromStr for Dec {
    type Err = DecError;

    fn from_str(text: &str) -> Result<Self, DecError> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match text.split_once('.') {
            Some((_, "")) => return Err(DecError::Text),
            Some(parts) => parts,
            None => (text, ""),
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || fraction.len() > DIGITS || !digits(whole) || !digits(fraction) {
            return Err(DecError::Text);
        }
        let atomics = I256::from_str(&format!("{whole}{fraction:0<DIGITS$}")).map_err(|_| DecError::Text)?;
        Ok(Self(if negative { atomics.checked_neg().ok_or(DecError::Overflow)? } else { atomics }))
    }
}

impl BorshSerialize for Dec {
    fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
        self.0.to_le_bytes().serialize(writer)
    }
}

impl BorshDeserialize for Dec {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        <[u8; 32]>::deserialize_reader(reader).map(|bytes| Self(I256::from_le_bytes(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Dec {
        text.parse().unwrap()
    }

    #[test]
    fn text_is_read_and_printed_with_18_digits() {
        assert_eq!(format!("{}", dec("0.66")), "0.660000000000000000");
        assert_eq!(format!("{}", dec("-12.000000000000000001")), "-12.000000000000000001");
        for text in ["", ".5", "1.", "1.0000000000000000001", "1e3", "+1", "--1", "a"] {
            assert_eq!(text.parse::<Dec>(), Err(DecError::Text), "{text}");
        }
    }

    #[test]
    fn products_and_quotients_round_half_to_even() {
        let tiny = Dec::from_atomics(1);
        assert_eq!(tiny.times(dec("0.5")), Ok(Dec::ZERO));
        assert_eq!(Dec::from_atomics(3).times(dec("0.5")), Ok(Dec::from_atomics(2)));
        assert_eq!(Dec::from_atomics(-3).times(dec("0.5")), Ok(Dec::from_atomics(-2)));
        assert_eq!(dec("2").quo(dec("3")), Ok(dec("0.666666666666666667")));
        assert_eq!(dec("2").quo_truncate(dec("3")), Ok(dec("0.666666666666666666")));
        assert_eq!(dec("1").quo_round_up(dec("3")), Ok(dec("0.333333333333333334")));
        assert_eq!(dec("1").quo(Dec::ZERO), Err(DecError::Zero));
        assert_eq!(dec("2.5").round(), Ok(2));
        assert_eq!(dec("3.5").round(), Ok(4));
        assert_eq!(dec("-3.5").truncate(), Ok(-3));
    }
}
