//! The slash meter: how much of the provider's power consumers may still have jailed.
//!
//! It is full at genesis, refilled here as time passes, and emptied by the downtime that consumers report, which comes with
//! punishment. Source: provider spec §5.4.

use super::error::Error;
use super::host::{Host, View};
use super::params::{self, Params};
use super::state;
use borsh::{BorshDeserialize, BorshSerialize};
use ics_abci::{Dec, Power, Time};

/// The meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Meter {
    /// The power that may be jailed before reports are bounced; below 0 they are.
    pub level: Power,
    /// When it is refilled next (UTC).
    pub candidate: Time,
}

/// What the meter gains at each refill, and holds at most: a share of the power of all bonded validators, half to even,
/// and at least 1.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`].
pub fn allowance(view: &impl View) -> Result<Power, Error> {
    let params = params::get(view)?;
    Ok(share(&params.slash_meter_replenish_fraction, view.total_power()))
}

/// The meter as it stands.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`].
pub fn get(view: &impl View) -> Result<Meter, Error> {
    state::METER.get(view)?.ok_or(Error::NoGenesis)
}

/// Fills the meter, at genesis.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`].
pub(super) fn fill(host: &mut impl Host) -> Result<(), Error> {
    let params = params::get(host)?;
    let level = share(&params.slash_meter_replenish_fraction, host.total_power());
    let meter = Meter { level, candidate: next(host.now(), &params) };
    state::METER.set(host, &meter);
    Ok(())
}

/// Refills the meter where its time has come. While it is full that time moves on, so it is one period after the last
/// block in which the meter was full.
///
/// # Errors
/// [`Error::NoGenesis`], [`Error::Corrupt`].
pub(super) fn replenish(host: &mut impl Host) -> Result<(), Error> {
    let (params, before) = (params::get(host)?, get(host)?);
    let allowance = share(&params.slash_meter_replenish_fraction, host.total_power());
    let meter = replenished(before, allowance, host.now(), next(host.now(), &params));
    if meter != before {
        state::METER.set(host, &meter);
    }
    Ok(())
}

/// The meter after the begin of a block at `now`; a refill puts the next one at `candidate`.
fn replenished(meter: Meter, allowance: Power, now: Time, candidate: Time) -> Meter {
    let refilled = if now >= meter.candidate {
        Meter { level: meter.level.saturating_add(allowance).min(allowance), candidate }
    } else {
        meter
    };
    if refilled.level >= allowance { Meter { level: allowance, candidate } } else { refilled }
}

/// `fraction` is a parameter, checked when it was set; what does not fit counts as all.
fn share(fraction: &str, total: Power) -> Power {
    let share = || fraction.parse::<Dec>()?.mul_int(i128::from(total))?.round();
    Power::try_from(share().unwrap_or(i128::from(total))).unwrap_or(total).max(1)
}

/// One period from now. Past the calendar's end, which no period reaches today, it is always time.
fn next(now: Time, params: &Params) -> Time {
    params.slash_meter_replenish_period.get().and_then(|period| now.plus(period).ok()).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;

    fn at(seconds: u64) -> Time {
        Time::UNIX_EPOCH.plus(Duration::from_secs(seconds)).unwrap()
    }

    #[test]
    fn the_allowance_is_rounded_half_to_even_and_never_nothing() {
        for (fraction, total, expected) in [
            ("0.05", 340, 17),
            ("0.2", 4_000, 800),
            ("0.5", 5, 2),
            ("0.5", 7, 4),
            ("0.01", 1, 1),
            ("1", 9, 9),
        ] {
            assert_eq!(share(fraction, total), expected, "{fraction} of {total}");
        }
    }

    #[test]
    fn an_empty_meter_waits_for_its_time_and_a_full_one_moves_it() {
        let meter = |level, candidate| Meter { level, candidate: at(candidate) };
        for (before, allowance, now, after) in [
            (meter(-200, 3_600), 600, 5, meter(-200, 3_600)),
            (meter(-200, 3_600), 600, 3_599, meter(-200, 3_600)),
            (meter(-200, 3_600), 600, 3_600, meter(400, 7_200)),
            (meter(400, 7_200), 600, 7_200, meter(600, 10_800)),
            (meter(600, 10_800), 600, 7_300, meter(600, 10_900)),
            // Less power in all shrinks a full meter at once; more power does not fill it.
            (meter(600, 10_900), 500, 7_400, meter(500, 11_000)),
            (meter(500, 11_000), 600, 7_500, meter(500, 11_000)),
            (meter(Power::MIN, 0), 1, 1, meter(Power::MIN + 1, 3_601)),
        ] {
            let candidate = at(now).plus(Duration::from_secs(3_600)).unwrap();
            assert_eq!(replenished(before, allowance, at(now), candidate), after, "{before:?} at {now}");
        }
    }
}
