//! The JSON that CometBFT prints: 64-bit numbers as text, hashes in upper-case hexadecimal, other bytes in base64.
//!
//! Source: CometBFT 0.38 `libs/json`, `types/`, `rpc/core/types`; compared with recordings key by key.

pub(crate) mod block;
pub(crate) mod event;
pub(crate) mod evidence;
pub(crate) mod params;
pub(crate) mod result;
pub(crate) mod validator;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ics_abci::Time;
use ics_proto::Timestamp;
use serde::{Serialize, Serializer, ser::Error as _};
use std::fmt::Display;

/// A 64-bit number: text.
pub(crate) struct Int<T>(pub(crate) T);

/// A hash or an address: upper-case hexadecimal.
pub(crate) struct Hex(pub(crate) Vec<u8>);

/// Other bytes: base64.
pub(crate) struct B64(pub(crate) Vec<u8>);

/// A moment: RFC 3339 with as many digits as needed; none is the beginning of the year 1.
pub(crate) struct Stamp(pub(crate) Option<Timestamp>);

impl<T: Display> Serialize for Int<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode_upper(&self.0))
    }
}

impl B64 {
    /// `null` where there are no bytes.
    pub(crate) fn or_null(bytes: Vec<u8>) -> Option<Self> {
        (!bytes.is_empty()).then_some(Self(bytes))
    }
}

impl Serialize for B64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(stamp) = &self.0 else { return serializer.serialize_str("0001-01-01T00:00:00Z") };
        let nanos = u32::try_from(stamp.nanos).map_err(S::Error::custom)?;
        let time = Time::new(stamp.seconds, nanos).map_err(S::Error::custom)?;
        serializer.serialize_str(&rfc3339(time))
    }
}

/// The text of a moment with as many digits of the second as it needs.
pub(crate) fn rfc3339(time: Time) -> String {
    let (year, month, day, hour, minute, second) = time.civil();
    let whole = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    match format!("{:09}", time.nanos()).trim_end_matches('0') {
        "" => format!("{whole}Z"),
        fraction => format!("{whole}.{fraction}Z"),
    }
}

/// Omitted where it is the zero of its type.
pub(crate) fn non_zero<T: Default + PartialEq>(value: T) -> Option<Int<T>> {
    (value != T::default()).then_some(Int(value))
}

/// `null` where there is nothing.
pub(crate) fn or_null<T>(items: Vec<T>) -> Option<Vec<T>> {
    (!items.is_empty()).then_some(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_as_many_digits_as_it_needs() {
        let text = |seconds, nanos| {
            serde_json::to_string(&Stamp(Some(Timestamp { seconds, nanos })))
                .map_err(|error| error.to_string())
        };
        assert_eq!(text(0, 0).unwrap(), r#""1970-01-01T00:00:00Z""#);
        assert_eq!(text(0, 120_000_000).unwrap(), r#""1970-01-01T00:00:00.12Z""#);
        assert_eq!(text(1_700_000_000, 1).unwrap(), r#""2023-11-14T22:13:20.000000001Z""#);
        assert_eq!(text(-62_135_596_800, 0).unwrap(), r#""0001-01-01T00:00:00Z""#);
        assert_eq!(serde_json::to_string(&Stamp(None)).unwrap(), r#""0001-01-01T00:00:00Z""#);
        assert_eq!(text(0, -1).unwrap_err(), "out of range integral type conversion attempted");
    }
}
