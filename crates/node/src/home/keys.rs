//! The keys of a home that sign blocks, in one file: mode 0600, never printed.

use super::ring::{make_folder, random};
use super::{Home, HomeError, io_at, write_secret};
use ics_abci::ConsKey;
use ics_client::{ConsensusKey, Keyring};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

fn folder(home: &Home) -> PathBuf {
    home.path().join("keyring-test")
}

fn file(home: &Home) -> PathBuf {
    folder(home).join("keys.json")
}

/// What tells one state of the keyring's file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    inode: u64,
    length: u64,
    changed_ns: (i64, i64),
}

/// The state of the keyring's file; none where there is no file.
pub(crate) fn stamp(home: &Home) -> Option<Stamp> {
    let data = fs::metadata(file(home)).ok()?;
    Some(Stamp { inode: data.ino(), length: data.len(), changed_ns: (data.mtime(), data.mtime_nsec()) })
}

/// Reads the keyring; empty where there is none.
///
/// # Errors
/// [`HomeError`], without a word of the keys.
pub fn load_keys(home: &Home) -> Result<Keyring, HomeError> {
    let path = file(home);
    match fs::read_to_string(&path) {
        Ok(text) => {
            ics_client::decode(&text).map_err(|error| HomeError::Malformed { path, why: error.to_string() })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Keyring::default()),
        Err(error) => Err(io_at(&path)(error)),
    }
}

/// Writes the keyring, as a whole.
///
/// # Errors
/// [`HomeError::Io`].
pub fn save_keys(home: &Home, keys: &Keyring) -> Result<(), HomeError> {
    let path = file(home);
    make_folder(&folder(home))?;
    write_secret(&path, ics_client::encode(keys).as_bytes())
}

/// Makes a new key that signs blocks, keeps it under a name, and gives its public half. A local network that runs in the
/// home signs with it from then on.
///
/// # Errors
/// [`HomeError::Keyring`] where the name is taken or none; [`HomeError`] where the keyring cannot be read or written.
pub fn add_consensus_key(home: &Home, name: &str) -> Result<ConsKey, HomeError> {
    let key = ConsensusKey::from_seed(*random()?);
    let public = key.public();
    // What another process adds meanwhile waits its turn.
    make_folder(&folder(home))?;
    let path = folder(home).join("lock");
    let turn =
        fs::File::options().create(true).write(true).truncate(false).open(&path).map_err(io_at(&path))?;
    turn.lock().map_err(io_at(&path))?;
    let mut keys = load_keys(home)?;
    keys.add(name, key)?;
    save_keys(home, &keys)?;
    Ok(public)
}
