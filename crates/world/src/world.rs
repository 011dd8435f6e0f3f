//! A provider, its consumers, a relayer, one clock.

use crate::app_state::{TopologyError, provider_genesis};
use crate::bring_up::{self, BringUp, Progress};
use crate::effect::Effect;
use crate::keys::{KeySource, Keys, NoKeys};
use crate::launch;
use crate::plan::Plan;
use crate::relayer::Relayer;
use crate::site::{NewBlock, Site, SiteConfig, SiteError, stored_genesis};
use crate::topology::{self, CONSUMER_PREFIX, PROVIDER, PROVIDER_PREFIX};
use crate::unstarted::Unstarted;
use ics_abci::{BlockResult, ConsAddr, Genesis, Time};
use ics_chain::roles::{CONSUMER, PROVIDER as PROVIDER_ROLE};
use ics_chain::{Config as AppConfig, Rules};
use ics_client::KeyError;
use ics_engine::{EngineError, Keyring, Signing};
use ics_kv::rows::{Disk, DiskError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Heights whose state can be asked about.
const KEPT: usize = 100;
/// Blocks between checkpoints of the state.
const CHECKPOINT_EVERY: u64 = 1_000;
/// Most that the clock advances in a step: far below a third of any trusting period, so that after a long sleep clients
/// are refreshed on the way instead of found expired.
const STRIDE: Duration = Duration::from_secs(86_400);

/// A chain's place in the world; the provider's is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChainIndex(pub usize);

/// Where chains are kept.
pub trait DiskFactory: Send {
    /// The disk of a chain; the same one each time it is asked.
    ///
    /// # Errors
    /// [`DiskError`] as the device gives it.
    fn disk(&mut self, chain_id: &str) -> Result<Arc<dyn Disk>, DiskError>;

    /// The disk of a chain that was kept here before; none where this would be the first time.
    ///
    /// # Errors
    /// [`DiskError`] as the device gives it.
    fn stored(&mut self, chain_id: &str) -> Result<Option<Arc<dyn Disk>>, DiskError>;
}

/// Disks in memory.
#[derive(Default)]
pub struct InMemory(BTreeMap<String, Arc<dyn Disk>>);

impl DiskFactory for InMemory {
    fn disk(&mut self, chain_id: &str) -> Result<Arc<dyn Disk>, DiskError> {
        let disk = self.0.entry(chain_id.to_owned());
        Ok(Arc::clone(disk.or_insert_with(|| Arc::new(crate::disk::MemoryDisk::default()))))
    }

    fn stored(&mut self, chain_id: &str) -> Result<Option<Arc<dyn Disk>>, DiskError> {
        Ok(self.0.get(chain_id).map(Arc::clone))
    }
}

/// Why a world cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// A chain.
    #[error("{chain}: {error}")]
    Site {
        /// Which.
        chain: String,
        /// Why.
        error: SiteError,
    },
    /// A disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// A genesis document.
    #[error(transparent)]
    Topology(#[from] TopologyError),
    /// A key of the mnemonic.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The provider gave an answer that does not decode.
    #[error("the provider's answer to {0} does not decode")]
    Answer(String),
}

/// A world.
pub struct World {
    plan: Plan,
    sites: Vec<Site>,
    relayer: Relayer,
    bring_up: BringUp,
    disks: Box<dyn DiskFactory>,
    signing: BTreeMap<ChainIndex, Signing>,
    /// Chains that lack signatures for their next block.
    standing: BTreeSet<ChainIndex>,
    /// Consumers' chains that cannot go on.
    halted: BTreeSet<ChainIndex>,
    /// Launched consumers whose chains are not started here, by what the provider calls them.
    unstarted: BTreeMap<String, Unstarted>,
    keys: Keys,
    /// Whether keys came in this step.
    has_new_keys: bool,
    /// What was to be told when the world was opened.
    untold: Vec<Effect>,
    now: Time,
}

impl World {
    /// Opens the local network, see [`World::open`].
    ///
    /// # Errors
    /// [`WorldError`].
    pub fn local(now: Time, disks: Box<dyn DiskFactory>) -> Result<Self, WorldError> {
        Self::open(Plan::local(), now, disks)
    }

    /// Opens the network of a plan: a new provider at `now` where the disks are empty, else what they hold.
    ///
    /// # Errors
    /// [`WorldError`].
    pub fn open(plan: Plan, now: Time, disks: Box<dyn DiskFactory>) -> Result<Self, WorldError> {
        Self::open_with_keys(plan, now, disks, Box::new(NoKeys))
    }

    /// The same, signing with keys beside those of the plan too: a consumer whose validators use them starts.
    ///
    /// # Errors
    /// [`WorldError`].
    pub fn open_with_keys(
        plan: Plan,
        now: Time,
        mut disks: Box<dyn DiskFactory>,
        keys: Box<dyn KeySource>,
    ) -> Result<Self, WorldError> {
        let disk = disks.disk(PROVIDER)?;
        let stored = stored_genesis(&*disk).map_err(at(PROVIDER))?;
        let genesis = match stored {
            Some(genesis) => genesis,
            None => provider_genesis(&plan, now)?,
        };
        let provider = open(&plan, &[], &genesis, None, disk)?;
        let relayer = Relayer::new(topology::key(topology::RELAYER_INDEX)?, plan.gas_price.clone());
        let now = provider.next_time();
        let mut world = Self {
            plan,
            sites: vec![provider],
            relayer,
            bring_up: BringUp::default(),
            disks,
            signing: BTreeMap::new(),
            standing: BTreeSet::new(),
            halted: BTreeSet::new(),
            unstarted: BTreeMap::new(),
            keys: Keys::new(keys),
            has_new_keys: false,
            untold: Vec::new(),
            now,
        };
        world.untold = world.learn_keys();
        let listed =
            world.site(bring_up::HOME).map_or_else(|| Ok(Vec::new()), |home| bring_up::listed(home))?;
        let started = launch::start_launched(&mut world, &listed)?;
        world.untold.extend(started.into_iter().filter(|effect| matches!(effect, Effect::Unstarted { .. })));
        Ok(world)
    }

    /// Lets the clock go toward `now`, makes one block on every chain, relays, and takes the next step of what the network
    /// still has to set up. The clock never goes back, and at most a day forward: see [`World::is_behind`].
    ///
    /// # Errors
    /// [`WorldError`]; the world is to be thrown away and opened anew.
    pub fn step(&mut self, now: Time) -> Result<Vec<Effect>, WorldError> {
        let furthest = self.now.plus(STRIDE).unwrap_or(now);
        self.now = now.min(furthest).max(self.now);
        let mut effects = std::mem::take(&mut self.untold);
        effects.extend(self.learn_keys());
        for index in 0..self.sites.len() {
            effects.extend(self.produce(ChainIndex(index))?);
        }
        effects.extend(self.relayer.step(&mut self.sites, self.now));
        effects.extend(bring_up::step(self)?);
        Ok(effects)
    }

    /// Whether the clock has not reached `now` yet.
    #[must_use]
    pub fn is_behind(&self, now: Time) -> bool {
        self.now < now
    }

    /// What the network was founded as.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The world's clock.
    #[must_use]
    pub fn now(&self) -> Time {
        self.now
    }

    /// Signs with keys that have come since, and looks again at consumers that waited for them.
    fn learn_keys(&mut self) -> Vec<Effect> {
        self.has_new_keys = false;
        match self.keys.refresh() {
            Ok(new) => {
                self.has_new_keys = !new.is_empty();
                for site in &mut self.sites {
                    for key in &new {
                        site.engine_mut().keyring_mut().add(key.seed());
                    }
                }
                Vec::new()
            }
            Err(why) => vec![Effect::KeysUnreadable { why }],
        }
    }

    fn produce(&mut self, chain: ChainIndex) -> Result<Vec<Effect>, WorldError> {
        if self.halted.contains(&chain) {
            return Ok(Vec::new());
        }
        let Some(site) = self.sites.get_mut(chain.0) else { return Ok(Vec::new()) };
        let usual = Signing::default();
        let signing = self.signing.get(&chain).unwrap_or(&usual);
        match site.produce(self.now, signing) {
            Ok(block) => {
                self.standing.remove(&chain);
                Ok(seen(chain, &block))
            }
            // A chain without enough signatures stands still until they come back; the others go on.
            Err(SiteError::Engine(EngineError::NoQuorum(lack))) => {
                let is_news = self.standing.insert(chain);
                let stands = Effect::Stands { chain, height: lack.height, missing: lack.missing };
                Ok(Vec::from_iter(is_news.then_some(stands)))
            }
            // Nor does a consumer that breaks stop its provider.
            Err(SiteError::Engine(EngineError::Halt(halt))) if site.consumer_id().is_some() => {
                self.halted.insert(chain);
                Ok(vec![Effect::Halted { chain, why: halt.to_string() }])
            }
            Err(error) => Err(WorldError::Site { chain: site.chain_id().to_owned(), error }),
        }
    }

    /// A chain.
    #[must_use]
    pub fn site(&self, chain: ChainIndex) -> Option<&Site> {
        self.sites.get(chain.0)
    }

    /// A chain, to submit to it.
    pub fn site_mut(&mut self, chain: ChainIndex) -> Option<&mut Site> {
        self.sites.get_mut(chain.0)
    }

    /// The chain of an id.
    #[must_use]
    pub fn find(&self, chain_id: &str) -> Option<ChainIndex> {
        self.sites.iter().position(|site| site.chain_id() == chain_id).map(ChainIndex)
    }

    /// The chain of a consumer, by what the provider calls it.
    #[must_use]
    pub fn find_consumer(&self, consumer_id: &str) -> Option<ChainIndex> {
        self.sites.iter().position(|site| site.consumer_id() == Some(consumer_id)).map(ChainIndex)
    }

    /// Why the chain of a launched consumer is not started here; none where it runs, or has not launched.
    #[must_use]
    pub fn unstarted(&self, consumer_id: &str) -> Option<&Unstarted> {
        self.unstarted.get(consumer_id)
    }

    /// Whether this world signs with a key on a chain.
    #[must_use]
    pub fn holds(&self, chain_id: &str, addr: &ConsAddr) -> bool {
        let mut planned = self.plan.keys_for(chain_id);
        self.keys.name(addr).is_some() || planned.any(|key| key.address() == *addr)
    }

    /// The name of a key that is held beside those of the plan.
    #[must_use]
    pub fn key_name(&self, addr: &ConsAddr) -> Option<&str> {
        self.keys.name(addr)
    }

    /// All chains, the provider first.
    #[must_use]
    pub fn sites(&self) -> &[Site] {
        &self.sites
    }

    /// Prefix of accounts on a chain.
    #[must_use]
    pub fn prefix(&self, chain: ChainIndex) -> &'static str {
        self.site(chain).map_or(PROVIDER_PREFIX, Site::prefix)
    }

    /// What the provider calls a consumer; none for the provider.
    #[must_use]
    pub fn consumer_id(&self, chain: ChainIndex) -> Option<&str> {
        self.site(chain)?.consumer_id()
    }

    /// The relayer.
    #[must_use]
    pub fn relayer(&self) -> &Relayer {
        &self.relayer
    }

    /// The relayer, to tell it what to do.
    pub fn relayer_mut(&mut self) -> &mut Relayer {
        &mut self.relayer
    }

    /// How far the network is.
    #[must_use]
    pub fn progress(&self) -> &[Progress] {
        self.bring_up.reached()
    }

    /// Whether every consumer of the plan has applied an update of its provider.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.bring_up.is_ready(&self.plan)
    }

    /// Whether every consumer of the plan has launched and runs: from here on nothing is missing but what a relayer does.
    #[must_use]
    pub fn is_founded(&self) -> bool {
        self.bring_up.is_founded(&self.plan)
    }

    /// Who signs the blocks of a chain from now on.
    pub fn sign(&mut self, chain: ChainIndex, signing: Signing) {
        self.signing.insert(chain, signing);
    }

    /// Notes why a consumer's chain is not started; says whether that is news.
    pub(crate) fn give_up(&mut self, consumer_id: &str, why: Unstarted) -> bool {
        let is_news = self.unstarted.get(consumer_id) != Some(&why);
        self.unstarted.insert(consumer_id.to_owned(), why);
        is_news
    }

    pub(crate) const fn has_new_keys(&self) -> bool {
        self.has_new_keys
    }

    pub(crate) fn disks_mut(&mut self) -> &mut dyn DiskFactory {
        &mut *self.disks
    }

    pub(crate) fn bring_up_mut(&mut self) -> &mut BringUp {
        &mut self.bring_up
    }

    /// Opens a consumer's chain: resumes it where its disk holds one, else starts it from `genesis`.
    pub(crate) fn add_consumer(
        &mut self,
        genesis: &Genesis,
        consumer_id: &str,
    ) -> Result<ChainIndex, WorldError> {
        let disk = self.disks.disk(&genesis.chain_id)?;
        let keys: Vec<[u8; 32]> = self.keys.iter().map(|key| key.seed()).collect();
        let site = open(&self.plan, &keys, genesis, Some(consumer_id), disk)?;
        self.sites.push(site);
        self.unstarted.remove(consumer_id);
        Ok(ChainIndex(self.sites.len().saturating_sub(1)))
    }
}

