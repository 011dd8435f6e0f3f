//! Decimals: integer text of 10^-18 units in protobuf, 18 places after the point in JSON.

const PLACES: usize = 18;

/// Longest text that is read, in bytes; the SDK's decimals have at most 315 bits, about 95 digits.
const TEXT_MAX: usize = 100;

/// `"150000000000000000"` as `"0.150000000000000000"`; `None` if it is not an integer.
pub(crate) fn from_units(text: &str) -> Option<String> {
    let (sign, digits) = split_sign(text)?;
    let digits = format!("{digits:0>width$}", width = PLACES.saturating_add(1));
    let (whole, places) = digits.split_at_checked(digits.len().checked_sub(PLACES)?)?;
    Some(format!("{sign}{whole}.{places}"))
}

/// `"0.15"` as `"150000000000000000"`; `None` if it is not a decimal of at most 18 places.
pub(super) fn to_units(text: &str) -> Option<String> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (whole, places) = match rest.split_once('.') {
        Some((_, "")) => return None,
        Some((whole, places)) => (whole, places),
        None => (rest, ""),
    };
    if whole.is_empty() || places.len() > PLACES {
        return None;
    }
    let digits = format!("{whole}{places:0<PLACES$}");
    split_sign(&digits).filter(|(sign, _)| sign.is_empty())?;
    let digits = digits.trim_start_matches('0');
    Some(if digits.is_empty() { "0".into() } else { format!("{sign}{digits}") })
}

fn split_sign(text: &str) -> Option<(&'static str, &str)> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    let good = !digits.is_empty() && digits.len() <= TEXT_MAX && digits.bytes().all(|b| b.is_ascii_digit());
    good.then_some((sign, digits))
}

#[cfg(test)]
mod tests {
    use super::{from_units, to_units};

    #[test]
    fn units_and_decimals_are_two_spellings_of_one_number() {
        let table = [
            ("0", "0.000000000000000000"),
            ("1", "0.000000000000000001"),
            ("-1", "-0.000000000000000001"),
            ("150000000000000000", "0.150000000000000000"),
            ("1000000000000000000", "1.000000000000000000"),
            ("-123456789000000000000000000", "-123456789.000000000000000000"),
        ];
        for (units, decimal) in table {
            assert_eq!(from_units(units).as_deref(), Some(decimal));
            assert_eq!(to_units(decimal).as_deref(), Some(units));
        }
    }

    #[test]
    fn what_is_not_a_decimal_has_no_units() {
        for text in
            ["", "-", ".", "1.", ".5", "--1", "1.-5", "+1", "1e3", "0x1", "1.0000000000000000001", " 1"]
        {
            assert_eq!(to_units(text), None, "{text:?}");
        }
        for text in ["", "-", "1.0", "+1", "a"] {
            assert_eq!(from_units(text), None, "{text:?}");
        }
    }
}
