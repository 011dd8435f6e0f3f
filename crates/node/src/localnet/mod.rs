//! The local network as a process: a world tied to the wall clock, its disks and its servers.
//!
//! Journey: [`run`] → [`World::step`] as fast as there is work, then once per block time → notices to whoever prints.

mod backend;
mod comet;
mod databases;
mod export;
mod facts;
mod failure;
mod hermes;
mod keys;
mod ports;
mod serving;
mod tied;

pub use export::export;
pub use failure::LocalnetError;
pub use hermes::{EventSource, HermesNews};

use crate::disk::survive_file_limit;
use crate::home::{ChainFact, Engine, Facts, Hold, Home};
use databases::Databases;
use failure::explain;
use hermes::{Hermes, Pair};
use ics_abci::Time;
use ics_world::{ChainIndex, Effect, Plan, Progress, Relaying, World};
use keys::HomeKeys;
use serving::Serving;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How often a waiting network looks whether it should stop.
const GLANCE: Duration = Duration::from_millis(20);

/// How long nothing may be told while the network is not ready.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Between two blocks at most while Hermes sets up what the network is not ready without.
const SETTING_UP: Duration = Duration::from_millis(200);

/// How long the chains stand still at most for Hermes to listen.
const DEAF_MAX: Duration = Duration::from_secs(60);

/// Who relays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RelayedBy {
    /// This process. The network is ready when every consumer is secured.
    #[default]
    Embedded,
    /// Somebody else, or nobody. The network is ready when every consumer runs.
    Nobody,
    /// Hermes, which this process sets up and runs. The network is ready when every consumer is secured and Hermes hears of
    /// new blocks.
    Hermes(EventSource),
}

/// The same while Hermes sets up: each of its commands takes many seconds.
const TELL_OF_HERMES_EVERY: Duration = Duration::from_secs(10);

/// What the user asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the network lives.
    pub home: PathBuf,
    /// Whether to forget what is there.
    pub reset: bool,
    /// Added to every port.
    pub port_offset: u16,
    /// Between two blocks once the network is ready.
    pub block_time: Duration,
    /// Who relays.
    pub relayed_by: RelayedBy,
    /// What makes the blocks; where nothing is said, what made them before, or this program.
    pub engine: Option<Engine>,
    /// How many validators the network has; where nothing is said, as many as before, or all of the embedded engine's and one
    /// on CometBFT.
    pub validators: Option<usize>,
    /// The program `ics`, which nodes on CometBFT are started with.
    pub program: PathBuf,
}

/// What is to be told as it happens.
#[derive(Clone, Debug)]
pub enum Notice {
    /// The network has begun, or goes on; what is known of it.
    Opened {
        /// Its facts so far.
        facts: Facts,
        /// Whether it was there before.
        resumed: bool,
    },
    /// A chain serves.
    Serving(crate::home::ChainFact),
    /// Prometheus finds metrics.
    Metrics {
        /// Of which chain; none where it is of all of them.
        chain_id: Option<String>,
        /// Where.
        urls: Vec<String>,
    },
    /// A chain runs, but its ports are in use; they are tried again each block.
    Unserved {
        /// Which chain.
        chain_id: String,
        /// Why.
        why: String,
    },
    /// A consumer that somebody made by hand is secured.
    Secured {
        /// Which chain.
        chain_id: String,
        /// Its validators and their powers.
        members: Vec<(String, i64)>,
    },
    /// Something happened in the world.
    Effect {
        /// On which chain, where it is one.
        chain_id: Option<String>,
        /// What.
        effect: Effect,
    },
    /// A node of a chain has ended, and is started again.
    NodeEnded {
        /// Which chain.
        chain_id: String,
        /// Whose.
        moniker: String,
        /// Why.
        why: String,
    },
    /// Something became of Hermes.
    Hermes(HermesNews),
    /// The network is not ready, and nothing was told for a while.
    Waiting {
        /// Since the start of the process's work.
        since: Duration,
        /// How far the world's clock is; behind the wall clock after a long pause.
        clock: Time,
    },
    /// The network is ready, see [`RelayedBy`].
    Ready {
        /// All facts.
        facts: Facts,
        /// Validators and powers per chain.
        sets: Vec<(String, Vec<(String, i64)>)>,
        /// Since the start of the process's work.
        took: Duration,
    },
}

type Shared = Arc<Mutex<World>>;

fn lock(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The wall clock: the one place of this crate that reads it for chains.
#[allow(clippy::disallowed_methods)]
fn wall() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::UNIX_EPOCH.plus(since).unwrap_or(Time::UNIX_EPOCH)
}

