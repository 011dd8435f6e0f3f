//! Hermes' config and keys, in a folder of their own that nobody else may read.

use super::EventSource;
use crate::home::{ChainFact, ChainRole, HomeError, io_at, write_secret};
use ics_client::{DEVELOPMENT_MNEMONIC, GasPrice};
use ics_world::topology::{CONSUMER_PREFIX, PROVIDER_PREFIX, RELAYER_INDEX};
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How Hermes calls its key.
const KEY: &str = "relayer";

/// What does not depend on the chains. Connections are made by commands, on the clients that CCV says; the transfer channel that a consumer begins by
/// itself is completed by the running relayer.
const GENERAL: &str = "\
[global]
log_level = 'info'

[mode.clients]
enabled = true
refresh = true
misbehaviour = true

[mode.connections]
enabled = false

[mode.channels]
enabled = true

[mode.packets]
enabled = true
clear_interval = 20
clear_on_start = true
tx_confirmation = false

[rest]
enabled = false
host = '127.0.0.1'
port = 3000

[telemetry]
enabled = false
host = '127.0.0.1'
port = 3001
";

/// Where the config is.
pub(super) fn file(folder: &Path) -> PathBuf {
    folder.join("config.toml")
}

/// Writes the config for these chains.
///
/// # Errors
/// [`HomeError::Io`].
pub(super) fn write(
    folder: &Path,
    chains: &[ChainFact],
    price: &GasPrice,
    events: EventSource,
) -> Result<(), HomeError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io_at(folder))?;
    let chains: Vec<String> = chains.iter().map(|chain| section(folder, chain, price, events)).collect();
    write_secret(&file(folder), format!("{GENERAL}{}", chains.concat()).as_bytes())
}

/// A chain. Without a trusting period of its own Hermes asks the chain for its unbonding period.
fn section(folder: &Path, chain: &ChainFact, price: &GasPrice, events: EventSource) -> String {
    let (prefix, is_consumer) = match chain.role {
        ChainRole::Provider => (PROVIDER_PREFIX, false),
        ChainRole::Consumer => (CONSUMER_PREFIX, true),
    };
    // What JSON escapes, TOML escapes alike.
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let events = match events {
        EventSource::Pull => "{ mode = 'pull', interval = '500ms' }".to_owned(),
        EventSource::Push => {
            let socket = format!("{}/websocket", chain.rpc.replacen("http", "ws", 1));
            format!("{{ mode = 'push', url = {}, batch_delay = '200ms' }}", text(&socket))
        }
    };
    format!(
        "
[[chains]]
type = 'CosmosSdk'
id = {id}
rpc_addr = {rpc}
grpc_addr = {grpc}
event_source = {events}
trusted_node = false
compat_mode = '0.38'
ccv_consumer_chain = {is_consumer}
account_prefix = '{prefix}'
store_prefix = 'ibc'
key_name = '{KEY}'
key_store_type = 'Test'
key_store_folder = {keys}
gas_price = {{ price = {price}, denom = {denom} }}
gas_multiplier = 1.3
max_gas = 20000000
clock_drift = '10s'
trust_threshold = '1/3'
",
        id = text(&chain.id),
        rpc = text(&chain.rpc),
        grpc = text(&chain.grpc),
        keys = text(&keys(folder).to_string_lossy()),
        price = price.price,
        denom = text(&price.denom),
    )
}

/// Gives Hermes the relayer's key on a chain; where it has one, it is replaced by the same.
///
/// # Errors
/// Why not, in Hermes' words or ours.
pub(super) fn add_key(program: &Path, folder: &Path, chain_id: &str) -> Result<(), String> {
    // Hermes makes a path of it.
    if !chain_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
        return Err("its chain id is no plain name".to_owned());
    }
    let words = |error: io::Error| error.to_string();
    let mut command = Command::new(program);
    command.arg("--config").arg(file(folder));
    command.args(["keys", "add", "--chain", chain_id, "--key-name", KEY, "--overwrite"]);
    command.args(["--hd-path", &format!("m/44'/118'/0'/0/{RELAYER_INDEX}"), "--mnemonic-file", "/dev/stdin"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(words)?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that ends before it reads says why.
        drop(stdin.write_all(DEVELOPMENT_MNEMONIC.as_bytes()));
    }
    let output = child.wait_with_output().map_err(words)?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        return Err(last_line(&String::from_utf8_lossy(&said)));
    }
    let written = keys(folder).join(chain_id).join("keyring-test").join(format!("{KEY}.json"));
    fs::set_permissions(written, fs::Permissions::from_mode(0o600)).map_err(words)
}

/// Where Hermes keeps its keys, in a folder per chain.
fn keys(folder: &Path) -> PathBuf {
    folder.join("keys")
}

/// The last line that says something; where in Hermes' sources an error was made, which it says last, is nothing to users.
pub(super) fn last_line(said: &str) -> String {
    let mut lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut last = "it says nothing";
    while let Some(line) = lines.next() {
        if line == "Location:" {
            lines.next();
        } else {
            last = line;
        }
    }
    last.to_owned()
}
