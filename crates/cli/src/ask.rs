//! What the user is asked: on the error output, answered on the input.

use crate::Failure;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use zeroize::Zeroizing;

/// One line, shown while it is typed.
///
/// # Errors
/// What the system says; [`io::ErrorKind::UnexpectedEof`] where the input has ended.
pub(crate) fn line(prompt: &str) -> io::Result<Zeroizing<String>> {
    if io::stdin().is_terminal() {
        io::stderr().write_all(prompt.as_bytes())?;
        io::stderr().write_all(b" ")?;
    }
    let mut line = Zeroizing::new(String::new());
    if io::stdin().lock().read_line(&mut line)? == 0 {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the input has ended"));
    }
    let length = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(length);
    Ok(line)
}

/// One line that is not shown where it is typed.
///
/// # Errors
/// As [`line`].
pub(crate) fn secret(prompt: &str) -> io::Result<Zeroizing<String>> {
    let _dark = Dark::new();
    let answer = line(prompt);
    if io::stdin().is_terminal() {
        io::stderr().write_all(b"\n")?;
    }
    answer
}

/// Whether the user says yes to a question.
///
/// # Errors
/// [`Failure`] where nobody can be asked.
pub(crate) fn yes(question: &str) -> Result<bool, Failure> {
    let cannot = |error: io::Error| Failure(format!("cannot ask: {error}; say -y to go on without asking"));
    io::stderr().write_all(format!("{question} [y/N] ").as_bytes()).map_err(cannot)?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(cannot)?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}

/// While it lives the terminal shows nothing that is typed.
struct Dark(Option<Termios>);

impl Dark {
    fn new() -> Self {
        let Ok(before) = tcgetattr(io::stdin()) else { return Self(None) };
        let mut dark = before.clone();
        dark.local_modes.remove(LocalModes::ECHO);
        let set = tcsetattr(io::stdin(), OptionalActions::Flush, &dark);
        Self(set.is_ok().then_some(before))
    }
}

impl Drop for Dark {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Flush, before);
        }
    }
}
