//! Arrows: which crate builds on which, and which module of `chain` names which.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Source, code, paths};

/// From whom to whom.
pub type Arrows = BTreeMap<String, BTreeSet<String>>;

const CHAIN: &str = "crates/chain/src/";

/// The arrows between crates, from the `[dependencies]` of their manifests.
#[must_use]
pub fn crates(sources: &[Source]) -> Arrows {
    let manifests = sources.iter().filter_map(|source| {
        let name = source.path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
        Some((name.to_owned(), dependencies(&source.text)))
    });
    manifests.collect()
}

fn dependencies(manifest: &str) -> BTreeSet<String> {
    let section = manifest.lines().skip_while(|line| line.trim() != "[dependencies]").skip(1);
    let lines = section.take_while(|line| !line.starts_with('['));
    let names = lines.filter_map(|line| {
        let name: String =
            line.strip_prefix("ics-")?.chars().take_while(|letter| paths::is_name(*letter)).collect();
        Some(name)
    });
    names.collect()
}

/// The arrows between the modules of `chain`. What its root re-exports is common ground and gives no arrow.
#[must_use]
pub fn chain_modules(sources: &[Source]) -> Arrows {
    let mut arrows = Arrows::new();
    let files: Vec<(String, &Source)> =
        sources.iter().filter_map(|source| Some((module(&source.path)?, source))).collect();
    for (name, _) in &files {
        arrows.entry(name.clone()).or_default();
    }
    let known: BTreeSet<String> = arrows.keys().cloned().collect();
    for (name, source) in files {
        for path in paths::from_crate_root(&code(&source.text)) {
            let target = match path.as_slice() {
                [first, second, ..] if first == "modules" && known.contains(second) => second,
                [first, ..] => first,
                [] => continue,
            };
            if *target != name && known.contains(target) {
                arrows.entry(name.clone()).or_default().insert(target.clone());
            }
        }
    }
    arrows
}

/// The module that a file of `chain` belongs to; `None` for its root and for other crates.
fn module(path: &str) -> Option<String> {
    let inner = path.strip_prefix(CHAIN)?;
    let inner = inner.strip_prefix("modules/").unwrap_or(inner);
    let name = inner.split('/').next()?.trim_end_matches(".rs");
    let name = if name == "mod" { "modules" } else { name };
    (name != "lib").then(|| name.to_owned())
}

/// Reads the lines of a block; `prefix` stands before every source (`chain::`).
///
/// # Errors
/// The first line that is not `a -> b c`.
pub fn parse(lines: &[&str], prefix: &str) -> Result<Arrows, String> {
    let mut arrows = Arrows::new();
    for line in lines {
        let fail = || format!("not an arrow: {line}");
        let (from, to) = line.split_once("->").ok_or_else(fail)?;
        let from = from.trim().strip_prefix(prefix).ok_or_else(fail)?;
        let to = to.split_whitespace().map(str::to_owned).collect();
        if arrows.insert(from.to_owned(), to).is_some() {
            return Err(format!("two lines for {from}"));
        }
    }
    Ok(arrows)
}

/// What the picture and the sources do not agree on, one sentence each.
#[must_use]
pub fn compare(drawn: &Arrows, found: &Arrows) -> Vec<String> {
    let pairs = |arrows: &Arrows| -> BTreeSet<(String, String)> {
        let all = arrows.iter().flat_map(|(from, to)| to.iter().map(|to| (from.clone(), to.clone())));
        all.collect()
    };
    let (drawn_pairs, found_pairs) = (pairs(drawn), pairs(found));
    let undrawn =
        found_pairs.difference(&drawn_pairs).map(|(from, to)| format!("{from} -> {to} is not drawn"));
    let gone = drawn_pairs
        .difference(&found_pairs)
        .map(|(from, to)| format!("{from} -> {to} is drawn but not there"));
    let absent =
        found.keys().filter(|name| !drawn.contains_key(*name)).map(|name| format!("{name} has no line"));
    let stale =
        drawn.keys().filter(|name| !found.contains_key(*name)).map(|name| format!("{name} does not exist"));
    undrawn.chain(gone).chain(absent).chain(stale).collect()
}

/// The lines of a block that draws these arrows.
#[must_use]
pub fn draw(arrows: &Arrows, prefix: &str) -> String {
    let line = |(from, to): (&String, &BTreeSet<String>)| {
        let to: Vec<&str> = to.iter().map(String::as_str).collect();
        format!("{prefix}{from} -> {}", to.join(" ")).trim_end().to_owned() + "\n"
    };
    arrows.iter().map(line).collect()
}
