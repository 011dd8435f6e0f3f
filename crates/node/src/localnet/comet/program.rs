//! Where CometBFT is.

use crate::localnet::LocalnetError;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names a program to use instead of the one in the path.
const VARIABLE: &str = "ICS_COMETBFT";
/// What every version that serves begins with.
const SERIES: &str = "0.38.";
/// Where the project's tests build it, below the user's folder.
const BUILT: &str = ".cache/ics-peers/cometbft-v0.38.17/cometbft";

/// The program that the variable names, else the one in the path, else the one that the project's tests build.
///
/// # Errors
/// [`LocalnetError::NoComet`].
pub(super) fn find() -> Result<PathBuf, LocalnetError> {
    if let Some(named) = std::env::var_os(VARIABLE).map(PathBuf::from) {
        return if serves(&named) {
            Ok(named)
        } else {
            let why = format!("{VARIABLE} names {}, which is no CometBFT 0.38", named.display());
            Err(LocalnetError::NoComet(why))
        };
    }
    let built = std::env::var_os("HOME").map(|user| PathBuf::from(user).join(BUILT));
    let known = [Some(PathBuf::from("cometbft")), built];
    let missing = || LocalnetError::NoComet("there is no program `cometbft` of 0.38 in the path".to_owned());
    known.into_iter().flatten().find(|program| serves(program)).ok_or_else(missing)
}

fn serves(program: &Path) -> bool {
    let output = Command::new(program).arg("version").output();
    output.is_ok_and(|output| output.status.success() && output.stdout.starts_with(SERIES.as_bytes()))
}
