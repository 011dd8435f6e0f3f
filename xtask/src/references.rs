//! References: every file and function that ARCHITECTURE.md names exists.

use crate::{Source, paths};

/// What can stand before a name where it is made.
const MAKERS: [&str; 10] =
    ["fn ", "struct ", "enum ", "trait ", "const ", "static ", "type ", "mod ", "macro_rules! ", "union "];

/// References of the form `crates/x/src/y.rs` or `crates/x/src/y.rs::name` that lead nowhere.
#[must_use]
pub fn broken(document: &str, sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (at, _) in document.match_indices("crates/") {
        let part_of_more = document
            .get(..at)
            .and_then(|text| text.chars().next_back())
            .is_some_and(|c| paths::is_name(c) || c == '/');
        if part_of_more {
            continue;
        }
        let letters = document.get(at..).unwrap_or_default().chars();
        let reference: String = letters.take_while(|c| paths::is_name(*c) || "/.:-".contains(*c)).collect();
        let reference = reference.trim_end_matches(['.', ':', '-']);
        if reference.len() > "crates/".len() && !leads_somewhere(reference, sources) {
            complaints.push(format!("{reference} does not exist"));
        }
    }
    complaints
}

fn leads_somewhere(reference: &str, sources: &[Source]) -> bool {
    let mut parts = reference.split("::");
    let path = parts.next().unwrap_or_default().trim_end_matches('/');
    let names: Vec<&str> = parts.collect();
    match sources.iter().find(|source| source.path == path) {
        Some(source) => names.iter().all(|name| makes(&source.text, name)),
        None => names.is_empty() && sources.iter().any(|source| source.path.starts_with(&format!("{path}/"))),
    }
}

/// Whether a file makes something of this name, or adds to a type of this name.
fn makes(text: &str, name: &str) -> bool {
    let whole = |start: &str| {
        let pattern = format!("{start}{name}");
        text.match_indices(&pattern).any(|(at, found)| {
            let after = text.get(at.saturating_add(found.len())..).and_then(|rest| rest.chars().next());
            let before = text.get(..at).and_then(|rest| rest.chars().next_back());
            !after.is_some_and(paths::is_name) && !before.is_some_and(paths::is_name)
        })
    };
    let added = text.lines().any(|line| {
        let words = line.split(|letter| !paths::is_name(letter));
        line.trim_start().starts_with("impl") && words.into_iter().any(|word| word == name)
    });
    MAKERS.iter().any(|maker| whole(maker)) || added
}

#[cfg(test)]
mod tests {
    use super::broken;
    use crate::Source;

    #[test]
    fn a_reference_leads_to_a_file_and_to_what_is_made_there() {
        let text = "pub struct App;\nimpl App { pub fn deliver(&self) {} }\npub(crate) const LIMIT: u8 = 1;";
        let sources = [Source { path: "crates/chain/src/app.rs".into(), text: text.into() }];
        let good = "See `crates/chain/src/app.rs::deliver`, `crates/chain/src/app.rs::App::deliver`, \
                    crates/chain/src/app.rs::LIMIT. Also crates/chain/src/ and crates/chain.";
        assert_eq!(broken(good, &sources), Vec::<String>::new());
        let bad = "`crates/chain/src/app.rs::deliv` `crates/chain/src/ap.rs` `crates/chain/src::deliver`";
        assert_eq!(
            broken(bad, &sources),
            [
                "crates/chain/src/app.rs::deliv does not exist",
                "crates/chain/src/ap.rs does not exist",
                "crates/chain/src::deliver does not exist",
            ]
        );
    }
}
