//! Block heights and block times.

use alloc::string::{String, ToString};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use core::time::Duration;

/// Height of a block of one chain, counted in blocks from 1; 0 is "before the first".
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct Height(pub u64);

impl Height {
    /// The height after this one (the greatest has none and stays).
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
    /// The height before this one; 0 stays 0.
    #[must_use]
    pub const fn prev(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A moment in UTC with nanoseconds, from year 1 to 9999, as block headers carry it.
///
/// Ordered in time. Its borsh form is not, being little-endian: a key of the state writes its own bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct Time {
    seconds: i64,
    nanos: u32,
}

/// A moment outside the years 1 to 9999, or text that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not in the years 1 to 9999.
    #[error("time outside the years 1 to 9999")]
    Range,
    /// Not RFC 3339 text in UTC.
    #[error("not an RFC 3339 time in UTC")]
    Text,
}

const MIN_SECONDS: i64 = -62_135_596_800;
const MAX_SECONDS: i64 = 253_402_300_799;
const NANOS: i128 = 1_000_000_000;

impl Time {
    /// 0001-01-01T00:00:00Z, which Go and so this protocol's messages mean by "no time given".
    pub const ZERO: Self = Self { seconds: MIN_SECONDS, nanos: 0 };
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = Self { seconds: 0, nanos: 0 };

    /// The moment this many seconds and nanoseconds after 1970.
    ///
    /// # Errors
    /// [`TimeError::Range`] outside the years 1 to 9999 or with 10^9 nanoseconds and more.
    pub const fn new(seconds: i64, nanos: u32) -> Result<Self, TimeError> {
        if seconds < MIN_SECONDS || seconds > MAX_SECONDS || nanos >= 1_000_000_000 {
            return Err(TimeError::Range);
        }
        Ok(Self { seconds, nanos })
    }

    /// The moment this many nanoseconds after 1970.
    ///
    /// # Errors
    /// [`TimeError::Range`] outside the years 1 to 9999.
    pub fn from_unix_nanos(nanos: i128) -> Result<Self, TimeError> {
        let seconds = i64::try_from(nanos.div_euclid(NANOS)).map_err(|_| TimeError::Range)?;
        let rest = u32::try_from(nanos.rem_euclid(NANOS)).map_err(|_| TimeError::Range)?;
        Self::new(seconds, rest)
    }

    /// Seconds since 1970.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds within the second.
    #[must_use]
    pub const fn nanos(self) -> u32 {
        self.nanos
    }

    /// Nanoseconds since 1970.
    #[must_use]
    pub fn unix_nanos(self) -> i128 {
        // At most 2.6e11 seconds: far inside 128 bits.
        i128::from(self.seconds).saturating_mul(NANOS).saturating_add(i128::from(self.nanos))
    }

    /// Nanoseconds since 1970 as packets carry them; `None` before 1970 and after the year 2554.
    #[must_use]
    pub fn packet_nanos(self) -> Option<u64> {
        u64::try_from(self.unix_nanos()).ok()
    }

    /// Whether this is [`Time::ZERO`].
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.seconds == MIN_SECONDS && self.nanos == 0
    }

    /// This moment and `duration` later.
    ///
    /// # Errors
    /// [`TimeError::Range`] after the year 9999.
    pub fn plus(self, duration: Duration) -> Result<Self, TimeError> {
        let added = i128::try_from(duration.as_nanos()).map_err(|_| TimeError::Range)?;
        Self::from_unix_nanos(self.unix_nanos().saturating_add(added))
    }

    /// How long after `earlier` this is; zero where it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let nanos = self.unix_nanos().saturating_sub(earlier.unix_nanos());
        let Ok(nanos) = u128::try_from(nanos) else { return Duration::ZERO };
        let per_second = NANOS.unsigned_abs();
        let seconds = u64::try_from(nanos.div_euclid(per_second)).unwrap_or(u64::MAX);
        Duration::new(seconds, u32::try_from(nanos.rem_euclid(per_second)).unwrap_or(0))
    }

    /// Year, month, day, hour, minute, second (proleptic Gregorian calendar).
    #[must_use]
    pub fn civil(self) -> (i64, u32, u32, u32, u32, u32) {
        let days = self.seconds.div_euclid(86_400);
        let of_day = u32::try_from(self.seconds.rem_euclid(86_400)).unwrap_or(0);
        // Days since 0000-03-01, in eras of 400 years (146,097 days).
        let z = days.saturating_add(719_468);
        let era = z.div_euclid(146_097);
        let doe = u32::try_from(z.rem_euclid(146_097)).unwrap_or(0);
        let yoe =
            doe.saturating_sub(doe / 1_460).saturating_add(doe / 36_524).saturating_sub(doe / 146_096) / 365;
        let doy =
            doe.saturating_sub((yoe.saturating_mul(365)).saturating_add(yoe / 4).saturating_sub(yoe / 100));
        let mp = doy.saturating_mul(5).saturating_add(2) / 153;
        let day = doy.saturating_sub(mp.saturating_mul(153).saturating_add(2) / 5).saturating_add(1);
        let month = if mp < 10 { mp.saturating_add(3) } else { mp.saturating_sub(9) };
        let year = era
            .saturating_mul(400)
            .saturating_add(i64::from(yoe))
            .saturating_add(i64::from(u8::from(month <= 2)));
        (year, month, day, of_day / 3_600, of_day % 3_600 / 60, of_day % 60)
    }

    /// Parses RFC 3339 text in UTC (`Z`), with at most nine fractional digits.
    ///
    /// # Errors
    /// [`TimeError`] where the text is no such time.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let text = text.strip_suffix('Z').ok_or(TimeError::Text)?;
        let (date, clock) = text.split_once('T').ok_or(TimeError::Text)?;
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
        let [year, month, day] = fields(date, '-', [4, 2, 2])?;
        let [hour, minute, second] = fields(clock, ':', [2, 2, 2])?;
        if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
            return Err(TimeError::Text);
        }
        if hour > 23 || minute > 59 || second > 59 || (fraction.is_empty() && text.ends_with('.')) {
            return Err(TimeError::Text);
        }
        let nanos = fraction_nanos(fraction)?;
        let seconds = days_from_civil(year, month, day)
            .saturating_mul(86_400)
            .saturating_add(hour.saturating_mul(3_600))
            .saturating_add(minute.saturating_mul(60))
            .saturating_add(second);
        Self::new(seconds, nanos)
    }
}

