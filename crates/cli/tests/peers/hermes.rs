//! Hermes relays: what docs/hermes.md shows is what happens. Its commands are typed, their output compared.
//!
//! Building Hermes takes long, so it is not done here: where neither `ICS_HERMES` nor the path nor the cache has it, that is told
//! and skipped, under `CI=true` too. What `ICS_HERMES` names must be there.

use crate::node::{free_ports, ics};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const PAGE: &str = include_str!("../../../../docs/hermes.md");
/// Names a program to use instead.
const VARIABLE: &str = "ICS_HERMES";
/// First port of the RPC on the page.
const RPC: u16 = 26_657;
/// The longest that anything may take: both handshakes of both consumers are among it.
const PATIENCE: Duration = Duration::from_secs(240);

fn is_there() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let runs = |program: &Path| {
            let output = Command::new(program).arg("--version").output();
            output.is_ok_and(|output| output.status.success() && output.stdout.starts_with(b"hermes "))
        };
        if let Some(named) = std::env::var_os(VARIABLE) {
            assert!(runs(Path::new(&named)), "{VARIABLE} names {}, which is no Hermes", named.display());
            return true;
        }
        let built =
            std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/ics-peers/bin/hermes"));
        let found = runs(Path::new("hermes")) || built.is_some_and(|built| runs(&built));
        if !found {
            // Not by a macro: what those print is hidden where a test passes.
            let told = format!(
                "SKIPPED, every test with Hermes: neither {VARIABLE} nor the path nor the cache has it\n"
            );
            std::io::stderr().write_all(told.as_bytes()).unwrap();
        }
        found
    })
}

/// A command of the page, and the lines that it shows.
struct Typed {
    command: String,
    shown: Vec<String>,
}

fn typed() -> Vec<Typed> {
    let mut typed: Vec<Typed> = Vec::new();
    let blocks = PAGE.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    for line in blocks.flat_map(str::lines) {
        match line.strip_prefix("$ ") {
            Some(command) => typed.push(Typed { command: command.to_owned(), shown: Vec::new() }),
            None => typed.last_mut().unwrap().shown.push(line.to_owned()),
        }
    }
    typed
}

/// Whether a line is the one of the page, where `…` stands for any part of it.
fn is_line(shown: &str, line: &str) -> bool {
    let parts: Vec<&str> = shown.split('…').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return shown == line };
    let mut rest = line.strip_prefix(first);
    for part in middle {
        rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, behind)| behind);
    }
    rest.is_some_and(|rest| rest.ends_with(last))
}

/// Whether the lines are printed in this order; a line `…` stands for any number of them.
fn are_printed(shown: &[String], printed: &str) -> bool {
    let mut rest = printed.lines();
    shown.iter().filter(|line| *line != "…").all(|line| rest.any(|found| is_line(line, found)))
}

/// The page's terminal, in a folder of its own.
struct Terminal {
    folder: tempfile::TempDir,
    offset: u16,
    network: Option<Child>,
}

