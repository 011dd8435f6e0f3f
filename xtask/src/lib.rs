//! Checks that keep ARCHITECTURE.md true: it is compared with the sources, not with good intentions.
//!
//! Journey: `cargo test -p xtask` (so CI) runs every check; `cargo run -p xtask` prints the blocks as the sources
//! have them, for whoever draws a new arrow.
//!
//! The document holds fenced blocks, named after their fence:
//! - `arrows`: `chain -> abci ccv kv`, which crates a crate builds on;
//! - `chain-arrows`: `chain::staking -> auth bank`, which modules of `chain` a module names;
//! - `borders`: `tendermint_proto: proto chain/src/ibc`, where alone a foreign crate may be named.

pub mod arrows;
pub mod borders;
pub mod decoders;
mod paths;
pub mod references;
pub mod vectors;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A file of the workspace.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path from the root of the workspace, with `/`.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// The root of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Every Rust file and manifest below `crates/`, by path.
///
/// # Errors
/// What the file system says.
pub fn sources() -> io::Result<Vec<Source>> {
    let mut found = Vec::new();
    collect(&root(), Path::new("crates"), &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            if entry.file_name() != "target" {
                collect(root, &path, found)?;
            }
        } else if path.extension().is_some_and(|end| end == "rs" || end == "toml") {
            let text = fs::read_to_string(entry.path())?;
            found.push(Source { path: path.to_string_lossy().replace('\\', "/"), text });
        }
    }
    Ok(())
}

/// ARCHITECTURE.md.
///
/// # Errors
/// What the file system says.
pub fn architecture() -> io::Result<String> {
    fs::read_to_string(root().join("ARCHITECTURE.md"))
}

/// docs/decoders.md.
///
/// # Errors
/// What the file system says.
pub fn decoder_table() -> io::Result<String> {
    fs::read_to_string(root().join("docs/decoders.md"))
}

/// The lines of the fenced block of that name, without empty lines and comments; `None` if there is no such block.
#[must_use]
pub fn block<'a>(document: &'a str, name: &str) -> Option<Vec<&'a str>> {
    let fence = format!("```{name}");
    let mut lines = document.lines().skip_while(|line| line.trim() != fence);
    lines.next()?;
    let inside = lines.take_while(|line| line.trim() != "```").map(str::trim);
    Some(inside.filter(|line| !line.is_empty() && !line.starts_with('#')).collect())
}

/// A source without its line comments: they may name what code may not.
pub(crate) fn code(text: &str) -> String {
    let strip = |line: &str| line.split_once("//").map_or(line, |(code, _)| code).to_owned();
    text.lines().map(strip).collect::<Vec<_>>().join("\n")
}
