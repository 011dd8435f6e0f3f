//! Hermes relays: what docs/hermes.md shows is what happens. Its commands are typed, their output compared.

use crate::node::{free_ports, ics};
use crate::page::{Typed, are_printed, typed};
use crate::peer::Peer;
use std::ffi::OsString;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const PAGE: &str = include_str!("../../../../docs/hermes.md");
/// First ports on the page, of RPC, gRPC and REST, and how far those of the next chain lie behind.
const PORTS: [(u16, u16); 3] = [(26_657, 10), (9_090, 1), (1_317, 1)];
/// The longest that anything may take: both handshakes of both consumers are among it.
const PATIENCE: Duration = Duration::from_secs(600);

static HERMES: Peer = Peer {
    name: "Hermes 1.10",
    variable: "ICS_HERMES",
    usual: "hermes",
    cached: ("hermes-1.10.5", "bin/hermes"),
    is: |program| {
        let output = Command::new(program).arg("--version").output();
        output.is_ok_and(|output| output.status.success() && output.stdout.starts_with(b"hermes 1.10."))
    },
    build,
    found: OnceLock::new(),
};

/// Takes about seven minutes; what it works with is gone afterwards.
fn build(folder: &Path, work: &Path) -> Result<(), String> {
    fs::create_dir_all(work).map_err(|error| error.to_string())?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.args(["install", "ibc-relayer-cli@1.10.5", "--locked", "--debug", "--root"]).arg(folder);
    command.env("CARGO_TARGET_DIR", work).env("CARGO_PROFILE_DEV_DEBUG", "0").current_dir(work);
    let output = command.output();
    let _ = fs::remove_dir_all(work);
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last: Vec<&str> = said.lines().rev().take(20).collect();
    Err(format!("cargo install: {}", last.into_iter().rev().collect::<Vec<_>>().join("\n")))
}

/// The page's terminal, in a folder of its own.
struct Terminal {
    folder: tempfile::TempDir,
    hermes: &'static Path,
    offset: u16,
    network: Option<Child>,
}

impl Terminal {
    fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("said")).unwrap_or_default()
    }

    /// Types a command; gives what it has printed so far.
    fn type_in(&mut self, command: &str) -> String {
        if let Some(options) = command.strip_prefix("ics localnet ") {
            if self.network.is_none() {
                let said = fs::File::create(self.folder.path().join("said")).unwrap();
                let mut command = ics();
                command.arg("localnet").args(options.trim_end_matches(" &").split(' '));
                command.args(["--block-time", "200ms", "--port-offset", &self.offset.to_string()]);
                command.current_dir(self.folder.path()).env(HERMES.variable, self.hermes);
                command.stdout(said.try_clone().unwrap()).stderr(said);
                self.network = Some(command.spawn().unwrap());
            }
            assert_eq!(self.network.as_mut().unwrap().try_wait().unwrap(), None, "{}", self.said());
            return self.said();
        }
        if command == "kill %1" {
            let mut network = self.network.take().unwrap();
            assert!(Command::new("kill").arg(network.id().to_string()).status().unwrap().success());
            assert!(network.wait().unwrap().success(), "{}", self.said());
            return String::new();
        }
        let ours = ics();
        let ours = Path::new(ours.get_program()).parent().unwrap().to_owned();
        let known = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths([ours].into_iter().chain(std::env::split_paths(&known))).unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", &self.moved(command)]).env("PATH", path).env_remove("ICS_HOME");
        let output = shell.current_dir(self.folder.path()).output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    }

    /// The command with the addresses of the page where they really are.
    fn moved(&self, command: &str) -> String {
        let mut parts = command.split("http://127.0.0.1:");
        let mut moved = parts.next().unwrap().to_owned();
        for part in parts {
            let digits = part.find(|it: char| !it.is_ascii_digit()).unwrap_or(part.len());
            let port: u16 = part[..digits].parse().unwrap();
            moved += &format!("http://127.0.0.1:{}{}", port + self.offset, &part[digits..]);
        }
        moved
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

/// How far the ports lie from the page's: so that all of three chains are free.
fn offset() -> u16 {
    let is_free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    loop {
        let [first] = free_ports();
        let Some(offset) = first.checked_sub(PORTS[0].0) else { continue };
        let ports = |place: u16| PORTS.map(|(first, stride)| first + stride * place + offset);
        if first < 60_000 && (0..3).flat_map(ports).all(is_free) {
            return offset;
        }
    }
}

#[test]
fn hermes_connects_relays_and_finds_what_it_missed_as_the_page_shows() {
    let Some(hermes) = HERMES.program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = Terminal { folder, hermes, offset: offset(), network: None };
    let typed = typed(PAGE);
    for step in &typed {
        terminal.follow(step);
    }
    assert_eq!(typed.len(), 27, "the page has its commands");
    let files = terminal.files();
    let secret = |name: &str| (name.to_owned(), 0o600);
    let expected = ["config.toml", "relayer.json", "relayer.json", "relayer.json"].map(secret);
    let kept: Vec<_> = files.into_iter().filter(|(name, _)| name != "log").collect();
    assert_eq!(kept, expected, "one key a chain, readable by nobody else");
}
