//! Commands on the home of a node that does not run: `init`, `genesis …`, `comet …`, `config …`, `prune`.

use crate::args::{AccountKeys, Comet, Config, Genesis, Gentx, Init, Prune, SettingsFormat};
use crate::output::{print, tell};
use crate::settings::Settings;
use crate::{Failure, keys, output};
use ics_abci::{Height, Time};
use ics_client::{Key, consensus};
use ics_node::app_toml::Pruning;
use ics_node::node_home::{NodeHome, NodeHomeError, node_id};
use ics_node::operator::{self, GenTxPlan, InitPlan, KeepPeers, OperatorError};
use std::io::BufRead as _;
use zeroize::Zeroizing;

impl From<OperatorError> for Failure {
    fn from(error: OperatorError) -> Self {
        Self(error.to_string())
    }
}

impl From<NodeHomeError> for Failure {
    fn from(error: NodeHomeError) -> Self {
        Self(error.to_string())
    }
}

/// `ics init`. What it tells goes to the error output, as with gaiad.
pub(crate) fn init(options: Init) -> Result<(), Failure> {
    let words = if options.recover { Some(words()?) } else { None };
    let plan = InitPlan {
        moniker: options.moniker,
        chain_id: options.chain_id,
        denom: options.default_denom,
        kind: options.role,
        initial_height: Height(options.initial_height),
        genesis_time: now()?,
        overwrite: options.overwrite,
        words,
    };
    let made = operator::init(&NodeHome::at(&options.home.path()), &plan)?;
    output::aside(&made.to_json());
    Ok(())
}

/// Words of the standard input, on one line.
fn words() -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(String::new());
    let read = std::io::stdin().lock().read_line(&mut line);
    read.map_err(|error| Failure(format!("cannot read the words: {error}")))?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let words = Zeroizing::new(words.join(" "));
    Key::from_mnemonic_index(&words, 0).map_err(|error| Failure(format!("{error}: nothing was made")))?;
    Ok(words)
}

fn now() -> Result<Time, Failure> {
    #[allow(clippy::disallowed_methods, reason = "a new chain begins now")]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Time::UNIX_EPOCH.plus(now).map_err(|error| Failure(format!("the clock of this machine: {error}")))
}

pub(crate) fn genesis(command: Genesis) -> Result<(), Failure> {
    match command {
        Genesis::AddGenesisAccount { account, coins, append, keys } => {
            let home = NodeHome::at(&keys.home.path());
            let address = if ics_abci::from_bech32(&account).is_ok() {
                account
            } else {
                let unknown = |Failure(why)| Failure(format!("`{account}` is no address, and {why}"));
                key(&keys, &account).map_err(unknown)?.address().to_text(operator::prefix(&home)?)
            };
            Ok(operator::add_account(&home, &address, &coins, append)?)
        }
        Genesis::Gentx(options) => gentx(*options),
        Genesis::CollectGentxs { gentx_dir, home } => {
            let collected = operator::collect(&NodeHome::at(&home.path()), gentx_dir.as_deref())?;
            output::aside(&collected.to_json());
            Ok(())
        }
        Genesis::Validate { file, home } => {
            let path = operator::validate(&NodeHome::at(&home.path()), file.as_deref())?;
            print(&format!("File at {} is a valid genesis file\n", path.display()))
        }
    }
}

fn gentx(options: Gentx) -> Result<(), Failure> {
    let home = NodeHome::at(&options.keys.home.path());
    let key = key(&options.keys, &options.key)?;
    let plan = GenTxPlan {
        amount: options.amount,
        moniker: options.moniker,
        identity: options.identity,
        website: options.website,
        security_contact: options.security_contact,
        details: options.details,
        commission_rate: options.commission_rate,
        commission_max_rate: options.commission_max_rate,
        commission_max_change_rate: options.commission_max_change_rate,
        min_self_delegation: options.min_self_delegation,
        ip: options.ip,
        chain_id: options.chain_id,
        output: options.output_document,
    };
    let path = operator::gentx(&home, &key, &plan)?;
    output::aside(&format!("Genesis transaction written to \"{}\"", path.display()));
    Ok(())
}

/// The key of a name.
fn key(options: &AccountKeys, name: &str) -> Result<Key, Failure> {
    let settings = Settings::at(options.home.path())?;
    let ring = settings.ring_in(options.keyring_backend.as_ref(), options.keyring_dir.as_deref())?;
    let record = keys::named(&ring, name)?;
    record
        .key()
        .cloned()
        .ok_or_else(|| Failure(format!("only the public half of `{name}` is here: it cannot sign")))
}

pub(crate) fn comet(command: Comet) -> Result<(), Failure> {
    match command {
        Comet::ShowNodeId(home) => {
            let key = NodeHome::at(&home.path()).node_key()?;
            print(&format!("{}\n", node_id(&key.public())))
        }
        Comet::ShowValidator(home) => {
            let key = NodeHome::at(&home.path()).validator_key()?;
            print(&format!("{}\n", consensus::key_json(&key.public())))
        }
        Comet::ShowAddress(home) => {
            let home = NodeHome::at(&home.path());
            let prefix = operator::prefix(&home)?;
            print(&format!("{}\n", home.validator_key()?.address().to_text(&format!("{prefix}valcons"))))
        }
        Comet::UnsafeResetAll { keep_addr_book, home } => {
            let home = NodeHome::at(&home.path());
            operator::reset(&home, if keep_addr_book { KeepPeers::Yes } else { KeepPeers::No })?;
            let data = home.path().join("data");
            tell(&format!("all of {} is removed; the node has signed nothing now", data.display()));
            Ok(())
        }
    }
}

pub(crate) fn config(command: Config) -> Result<(), Failure> {
    match command {
        Config::Get { file, key, home } => {
            print(&format!("{}\n", operator::get(&NodeHome::at(&home.path()), file.into(), &key)?))
        }
        Config::Set { file, key, value, home } => {
            Ok(operator::set(&NodeHome::at(&home.path()), file.into(), &key, &value)?)
        }
        Config::View { file, output_format, home } => {
            let home = NodeHome::at(&home.path());
            match output_format {
                SettingsFormat::Toml => print(&operator::view(&home, file.into())?),
                SettingsFormat::Json => print(&format!("{:#}\n", operator::view_json(&home, file.into())?)),
            }
        }
    }
}

pub(crate) fn prune(options: &Prune) -> Result<(), Failure> {
    let pruning = match &options.strategy {
        None => None,
        Some(strategy) => {
            let read = Pruning::of(strategy, options.pruning_keep_recent, options.pruning_interval);
            Some(read.map_err(|(key, expected)| Failure(format!("{key} takes {expected}")))?)
        }
    };
    let pruned = ics_node::abci::prune(&options.home.path(), pruning)?;
    tell(&format!(
        "heights {} to {} are kept; the database had {} bytes and has {}",
        pruned.oldest, pruned.last, pruned.bytes_before, pruned.bytes_after
    ));
    Ok(())
}
