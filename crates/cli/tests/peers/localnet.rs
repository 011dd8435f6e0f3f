//! `ics localnet --engine cometbft`: the network of the embedded engine on real nodes. What docs/cometbft.md shows is what
//! happens.

use crate::comet;
use crate::node::{ics, wait_for};
use crate::page::typed;
use crate::terminal::{Terminal, offset};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

const PAGE: &str = include_str!("../../../../docs/cometbft.md");
const LOCALNET: &str = "## The local network on CometBFT";
const CHAINS: [&str; 3] = ["provider-1", "consumer-1", "consumer-2"];

/// Port of the JSON-RPC of a validator's node, both counted from 0.
fn rpc(chain: u16, validator: u16) -> u16 {
    26_657 + 10 * chain - 3_000 * validator
}

/// All ports of a network's nodes, with a chain that is made by hand.
pub(crate) fn ports(validators: u16) -> Vec<u16> {
    let nodes = (0..4).flat_map(|chain| (0..validators).map(move |validator| rpc(chain, validator)));
    let nodes = nodes.flat_map(|rpc| [rpc - 1, rpc, rpc + 1, rpc + 3]);
    nodes.chain((0..4).flat_map(|chain| [9_090 + chain, 1_317 + chain])).collect()
}

/// Waits until nobody listens on any port of a network.
fn wait_silent(ports: &[u16], offset: u16) {
    for port in ports {
        wait_for("end of a node", || TcpListener::bind(("127.0.0.1", port + offset)).ok());
    }
}

fn get(port: u16, path: &str) -> Option<Value> {
    let text =
        ureq::get(format!("http://127.0.0.1:{port}/{path}")).call().ok()?.body_mut().read_to_string().ok()?;
    serde_json::from_str::<Value>(&text).ok()?.get_mut("result").map(Value::take)
}

fn height(port: u16) -> Option<u64> {
    get(port, "status")?["sync_info"]["latest_block_height"].as_str()?.parse().ok()
}

