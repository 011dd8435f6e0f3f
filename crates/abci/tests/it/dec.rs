//! The reference here is written on numbers without bounds, the way the SDK's code is.

use ics_abci::{Dec, DecError};
use num_bigint::{BigInt, Sign};
use proptest::prelude::*;

fn ten_to(digits: u32) -> BigInt {
    BigInt::from(10).pow(digits)
}

fn limit() -> BigInt {
    BigInt::from(1) << 255
}

fn big(dec: Dec) -> BigInt {
    dec.to_atomics_text().parse().unwrap()
}

fn dec(atomics: &BigInt) -> Dec {
    Dec::from_atomics_text(&atomics.to_string()).unwrap()
}

fn fitting(atomics: BigInt) -> Result<BigInt, DecError> {
    if atomics >= -limit() && atomics < limit() { Ok(atomics) } else { Err(DecError::Overflow) }
}

/// Away from zero by one where `one` says so.
fn further(quotient: BigInt, negative: bool, one: bool) -> BigInt {
    match (one, negative) {
        (false, _) => quotient,
        (true, false) => quotient + 1,
        (true, true) => quotient - 1,
    }
}

/// Drops 18 digits: to the nearest, a tie to the even one.
fn chop(number: &BigInt) -> BigInt {
    let (whole, rest) = (number / ten_to(18), number % ten_to(18));
    let twice = rest.magnitude() * 2_u8;
    let one = ten_to(18).magnitude().clone();
    let tie_to_odd = twice == one && whole.magnitude().bit(0);
    further(whole, number.sign() == Sign::Minus, twice > one || tie_to_odd)
}

fn whole_number(atomics: &BigInt) -> Result<i128, DecError> {
    i128::try_from(atomics.clone()).map_err(|_| DecError::Overflow)
}

/// Decimals of every size, small ones and the ends of the range as likely as others.
fn atomics() -> impl Strategy<Value = BigInt> {
    let sized = (any::<[u8; 32]>(), 0_u32..256)
        .prop_map(|(bytes, drop)| BigInt::from_signed_bytes_le(&bytes) >> drop);
    let near = (prop::sample::select(vec![0_u32, 17, 18, 19, 36, 60, 76]), -3_i8..4, any::<bool>()).prop_map(
        |(digits, off, negative)| {
            let number = ten_to(digits) + off;
            if negative { -number } else { number }
        },
    );
    let ends =
        (0_u8..3, any::<bool>()).prop_map(|(off, low)| if low { -limit() + off } else { limit() - 1 - off });
    let ties = (any::<i64>(), 0_u32..18)
        .prop_map(|(number, digits)| BigInt::from(number) * ten_to(digits) * BigInt::from(5));
    prop_oneof![4 => sized, 2 => near, 1 => ends, 2 => ties]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn sums_and_differences_are_those_of_unbounded_numbers(a in atomics(), b in atomics()) {
        prop_assert_eq!(dec(&a).plus(dec(&b)).map(big), fitting(&a + &b));
        prop_assert_eq!(dec(&a).minus(dec(&b)).map(big), fitting(&a - &b));
    }

    #[test]
    fn products_are_those_of_unbounded_numbers(a in atomics(), b in atomics(), int in any::<i128>()) {
        let product = &a * &b;
        prop_assert_eq!(dec(&a).times(dec(&b)).map(big), fitting(chop(&product)));
        prop_assert_eq!(dec(&a).mul_truncate(dec(&b)).map(big), fitting(&product / ten_to(18)));
        prop_assert_eq!(dec(&a).mul_int(int).map(big), fitting(&a * int));
    }

    #[test]
    fn quotients_are_those_of_unbounded_numbers(a in atomics(), b in atomics()) {
        let (a_dec, b_dec) = (dec(&a), dec(&b));
        if b.sign() == Sign::NoSign {
            for quotient in [a_dec.quo(b_dec), a_dec.quo_truncate(b_dec), a_dec.quo_round_up(b_dec)] {
                prop_assert_eq!(quotient, Err(DecError::Zero));
            }
            return Ok(());
        }
        prop_assert_eq!(a_dec.quo(b_dec).map(big), fitting(chop(&(&a * ten_to(36) / &b))));
        let dividend = &a * ten_to(18);
        let (down, rest) = (&dividend / &b, &dividend % &b);
        prop_assert_eq!(a_dec.quo_truncate(b_dec).map(big), fitting(down.clone()));
        let above = rest.sign() != Sign::NoSign && a.sign() == b.sign();
        prop_assert_eq!(a_dec.quo_round_up(b_dec).map(big), fitting(further(down, false, above)));
    }

    #[test]
    fn quotients_close_to_a_tie_are_those_of_unbounded_numbers(
        half in any::<u64>(), odd in 0_u64..8, off in -4_i64..5, negative in any::<bool>(),
    ) {
        // (odd/2) * 10^-18 but for a little: the cut to 36 digits decides whether it is a tie.
        let divisor: BigInt = BigInt::from(half) * 2 + 2 + off;
        prop_assume!(divisor.sign() == Sign::Plus);
        let dividend: BigInt = (BigInt::from(half) + 1) * odd;
        let dividend = if negative { -dividend } else { dividend };
        let scaled = &divisor * ten_to(18);
        prop_assert_eq!(
            dec(&dividend).quo(dec(&scaled)).map(big),
            fitting(chop(&(&dividend * ten_to(36) / &scaled)))
        );
    }

    #[test]
    fn whole_parts_are_those_of_unbounded_numbers(a in atomics()) {
        prop_assert_eq!(dec(&a).truncate(), whole_number(&(&a / ten_to(18))));
        prop_assert_eq!(dec(&a).round(), whole_number(&chop(&a)));
        prop_assert_eq!(dec(&a).is_negative(), a.sign() == Sign::Minus);
        prop_assert_eq!(dec(&a).is_zero(), a.sign() == Sign::NoSign);
    }

    #[test]
    fn decimals_sort_as_numbers(a in atomics(), b in atomics()) {
        prop_assert_eq!(dec(&a).cmp(&dec(&b)), a.cmp(&b));
    }

    #[test]
    fn whole_numbers_become_decimals(int in any::<i128>(), uint in any::<u128>()) {
        prop_assert_eq!(Dec::from_int(int).map(big), Ok(ten_to(18) * int));
        prop_assert_eq!(Dec::from_uint(uint).map(big), Ok(ten_to(18) * uint));
        prop_assert_eq!(big(Dec::from_atomics(int)), BigInt::from(int));
        prop_assert_eq!(Dec::from_int(int).and_then(Dec::truncate), Ok(int));
    }

    #[test]
    fn a_decimal_is_printed_with_18_digits_and_read_back(a in atomics()) {
        let size = a.magnitude();
        let one = ten_to(18);
        let sign = if a.sign() == Sign::Minus { "-" } else { "" };
        let expected = format!("{sign}{}.{:0>18}", size / one.magnitude(), (size % one.magnitude()).to_string());
        prop_assert_eq!(dec(&a).to_string(), expected.clone());
        prop_assert_eq!(expected.parse::<Dec>().map(big), Ok(a.clone()));
        prop_assert_eq!(format!("{:?}", dec(&a)), expected);

        let bytes = borsh::to_vec(&dec(&a)).unwrap();
        prop_assert_eq!(bytes.len(), 32);
        prop_assert_eq!(borsh::from_slice::<Dec>(&bytes).unwrap(), dec(&a));
    }

    #[test]
    fn text_is_a_decimal_where_the_grammar_says_so(
        text in prop_oneof![
            "-?[0-9]{0,3}(\\.[0-9]{0,20})?",
            "[-+.0-9eE_x ]{0,12}",
            "-?[0-9]{70,90}(\\.[0-9]{1,18})?",
            any::<String>(),
        ]
    ) {
        let (sign, body) = text.strip_prefix('-').map_or((1, text.as_str()), |body| (-1, body));
        let mut parts = body.split('.');
        let (whole, fraction, third) = (parts.next().unwrap_or(""), parts.next(), parts.next());
        let digits = |part: &str| !part.is_empty() && part.chars().all(|c: char| c.is_ascii_digit());
        let good = digits(whole) && fraction.is_none_or(|f| digits(f) && f.len() <= 18) && third.is_none();
        let expected = if good {
            let all = format!("{whole}{:0<18}", fraction.unwrap_or(""));
            fitting(all.parse::<BigInt>().unwrap() * sign)
        } else {
            Err(DecError::Text)
        };
        prop_assert_eq!(text.parse::<Dec>().map(big), expected);
    }

    #[test]
    fn text_of_atomics_is_an_integer_or_refused(
        text in prop_oneof!["[-+]?[0-9]{1,80}", "[-+.0-9e_ ]{1,6}", any::<String>()]
    ) {
        let body = text.strip_prefix(['-', '+']).unwrap_or(&text);
        let good = !body.is_empty() && body.chars().all(|c: char| c.is_ascii_digit());
        let expected = match (text.as_str(), good) {
            ("", _) => Ok(BigInt::from(0)),
            (_, true) => fitting(text.parse().unwrap()),
            (_, false) => Err(DecError::Text),
        };
        prop_assert_eq!(Dec::from_atomics_text(&text).map(big), expected);
    }
}

