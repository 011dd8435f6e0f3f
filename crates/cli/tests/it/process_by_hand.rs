//! A consumer that a user makes in a second terminal, from its key to its first update, and after a kill.

use crate::localnet::{Localnet, free_port_offset, wait_for};
use crate::process_support::{complaint, printed, text};
use ics_abci::Time;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::SystemTime;

/// A key of somebody else.
const FOREIGN: &str =
    r#"{"@type":"/cosmos.crypto.ed25519.PubKey","key":"Ui5Gf1+mtWUdH8u3xlmzdKID+F3PK0sfXZ73GZ6q6is="}"#;

fn json_of(network: &Localnet, words: &[&str]) -> Value {
    serde_json::from_str(&printed(&network.run(&[words, &["-o", "json"]].concat()))).unwrap()
}

fn send(network: &Localnet, words: &[&str]) {
    let shown = printed(&network.run(&[words, &["-y"]].concat()));
    assert!(shown.contains("\ncode: 0\nresult: success\n"), "{words:?} prints {shown}");
}

fn document(folder: &Path, name: &str, content: &Value) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn initialization(spawn: &str) -> Value {
    json!({
        "initial_height": {"revision_number": 1, "revision_height": 1},
        "spawn_time": spawn,
        "unbonding_period": 1_728_000_000_000_000_u64,
        "ccv_timeout_period": 2_419_200_000_000_000_u64,
        "transfer_timeout_period": 3_600_000_000_000_u64,
        "consumer_redistribution_fraction": "0.75",
        "blocks_per_distribution_transmission": 1000,
        "historical_entries": 10000,
    })
}

/// Registers a consumer, opts validators in, and lets it launch at once.
fn make(network: &Localnet, chain_id: &str, id: &str, members: &[(&str, Option<&str>)]) {
    let folder = tempfile::tempdir().unwrap();
    let metadata = json!({"name": chain_id, "description": "made by hand", "metadata": "none"});
    let create = json!({
        "chain_id": chain_id, "metadata": metadata,
        "initialization_parameters": initialization("0001-01-01T00:00:00Z"),
    });
    let create = document(folder.path(), "create.json", &create);
    send(network, &["tx", "provider", "create-consumer", &create, "--from", "carol"]);
    for (name, key) in members {
        let words: Vec<&str> = ["tx", "provider", "opt-in", id].into_iter().chain(*key).collect();
        send(network, &[&words[..], &["--from", name]].concat());
    }
    let now = Time::UNIX_EPOCH.plus(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap());
    let spawn = initialization(&now.unwrap().to_string());
    let update = json!({"consumer_id": id, "initialization_parameters": spawn});
    let update = document(folder.path(), "update.json", &update);
    send(network, &["tx", "provider", "update-consumer", &update, "--from", "carol"]);
}

/// Waits for a line that the network prints.
fn said(network: &Localnet, what: &str) -> String {
    wait_for(&format!("line with `{what}`"), || network.lines().into_iter().find(|line| line.contains(what)))
}

fn chains(network: &Localnet) -> Vec<Value> {
    network.facts().unwrap()["chains"].as_array().unwrap().clone()
}

fn tip(network: &Localnet, url: &str) -> Option<(u64, String)> {
    let output = network.run(&["query", "block", "1", "--node", url, "-o", "json"]);
    let first: Value = serde_json::from_slice(&output.stdout).ok()?;
    let status = network.run(&["status", "--node", url, "-o", "json"]);
    let status: Value = serde_json::from_slice(&status.stdout).ok()?;
    let height = text(&status["sync_info"]["latest_block_height"]).parse().ok()?;
    Some((height, text(&first["block_id"]["hash"])))
}

