//! What a node keeps in memory: `ics start` and CometBFT beside it, for each chain of the local network, and the local
//! network on the embedded engine, where one process is all three chains and their relayer.
//!
//! `cargo bench -p ics-cli --bench memory` needs a CometBFT, as `ics localnet --engine cometbft` does; resident set sizes.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::arithmetic_side_effects, missing_docs)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Provider blocks from the start to the measurement.
const BLOCKS: u64 = 300;
const PORT_OFFSET: u16 = 6_000;

fn main() {
    let comet = measure(&["--engine", "cometbft"]);
    let of = |program: &str| -> Vec<u64> {
        let named = |(name, resident): &(String, u64)| (name == program).then_some(*resident);
        comet.iter().filter_map(named).collect()
    };
    println!("resident, MB, after {BLOCKS} blocks of the provider, ordered by size:");
    println!("  ics start, a chain each        {}", megabytes(of("start")));
    println!("  cometbft, a chain each         {}", megabytes(of("cometbft")));
    let embedded = measure(&[]).into_iter().map(|(_, resident)| resident).collect();
    println!("  ics localnet, all three chains {}", megabytes(embedded));
}

fn megabytes(mut bytes: Vec<u64>) -> String {
    assert!(!bytes.is_empty());
    bytes.sort_unstable();
    bytes.iter().map(|bytes| format!("{} ", bytes / 1_000_000)).collect()
}

/// Runs a network; gives what each of its processes is, and its resident bytes.
fn measure(options: &[&str]) -> Vec<(String, u64)> {
    let home = tempfile::tempdir().unwrap();
    let mut network = Command::new(env!("CARGO_BIN_EXE_ics"))
        .args(["localnet", "--block-time", "100ms", "--port-offset", &PORT_OFFSET.to_string(), "--home"])
        .arg(home.path())
        .args(options)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(network.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("ready after")), "the network came up");
    let node = format!("http://127.0.0.1:{}", 26_657 + PORT_OFFSET);
    while height(&node) < BLOCKS {
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    let measured = processes(home.path(), &network);
    stop(&mut network);
    measured
}

fn height(node: &str) -> u64 {
    let status = Command::new(env!("CARGO_BIN_EXE_ics"))
        .args(["query", "block", "-o", "json", "--node", node])
        .output()
        .unwrap();
    let block: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap_or_default();
    let height = block.pointer("/block/header/height").or_else(|| block.pointer("/header/height"));
    height.and_then(serde_json::Value::as_str).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The network's own process, or the nodes that it started: whatever names its home.
fn processes(home: &Path, network: &Child) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().filter_map(Result::ok) {
        let read = |file: &str| fs::read_to_string(entry.path().join(file)).unwrap_or_default();
        let words: Vec<String> = read("cmdline").split('\0').map(str::to_owned).collect();
        let is_ours = words.iter().any(|word| Path::new(word).starts_with(home));
        let Some(resident) = resident(&read("status")).filter(|_| is_ours) else { continue };
        let is_network = entry.file_name().to_str() == Some(&network.id().to_string());
        let program = words.first().map(Path::new).and_then(Path::file_name).unwrap_or_default();
        match (program.to_str(), words.get(1).map(String::as_str)) {
            (Some("cometbft"), _) => found.push(("cometbft".to_owned(), resident)),
            (Some("ics"), Some("start")) => found.push(("start".to_owned(), resident)),
            (Some("ics"), Some("localnet")) if is_network => found.push(("localnet".to_owned(), resident)),
            _ => {}
        }
    }
    found
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1_024)
}

/// As an operator stops it, so that no node survives.
fn stop(network: &mut Child) {
    Command::new("kill").arg(network.id().to_string()).status().unwrap();
    network.wait().unwrap();
}
