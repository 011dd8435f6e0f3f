//! CosmJS uses our chains: on the embedded engine and under CometBFT. What docs/cosmjs.md shows is what happens.
//!
//! Each version is installed from the lock file beside its `package.json`, into a folder named after that file's content.

use crate::comet;
use crate::node::{Between, Node, provider};
use crate::page::typed;
use crate::peer::Peer;
use crate::terminal::{Terminal, offset};
use ics_client::DEVELOPMENT_MNEMONIC;
use ics_world::topology;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, OnceLock};

const PAGE: &str = include_str!("../../../../docs/cosmjs.md");
const CHECK: &str = include_str!("cosmjs/check.mjs");
const PACKAGES: [&str; 2] =
    [include_str!("cosmjs/0.32/package.json"), include_str!("cosmjs/0.39/package.json")];
const LOCKS: [&str; 2] =
    [include_str!("cosmjs/0.32/package-lock.json"), include_str!("cosmjs/0.39/package-lock.json")];
/// Where chains serve on the page: RPC, gRPC, REST.
const SERVED: [u16; 9] = [26_657, 26_667, 26_677, 9_090, 9_091, 9_092, 1_317, 1_318, 1_319];

/// The lock files of installed versions, which stand beside the packages.
static VERSIONS: LazyLock<[Peer; 2]> = LazyLock::new(|| {
    [
        Peer {
            name: "CosmJS 0.32",
            variable: "ICS_COSMJS_032",
            usual: "",
            cached: (kept("cosmjs-0.32", LOCKS[0]), "package-lock.json"),
            is: |lock| is_installed(lock, LOCKS[0]),
            build: |folder, work| install(folder, work, PACKAGES[0], LOCKS[0]),
            found: OnceLock::new(),
        },
        Peer {
            name: "CosmJS 0.39",
            variable: "ICS_COSMJS_039",
            usual: "",
            cached: (kept("cosmjs-0.39", LOCKS[1]), "package-lock.json"),
            is: |lock| is_installed(lock, LOCKS[1]),
            build: |folder, work| install(folder, work, PACKAGES[1], LOCKS[1]),
            found: OnceLock::new(),
        },
    ]
});

/// The folder of what a lock file names: one that has changed never takes the place of what other tests use.
fn kept(version: &str, lock: &str) -> &'static str {
    let hash = hex::encode(Sha256::digest(lock));
    format!("{version}-{}", &hash[..12]).leak()
}

/// The folders of the versions; none where one cannot be had, which is told once.
fn folders() -> Option<Vec<PathBuf>> {
    let folder = |peer: &'static Peer| peer.program().and_then(Path::parent).map(Path::to_owned);
    VERSIONS.iter().map(folder).collect()
}

fn said(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{:?}: {error}", command.get_program()))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    output.status.success().then(|| text(&output.stdout)).ok_or_else(|| text(&output.stderr))
}

/// CosmJS 0.39 runs on Node 20.19 and later.
fn node_is_new() -> Result<(), String> {
    let version = said(Command::new("node").arg("--version"))?;
    let mut numbers = version.trim_start_matches('v').split('.').map(|number| number.parse().unwrap_or(0));
    if (numbers.next(), numbers.next()) >= (Some(20_u32), Some(19)) {
        return Ok(());
    }
    Err(format!("Node is {version}, older than 20.19"))
}

fn is_installed(lock: &Path, expected: &str) -> bool {
    let is_there = |folder: &Path| folder.join("node_modules/@cosmjs/stargate/package.json").exists();
    fs::read_to_string(lock).is_ok_and(|text| text == expected)
        && lock.parent().is_some_and(is_there)
        && node_is_new().is_ok()
}

/// Installs in a folder to work in, which then takes the other one's place.
fn install(folder: &Path, work: &Path, package: &str, lock: &str) -> Result<(), String> {
    node_is_new()?;
    let failed = |error: std::io::Error| error.to_string();
    for old in [folder, work].into_iter().filter(|old| old.exists()) {
        fs::remove_dir_all(old).map_err(failed)?;
    }
    fs::create_dir_all(work).map_err(failed)?;
    fs::write(work.join("package.json"), package).map_err(failed)?;
    fs::write(work.join("package-lock.json"), lock).map_err(failed)?;
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(work);
    said(&mut npm).map_err(|why| format!("npm ci: {why}"))?;
    fs::rename(work, folder).map_err(failed)
}

/// Runs a script where it finds the packages of a version; gives what it prints.
fn run(packages: &Path, script: &str, arguments: &[&str]) -> String {
    let place = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(packages.join("node_modules"), place.path().join("node_modules")).unwrap();
    let path = place.path().join("check.mjs");
    fs::write(&path, script).unwrap();
    let output = Command::new("node").arg(&path).args(arguments).output().unwrap();
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{}:\n{stdout}{stderr}", packages.display());
    stdout
}

/// The operator of the first validator.
fn validator() -> String {
    topology::key(topology::OPERATOR_INDEX).unwrap().operator().to_text("cosmosvaloper")
}