/// Launches a consumer whose only validator signs with a key of the home's keyring.
fn launch_by_hand(terminal: &Terminal) {
    let folder = terminal.folder.path();
    let run = |arguments: &[&str]| {
        let output = ics().args(arguments).args(["--home", "net"]).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let made = json!({"chain_id": "hand-1", "metadata": {"name": "hand", "description": "by hand", "metadata": "{}"}});
    fs::write(folder.join("hand.json"), made.to_string()).unwrap();
    let created = run(&["tx", "provider", "create-consumer", "hand.json", "--from", "bob", "-y"]);
    assert!(created.ends_with("consumer_id: 2\n"), "{created}");
    let key = run(&["keys", "add-consensus", "own"]);
    run(&["tx", "provider", "opt-in", "2", key.trim(), "--from", "val1", "-y"]);
    let launch = json!({"consumer_id": "2", "initialization_parameters": {
        "initial_height": {"revision_number": 1, "revision_height": 1},
        "spawn_time": "2026-01-01T00:00:00Z",
        "unbonding_period": 1_728_000_000_000_000_i64,
        "ccv_timeout_period": 2_419_200_000_000_000_i64,
        "transfer_timeout_period": 3_600_000_000_000_i64,
        "consumer_redistribution_fraction": "0.75",
        "blocks_per_distribution_transmission": 1_000,
        "historical_entries": 10_000,
    }});
    fs::write(folder.join("launch.json"), launch.to_string()).unwrap();
    run(&["tx", "provider", "update-consumer", "launch.json", "--from", "bob", "-y"]);
    wait_for("chain that is secured", || {
        terminal.said().contains("hand-1      validators val1 105").then_some(())
    });
}

#[test]
fn a_network_of_one_validator_is_secured_killed_and_goes_on_as_the_page_shows() {
    if comet::program().is_none() {
        return;
    }
    let ports = ports(1);
    let mut terminal = Terminal::new(offset(&ports));
    let offset = terminal.offset;
    let (_, part) = PAGE.split_once(LOCALNET).unwrap();
    let typed = typed(part);
    let mut before = None;
    for step in &typed {
        if step.command == "kill -9 %1" {
            launch_by_hand(&terminal);
            let seen = get(rpc(0, 0) + offset, "block?height=5").unwrap();
            before = Some((seen["block_id"].clone(), height(rpc(0, 0) + offset).unwrap()));
        }
        terminal.follow(step);
        if step.command.starts_with("kill") {
            wait_silent(&ports, offset);
        }
        if step.command.starts_with("ics status") {
            let (id, tip) = before.take().unwrap();
            assert_eq!(get(rpc(0, 0) + offset, "block?height=5").unwrap()["block_id"], id);
            assert!(height(rpc(0, 0) + offset).unwrap() > tip);
            // The chain that was made by hand goes on too.
            let before = wait_for("chain made by hand", || height(rpc(3, 0) + offset));
            wait_for("its next block", || height(rpc(3, 0) + offset).filter(|height| *height > before));
        }
    }
    assert_eq!(typed.len(), 14, "the page has its commands");

    // Nothing of it is left after a reset, which starts another chain.
    let home = terminal.folder.path().join("net");
    let genesis = home.join("nodes/provider-1/val1/config/genesis.json");
    let first = fs::read_to_string(&genesis).unwrap();
    let mut network = ics();
    network.args(["localnet", "--engine", "cometbft", "--reset", "--home"]).arg(&home);
    network.args(["--port-offset", &offset.to_string()]).stdout(std::process::Stdio::null());
    let mut network = network.spawn().unwrap();
    wait_for("other genesis", || fs::read_to_string(&genesis).ok().filter(|text| *text != first));
    assert!(Command::new("kill").arg(network.id().to_string()).status().unwrap().success());
    assert!(network.wait().unwrap().success());
    wait_silent(&ports, offset);
}

/// Process ids of the programs whose arguments name a node's home, shells apart.
fn processes(home: &Path) -> Vec<String> {
    let found =
        Command::new("pgrep").args(["-f", &format!("start --home {}", home.display())]).output().unwrap();
    let is_shell = |pid: &String| {
        let output = Command::new("ps").args(["-o", "comm=", "-p", pid]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim() == "sh"
    };
    String::from_utf8(found.stdout).unwrap().lines().map(str::to_owned).filter(|pid| !is_shell(pid)).collect()
}

#[test]
fn four_validators_have_a_node_each_on_every_chain_and_agree() {
    if comet::program().is_none() {
        return;
    }
    let ports = ports(4);
    let mut terminal = Terminal::new(offset(&ports));
    let offset = terminal.offset;
    let page = "```console\n$ ics localnet --home net --engine cometbft --validators 4 &\n\
                provider-1  validators val1 100, val2 90, val3 80, val4 70\n\
                consumer-1  validators val1 100, val2 90, val3 80, val4 70\n\
                consumer-2  validators val1 100, val2 90, val3 80\n\
                ready after … s\n```";
    terminal.follow(&typed(page)[0]);

    // The key that val2 assigned signs on consumer-2.
    let assigned = ics_world::topology::assigned_key("val2", "consumer-2");
    let home = terminal.folder.path().join("net/nodes");
    let key = ics_node::node_home::NodeHome::at(&home.join("consumer-2/val2")).validator_key().unwrap();
    assert_eq!(key.address(), assigned.address());
    wait_for("signature of the assigned key", || {
        let commit = get(rpc(2, 0) + offset, "commit")?;
        let signed = commit["signed_header"]["commit"]["signatures"].as_array()?.clone();
        let mut by = signed.iter().filter(|vote| vote["block_id_flag"] == 2);
        by.any(|vote| vote["validator_address"] == hex::encode_upper(assigned.address().0)).then_some(())
    });

    // One of two programs of a node is killed: the node is started again, and catches up.
    let victim = home.join("provider-1/val4");
    let programs = processes(&victim);
    assert_eq!(programs.len(), 2, "{programs:?}");
    assert!(Command::new("kill").args(["-9", &programs[0]]).status().unwrap().success());
    wait_for("news of the node", || {
        terminal.said().contains("the node of val4 is started again").then_some(())
    });

    for (chain, name) in (0..).zip(CHAINS) {
        let tip = wait_for("block", || height(rpc(chain, 0) + offset)) + 2;
        let at = |validator| {
            wait_for("block of every node", || {
                let block = get(rpc(chain, validator) + offset, &format!("block?height={tip}"))?;
                let header = block.pointer("/block/header")?;
                assert_eq!(header["chain_id"], name);
                Some((block["block_id"]["hash"].to_string(), header["app_hash"].to_string()))
            })
        };
        let seen: BTreeSet<_> = (0..4).map(at).collect();
        assert_eq!(seen.len(), 1, "{name}: {seen:?}");
        // Every node's CometBFT tells its height.
        for validator in 0..4 {
            let url = format!("http://127.0.0.1:{}/metrics", rpc(chain, validator) + 3 + offset);
            let page = ureq::get(url).call().unwrap().body_mut().read_to_string().unwrap();
            assert!(page.contains(&format!("\ncometbft_consensus_height{{chain_id=\"{name}\"}} ")), "{page}");
        }
        let peers = |validator| get(rpc(chain, validator) + offset, "net_info").unwrap()["n_peers"].clone();
        wait_for("three peers", || (peers(0) == "3").then_some(()));
    }
    terminal.follow(&typed("```console\n$ kill %1\nstopped; the next start goes on from here\n```")[0]);
    wait_silent(&ports, offset);
}

/// The one line of error of a network that does not start.
fn refused(home: &Path, options: &[&str]) -> String {
    let mut command = ics();
    command.arg("localnet").arg("--home").arg(home).args(options);
    let Output { status, stderr, .. } = command.env("ICS_COMETBFT", "/nowhere/cometbft").output().unwrap();
    assert_eq!(status.code(), Some(1));
    String::from_utf8(stderr).unwrap().replace(home.to_str().unwrap(), "HOME")
}

#[test]
fn what_cannot_run_is_one_clear_line_and_nothing_is_begun() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("net");
    assert_eq!(
        refused(&home, &["--engine", "cometbft"]),
        "error: ICS_COMETBFT names /nowhere/cometbft, which is no CometBFT 0.38: install it \
         (`go install github.com/cometbft/cometbft/cmd/cometbft@v0.38.17`), or leave out --engine cometbft\n"
    );
    assert_eq!(
        refused(&home, &["--validators", "1"]),
        "error: the embedded engine runs a network of four validators: \
         leave out --validators, or add --engine cometbft\n"
    );
    assert!(!home.exists());

    fs::create_dir(&home).unwrap();
    fs::write(home.join("VERSION"), "ics-localnet/1\n").unwrap();
    let known = r#"{"engine": "cometbft", "chains": [], "accounts": [], "validators": [
        {"moniker": "val1", "operator_address": "", "account": "val1"}]}"#;
    fs::write(home.join("localnet.json"), known).unwrap();
    let advice = "leave the option out, choose another --home, or start over with --reset";
    assert_eq!(
        refused(&home, &["--engine", "embedded"]),
        format!("error: HOME holds a network of 1 on CometBFT, not on the embedded engine: {advice}\n")
    );
    assert_eq!(
        refused(&home, &["--validators", "4"]),
        format!("error: HOME holds a network of 1 on CometBFT, not of 4 on CometBFT: {advice}\n")
    );
}
