//! What waits for Hermes, since when, and when it is worth a new start of Hermes, which finds everything when it scans.
//!
//! Journey: every few seconds [`Waits::overdue`] is told all that waits; what stays longer than [`PATIENCE`] is due.

use ics_abci::Time;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

/// How long something may wait before Hermes is started again for it, doubled with each start. Hermes itself tries a step
/// of a handshake ten times, six seconds apart.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// How often Hermes is started again for the same thing; then it is left alone.
const STARTS: u8 = 3;

/// What Hermes should see to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Waiting {
    /// A packet that was sent there and not received, by its sequence.
    Packet(End, u64),
    /// A channel end whose handshake is not over, and how far it is, in IBC's word.
    Handshake(End, &'static str),
}

/// A channel end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct End {
    pub(super) chain: String,
    pub(super) port: String,
    pub(super) channel: String,
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Packet(End { chain, port, channel }, sequence) => {
                write!(
                    f,
                    "packet {sequence} of {port}/{channel} on {chain} waits, and it does not know of it"
                )
            }
            Self::Handshake(End { chain, port, channel }, state) => {
                write!(f, "{port}/{channel} on {chain} stays in {state}, and it does not know of it")
            }
        }
    }
}

/// All that waits.
#[derive(Debug, Default)]
pub(super) struct Waits(BTreeMap<Waiting, Wait>);

#[derive(Debug)]
struct Wait {
    since: Time,
    /// How often Hermes was started again for it.
    starts: u8,
}

impl Waits {
    /// Hermes begins to listen: everything gets its time anew.
    pub(super) fn begin(&mut self, now: Time) {
        self.0.values_mut().for_each(|wait| wait.since = now);
    }

    /// Notes what waits now; gives something that has waited for too long, for which Hermes is to be started again.
    pub(super) fn overdue(&mut self, now: Time, mut waiting: BTreeSet<Waiting>) -> Option<Waiting> {
        self.0.retain(|known, _| waiting.remove(known));
        self.0.extend(waiting.into_iter().map(|new| (new, Wait { since: now, starts: 0 })));
        let is_due = |wait: &Wait| {
            let patience = PATIENCE.saturating_mul(1_u32 << wait.starts.min(STARTS));
            wait.starts < STARTS && now.since(wait.since) >= patience
        };
        let mut due = self.0.iter_mut().filter(|(_, wait)| is_due(wait));
        let first = due.next()?;
        let found = first.0.clone();
        // The new start serves all that are due.
        for (_, wait) in std::iter::once(first).chain(due) {
            wait.starts = wait.starts.saturating_add(1);
        }
        Some(found)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn end(channel: &str) -> End {
        let [chain, port, channel] = ["provider-1", "transfer", channel].map(str::to_owned);
        End { chain, port, channel }
    }

    fn at(seconds: u64) -> Time {
        Time::UNIX_EPOCH.plus(Duration::from_secs(seconds)).unwrap()
    }

    /// Looks once a second as far as `until`, what `waits` says each time; gives when something was due.
    fn due(waits: impl Fn(u64) -> Vec<Waiting>, until: u64) -> Vec<(u64, Waiting)> {
        let mut known = Waits::default();
        let look = |second| {
            let found = known.overdue(at(second), waits(second).into_iter().collect());
            // Hermes listens again ten seconds after it was started.
            if found.is_some() {
                known.begin(at(second + 10));
            }
            found.map(|found| (second, found))
        };
        (0..=until).filter_map(look).collect()
    }

    #[test]
    fn a_handshake_that_stands_still_is_due_three_times_with_growing_patience() {
        let half_open = Waiting::Handshake(end("channel-2"), "TRYOPEN");
        let found = due(|_| vec![half_open.clone()], 3_600);
        assert_eq!(found, [60, 60 + 10 + 120, 190 + 10 + 240].map(|second| (second, half_open.clone())));
    }

    #[test]
    fn what_moves_on_or_is_seen_to_is_never_due() {
        let handshake = |second: u64| {
            let state = ["INIT", "TRYOPEN"][usize::from(second >= 40)];
            Waiting::Handshake(end("channel-1"), state)
        };
        assert_eq!(due(|second| if second < 90 { vec![handshake(second)] } else { Vec::new() }, 600), []);
        // Every packet is received within a minute, while others come.
        assert_eq!(due(|second| vec![Waiting::Packet(end("channel-1"), second / 60)], 600), []);
    }

    #[test]
    fn one_new_start_serves_all_that_are_due() {
        let (half_open, packet) =
            (Waiting::Handshake(end("channel-2"), "INIT"), Waiting::Packet(end("channel-0"), 7));
        let found = due(|_| vec![half_open.clone(), packet.clone()], 180);
        assert_eq!(found, [(60, packet)]);
    }

    #[test]
    fn what_waits_is_told_by_its_end() {
        assert_eq!(
            Waiting::Handshake(end("channel-2"), "TRYOPEN").to_string(),
            "transfer/channel-2 on provider-1 stays in TRYOPEN, and it does not know of it"
        );
        assert_eq!(
            Waiting::Packet(end("channel-0"), 7).to_string(),
            "packet 7 of transfer/channel-0 on provider-1 waits, and it does not know of it"
        );
    }
}
