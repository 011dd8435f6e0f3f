//! Durations as JSON has them: seconds with at most nine digits behind the point, then `s`.

use super::DurationNs;
use core::fmt;

const PER_SECOND: u64 = 1_000_000_000;

/// Seconds with 0, 3, 6 or 9 digits behind the point, e.g. `3600s` or `-0.000000005s`.
impl fmt::Display for DurationNs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let (seconds, rest) = (nanos / PER_SECOND, nanos % PER_SECOND);
        write!(f, "{sign}{seconds}")?;
        match rest {
            0 => {}
            n if n % 1_000_000 == 0 => write!(f, ".{:03}", n / 1_000_000)?,
            n if n % 1_000 == 0 => write!(f, ".{:06}", n / 1_000)?,
            n => write!(f, ".{n:09}")?,
        }
        f.write_str("s")
    }
}

impl DurationNs {
    /// Reads seconds with an optional fraction; `None` where the text is no such duration or does not fit.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let number = unsigned.strip_suffix('s')?;
        let (seconds, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(seconds) || !digits(fraction) || fraction.len() > 9 {
            return None;
        }
        let nanos = alloc::format!("{fraction:0<9}").parse::<i128>().ok()?;
        let nanos =
            i128::from(seconds.parse::<u64>().ok()?).checked_mul(PER_SECOND.into())?.checked_add(nanos)?;
        let signed = if unsigned.len() == text.len() { nanos } else { nanos.checked_neg()? };
        i64::try_from(signed).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_duration_agree_both_ways() {
        for (text, nanos) in [
            ("0s", 0),
            ("3600s", 3_600_000_000_000),
            ("1.500s", 1_500_000_000),
            ("-0.000000005s", -5),
            ("0.000001004s", 1_004),
            ("0.000120s", 120_000),
            ("9223372036.854775807s", i64::MAX),
            ("-9223372036.854775808s", i64::MIN),
        ] {
            assert_eq!(DurationNs::parse(text), Some(DurationNs(nanos)), "{text}");
            assert_eq!(alloc::format!("{}", DurationNs(nanos)), text);
        }
        assert_eq!(DurationNs::parse("1.5s"), Some(DurationNs(1_500_000_000)));
    }

    #[test]
    fn text_that_is_no_duration_is_refused() {
        for text in [
            "",
            "s",
            "1",
            "1.s",
            ".5s",
            "1.0000000001s",
            "+1s",
            "--1s",
            "1h",
            "9223372036.854775808s",
            "1e3s",
        ] {
            assert_eq!(DurationNs::parse(text), None, "{text}");
        }
    }
}
