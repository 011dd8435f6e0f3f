//! The folder that a network lives in: where it is, what stands in it, and whether it is ours.
//!
//! `VERSION` names the format, `localnet.json` the facts, `keyring-test` has the keys (mode 0600; see [`Ring`]),
//! `<chain id>/state.redb` a chain (an id that is no plain name is written otherwise, see [`Home::database`]); `.hermes` is that relayer's, where it relays; `nodes/<chain id>/<validator>` a node on CometBFT; `lock` is held by whoever runs the network, `resetting` is there while it is forgotten.

mod facts;
mod hold;
mod keys;
mod ring;
pub(crate) mod whole;

pub use facts::{AccountFact, ChainFact, ChainRole, Engine, Facts, ValidatorFact};
pub use hold::Hold;
pub(crate) use keys::{Stamp, stamp};
pub use keys::{add_consensus_key, load_keys, save_keys};
pub use ring::{Ask, Backend, Ring, RingError, names, random};
pub(crate) use ring::{RANDOM, entropy};

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The format of a home that this version reads and writes.
const FORMAT: &str = "ics-localnet/1";
/// What the format of every version begins with: other programs have files named VERSION too.
const FAMILY: &str = "ics-localnet/";
/// Hermes' own name for its folder.
const HERMES: &str = ".hermes";
/// The folder of nodes that are processes of their own.
const NODES: &str = "nodes";
/// The file that names the format.
const MARK: &str = "VERSION";

/// What is wrong with a home, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// The folder or a file in it cannot be read or written.
    #[error("cannot use {}: {error}: {}", .path.display(), advice(.error))]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The folder belongs to another version.
    #[error(
        "{} holds a network of format `{found}`, and this program reads `{FORMAT}`: \
         use the version that made it, or another --home",
        .path.display()
    )]
    Version {
        /// The home.
        path: PathBuf,
        /// What it says of itself.
        found: String,
    },
    /// The folder holds something that is not ours.
    #[error("{} is not empty and holds no local network: choose another --home", .0.display())]
    NotOurs(PathBuf),
    /// A file does not hold what it should.
    #[error("{} cannot be understood: {why}: restore it, or --reset to start over", .path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A file of settings does not say what it should.
    #[error("{} cannot be understood: {why}: correct it", .path.display())]
    Settings {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The keyring does not take a key.
    #[error(transparent)]
    Keyring(#[from] ics_client::KeyringError),
    /// Another process runs the network.
    #[error("{} is in use by another `ics localnet`: stop that one, or choose another --home", .0.display())]
    Busy(PathBuf),
    /// There is no network yet.
    #[error("there is no local network in {}: start one with `ics localnet`", .0.display())]
    Empty(PathBuf),
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "make room, and start again"
        }
        _ => "make it readable and writable, or choose another --home",
    }
}

pub(crate) fn io_at(path: &Path) -> impl FnOnce(io::Error) -> HomeError {
    let path = path.to_owned();
    move |error| HomeError::Io { path, error }
}

/// A home that is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home(PathBuf);

