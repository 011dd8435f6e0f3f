//! What may be typed.

use crate::output::Format;
use clap::{Args, Parser, Subcommand};
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
    /// Runs a provider and two consumers, relayed, in this process.
    Localnet(Localnet),
    /// Sends a transaction.
    #[command(subcommand)]
    Tx(Tx),
    /// Asks a node: `ics query MODULE QUERY [ARG]...`, or `ics query tx HASH`.
    #[command(visible_alias = "q")]
    Query(Query),
    /// The keyring of the home.
    #[command(subcommand)]
    Keys(Keys),
    /// Where a node stands.
    Status(Common),
}

/// Options of every command that speaks to a node.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// URL of the node's RPC; the provider of the local network where nothing is given.
    #[arg(long)]
    pub(crate) node: Option<String>,
    /// Folder of the network and its keys; `ICS_HOME`, `~/.ics/localnet` or `~/.ics` where nothing is given.
    #[arg(long)]
    pub(crate) home: Option<PathBuf>,
    /// Output format.
    #[arg(short, long, default_value = "text")]
    pub(crate) output: Format,
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
}

fn duration(text: &str) -> Result<std::time::Duration, String> {
    let wrong = || format!("`{text}` is no duration: write 1s or 250ms");
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    match unit {
        "ms" => Ok(std::time::Duration::from_millis(number)),
        "s" => Ok(std::time::Duration::from_secs(number)),
        _ => Err(wrong()),
    }
}

/// How a transaction is priced and sent.
#[derive(Debug, Args)]
pub(crate) struct Terms {
    /// Does not ask before it sends.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Price of gas.
    #[arg(long, default_value = "0.001stake")]
    pub(crate) gas_prices: String,
    /// Most gas to use; a number, or `auto` for what a simulation used and half more.
    #[arg(long, default_value = "auto")]
    pub(crate) gas: String,
    /// A remark to go with the transaction.
    #[arg(long, default_value = "")]
    pub(crate) note: String,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Options of every transaction.
#[derive(Debug, Args)]
pub(crate) struct Signing {
    /// Name of the key that signs.
    #[arg(long)]
    pub(crate) from: String,
    #[command(flatten)]
    pub(crate) terms: Terms,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Tx {
    /// Stake.
    #[command(subcommand)]
    Staking(Staking),
    /// Coins.
    #[command(subcommand)]
    Bank(Bank),
    /// Securing consumers.
    #[command(subcommand)]
    Provider(Provider),
    /// Coins to another chain.
    #[command(subcommand, name = "ibc-transfer")]
    Transfer(Transfer),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Staking {
    /// Bonds coins to a validator.
    Delegate {
        /// The validator's operator address.
        validator: String,
        /// E.g. 5000000stake.
        amount: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Unbonds coins from a validator; they come back after the unbonding period.
    Unbond {
        /// The validator's operator address.
        validator: String,
        /// E.g. 5000000stake.
        amount: String,
        #[command(flatten)]
        signing: Signing,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Bank {
    /// Sends coins.
    Send {
        /// Who sends: a key's name, or its address.
        from: String,
        /// Who gets them: an address, or a key's name.
        to: String,
        /// E.g. 100stake.
        amount: String,
        #[command(flatten)]
        signing: SigningOf,
    },
}

/// As [`Signing`], where an argument already names who signs.
#[derive(Debug, Args)]
pub(crate) struct SigningOf {
    /// Name of the key that signs; the sender where nothing is given.
    #[arg(long = "from")]
    pub(crate) from_name: Option<String>,
    #[command(flatten)]
    pub(crate) terms: Terms,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Provider {
    /// Registers a consumer, described by a JSON file.
    CreateConsumer {
        /// The file: `chain_id`, `metadata`, `initialization_parameters`, …
        file: PathBuf,
        #[command(flatten)]
        signing: Signing,
    },
    /// Changes a consumer, described by a JSON file.
    UpdateConsumer {
        /// The file: `consumer_id` and what changes.
        file: PathBuf,
        #[command(flatten)]
        signing: Signing,
    },
    /// Stops a consumer.
    RemoveConsumer {
        /// Its id on the provider.
        consumer_id: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Offers to validate a consumer.
    OptIn {
        /// Its id on the provider.
        consumer_id: String,
        /// The key to sign with there, as `{"@type":"/cosmos.crypto.ed25519.PubKey","key":"…"}`.
        consumer_pubkey: Option<String>,
        #[command(flatten)]
        signing: Signing,
    },
    /// Stops to validate a consumer.
    OptOut {
        /// Its id on the provider.
        consumer_id: String,
        #[command(flatten)]
        signing: Signing,
    },
    /// Uses another consensus key on a consumer.
    AssignConsensusKey {
        /// Its id on the provider.
        consumer_id: String,
        /// The key, as `{"@type":"/cosmos.crypto.ed25519.PubKey","key":"…"}`.
        consumer_pubkey: String,
        #[command(flatten)]
        signing: Signing,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Transfer {
    /// Sends coins over a channel.
    Transfer {
        /// Port here, `transfer`.
        port: String,
        /// Channel here, e.g. channel-1.
        channel: String,
        /// Who gets them there.
        receiver: String,
        /// E.g. 100stake.
        amount: String,
        /// Nanoseconds since 1970 after which they come back; ten minutes after the last block where nothing is given.
        #[arg(long)]
        packet_timeout_timestamp: Option<u64>,
        #[command(flatten)]
        signing: Signing,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Query {
    /// Module, query and its arguments.
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// All keys: names and addresses.
    List {
        #[command(flatten)]
        home: KeysHome,
    },
    /// One key: its name, address and public key.
    Show {
        /// Its name.
        name: String,
        /// Prints the address alone.
        #[arg(short, long)]
        address: bool,
        /// Which address: acc, val or cons.
        #[arg(long, default_value = "acc")]
        bech: String,
        #[command(flatten)]
        home: KeysHome,
    },
}

/// Options of the commands about keys.
#[derive(Debug, Args)]
pub(crate) struct KeysHome {
    /// Folder of the network and its keys.
    #[arg(long)]
    pub(crate) home: Option<PathBuf>,
    /// Prefix of addresses.
    #[arg(long, default_value = "cosmos")]
    pub(crate) prefix: String,
    /// Output format.
    #[arg(short, long, default_value = "text")]
    pub(crate) output: Format,
}
