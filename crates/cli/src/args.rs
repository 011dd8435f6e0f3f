//! What may be typed.

mod keys;
mod node;
mod tx;

pub(crate) use keys::{AddKey, Keyring, Keys, KeysHome};
pub(crate) use node::{AccountKeys, Comet, Config, Genesis, Gentx, Init, Prune, SettingsFormat};
pub(crate) use tx::{
    Apart, Bank, EditValidator, Gov, Provider, Signing, SigningOf, Staking, Terms, Transfer, Tx,
};

use crate::output::Format;
use crate::query::Query;
use clap::{Args, Parser, Subcommand};
use ics_node::app_toml::Overrides;
use std::path::PathBuf;

/// Interchain Security: a provider chain secures consumer chains.
#[derive(Debug, Parser)]
#[command(name = "ics", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs a provider and two consumers, relayed, in this process or on CometBFT.
    Localnet(Localnet),
    /// Serves a chain to CometBFT, which runs beside it with `--proxy_app` at this address.
    Start(Start),
    /// Makes the home of a node: keys, settings, and a genesis document without accounts.
    Init(Init),
    /// Accounts and first validators of a new chain.
    #[command(subcommand)]
    Genesis(Genesis),
    /// What CometBFT keeps in the home of a node.
    #[command(subcommand, visible_alias = "tendermint", alias = "cometbft")]
    Comet(Comet),
    /// Files of settings.
    #[command(subcommand)]
    Config(Config),
    /// Forgets old heights of a chain that does not run.
    Prune(Prune),
    /// Takes the last block of a chain that does not run back, to be executed again after `cometbft rollback`.
    Rollback(NodeFolder),
    /// Sends a transaction.
    #[command(subcommand)]
    Tx(Box<Tx>),
    /// Asks a node.
    #[command(subcommand, visible_alias = "q")]
    Query(Query),
    /// The keys that sign transactions, and those that sign blocks.
    #[command(subcommand)]
    Keys(Keys),
    /// Where a node stands: its node_info, sync_info and validator_info.
    Status(Common),
    /// Which program this is.
    Version {
        /// Says more than the number.
        #[arg(long)]
        long: bool,
        /// Output format.
        #[arg(short, long)]
        output: Option<Format>,
    },
    /// Prints what makes a shell complete commands.
    Completion {
        /// Which shell.
        shell: Shell,
    },
    /// Prints the genesis document from which a stopped chain goes on: that of a node, or one of a local network.
    Export(Export),
}

/// Options of every command that speaks to a node.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// URL of the node's RPC; the provider of the local network where nothing is given.
    #[arg(long)]
    pub(crate) node: Option<String>,
    #[command(flatten)]
    pub(crate) keyring: Keyring,
    /// Output format; `text` where nothing is given, nor in client.toml.
    #[arg(short, long)]
    pub(crate) output: Option<Format>,
}

#[derive(Debug, Args)]
pub(crate) struct Localnet {
    /// Folder that keeps the network; see `ics status --help` for where nothing is given.
    #[arg(long)]
    pub(crate) home: Option<PathBuf>,
    /// Forgets the network in the folder and starts over.
    #[arg(long)]
    pub(crate) reset: bool,
    /// Added to every port.
    #[arg(long, default_value_t = 0)]
    pub(crate) port_offset: u16,
    /// Time between blocks once the network is ready, e.g. `1s` or `250ms`.
    #[arg(long, default_value = "1s", value_parser = duration)]
    pub(crate) block_time: std::time::Duration,
    /// Who relays between the chains.
    #[arg(long, default_value = "embedded")]
    pub(crate) relayer: Relayer,
    /// How Hermes hears of blocks; it pulls where nothing is given.
    #[arg(long)]
    pub(crate) event_source: Option<EventSource>,
    /// What makes the blocks; where nothing is said, what made them before in this folder, or the embedded engine.
    #[arg(long)]
    pub(crate) engine: Option<Engine>,
    /// How many validators, 1 or 4, where CometBFT makes the blocks: each has a node on every chain.
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(["1", "4"]))]
    pub(crate) validators: Option<String>,
}

/// How Hermes hears of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum EventSource {
    /// It asks for each.
    Pull,
    /// It is told of each, by websocket.
    Push,
}

/// What makes the blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Engine {
    /// This process, for all validators.
    Embedded,
    /// CometBFT 0.38, a process for each node; `ICS_COMETBFT` names it where it is not in the path.
    Cometbft,
}

/// Who relays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Relayer {
    /// This process.
    Embedded,
    /// Nobody: consumers launch and run, and whoever you start connects them.
    None,
    /// Hermes 1.10, which is set up in the home and run; `ICS_HERMES` names it where it is not in the path.
    Hermes,
}

/// The folder of a node.
#[derive(Debug, Args)]
pub(crate) struct NodeFolder {
    /// Folder of the node; `ICS_HOME`, or `~/.ics`, where nothing is given.
    #[arg(long)]
    home: Option<PathBuf>,
}