/// Runs the network until `stop` is set or it cannot go on.
///
/// # Errors
/// [`LocalnetError`], after which the home is as the last announced blocks left it.
pub fn run(
    options: &Options,
    stop: &AtomicBool,
    notice: &mut dyn FnMut(Notice),
) -> Result<(), LocalnetError> {
    let (engine, validators) = choose(options)?;
    match engine {
        Engine::Embedded => embedded(options, stop, notice),
        Engine::CometBft => comet::run(options, validators, stop, notice),
    }
}

/// Validators of the embedded network.
const VALIDATORS: usize = 4;

/// The engine and the number of validators: what the home has, where it has a network that is to go on.
fn choose(options: &Options) -> Result<(Engine, usize), LocalnetError> {
    let known = match Home::existing(&options.home) {
        Ok(home) if !options.reset => home.facts()?,
        _ => None,
    };
    let known = known.map(|facts| (facts.engine, facts.validators.len()));
    let engine = options.engine.or(known.map(|(engine, _)| engine)).unwrap_or_default();
    let usual = if engine == Engine::Embedded { VALIDATORS } else { 1 };
    let validators = options.validators.or(known.map(|(_, validators)| validators)).unwrap_or(usual);
    let words = |(engine, validators): (Engine, usize)| match engine {
        Engine::Embedded => "on the embedded engine".to_owned(),
        Engine::CometBft => format!("of {validators} on CometBFT"),
    };
    match known {
        Some(found) if found != (engine, validators) => Err(LocalnetError::OtherNetwork {
            path: options.home.clone(),
            found: words(found),
            asked: words((engine, validators)),
        }),
        _ if engine == Engine::Embedded && validators != VALIDATORS => Err(LocalnetError::Options(
            "the embedded engine runs a network of four validators: leave out --validators, or add --engine cometbft",
        )),
        _ => Ok((engine, validators)),
    }
}

/// Takes the home for this process, once its ports are free for the planned chains and those that it has; empties it where that
/// is asked for: nothing is forgotten before it is clear that a new network can start.
fn claim(
    options: &Options,
    planned: usize,
    is_free: impl Fn(&Home, usize) -> Result<(), LocalnetError>,
) -> Result<(Home, Hold), LocalnetError> {
    if options.reset {
        let (home, hold) = Home::claim(&options.home)?;
        is_free(&home, planned)?;
        hold.reset()?;
        return Ok((home, hold));
    }
    let home = Home::open(&options.home)?;
    let hold = home.hold()?;
    let known = home.facts()?.map_or(0, |facts| facts.chains.len());
    is_free(&home, planned.max(known))?;
    Ok((home, hold))
}