/// Refuses what [`Time::new`] refuses.
impl BorshDeserialize for Time {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let (seconds, nanos) = <(i64, u32)>::deserialize_reader(reader)?;
        Self::new(seconds, nanos)
            .map_err(|error| borsh::io::Error::new(borsh::io::ErrorKind::InvalidData, error.to_string()))
    }
}

fn fields(text: &str, separator: char, widths: [usize; 3]) -> Result<[i64; 3], TimeError> {
    let mut parts = text.split(separator);
    let mut out = [0_i64; 3];
    for (slot, width) in out.iter_mut().zip(widths) {
        let part = parts.next().ok_or(TimeError::Text)?;
        if part.len() != width || !part.bytes().all(|b| b.is_ascii_digit()) {
            return Err(TimeError::Text);
        }
        *slot = part.parse().map_err(|_| TimeError::Text)?;
    }
    if parts.next().is_some() { Err(TimeError::Text) } else { Ok(out) }
}

fn fraction_nanos(digits: &str) -> Result<u32, TimeError> {
    if digits.len() > 9 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(TimeError::Text);
    }
    let mut padded = String::from(digits);
    while padded.len() < 9 {
        padded.push('0');
    }
    padded.parse().map_err(|_| TimeError::Text)
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year.saturating_sub(1) } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = if month > 2 { month.saturating_sub(3) } else { month.saturating_add(9) };
    let doy = (mp.saturating_mul(153).saturating_add(2) / 5).saturating_add(day.saturating_sub(1));
    let doe = yoe.saturating_mul(365).saturating_add(yoe / 4).saturating_sub(yoe / 100).saturating_add(doy);
    era.saturating_mul(146_097).saturating_add(doe).saturating_sub(719_468)
}

/// RFC 3339 in UTC with 0, 3, 6 or 9 fractional digits, as protobuf JSON has it.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day, hour, minute, second) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match self.nanos {
            0 => {}
            n if n % 1_000_000 == 0 => write!(f, ".{:03}", n / 1_000_000)?,
            n if n % 1_000 == 0 => write!(f, ".{:06}", n / 1_000)?,
            n => write!(f, ".{n:09}")?,
        }
        f.write_str("Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_moment_agree_both_ways() {
        for (text, seconds, nanos) in [
            ("0001-01-01T00:00:00Z", MIN_SECONDS, 0),
            ("1970-01-01T00:00:00Z", 0, 0),
            ("2024-02-29T23:59:59.120Z", 1_709_251_199, 120_000_000),
            ("2024-10-17T07:47:33.124389629Z", 1_729_151_253, 124_389_629),
            ("9999-12-31T23:59:59Z", MAX_SECONDS, 0),
        ] {
            let time = Time::new(seconds, nanos).unwrap();
            assert_eq!(Time::parse(text), Ok(time), "{text}");
            assert_eq!(alloc::format!("{time}"), text);
        }
    }

    #[test]
    fn text_that_is_no_time_is_refused() {
        for text in
            ["", "2024-02-30T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00", "2024-1-01T00:00:00Z"]
        {
            assert_eq!(Time::parse(text), Err(TimeError::Text), "{text}");
        }
    }

    #[test]
    fn a_day_is_since_and_plus() {
        let start = Time::new(-1, 999_999_999).unwrap();
        let day = Duration::new(86_400, 2);
        let end = start.plus(day).unwrap();
        assert_eq!(end, Time::new(86_400, 1).unwrap());
        assert_eq!(end.since(start), day);
        assert_eq!(start.since(end), Duration::ZERO);
    }
}
