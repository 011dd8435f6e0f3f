//! A home in CometBFT's layout: `config/genesis.json` says which chain, `config/app.toml` what of it this node is,
//! `data/application.redb` holds its state.

use super::Address;
use super::chain::{Chain, OWNER, Retention, Terms};
use super::doors::Doors;
use super::failure::{StartError, of_disk, of_state};
use crate::app_toml::{self, AppToml, AppTomlError, ChainKind, Overrides};
use crate::disk::{Database, create, integrity};
use crate::node_home::NodeHome;
use ics_abci::Genesis;
use ics_chain::roles::{CONSUMER, PROVIDER, STANDALONE};
use ics_chain::{App, Config, Role, Rules};
use ics_kv::rows::{Disk, Rows as _};
use ics_world::genesis_from_json;
use ics_world::topology::{CONSUMER_PREFIX, PROVIDER_PREFIX};
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What `ics start` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The home.
    pub home: PathBuf,
    /// Where to listen for CometBFT.
    pub address: Address,
    /// What the command's options say instead of `app.toml`.
    pub overrides: Overrides,
    /// Where CometBFT's RPC is, `tcp://IP:PORT`; as `config/config.toml` says where none is given.
    pub node: Option<String>,
}

/// What a chain of a kind does.
pub(crate) const fn role(kind: ChainKind) -> &'static Role {
    match kind {
        ChainKind::Provider => &PROVIDER,
        ChainKind::Consumer => &CONSUMER,
        ChainKind::Standalone => &STANDALONE,
    }
}

/// Its prefix of accounts.
pub(crate) const fn prefix(kind: ChainKind) -> &'static str {
    match kind {
        ChainKind::Provider | ChainKind::Standalone => PROVIDER_PREFIX,
        ChainKind::Consumer => CONSUMER_PREFIX,
    }
}

/// A chain that can be served, and what holds its home for this process.
pub(super) struct Opened {
    pub(super) chain: Chain,
    pub(super) chain_id: String,
    pub(super) kind: ChainKind,
    /// Keys of its `app.toml` that mean nothing here.
    pub(super) ignored: Vec<String>,
    pub(super) doors: Doors,
    pub(super) database: PathBuf,
    pub(super) hold: File,
    pub(super) genesis: Genesis,
    pub(super) disk: Arc<Database>,
}

/// Opens the home: its database is looked through before it is used, and made where there is none.
///
/// # Errors
/// [`StartError`].
pub(super) fn open(home: &Path, overrides: &Overrides) -> Result<Opened, StartError> {
    let genesis = genesis(&home.join("config").join("genesis.json"))?;
    let path = home.join("config").join("app.toml");
    let app_toml::Read { settings, ignored } = app_toml(&path, overrides)?;
    let kind = kind(&path, &settings, &genesis)?;
    NodeHome::at(home).check_keys()?;
    let data = home.join("data");
    fs::create_dir_all(&data).map_err(io_at(&data))?;
    let hold = hold(home, &data.join("application.lock"))?;

    let path = data.join("application.redb");
    let at = |error| of_disk(path.clone(), error);
    if path.exists() {
        integrity::check(&path).map_err(at)?;
    } else {
        create(&path).map_err(at)?;
    }
    let disk = Arc::new(Database::open(&path).map_err(at)?);
    let evidence_blocks = u64::try_from(genesis.params.evidence_max_age_blocks).unwrap_or(0);
    let terms = Terms {
        chain_id: genesis.chain_id.clone(),
        kind,
        first: genesis.initial_height,
        retention: Retention { blocks_min: settings.min_retain_blocks, evidence_blocks },
        pruning: settings.pruning,
        halt: settings.halt,
    };
    if let Some(row) = disk.row(OWNER.0, OWNER.1).map_err(at)? {
        let found = String::from_utf8_lossy(&row).into_owned();
        if found != terms.owner() {
            return Err(StartError::OtherChain { path, expected: terms.owner(), found });
        }
    }
    let config = Config {
        min_gas_prices: settings.min_gas_prices.clone(),
        keep: usize::try_from(settings.pruning.keep_recent).unwrap_or(usize::MAX),
        ..app_config(&genesis, kind)
    };
    let app = App::recover(&*disk, config, role(kind)).map_err(|error| of_state(path.clone(), error))?;
    let chain = Chain::new(app, Arc::clone(&disk) as Arc<dyn Disk>, terms);
    Ok(Opened {
        chain,
        chain_id: genesis.chain_id.clone(),
        kind,
        ignored,
        doors: Doors::of(&settings),
        database: path,
        hold,
        genesis,
        disk,
    })
}

