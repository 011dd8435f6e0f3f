//! One process at a time runs the network of a home, or forgets it.
//!
//! Journey: [`Home::claim`] → [`Hold::reset`] → `resetting` is written → our files go, one by one → `resetting` goes. Whoever holds the home
//! next finishes what was interrupted: a provider that is gone beside a consumer that is not would never run again.

use super::{HERMES, Home, HomeError, Mark, NODES, io_at, write_mark, write_whole};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// There while a reset is under way.
const RESETTING: &str = "resetting";
/// Files that stand in the home itself.
const FILES: [&str; 2] = ["localnet.json", "localnet.json.new"];
/// Files that stand in the folder of a chain.
const CHAIN_FILES: [&str; 3] = ["state.redb", "state.new", "genesis.json"];
/// The keyring's folder and its files.
const KEYRING: (&str, [&str; 3]) = ("keyring-test", ["keys.json", "keys.json.new", "lock"]);

/// While this lives, no other process runs the network of the home; the system lets go when the process ends, however it
/// does.
#[derive(Debug)]
pub struct Hold {
    path: PathBuf,
    _lock: File,
}

impl Hold {
    /// Forgets the network: removes what we wrote, and nothing else.
    ///
    /// # Errors
    /// [`HomeError::Io`]; the next [`Home::hold`] finishes what was begun.
    pub fn reset(&self) -> Result<(), HomeError> {
        write_whole(&self.path.join(RESETTING), b"")?;
        forget(&self.path)
    }
}

impl Home {
    /// Takes the home for this process, and finishes a reset that was interrupted.
    ///
    /// # Errors
    /// [`HomeError::Busy`] where another process has it; [`HomeError::Io`].
    pub fn hold(&self) -> Result<Hold, HomeError> {
        let hold = self.lock()?;
        if self.path().join(RESETTING).exists() {
            forget(self.path())?;
        }
        Ok(hold)
    }

    /// Takes a home of any version for this process, to reset it; makes it where there is none.
    ///
    /// # Errors
    /// [`HomeError`] where the folder is not ours, or in use.
    pub fn claim(path: &Path) -> Result<(Self, Hold), HomeError> {
        let home = match Mark::of(path)? {
            Mark::Nobodys => Self::open(path)?,
            Mark::Ours | Mark::OtherVersion(_) => Self(path.to_owned()),
        };
        let hold = home.lock()?;
        Ok((home, hold))
    }

    fn lock(&self) -> Result<Hold, HomeError> {
        let path = self.path().join("lock");
        let file =
            File::options().create(true).write(true).truncate(false).open(&path).map_err(io_at(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Hold { path: self.path().to_owned(), _lock: file }),
            Err(TryLockError::WouldBlock) => Err(HomeError::Busy(self.path().to_owned())),
            Err(TryLockError::Error(error)) => Err(io_at(&path)(error)),
        }
    }
}

fn forget(path: &Path) -> Result<(), HomeError> {
    for name in FILES {
        remove(&path.join(name))?;
    }
    remove_folder(&path.join(KEYRING.0), &KEYRING.1)?;
    // These folders as a whole are ours: Hermes and nodes wrote there what we told them to.
    for folder in [HERMES, NODES].map(|name| path.join(name)) {
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_at(&folder)(error)),
            _ => {}
        }
    }
    for entry in fs::read_dir(path).map_err(io_at(path))? {
        let folder = entry.map_err(io_at(path))?.path();
        if CHAIN_FILES.iter().any(|name| folder.join(name).is_file()) {
            remove_folder(&folder, &CHAIN_FILES)?;
        }
    }
    write_mark(path)?;
    remove(&path.join(RESETTING))
}

/// Removes our files of a folder, and the folder where nothing else is in it.
fn remove_folder(folder: &Path, names: &[&str]) -> Result<(), HomeError> {
    for name in names {
        remove(&folder.join(name))?;
    }
    match fs::remove_dir(folder) {
        Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) => {
            Err(io_at(folder)(error))
        }
        _ => Ok(()),
    }
}

fn remove(path: &Path) -> Result<(), HomeError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_at(path)(error)),
        _ => Ok(()),
    }
}
