//! What may be typed behind `ics keys`.

use crate::output::Format;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Where keys are.
#[derive(Clone, Debug, Args)]
pub(crate) struct Keyring {
    /// Folder of the network and its keys; `ICS_HOME`, `~/.ics/localnet` or `~/.ics` where nothing is given.
    #[arg(long)]
    pub(crate) home: Option<PathBuf>,
    /// How keys are kept: `test`, or `file` under a passphrase; `test` where nothing is given, nor in client.toml.
    #[arg(long)]
    pub(crate) keyring_backend: Option<String>,
    /// Folder of the keyring, where it is not the home.
    #[arg(long)]
    pub(crate) keyring_dir: Option<PathBuf>,
}

/// Options of the commands about keys.
#[derive(Debug, Args)]
pub(crate) struct KeysHome {
    #[command(flatten)]
    pub(crate) keyring: Keyring,
    /// Prefix of addresses.
    #[arg(long, default_value = "cosmos")]
    pub(crate) prefix: String,
    /// Output format; `text` where nothing is given, nor in client.toml.
    #[arg(short, long)]
    pub(crate) output: Option<Format>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Makes a key, or recovers one from its words.
    ///
    /// The words of a new key are printed once, on the error output, and kept nowhere.
    Add(AddKey),
    /// All keys: names and addresses.
    #[command(visible_alias = "ls")]
    List {
        /// Prints the names alone.
        #[arg(short = 'n', long)]
        list_names: bool,
        #[command(flatten)]
        home: KeysHome,
    },
    /// One key: its name, address and public key.
    Show {
        /// Its name, or its address.
        name: String,
        /// Prints the address alone.
        #[arg(short, long)]
        address: bool,
        /// Prints the public key alone.
        #[arg(short, long, conflicts_with = "address")]
        pubkey: bool,
        /// Which address: acc, val, or cons for a key that signs blocks.
        #[arg(long, default_value = "acc")]
        bech: String,
        #[command(flatten)]
        home: KeysHome,
    },
    /// Makes a key that signs blocks, and prints its public half as `assign-consensus-key` and `opt-in` take it.
    ///
    /// A local network that runs in the home signs with it from then on: a consumer whose validators use such keys is
    /// started when it launches.
    AddConsensus {
        /// Its name.
        name: String,
        #[command(flatten)]
        home: KeysHome,
    },
    /// Puts a key that was exported from a keyring into this one.
    Import {
        /// Its new name.
        name: String,
        /// The file with the armored key.
        file: PathBuf,
        #[command(flatten)]
        home: KeysHome,
    },
    /// Puts a bare secret key into the keyring.
    ImportHex {
        /// Its new name.
        name: String,
        /// 64 hexadecimal digits; asked for where nothing is given, which keeps them out of the shell's history.
        hex: Option<String>,
        #[command(flatten)]
        home: KeysHome,
    },
    /// Prints a secret key, hidden by a passphrase that is asked for.
    Export {
        /// Its name.
        name: String,
        /// Prints the secret as it is: 64 hexadecimal digits.
        #[arg(long, requires = "is_unsafe")]
        unarmored_hex: bool,
        /// Says that you know what that means.
        #[arg(long = "unsafe", requires = "unarmored_hex")]
        is_unsafe: bool,
        /// Does not ask.
        #[arg(short, long)]
        yes: bool,
        #[command(flatten)]
        home: KeysHome,
    },
    /// Forgets keys.
    Delete {
        /// Their names.
        #[arg(required = true)]
        names: Vec<String>,
        /// Does not ask.
        #[arg(short, long)]
        yes: bool,
        #[command(flatten)]
        home: KeysHome,
    },
    /// Gives a key another name.
    Rename {
        /// Its name.
        from: String,
        /// Its new name.
        to: String,
        /// Does not ask.
        #[arg(short, long)]
        yes: bool,
        #[command(flatten)]
        home: KeysHome,
    },
    /// Writes an address in hexadecimal digits, or such digits as addresses.
    Parse {
        /// An address, or hexadecimal digits.
        address: String,
        #[command(flatten)]
        home: KeysHome,
    },
    /// Prints 24 new words.
    Mnemonic,
}

#[derive(Debug, Args)]
pub(crate) struct AddKey {
    /// Its name.
    pub(crate) name: String,
    /// Asks for the words of a key that exists.
    #[arg(long)]
    pub(crate) recover: bool,
    /// With --recover: reads the words from a file.
    #[arg(long, requires = "recover")]
    pub(crate) source: Option<PathBuf>,
    /// Keeps nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Does not print the words.
    #[arg(long)]
    pub(crate) no_backup: bool,
    /// Account number of the derivation path.
    #[arg(long, default_value_t = 0)]
    pub(crate) account: u32,
    /// Address number of the derivation path.
    #[arg(long, default_value_t = 0)]
    pub(crate) index: u32,
    /// Coin type of the derivation path.
    #[arg(long, default_value_t = 118)]
    pub(crate) coin_type: u32,
    /// The whole derivation path, in place of its three numbers.
    #[arg(long)]
    pub(crate) hd_path: Option<String>,
    /// Keeps a public key alone, given as `{"@type":"/cosmos.crypto.secp256k1.PubKey","key":"…"}`.
    #[arg(long, conflicts_with_all = ["recover", "no_backup", "hd_path"])]
    pub(crate) pubkey: Option<String>,
    #[command(flatten)]
    pub(crate) home: KeysHome,
}
