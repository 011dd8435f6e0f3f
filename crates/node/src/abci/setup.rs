//! A home in CometBFT's layout: `config/genesis.json` says which chain, `config/app.toml` what of it this node is,
//! `data/application.redb` holds its state.

use super::Address;
use super::chain::{Chain, OWNER, Retention, Terms};
use super::doors::Doors;
use super::failure::{StartError, of_disk, of_state};
use crate::app_toml::{self, AppToml, AppTomlError, ChainKind, Overrides};
use crate::disk::{Database, Sync, create, integrity};
use ics_abci::{Genesis, Height};
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

const fn role(kind: ChainKind) -> &'static Role {
    match kind {
        ChainKind::Provider => &PROVIDER,
        ChainKind::Consumer => &CONSUMER,
        ChainKind::Standalone => &STANDALONE,
    }
}

/// Prefix of the addresses of a kind of chain.
pub(super) const fn prefix(kind: ChainKind) -> &'static str {
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
    disk: Arc<Database>,
}

/// Takes the last block back, so that CometBFT executes it again after a rollback of its own; gives the height before it.
/// The chain must not run meanwhile.
///
/// # Errors
/// [`StartError`]; [`StartError::Rollback`] where the block before is not there.
pub fn rollback(home: &Path) -> Result<Height, StartError> {
    let Opened { chain, database, hold: _hold, disk, .. } = open(home, &Overrides::default())?;
    let refused = |why: String| StartError::Rollback { path: database.clone(), why };
    let (last, _) = chain.last().ok_or_else(|| refused("there is no block".to_owned()))?;
    let writes = ics_store::rollback(&*disk, last.prev().0).map_err(|error| refused(error.to_string()))?;
    disk.write(writes).map_err(|error| of_disk(database.clone(), error))?;
    Ok(last.prev())
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
    let disk = Arc::new(Database::open(&path, Sync::EveryBlock).map_err(at)?);
    let evidence_blocks = u64::try_from(genesis.params.evidence_max_age_blocks).unwrap_or(0);
    let terms = Terms {
        chain_id: genesis.chain_id.clone(),
        kind,
        first: genesis.initial_height,
        retention: Retention { blocks_min: settings.min_retain_blocks, evidence_blocks },
        keep: settings.pruning.keep_recent,
        halt: settings.halt,
    };
    if let Some(row) = disk.row(OWNER.0, OWNER.1).map_err(at)? {
        let found = String::from_utf8_lossy(&row).into_owned();
        if found != terms.owner() {
            return Err(StartError::OtherChain { path, expected: terms.owner(), found });
        }
    }
    let config = Config {
        chain_id: genesis.chain_id.clone(),
        prefix: prefix(kind),
        initial_height: genesis.initial_height,
        min_gas_prices: settings.min_gas_prices.clone(),
        keep: usize::try_from(settings.pruning.keep_recent).unwrap_or(usize::MAX),
        moniker: genesis.chain_id.clone(),
        rules: Rules::default(),
    };
    let app = App::recover(&*disk, config, role(kind)).map_err(|error| of_state(path.clone(), error))?;
    let chain = Chain::new(app, Arc::clone(&disk) as Arc<dyn Disk>, terms);
    let doors = Doors::of(&settings);
    Ok(Opened { chain, chain_id: genesis.chain_id, kind, ignored, doors, database: path, hold, disk })
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
fn hold(home: &Path, path: &Path) -> Result<File, StartError> {
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
