//! A local network as a user has it: a folder, a process that is told to stop or killed, and what its nodes answer.

use crate::localnet::{free_port_offset, ics, wait_for};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The chains, each at its place.
pub(crate) const CHAINS: [&str; 3] = ["provider-1", "consumer-1", "consumer-2"];
/// The longest that a process may take to end.
const END: Duration = Duration::from_secs(600);

/// A running `ics localnet`; it is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    offset: u16,
    /// What it says, on its output and on its errors; read all the time, so that it never waits for a reader.
    said: Option<[JoinHandle<String>; 2]>,
}

/// What a process that has ended left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// `ics localnet` with a home; ports and options are up to the caller.
pub(crate) fn localnet(home: &Path, offset: u16, more: &[&str]) -> Command {
    let mut command = ics();
    command.arg("localnet").arg("--home").arg(home).arg("--port-offset").arg(offset.to_string());
    command.args(["--block-time", "50ms"]).args(more);
    command
}

impl Process {
    /// Starts a network; what it says is read when it has ended.
    pub(crate) fn start(home: &Path, offset: u16, more: &[&str]) -> Self {
        Self::spawn(localnet(home, offset, more), offset)
    }

    pub(crate) fn spawn(mut command: Command, offset: u16) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = [read(child.stdout.take().unwrap()), read(child.stderr.take().unwrap())];
        Self { child, offset, said: Some(said) }
    }

    pub(crate) fn node(&self, place: u16) -> Node {
        Node { url: format!("http://127.0.0.1:{}", 26_657 + 10 * place + self.offset) }
    }

    /// Waits until every chain is served and has a block.
    pub(crate) fn wait_served(&mut self) {
        for place in 0..3 {
            wait_for("chain that is served", || {
                assert_eq!(self.child.try_wait().unwrap(), None, "the network has ended");
                self.node(place).block(None)
            });
        }
    }

    /// Sends a signal by its name, and waits for the end.
    pub(crate) fn signal(self, name: &str) -> Ended {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
        self.end()
    }

    pub(crate) fn try_wait(&mut self) -> Option<std::process::ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> Ended {
        let began = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < END, "the process does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
        let [stdout, stderr] = self.said.take().unwrap().map(|reader| reader.join().unwrap());
        Ended { code: self.child.wait().unwrap().code(), stdout, stderr }
    }
}

fn read(mut from: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        from.read_to_string(&mut text).unwrap();
        text
    })
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A node's RPC.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    url: String,
}

/// What was seen of a block: its id and the hash of the state before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: String,
    pub(crate) app_hash: String,
}

impl Node {
    /// The result of a URI request; none while the node does not answer it.
    pub(crate) fn get(&self, path: &str) -> Option<Value> {
        let mut answer: Value = ureq::get(format!("{}/{path}", self.url))
            .call()
            .ok()?
            .body_mut()
            .read_to_string()
            .ok()
            .and_then(|text| serde_json::from_str(&text).ok())?;
        answer.get_mut("result").map(Value::take)
    }

    /// A block's height and what is to be seen of it; the last one where no height is given.
    pub(crate) fn block(&self, height: Option<u64>) -> Option<(u64, Seen)> {
        let path = height.map_or_else(|| "block".to_owned(), |height| format!("block?height={height}"));
        let found = self.get(&path)?;
        let header = &found["block"]["header"];
        let seen = Seen { id: text(&found["block_id"]["hash"]), app_hash: text(&header["app_hash"]) };
        Some((number(&header["height"]), seen))
    }

