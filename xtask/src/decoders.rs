//! Decoders: whatever reads bytes of others stands in docs/decoders.md, with its bound and the test that shows it.

use std::collections::BTreeSet;

use crate::{Source, code, paths};

/// Names of functions that read what others wrote.
const NAMES: [&str; 9] = [
    "decode",
    "from_answer",
    "from_bech32",
    "from_bytes",
    "from_json",
    "from_mnemonic",
    "from_str",
    "from_value",
    "parse",
];
/// How names of such functions begin or end.
const BEGINNINGS: [&str; 4] = ["decode_", "from_json", "parse_", "read_"];
const END: &str = "_from_json";
/// Parameters that make a function a decoder.
const INPUTS: [&str; 4] = ["&[u8]", "&str", "&mut &[u8]", "&Value"];
/// Ways to survive or to hide a panic.
const CATCH: [&str; 3] = ["catch_unwind", "set_hook", "take_hook"];

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What reads: references of the form `crates/x/src/y.rs::name`.
    pub decoders: Vec<String>,
    /// Who wrote the bytes.
    pub from: String,
    /// What keeps the work and the memory small.
    pub bound: String,
    /// What shows it: references to tests.
    pub tests: Vec<String>,
}

/// The rows of the document's table.
#[must_use]
pub fn rows(document: &str) -> Vec<Row> {
    let lines = document.lines().filter(|line| line.starts_with("| `crates/"));
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
        Row {
            decoders: references(cell(0)),
            from: cell(1).to_owned(),
            bound: cell(2).to_owned(),
            tests: references(cell(3)),
        }
    };
    lines.map(row).collect()
}

/// What the document exempts, each in a line ``- `crates/x/src/y.rs::name`: reason``.
#[must_use]
pub fn exemptions(document: &str) -> Vec<String> {
    let lines = document.lines().filter(|line| line.starts_with("- `crates/") && line.contains("`: "));
    lines.flat_map(references).collect()
}

fn references(text: &str) -> Vec<String> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|word| word.starts_with("crates/") && word.contains("::")).map(str::to_owned).collect()
}

/// What table and sources do not agree on, one sentence each. That the references lead somewhere is checked apart.
#[must_use]
pub fn check(document: &str, sources: &[Source]) -> Vec<String> {
    let (rows, exempt) = (rows(document), exemptions(document));
    let mut complaints = Vec::new();
    for row in &rows {
        let name = row.decoders.first().map_or("a row", String::as_str);
        if row.from.is_empty() || row.bound.is_empty() {
            complaints.push(format!("{name}: the row is not filled in"));
        }
        if row.tests.is_empty() {
            complaints.push(format!("{name} has no test"));
        }
        for test in row.tests.iter().filter(|test| !is_test(test, sources)) {
            complaints.push(format!("{name}: {test} is no test"));
        }
    }
    let known: BTreeSet<&String> = rows.iter().flat_map(|row| &row.decoders).chain(&exempt).collect();
    let found = found(sources);
    complaints.extend(
        found.iter().filter(|name| !known.contains(name)).map(|name| format!("{name} is not in the table")),
    );
    let stale = exempt.iter().filter(|name| !found.contains(*name));
    complaints.extend(stale.map(|name| format!("{name} is exempt but nobody takes it for a decoder")));
    complaints
}

/// Whether a reference leads to a function that stands behind `#[test]`.
fn is_test(reference: &str, sources: &[Source]) -> bool {
    let Some((path, name)) = reference.rsplit_once("::") else { return false };
    let Some(source) = sources.iter().find(|source| source.path == path) else { return false };
    let head = format!("fn {name}(");
    let mut behind = false;
    for line in source.text.lines().map(str::trim) {
        if line.starts_with(&head) || line.contains(&format!(" {head}")) {
            return behind;
        }
        behind = line == "#[test]" || (behind && (line.starts_with("#[") || line.starts_with("//")));
    }
    false
}

