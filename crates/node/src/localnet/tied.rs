//! A program that ends when this process does, however it does.
//!
//! A shell stands between the two and reads a pipe of ours, which the system closes at the latest when we are gone. Both are
//! in a process group of their own: what a terminal sends at ctrl-C is for us alone, who end programs in an order.

use crate::home::{HomeError, io_at};
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

/// Runs what it is given beside a reader of the pipe, which asks it to end and, ten seconds later, no longer asks. The exit
/// code is that of the program.
const SCRIPT: &str = r#"exec 3<&0 </dev/null
"$@" 3<&- &
program=$!
{
  read -r _ <&3
  kill "$program"
  for second in 1 2 3 4 5 6 7 8 9 10; do sleep 1; done
  kill -9 "$program"
} 2>/dev/null &
reader=$!
exec 3<&-
wait "$program"
code=$?
kill "$reader" 2>/dev/null
exit "$code""#;

/// A program that runs.
pub(super) struct Tied(Child);

impl Tied {
    /// Starts a program; what it says is added to a file.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub(super) fn start(
        program: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        log: &Path,
    ) -> Result<Self, HomeError> {
        let said = File::options().create(true).append(true).open(log).map_err(io_at(log))?;
        let also = said.try_clone().map_err(io_at(log))?;
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "sh"]).arg(program).args(arguments);
        command.stdin(Stdio::piped()).stdout(said).stderr(also).process_group(0);
        command.spawn().map(Self).map_err(io_at(program))
    }

    /// How it ended; none while it runs.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().ok().flatten()
    }

    /// Asks it to end, and does not wait for that.
    pub(super) fn release(&mut self) {
        drop(self.0.stdin.take());
    }
}

impl Drop for Tied {
    fn drop(&mut self) {
        self.release();
        let _ = self.0.wait();
    }
}