fn checked(folder: &Path, provider: &str, consumer: Option<&str>) -> Vec<String> {
    let chain = |rpc: &str, id: &str, prefix: &str| json!({"rpc": rpc, "chainId": id, "prefix": prefix});
    let mut arguments = json!({
        "mnemonic": DEVELOPMENT_MNEMONIC,
        "validator": validator(),
        "provider": chain(provider, topology::PROVIDER, topology::PROVIDER_PREFIX),
    });
    if let Some(consumer) = consumer {
        arguments["consumer"] = chain(consumer, "consumer-1", topology::CONSUMER_PREFIX);
        arguments["consumer"]["id"] = "0".into();
    }
    run(folder, CHECK, &[&arguments.to_string()]).lines().map(str::to_owned).collect()
}

const ON_THE_PROVIDER: [&str; 14] = [
    "provider-1: chain id, height, blocks, accounts, balances",
    "provider-1: simulated, sent (direct), found by hash and by search",
    "provider-1: refused what cannot be paid (direct)",
    "provider-1: delegated, undelegated and thought better of it (direct)",
    "provider-1: a validator edited (direct)",
    "provider-1: a consumer registered (direct), and read by CCV queries",
    "provider-1: simulated, sent (amino), found by hash and by search",
    "provider-1: refused what cannot be paid (amino)",
    "provider-1: delegated, undelegated and thought better of it (amino)",
    "provider-1: a validator edited (amino)",
    "provider-1: a consumer registered (amino), and read by CCV queries",
    "provider-1: auth, bank and ibc extensions",
    "provider-1: staking and gov extensions",
    "provider-1: blocks by subscription",
];
const ON_A_CONSUMER: [&str; 10] = [
    "consumer-1: chain id, height, blocks, accounts, balances",
    "consumer-1: auth, bank and ibc extensions",
    "consumer-1: simulated, sent (direct), found by hash and by search",
    "consumer-1: refused what cannot be paid (direct)",
    "provider-1: a validator opted in (direct)",
    "provider-1: coins sent to consumer-1 (direct)",
    "consumer-1: simulated, sent (amino), found by hash and by search",
    "consumer-1: refused what cannot be paid (amino)",
    "provider-1: a validator opted in (amino)",
    "provider-1: coins sent to consumer-1 (amino)",
];

/// A network on the embedded engine whose consumers are secured, as the page starts it.
fn network() -> Terminal {
    let mut terminal = Terminal::new(offset(&SERVED));
    let typed = typed(PAGE);
    terminal.follow(typed.iter().find(|step| step.command.starts_with("ics localnet")).unwrap());
    terminal
}

#[test]
fn cosmjs_uses_a_provider_and_a_consumer_of_the_embedded_engine() {
    let Some(folders) = folders() else { return };
    let network = network();
    let rpc = |port: u16| format!("http://127.0.0.1:{}", port + network.offset);
    for folder in folders {
        let said = checked(&folder, &rpc(SERVED[0]), Some(&rpc(SERVED[1])));
        assert_eq!(said, [&ON_THE_PROVIDER[..], &ON_A_CONSUMER[..]].concat());
    }
}

#[test]
fn cosmjs_uses_a_provider_under_cometbft() {
    if comet::program().is_none() {
        return;
    }
    let Some(folders) = folders() else { return };
    let mut node = Node::new(1, &provider(1), Between::Unix);
    node.start();
    node.wait_beyond(2);
    for folder in folders {
        assert_eq!(checked(&folder, &node.url(), None), ON_THE_PROVIDER);
    }
}

/// The script of the page that has this name.
fn script(name: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("```js {name}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_pages_script_delegates_and_the_consumer_sees_it() {
    let Some(folders) = folders() else { return };
    let typed = typed(PAGE);
    assert_eq!(typed.len(), 5, "the page has its commands");
    for (folder, package) in folders.iter().zip(PACKAGES) {
        let mut terminal = Terminal::new(offset(&SERVED));
        let place = terminal.folder.path().to_owned();
        fs::write(place.join("delegate.mjs"), script("delegate.mjs")).unwrap();
        for step in &typed {
            match step.command.strip_prefix("npm install ") {
                // From a lock file instead, the page's version and the other one.
                Some(named) => {
                    let package: Value = serde_json::from_str(package).unwrap();
                    for named in named.split(' ') {
                        let (name, _) = named.rsplit_once('@').unwrap();
                        assert!(package["dependencies"][name].is_string(), "{name}");
                    }
                    std::os::unix::fs::symlink(folder.join("node_modules"), place.join("node_modules"))
                        .unwrap();
                }
                None => terminal.follow(step),
            }
        }
    }
}

#[test]
fn lock_files_name_versions_and_hashes_and_no_place() {
    for lock in LOCKS {
        let lock: Value = serde_json::from_str(lock).unwrap();
        let packages = lock["packages"].as_object().unwrap();
        assert!(packages.len() > 20);
        for (path, package) in packages.iter().filter(|(path, _)| !path.is_empty()) {
            assert!(package["integrity"].is_string() && package["resolved"].is_null(), "{path}");
        }
    }
}
