//! How many heights of the state can be asked about.
//!
//! The SDK keeps old heights on the disk and forgets some of them every so many blocks. Here they are in memory, share
//! what did not change, and one is forgotten at every block. An archive keeps on the disk what the older ones are rebuilt from.

use super::AppTomlError;
use super::value::Section;

/// Heights that are kept where nothing is said. The SDK's `default` keeps 362,880 of them on the disk.
const USUAL: u64 = 1_000;
/// Fewest heights that can be kept: the last, and the one before, which a rollback goes back to.
const FEWEST: u64 = 2;
/// Most heights that can be kept: from the log of so many blocks they are rebuilt when the node starts.
const MOST: u64 = 100_000;

/// How much of the past a node answers questions about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pruning {
    /// How many of the last heights are in memory, at least 2.
    pub keep_recent: u64,
    /// Whether the disk keeps what all others are rebuilt from.
    pub is_archive: bool,
}

impl Default for Pruning {
    fn default() -> Self {
        Self { keep_recent: USUAL, is_archive: false }
    }
}

impl Pruning {
    /// From the keys of a file.
    pub(super) fn read(root: &Section<'_>) -> Result<Self, AppTomlError> {
        let keep_recent = root.number("pruning-keep-recent", 0)?;
        let interval = root.number("pruning-interval", 0)?;
        let strategy = root.text("pruning")?.unwrap_or("default");
        Self::of(strategy, keep_recent, interval).map_err(|(key, expected)| root.wrong(key, expected))
    }

    /// From the words of the SDK. `keep_recent` and `interval`, in heights, count for `custom` alone, as there; with `nothing`
    /// the first says how many are in memory, if it is a number that `custom` takes.
    ///
    /// # Errors
    /// The key that is wrong, and what it takes.
    pub fn of(strategy: &str, keep_recent: u64, interval: u64) -> Result<Self, (&'static str, String)> {
        match strategy {
            "default" => Ok(Self::default()),
            "everything" => Ok(Self { keep_recent: FEWEST, ..Self::default() }),
            "nothing" => {
                let is_said = (FEWEST..=MOST).contains(&keep_recent);
                Ok(Self { keep_recent: if is_said { keep_recent } else { USUAL }, is_archive: true })
            }
            "custom" if !(FEWEST..=MOST).contains(&keep_recent) => {
                Err(("pruning-keep-recent", format!("a number of heights from {FEWEST} to {MOST} here")))
            }
            "custom" if interval == 0 => {
                Err(("pruning-interval", "a number of heights above 0, as the SDK".to_owned()))
            }
            "custom" => Ok(Self { keep_recent, ..Self::default() }),
            _ => Err(("pruning", "\"default\", \"nothing\", \"everything\" or \"custom\"".to_owned())),
        }
    }
}
