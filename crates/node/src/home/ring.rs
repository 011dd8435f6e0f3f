//! The keys of accounts, in files that the Cosmos SDK's programs read and write too.
//!
//! `keyring-test` or `keyring-file` holds `<name>.info`, the key, and `<hex of its address>.address`, the name of that
//! file; each is encrypted, under the word `test` or under the user's passphrase, of which `keyhash` keeps a hash. Files
//! have mode 0600, the folder 0700.
//! Source: the SDK's `crypto/keyring`.

use super::{HomeError, io_at, write_secret};
use ics_abci::AccAddr;
use ics_client::KeyringError;
use ics_client::keyfile::{KeyFileError, Record, item, jwe, keyhash};
use std::cell::OnceCell;
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Where the system gives random bytes.
pub(crate) const RANDOM: &str = "/dev/urandom";
/// How often a passphrase may be wrong.
const ATTEMPTS: u32 = 3;
/// Everybody knows the passphrase of a test keyring: rounds would only cost time.
const ROUNDS_TEST: u32 = 1_000;
/// Twelve times what the SDK's programs use, and a tenth of what they read.
const ROUNDS_FILE: u32 = 100_000;
/// A key's file is below 1 kB.
const FILE_MAX: u64 = 64 * 1024;

/// Asks for a passphrase, with these words.
pub type Ask = Box<dyn Fn(&str) -> io::Result<Zeroizing<String>>>;

/// Who can read a keyring.
pub enum Backend {
    /// Whoever can read its files.
    Test,
    /// Whoever knows the passphrase, too.
    File(Ask),
}

/// What is wrong with a keyring, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RingError {
    /// A file cannot be read or written.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// A file does not hold what it should.
    #[error("{} cannot be used: {error}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: KeyFileError,
    },
    /// No name for a new key, or one that is taken.
    #[error("{0}: choose another name")]
    Name(KeyringError),
    /// The key is there under another name.
    #[error("this key is in the keyring already, as `{0}`")]
    Known(String),
    /// There is no such key.
    #[error("there is no key `{name}` in the keyring of {}; {}", .folder.display(), names(.known))]
    Unknown {
        /// The name asked for.
        name: String,
        /// Where it was looked for.
        folder: PathBuf,
        /// The names that are there.
        known: Vec<String>,
    },
    /// The passphrase was wrong each time.
    #[error("too many wrong passphrases for {}: nothing was done", .0.display())]
    Attempts(PathBuf),
    /// The two new passphrases differ, or are too short.
    #[error("the keyring in {} got no passphrase: {why}", .folder.display())]
    NoPassphrase {
        /// Whose.
        folder: PathBuf,
        /// Why.
        why: String,
    },
}

/// Says which names there are, to somebody who asked for another.
#[must_use]
pub fn names(known: &[String]) -> String {
    if known.is_empty() {
        "there are no keys: make one with `ics keys add`, or start a local network with `ics localnet`"
            .to_owned()
    } else {
        format!("known keys: {}", known.join(", "))
    }
}

/// A keyring in a folder.
pub struct Ring {
    /// What holds the folder of the keyring: the home, or what the user named.
    parent: PathBuf,
    backend: Backend,
    passphrase: OnceCell<Zeroizing<String>>,
}

impl Ring {
    /// The keyring of this kind below a folder. Nothing is read or made yet.
    #[must_use]
    pub fn new(parent: &Path, backend: Backend) -> Self {
        Self { parent: parent.to_owned(), backend, passphrase: OnceCell::new() }
    }

    fn folder(&self) -> PathBuf {
        self.parent.join(match self.backend {
            Backend::Test => "keyring-test",
            Backend::File(_) => "keyring-file",
        })
    }