pub(crate) fn at(chain: &str) -> impl FnOnce(SiteError) -> WorldError {
    let chain = chain.to_owned();
    move |error| WorldError::Site { chain, error }
}

fn open(
    plan: &Plan,
    more_keys: &[[u8; 32]],
    genesis: &Genesis,
    consumer_id: Option<&str>,
    disk: Arc<dyn Disk>,
) -> Result<Site, WorldError> {
    let chain_id = &genesis.chain_id;
    let price = plan.gas_price.clone();
    let (prefix, role) = match consumer_id {
        None => (PROVIDER_PREFIX, &PROVIDER_ROLE),
        Some(_) => (CONSUMER_PREFIX, &CONSUMER),
    };
    let app = AppConfig {
        chain_id: chain_id.clone(),
        prefix,
        initial_height: genesis.initial_height,
        min_gas_prices: vec![(price.denom, price.price)],
        keep: KEPT,
        moniker: chain_id.clone(),
        rules: Rules::default(),
    };
    let keyring =
        Keyring::from_seeds(plan.keys_for(chain_id).map(|key| key.seed()).chain(more_keys.iter().copied()));
    let consumer_id = consumer_id.map(str::to_owned);
    let config = SiteConfig { app, role, consumer_id, keyring, disk, checkpoint_every: CHECKPOINT_EVERY };
    Site::open(genesis, config).map_err(at(chain_id))
}

/// The genesis document of a chain of the local network that does not run, from its disk alone; none where the disk is
/// empty.
///
/// # Errors
/// [`WorldError`] where the disk is damaged.
pub fn export(
    chain_id: &str,
    consumer_id: Option<&str>,
    disk: Arc<dyn Disk>,
) -> Result<Option<Genesis>, WorldError> {
    let Some(genesis) = stored_genesis(&*disk).map_err(at(chain_id))? else { return Ok(None) };
    let site = open(&Plan::local(), &[], &genesis, consumer_id, disk)?;
    site.export().map(Some).map_err(at(chain_id))
}

fn seen(chain: ChainIndex, block: &NewBlock) -> Vec<Effect> {
    let BlockResult { txs, events, validators, .. } = &block.result;
    Effect::of_block(chain, (block.height, block.time), txs, events, validators.len())
}
