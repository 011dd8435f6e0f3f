//! A node: `ics start` and CometBFT in one home, each of which can be killed.

use crate::comet;
use ics_client::keyfile::Record;
use ics_node::abci::ChainKind;
use ics_node::home::{Backend, Home, Ring};
use ics_node::node_home::{Comet, NodeHome, Peer, Setup, Users, node_id, random_key, with};
use ics_world::{Plan, genesis_json, provider_genesis, topology};
use serde_json::Value;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The longest that anything here may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);
/// How long CometBFT may take to stop by itself.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "no {what} after {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// How the two programs speak to each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Between {
    Tcp,
    Unix,
}

/// A home, and what runs on it. What runs is killed when this is dropped.
pub(crate) struct Node {
    _folder: tempfile::TempDir,
    pub(crate) home: PathBuf,
    between: Between,
    app_port: u16,
    comet: Comet,
    app: Option<Child>,
    comet_process: Option<Child>,
}

/// What was seen of a block: its id and the hash of the state before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) id: String,
    pub(crate) app_hash: String,
}

/// The genesis document of a provider with so many validators of 100 each.
pub(crate) fn provider(validators: usize) -> Value {
    let plan = Plan::of(&vec![100_000_000; validators], 0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = ics_abci::Time::UNIX_EPOCH.plus(now).unwrap();
    let genesis = provider_genesis(&plan, now).unwrap();
    serde_json::from_str(&genesis_json(&genesis).unwrap()).unwrap()
}

impl Node {
    /// A home of the validator of this number.
    pub(crate) fn new(number: usize, genesis: &Value, between: Between) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let [app_port, rpc_port, p2p_port] = free_ports();
        let comet = Comet {
            proxy_app: address(between, app_port, &home),
            rpc: SocketAddr::from((Ipv4Addr::LOCALHOST, rpc_port)),
            p2p: SocketAddr::from((Ipv4Addr::LOCALHOST, p2p_port)),
            timeout_commit: Duration::from_millis(100),
            is_local: true,
            ..Comet::usual(&format!("val{number}"))
        };
        let setup = Setup {
            kind: ChainKind::Provider,
            minimum_gas_prices: "0.001stake",
            genesis: &genesis.to_string(),
            comet: &comet,
            users: Users::default(),
            node_key: &random_key().unwrap(),
            validator_key: &topology::consensus_key(&format!("val{number}")),
        };
        NodeHome::at(&home).make(&setup).unwrap();
        let node = Self { home, between, comet, app: None, app_port, comet_process: None, _folder: folder };
        node.hurry();
        node
    }

    /// Says what the chain is.
    pub(crate) fn with_kind(self, kind: ChainKind) -> Self {
        NodeHome::at(&self.home).write_app(kind, "", Users::default()).unwrap();
        self
    }

    /// Says all that the application is to do.
    pub(crate) fn write_app_toml(&self, text: &str) {
        fs::write(NodeHome::at(&self.home).app_toml(), text).unwrap();
    }

    /// Sets values of CometBFT's config.
    pub(crate) fn set(&self, values: &[(&str, &str)]) {
        let path = NodeHome::at(&self.home).config_toml();
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        fs::write(&path, with(&fs::read_to_string(&path).unwrap(), &values).unwrap()).unwrap();
    }

    /// As others reach it, by the id that CometBFT finds in the home.
    pub(crate) fn peer(&self) -> Peer {
        let comet = Command::new(comet::program().unwrap());
        let id = run(comet, &["show-node-id", "--home", self.home.to_str().unwrap()]).trim().to_owned();
        let key = NodeHome::at(&self.home).node_key().unwrap();
        assert_eq!(id, node_id(&key.public()));
        Peer { id, p2p: self.comet.p2p }
    }

    /// Connects it with others from its next start on.
    pub(crate) fn connect(&mut self, peers: &[Peer]) {
        self.comet.peers = peers.to_vec();
        NodeHome::at(&self.home).write_comet(&self.comet).unwrap();
        self.hurry();
    }

    /// A proposer that is missing is waited for a second.
    fn hurry(&self) {
        self.set(&[("consensus.timeout_propose", "\"1s\"")]);
    }

    pub(crate) fn address(&self) -> String {
        address(self.between, self.app_port, &self.home)
    }

    /// `ics start` of this home.
    pub(crate) fn start_command(&self) -> Command {
        let mut command = ics();
        command.arg("start").arg("--home").arg(&self.home).args(["--address", &self.address()]);
        command
    }

    pub(crate) fn start(&mut self) {
        self.start_app();
        self.start_comet();
    }

    pub(crate) fn start_app(&mut self) {
        let log = |name| File::options().create(true).append(true).open(self.home.join(name)).unwrap();
        let mut command = self.start_command();
        command.stdout(log("app.log")).stderr(log("app.err"));
        self.app = Some(command.spawn().unwrap());
    }

    pub(crate) fn start_comet(&mut self) {
        self.comet_process = Some(self.comet_command().spawn().unwrap());
    }

    /// Starts CometBFT, to end at one of the places where its own tests let it end, and waits for that.
    pub(crate) fn start_comet_to_fail(&mut self, place: u32) {
        let mut comet = self.comet_command().env("FAIL_TEST_INDEX", place.to_string()).spawn().unwrap();
        let code = wait_for("end at a place to fail", || comet.try_wait().unwrap()).code();
        assert_eq!(code, Some(1));
        assert!(self.comet_said().contains(&format!("*** fail-test {place} ***")), "{}", self.logs());
    }

    /// All that CometBFT wrote.
    pub(crate) fn comet_said(&self) -> String {
        fs::read_to_string(self.home.join("comet.log")).unwrap()
    }

    fn comet_command(&self) -> Command {
        let log = File::options().create(true).append(true).open(self.home.join("comet.log")).unwrap();
        let mut command = Command::new(comet::program().unwrap());
        command.arg("start").arg("--home").arg(&self.home);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        command
    }

    /// `kill -9` of the application, after which CometBFT ends: mostly by itself. At some moments it waits for its
    /// application while it stops, for ever; then it is killed, as a supervisor does.
    pub(crate) fn kill_app(&mut self) {
        end(self.app.take());
        let began = Instant::now();
        let comet = self.comet_process.as_mut().unwrap();
        while comet.try_wait().unwrap().is_none() && began.elapsed() < STOP_PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
        }
        end(self.comet_process.take());
    }

    /// `kill -9` of CometBFT; the application lives.
    pub(crate) fn kill_comet(&mut self) {
        end(self.comet_process.take());
        assert_eq!(self.app.as_mut().unwrap().try_wait().unwrap(), None, "{}", self.logs());
    }

    /// `kill -9` of both.
    pub(crate) fn kill(&mut self) {
        end(self.app.take());
        end(self.comet_process.take());
    }

    /// Stops both as an operator does: CometBFT first. The application's exit code and last line.
    pub(crate) fn stop(&mut self) -> (Option<i32>, String) {
        terminate(self.comet_process.as_mut().unwrap());
        self.comet_process = None;
        let code = terminate(self.app.as_mut().unwrap());
        self.app = None;
        let said = self.app_said();
        (code, said.lines().last().unwrap_or_default().to_owned())
    }

    /// Whether the application says that it can be connected to.
    pub(crate) fn listens(&self) -> bool {
        self.app_said().contains(" waits for CometBFT on ")
    }

    /// All that the application printed.
    pub(crate) fn app_said(&self) -> String {
        fs::read_to_string(self.home.join("app.log")).unwrap_or_default()
    }

    /// Takes back the last block, of CometBFT's state and of the application's. What each says of it.
    pub(crate) fn rollback(&self) -> [String; 2] {
        let home = self.home.to_str().unwrap();
        let comet = Command::new(comet::program().unwrap());
        [run(comet, &["rollback", "--home", home]), run(ics(), &["rollback", "--home", home])]
    }

    /// Waits until the application has ended by itself, and CometBFT after it. The application's exit code and last line.
    pub(crate) fn ended(&mut self) -> (Option<i32>, String) {
        let app = self.app.as_mut().unwrap();
        let code = wait_for("end of the application", || app.try_wait().unwrap()).code();
        self.kill_app();
        let told = fs::read_to_string(self.home.join("app.err")).unwrap_or_default();
        let said = self.app_said();
        let error = told.lines().last().filter(|line| line.starts_with("error: "));
        (code, error.or_else(|| said.lines().last()).unwrap_or_default().to_owned())
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.comet.rpc)
    }

    /// The result of a URI request; none while nobody answers it.
    pub(crate) fn get(&self, path: &str) -> Option<Value> {
        let text =
            ureq::get(format!("{}/{path}", self.url())).call().ok()?.body_mut().read_to_string().ok()?;
        serde_json::from_str::<Value>(&text).ok()?.get_mut("result").map(Value::take)
    }

    /// A block's height and what is to be seen of it; the last one where no height is given.
    pub(crate) fn block(&self, height: Option<u64>) -> Option<(u64, Seen)> {
        let path = height.map_or_else(|| "block".to_owned(), |height| format!("block?height={height}"));
        let found = self.get(&path)?;
        let header = &found["block"]["header"];
        let word = |value: &Value| value.as_str().map(str::to_owned);
        let seen = Seen { id: word(&found["block_id"]["hash"])?, app_hash: word(&header["app_hash"])? };
        Some((header["height"].as_str()?.parse().ok()?, seen))
    }

    /// Waits for a block beyond a height; ends at once where a program has ended.
    pub(crate) fn wait_beyond(&mut self, height: u64) -> (u64, Seen) {
        wait_for("block", || {
            let programs = [self.app.as_mut(), self.comet_process.as_mut()].into_iter().flatten();
            let ended = programs.filter_map(|child| child.try_wait().unwrap()).next();
            assert_eq!(ended, None, "a program has ended:\n{}", self.logs());
            self.block(None).filter(|(at, _)| *at > height)
        })
    }

    /// What both said last.
    pub(crate) fn logs(&self) -> String {
        let tail = |name: &str| {
            let text = fs::read_to_string(self.home.join(name)).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            lines[lines.len().saturating_sub(15)..].join("\n")
        };
        let (said, told, comet) = (tail("app.log"), tail("app.err"), tail("comet.log"));
        format!("-- application\n{said}\n-- its log\n{told}\n-- CometBFT\n{comet}")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.home.join("data").join("application.redb")
    }

    /// Delegates to the first validator by the command line, from an account of the development mnemonic.
    pub(crate) fn delegate(&self, amount: &str) -> Output {
        let keys = keyring(&self.home);
        let operator = topology::key(topology::OPERATOR_INDEX).unwrap().operator().to_text("cosmosvaloper");
        let mut command = ics();
        command.args(["tx", "staking", "delegate", &operator, amount, "--from", "alice", "--yes"]);
        command.args(["--node", &self.url(), "--home"]).arg(&keys).output().unwrap()
    }

    /// Powers of the set that signs next, as CometBFT has them.
    pub(crate) fn powers(&self) -> Option<Vec<String>> {
        let found = self.get("validators")?;
        let members = found["validators"].as_array()?;
        Some(members.iter().map(|member| member["voting_power"].as_str().unwrap().to_owned()).collect())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            println!("{}", self.logs());
        }
    }
}

