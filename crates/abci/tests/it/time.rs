use core::time::Duration;
use ics_abci::{Height, Time, TimeError};
use proptest::prelude::*;

const FIRST_SECOND: i64 = -62_135_596_800;
const LAST_SECOND: i64 = 253_402_300_799;
const NANOS: i128 = 1_000_000_000;

fn moment() -> impl Strategy<Value = Time> {
    let seconds = prop_oneof![
        FIRST_SECOND..=LAST_SECOND,
        -5_i64..5,
        LAST_SECOND - 5..=LAST_SECOND,
        FIRST_SECOND..FIRST_SECOND + 5,
    ];
    let nanos = prop_oneof![Just(0_u32), Just(999_999_999), 0_u32..1_000_000_000];
    (seconds, nanos).prop_map(|(seconds, nanos)| Time::new(seconds, nanos).unwrap())
}

proptest! {
    #[test]
    fn times_sort_as_their_nanoseconds(a in moment(), b in moment()) {
        prop_assert_eq!(a.cmp(&b), a.unix_nanos().cmp(&b.unix_nanos()));
        prop_assert_eq!(a.unix_nanos(), i128::from(a.seconds()) * NANOS + i128::from(a.nanos()));
        prop_assert_eq!(Time::from_unix_nanos(a.unix_nanos()), Ok(a));
        prop_assert_eq!(a.packet_nanos(), u64::try_from(a.unix_nanos()).ok());
        prop_assert_eq!(a.is_zero(), a == Time::ZERO);
    }

    #[test]
    fn texts_of_equal_length_sort_as_their_times(a in moment(), b in moment()) {
        let (a_text, b_text) = (a.to_string(), b.to_string());
        prop_assert_eq!(Time::parse(&a_text), Ok(a));
        if a_text.len() == b_text.len() {
            prop_assert_eq!(a_text.cmp(&b_text), a.cmp(&b));
        }
    }

    #[test]
    fn later_by_the_time_since_is_the_same_moment(a in moment(), b in moment()) {
        let (early, late) = (a.min(b), a.max(b));
        let since = late.since(early);
        prop_assert_eq!(i128::try_from(since.as_nanos()), Ok(late.unix_nanos() - early.unix_nanos()));
        prop_assert_eq!(early.plus(since), Ok(late));
        prop_assert_eq!(early.since(late), Duration::ZERO);
    }

    #[test]
    fn nothing_is_later_than_the_last_moment(a in moment(), seconds in any::<u64>(), nanos in 0_u32..1_000_000_000) {
        let later = a.unix_nanos() + i128::from(seconds) * NANOS + i128::from(nanos);
        let last = Time::new(LAST_SECOND, 999_999_999).unwrap();
        let expected = if later > last.unix_nanos() { Err(TimeError::Range) } else { Ok(later) };
        prop_assert_eq!(a.plus(Duration::new(seconds, nanos)).map(Time::unix_nanos), expected);
    }

    #[test]
    fn stored_times_come_back_and_others_are_refused(a in moment(), seconds in any::<i64>(), nanos in any::<u32>()) {
        let bytes = borsh::to_vec(&a).unwrap();
        prop_assert_eq!(&bytes, &[&a.seconds().to_le_bytes()[..], &a.nanos().to_le_bytes()].concat());
        prop_assert_eq!(borsh::from_slice::<Time>(&bytes).unwrap(), a);

        for (seconds, nanos) in [(seconds, nanos), (a.seconds(), nanos), (seconds, a.nanos())] {
            let stored = borsh::from_slice::<Time>(&borsh::to_vec(&(seconds, nanos)).unwrap());
            prop_assert_eq!(
                stored.map_err(|error| error.to_string()),
                Time::new(seconds, nanos).map_err(|error| error.to_string())
            );
        }
    }

    #[test]
    fn text_is_a_time_in_range_or_refused(
        text in prop_oneof![
            any::<String>(),
            "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,10})?Z",
            "[0-2]{4}-0[0-9]-[0-3][0-9]T[01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{0,10})?Z?",
        ]
    ) {
        if let Ok(time) = Time::parse(&text) {
            // Only the zeros at the end of the fraction may differ.
            let bare = |text: &str| text.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.').to_string();
            let (body, printed) = (text.replace('Z', ""), time.to_string().replace('Z', ""));
            if body.contains('.') {
                prop_assert_eq!(bare(&body), bare(&printed));
            } else {
                prop_assert_eq!(body, printed);
            }
        }
    }
}

#[test]
fn only_moments_of_the_years_1_to_9999_are_times() {
    for (seconds, nanos) in
        [(FIRST_SECOND - 1, 0), (LAST_SECOND + 1, 0), (0, 1_000_000_000), (i64::MIN, 0), (i64::MAX, u32::MAX)]
    {
        assert_eq!(Time::new(seconds, nanos), Err(TimeError::Range), "{seconds} {nanos}");
    }
    let last = i128::from(LAST_SECOND) * NANOS + 999_999_999;
    for nanos in [i128::MIN, i128::from(FIRST_SECOND) * NANOS - 1, last + 1, i128::MAX] {
        assert_eq!(Time::from_unix_nanos(nanos), Err(TimeError::Range), "{nanos}");
    }
    assert_eq!(
        Time::from_unix_nanos(last).map(|time| time.to_string()),
        Ok("9999-12-31T23:59:59.999999999Z".into())
    );
    assert_eq!(Time::parse("0000-12-31T23:59:59Z"), Err(TimeError::Range));
}

#[test]
fn packets_carry_times_from_1970_to_2554() {
    assert_eq!(Time::UNIX_EPOCH.packet_nanos(), Some(0));
    assert_eq!(Time::new(-1, 999_999_999).unwrap().packet_nanos(), None);
    let last = Time::parse("2554-07-21T23:34:33.709551615Z").unwrap();
    assert_eq!(last.packet_nanos(), Some(u64::MAX));
    assert_eq!(last.plus(Duration::from_nanos(1)).unwrap().packet_nanos(), None);
    assert_eq!(Time::ZERO.packet_nanos(), None);
}

#[test]
fn every_day_of_the_calendar_is_counted() {
    let days_of = |year: i64| -> [u32; 12] {
        let leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
        [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    };
    let mut seconds = FIRST_SECOND;
    for year in 1..=9_999_i64 {
        for (month, days) in (1_u32..).zip(days_of(year)) {
            for day in 1..=days {
                let noon = Time::new(seconds + 43_201, 0).unwrap();
                assert_eq!(noon.civil(), (year, month, day, 12, 0, 1));
                seconds += 86_400;
            }
            let last = format!("{year:04}-{month:02}-{days:02}T00:00:00Z");
            assert_eq!(Time::parse(&last).map(Time::seconds), Ok(seconds - 86_400), "{last}");
            let none = format!("{year:04}-{month:02}-{:02}T00:00:00Z", days + 1);
            assert_eq!(Time::parse(&none), Err(TimeError::Text), "{none}");
        }
    }
    assert_eq!(seconds, LAST_SECOND + 1);
}

#[test]
fn heights_stop_at_their_ends() {
    assert_eq!(Height(5).next(), Height(6));
    assert_eq!(Height(5).prev(), Height(4));
    assert_eq!(Height(u64::MAX).next(), Height(u64::MAX));
    assert_eq!(Height(0).prev(), Height(0));
    assert_eq!(Height(12).to_string(), "12");
}
