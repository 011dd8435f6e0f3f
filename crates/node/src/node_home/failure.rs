//! What is wrong with a node's home, and what to do.

use std::io;
use std::path::PathBuf;

/// What is wrong with a node's home, and what to do. Never a word of a key.
#[derive(Debug, thiserror::Error)]
pub enum NodeHomeError {
    /// There is a node already.
    #[error("{} is the home of a node already: choose another --home", .0.display())]
    Taken(PathBuf),
    /// A file that must be there.
    #[error("{} is missing: restore it, or make a new home with `ics init`", .0.display())]
    Missing(PathBuf),
    /// A file with a key in it that others can read.
    #[error("{} can be read by others, and holds a key: `chmod 600` it, and take a new key if somebody did", .0.display())]
    Exposed(PathBuf),
    /// A file that cannot be read or written.
    #[error("cannot use {}: {error}: make it readable and writable, or choose another --home", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file that does not hold what it should.
    #[error("{} cannot be understood: {why}: restore it from a copy", .path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// There are no random numbers to be had.
    #[error("no random numbers: cannot read {}: {error}", .path.display())]
    Random {
        /// Where they come from.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}