pub(crate) fn ics() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ics"));
    command.env_remove("ICS_HOME").stdin(Stdio::null());
    command
}

/// A keyring with an account of the development mnemonic, in a folder.
pub(crate) fn keyring(folder: &Path) -> PathBuf {
    let path = folder.join("keys");
    Home::open(&path).unwrap();
    let key = Record::local("alice", topology::key(0).unwrap());
    Ring::new(&path, Backend::Test).put(&key).unwrap();
    path
}

fn end(child: Option<Child>) {
    if let Some(mut child) = child {
        let _ = child.kill();
        child.wait().unwrap();
    }
}

fn terminate(child: &mut Child) -> Option<i32> {
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    wait_for("end after a signal", || child.try_wait().unwrap()).code()
}

fn run(mut command: Command, arguments: &[&str]) -> String {
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn address(between: Between, port: u16, home: &Path) -> String {
    match between {
        Between::Tcp => format!("tcp://127.0.0.1:{port}"),
        Between::Unix => format!("unix://{}", home.join("app.sock").display()),
    }
}

/// Ports that are free now, and later too: the system gives none of these to whoever asks for any port, and no network
/// of [`crate::terminal::offset`] lies here.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    const FIRST: u16 = 15_000;
    const COUNT: u32 = 2_500;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let port = || {
        // Test processes begin at places of their own.
        let place = (std::process::id() * 97 + NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        FIRST + u16::try_from(place).unwrap()
    };
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::array::from_fn(|_| (0..COUNT).map(|_| port()).find(is_free).expect("a free port"))
}

/// Copies a file and what it is called.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
}
