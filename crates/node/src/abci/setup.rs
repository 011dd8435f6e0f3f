//! A home in CometBFT's layout: `config/genesis.json` says which chain, `config/app.toml` what of it this node is,
//! `data/application.redb` holds its state.

use super::Address;
use super::chain::{Chain, OWNER, Retention};
use super::failure::{StartError, of_disk, of_state};
use crate::disk::{Database, Sync, create, integrity};
use ics_abci::{Dec, Genesis, Height};
use ics_chain::roles::{CONSUMER, PROVIDER, STANDALONE};
use ics_chain::{App, Config, Role, Rules};
use ics_client::GasPrice;
use ics_kv::rows::{Disk, Rows as _};
use ics_world::genesis_from_json;
use ics_world::topology::{CONSUMER_PREFIX, PROVIDER_PREFIX};
use serde::Deserialize;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many of the last heights can be asked about.
const KEPT: usize = 1_000;

/// What `ics start` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The home.
    pub home: PathBuf,
    /// Where to listen for CometBFT.
    pub address: Address,
}

/// What a chain is in interchain security.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChainKind {
    /// It secures others.
    Provider,
    /// It is secured.
    Consumer,
    /// It secures itself, and nobody else.
    Standalone,
}

impl ChainKind {
    fn role(self) -> &'static Role {
        match self {
            Self::Provider => &PROVIDER,
            Self::Consumer => &CONSUMER,
            Self::Standalone => &STANDALONE,
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Provider | Self::Standalone => PROVIDER_PREFIX,
            Self::Consumer => CONSUMER_PREFIX,
        }
    }
}

impl fmt::Display for ChainKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.role().name)
    }
}

/// `config/app.toml`; the names that it shares with the SDK's mean the same.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AppToml {
    role: ChainKind,
    #[serde(default)]
    minimum_gas_prices: String,
    #[serde(default)]
    min_retain_blocks: u64,
}

/// A chain that can be served, and what holds its home for this process.
pub(super) struct Opened {
    pub(super) chain: Chain,
    pub(super) chain_id: String,
    pub(super) kind: ChainKind,
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
    let Opened { chain, database, hold: _hold, disk, .. } = open(home)?;
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
pub(super) fn open(home: &Path) -> Result<Opened, StartError> {
    let genesis = genesis(&home.join("config").join("genesis.json"))?;
    let (kind, min_gas_prices, blocks_min) = app_toml(&home.join("config").join("app.toml"))?;
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
    let owner = format!("{kind} {}", genesis.chain_id);
    if let Some(row) = disk.row(OWNER.0, OWNER.1).map_err(at)? {
        let found = String::from_utf8_lossy(&row).into_owned();
        if found != owner {
            return Err(StartError::OtherChain { path, expected: owner, found });
        }
    }
    let config = Config {
        chain_id: genesis.chain_id.clone(),
        prefix: kind.prefix(),
        initial_height: genesis.initial_height,
        min_gas_prices,
        keep: KEPT,
        moniker: genesis.chain_id.clone(),
        rules: Rules::default(),
    };
    let app = App::recover(&*disk, config, kind.role()).map_err(|error| of_state(path.clone(), error))?;
    let evidence_blocks = u64::try_from(genesis.params.evidence_max_age_blocks).unwrap_or(0);
    let retention = Retention { blocks_min, evidence_blocks };
    let chain = Chain::new(app, Arc::clone(&disk) as Arc<dyn Disk>, owner, genesis.initial_height, retention);
    Ok(Opened { chain, chain_id: genesis.chain_id, kind, database: path, hold, disk })
}

fn genesis(path: &Path) -> Result<Genesis, StartError> {
    let text = text_of(path, "put the chain's genesis document there, the one that CometBFT starts with")?;
    genesis_from_json(&text)
        .map_err(|error| StartError::Malformed { path: path.to_owned(), why: error.to_string() })
}

type Settings = (ChainKind, Vec<(String, Dec)>, u64);

fn app_toml(path: &Path) -> Result<Settings, StartError> {
    let advice = "write into it what the chain is: role = \"provider\", \"consumer\" or \"standalone\"";
    let text = text_of(path, advice)?;
    let malformed = |why: String| StartError::Malformed { path: path.to_owned(), why };
    let read: AppToml =
        toml::from_str(&text).map_err(|error| malformed(error.message().replace('\n', " ")))?;
    let listed = read.minimum_gas_prices.split(',').map(str::trim).filter(|price| !price.is_empty());
    let prices = listed.map(|text| text.parse::<GasPrice>().map(|price| (price.denom, price.price)));
    let prices: Result<_, _> = prices.collect();
    let prices = prices.map_err(|error| malformed(format!("minimum-gas-prices: {error}")))?;
    Ok((read.role, prices, read.min_retain_blocks))
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
