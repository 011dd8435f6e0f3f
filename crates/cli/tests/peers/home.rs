//! From an empty folder to a chain under CometBFT, by the commands that docs/operating.md shows; and four operators together.

use crate::comet;
use crate::node::{free_ports, ics, wait_for};
use ics_client::keyfile::Record;
use ics_node::home::{Backend, Ring};
use ics_world::topology;
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PAGE: &str = include_str!("../../../../docs/operating.md");
/// How long CometBFT may take to end after its application.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// A folder in which commands are typed; what runs is killed when this is dropped.
struct Shell {
    folder: tempfile::TempDir,
    running: Vec<(String, Child)>,
    printed: String,
}

impl Shell {
    fn new(operators: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ring = Ring::new(&folder.path().join("keys"), Backend::Test);
        for index in 0..operators {
            let name = if operators == 1 { "operator".to_owned() } else { format!("operator{index}") };
            let key = topology::key(u32::try_from(index).unwrap()).unwrap();
            ring.put(&Record::local(&name, key)).unwrap();
        }
        Self { folder, running: Vec::new(), printed: String::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = match program {
            "ics" => ics(),
            "cometbft" => Command::new(comet::program().unwrap()),
            other => panic!("`{other}` is typed"),
        };
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    /// Types a command and waits for its end; gives what it prints and what it tells beside.
    fn run(&mut self, line: &str) -> (String, String) {
        let (program, rest) = line.split_once(' ').unwrap();
        let output = self.command(program).args(rest.split(' ')).output().unwrap();
        let said = |bytes| String::from_utf8(bytes).unwrap();
        let (out, told) = (said(output.stdout), said(output.stderr));
        assert!(output.status.success(), "$ {line}\n{told}");
        self.printed.extend([out.as_str(), &told]);
        (out, told)
    }

    /// Types a command that goes on beside the others; its output goes to files.
    fn start(&mut self, line: &str) -> (PathBuf, PathBuf) {
        let number = self.running.len();
        let (program, rest) = line.split_once(' ').unwrap();
        let files = [format!("{number}-{program}.out"), format!("{number}-{program}.err")];
        let [out, err] = files.map(|name| self.path(&name));
        let mut command = self.command(program);
        command.args(rest.split(' '));
        if program == "ics" {
            command.args(["--grpc.enable=false", "--log_format", "json"]);
        }
        command.stdout(File::create(&out).unwrap()).stderr(File::create(&err).unwrap());
        let child = command.spawn().unwrap();
        self.running.push((line.to_owned(), child));
        (out, err)
    }

    /// Waits until the application has ended by itself; CometBFT is given some time to follow.
    fn wait(&mut self) -> Option<i32> {
        let mut code = None;
        for (line, mut child) in std::mem::take(&mut self.running) {
            if line.starts_with("ics ") {
                code = wait_for("end of the application", || child.try_wait().unwrap()).code();
            } else {
                let began = Instant::now();
                while child.try_wait().unwrap().is_none() && began.elapsed() < STOP_PATIENCE {
                    std::thread::sleep(Duration::from_millis(20));
                }
                let _ = child.kill();
                child.wait().unwrap();
            }
        }
        code
    }

    fn kill(&mut self) {
        for (_, mut child) in std::mem::take(&mut self.running).into_iter().rev() {
            let _ = child.kill();
            child.wait().unwrap();
        }
    }

    /// Everything that any program wrote.
    fn all_output(&self) -> String {
        let mut all = self.printed.clone();
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|kind| kind == "out" || kind == "err") {
                all.push_str(&String::from_utf8_lossy(&fs::read(path).unwrap()));
            }
        }
        all
    }

    /// Gives a home ports of its own, and blocks that do not keep a test waiting. The URL of its RPC.
    fn settle(&mut self, home: &str) -> String {
        let [rpc, p2p] = free_ports();
        for (key, value) in [
            ("rpc.laddr", format!("tcp://127.0.0.1:{rpc}")),
            ("p2p.laddr", format!("tcp://127.0.0.1:{p2p}")),
            ("p2p.addr_book_strict", "false".to_owned()),
            ("p2p.allow_duplicate_ip", "true".to_owned()),
            ("consensus.timeout_commit", "200ms".to_owned()),
        ] {
            self.run(&format!("ics config set config {key} {value} --home {home}"));
        }
        format!("http://127.0.0.1:{rpc}")
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            println!("{}", self.all_output());
        }
    }
}

/// The commands of the page with the lines that they show.
fn typed() -> Vec<(String, Vec<String>)> {
    let mut typed: Vec<(String, Vec<String>)> = Vec::new();
    let blocks = PAGE.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    for line in blocks.flat_map(str::lines) {
        match line.strip_prefix("$ ") {
            Some(command) => typed.push((command.to_owned(), Vec::new())),
            None => typed.last_mut().unwrap().1.push(line.to_owned()),
        }
    }
    typed
}

