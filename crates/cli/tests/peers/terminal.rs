//! A page of the documents, typed in: its commands in a folder of its own, what they print compared with what it shows.

use crate::node::ics;
use crate::page::{Typed, are_printed};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// The longest that anything may take: a whole network is set up among it.
const PATIENCE: Duration = Duration::from_secs(600);

/// A terminal with a local network, in a folder of its own.
pub(crate) struct Terminal {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) offset: u16,
    network: Option<Child>,
    /// A variable of the environment, and the program that it names.
    named: Option<(&'static str, PathBuf)>,
}

impl Terminal {
    /// A terminal whose network has its ports so far from the page's.
    pub(crate) fn new(offset: u16) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), offset, network: None, named: None }
    }

    /// The same, where a variable names a program.
    pub(crate) fn naming(mut self, variable: &'static str, program: &Path) -> Self {
        self.named = Some((variable, program.to_owned()));
        self
    }

    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("said")).unwrap_or_default()
    }

    /// Types a command; gives what it has printed so far.
    fn type_in(&mut self, command: &str) -> String {
        let command = self.moved(command);
        let words: Vec<&str> = command.split(' ').collect();
        match words.as_slice() {
            ["ics", "localnet", options @ .., "&"] => {
                if self.network.is_none() {
                    let said = fs::File::create(self.folder.path().join("said")).unwrap();
                    let mut command = ics();
                    command.arg("localnet").args(options).current_dir(self.folder.path());
                    command.args(["--block-time", "200ms", "--port-offset", &self.offset.to_string()]);
                    command.envs(self.named.clone()).stdout(said.try_clone().unwrap()).stderr(said);
                    self.network = Some(command.spawn().unwrap());
                }
                assert_eq!(self.network.as_mut().unwrap().try_wait().unwrap(), None, "{}", self.said());
                self.said()
            }
            ["kill", "%1"] => {
                let mut network = self.network.take().unwrap();
                assert!(Command::new("kill").arg(network.id().to_string()).status().unwrap().success());
                assert!(network.wait().unwrap().success(), "{}", self.said());
                self.said()
            }
            ["kill", "-9", "%1"] => {
                let mut network = self.network.take().unwrap();
                network.kill().unwrap();
                network.wait().unwrap();
                String::new()
            }
            ["curl", "-s", url] => {
                let answer = ureq::get(*url).call().ok();
                answer.and_then(|mut answer| answer.body_mut().read_to_string().ok()).unwrap_or_default()
            }
            _ => {
                let output = self.shell(&command).output().unwrap();
                String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
            }
        }
    }

    /// A shell that finds our program in its path.
    fn shell(&self, command: &str) -> Command {
        let ours = Path::new(ics().get_program()).parent().unwrap().to_owned();
        let known = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([ours].into_iter().chain(std::env::split_paths(&known))).unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).env("PATH", path).env_remove("ICS_HOME");
        shell.stdin(Stdio::null()).current_dir(self.folder.path());
        shell
    }

    /// A command with the addresses of the page where they really are.
    fn moved(&self, command: &str) -> String {
        with_ports(command, |port| port + self.offset)
    }

    /// What was printed, with the page's ports.
    fn as_on_the_page(&self, printed: &str) -> String {
        with_ports(printed, |port| port - self.offset)
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
            let is_question = ["ics query", "ics status", "curl", "ics localnet"]
                .iter()
                .any(|verb| command.starts_with(verb));
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
            println!("{}", self.said());
        }
    }
}

/// A text whose addresses have other ports.
fn with_ports(text: &str, change: impl Fn(u16) -> u16) -> String {
    const HOST: &str = "http://127.0.0.1:";
    let mut parts = text.split(HOST);
    let mut changed = parts.next().unwrap().to_owned();
    for part in parts {
        let digits = part.find(|it: char| !it.is_ascii_digit()).unwrap_or(part.len());
        let port = change(part[..digits].parse().unwrap());
        changed.push_str(&format!("{HOST}{port}{}", &part[digits..]));
    }
    changed
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
