//! `--relayer hermes`, with a program in Hermes' place that does what a test needs.

use crate::localnet::{ics, wait_for};
use crate::process_support::{Copy, Process, localnet, one_line};
use ics_world::topology::EPOCH_BLOCKS;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Takes keys, and starts; it scans until the file `go` is there.
const STAND_IN: &str = r#"#!/bin/sh
case "$*" in
--version) echo "hermes 1.10.5" ;;
*" keys add "*)
    cat >/dev/null
    folder="$(dirname "$2")/keys/$6/keyring-test"
    mkdir -p "$folder" && echo '{}' >"$folder/relayer.json" ;;
*" start")
    echo start >>"$(dirname "$0")/scans"
    until [ -e "$(dirname "$0")/go" ]; do sleep 0.05; done
    echo "INFO Hermes has started"
    exec sleep 600 ;;
esac
"#;

fn stand_in(folder: &Path) -> PathBuf {
    let program = folder.join("hermes");
    fs::write(&program, STAND_IN).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program
}

#[test]
fn no_block_is_made_while_hermes_scans_the_chains_and_does_not_listen_yet() {
    let (network, folder) = (Copy::new(), tempfile::tempdir().unwrap());
    let mut command = localnet(&network.home, network.offset, &["--relayer", "hermes"]);
    command.env("ICS_HERMES", stand_in(folder.path()));
    let process = Process::spawn(command, network.offset);
    wait_for("scan", || folder.path().join("scans").exists().then_some(()));
    let heights = || {
        [0, 1, 2].map(|place| wait_for("block", || process.node(place).block(None).map(|(height, _)| height)))
    };
    // A block that was under way is finished.
    std::thread::sleep(Duration::from_millis(500));
    let seen = heights();
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(heights(), seen, "a packet of a block made now would be overlooked");
    fs::write(folder.path().join("go"), "").unwrap();
    wait_for("block", || heights().iter().zip(seen).all(|(height, seen)| *height > seen).then_some(()));
    assert_eq!(process.signal("TERM").code, Some(0));
}

#[test]
fn hermes_pulls_or_is_pushed_and_trusts_no_node() {
    let (network, folder) = (Copy::new(), tempfile::tempdir().unwrap());
    let program = stand_in(folder.path());
    fs::write(folder.path().join("go"), "").unwrap();
    let port = 26_657 + network.offset;
    let push =
        format!("{{ mode = 'push', url = \"ws://127.0.0.1:{port}/websocket\", batch_delay = '200ms' }}");
    for (more, expected) in [
        (&["--relayer", "hermes"][..], "{ mode = 'pull', interval = '500ms' }"),
        (&["--relayer", "hermes", "--event-source", "push"], &push),
    ] {
        let mut command = localnet(&network.home, network.offset, more);
        command.env("ICS_HERMES", &program);
        let process = Process::spawn(command, network.offset);
        wait_for("start", || folder.path().join("scans").exists().then_some(()));
        assert_eq!(process.signal("TERM").code, Some(0));
        fs::remove_file(folder.path().join("scans")).unwrap();
        let config = fs::read_to_string(network.home.join(".hermes/config.toml")).unwrap();
        let of = |name: &str| {
            let lines = config.lines().filter_map(|line| line.split_once(" = "));
            lines.filter(|(found, _)| *found == name).map(|(_, value)| value.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(of("event_source")[0], expected);
        assert_eq!(of("event_source").len(), 3);
        assert_eq!(of("trusted_node"), ["false"; 3]);
        assert_eq!(of("ccv_consumer_chain"), ["false", "true", "true"]);
    }
}

#[test]
fn hermes_is_started_again_where_packets_that_waited_for_it_still_wait() {
    let (network, folder) = (Copy::new(), tempfile::tempdir().unwrap());
    let program = stand_in(folder.path());
    fs::write(folder.path().join("go"), "").unwrap();
    let delegate = || {
        let validator = "cosmosvaloper15u98ydgpuevkthueuvgxkk6msg9td7kqgu6h7z";
        // The copied home names the ports of the network that it comes from until this one has written its own.
        wait_for("delegation", || {
            let mut command = ics();
            command.args(["tx", "staking", "delegate", validator, "5000000stake", "--from", "alice", "-y"]);
            let output = command.arg("--home").arg(&network.home).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() || said.contains("Connection refused"), "{said}");
            output.status.success().then_some(())
        });
    };
    // The consumer is connected where it hears of a delegation.
    let process = Process::start(&network.home, network.offset, &[]);
    wait_for("consumer", || process.node(1).block(None));
    delegate();
    wait_for("delegation on the consumer", || {
        let set = process.node(1).get("validators")?;
        set["validators"].as_array()?.iter().find(|member| member["voting_power"] == "105").map(drop)
    });
    assert_eq!(process.signal("TERM").code, Some(0));

    let process = Process::start(&network.home, network.offset, &["--relayer", "none"]);
    wait_for("provider", || process.node(0).block(None));
    delegate();
    let sent = process.node(0).block(None).unwrap().0 + u64::try_from(EPOCH_BLOCKS).unwrap();
    wait_for("end of the epoch", || process.node(0).block(None).filter(|(height, _)| *height > sent));
    assert_eq!(process.signal("TERM").code, Some(0));

    let mut command = localnet(&network.home, network.offset, &["--relayer", "hermes"]);
    command.env("ICS_HERMES", program);
    let process = Process::spawn(command, network.offset);
    let starts = || fs::read_to_string(folder.path().join("scans")).unwrap_or_default().lines().count();
    wait_for("first start", || (starts() >= 1).then_some(()));
    wait_for("second start", || (starts() >= 2).then_some(()));
    let ended = process.signal("TERM");
    assert_eq!(ended.code, Some(0));
    let failed =
        "Hermes relays between provider-1, consumer-1, consumer-2: failed, and is tried again: packet ";
    let told = ended.stdout.lines().find_map(|said| said.strip_prefix(failed));
    let (sequence, rest) =
        told.and_then(|told| told.split_once(' ')).unwrap_or_else(|| panic!("{}", ended.stdout));
    assert!(sequence.parse::<u64>().is_ok(), "{sequence}");
    assert_eq!(rest, "of provider/channel-0 on provider-1 waits, and it does not know of it");
}

#[test]
fn an_event_source_without_hermes_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("net");
    let mut command = ics();
    command.args(["localnet", "--event-source", "push", "--home"]).arg(&home);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        one_line(std::str::from_utf8(&output.stderr).unwrap()),
        "--event-source says how Hermes hears of blocks: it needs --relayer hermes"
    );
    assert!(!home.exists());
}

#[test]
fn a_missing_hermes_is_one_clear_line_and_nothing_is_begun() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("net");
    let mut command = ics();
    command.args(["localnet", "--relayer", "hermes", "--home"]).arg(&home);
    let output = command.env("ICS_HERMES", "/nowhere/hermes").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        one_line(std::str::from_utf8(&output.stderr).unwrap()),
        "ICS_HERMES names /nowhere/hermes, which is no Hermes: install Hermes \
         (`cargo install ibc-relayer-cli@1.10.5 --locked`), or leave out --relayer hermes"
    );
    assert!(!home.exists());
}
