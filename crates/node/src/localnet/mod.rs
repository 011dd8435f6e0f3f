//! The local network as a process: a world tied to the wall clock, its disks and its servers.
//!
//! Journey: [`run`] → [`World::step`] as fast as there is work, then once per block time → notices to whoever prints.

mod backend;
mod databases;
mod facts;
mod failure;
mod integrity;
mod ports;

pub use failure::LocalnetError;

use crate::home::{Facts, Home};
use crate::rpc::{Reach, ServeError, Server, serve_grpc, serve_rpc};
use backend::ChainBackend;
use databases::Databases;
use failure::explain;
use ics_abci::Time;
use ics_world::{ChainIndex, Effect, Plan, World};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How often a waiting network looks whether it should stop.
const GLANCE: Duration = Duration::from_millis(20);

/// How long nothing may be told while the network is not ready.
const TELL_EVERY: Duration = Duration::from_secs(1);

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
    /// Something happened in the world.
    Effect {
        /// On which chain, where it is one.
        chain_id: Option<String>,
        /// What.
        effect: Effect,
    },
    /// The network is not ready, and nothing was told for a second.
    Waiting {
        /// Since the start of the process's work.
        since: Duration,
        /// How far the world's clock is; behind the wall clock after a long pause.
        clock: Time,
    },
    /// Every consumer is secured.
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
    let began = wall();
    // Nothing is forgotten before it is clear that a new network can start.
    let (home, _hold) = if options.reset {
        let (home, hold) = Home::claim(&options.home)?;
        ports::check(options.port_offset)?;
        hold.reset()?;
        (home, hold)
    } else {
        let home = Home::open(&options.home)?;
        let hold = home.hold()?;
        ports::check(options.port_offset)?;
        (home, hold)
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(LocalnetError::Runtime)?;
    survive_file_limit(&runtime)?;
    let known = home.facts()?;
    let resumed = known.is_some();
    let plan = Plan::local();
    facts::write_keys(&home, &plan)?;
    let databases = Databases::new(home.clone(), known.as_ref());
    let world = World::open(plan.clone(), wall(), Box::new(databases))
        .map_err(|error| explain(home.path(), error))?;
    let world: Shared = Arc::new(Mutex::new(world));
    let mut facts = known.unwrap_or_else(|| facts::people(&plan));
    let mut servers: Vec<(Server, Server)> = Vec::new();
    serve_new(&runtime, &world, options, &mut facts, &mut servers, notice)?;
    home.write_facts(&facts)?;
    notice(Notice::Opened { facts: facts.clone(), resumed });

    let mut announced = false;
    let mut told = began;
    while !stop.load(Ordering::Relaxed) {
        let now = wall();
        let (effects, ready, behind) = {
            let mut world = lock(&world);
            let effects = world.step(now).map_err(|error| explain(home.path(), error))?;
            (named(&world, effects), world.is_ready(), world.is_behind(now))
        };
        let started = effects.iter().any(|(_, effect)| matches!(effect, Effect::ConsumerStarted { .. }));
        if effects.iter().any(|(_, effect)| !matches!(effect, Effect::Block { txs: 0, .. })) {
            told = now;
        }
        for (chain_id, effect) in effects {
            notice(Notice::Effect { chain_id, effect });
        }
        if (!ready || behind) && now.since(told) >= TELL_EVERY {
            told = now;
            notice(Notice::Waiting { since: now.since(began), clock: lock(&world).now() });
        }
        if started {
            serve_new(&runtime, &world, options, &mut facts, &mut servers, notice)?;
            home.write_facts(&facts)?;
        }
        if ready && !announced && !behind {
            announced = true;
            let (sets, took) = (facts::sets(&lock(&world)), wall().since(began));
            notice(Notice::Ready { facts: facts.clone(), sets, took });
        }
        if ready && !behind {
            rest(now, options.block_time, stop);
        }
    }
    drop(servers);
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(())
}

/// `SIGXFSZ`, whose number is the same on Linux and macOS.
const FILE_LIMIT_SIGNAL: i32 = 25;

/// Catches the signal that ends a process which writes beyond its file size limit: the write fails instead, and is told of
/// as a full disk. The handler stays for the rest of the process.
fn survive_file_limit(runtime: &tokio::runtime::Runtime) -> Result<(), LocalnetError> {
    let _inside = runtime.enter();
    let kind = tokio::signal::unix::SignalKind::from_raw(FILE_LIMIT_SIGNAL);
    tokio::signal::unix::signal(kind).map(drop).map_err(LocalnetError::Runtime)
}

/// Waits for the next block's time, or until the network is to stop.
fn rest(since: Time, block_time: Duration, stop: &AtomicBool) {
    while wall().since(since) < block_time && !stop.load(Ordering::Relaxed) {
        std::thread::sleep(GLANCE.min(block_time));
    }
}

fn named(world: &World, effects: Vec<Effect>) -> Vec<(Option<String>, Effect)> {
    let name = |chain: &ChainIndex| world.site(*chain).map(|site| site.chain_id().to_owned());
    effects
        .into_iter()
        .map(|effect| {
            let chain_id = match &effect {
                Effect::Block { chain, .. }
                | Effect::TxFailed { chain, .. }
                | Effect::Relayed { chain, .. }
                | Effect::RelayFailed { chain, .. }
                | Effect::Stands { chain, .. }
                | Effect::ConsumerStarted { chain, .. } => name(chain),
                Effect::Progress(_) => None,
            };
            (chain_id, effect)
        })
        .collect()
}

/// Serves every chain that is not served yet, on the ports of its place.
fn serve_new(
    runtime: &tokio::runtime::Runtime,
    world: &Shared,
    options: &Options,
    facts: &mut Facts,
    servers: &mut Vec<(Server, Server)>,
    notice: &mut dyn FnMut(Notice),
) -> Result<(), LocalnetError> {
    let count = lock(world).sites().len();
    for index in servers.len()..count {
        let (rpc, grpc) = ports::of(index, options.port_offset)?;
        let Some(backend) = ChainBackend::new(world, ChainIndex(index), rpc) else { continue };
        let backend = Arc::new(backend);
        let (json, raw) = runtime
            .block_on(async {
                let json = serve_rpc(Arc::<ChainBackend>::clone(&backend), rpc, Reach::Loopback).await?;
                let raw = serve_grpc(backend, grpc, Reach::Loopback).await?;
                Ok::<_, ServeError>((json, raw))
            })
            .map_err(LocalnetError::Port)?;
        servers.push((json, raw));
        let fact = facts::chain(&lock(world), ChainIndex(index), rpc, grpc);
        match facts.chains.iter_mut().find(|known| known.id == fact.id) {
            Some(known) => known.clone_from(&fact),
            None => facts.chains.push(fact.clone()),
        }
        notice(Notice::Serving(fact));
    }
    Ok(())
}
