//! What goes wrong before or between the two programs: one line that says what happened and what to do, and nothing lost.

use crate::comet;
use crate::node::{Between, Node, ics, provider, wait_for};
use std::fs;
use std::process::{Command, Output};

/// The one line of error of a command that fails.
fn complaint(command: &mut Command) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{stderr}");
    let line = stderr.strip_prefix("error: ").and_then(|text| text.strip_suffix('\n'));
    let line = line.unwrap_or_else(|| panic!("not an error in one line: {stderr:?}")).to_owned();
    assert!(!line.contains('\n'), "{stderr}");
    line
}

/// A home without a peer.
struct Bare(tempfile::TempDir);

impl Bare {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("config")).unwrap();
        let bare = Self(folder);
        bare.write("config/genesis.json", &provider(1).to_string());
        bare.write("config/app.toml", "role = \"provider\"\n[grpc]\nenable = false\n");
        bare
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    fn refused(&self, more: &[&str]) -> String {
        let line = complaint(ics().arg("start").arg("--home").arg(self.0.path()).args(more));
        line.replace(self.0.path().to_str().unwrap(), "HOME")
    }
}

#[test]
fn a_home_that_lacks_something_is_refused_with_what_to_put_there() {
    let bare = Bare::new();
    bare.write("config/app.toml", "role = \"provider\"\nprunning = \"default\"\n");
    assert_eq!(
        bare.refused(&[]),
        "HOME/config/app.toml cannot be understood: there is no key `prunning`; the nearest is `pruning`"
    );
    bare.write("config/app.toml", "role = \"teacher\"\n");
    assert_eq!(
        bare.refused(&[]),
        "HOME/config/app.toml cannot be understood: \
         `role` takes \"provider\", \"consumer\" or \"standalone\", not \"teacher\""
    );
    bare.write("config/app.toml", "");
    bare.write("config/genesis.json", &provider(1).to_string().replace("\"provider\":", "\"supplier\":"));
    assert_eq!(
        bare.refused(&[]),
        "HOME/config/app.toml cannot be understood: it has no `role`, and the genesis document does not tell by a section \
         `provider` or `ccvconsumer`: write role = \"provider\", \"consumer\" or \"standalone\""
    );
    fs::remove_file(bare.0.path().join("config/app.toml")).unwrap();
    assert_eq!(
        bare.refused(&[]),
        "HOME/config/app.toml is missing: \
         write into it what the chain is: role = \"provider\", \"consumer\" or \"standalone\""
    );
    fs::remove_file(bare.0.path().join("config/genesis.json")).unwrap();
    assert_eq!(
        bare.refused(&[]),
        "HOME/config/genesis.json is missing: put the chain's genesis document there, the one that CometBFT starts with"
    );
    assert_eq!(
        bare.refused(&["--transport", "grpc"]),
        "ABCI is not served over gRPC here: start with --transport socket, and CometBFT with --abci socket"
    );
}

#[test]
fn a_port_in_use_and_a_damaged_database_are_refused() {
    let bare = Bare::new();
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", other.local_addr().unwrap());
    assert_eq!(
        bare.refused(&["--address", &address]),
        format!("{address} is in use: stop what listens there, or choose another --address")
    );
    let door = other.local_addr().unwrap();
    for (section, more) in [("grpc", ""), ("api", "enable = true\n[grpc]\nenable = false\n")] {
        bare.write(
            "config/app.toml",
            &format!("role = \"provider\"\n[{section}]\naddress = \"{door}\"\n{more}"),
        );
        assert_eq!(
            bare.refused(&["--address", "tcp://127.0.0.1:0"]),
            format!(
                "{door} is in use: stop what listens there: choose another `address` in [{section}] of app.toml, \
                 or set `enable = false` there"
            )
        );
    }
    assert_eq!(
        bare.refused(&["--node", "127.0.0.1"]),
        "`127.0.0.1` is no address of CometBFT's RPC: write tcp://127.0.0.1:26657 or http://HOST:PORT"
    );
    bare.write("data/application.redb", "nothing");
    assert_eq!(
        bare.refused(&[]),
        "HOME/data/application.redb is damaged (the file ends within its header): restore it from a copy, \
         or move it away and let CometBFT replay its blocks into a new one"
    );
    assert_eq!(fs::read(bare.0.path().join("data/application.redb")).unwrap(), b"nothing");
}

#[test]
fn a_second_process_and_a_home_of_another_chain_are_refused_while_the_first_goes_on() {
    if comet::program().is_none() {
        return;
    }
    let mut node = Node::new(1, &provider(1), Between::Tcp);
    node.start();
    let (height, _) = node.wait_beyond(1);
    let home = node.home.display().to_string();
    assert_eq!(
        complaint(&mut node.start_command()),
        format!("{home} is in use by another `ics start`: stop that one, or choose another --home")
    );
    node.wait_beyond(height);
    node.stop();

    let config = node.home.join("config/genesis.json");
    let genesis = fs::read_to_string(&config).unwrap();
    fs::write(&config, genesis.replace("provider-1", "provider-2")).unwrap();
    let database = node.database().display().to_string();
    assert_eq!(
        complaint(&mut node.start_command()),
        format!(
            "{database} holds provider provider-1, and the configuration is that of provider provider-2: \
             restore the configuration, or choose another --home"
        )
    );
    fs::write(&config, &genesis).unwrap();
    node.start();
    node.wait_beyond(height + 1);
}

#[test]
fn a_genesis_of_another_chain_in_cometbft_ends_both_with_the_reason() {
    if comet::program().is_none() {
        return;
    }
    let mut node = Node::new(1, &provider(1), Between::Tcp);
    node.start_app();
    wait_for("application", || node.listens().then_some(()));
    let config = node.home.join("config/genesis.json");
    let genesis = fs::read_to_string(&config).unwrap();
    fs::write(&config, genesis.replace("provider-1", "provider-2")).unwrap();
    node.start_comet();
    let (code, said) = node.ended();
    assert_eq!(code, Some(1));
    assert_eq!(
        said,
        "error: the chain halts: the genesis is that of chain provider-2, this is provider-1; \
         nothing that was committed is lost"
    );
}
