//! A command of Hermes that ends when this process does, however it does.
//!
//! A shell stands between the two and reads a pipe of ours, which the system closes at the latest when we are gone.

use crate::home::{HomeError, io_at};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Runs what it is given beside a reader of the pipe, which ends it; the exit code is that of the command.
const SCRIPT: &str = r#"exec 3<&0 </dev/null
"$@" 3<&- &
command=$!
{ read -r _ <&3; kill "$command" 2>/dev/null; } &
exec 3<&-
wait "$command""#;

/// A command that runs.
pub(super) struct Tied(Child);

impl Tied {
    /// Starts Hermes with its config of a folder; what it says goes to [`log`].
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub(super) fn start(program: &Path, folder: &Path, arguments: &[&str]) -> Result<Self, HomeError> {
        let path = log(folder);
        let said = File::create(&path).map_err(io_at(&path))?;
        let also = said.try_clone().map_err(io_at(&path))?;
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "sh"]).arg(program).arg("--config").arg(super::config::file(folder));
        command.args(arguments).stdin(Stdio::piped()).stdout(said).stderr(also);
        command.spawn().map(Self).map_err(io_at(program))
    }

    /// Whether it has ended, and well.
    pub(super) fn ended(&mut self) -> Option<bool> {
        match self.0.try_wait() {
            Ok(status) => status.map(|status| status.success()),
            Err(_) => Some(false),
        }
    }

    /// Ends it.
    pub(super) fn stop(self) {
        drop(self);
    }
}

impl Drop for Tied {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// What the command that ran last said.
pub(super) fn log(folder: &Path) -> PathBuf {
    folder.join("log")
}

/// Whether the command that ran last has said this.
pub(super) fn has_said(folder: &Path, words: &str) -> bool {
    said(folder).contains(words)
}

/// The last line of it that says something.
pub(super) fn last_words(folder: &Path) -> String {
    super::config::last_line(&said(folder))
}

fn said(folder: &Path) -> String {
    String::from_utf8_lossy(&fs::read(log(folder)).unwrap_or_default()).into_owned()
}
