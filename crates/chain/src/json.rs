//! How genesis documents write numbers and durations: as text, in the SDK's JSON.

/// Integers as text; numbers are read too.
pub(crate) mod int {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::fmt::Display;
    use std::str::FromStr;

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Number(u64),
    }

    pub(crate) fn serialize<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        let text = match Either::deserialize(from)? {
            Either::Text(text) => text,
            Either::Number(number) => number.to_string(),
        };
        text.parse().map_err(|_| D::Error::custom(format!("{text:?} is no number of this kind")))
    }
}

/// Durations as seconds with an `s` behind them, e.g. `"86400s"` or `"1.5s"`.
pub(crate) mod duration {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::time::Duration;

    pub(crate) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        if value.subsec_nanos() == 0 {
            return to.collect_str(&format_args!("{}s", value.as_secs()));
        }
        let nanos = format!("{:09}", value.subsec_nanos());
        to.collect_str(&format_args!("{}.{}s", value.as_secs(), nanos.trim_end_matches('0')))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        parse(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is no duration in seconds")))
    }

    fn parse(text: &str) -> Option<Duration> {
        let (whole, fraction) = text.strip_suffix('s').map(|t| t.split_once('.').unwrap_or((t, "")))?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || fraction.len() > 9 {
            return None;
        }
        Some(Duration::new(whole.parse().ok()?, format!("{fraction:0<9}").parse().ok()?))
    }
}

/// Decimals as text with 18 digits behind the point.
pub(crate) mod dec {
    use ics_abci::Dec;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(value: &Dec, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Dec, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(|_| D::Error::custom(format!("{text:?} is no decimal")))
    }
}

/// The `key` of a public key in JSON: base64.
pub(crate) mod base64 {
    use ::base64::{Engine, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(value: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(value))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// Moments as RFC 3339.
pub(crate) mod time {
    use ics_abci::Time;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(value: &Time, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Time, D::Error> {
        let text = String::deserialize(from)?;
        Time::parse(&text).map_err(|error| D::Error::custom(format!("{text:?}: {error}")))
    }
}