impl Home {
    /// Which folder: the one given, else `ICS_HOME`, else `~/.ics/localnet` where it exists, else `~/.ics`.
    #[must_use]
    pub fn choose(given: Option<PathBuf>) -> PathBuf {
        if let Some(path) = given.or_else(|| std::env::var_os("ICS_HOME").map(PathBuf::from)) {
            return path;
        }
        let user = std::env::var_os("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from).join(".ics");
        let local = user.join("localnet");
        if local.is_dir() { local } else { user }
    }

    /// Whether somebody said which folder: by an option, or by `ICS_HOME`.
    #[must_use]
    pub fn is_named(given: Option<&Path>) -> bool {
        given.is_some() || std::env::var_os("ICS_HOME").is_some()
    }

    /// Where a local network goes: the folder given, else `ICS_HOME`, else `~/.ics/localnet`, where [`Home::choose`] then
    /// finds it.
    #[must_use]
    pub fn for_localnet(given: Option<PathBuf>) -> PathBuf {
        if Self::is_named(given.as_deref()) {
            return Self::choose(given);
        }
        let user = std::env::var_os("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from);
        user.join(".ics").join("localnet")
    }

    /// Opens the home, creating it where there is none.
    ///
    /// # Errors
    /// [`HomeError`]: another format, somebody else's folder, no permission, no space.
    pub fn open(path: &Path) -> Result<Self, HomeError> {
        match Mark::of(path)? {
            Mark::Ours => {}
            Mark::OtherVersion(found) => return Err(HomeError::Version { path: path.to_owned(), found }),
            Mark::Nobodys => {
                fs::create_dir_all(path).map_err(io_at(path))?;
                write_mark(path)?;
            }
        }
        Ok(Self(path.to_owned()))
    }

    /// Opens a home that must be there already.
    ///
    /// # Errors
    /// [`HomeError::Empty`], and those of [`Home::open`].
    pub fn existing(path: &Path) -> Result<Self, HomeError> {
        if path.join(MARK).is_file() { Self::open(path) } else { Err(HomeError::Empty(path.to_owned())) }
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The database file of a chain, in a folder of its own: a chain id may be any text, and names no place outside of the
    /// home, nor one that the home or another chain uses.
    #[must_use]
    pub fn database(&self, chain_id: &str) -> PathBuf {
        self.0.join(folder_name(chain_id)).join("state.redb")
    }

    /// The home of a chain's node, where nodes are processes of their own.
    #[must_use]
    pub fn node(&self, chain_id: &str, moniker: &str) -> PathBuf {
        self.0.join(NODES).join(folder_name(chain_id)).join(moniker)
    }

    /// Whether chains run here as nodes that are processes of their own, or did.
    pub(crate) fn has_nodes(&self) -> bool {
        self.0.join(NODES).is_dir()
    }

    /// The folder of Hermes, where that relays: its config, its keys, what it says. No chain's folder has a dot.
    #[must_use]
    pub fn hermes(&self) -> PathBuf {
        self.0.join(HERMES)
    }

    /// The network's facts; none before its first start got that far.
    ///
    /// # Errors
    /// [`HomeError`].
    pub fn facts(&self) -> Result<Option<Facts>, HomeError> {
        let path = self.0.join("localnet.json");
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .map(Some)
                .map_err(|error| HomeError::Malformed { path, why: error.to_string() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io_at(&path)(error)),
        }
    }

    /// Writes the network's facts.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub fn write_facts(&self, facts: &Facts) -> Result<(), HomeError> {
        let path = self.0.join("localnet.json");
        let text = serde_json::to_vec_pretty(facts)
            .map_err(|error| HomeError::Malformed { path: path.clone(), why: error.to_string() })?;
        write_whole(&path, &text)
    }
}

/// Names in the home that are no chain's.
const TAKEN: [&str; 5] = ["keyring-file", "keyring-test", "lock", NODES, "resetting"];

/// The folder of a chain: its id where that is a plain name. Other bytes are written as `%` and two digits, upper-case
/// letters among them, because file systems may take them for lower-case ones.
fn folder_name(chain_id: &str) -> String {
    let mut name = String::new();
    for (place, byte) in chain_id.bytes().enumerate() {
        let is_plain = byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
        if is_plain && !(place == 0 && TAKEN.contains(&chain_id)) {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    if name.is_empty() { "%".to_owned() } else { name }
}

/// Whose a folder is.
enum Mark {
    /// Ours, in the format that this version reads.
    Ours,
    /// Ours, in another format.
    OtherVersion(String),
    /// It is missing or empty.
    Nobodys,
}

impl Mark {
    /// # Errors
    /// [`HomeError::NotOurs`] where somebody else's files stand there; [`HomeError::Io`].
    fn of(path: &Path) -> Result<Self, HomeError> {
        match fs::read(path.join(MARK)) {
            Ok(found) => {
                let found = String::from_utf8_lossy(&found).trim().to_owned();
                if found == FORMAT {
                    return Ok(Self::Ours);
                }
                let ours = found.starts_with(FAMILY);
                return if ours {
                    Ok(Self::OtherVersion(found))
                } else {
                    Err(HomeError::NotOurs(path.to_owned()))
                };
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(io_at(path)(error)),
        }
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Nobodys),
            Err(error) => return Err(io_at(path)(error)),
        };
        for entry in entries {
            // A start that was killed before it had marked the folder leaves the first; keys may be there before a network.
            let name = entry.map_err(io_at(path))?.file_name();
            if !["VERSION.new", "keyring-test", "keyring-file"].iter().any(|known| name == *known) {
                return Err(HomeError::NotOurs(path.to_owned()));
            }
        }
        Ok(Self::Nobodys)
    }
}

fn write_mark(path: &Path) -> Result<(), HomeError> {
    write_whole(&path.join(MARK), format!("{FORMAT}\n").as_bytes())
}

/// Replaces a file that everybody may read, as a whole.
fn write_whole(path: &Path, content: &[u8]) -> Result<(), HomeError> {
    whole::replace(path, content, whole::OPEN).map_err(|(path, error)| HomeError::Io { path, error })
}

/// Replaces a file that its owner alone may read, as a whole.
pub(crate) fn write_secret(path: &Path, content: &[u8]) -> Result<(), HomeError> {
    whole::replace(path, content, whole::SECRET).map_err(|(path, error)| HomeError::Io { path, error })
}

#[cfg(test)]
mod tests {
    use super::{TAKEN, folder_name};
    use std::collections::BTreeSet;
    use std::path::{Component, Path};

    #[test]
    fn plain_chain_ids_are_folders_as_they_are_and_others_stay_apart_within_the_home() {
        for id in ["provider-1", "consumer-2", "a_b-10"] {
            assert_eq!(folder_name(id), id);
        }
        assert_eq!(folder_name("../../etc-1"), "%2E%2E%2F%2E%2E%2Fetc-1");
        assert_eq!(folder_name("Foo-1"), "%46oo-1");
        assert_eq!(folder_name("lock"), "%6Cock");
        let ids = ["", ".", "..", "/", "a/b", "a\\b", "Foo-1", "foo-1", "%46oo-1", "ä", "\n", "VERSION", "%"];
        let names: BTreeSet<String> =
            ids.iter().chain(&TAKEN).map(|id| folder_name(id).to_ascii_lowercase()).collect();
        assert_eq!(names.len(), ids.len() + TAKEN.len(), "{names:?}");
        for name in &names {
            let parts: Vec<_> = Path::new(name).components().collect();
            assert!(matches!(parts[..], [Component::Normal(_)]), "{name}");
            assert!(!TAKEN.contains(&name.as_str()) && name != "version" && name != "localnet.json");
        }
    }
}
