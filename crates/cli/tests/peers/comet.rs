//! CometBFT's program: found, or built.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The release that is built. Others of 0.38 do as well.
const VERSION: &str = "v0.38.17";
/// Names a program to use instead.
const VARIABLE: &str = "ICS_COMETBFT";

/// The program; none where it cannot be had, which is told once.
pub(crate) fn program() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = FOUND.get_or_init(|| match find() {
        Ok(path) => Some(path),
        Err(why) => {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "CometBFT is missing under CI: {why}");
            // Not by a macro: what those print is hidden where a test passes.
            let told = format!("SKIPPED, every test with CometBFT: {why}\n");
            std::io::stderr().write_all(told.as_bytes()).unwrap();
            None
        }
    });
    found.as_deref()
}

fn find() -> Result<PathBuf, String> {
    if let Some(named) = std::env::var_os(VARIABLE) {
        let path = PathBuf::from(named);
        return match version(&path) {
            Some(found) if found.starts_with("0.38.") => Ok(path),
            found => panic!("{VARIABLE} names {}, which is no CometBFT 0.38: {found:?}", path.display()),
        };
    }
    let usual = PathBuf::from("cometbft");
    if version(&usual).is_some_and(|found| found.starts_with("0.38.")) {
        return Ok(usual);
    }
    let folder = cache().join(format!("cometbft-{VERSION}"));
    let built = folder.join("cometbft");
    if version(&built).is_some() {
        return Ok(built);
    }
    build(&folder)?;
    version(&built).map(|_| built).ok_or_else(|| "what was built does not run".to_owned())
}

fn version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("version").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn cache() -> PathBuf {
    let user = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    user.unwrap_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR"))).join("ics-peers")
}

fn build(folder: &Path) -> Result<(), String> {
    let known = [PathBuf::from("go"), PathBuf::from("/usr/local/go/bin/go")];
    let go = known.iter().find(|go| version(go).is_some());
    let go = go.ok_or_else(|| format!("there is neither a program in {VARIABLE} or the path, nor Go"))?;
    std::io::stderr().write_all(b"building CometBFT, once\n").unwrap();
    let source = format!("github.com/cometbft/cometbft/cmd/cometbft@{VERSION}");
    let output = Command::new(go).args(["install", &source]).env("GOBIN", folder).output();
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("go install {source}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}