impl NodeFolder {
    pub(crate) fn path(&self) -> PathBuf {
        ics_node::node_home::NodeHome::choose(self.home.as_deref())
    }
}

#[derive(Debug, Args)]
pub(crate) struct Start {
    #[command(flatten)]
    pub(crate) home: NodeFolder,
    #[command(flatten)]
    pub(crate) settings: Settings,
    #[command(flatten)]
    pub(crate) log: Log,
    /// Where CometBFT finds the chain: `tcp://IP:PORT` or `unix://PATH`.
    #[arg(long, default_value = "tcp://127.0.0.1:26658")]
    pub(crate) address: ics_node::abci::Address,
    /// Where CometBFT's RPC is, which gRPC and REST ask for blocks and transactions: `tcp://IP:PORT`; as config/config.toml
    /// says where nothing is given.
    #[arg(long)]
    pub(crate) node: Option<String>,
    /// How CometBFT speaks to it.
    #[arg(long, default_value = "socket")]
    pub(crate) transport: Transport,
}

/// Keys of app.toml, given here instead.
#[derive(Debug, Args)]
#[command(next_help_heading = "Instead of config/app.toml")]
pub(crate) struct Settings {
    /// Least prices of gas, e.g. `0.001stake`.
    #[arg(long)]
    minimum_gas_prices: Option<String>,
    /// Which heights can be asked about: `default`, `nothing` (an archive), `everything` or `custom`.
    #[arg(long)]
    pruning: Option<String>,
    /// With `--pruning custom`: how many of the last heights. With `nothing`: how many of them in memory.
    #[arg(long)]
    pruning_keep_recent: Option<u64>,
    /// With `--pruning custom`: a number above 0.
    #[arg(long)]
    pruning_interval: Option<u64>,
    /// Stops after the block of this height.
    #[arg(long)]
    halt_height: Option<u64>,
    /// Stops after the first block of this time or later, in seconds since 1970.
    #[arg(long)]
    halt_time: Option<u64>,
    /// Of how many of the last blocks CometBFT keeps at least; 0: all.
    #[arg(long)]
    min_retain_blocks: Option<u64>,
    /// Whether the REST gateway is served.
    #[arg(long = "api.enable", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    api_enable: Option<bool>,
    /// Where the REST gateway is served.
    #[arg(long = "api.address")]
    api_address: Option<String>,
    /// Whether gRPC is served.
    #[arg(long = "grpc.enable", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    grpc_enable: Option<bool>,
    /// Where gRPC is served.
    #[arg(long = "grpc.address")]
    grpc_address: Option<String>,
}

impl Settings {
    pub(crate) fn overrides(self) -> Overrides {
        let text = |number: Option<u64>| number.map(|number| number.to_string());
        let switch = |value: Option<bool>| value.map(|value| value.to_string());
        let given = [
            ("minimum-gas-prices", self.minimum_gas_prices),
            ("pruning", self.pruning),
            ("pruning-keep-recent", text(self.pruning_keep_recent)),
            ("pruning-interval", text(self.pruning_interval)),
            ("halt-height", text(self.halt_height)),
            ("halt-time", text(self.halt_time)),
            ("min-retain-blocks", text(self.min_retain_blocks)),
            ("api.enable", switch(self.api_enable)),
            ("api.address", self.api_address),
            ("grpc.enable", switch(self.grpc_enable)),
            ("grpc.address", self.grpc_address),
        ];
        Overrides(given.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
    }
}

/// What is told on the standard error output while a node runs.
#[derive(Debug, Args)]
pub(crate) struct Log {
    /// How much is told.
    #[arg(long = "log_level", alias = "log-level", default_value = "info")]
    pub(crate) level: LogLevel,
    /// How it is written.
    #[arg(long = "log_format", alias = "log-format", default_value = "plain")]
    pub(crate) format: LogFormat,
}

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogLevel {
    /// All.
    Trace,
    /// What helps to find a fault.
    Debug,
    /// A line per block, and what follows.
    Info,
    /// What somebody should look at.
    Warn,
    /// What went wrong.
    Error,
    /// Nothing.
    Disabled,
}

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Plain,
    /// One JSON object a line.
    Json,
}

/// How CometBFT speaks to a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Transport {
    /// Length-prefixed messages on a socket.
    Socket,
    /// Refused, in words.
    #[value(hide = true)]
    Grpc,
}

fn duration(text: &str) -> Result<std::time::Duration, String> {
    let wrong = || format!("`{text}` is no duration: write 1s or 250ms");
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    if number == 0 {
        return Err("a block takes time: write 1s or 250ms".to_owned());
    }
    match unit {
        "ms" => Ok(std::time::Duration::from_millis(number)),
        "s" => Ok(std::time::Duration::from_secs(number)),
        _ => Err(wrong()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The chain; the provider where nothing is given.
    pub(crate) chain_id: Option<String>,
    /// Folder of the network; see `ics status --help` for where nothing is given.
    #[arg(long)]
    pub(crate) home: Option<PathBuf>,
}

/// Shells that complete commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "lower")]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}
