//! The clocks of every benchmark. CPU time is this process's own: what else the machine does is not in it.
#![allow(dead_code)] // Each benchmark uses its part.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// The CPU time that some work takes.
pub(crate) fn cpu(work: impl FnOnce()) -> Duration {
    spent(ClockId::ProcessCPUTime, work)
}

/// The time that passes meanwhile, waits included.
pub(crate) fn wall(work: impl FnOnce()) -> Duration {
    spent(ClockId::Monotonic, work)
}

fn spent(clock: ClockId, work: impl FnOnce()) -> Duration {
    let now = || {
        let time = clock_gettime(clock);
        Duration::new(u64::try_from(time.tv_sec).unwrap(), u32::try_from(time.tv_nsec).unwrap())
    };
    let before = now();
    work();
    now() - before
}

/// The median in milliseconds.
#[allow(clippy::float_arithmetic)]
pub(crate) fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}