#[test]
fn what_lies_beyond_36_digits_does_not_break_a_tie() {
    // 10^-18 / 1.999999999999999999 is a little more than half of 10^-18; the SDK says 0.
    let dividend: Dec = "0.000000000000000001".parse().unwrap();
    assert_eq!(dividend.quo("1.999999999999999999".parse().unwrap()), Ok(Dec::ZERO));
    assert_eq!(dividend.quo("1.999999999999999990".parse().unwrap()), Ok(dividend));
}

#[test]
fn shares_of_a_token_with_18_decimals_do_not_overflow_on_the_way() {
    // 10^9 tokens of 18 decimals: shares times tokens needs 300 bits, the quotient by all shares does not.
    let tokens = 10_i128.pow(27);
    let shares = Dec::from_int(tokens).unwrap();
    let worth = shares.mul_int(tokens).and_then(|product| product.quo(shares));
    assert_eq!(worth.and_then(Dec::truncate), Ok(tokens));
    assert_eq!(shares.times(shares).map(big), Ok(ten_to(72)));
}

#[test]
fn quotients_round_up_toward_positive_infinity() {
    let dec = |text: &str| text.parse::<Dec>().unwrap();
    assert_eq!(dec("2").quo_round_up(dec("3")), Ok(dec("0.666666666666666667")));
    assert_eq!(dec("-2").quo_round_up(dec("3")), Ok(dec("-0.666666666666666666")));
    assert_eq!(dec("-2").quo_round_up(dec("-3")), Ok(dec("0.666666666666666667")));
    assert_eq!(dec("6").quo_round_up(dec("3")), Ok(dec("2")));
}

#[test]
fn a_megabyte_of_digits_is_an_overflow() {
    let nines = "9".repeat(1_000_000);
    assert_eq!(nines.parse::<Dec>(), Err(DecError::Overflow));
    assert_eq!(Dec::from_atomics_text(&nines), Err(DecError::Overflow));
    assert_eq!("0".repeat(1_000_000).parse::<Dec>(), Ok(Dec::ZERO));
}