    /// Blocks up to a height, by falling height, as many as the node gives at once.
    pub(crate) fn blocks(&self, to: u64) -> Vec<(u64, Seen)> {
        let found = self.get(&format!("blockchain?minHeight=0&maxHeight={to}")).unwrap();
        let metas = found["block_metas"].as_array().unwrap().iter();
        metas
            .map(|meta| {
                let header = &meta["header"];
                let seen = Seen { id: text(&meta["block_id"]["hash"]), app_hash: text(&header["app_hash"]) };
                (number(&header["height"]), seen)
            })
            .collect()
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

pub(crate) fn number(value: &Value) -> u64 {
    text(value).parse().unwrap()
}

/// What a network was when it stopped: per chain the first block and the last one seen.
pub(crate) type Known = BTreeMap<u16, [(u64, Seen); 2]>;

/// First and last blocks of every chain.
pub(crate) fn known(process: &Process) -> Known {
    let of = |place| {
        let node = process.node(place);
        (place, [node.block(Some(1)).unwrap(), node.block(None).unwrap()])
    };
    (0..3).map(of).collect()
}

/// A stopped network that had been ready, in a folder that is to be copied.
fn settled() -> &'static (PathBuf, Known) {
    static SETTLED: OnceLock<(tempfile::TempDir, (PathBuf, Known))> = OnceLock::new();
    let (_, settled) = SETTLED.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let mut process = Process::start(&home, free_port_offset(), &[]);
        process.wait_served();
        // Consumers hear of their provider once their channels are open.
        for place in [1, 2] {
            let url = process.node(place).url;
            wait_for("consumer that is secured", || {
                let words = ["query", "ccvconsumer", "provider-info", "--node", &url];
                let output = ics().args(words).arg("--home").arg(&home).output().unwrap();
                output.status.success().then_some(())
            });
        }
        let known = known(&process);
        let ended = process.signal("INT");
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
        (folder, (home, known))
    });
    settled
}

/// A copy of a network that ran and was stopped, for a test of its own.
pub(crate) struct Copy {
    _folder: tempfile::TempDir,
    pub(crate) home: PathBuf,
    pub(crate) offset: u16,
    known: Known,
}

impl Copy {
    pub(crate) fn new() -> Self {
        let (from, known) = settled();
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        copy(from, &home);
        Self { _folder: folder, home, offset: free_port_offset(), known: known.clone() }
    }

    /// Runs `ics localnet` that is to fail, and gives its one line of error.
    pub(crate) fn refused(&self, more: &[&str]) -> String {
        let ended = Process::start(&self.home, self.offset, more).end();
        assert_eq!(ended.code, Some(1), "{ended:?}");
        one_line(&ended.stderr)
    }

    /// Starts the network as it should be started: it has every block that was seen, and makes the next.
    pub(crate) fn resumes(&self) {
        assert_resumes(&self.home, self.offset, &self.known);
    }

    /// The database of a chain.
    pub(crate) fn database(&self, chain: &str) -> PathBuf {
        self.home.join(chain).join("state.redb")
    }
}

/// Starts the network of a home: it has every block of `known`, and makes the next.
pub(crate) fn assert_resumes(home: &Path, offset: u16, known: &Known) {
    let mut process = Process::start(home, offset, &[]);
    process.wait_served();
    for (place, blocks) in known {
        let node = process.node(*place);
        for (height, seen) in blocks {
            assert_eq!(node.block(Some(*height)), Some((*height, seen.clone())), "chain {place}");
        }
        let last = blocks[1].0;
        wait_for("next block", || node.block(None).filter(|(height, _)| *height > last));
    }
    let ended = process.signal("TERM");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    assert!(ended.stdout.contains("resuming the network of this home\n"), "{}", ended.stdout);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// An error message without its mark; exactly one line.
pub(crate) fn one_line(stderr: &str) -> String {
    let line = stderr.strip_prefix("error: ").and_then(|text| text.strip_suffix('\n'));
    let line = line.unwrap_or_else(|| panic!("not an error in one line: {stderr:?}"));
    assert!(!line.contains('\n'), "{stderr}");
    line.to_owned()
}

/// The one line of error of a command that fails.
pub(crate) fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    one_line(std::str::from_utf8(&output.stderr).unwrap())
}

/// What a command that succeeds prints.
pub(crate) fn printed(output: &Output) -> String {
    let stdout = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    stdout
}
