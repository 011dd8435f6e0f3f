//! Hermes relays: what docs/hermes.md shows is what happens. Its commands are typed, their output compared.

use crate::comet;
use crate::localnet;
use crate::page::typed;
use crate::peer::Peer;
use crate::terminal::{Terminal, offset};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const PAGE: &str = include_str!("../../../../docs/hermes.md");
/// Where the second network of the page begins.
const COMETBFT: &str = "## Between chains on CometBFT";
/// Where its third one begins.
const FOUR: &str = "## With four validators a chain";
/// Where chains serve on the page: RPC, gRPC, REST.
const SERVED: [u16; 9] = [26_657, 26_667, 26_677, 9_090, 9_091, 9_092, 1_317, 1_318, 1_319];

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
    let mut command = Command::new(&cargo);
    command.args(["install", "ibc-relayer-cli@1.10.5", "--locked", "--debug", "--root"]).arg(folder);
    command.env("CARGO_TARGET_DIR", work).env("CARGO_PROFILE_DEV_DEBUG", "0").current_dir(work);
    // The compiler of this very release: a wrapper would choose one by the folder.
    let rustc = Path::new(&cargo).with_file_name("rustc");
    if rustc.is_absolute() && rustc.is_file() {
        command.env("RUSTC", rustc);
    }
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

/// Every file in the folder of Hermes, with its mode.
fn files(network: &Path) -> Vec<(String, u32)> {
    use std::os::unix::fs::PermissionsExt as _;
    let (mut files, mut folders) = (Vec::new(), vec![network.join(".hermes")]);
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

/// A terminal for a network with these ports; none where Hermes is missing.
fn terminal(ports: &[u16]) -> Option<Terminal> {
    HERMES.program().map(|hermes| Terminal::new(offset(ports)).naming(HERMES.variable, hermes))
}

/// Types a part of the page, and looks what Hermes left behind.
fn follow(terminal: &mut Terminal, part: &str, commands: usize) {
    let typed = typed(part);
    for step in &typed {
        terminal.follow(step);
    }
    assert_eq!(typed.len(), commands, "the page has its commands");
    let files = files(&terminal.folder.path().join("net"));
    let secret = |name: &str| (name.to_owned(), 0o600);
    let expected = ["config.toml", "relayer.json", "relayer.json", "relayer.json"].map(secret);
    let kept: Vec<_> = files.into_iter().filter(|(name, _)| name != "log").collect();
    assert_eq!(kept, expected, "one key a chain, readable by nobody else");
}

#[test]
fn hermes_connects_relays_and_finds_what_it_missed_as_the_page_shows() {
    let Some(mut terminal) = terminal(&SERVED) else { return };
    follow(&mut terminal, PAGE.split(COMETBFT).next().unwrap(), 27);
}

#[test]
fn hermes_relays_between_chains_on_cometbft_as_the_page_shows() {
    if comet::program().is_none() {
        return;
    }
    let nodes = [26_657, 26_667, 26_677].into_iter().flat_map(|rpc| [rpc - 1, rpc + 1]);
    let Some(mut terminal) = terminal(&SERVED.into_iter().chain(nodes).collect::<Vec<_>>()) else { return };
    let part = PAGE.split(COMETBFT).nth(1).unwrap();
    follow(&mut terminal, part.split(FOUR).next().unwrap(), 19);
}

#[test]
fn hermes_relays_between_chains_of_four_validators_as_the_page_shows() {
    if comet::program().is_none() {
        return;
    }
    let Some(mut terminal) = terminal(&localnet::ports(4)) else { return };
    follow(&mut terminal, PAGE.split(FOUR).nth(1).unwrap(), 6);
}

/// A Hermes that completes no channel the first time that it is started: it hears of them as little as one that missed an event.
fn forgetful(hermes: &Path, folder: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let program = folder.join("forgetful");
    let script = format!(
        "#!/bin/sh\n\
         if [ \"$3\" = start ] && mkdir \"$0.started\" 2>/dev/null; then\n\
         sed '/mode.channels/,/enabled/ s/true/false/' \"$2\" > \"$0.toml\"\n\
         set -- --config \"$0.toml\" start\n\
         fi\n\
         exec '{}' \"$@\"\n",
        hermes.display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program
}

#[test]
fn a_transfer_channel_that_stays_half_open_is_completed_by_a_new_start() {
    let Some(hermes) = HERMES.program() else { return };
    let terminal = Terminal::new(offset(&SERVED));
    let program = forgetful(hermes, terminal.folder.path());
    let mut terminal = terminal.naming(HERMES.variable, &program);
    let page = "```console\n$ ics localnet --home net --relayer hermes &\n\
                …\n\
                Hermes relays between provider-1, consumer-1, consumer-2: failed, and is tried again: \
                transfer/channel-1 on consumer-1 stays in STATE_INIT, and it does not know of it\n\
                Hermes relays between provider-1, consumer-1, consumer-2\n\
                …\n\
                $ ics query ibc channel channels --node http://127.0.0.1:26667\n\
                …\n  port_id: transfer\n  state: STATE_OPEN\n…\n\
                $ ics query ibc channel channels --node http://127.0.0.1:26677\n\
                …\n  port_id: transfer\n  state: STATE_OPEN\n…\n\
                $ kill %1\n```";
    let typed = typed(page);
    assert_eq!(typed.len(), 4);
    for step in &typed {
        terminal.follow(step);
    }
}