    /// All names, in their order.
    ///
    /// # Errors
    /// [`RingError::Home`].
    pub fn names(&self) -> Result<Vec<String>, RingError> {
        let folder = self.folder();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(io_at(&folder)(error).into()),
        };
        let mut names = Vec::new();
        for entry in entries {
            let file = entry.map_err(io_at(&folder))?.file_name();
            names.extend(file.to_str().and_then(|file| file.strip_suffix(".info")).map(unescape));
        }
        names.sort();
        Ok(names)
    }

    /// The key of a name.
    ///
    /// # Errors
    /// [`RingError::Unknown`], and whatever is wrong with the file.
    pub fn get(&self, name: &str) -> Result<Record, RingError> {
        match self.look_up(name)? {
            Some(record) => Ok(record),
            None => Err(RingError::Unknown {
                name: name.to_owned(),
                folder: self.parent.clone(),
                known: self.names()?,
            }),
        }
    }

    /// The key of a name, where there is one.
    ///
    /// # Errors
    /// [`RingError`]: whatever is wrong with the file.
    pub fn look_up(&self, name: &str) -> Result<Option<Record>, RingError> {
        let path = self.folder().join(info(name));
        let Some(bytes) = self.read(&path)? else { return Ok(None) };
        let mut record = Record::decode(&bytes).map_err(|error| RingError::File { path, error })?;
        name.clone_into(&mut record.name);
        Ok(Some(record))
    }

    /// The key of an account, where it is there.
    ///
    /// # Errors
    /// As [`Self::look_up`].
    pub fn find(&self, address: &AccAddr) -> Result<Option<Record>, RingError> {
        let Some(bytes) = self.read(&self.folder().join(address_file(address)))? else { return Ok(None) };
        let file = String::from_utf8_lossy(&bytes);
        let record = self.look_up(file.strip_suffix(".info").unwrap_or(&file))?;
        // What a crash between two files leaves is no key.
        Ok(record.filter(|record| record.address() == *address))
    }

    /// Keeps a key.
    ///
    /// # Errors
    /// [`RingError::Name`], [`RingError::Known`], [`RingError::Home`].
    pub fn put(&self, record: &Record) -> Result<(), RingError> {
        let _turn = self.turn()?;
        self.check_new(&record.name)?;
        if let Some(known) = self.find(&record.address())? {
            return Err(RingError::Known(known.name));
        }
        self.write(record)
    }

    /// Calls a key otherwise.
    ///
    /// # Errors
    /// [`RingError::Unknown`], [`RingError::Name`], [`RingError::Home`].
    pub fn rename(&self, from: &str, to: &str) -> Result<(), RingError> {
        let _turn = self.turn()?;
        let record = self.get(from)?;
        self.check_new(to)?;
        self.write(&Record { name: to.to_owned(), ..record })?;
        remove(&self.folder().join(info(from)))
    }

    /// Forgets a key.
    ///
    /// # Errors
    /// [`RingError::Unknown`], [`RingError::Home`].
    pub fn delete(&self, name: &str) -> Result<(), RingError> {
        let _turn = self.turn()?;
        let record = self.get(name)?;
        remove(&self.folder().join(info(name)))?;
        remove(&self.folder().join(address_file(&record.address())))
    }

    fn check_new(&self, name: &str) -> Result<(), RingError> {
        ics_client::check_name(name).map_err(RingError::Name)?;
        if self.folder().join(info(name)).exists() {
            return Err(RingError::Name(KeyringError::Exists(name.to_owned())));
        }
        Ok(())
    }

    /// The address first: alone it means nothing, so a crash in between adds nothing.
    fn write(&self, record: &Record) -> Result<(), RingError> {
        let (info, address) = (info(&record.name), address_file(&record.address()));
        let target = format!("{}.info", record.name);
        self.seal(&address, target.as_bytes())?;
        self.seal(&info, &record.encode())
    }

    fn seal(&self, file: &str, bytes: &[u8]) -> Result<(), RingError> {
        let path = self.folder().join(file);
        let rounds = match self.backend {
            Backend::Test => ROUNDS_TEST,
            Backend::File(_) => ROUNDS_FILE,
        };
        let text = item::encode(&unescape(file), bytes);
        let sealed = jwe::seal(text.as_bytes(), self.passphrase()?, rounds, &*random()?)
            .map_err(|error| RingError::File { path: path.clone(), error })?;
        Ok(write_secret(&path, sealed.as_bytes())?)
    }

    fn read(&self, path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, RingError> {
        let Some(sealed) = read_bounded(path)? else { return Ok(None) };
        let wrong = |error| RingError::File { path: path.to_owned(), error };
        let text = jwe::open(&sealed, self.passphrase()?).map_err(wrong)?;
        item::decode(&text).map(Some).map_err(wrong)
    }

    fn passphrase(&self) -> Result<&str, RingError> {
        if let Some(passphrase) = self.passphrase.get() {
            return Ok(passphrase);
        }
        let passphrase = match &self.backend {
            Backend::Test => Zeroizing::new("test".to_owned()),
            Backend::File(ask) => self.ask(ask)?,
        };
        Ok(self.passphrase.get_or_init(|| passphrase))
    }

    fn ask(&self, ask: &Ask) -> Result<Zeroizing<String>, RingError> {
        let path = self.folder().join("keyhash");
        let asked = |prompt: &str| {
            ask(prompt)
                .map_err(|error| RingError::NoPassphrase { folder: self.folder(), why: error.to_string() })
        };
        let Some(hash) = read_bounded(&path)? else {
            let passphrase = asked("Enter keyring passphrase (attempt 1/3):")?;
            let no = |why: String| RingError::NoPassphrase { folder: self.folder(), why };
            let hash = keyhash::new(&passphrase, *random()?).map_err(|error| no(error.to_string()))?;
            if *asked("Re-enter keyring passphrase:")? != *passphrase {
                return Err(no("the two passphrases differ".to_owned()));
            }
            make_folder(&self.folder())?;
            write_secret(&path, hash.as_bytes())?;
            return Ok(passphrase);
        };
        for attempt in 1..=ATTEMPTS {
            let passphrase = asked(&format!("Enter keyring passphrase (attempt {attempt}/{ATTEMPTS}):"))?;
            if keyhash::matches(&hash, &passphrase) {
                return Ok(passphrase);
            }
        }
        Err(RingError::Attempts(self.folder()))
    }

    /// Waits until nobody else changes the keyring; makes its folder.
    fn turn(&self) -> Result<fs::File, RingError> {
        make_folder(&self.folder())?;
        let path = self.folder().join("lock");
        let mut options = fs::OpenOptions::new();
        let file = options.create(true).write(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(io_at(&path))?;
        file.lock().map_err(io_at(&path))?;
        Ok(file)
    }
}

/// Random bytes.
///
/// # Errors
/// [`HomeError::Io`] where the system gives none.
pub fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, HomeError> {
    entropy().map_err(io_at(Path::new(RANDOM)))
}

/// Random bytes of the system, for callers with words of their own where it gives none.
pub(crate) fn entropy<const N: usize>() -> io::Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    fs::File::open(RANDOM)?.read_exact(bytes.as_mut_slice())?;
    Ok(bytes)
}

/// The file of a key: its name, where `/` and `%` are written otherwise.
fn info(name: &str) -> String {
    format!("{}.info", name.replace('%', "%25").replace('/', "%2F"))
}

fn unescape(file: &str) -> String {
    file.replace("%2F", "/").replace("%25", "%")
}

fn address_file(address: &AccAddr) -> String {
    format!("{}.address", hex::encode(&address.0))
}

fn remove(path: &Path) -> Result<(), RingError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_at(path)(error).into()),
        _ => Ok(()),
    }
}

fn read_bounded(path: &Path) -> Result<Option<String>, RingError> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_at(path)(error).into()),
    };
    let mut text = String::new();
    match file.take(FILE_MAX).read_to_string(&mut text) {
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            let error = KeyFileError::Malformed("the encrypted text");
            Err(RingError::File { path: path.to_owned(), error })
        }
        Err(error) => Err(io_at(path)(error).into()),
    }
}

/// Makes a folder that only its owner reads.
pub(super) fn make_folder(folder: &Path) -> Result<(), HomeError> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent).map_err(io_at(parent))?;
    }
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(io_at(folder))
        }
        made => made.map_err(io_at(folder)),
    }
}