/// Whether these lines are printed, and nothing between them; `…` stands for what is left out of a line.
fn are_printed(shown: &[String], printed: &str) -> bool {
    let printed: Vec<&str> = printed.lines().collect();
    shown.len() == printed.len() && shown.iter().zip(printed).all(|(line, found)| is_printed(line, found))
}

fn is_printed(line: &str, found: &str) -> bool {
    let mut parts = line.split('…');
    let Some(mut rest) = found.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut is_open = false;
    for part in parts {
        is_open = part.is_empty();
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    is_open || rest.is_empty()
}

fn secrets(home: &Path) -> Vec<String> {
    let names = ["priv_validator_key.json", "node_key.json"];
    names
        .map(|name| {
            let key: Value =
                serde_json::from_slice(&fs::read(home.join("config").join(name)).unwrap()).unwrap();
            key["priv_key"]["value"].as_str().unwrap()[..40].to_owned()
        })
        .to_vec()
}

#[test]
fn a_node_is_made_runs_stops_and_goes_on_as_the_page_shows() {
    if comet::program().is_none() {
        return;
    }
    let mut shell = Shell::new(1);
    let mut url = String::new();
    let mut said = (PathBuf::new(), PathBuf::new());
    let typed = typed();
    for (command, shown) in &typed {
        let printed = match command.as_str() {
            "wait" => {
                assert_eq!(shell.wait(), Some(0));
                fs::read_to_string(&said.0).unwrap().lines().last().unwrap().to_owned()
            }
            "kill %cometbft %ics" => {
                shell.kill();
                String::new()
            }
            background if background.ends_with(" &") => {
                let files = shell.start(background.strip_suffix(" &").unwrap());
                if background.starts_with("ics ") {
                    said = files;
                    wait_for("application that waits", || {
                        Some(fs::read_to_string(&said.0).unwrap()).filter(|said| said.ends_with('\n'))
                    })
                } else {
                    String::new()
                }
            }
            question if question.contains("http://127.0.0.1:26657") => {
                let question = question.replace("http://127.0.0.1:26657", &url);
                let words: Vec<&str> = question.split(' ').skip(1).collect();
                wait_for("answer", || {
                    let output = shell.command("ics").args(&words).output().unwrap();
                    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
                })
            }
            other => shell.run(other).0,
        };
        assert!(are_printed(shown, &printed), "$ {command}\n{printed}is not\n{}", shown.join("\n"));
        if command.starts_with("ics init ") {
            url = shell.settle("node");
        }
    }
    assert_eq!(typed.len(), 21, "the page has its commands");

    // The log has an object a block, with the chain and the height in fields.
    let log = fs::read_to_string(&said.1).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = lines.last().unwrap();
    assert_eq!((&line["chain_id"], &line["level"]), (&"demo-1".into(), &"INFO".into()), "{line}");
    // CometBFT shows a block before it hands it over.
    assert!(line["height"].as_u64().is_some_and(|height| height >= 6), "{line}");
    let all = shell.all_output();
    for secret in secrets(&shell.path("node")) {
        assert!(!all.contains(&secret), "a secret was printed");
    }
}

#[test]
fn four_operators_each_collect_the_four_transactions_and_make_blocks_together() {
    if comet::program().is_none() {
        return;
    }
    let mut shell = Shell::new(4);
    let homes: Vec<String> = (0..4).map(|index| format!("n{index}")).collect();
    let mut urls = Vec::new();
    for home in &homes {
        shell.run(&format!("ics init {home} --chain-id demo-4 --home {home}"));
        urls.push(shell.settle(home));
    }
    for index in 0..4 {
        let account = format!("operator{index} 200000000stake --home n0 --keyring-dir keys");
        shell.run(&format!("ics genesis add-genesis-account {account}"));
    }
    let transactions = shell.path("transactions");
    fs::create_dir(&transactions).unwrap();
    for (index, home) in homes.iter().enumerate() {
        if index > 0 {
            fs::copy(shell.path("n0/config/genesis.json"), shell.path(home).join("config/genesis.json"))
                .unwrap();
        }
        let bond = format!("operator{index} {}000000stake", 10 + index);
        shell.run(&format!(
            "ics genesis gentx {bond} --ip 127.0.0.1 --home {home} --keyring-dir keys \
             --output-document transactions/{index}.json"
        ));
    }
    for home in &homes {
        shell.run(&format!("ics genesis collect-gentxs --gentx-dir transactions --home {home}"));
    }
    let genesis = |home: &String| fs::read_to_string(shell.path(home).join("config/genesis.json")).unwrap();
    assert!(homes.iter().all(|home| genesis(home) == genesis(&homes[0])));

    for home in &homes {
        shell.start(&format!("ics start --home {home} --address unix://{home}/app.sock"));
        shell.start(&format!("cometbft start --home {home} --proxy_app unix://{home}/app.sock"));
    }
    let get = |url: &str, path: &str| -> Option<Value> {
        let text = ureq::get(format!("{url}/{path}")).call().ok()?.body_mut().read_to_string().ok()?;
        serde_json::from_str::<Value>(&text).ok()?.get_mut("result").map(Value::take)
    };
    for url in &urls {
        let powers = wait_for("block 4", || {
            let found = get(url, "validators?height=4")?;
            let members = found["validators"].as_array()?.iter();
            Some(
                members.map(|member| member["voting_power"].as_str().unwrap().to_owned()).collect::<Vec<_>>(),
            )
        });
        assert_eq!(powers, ["13", "12", "11", "10"]);
    }

    // A home whose key is nobody's is no validator: it follows.
    shell.run("ics init n4 --chain-id demo-4 --home n4");
    let url = shell.settle("n4");
    shell.run("ics genesis collect-gentxs --gentx-dir transactions --home n0");
    fs::copy(shell.path("n0/config/genesis.json"), shell.path("n4/config/genesis.json")).unwrap();
    let (ids, _) = shell.run("ics config get config p2p.persistent_peers --home n0");
    shell.run(&format!("ics config set config p2p.persistent_peers {} --home n4", ids.trim()));
    shell.start("ics start --home n4 --address unix://n4/app.sock");
    shell.start("cometbft start --home n4 --proxy_app unix://n4/app.sock");
    wait_for("block that a node follows", || {
        let found = get(&url, "status")?;
        let own = &found["validator_info"]["voting_power"];
        let height: u64 = found["sync_info"]["latest_block_height"].as_str()?.parse().ok()?;
        assert_eq!(own, "0");
        (height >= 4).then_some(())
    });

    // A transaction that was cut is refused with a code and a reason, and the chain goes on.
    let cut = get(&urls[0], "broadcast_tx_sync?tx=0x0a8f010a").unwrap();
    assert_eq!((&cut["code"], &cut["codespace"]), (&2.into(), &"sdk".into()), "{cut}");
    assert!(cut["log"].as_str().unwrap().ends_with("tx parse error"), "{cut}");
}

#[test]
fn a_state_that_is_ahead_of_cometbft_is_refused_by_it_and_one_that_is_behind_catches_up() {
    if comet::program().is_none() {
        return;
    }
    let mut shell = Shell::new(1);
    shell.run("ics init alpha --chain-id demo-1 --home node");
    let url = shell.settle("node");
    shell.run("ics genesis add-genesis-account operator 200000000stake --home node --keyring-dir keys");
    shell.run("ics genesis gentx operator 100000000stake --ip 127.0.0.1 --home node --keyring-dir keys");
    shell.run("ics genesis collect-gentxs --home node");
    let application = "ics start --home node --address unix://node/app.sock";
    let engine = "cometbft start --home node --proxy_app unix://node/app.sock";
    let run_to = |shell: &mut Shell, height: u64| {
        shell.start(&format!("{application} --halt-height {height}"));
        shell.start(engine);
        assert_eq!(shell.wait(), Some(0));
    };
    run_to(&mut shell, 3);
    let copy = |shell: &Shell, from: &str, to: &str| {
        let status = Command::new("cp").args(["-r", from, to]).current_dir(shell.folder.path()).status();
        assert!(status.unwrap().success());
    };
    copy(&shell, "node/data", "early");
    run_to(&mut shell, 7);
    copy(&shell, "node/data", "late");

    // CometBFT's data of block 3, the state of block 7. Whoever does this to a validator signs twice; here is only one.
    fs::remove_dir_all(shell.path("node/data")).unwrap();
    copy(&shell, "early", "node/data");
    fs::copy(shell.path("late/application.redb"), shell.path("node/data/application.redb")).unwrap();
    shell.start(application);
    let (out, err) = shell.start(engine);
    let (_, comet) = shell.running.last_mut().unwrap();
    let code = wait_for("end of CometBFT", || comet.try_wait().unwrap()).code();
    assert_ne!(code, Some(0));
    let said = fs::read_to_string(out).unwrap() + &fs::read_to_string(err).unwrap();
    assert!(said.contains("app block height (7) is higher than core (3)"), "{said}");
    assert_eq!(shell.running[0].1.try_wait().unwrap(), None, "the application waits for another CometBFT");
    shell.kill();

    // Nothing is lost: with its own data CometBFT goes on. The state of block 3 gets the blocks that it lacks.
    fs::remove_dir_all(shell.path("node/data")).unwrap();
    copy(&shell, "late", "node/data");
    fs::copy(shell.path("early/application.redb"), shell.path("node/data/application.redb")).unwrap();
    shell.start(application);
    shell.start(engine);
    wait_for("block 9", || {
        let text =
            ureq::get(format!("{url}/block?height=9")).call().ok()?.body_mut().read_to_string().ok()?;
        text.contains("\"height\":\"9\"").then_some(())
    });
}

#[test]
fn gaps_of_the_page_stand_for_what_is_there_and_no_more() {
    assert!(is_printed("a … b … c", "a 1 b 2 c"));
    assert!(is_printed("…\"height\":\"7\"…", "{\"height\":\"7\",\"x\":1}"));
    assert!(!is_printed("a … b", "a 1 b 2"));
    assert!(!is_printed("a …", "b 1"));
    assert!(!are_printed(&["a".to_owned()], "a\nb\n"));
}
