//! How long a client waits, as it says itself.
//!
//! Source: gRPC over HTTP/2 (`grpc-timeout`): at most eight digits, and a unit.

use axum::http::HeaderMap;
use std::time::Duration;

const HEADER: &str = "grpc-timeout";
const DIGITS_MAX: usize = 8;

/// How long the client waits; none where it does not say, or not in gRPC's words: then it waits for as long as we let it.
pub(super) fn asked(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > DIGITS_MAX || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(count.saturating_mul(3_600)),
        "M" => Duration::from_secs(count.saturating_mul(60)),
        "S" => Duration::from_secs(count),
        "m" => Duration::from_millis(count),
        "u" => Duration::from_micros(count),
        "n" => Duration::from_nanos(count),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_digits_and_a_unit() {
        let asked =
            |text: &str| asked(&HeaderMap::from_iter([(HEADER.parse().unwrap(), text.parse().unwrap())]));
        let nanos = Duration::from_nanos;
        for (text, expected) in [
            ("1H", Duration::from_secs(3_600)),
            ("2M", Duration::from_secs(120)),
            ("99999999S", Duration::from_secs(99_999_999)),
            ("50m", Duration::from_millis(50)),
            ("7u", nanos(7_000)),
            ("0n", nanos(0)),
        ] {
            assert_eq!(asked(text), Some(expected), "{text}");
        }
        for text in ["", "5", "S", "+5S", "-5S", "5s", "5 S", "100000000n", "5SS", "1.5S"] {
            assert_eq!(asked(text), None, "{text}");
        }
        assert_eq!(super::asked(&HeaderMap::new()), None);
    }
}
