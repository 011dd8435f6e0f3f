//! What the README shows is what the program prints.

use crate::localnet::Localnet;

/// The lines of the transcript: its prompt and its gaps left out, ports and home as in no network.
fn transcript() -> Vec<String> {
    let readme = include_str!("../../../../README.md");
    let (_, block) = readme.split_once("```console\n").expect("the README has a transcript");
    let (block, _) = block.split_once("```").expect("the transcript ends");
    let lines = block.lines().map(str::trim_end).filter(|line| !line.starts_with('$') && line.trim() != "…");
    lines.map(general).collect()
}

/// A line without what differs from start to start: ports, and where the home is.
fn general(line: &str) -> String {
    if line.starts_with("ics localnet in") {
        return "ics localnet in".to_owned();
    }
    let mut words = Vec::new();
    for word in line.split(' ') {
        words.push(word.strip_prefix("http://127.0.0.1:").map_or(word, |_| "http://127.0.0.1:PORT"));
    }
    words.join(" ")
}

#[test]
fn the_transcript_of_the_readme_is_what_localnet_prints_in_this_order() {
    let network = Localnet::ready();
    let printed: Vec<String> = network.lines().iter().map(|line| general(line)).collect();
    let mut rest = printed.iter();
    let expected = transcript();
    assert!(expected.len() > 20, "the transcript is there: {expected:?}");
    for line in expected {
        let found = match line.strip_suffix('…') {
            Some(start) => rest.any(|printed| printed.starts_with(start.trim_end())),
            None => rest.any(|printed| printed.trim_end() == line),
        };
        assert!(found, "`{line}` does not follow in\n{}", printed.join("\n"));
    }
}
