//! Where Hermes is.

use super::LocalnetError;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names a program to use instead of the one in the path.
const VARIABLE: &str = "ICS_HERMES";

/// The program that the variable names, else the one in the path, else the one that the project's tests build.
///
/// # Errors
/// [`LocalnetError::NoHermes`].
pub(in crate::localnet) fn find() -> Result<PathBuf, LocalnetError> {
    if let Some(named) = std::env::var_os(VARIABLE).map(PathBuf::from) {
        return if is_hermes(&named) {
            Ok(named)
        } else {
            Err(LocalnetError::NoHermes(format!("{VARIABLE} names {}, which is no Hermes", named.display())))
        };
    }
    let built = std::env::var_os("HOME")
        .map(|user| PathBuf::from(user).join(".cache/ics-peers/hermes-1.10.5/bin/hermes"));
    let known = [Some(PathBuf::from("hermes")), built];
    let missing = || LocalnetError::NoHermes("there is no program `hermes` in the path".to_owned());
    known.into_iter().flatten().find(|program| is_hermes(program)).ok_or_else(missing)
}

fn is_hermes(program: &Path) -> bool {
    let output = Command::new(program).arg("--version").output();
    output.is_ok_and(|output| output.status.success() && output.stdout.starts_with(b"hermes "))
}
