//! What docs/launch.md shows is what happens: its files are written, its commands typed, their output compared.

use crate::localnet::{GLANCE, Localnet, PATIENCE, free_port_offset};
use ics_world::topology;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// A block of the page.
pub(crate) enum Block {
    /// A file of this name.
    File(String, String),
    /// A command, and what it prints.
    Typed(String, Vec<String>),
    /// What the network prints, in this order.
    Printed(Vec<String>),
}

pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for block in page.split("\n```").skip(1).step_by(2) {
        let (kind, body) = block.split_once('\n').expect("a block has lines");
        let lines = body.lines().map(str::to_owned);
        match kind.split_once(' ').unwrap_or((kind, "")) {
            ("json", name) => blocks.push(Block::File(name.to_owned(), body.to_owned())),
            ("console", "localnet") => blocks.push(Block::Printed(lines.collect())),
            ("console", "") => {
                for line in lines {
                    match (line.strip_prefix("$ "), blocks.last_mut()) {
                        (Some(command), _) => blocks.push(Block::Typed(command.to_owned(), Vec::new())),
                        (None, Some(Block::Typed(_, shown))) => shown.push(line),
                        _ => panic!("`{line}` follows no command"),
                    }
                }
            }
            other => panic!("what is a block of {other:?}?"),
        }
    }
    blocks
}

/// Whether a line is the one of the page, where `…` may stand for any part of it.
fn is_line(shown: &str, line: &str) -> bool {
    let mut rest = line;
    let mut parts = shown.split('…');
    let Some(inner) = rest.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    rest = inner;
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    rest.is_empty()
}

/// Whether lines are those of the page, where a line `…` may stand for any number of them.
pub(crate) fn are_lines(shown: &[String], lines: &[&str]) -> bool {
    match shown {
        [] => lines.is_empty(),
        [first, rest @ ..] if first == "…" => (0..=lines.len()).any(|from| are_lines(rest, &lines[from..])),
        [first, rest @ ..] => {
            lines.split_first().is_some_and(|(line, behind)| is_line(first, line) && are_lines(rest, behind))
        }
    }
}

/// A text with the ports of URLs moved.
fn moved(text: &str, ports: impl Fn(u16) -> u16) -> String {
    let mut parts = text.split("http://127.0.0.1:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (port, behind) = part.split_at(end);
        out.push_str(&format!("http://127.0.0.1:{}{behind}", ports(port.parse().unwrap())));
    }
    out
}

/// The page's second terminal.
struct Terminal<'a> {
    network: &'a Localnet,
    offset: u16,
    home: &'a Path,
    folder: &'a Path,
}

impl Terminal<'_> {
    /// Types a line into a shell; gives what is seen.
    fn run(&self, command: &str) -> String {
        let offset = self.offset;
        let binary = Path::new(env!("CARGO_BIN_EXE_ics")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1; {}", moved(command, |port| port + offset))])
            .current_dir(self.folder)
            .env("PATH", format!("{}:{path}", binary.display()))
            .env("ICS_HOME", self.home)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        moved(&String::from_utf8(output.stdout).unwrap(), |port| port - offset)
    }

    /// Types a command once, or a question until the answer is that of the page; else gives what was seen.
    fn type_in(&self, command: &str, shown: &[String]) -> Result<(), String> {
        let began = Instant::now();
        loop {
            let seen = self.run(command);
            if are_lines(shown, &seen.lines().collect::<Vec<_>>()) {
                return Ok(());
            }
            if !command.starts_with("ics query") || began.elapsed() > PATIENCE {
                return Err(format!("$ {command}\n{seen}is not\n{}", shown.join("\n")));
            }
            std::thread::sleep(GLANCE);
        }
    }

    /// Waits until the network has printed lines, in this order; gives how many of its lines that took.
    fn wait_printed(&self, shown: &[String], from: usize) -> usize {
        let (began, offset) = (Instant::now(), self.offset);
        loop {
            let lines: Vec<String> =
                self.network.lines().iter().map(|line| moved(line, |port| port - offset)).collect();
            let mut rest = lines.iter().enumerate().skip(from);
            let mut missing = shown.iter().filter(|line| !rest.any(|(_, seen)| is_line(line, seen)));
            match missing.next() {
                None => return rest.next().map_or(lines.len(), |(at, _)| at),
                Some(line) => {
                    assert!(began.elapsed() < PATIENCE, "`{line}` does not follow in\n{}", lines.join("\n"));
                }
            }
            std::thread::sleep(GLANCE);
        }
    }
}

#[test]
fn the_launches_of_the_page_happen_as_it_shows_them() {
    // A busy machine may be too late for a vote.
    for _ in 0..NETWORKS {
        match the_page_happens() {
            Ok(()) => return,
            Err(Late(said)) => println!("a vote had ended, once more:\n{said}"),
        }
    }
    panic!("no vote lasted until all had voted");
}

/// How often the page is tried whose vote ended too early.
const NETWORKS: usize = 5;

/// What was said of a vote that was given when the voting period had passed.
struct Late(String);

fn the_page_happens() -> Result<(), Late> {
    let (folder, offset) = (tempfile::tempdir().unwrap(), free_port_offset());
    let home = folder.path().join("home");
    let mut network = Localnet::launch_in(&home, offset);
    network.wait_ready();
    let terminal = Terminal { network: &network, offset, home: &home, folder: folder.path() };
    let (mut typed, mut seen, mut proposed) = (0, 0, Instant::now());
    for block in blocks(include_str!("../../../../docs/launch.md")) {
        match block {
            Block::File(name, content) => std::fs::write(folder.path().join(name), content).unwrap(),
            Block::Typed(command, shown) => {
                if command.starts_with("ics tx gov submit-proposal") {
                    proposed = Instant::now();
                }
                if let Err(said) = terminal.type_in(&command, &shown) {
                    let is_vote = ["vote", "weighted-vote"]
                        .iter()
                        .any(|verb| command.starts_with(&format!("ics tx gov {verb} ")));
                    assert!(is_vote && proposed.elapsed() > topology::VOTING_PERIOD, "{said}");
                    return Err(Late(said));
                }
                typed += 1;
            }
            Block::Printed(shown) => seen = terminal.wait_printed(&shown, seen),
        }
    }
    assert!(typed > 25 && seen > 20, "{typed} commands, {seen} lines");
    Ok(())
}

#[test]
fn gaps_of_the_page_stand_for_what_is_there_and_no_more() {
    assert!(is_line("height: …", "height: 7") && is_line("a … c …", "a b c d") && is_line("a", "a"));
    assert!(!is_line("height: …", "code: 7") && !is_line("a…c", "a b") && !is_line("a", "ab"));
    let shown = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    assert!(are_lines(&shown(&["…", "b", "…"]), &["a", "a", "b"]));
    assert!(!are_lines(&shown(&["…", "b"]), &["a", "b", "c"]));
    assert!(!are_lines(&shown(&["a"]), &[]) && are_lines(&shown(&["…"]), &[]));
    assert_eq!(moved("x http://127.0.0.1:26657/y", |port| port + 1), "x http://127.0.0.1:26658/y");
}
