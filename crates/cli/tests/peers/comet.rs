//! CometBFT's program.

use crate::peer::Peer;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

static COMETBFT: Peer = Peer {
    name: "CometBFT 0.38",
    variable: "ICS_COMETBFT",
    usual: "cometbft",
    cached: ("cometbft-v0.38.17", "cometbft"),
    is: |program| version(program).is_some_and(|found| found.starts_with("0.38.")),
    build,
    found: OnceLock::new(),
};

/// The program; none where it cannot be had, which is told once.
pub(crate) fn program() -> Option<&'static Path> {
    COMETBFT.program()
}

fn version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("version").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn build(folder: &Path, _: &Path) -> Result<(), String> {
    let known = [PathBuf::from("go"), PathBuf::from("/usr/local/go/bin/go")];
    let go = known.iter().find(|go| version(go).is_some());
    let go = go.ok_or("there is neither a program in ICS_COMETBFT or the path, nor Go")?;
    let source = "github.com/cometbft/cometbft/cmd/cometbft@v0.38.17";
    let output = Command::new(go).args(["install", source]).env("GOBIN", folder).output();
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("go install {source}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}
