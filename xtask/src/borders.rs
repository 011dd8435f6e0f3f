//! Borders: a foreign crate is named only in the folders that the table allows.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Source, code, paths};

/// Where each foreign crate may be named: folders or files below `crates/`.
pub type Borders = BTreeMap<String, BTreeSet<String>>;

/// Reads the lines of the table.
///
/// # Errors
/// The first line that is not `word: folder folder`.
pub fn parse(lines: &[&str]) -> Result<Borders, String> {
    let mut borders = Borders::new();
    for line in lines {
        let (word, places) = line.split_once(": ").ok_or_else(|| format!("not a border: {line}"))?;
        let places = places.split_whitespace().map(|place| place.trim_end_matches('/').to_owned()).collect();
        if borders.insert(word.to_owned(), places).is_some() {
            return Err(format!("two lines for {word}"));
        }
    }
    Ok(borders)
}

/// Who names what outside its border, and which places of the table name it no more. Tests may name anything.
#[must_use]
pub fn check(borders: &Borders, sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (word, places) in borders {
        let mut unused: BTreeSet<&String> = places.iter().collect();
        for file in users(word, sources) {
            let allowed: Vec<&String> = places.iter().filter(|place| below(file, place)).collect();
            if allowed.is_empty() {
                complaints.push(format!("crates/{file} names {word}"));
            }
            allowed.iter().for_each(|place| {
                unused.remove(*place);
            });
        }
        complaints.extend(unused.iter().map(|place| format!("{word} is not named in {place}")));
    }
    complaints
}

/// The table as the sources have it: `chain` by module, other crates whole; what nobody names has no line.
#[must_use]
pub fn found(words: &[&str], sources: &[Source]) -> String {
    let place = |file: &str| match file.strip_prefix("chain/src/") {
        Some(inner) => format!("chain/src/{}", inner.split('/').next().unwrap_or(inner)),
        None => file.split('/').next().unwrap_or(file).to_owned(),
    };
    let line = |word: &&str| {
        let places: BTreeSet<String> = users(word, sources).map(place).collect();
        let places: Vec<String> = places.into_iter().collect();
        (!places.is_empty()).then(|| {
            format!(
                "{word}: {}
",
                places.join(" ")
            )
        })
    };
    words.iter().filter_map(line).collect()
}

/// The files, below `crates/`, that name this crate; tests, benches and build scripts aside.
fn users<'a>(word: &'a str, sources: &'a [Source]) -> impl Iterator<Item = &'a str> {
    let ours = sources.iter().filter_map(|source| Some((source.path.strip_prefix("crates/")?, source)));
    let ours = ours.filter(|(path, _)| path.contains("/src/") && path.ends_with(".rs"));
    ours.filter(move |(_, source)| names(&code(&source.text), word)).map(|(path, _)| path)
}

fn below(file: &str, place: &str) -> bool {
    file.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether code names the crate: at the start of a path, or as the whole of a `use`.
fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code.get(..at).unwrap_or_default();
        let after = code.get(at.saturating_add(word.len())..).unwrap_or_default();
        let inner =
            before.strip_suffix("::").is_some_and(|b| b.chars().next_back().is_some_and(paths::is_name));
        if inner || before.chars().next_back().is_some_and(paths::is_name) {
            return false;
        }
        after.starts_with("::") || (before.ends_with("use ") && after.starts_with([';', ' ']))
    })
}

#[cfg(test)]
mod tests {
    use super::{check, names, parse};
    use crate::Source;

    #[test]
    fn a_crate_is_named_at_the_start_of_a_path_and_nowhere_else() {
        for code in ["use tendermint::Hash;", "fn f(x: ::tendermint::Hash) {}", "pub use tendermint as tm;"] {
            assert!(names(code, "tendermint"), "{code}");
        }
        for code in [
            "use ics_proto::tendermint::x;",
            "my_tendermint::x",
            "let tendermint = 1;",
            "tendermint_proto::x",
        ] {
            assert!(!names(code, "tendermint"), "{code}");
        }
    }

    #[test]
    fn crossing_a_border_and_a_stale_place_are_both_told() {
        let source = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
        let sources = [
            source("crates/proto/src/lib.rs", "use prost::Message;"),
            source("crates/ccv/src/lib.rs", "// use prost::Message;"),
            source("crates/chain/src/tx/mod.rs", "fn f() { prost::decode() }"),
            source("crates/ccv/tests/it/main.rs", "use prost::Message;"),
        ];
        let borders = parse(&["prost: proto engine"]).unwrap();
        assert_eq!(
            check(&borders, &sources),
            ["crates/chain/src/tx/mod.rs names prost", "prost is not named in engine"]
        );
    }
}
