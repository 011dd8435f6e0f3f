//! The built binary as a process: a local network in a folder of its own, and the other commands beside it.

use std::io::{BufRead as _, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The longest that anything here is waited for: what comes late on a busy machine is no failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);
/// Between two looks at something that is waited for.
pub(crate) const GLANCE: Duration = Duration::from_millis(20);

/// First ports of five chains' JSON-RPC, gRPC and REST, and the page of metrics: the network's own three, and two that a user adds.
const PORTS: [u16; 16] = [
    26_657, 26_667, 26_677, 26_687, 26_697, 9_090, 9_091, 9_092, 9_093, 9_094, 1_317, 1_318, 1_319, 1_320,
    1_321, 26_660,
];
/// How far apart the ports of two networks are, and how many networks fit below the ports that the system hands out.
const STRIDE: u16 = 50;
const PLACES: u16 = 114;

/// A running `ics localnet`; it is killed when this is dropped.
pub(crate) struct Localnet {
    child: Child,
    home: PathBuf,
    port_offset: u16,
    lines: Arc<Mutex<Vec<String>>>,
    _folder: Option<tempfile::TempDir>,
}

/// Looks until `look` gives something; fails with `what` when patience ends.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "no {what} after {PATIENCE:?}");
        std::thread::sleep(GLANCE);
    }
}

/// A port offset whose ports are free now.
pub(crate) fn free_port_offset() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % u32::from(PLACES)).unwrap();
    for _ in 0..PLACES {
        let place = (first + NEXT.fetch_add(1, Ordering::Relaxed)) % PLACES;
        let offset = 100 + STRIDE * place;
        let sockets: Vec<_> =
            PORTS.iter().map(|port| TcpListener::bind(("127.0.0.1", port + offset))).collect();
        if sockets.iter().all(Result::is_ok) {
            return offset;
        }
    }
    panic!("no free ports");
}

/// The binary, to be run with other arguments; nothing of the user's environment names a home.
pub(crate) fn ics() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ics"));
    command.env_remove("ICS_HOME").stdin(Stdio::null());
    command
}

fn gather(from: impl Read + Send + 'static, into: &Arc<Mutex<Vec<String>>>) {
    let into = Arc::clone(into);
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            into.lock().unwrap().push(line);
        }
    });
}

impl Localnet {
    /// A network in a new folder that is ready: every consumer has applied an update of its provider.
    pub(crate) fn ready() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut network = Self::launch_in(folder.path(), free_port_offset());
        network._folder = Some(folder);
        network.wait_ready();
        network
    }

    /// A network in a folder that the caller keeps.
    pub(crate) fn launch_in(home: &Path, port_offset: u16) -> Self {
        Self::launch_with(home, port_offset, &["--block-time", "200ms"])
    }

    /// The same, with options of the caller.
    pub(crate) fn launch_with(home: &Path, port_offset: u16, options: &[&str]) -> Self {
        let mut child = ics()
            .args(["localnet", "--port-offset", &port_offset.to_string(), "--home"])
            .arg(home)
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = Arc::default();
        gather(child.stdout.take().unwrap(), &lines);
        gather(child.stderr.take().unwrap(), &lines);
        Self { child, home: home.to_owned(), port_offset, lines, _folder: None }
    }

    /// Waits until `localnet.json` tells of three chains and the process said that they are ready.
    pub(crate) fn wait_ready(&mut self) {
        wait_for("network that is ready", || {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the network ended, {status}:\n{}", self.lines().join("\n"));
            }
            let said = self.lines().iter().any(|line| line.starts_with("ready after"));
            let chains = self.facts().and_then(|facts| facts["chains"].as_array().map(Vec::len));
            (said && chains >= Some(3)).then_some(())
        });
    }

    /// What `localnet.json` says, once it is there.
    pub(crate) fn facts(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&std::fs::read(self.home.join("localnet.json")).ok()?).ok()
    }

    /// What the process has printed so far, errors too.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// URL of the JSON-RPC of a chain by its place: 0 is the provider.
    pub(crate) fn rpc(&self, place: u16) -> String {
        format!("http://127.0.0.1:{}", PORTS[0] + 10 * place + self.port_offset)
    }

    /// Runs another command in this network's home.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        ics().args(arguments).arg("--home").arg(&self.home).output().unwrap()
    }

    /// Kills the process as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Localnet {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let lines = self.lines();
            eprintln!("the network's last words:\n{}", lines[lines.len().saturating_sub(20)..].join("\n"));
        }
    }
}