/// Every function of a crate, tests aside, that is visible outside its file and whose name and parameters are those of
/// a decoder; as references.
#[must_use]
pub fn found(sources: &[Source]) -> BTreeSet<String> {
    let ours = sources.iter().filter(|source| source.path.contains("/src/") && source.path.ends_with(".rs"));
    ours.flat_map(|source| decoders(&source.text).into_iter().map(|name| format!("{}::{name}", source.path)))
        .collect()
}

fn decoders(text: &str) -> BTreeSet<String> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let text = code(text);
    let heads = text.match_indices("fn ").filter_map(|(at, word)| {
        let before = text.get(..at)?.lines().next_back().unwrap_or_default().trim();
        let rest = text.get(at.saturating_add(word.len())..)?;
        let name: String = rest.chars().take_while(|letter| paths::is_name(*letter)).collect();
        let parameters = rest.split(['{', ';']).next()?.replace("Fn(&str)", "").replace("Fn(&[u8])", "");
        let parameters = parameters.split("->").next()?;
        let seen = before.starts_with("pub") || ["from_str", "from_value"].contains(&name.as_str());
        let named = NAMES.contains(&name.as_str())
            || BEGINNINGS.iter().any(|start| name.starts_with(start))
            || name.ends_with(END);
        let reads = INPUTS.iter().any(|input| parameters.contains(input));
        (seen && named && reads).then_some(name)
    });
    heads.collect()
}

/// Sources that catch panics. None may: a panic is a fault of this program, and ends it.
#[must_use]
pub fn catchers(sources: &[Source]) -> Vec<String> {
    let ours = sources.iter().filter(|source| source.path.ends_with(".rs") && source.path.contains("/src/"));
    let catch = ours.filter(|source| {
        let code = code(&source.text);
        CATCH.iter().any(|name| code.contains(name))
    });
    catch.map(|source| format!("{} catches panics", source.path)).collect()
}

#[cfg(test)]
mod tests {
    use super::{catchers, check, decoders};
    use crate::Source;

    const FILE: &str = "
        impl A {
            pub fn decode(bytes: &[u8]) -> Self {}
            pub fn decode_all(count: u8) {}
            fn parse(text: &str) {}
        }
        impl FromStr for A { fn from_str(text: &str) -> Self {} }
        // pub fn read_comment(text: &str) {}
        pub(crate) fn read_row(\n row: &[u8],\n) -> Row {}
        #[cfg(test)]
        mod tests {
            pub fn parse(text: &str) {}
            #[test]
            #[allow(x)]
            fn reads() {}
            fn helps() {}
        }";

    fn file(text: &str) -> [Source; 1] {
        [Source { path: "crates/x/src/y.rs".into(), text: text.into() }]
    }

    #[test]
    fn decoders_are_told_by_name_parameters_and_who_may_call_them() {
        assert_eq!(Vec::from_iter(decoders(FILE)), ["decode", "from_str", "read_row"]);
    }

    #[test]
    fn what_is_in_no_row_or_has_no_test_is_told() {
        let row = "| `crates/x/src/y.rs::decode` | peers | 1 KiB | `crates/x/src/y.rs::reads` |\n\
                   | `crates/x/src/y.rs::from_str` | peers |  | `crates/x/src/y.rs::helps` |\n";
        let exempt = "- `crates/x/src/y.rs::gone`: for nothing";
        assert_eq!(
            check(&format!("{row}{exempt}"), &file(FILE)),
            [
                "crates/x/src/y.rs::from_str: the row is not filled in",
                "crates/x/src/y.rs::from_str: crates/x/src/y.rs::helps is no test",
                "crates/x/src/y.rs::read_row is not in the table",
                "crates/x/src/y.rs::gone is exempt but nobody takes it for a decoder",
            ]
        );
    }

    #[test]
    fn whoever_catches_panics_is_told() {
        let sources = file("fn f() { std::panic::catch_unwind(g); } // catch_unwind");
        assert_eq!(catchers(&sources), ["crates/x/src/y.rs catches panics"]);
        assert_eq!(catchers(&file("panic::set_hook(f);")), ["crates/x/src/y.rs catches panics"]);
        assert_eq!(catchers(&file("// catch_unwind")), Vec::<String>::new());
    }
}
