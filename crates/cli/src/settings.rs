//! What holds where nothing is typed: the home, its client.toml, its keyring.

use crate::args::Keyring;
use crate::output::Format;
use crate::{Failure, ask};
use ics_node::client_toml::ClientToml;
use ics_node::home::{Backend, Home, Ring};
use std::path::{Path, PathBuf};

/// The home and what it says of its user's habits.
pub(crate) struct Settings {
    pub(crate) home: PathBuf,
    pub(crate) file: ClientToml,
}

impl Settings {
    pub(crate) fn of(options: &Keyring) -> Result<Self, Failure> {
        Self::at(Home::choose(options.home.clone()))
    }

    /// Those of a folder.
    pub(crate) fn at(home: PathBuf) -> Result<Self, Failure> {
        let file = ClientToml::read(&home)?;
        Ok(Self { home, file })
    }

    /// The value typed, else that of the file, else the usual one.
    pub(crate) fn or(typed: Option<&String>, written: &str, usual: &str) -> String {
        match typed {
            Some(typed) => typed.clone(),
            None if written.is_empty() => usual.to_owned(),
            None => written.to_owned(),
        }
    }

    /// How to print.
    pub(crate) fn output(&self, typed: Option<Format>) -> Result<Format, Failure> {
        match (typed, self.file.output.as_str()) {
            (Some(format), _) => Ok(format),
            (None, "" | "text") => Ok(Format::Text),
            (None, "json") => Ok(Format::Json),
            (None, other) => Err(self.wrong("output", other, "text or json")),
        }
    }

    /// The keyring that the options name.
    pub(crate) fn ring(&self, options: &Keyring) -> Result<Ring, Failure> {
        self.ring_in(options.keyring_backend.as_ref(), options.keyring_dir.as_deref())
    }

    /// The keyring of a backend and a folder, as far as they are named.
    pub(crate) fn ring_in(&self, backend: Option<&String>, folder: Option<&Path>) -> Result<Ring, Failure> {
        let parent = folder.unwrap_or(&self.home);
        let backend = Self::or(backend, &self.file.keyring_backend, "test");
        match backend.as_str() {
            "test" => Ok(Ring::new(parent, Backend::Test)),
            "file" => Ok(Ring::new(parent, Backend::File(Box::new(ask::secret)))),
            other => Err(Failure(format!(
                "there is no keyring backend `{other}` here: say --keyring-backend test, or file"
            ))),
        }
    }

    /// What to say of a setting that means nothing.
    pub(crate) fn wrong(&self, key: &str, found: &str, known: &str) -> Failure {
        let path = ClientToml::path(&self.home);
        Failure(format!("{}: {key} is {known}, not `{found}`", path.display()))
    }
}
