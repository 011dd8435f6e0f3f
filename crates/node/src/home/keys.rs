//! The keyring file of a home: mode 0600, never printed.

use super::{Home, HomeError, io_at};
use ics_client::Keyring;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

fn file(home: &Home) -> PathBuf {
    home.path().join("keyring-test").join("keys.json")
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
    let folder = home.path().join("keyring-test");
    fs::create_dir_all(&folder).map_err(io_at(&folder))?;
    let beside = path.with_extension("new");
    let text = ics_client::encode(keys);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut open = options.open(&beside).map_err(io_at(&beside))?;
    open.write_all(text.as_bytes()).and_then(|()| open.sync_all()).map_err(io_at(&beside))?;
    fs::rename(&beside, &path).map_err(io_at(&path))
}
