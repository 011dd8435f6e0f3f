//! Until when an answer must be there.
//!
//! Journey: a request → [`Deadline::after`] → whatever works on it looks at the deadline in its long loops, and stops there;
//! the client is told so when it passes, whatever still runs.
//! Source: CometBFT 0.38 `rpc/jsonrpc/server` (`DefaultConfig`: ten seconds to write an answer).

use std::time::Duration;
use tokio::time::Instant;

/// How long an answer may take where nobody says another time, as CometBFT has it.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// What no server waits for, whatever its settings say.
const FOREVER: Duration = Duration::from_secs(86_400);

/// Until when an answer must be there.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    given: Duration,
    at: Instant,
}

/// The answer takes longer than the server works on one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no answer within {given:?}: ask for less at once, or for fewer heights")]
pub struct Late {
    /// How long the answer might have taken.
    pub given: Duration,
}

impl Deadline {
    /// So long from now; a day at most.
    #[must_use]
    pub fn after(given: Duration) -> Self {
        let now = Instant::now();
        Self { given, at: now.checked_add(given.min(FOREVER)).unwrap_or(now) }
    }

    /// The same, or so long from now where that is sooner.
    #[must_use]
    pub fn or_after(self, given: Duration) -> Self {
        let other = Self::after(given);
        if other.at < self.at { other } else { self }
    }

    /// Whether it has passed.
    #[must_use]
    pub fn has_passed(self) -> bool {
        Instant::now() >= self.at
    }

    /// Whether there is still time.
    ///
    /// # Errors
    /// [`Late`].
    pub fn check(self) -> Result<(), Late> {
        if self.has_passed() { Err(self.late()) } else { Ok(()) }
    }

    /// That it has passed.
    #[must_use]
    pub const fn late(self) -> Late {
        Late { given: self.given }
    }

    /// How long it is until then.
    #[must_use]
    pub fn left(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    pub(crate) const fn at(self) -> Instant {
        self.at
    }
}
