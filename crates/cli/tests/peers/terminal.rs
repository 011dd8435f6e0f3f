//! A page of the documents, typed in: its commands in a folder of its own, what they print compared with what it shows.

use crate::node::ics;
use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// The longest that anything may take: both handshakes of both consumers are among it.
const PATIENCE: Duration = Duration::from_secs(240);

/// A command of the page, and the lines that it shows.
pub(crate) struct Typed {
    pub(crate) command: String,
    pub(crate) shown: Vec<String>,
}

pub(crate) fn typed(page: &str) -> Vec<Typed> {
    let mut typed: Vec<Typed> = Vec::new();
    let blocks = page.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
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
pub(crate) fn are_printed(shown: &[String], printed: &str) -> bool {
    let mut rest = printed.lines();
    shown.iter().filter(|line| *line != "…").all(|line| rest.any(|found| is_line(line, found)))
}

/// The page's terminal, in a folder of its own.
pub(crate) struct Terminal {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) offset: u16,
    network: Option<Child>,
}

impl Terminal {
    /// A terminal whose network has its ports so far from the page's.
    pub(crate) fn new(offset: u16) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), offset, network: None }
    }

    pub(crate) fn said(&self) -> String {
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
            ["kill", "-9", "%1"] => {
                let mut network = self.network.take().unwrap();
                network.kill().unwrap();
                network.wait().unwrap();
                String::new()
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

    /// What was printed, with the page's ports.
    fn as_on_the_page(&self, printed: &str) -> String {
        const HOST: &str = "http://127.0.0.1:";
        let mut parts = printed.split(HOST);
        let mut text = parts.next().unwrap().to_owned();
        for part in parts {
            let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            let port = part[..digits].parse::<u16>().unwrap() - self.offset;
            text.push_str(&format!("{HOST}{port}{}", &part[digits..]));
        }
        text
    }

    /// Types a command; a question, and what runs beside, until it has printed what the page shows.
    pub(crate) fn follow(&mut self, typed: &Typed) {
        let Typed { command, shown } = typed;
        let began = Instant::now();
        loop {
            let printed = self.type_in(command);
            let printed = self.as_on_the_page(&printed);
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

/// How far a network's ports lie from the page's, where all of them are free.
pub(crate) fn offset(ports: &[u16]) -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 50).unwrap() * 60;
    for _ in 0..100 {
        let offset = 100 + (first + NEXT.fetch_add(1, Ordering::Relaxed) * 60) % 3_000;
        let held: Vec<_> = ports.iter().map(|port| TcpListener::bind(("127.0.0.1", port + offset))).collect();
        if held.iter().all(Result::is_ok) {
            return offset;
        }
    }
    panic!("no free ports");
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

#[test]
fn gaps_between_lines_stand_for_what_is_there_and_no_more() {
    let shown = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    assert!(are_printed(&shown(&["height: …", "…", "code: 0"]), "height: 7\nhash: a\ncode: 0\n"));
    assert!(!are_printed(&shown(&["code: 0", "height: …"]), "height: 7\ncode: 0\n"));
    assert!(!are_printed(&shown(&["at … waits"]), "at 7 ends\n"));
}