fn keys_are_added_named_and_kept_secret(network: &Localnet, home: &Path) -> String {
    let key = printed(&network.run(&["keys", "add-consensus", "hand"])).trim_end().to_owned();
    let parsed: Value = serde_json::from_str(&key).unwrap();
    assert_eq!(text(&parsed["@type"]), "/cosmos.crypto.ed25519.PubKey");
    assert_eq!(
        complaint(&network.run(&["keys", "add-consensus", "hand"])),
        "a key named hand exists already; choose another name"
    );
    let line = complaint(&network.run(&["keys", "add-consensus", "../hand"]));
    assert!(line.starts_with("\"../hand\" is no key name: "), "{line}");
    let other = json_of(network, &["keys", "add-consensus", "spare"]);
    assert_ne!(text(&other["pubkey"]), key, "every key is another");

    let listed = json_of(network, &["keys", "list"]);
    let of_blocks: Vec<&Value> =
        listed.as_array().unwrap().iter().filter(|key| key["type"] == "consensus").collect();
    assert_eq!(of_blocks.len(), 2);
    assert_eq!(
        (text(&of_blocks[0]["name"]), text(&of_blocks[0]["pubkey"])),
        ("hand".to_owned(), key.clone())
    );
    assert_eq!(of_blocks[1], &other);
    assert_eq!(&json_of(network, &["keys", "show", "hand", "--bech", "cons"]), of_blocks[0]);
    let address = printed(&network.run(&["keys", "show", "hand", "--bech", "cons", "-a"]));
    assert_eq!(address.trim_end(), text(&of_blocks[0]["address"]));
    let line = complaint(&network.run(&["keys", "show", "alice", "--bech", "cons"]));
    assert_eq!(line, "there is no key `alice` that signs blocks; known keys that do: hand, spare");

    let file = home.join("keyring-test").join("keys.json");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let kept: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let seed = text(&kept["consensus"][0]["seed"]);
    assert_eq!(seed.len(), 64);
    let shown = printed(&network.run(&["keys", "list"])) + &network.lines().join("\n");
    assert!(!shown.contains(&seed) && !key.contains(&seed));
    key
}

#[test]
fn a_consumer_made_in_a_second_terminal_is_started_served_secured_and_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let offset = free_port_offset();
    let mut network = Localnet::launch_in(folder.path(), offset);
    network.wait_ready();
    let key = keys_are_added_named_and_kept_secret(&network, folder.path());

    // Somebody listens where the next chain is to be served.
    let url = network.rpc(3);
    let taken = TcpListener::bind(url.trim_start_matches("http://")).unwrap();
    make(&network, "hand-1", "2", &[("val1", Some(&key)), ("val2", None)]);
    said(&network, "hand-1      starts as consumer 2");
    let line = said(&network, "hand-1      runs without its ports, which are tried again: ");
    assert!(line.contains(&format!("{} is in use", url.trim_start_matches("http://"))), "{line}");
    drop(taken);
    said(&network, &format!("hand-1      rpc {url}"));
    said(&network, "hand-1      applied its first validator set update");
    said(&network, "hand-1      validators val1 100, val2 90");
    let info = json_of(&network, &["query", "ccvconsumer", "provider-info", "--node", &url]);
    assert_eq!(text(&info["provider"]["chainID"]), "provider-1");
    let before = chains(&network);
    let [grpc, rest] = [9_093, 1_320].map(|port| format!("http://127.0.0.1:{}", port + offset));
    let fact = json!({
        "id": "hand-1", "role": "consumer", "consumer_id": "2", "rpc": url, "grpc": grpc, "rest": rest,
    });
    assert_eq!((before.len(), &before[3]), (4, &fact));

    make(&network, "far-1", "3", &[("val1", Some(FOREIGN)), ("val4", None)]);
    let line = said(&network, "far-1       launched as consumer 3 and is not started here: ");
    assert!(
        line.contains(
            "its validators' keys are elsewhere: those here have 70 of 170 power, and more than two thirds are needed; \
             lacking consumervalcons1"
        ),
        "{line}"
    );
    assert!(line.ends_with(" (100)"), "{line}");

    // A key that comes after launch is signed with when the set changes.
    let later = printed(&network.run(&["keys", "add-consensus", "later"]));
    send(&network, &["tx", "provider", "assign-consensus-key", "2", later.trim_end(), "--from", "val1"]);
    let address = text(&json_of(&network, &["keys", "show", "later", "--bech", "cons"])["pubkey"]);
    let wanted = text(&serde_json::from_str::<Value>(&address).unwrap()["key"]);
    let changed = wait_for("block that the new key signs", || {
        let (height, _) = tip(&network, &url)?;
        let answer = ureq::get(format!("{url}/validators?height={height}")).call().ok()?;
        let answer = answer.into_body().read_to_string().ok()?;
        answer.contains(&wanted).then_some(height)
    });
    wait_for("blocks beyond", || tip(&network, &url).filter(|(height, _)| *height > changed + 2));

    let (seen, first) = tip(&network, &url).unwrap();
    network.kill();
    let mut network = Localnet::launch_in(folder.path(), offset);
    network.wait_ready();
    let (height, again) = wait_for("chain that is served again", || tip(&network, &url));
    assert!(height >= seen && again == first, "{height} {again} after {seen} {first}");
    wait_for("next block", || tip(&network, &url).filter(|(next, _)| *next > height));
    assert_eq!(chains(&network), before);
    said(&network, "far-1       launched as consumer 3 and is not started here: ");
    assert!(!network.lines().iter().any(|line| line.contains("starts as consumer")), "nothing starts anew");
}
