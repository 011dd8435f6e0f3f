//! Decimals with 18 fractional digits, rounded as the Cosmos SDK's `LegacyDec` rounds.
//!
//! The steps of a product or quotient are exact in 512 bits, so an overflow is always one of the result. The one
//! difference from the SDK is the range: results of 256 bits here, of some 60 more there.
//!
//! Source: `math/legacy_dec.go` of the SDK.

use crate::wide::Wide;
use alloc::format;
use alloc::string::String;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use core::str::FromStr;
use ethnum::{I256, U256};

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
    /// Text that is no decimal with at most 18 fractional digits, or no integer where one is asked for.
    #[error("invalid decimal")]
    Text,
}

const DIGITS: usize = 18;
const ONE: I256 = I256::new(1_000_000_000_000_000_000);
const SCALE: U256 = U256::new(1_000_000_000_000_000_000);
const HALF_SCALE: U256 = U256::new(500_000_000_000_000_000);

#[derive(Clone, Copy)]
enum Round {
    /// To the nearest; a tie to the even one.
    HalfEven,
    /// The same of the quotient cut to 36 digits: what lies beyond them does not break a tie.
    HalfEvenOf36,
    /// Toward zero.
    Down,
    /// Toward positive infinity.
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
    /// [`DecError::Text`] where the text is no integer, [`DecError::Overflow`] where it does not fit.
    pub fn from_atomics_text(text: &str) -> Result<Self, DecError> {
        if text.is_empty() {
            return Ok(Self::ZERO);
        }
        let negative = text.starts_with('-');
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        signed(magnitude(digits)?, negative).map(Self)
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

    /// Quotient, cut to 36 digits and then rounded half to even: what is a tie after the cut counts as one.
    ///
    /// # Errors
    /// [`DecError::Zero`], [`DecError::Overflow`].
    pub fn quo(self, other: Self) -> Result<Self, DecError> {
        self.quotient(other, Round::HalfEvenOf36)
    }

    /// Quotient, toward zero.
    ///
    /// # Errors
    /// [`DecError::Zero`], [`DecError::Overflow`].
    pub fn quo_truncate(self, other: Self) -> Result<Self, DecError> {
        self.quotient(other, Round::Down)
    }

    /// Quotient, toward positive infinity.
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
        self.whole(Round::Down)
    }

    /// The nearest whole number, half to even.
    ///
    /// # Errors
    /// [`DecError::Overflow`] where it does not fit 128 bits.
    pub fn round(self) -> Result<i128, DecError> {
        self.whole(Round::HalfEven)
    }

    fn whole(self, round: Round) -> Result<i128, DecError> {
        let atomics = Wide::product(self.0.unsigned_abs(), U256::ONE);
        let whole = divide(atomics, SCALE, self.is_negative(), round)?;
        i128::try_from(whole).map_err(|_| DecError::Overflow)
    }

    fn product(self, other: Self, round: Round) -> Result<Self, DecError> {
        let product = Wide::product(self.0.unsigned_abs(), other.0.unsigned_abs());
        divide(product, SCALE, self.is_negative() != other.is_negative(), round).map(Self)
    }

    fn quotient(self, other: Self, round: Round) -> Result<Self, DecError> {
        let dividend = Wide::product(self.0.unsigned_abs(), SCALE);
        divide(dividend, other.0.unsigned_abs(), self.is_negative() != other.is_negative(), round).map(Self)
    }
}

/// The rounded quotient of two magnitudes whose signs differ where `negative` says so.
fn divide(dividend: Wide, divisor: U256, negative: bool, round: Round) -> Result<I256, DecError> {
    if divisor == U256::ZERO {
        return Err(DecError::Zero);
    }
    let (quotient, rest) = dividend.divide(divisor).ok_or(DecError::Overflow)?;
    let left = divisor.saturating_sub(rest);
    let odd = quotient & U256::ONE == U256::ONE;
    let next = match round {
        Round::Down => false,
        Round::Up => !negative && rest != U256::ZERO,
        Round::HalfEven => rest > left || (rest == left && odd),
        // With r the rest and d the divisor, the 18 digits beyond are 5 and zeros exactly where
        // d <= 2r and (2r - d) * 10^18 < 2d.
        Round::HalfEvenOf36 => match rest.checked_sub(left) {
            None => false,
            Some(past) if past <= divisor.saturating_sub(U256::ONE).wrapping_div(HALF_SCALE) => odd,
            Some(_) => true,
        },
    };
    let quotient = if next { quotient.checked_add(U256::ONE).ok_or(DecError::Overflow)? } else { quotient };
    signed(quotient, negative)
}

fn signed(magnitude: U256, negative: bool) -> Result<I256, DecError> {
    let wrapped = magnitude.as_i256();
    let value = if negative { wrapped.wrapping_neg() } else { wrapped };
    // A magnitude that does not fit comes out with the other sign.
    if value != I256::ZERO && (value < I256::ZERO) != negative { Err(DecError::Overflow) } else { Ok(value) }
}

fn magnitude(digits: &str) -> Result<U256, DecError> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DecError::Text);
    }
    U256::from_str(digits).map_err(|_| DecError::Overflow)
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

/// As the SDK documents it: an optional `-`, digits, and at most 18 digits behind a point that has digits on both sides.
/// (The SDK lets some further signs slip through.)
impl FromStr for Dec {
    type Err = DecError;

    fn from_str(text: &str) -> Result<Self, DecError> {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match text.split_once('.') {
            Some(("", _) | (_, "")) => return Err(DecError::Text),
            Some(parts) => parts,
            None if text.is_empty() => return Err(DecError::Text),
            None => (text, ""),
        };
        if fraction.len() > DIGITS {
            return Err(DecError::Text);
        }
        signed(magnitude(&format!("{whole}{fraction:0<DIGITS$}"))?, negative).map(Self)
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
