//! The shapes of the files that people write, and their reading into proto-JSON.
//!
//! Journey: [`super::file`] → [`read`]. Source: provider spec §8.9; Go's `encoding/json`, which takes names in any case
//! and `null` for what is not there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value};

/// What stands at a place of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// Text in quotes.
    Text,
    /// `true` or `false`.
    Flag,
    /// Base64.
    Bytes,
    /// A whole number from 0 to this one.
    Unsigned(u64),
    /// A whole number of 64 bits.
    Signed,
    /// A decimal as text.
    Decimal,
    /// Nanoseconds, or text such as `"3600s"`.
    Duration,
    /// RFC 3339.
    Time,
    /// A list of one shape.
    List(&'static Shape),
    /// Named members.
    Record(&'static [(&'static str, Shape)]),
    /// Whatever it is, somebody else reads it.
    Other,
}

use Shape::{Bytes, Decimal, Duration, Flag, List, Other, Record, Signed, Text, Time, Unsigned};

const U32: Shape = Unsigned(u32::MAX as u64);
const U64: Shape = Unsigned(u64::MAX);
const METADATA: Shape = Record(&[("name", Text), ("description", Text), ("metadata", Text)]);
const HEIGHT: Shape = Record(&[("revision_number", U64), ("revision_height", U64)]);
const INITIALIZATION: Shape = Record(&[
    ("initial_height", HEIGHT),
    ("genesis_hash", Bytes),
    ("binary_hash", Bytes),
    ("spawn_time", Time),
    ("unbonding_period", Duration),
    ("ccv_timeout_period", Duration),
    ("transfer_timeout_period", Duration),
    ("consumer_redistribution_fraction", Text),
    ("blocks_per_distribution_transmission", Signed),
    ("historical_entries", Signed),
    ("distribution_transmission_channel", Text),
    ("connection_id", Text),
]);
const SHAPING: Shape = Record(&[
    ("top_N", U32),
    ("validators_power_cap", U32),
    ("validator_set_cap", U32),
    ("allowlist", List(&Text)),
    ("denylist", List(&Text)),
    ("min_stake", U64),
    ("allow_inactive_vals", Flag),
    ("prioritylist", List(&Text)),
]);
const COSTS: Shape = Record(&[("slash_fraction", Decimal), ("jail_duration", Duration), ("tombstone", Flag)]);
const INFRACTION: Shape = Record(&[("double_sign", COSTS), ("downtime", COSTS)]);
const DENOMS: Shape = Record(&[("denoms", List(&Text))]);

/// `MsgCreateConsumer`.
pub(crate) const CREATE_CONSUMER: Shape = Record(&[
    ("submitter", Text),
    ("chain_id", Text),
    ("metadata", METADATA),
    ("initialization_parameters", INITIALIZATION),
    ("power_shaping_parameters", SHAPING),
    ("allowlisted_reward_denoms", DENOMS),
    ("infraction_parameters", INFRACTION),
]);

/// `MsgUpdateConsumer`.
pub(crate) const UPDATE_CONSUMER: Shape = Record(&[
    ("owner", Text),
    ("consumer_id", Text),
    ("new_owner_address", Text),
    ("metadata", METADATA),
    ("initialization_parameters", INITIALIZATION),
    ("power_shaping_parameters", SHAPING),
    ("allowlisted_reward_denoms", DENOMS),
    ("new_chain_id", Text),
    ("infraction_parameters", INFRACTION),
]);

/// A proposal, as the SDK's command reads it.
pub(crate) const PROPOSAL: Shape = Record(&[
    ("messages", List(&Other)),
    ("metadata", Text),
    ("deposit", Text),
    ("title", Text),
    ("summary", Text),
    ("expedited", Flag),
]);

const A_TIME: &str = "a time in quotes, such as \"2026-01-31T12:00:00Z\"";

/// What is wrong in a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    place: String,
    why: String,
}

impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if self.place.is_empty() { f.write_str(&self.why) } else { write!(f, "{}: {}", self.place, self.why) }
    }
}

/// The proto-JSON of a value that has a shape; `None` for `null`. `place` is where the value stands.
///
/// # Errors
/// [`Fault`]: the first value that has not the shape of its place.
pub(crate) fn read(shape: Shape, value: &Value, place: &str) -> Result<Option<Value>, Fault> {
    let must = |be: &str| Fault { place: place.to_owned(), why: format!("must be {be}") };
    if value.is_null() {
        return Ok(None);
    }
    let text = || value.as_str().ok_or(());
    let read = match shape {
        Text => text().map(Value::from).map_err(|()| must("text in quotes"))?,
        Flag => value.as_bool().map(Value::from).ok_or_else(|| must("true or false"))?,
        Bytes => match value.as_str() {
            Some(text) if BASE64.decode(text).is_ok() => Value::from(text),
            _ => return Err(must("base64 in quotes")),
        },
        Unsigned(max) => {
            let number = value.as_u64().or_else(|| digits(value)?.parse().ok());
            let number = number.filter(|number| *number <= max);
            number
                .map(|number| Value::from(number.to_string()))
                .ok_or_else(|| must(&format!("a whole number from 0 to {max}")))?
        }
        Signed => {
            let number = value.as_i64().or_else(|| digits(value)?.parse().ok());
            number
                .map(|number: i64| Value::from(number.to_string()))
                .ok_or_else(|| must("a whole number of 64 bits"))?
        }
        Decimal => match value.as_str() {
            Some(text) if text.parse::<ics_abci::Dec>().is_ok() => Value::from(text),
            _ => return Err(must("a decimal in quotes, such as \"0.05\"")),
        },
        Duration => match (value.as_i64(), value.as_str()) {
            (Some(ns), _) => Value::from(seconds(ns)),
            (None, Some(text)) if is_seconds(text) => Value::from(text),
            _ => return Err(must("a whole number of nanoseconds, or seconds such as \"3600s\"")),
        },
        Time => match value.as_str() {
            Some(text) => match utc(text) {
                Some(time) => Value::from(time.to_string()),
                None => return Err(must(A_TIME)),
            },
            None => return Err(must(A_TIME)),
        },
        List(inner) => {
            let items = value.as_array().ok_or_else(|| must("a list"))?.iter().enumerate();
            let items = items.map(|(at, item)| {
                let place = format!("{place}[{at}]");
                let null = || Fault { place: place.clone(), why: "must not be null".to_owned() };
                read(*inner, item, &place)?.ok_or_else(null)
            });
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Record(fields) => {
            let members = value.as_object().ok_or_else(|| must("an object"))?;
            Value::Object(record(fields, members, place)?)
        }
        Other => value.clone(),
    };
    Ok(Some(read))
}

fn record(
    fields: &[(&'static str, Shape)],
    members: &Map<String, Value>,
    place: &str,
) -> Result<Map<String, Value>, Fault> {
    let mut read_members = Map::new();
    for (name, member) in members {
        let dot = if place.is_empty() { "" } else { "." };
        let inner = format!("{place}{dot}{name}");
        let Some((field, shape)) = fields.iter().find(|(field, _)| same(field, name)) else {
            let known: Vec<&str> = fields.iter().map(|(field, _)| *field).collect();
            return Err(Fault { place: inner, why: format!("is no field; known: {}", known.join(", ")) });
        };
        let Some(member) = read(*shape, member, &inner)? else { continue };
        if read_members.insert((*field).to_owned(), member).is_some() {
            return Err(Fault { place: inner, why: format!("names {field} a second time") });
        }
    }
    Ok(read_members)
}

/// Whether a member's name means a field: in any case, as Go reads it, or without underscores, as proto-JSON may.
fn same(field: &str, name: &str) -> bool {
    name.eq_ignore_ascii_case(field)
        || (!name.contains('_') && name.eq_ignore_ascii_case(&field.replace('_', "")))
}

/// A number in quotes.
fn digits(value: &Value) -> Option<&str> {
    let text = value.as_str()?;
    let size = text.strip_prefix('-').unwrap_or(text);
    (!size.is_empty() && size.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

/// A time of RFC 3339, which may say how far its clock is from UTC.
fn utc(text: &str) -> Option<ics_abci::Time> {
    let Some((local, offset)) = text.len().checked_sub(6).and_then(|at| text.split_at_checked(at)) else {
        return ics_abci::Time::parse(text).ok();
    };
    let (sign, clock) = match offset.split_at_checked(1) {
        Some(("+", clock)) => (-1, clock),
        Some(("-", clock)) => (1, clock),
        _ => return ics_abci::Time::parse(text).ok(),
    };
    let (hours, minutes) = clock.split_once(':')?;
    let number = |text: &str, below: i128| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number: &i128| digits && *number < below)
    };
    let seconds =
        number(hours, 24)?.saturating_mul(3_600).saturating_add(number(minutes, 60)?.saturating_mul(60));
    let shift = seconds.saturating_mul(1_000_000_000).saturating_mul(sign);
    let local = ics_abci::Time::parse(&format!("{local}Z")).ok()?;
    ics_abci::Time::from_unix_nanos(local.unix_nanos().saturating_add(shift)).ok()
}

/// Nanoseconds as proto-JSON's seconds.
fn seconds(ns: i64) -> String {
    let (sign, size) = (if ns < 0 { "-" } else { "" }, ns.unsigned_abs());
    let (whole, rest) = (size.wrapping_div(1_000_000_000), size.wrapping_rem(1_000_000_000));
    let text = format!("{sign}{whole}.{rest:09}");
    format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Whether a text is proto-JSON's form of a duration.
fn is_seconds(text: &str) -> bool {
    let all = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(size) = text.strip_suffix('s') else { return false };
    let size = size.strip_prefix('-').unwrap_or(size);
    let (whole, rest) = size.split_once('.').unwrap_or((size, "0"));
    // Protobuf's range has twelve digits; the reader checks it exactly.
    (1..=12).contains(&whole.len()) && (1..=9).contains(&rest.len()) && all(whole) && all(rest)
}

#[cfg(test)]
mod tests {
    use super::{is_seconds, seconds, utc};

    #[test]
    fn times_may_say_how_far_their_clock_is_from_utc() {
        for (text, time) in [
            ("2026-01-31T12:00:00Z", Some("2026-01-31T12:00:00Z")),
            ("2026-01-31T12:00:00+02:30", Some("2026-01-31T09:30:00Z")),
            ("2026-01-31T23:00:00.5-01:00", Some("2026-02-01T00:00:00.500Z")),
            ("0001-01-01T00:00:00Z", Some("0001-01-01T00:00:00Z")),
            ("0001-01-01T00:00:00+01:00", None),
            ("2026-01-31T12:00:00+24:00", None),
            ("2026-01-31T12:00:00+1:000", None),
            ("2026-01-31T12:00:00", None),
            ("+00:00", None),
            ("", None),
        ] {
            assert_eq!(utc(text).map(|time| time.to_string()).as_deref(), time, "{text}");
        }
    }

    #[test]
    fn whole_nanoseconds_become_seconds_with_their_sign() {
        for (ns, text) in [
            (0, "0s"),
            (3_600_000_000_000, "3600s"),
            (1_500_000_000, "1.5s"),
            (-500_000_000, "-0.5s"),
            (-1, "-0.000000001s"),
            (i64::MIN, "-9223372036.854775808s"),
        ] {
            assert_eq!(seconds(ns), text);
            assert!(is_seconds(text), "{text}");
        }
        for text in ["", "s", "1", "1m", ".5s", "1.s", "--1s", "1.0000000001s", "1e3s", " 1s"] {
            assert!(!is_seconds(text), "{text}");
        }
    }
}