fn embedded(
    options: &Options,
    stop: &AtomicBool,
    notice: &mut dyn FnMut(Notice),
) -> Result<(), LocalnetError> {
    let began = wall();
    let plan = Plan::local();
    let program = match options.relayed_by {
        RelayedBy::Embedded | RelayedBy::Nobody => None,
        RelayedBy::Hermes(events) => Some((hermes::find()?, events)),
    };
    let is_free = |_: &Home, chains| ports::check(options.port_offset, chains);
    let (home, _hold) = claim(options, plan.consumers.len().saturating_add(1), is_free)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(LocalnetError::Runtime)?;
    survive_file_limit(&runtime).map_err(LocalnetError::Runtime)?;
    let known = home.facts()?;
    let resumed = known.is_some();
    facts::write_keys(&home, &plan)?;
    let databases = Databases::new(home.clone(), known.as_ref());
    let keys = HomeKeys::new(home.clone());
    let world = World::open_with_keys(plan.clone(), wall(), Box::new(databases), Box::new(keys))
        .map_err(|error| explain(home.path(), error))?;
    let mut world = world;
    if options.relayed_by != RelayedBy::Embedded {
        world.relayer_mut().relay(Relaying::Nothing);
    }
    let world: Shared = Arc::new(Mutex::new(world));
    let mut hermes =
        program.map(|(program, events)| Hermes::new(program, &home, plan.gas_price.clone(), events));
    let mut facts = known.unwrap_or_else(|| facts::people(&plan));
    let mut serving = Serving::new(options.port_offset);
    serving.serve_new(&runtime, &world, &mut facts, notice)?;
    let url = format!("http://{}/metrics", serving.serve_metrics(&runtime)?);
    notice(Notice::Metrics { chain_id: None, urls: vec![url] });
    home.write_facts(&facts)?;
    notice(Notice::Opened { facts: facts.clone(), resumed });

    let mut announced = false;
    let mut told = began;
    while !stop.load(Ordering::Relaxed) {
        let now = wall();
        let made;
        let (effects, ready, founded, behind) = {
            let mut world = lock(&world);
            let effects = world.step(now).map_err(|error| explain(home.path(), error))?;
            made = effects.iter().filter_map(made_by).collect::<Vec<_>>();
            (
                named(|chain| world.site(*chain).map(|site| site.chain_id().to_owned()), effects),
                world.is_ready(),
                world.is_founded(),
                world.is_behind(now),
            )
        };
        serving.made_blocks(&made, wall().since(now));
        serving.announce(behind);
        let ready = if options.relayed_by == RelayedBy::Nobody { founded } else { ready };
        let started = effects.iter().any(|(_, effect)| matches!(effect, Effect::ConsumerStarted { .. }));
        if effects.iter().any(|(_, effect)| !matches!(effect, Effect::Block { txs: 0, .. })) {
            told = now;
        }
        for (chain_id, effect) in effects {
            let secured = secured_by_hand(&world, &effect);
            notice(Notice::Effect { chain_id, effect });
            secured.into_iter().for_each(&mut *notice);
        }
        let patience = if hermes.is_some() { TELL_OF_HERMES_EVERY } else { TELL_EVERY };
        if (!ready || behind) && now.since(told) >= patience {
            told = now;
            notice(Notice::Waiting { since: now.since(began), clock: lock(&world).now() });
        }
        let is_due = started || serving.has_unserved();
        if is_due && serving.serve_new(&runtime, &world, &mut facts, notice)? {
            home.write_facts(&facts)?;
        }
        if ready && !announced && !behind && hermes.as_ref().is_none_or(Hermes::listens) {
            announced = true;
            let (sets, took) = (facts::sets(&lock(&world)), wall().since(began));
            notice(Notice::Ready { facts: facts.clone(), sets, took });
        }
        if let Some(hermes) = hermes.as_mut().filter(|_| founded && !behind) {
            let look =
                |consumer: &str, show: &mut dyn FnMut(&Pair<'_>)| show_pair(&lock(&world), consumer, show);
            let is_open = |chain: &&ChainFact| lock(&world).find(&chain.id).is_some();
            let chains: Vec<ChainFact> = facts.chains.iter().filter(is_open).cloned().collect();
            hermes.step(&chains, &look, now, notice)?;
            let began = wall();
            while hermes.is_deaf() && wall().since(began) < DEAF_MAX && !stop.load(Ordering::Relaxed) {
                std::thread::sleep(GLANCE);
            }
        }
        if ready && !behind {
            rest(now, options.block_time, stop);
        } else if hermes.is_some() && founded && !behind {
            rest(now, options.block_time.min(SETTING_UP), stop);
        }
    }
    drop(hermes);
    drop(serving);
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(())
}

/// Shows a consumer and its provider, where both run and know each other.
fn show_pair(world: &World, consumer: &str, show: &mut dyn FnMut(&Pair<'_>)) {
    let provider = ChainIndex(0);
    let Some(index) = world.find(consumer) else { return };
    let sites = (world.site(provider), world.site(index), world.relayer().clients(provider, index));
    if let (Some(provider), Some(consumer), Some((provider_client, client))) = sites {
        show(&Pair { provider, consumer, client, provider_client });
    }
}

/// The chain that made a block.
const fn made_by(effect: &Effect) -> Option<ChainIndex> {
    match effect {
        Effect::Block { chain, .. } => Some(*chain),
        _ => None,
    }
}

/// The set of a consumer that is in no plan, when it is secured.
fn secured_by_hand(world: &Shared, effect: &Effect) -> Option<Notice> {
    let Effect::Progress(Progress::Secured(chain_id)) = effect else { return None };
    let world = lock(world);
    if world.plan().consumers.iter().any(|planned| planned.chain_id == *chain_id) {
        return None;
    }
    let members = facts::members(&world, world.find(chain_id)?);
    Some(Notice::Secured { chain_id: chain_id.clone(), members })
}

/// Waits for the next block's time, or until the network is to stop.
fn rest(since: Time, block_time: Duration, stop: &AtomicBool) {
    while wall().since(since) < block_time && !stop.load(Ordering::Relaxed) {
        std::thread::sleep(GLANCE.min(block_time));
    }
}

/// Effects with the ids of their chains, where they have one.
fn named(
    name: impl Fn(&ChainIndex) -> Option<String>,
    effects: Vec<Effect>,
) -> Vec<(Option<String>, Effect)> {
    effects
        .into_iter()
        .map(|effect| {
            let chain_id = match &effect {
                Effect::Block { chain, .. }
                | Effect::TxFailed { chain, .. }
                | Effect::Relayed { chain, .. }
                | Effect::RelayFailed { chain, .. }
                | Effect::Stands { chain, .. }
                | Effect::Halted { chain, .. }
                | Effect::ConsumerStarted { chain, .. } => name(chain),
                Effect::LaunchFailed { chain_id, .. } | Effect::Unstarted { chain_id, .. } => {
                    Some(chain_id.clone())
                }
                Effect::Progress(_) | Effect::KeysUnreadable { .. } => None,
            };
            (chain_id, effect)
        })
        .collect()
}
