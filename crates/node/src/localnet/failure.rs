//! Why the network does not run, in one line that says what to do.

use crate::home::HomeError;
use crate::node_home::NodeHomeError;
use crate::rpc::ServeError;
use ics_kv::rows::DiskError;
use ics_world::{SiteError, WorldError};
use std::path::{Path, PathBuf};

/// Why the network does not run.
#[derive(Debug, thiserror::Error)]
pub enum LocalnetError {
    /// The folder.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The keyring does not take the network's keys.
    #[error(transparent)]
    Ring(#[from] crate::home::RingError),
    /// There is no room left.
    #[error(
        "{}: the disk is full: make room and start again, nothing that was announced is lost", .0.display()
    )]
    Full(PathBuf),
    /// What is stored is not what was written.
    #[error(
        "{}: the network's files are damaged ({why}): restore them from a copy, or start over with --reset",
        .path.display()
    )]
    Damaged {
        /// Which home.
        path: PathBuf,
        /// What is wrong with which.
        why: String,
    },
    /// A port that a chain needs.
    #[error("{}", port(.0))]
    Port(ServeError),
    /// A port number beyond the last.
    #[error("--port-offset {offset} leaves no port for every chain: choose one of at most {most}")]
    Offset {
        /// What was asked for.
        offset: u16,
        /// The largest that works.
        most: u16,
    },
    /// A chain that the network does not have.
    #[error("this network has no chain `{asked}`: its chains are {}", .known.join(", "))]
    UnknownChain {
        /// What was asked for.
        asked: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Hermes is to relay, and is not there.
    #[error(
        "{0}: install Hermes (`cargo install ibc-relayer-cli@1.10.5 --locked`), or leave out --relayer hermes"
    )]
    NoHermes(String),
    /// CometBFT is to make the blocks, and is not there.
    #[error(
        "{0}: install it (`go install github.com/cometbft/cometbft/cmd/cometbft@v0.38.17`), or leave out --engine cometbft"
    )]
    NoComet(String),
    /// The home holds another network than the one asked for.
    #[error(
        "{} holds a network {found}, not {asked}: leave the option out, choose another --home, or start over with --reset",
        .path.display()
    )]
    OtherNetwork {
        /// The home.
        path: PathBuf,
        /// What it holds.
        found: String,
        /// What was asked for.
        asked: String,
    },
    /// Options that do not go together.
    #[error("{0}")]
    Options(&'static str),
    /// A node's files.
    #[error("{0}; or start over with --reset")]
    NodeHome(#[from] NodeHomeError),
    /// A node ends again and again.
    #[error("the node {moniker} of {chain_id} ends again and again; what it said last is in {}: {why}", .log.display())]
    Node {
        /// Which chain.
        chain_id: String,
        /// Whose node.
        moniker: String,
        /// Where all of it stands.
        log: PathBuf,
        /// Its last line.
        why: String,
    },
    /// A chain.
    #[error("{0}: nothing that was announced is lost, start again; if that fails, start over with --reset")]
    World(WorldError),
    /// The machinery under the servers.
    #[error("the servers cannot start: {0}: close other programs and start again")]
    Runtime(std::io::Error),
}

fn port(error: &ServeError) -> String {
    match error {
        ServeError::InUse(addr) => {
            format!("{addr} is in use: stop what listens there, or choose other ports with --port-offset")
        }
        other => format!("{other}: choose other ports with --port-offset"),
    }
}

/// What a world's failure means for its home.
pub(super) fn explain(home: &Path, error: WorldError) -> LocalnetError {
    let path = home.to_owned();
    match &error {
        WorldError::Disk(DiskError::Full)
        | WorldError::Site { error: SiteError::Disk(DiskError::Full), .. } => LocalnetError::Full(path),
        WorldError::Disk(DiskError::Corrupt(why)) => LocalnetError::Damaged { path, why: why.clone() },
        WorldError::Site { error: found, chain } if is_damage(found) => {
            LocalnetError::Damaged { path, why: format!("{chain}: {}", first_clause(&found.to_string())) }
        }
        _ => LocalnetError::World(error),
    }
}

fn is_damage(error: &SiteError) -> bool {
    match error {
        SiteError::Disk(error) => matches!(error, DiskError::Corrupt(_)),
        SiteError::State(_) | SiteError::History(_) | SiteError::Genesis(_) | SiteError::Export(_) => true,
        SiteError::OtherChain { .. } | SiteError::OtherConsumer { .. } | SiteError::Disagree { .. } => true,
        SiteError::Engine(error) => matches!(error, ics_engine::EngineError::History(_)),
    }
}

/// What happened, without the advice that the layer below has for other callers.
fn first_clause(text: &str) -> &str {
    text.split_once(": restore").map_or(text, |(what, _)| what)
}