/// How a chain of this genesis is set up where nobody says more.
pub(crate) fn app_config(genesis: &Genesis, kind: ChainKind) -> Config {
    Config {
        chain_id: genesis.chain_id.clone(),
        prefix: prefix(kind),
        initial_height: genesis.initial_height,
        min_gas_prices: Vec::new(),
        keep: 1,
        moniker: genesis.chain_id.clone(),
        rules: Rules::default(),
    }
}

/// What the chain of a home is.
///
/// # Errors
/// [`StartError`] where neither its settings nor its genesis tell.
pub(crate) fn role_of(home: &Path, genesis: &Genesis) -> Result<ChainKind, StartError> {
    let path = home.join("config").join("app.toml");
    let read = app_toml(&path, &Overrides::default())?;
    kind(&path, &read.settings, genesis)
}

fn genesis(path: &Path) -> Result<Genesis, StartError> {
    let text = text_of(path, "put the chain's genesis document there, the one that CometBFT starts with")?;
    genesis_from_json(&text)
        .map_err(|error| StartError::Malformed { path: path.to_owned(), why: error.to_string() })
}

fn app_toml(path: &Path, overrides: &Overrides) -> Result<app_toml::Read, StartError> {
    let advice = "write into it what the chain is: role = \"provider\", \"consumer\" or \"standalone\"";
    let text = text_of(path, advice)?;
    AppToml::read_with(&text, overrides).map_err(|error| match error {
        AppTomlError::Option(_) => StartError::Options(error),
        error => StartError::Malformed { path: path.to_owned(), why: error.to_string() },
    })
}

/// Where CometBFT's RPC is: as told, else as its configuration says, else where it usually is.
///
/// # Errors
/// [`StartError::Malformed`], [`StartError::Io`] of `config/config.toml`.
pub(super) fn comet(options: &Options) -> Result<String, StartError> {
    const USUAL: &str = "tcp://127.0.0.1:26657";
    if let Some(told) = &options.node {
        return Ok(told.clone());
    }
    let path = options.home.join("config").join("config.toml");
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(USUAL.to_owned()),
        Err(error) => return Err(io_at(&path)(error)),
    };
    let read: toml::Table = toml::from_str(&text).map_err(|error| StartError::Malformed {
        path: path.clone(),
        why: error.message().replace('\n', " "),
    })?;
    let told = read.get("rpc").and_then(|rpc| rpc.get("laddr")).and_then(toml::Value::as_str);
    Ok(told.filter(|told| !told.is_empty()).unwrap_or(USUAL).to_owned())
}

/// What the chain is: as the settings say, else as the genesis document does by the sections that it has.
fn kind(path: &Path, settings: &AppToml, genesis: &Genesis) -> Result<ChainKind, StartError> {
    let sections: BTreeMap<String, IgnoredAny> =
        serde_json::from_slice(&genesis.app_state).unwrap_or_default();
    let told = match (sections.contains_key("provider"), sections.contains_key("ccvconsumer")) {
        (true, false) => Some(ChainKind::Provider),
        (false, true) => Some(ChainKind::Consumer),
        _ => None,
    };
    settings.role.or(told).ok_or_else(|| StartError::Malformed {
        path: path.to_owned(),
        why: "it has no `role`, and the genesis document does not tell by a section `provider` or `ccvconsumer`: \
              write role = \"provider\", \"consumer\" or \"standalone\""
            .to_owned(),
    })
}

fn text_of(path: &Path, advice: &'static str) -> Result<String, StartError> {
    fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => StartError::Missing { path: path.to_owned(), advice },
        _ => StartError::Io { path: path.to_owned(), error },
    })
}

/// Takes the home for this process; the system lets go when the process ends, however it does.
///
/// # Errors
/// [`StartError::Busy`], [`StartError::Io`].
pub(crate) fn hold(home: &Path, path: &Path) -> Result<File, StartError> {
    let file = File::options().create(true).write(true).truncate(false).open(path).map_err(io_at(path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::Busy(home.to_owned())),
        Err(TryLockError::Error(error)) => Err(io_at(path)(error)),
    }
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> StartError {
    let path = path.to_owned();
    move |error| StartError::Io { path, error }
}
