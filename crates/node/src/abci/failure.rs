//! Why a chain does not start or does not go on, in one line that says what to do.

use super::Address;
use crate::app_toml::AppTomlError;
use crate::node_home::NodeHomeError;
use crate::rpc::CometAddressError;
use ics_abci::Height;
use ics_kv::rows::DiskError;
use ics_store::RecoverError;
use std::io;
use std::path::PathBuf;

/// Why a chain does not start or does not go on. What was committed stays.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file of the home that must be there.
    #[error("{} is missing: {advice}", .path.display())]
    Missing {
        /// Which.
        path: PathBuf,
        /// What to put there.
        advice: &'static str,
    },
    /// A file of the home that cannot be read or written.
    #[error("cannot use {}: {error}: make it readable and writable, or choose another --home", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file of the home with a key in it.
    #[error(transparent)]
    Keys(#[from] NodeHomeError),
    /// A file of the home that does not say what it should.
    #[error("{} cannot be understood: {why}", .path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// An option that its key in `app.toml` does not take.
    #[error(transparent)]
    Options(AppTomlError),
    /// The chain is where its operator wants it to stop.
    #[error(
        "the chain stands at height {0}, where halt-height or halt-time stops it: \
         raise them in config/app.toml, or set them to 0"
    )]
    Stopped(Height),
    /// Another process runs the chain.
    #[error("{} is in use by another `ics start`: stop that one, or choose another --home", .0.display())]
    Busy(PathBuf),
    /// The database is that of another chain.
    #[error(
        "{} holds {found}, and the configuration is that of {expected}: \
         restore the configuration, or choose another --home",
        .path.display()
    )]
    OtherChain {
        /// The database.
        path: PathBuf,
        /// What the configuration says.
        expected: String,
        /// What the database says.
        found: String,
    },
    /// The database was written by another version, or for a chain that begins otherwise.
    #[error("{}: {why}", .path.display())]
    Foreign {
        /// The database.
        path: PathBuf,
        /// What it is, and what to do.
        why: String,
    },
    /// The database is not what was written.
    #[error(
        "{} is damaged ({why}): restore it from a copy, \
         or move it away and let CometBFT replay its blocks into a new one",
        .path.display()
    )]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The node is one that forgets nothing.
    #[error("{}: pruning = \"nothing\" forgets nothing: name what to keep, as in `ics prune default`", .0.display())]
    Archive(PathBuf),
    /// The last block cannot be taken back.
    #[error("{} cannot go back: {why}", .path.display())]
    Rollback {
        /// The database.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The state gives no genesis document.
    #[error("{} gives no genesis document: {why}", .path.display())]
    Export {
        /// The database.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// There is no room left.
    #[error("{}: the disk is full: make room and start again, nothing that was committed is lost", .0.display())]
    Full(PathBuf),
    /// The database failed in another way.
    #[error("{}: {why}: start again, nothing that was committed is lost", .path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// How.
        why: String,
    },
    /// Something else listens there.
    #[error("{0} is in use: stop what listens there, or choose another --address")]
    InUse(Address),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}: choose another --address")]
    Bind {
        /// The address.
        address: Address,
        /// Why.
        error: io::Error,
    },
    /// gRPC or REST cannot be served.
    #[error("{why}: choose another `address` in [{section}] of app.toml, or set `enable = false` there")]
    Door {
        /// The section of `app.toml` that says where.
        section: &'static str,
        /// Why.
        why: String,
    },
    /// The address of CometBFT's RPC.
    #[error(transparent)]
    Comet(#[from] CometAddressError),
    /// The machinery under the server.
    #[error("the server cannot start: {0}: close other programs and start again")]
    Runtime(io::Error),
    /// The chain cannot go on.
    #[error("{0}; nothing that was committed is lost")]
    Halted(String),
}

/// What a failure of the database file means.
pub(super) fn of_disk(path: PathBuf, error: DiskError) -> StartError {
    match error {
        DiskError::Full => StartError::Full(path),
        DiskError::Corrupt(why) => StartError::Damaged { path, why },
        DiskError::Failed(why) => StartError::Database { path, why },
    }
}

/// What rows that give no state mean.
pub(super) fn of_state(path: PathBuf, error: RecoverError) -> StartError {
    match error {
        RecoverError::Disk(error) => of_disk(path, error),
        RecoverError::Form { .. } | RecoverError::InitialHeight { .. } | RecoverError::Stores { .. } => {
            StartError::Foreign { path, why: error.to_string() }
        }
        // The advice behind the colon is for other callers.
        other => {
            let text = other.to_string();
            let why = text.split_once(": restore").map_or(text.as_str(), |(what, _)| what).to_owned();
            StartError::Damaged { path, why }
        }
    }
}
