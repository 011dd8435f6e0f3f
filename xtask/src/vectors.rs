//! Golden values: a file that no test reads is either of a later issue, and listed, or forgotten.

use std::{collections::BTreeSet, fs, io};

use crate::{Source, root};

/// The files of later issues. A file leaves this list in the commit whose tests read it.
pub const LATER: [&str; 7] = [
    "memo",
    "power_to_slash",
    "reward_allocation",
    "reward_denoms",
    "reward_eligibility",
    "reward_split",
    "slash_meter",
];

/// The files of `vectors/`, without their ending.
///
/// # Errors
/// What the file system says.
pub fn files() -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(root().join("vectors"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".json").map(str::to_owned));
    }
    Ok(names)
}

/// Files that are neither read nor listed, listed and read, or listed and not there.
#[must_use]
pub fn check(files: &BTreeSet<String>, later: &[&str], sources: &[Source]) -> Vec<String> {
    let readers: Vec<&Source> = readers(sources);
    let mut complaints = Vec::new();
    for file in files {
        let read = readers.iter().any(|source| reads(&source.text, file));
        match (read, later.contains(&file.as_str())) {
            (true, true) => {
                complaints.push(format!("{file}.json is read: take it off the list of later issues"))
            }
            (false, false) => complaints.push(format!("{file}.json is read by no test")),
            (true, false) | (false, true) => {}
        }
    }
    let gone = later.iter().filter(|file| !files.contains(**file));
    complaints.extend(gone.map(|file| format!("{file}.json is listed but not there")));
    complaints
}

/// The test files of crates whose tests know where the vectors are.
fn readers(sources: &[Source]) -> Vec<&Source> {
    let tests = |path: &str| path.split_once("/tests/").map(|(of, _)| of.to_owned());
    let know = sources.iter().filter(|source| source.text.contains("ICS_VECTORS"));
    let crates: BTreeSet<String> = know.filter_map(|source| tests(&source.path)).collect();
    sources.iter().filter(|source| tests(&source.path).is_some_and(|of| crates.contains(&of))).collect()
}

/// Whether a source opens the file: as a path, or as the first argument of the function that runs its cases.
fn reads(text: &str, file: &str) -> bool {
    [format!("(\"{file}\""), format!("(\"{file}.json\""), format!("/{file}.json\"")]
        .iter()
        .any(|pattern| text.contains(pattern))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::Source;

    #[test]
    fn forgotten_read_and_absent_files_are_told() {
        let text = "env(\"ICS_VECTORS\"); each_case(\"diff\", run); sign(key, \"memo\")";
        let sources = [Source { path: "crates/ccv/tests/it/main.rs".into(), text: text.into() }];
        let files = ["diff", "memo", "epoch"].map(str::to_owned).into();
        assert_eq!(check(&files, &["memo"], &sources), ["epoch.json is read by no test"]);
        assert_eq!(
            check(&files, &["diff", "memo", "epoch", "shaping"], &sources),
            [
                "diff.json is read: take it off the list of later issues",
                "shaping.json is listed but not there",
            ]
        );
    }
}
