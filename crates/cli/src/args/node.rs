//! What an operator may type: commands on the home of a node that does not run.

use super::NodeFolder;
use clap::{Args, Subcommand, ValueEnum};
use ics_node::app_toml::ChainKind;
use ics_node::operator::File;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The node's name.
    pub(crate) moniker: String,
    /// The chain's id; made up where nothing is given.
    #[arg(long)]
    pub(crate) chain_id: Option<String>,
    /// The denomination that is staked.
    #[arg(long, alias = "default-bond-denom", default_value = "stake")]
    pub(crate) default_denom: String,
    /// What the chain is in interchain security.
    #[arg(long, default_value = "provider", value_parser = role)]
    pub(crate) role: ChainKind,
    /// Height of the first block.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) initial_height: u64,
    /// Replaces a genesis document that is there. Keys stay.
    #[arg(short, long)]
    pub(crate) overwrite: bool,
    /// Reads words from the standard input, and derives the key that signs blocks from them.
    #[arg(long)]
    pub(crate) recover: bool,
    #[command(flatten)]
    pub(crate) home: NodeFolder,
}

fn role(word: &str) -> Result<ChainKind, String> {
    ChainKind::of(word).ok_or_else(|| "it takes provider, consumer or standalone".to_owned())
}

/// Where the keys of accounts are.
#[derive(Debug, Args)]
pub(crate) struct AccountKeys {
    #[command(flatten)]
    pub(crate) home: NodeFolder,
    /// How keys are kept.
    #[arg(long)]
    pub(crate) keyring_backend: Option<String>,
    /// Folder of the keyring, where it is not the home.
    #[arg(long)]
    pub(crate) keyring_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Genesis {
    /// Gives an account coins from the beginning.
    AddGenesisAccount {
        /// Its address, or the name of its key.
        account: String,
        /// Its coins, e.g. `1000000stake,5atom`.
        coins: String,
        /// Adds to an account that is there.
        #[arg(long)]
        append: bool,
        #[command(flatten)]
        keys: AccountKeys,
    },
    /// Makes this node one of the first validators: writes a transaction that its operator signs.
    Gentx(Box<Gentx>),
    /// Puts the transactions of all first validators into the genesis document.
    CollectGentxs {
        /// Where they are; config/gentx where nothing is given.
        #[arg(long)]
        gentx_dir: Option<PathBuf>,
        #[command(flatten)]
        home: NodeFolder,
    },
    /// Tries whether a chain starts from a genesis document.
    #[command(visible_alias = "validate-genesis")]
    Validate {
        /// The document; config/genesis.json where nothing is given.
        file: Option<PathBuf>,
        #[command(flatten)]
        home: NodeFolder,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Gentx {
    /// The operator's key.
    pub(crate) key: String,
    /// What it bonds, e.g. `1000000stake`.
    pub(crate) amount: String,
    /// Its name; the node's where nothing is given.
    #[arg(long)]
    pub(crate) moniker: Option<String>,
    /// A text that identifies it elsewhere.
    #[arg(long, default_value = "")]
    pub(crate) identity: String,
    /// Its page.
    #[arg(long, default_value = "")]
    pub(crate) website: String,
    /// Whom to tell of a fault.
    #[arg(long, default_value = "")]
    pub(crate) security_contact: String,
    /// More about it.
    #[arg(long, default_value = "")]
    pub(crate) details: String,
    /// Share of rewards that it keeps, 0 to 1.
    #[arg(long, default_value = "0.1")]
    pub(crate) commission_rate: String,
    /// The commission's bound for ever.
    #[arg(long, default_value = "0.2")]
    pub(crate) commission_max_rate: String,
    /// The most that the commission may change in a day.
    #[arg(long, default_value = "0.01")]
    pub(crate) commission_max_change_rate: String,
    /// The least that it must keep bonded.
    #[arg(long, default_value_t = 1)]
    pub(crate) min_self_delegation: u128,
    /// Where other nodes find it; this machine's address where nothing is given.
    #[arg(long)]
    pub(crate) ip: Option<String>,
    /// The chain's id, to be compared with that of the genesis document.
    #[arg(long)]
    pub(crate) chain_id: Option<String>,
    /// Where to write it; config/gentx where nothing is given.
    #[arg(long)]
    pub(crate) output_document: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) keys: AccountKeys,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Comet {
    /// What other nodes know this one by.
    ShowNodeId(NodeFolder),
    /// The public key that it signs blocks with.
    ShowValidator(NodeFolder),
    /// The address of that key.
    ShowAddress(NodeFolder),
    /// Forgets all blocks, the state, and what was signed. Unsafe: a validator of a chain that goes on would sign twice.
    UnsafeResetAll {
        /// Keeps the book of other nodes.
        #[arg(long)]
        keep_addr_book: bool,
        #[command(flatten)]
        home: NodeFolder,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// One key's value.
    Get {
        /// Which file of settings.
        file: SettingsFile,
        /// The key, e.g. `api.enable`.
        key: String,
        #[command(flatten)]
        home: NodeFolder,
    },
    /// Gives a key another value; comments stay.
    Set {
        /// Which file of settings.
        file: SettingsFile,
        /// The key, e.g. `api.enable`.
        key: String,
        /// Its new value.
        #[arg(allow_hyphen_values = true)]
        value: String,
        #[command(flatten)]
        home: NodeFolder,
    },
    /// The whole file.
    View {
        /// Which file of settings.
        file: SettingsFile,
        /// How it is printed.
        #[arg(long, default_value = "toml")]
        output_format: SettingsFormat,
        #[command(flatten)]
        home: NodeFolder,
    },
}

/// A file of settings.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SettingsFile {
    /// config/app.toml.
    App,
    /// config/client.toml.
    Client,
    /// config/config.toml, CometBFT's.
    Config,
}

impl From<SettingsFile> for File {
    fn from(file: SettingsFile) -> Self {
        match file {
            SettingsFile::App => Self::App,
            SettingsFile::Client => Self::Client,
            SettingsFile::Config => Self::Config,
        }
    }
}

/// How settings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SettingsFormat {
    /// As they are written.
    Toml,
    /// As JSON.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// Which heights stay: `default`, `everything` or `custom`; as app.toml says where nothing is given.
    pub(crate) strategy: Option<String>,
    /// With `custom`: how many of the last heights.
    #[arg(long, default_value_t = 0)]
    pub(crate) pruning_keep_recent: u64,
    /// With `custom`: a number above 0.
    #[arg(long, default_value_t = 10)]
    pub(crate) pruning_interval: u64,
    #[command(flatten)]
    pub(crate) home: NodeFolder,
}
