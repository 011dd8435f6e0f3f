//! Products of two 256-bit numbers without loss, and their division.

use ethnum::U256;

/// A number of 512 bits: `high * 2^256 + low`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wide {
    high: U256,
    low: U256,
}

impl Wide {
    /// The whole product.
    pub(crate) fn product(a: U256, b: U256) -> Self {
        if let Some(low) = a.checked_mul(b) {
            return Self { high: U256::ZERO, low };
        }
        // Schoolbook in halves of 128 bits. A product of two halves fits 256 bits, and so does every sum below: the
        // middle one has three terms of 128 bits, the high one is part of a product of 512 bits.
        let ((a1, a0), (b1, b0)) = (a.into_words(), b.into_words());
        let times = |x: u128, y: u128| U256::from(x).wrapping_mul(U256::from(y));
        let (low_carry, low) = times(a0, b0).into_words();
        let (cross1_carry, cross1) = times(a0, b1).into_words();
        let (cross2_carry, cross2) = times(a1, b0).into_words();
        let middle = [cross1, cross2].map(U256::from).iter().fold(U256::from(low_carry), sum);
        let (middle_carry, middle) = middle.into_words();
        let carries = [cross1_carry, cross2_carry, middle_carry].map(U256::from);
        let high = carries.iter().fold(times(a1, b1), sum);
        Self { high, low: U256::from_words(middle, low) }
    }

    /// Quotient and rest; `None` where the quotient does not fit 256 bits or the divisor is 0.
    pub(crate) fn divide(self, divisor: U256) -> Option<(U256, U256)> {
        if self.high == U256::ZERO {
            return self.low.checked_div(divisor).zip(self.low.checked_rem(divisor));
        }
        if self.high >= divisor {
            return None;
        }
        // Long division, bit by bit. The rest stays below the divisor, so the quotient has a bit per step.
        let (mut quotient, mut rest) = (U256::ZERO, self.high);
        let (first, second) = self.low.into_words();
        for mut word in [first, second] {
            for _ in 0..u128::BITS {
                word = word.rotate_left(1);
                let (doubled, carried) = rest.overflowing_add(rest);
                rest = doubled | U256::from(word & 1);
                quotient = quotient.wrapping_add(quotient);
                if carried || rest >= divisor {
                    rest = rest.wrapping_sub(divisor);
                    quotient |= U256::ONE;
                }
            }
        }
        Some((quotient, rest))
    }
}

fn sum(total: U256, term: &U256) -> U256 {
    total.wrapping_add(*term)
}