impl Terminal {
    fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("said")).unwrap_or_default()
    }

    /// Types a command; gives what it has printed so far.
    fn type_in(&mut self, command: &str) -> String {
        let words: Vec<String> = command.split(' ').map(|word| self.moved(word)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["ics", "localnet", options @ .., "&"] => {
                if self.network.is_none() {
                    let said = fs::File::create(self.folder.path().join("said")).unwrap();
                    let mut command = ics();
                    command.arg("localnet").args(options).current_dir(self.folder.path());
                    command.args(["--block-time", "200ms", "--port-offset", &self.offset.to_string()]);
                    command.stdout(said.try_clone().unwrap()).stderr(said);
                    self.network = Some(command.spawn().unwrap());
                }
                assert_eq!(self.network.as_mut().unwrap().try_wait().unwrap(), None, "{}", self.said());
                self.said()
            }
            ["kill", "%1"] => {
                let mut network = self.network.take().unwrap();
                assert!(Command::new("kill").arg(network.id().to_string()).status().unwrap().success());
                assert!(network.wait().unwrap().success(), "{}", self.said());
                // Its answer to the signal is the last thing it says: Hermes has ended before it.
                self.said()
            }
            ["sleep", seconds] => {
                std::thread::sleep(Duration::from_secs(seconds.parse().unwrap()));
                String::new()
            }
            ["curl", "-s", url] => ureq::get(*url).call().unwrap().body_mut().read_to_string().unwrap(),
            ["ics", words @ ..] => {
                let output = ics().args(words).current_dir(self.folder.path()).output().unwrap();
                String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
            }
            _ => panic!("the page types `{command}`"),
        }
    }

    /// An address of the page where it really is.
    fn moved(&self, word: &str) -> String {
        let Some(rest) = word.strip_prefix("http://127.0.0.1:") else { return word.to_owned() };
        let (port, path) =
            rest.split_once('/').map_or((rest, String::new()), |(port, path)| (port, format!("/{path}")));
        format!("http://127.0.0.1:{}{path}", port.parse::<u16>().unwrap() + self.offset)
    }

    /// Types a command; a question, and what runs beside, until it has printed what the page shows.
    fn follow(&mut self, typed: &Typed) {
        let Typed { command, shown } = typed;
        let began = Instant::now();
        loop {
            let printed = self.type_in(command);
            if are_printed(shown, &printed) {
                return;
            }
            let is_question =
                ["ics query", "curl", "ics localnet"].iter().any(|verb| command.starts_with(verb));
            let again = is_question && began.elapsed() < PATIENCE;
            assert!(again, "$ {command}\n{printed}is not\n{}", shown.join("\n"));
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Every file in the folder of Hermes, with its mode.
    fn files(&self) -> Vec<(String, u32)> {
        use std::os::unix::fs::PermissionsExt as _;
        let (mut files, mut folders) = (Vec::new(), vec![self.folder.path().join("net/.hermes")]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
                    files.push((path.file_name().unwrap().to_str().unwrap().to_owned(), mode));
                }
            }
        }
        files.sort();
        files
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(mut network) = self.network.take() {
            let _ = network.kill();
            let _ = network.wait();
        }
        if std::thread::panicking() {
            let log = fs::read_to_string(self.folder.path().join("net/.hermes/log")).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            println!("{}\n-- Hermes\n{}", self.said(), lines[lines.len().saturating_sub(40)..].join("\n"));
        }
    }
}

/// How far the ports lie from the page's: those of a network begin at a free one.
fn offset() -> u16 {
    loop {
        let [first] = free_ports();
        if (RPC + 100..60_000).contains(&first) {
            return first - RPC;
        }
    }
}

#[test]
fn hermes_connects_relays_and_finds_what_it_missed_as_the_page_shows() {
    if !is_there() {
        return;
    }
    let mut terminal = Terminal { folder: tempfile::tempdir().unwrap(), offset: offset(), network: None };
    let typed = typed();
    for step in &typed {
        terminal.follow(step);
    }
    assert_eq!(typed.len(), 12, "the page has its commands");
    let files = terminal.files();
    let secret = |name: &str| (name.to_owned(), 0o600);
    let expected = ["config.toml", "relayer.json", "relayer.json", "relayer.json"].map(secret);
    let kept: Vec<_> = files.into_iter().filter(|(name, _)| name != "log").collect();
    assert_eq!(kept, expected, "one key a chain, readable by nobody else");
}

#[test]
fn a_missing_hermes_is_one_clear_line_and_nothing_is_begun() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("net");
    let mut command = ics();
    command.args(["localnet", "--relayer", "hermes", "--home"]).arg(&home);
    let output = command.env(VARIABLE, "/nowhere/hermes").stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: ICS_HERMES names /nowhere/hermes, which is no Hermes: install Hermes \
         (`cargo install ibc-relayer-cli@1.10.5 --locked`), or leave out --relayer hermes\n"
    );
    assert!(!home.exists());
}

#[test]
fn gaps_of_a_line_stand_for_what_is_there_and_no_more() {
    assert!(is_line("ready after … s", "ready after 3.1 s") && is_line("…\"a\":1…", "{\"b\":2,\"a\":1}"));
    assert!(
        !is_line("ready after … s", "ready after 3.1")
            && !is_line("…\"a\":1…", "{\"a\":2}")
            && !is_line("a", "ab")
    );
}
