//! Hermes as the relayer of a local network: one command of it at a time, each tied to this process.
//!
//! Journey: [`find`] before anything else → each block [`Hermes::step`]: what is missing is read off the chains → config and keys of new
//! chains → `create connection` and `create channel` for each consumer that has none → `start`, until a consumer comes.
//! While [`Hermes::is_deaf`] the embedded engine makes no block; other chains go on. What Hermes overlooked it finds when it scans: it
//! is started again where packets wait or handshakes stand still.
//! Source: Hermes' guide, "Commands" and "Configuration"; ICS-28, channel initialization.

mod config;
mod half_open;
mod log;
mod program;
mod task;
mod unreceived;
mod waits;

pub(super) use program::find;

use super::tied::Tied;
use super::{LocalnetError, Notice};
use crate::home::{ChainFact, ChainRole, Home};
use ics_abci::Time;
use ics_client::GasPrice;
use ics_relay::View;
use ics_world::AskError;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;
use task::Task;
use waits::{Waiting, Waits};

/// Between a command that failed and the next one.
const PAUSE: Duration = Duration::from_secs(5);
/// How often a handshake is begun before the consumer is left alone.
const ATTEMPTS: u8 = 5;
/// What it says as soon as it hears of every block.
const LISTENS: &str = "Hermes has started";
/// Between two looks at what waits.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How Hermes hears of blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventSource {
    /// It asks for each.
    #[default]
    Pull,
    /// It is told of each, by websocket.
    Push,
}

/// A consumer and its provider, as they answer now.
pub(super) struct Pair<'a> {
    pub(super) provider: &'a dyn View,
    pub(super) consumer: &'a dyn View,
    /// The client of the provider on the consumer since its genesis, and that of the consumer on the provider.
    pub(super) client: &'a str,
    pub(super) provider_client: &'a str,
}

/// Shows a consumer, by its chain id, where it runs.
pub(super) type Look<'a> = dyn Fn(&str, &mut dyn FnMut(&Pair<'_>)) + 'a;

/// What becomes of Hermes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HermesNews {
    /// It does something now.
    Does(String),
    /// Something that it did has failed, or has ended although it should not.
    Failed {
        /// What.
        what: String,
        /// Its last words.
        why: String,
    },
}

/// Hermes, and what it does.
pub(super) struct Hermes {
    program: PathBuf,
    /// Its config, its keys and what it says.
    folder: PathBuf,
    price: GasPrice,
    events: EventSource,
    /// The chains that its config names and whose key it has.
    known: Vec<ChainFact>,
    running: Option<(Task, Tied)>,
    /// Whether what runs hears of new blocks.
    listens: bool,
    waits: Waits,
    looked: Time,
    /// Chains that it takes no key for, which is told once; it relays between the others.
    refused: BTreeSet<String>,
    /// How often a consumer's handshake has failed.
    failures: BTreeMap<String, u8>,
    not_before: Time,
}

impl Hermes {
    /// Hermes for the network of a home, which does nothing yet.
    pub(super) fn new(program: PathBuf, home: &Home, price: GasPrice, events: EventSource) -> Self {
        Self {
            program,
            folder: home.hermes(),
            price,
            events,
            known: Vec::new(),
            running: None,
            listens: false,
            waits: Waits::default(),
            looked: Time::UNIX_EPOCH,
            refused: BTreeSet::new(),
            failures: BTreeMap::new(),
            not_before: Time::UNIX_EPOCH,
        }
    }

    /// Looks how it goes with these chains, all of which serve, and begins what is missing next.
    ///
    /// # Errors
    /// [`LocalnetError`] where its files cannot be written, or it does not start.
    pub(super) fn step(
        &mut self,
        chains: &[ChainFact],
        look: &Look<'_>,
        now: Time,
        notice: &mut dyn FnMut(Notice),
    ) -> Result<(), LocalnetError> {
        let chains: Vec<_> =
            chains.iter().filter(|chain| !self.refused.contains(&chain.id)).cloned().collect();
        if let Some((task, mut command)) = self.running.take() {
            let relays = matches!(task, Task::Relay { .. });
            match command.ended() {
                None if relays && chains != self.known => drop(command),
                None => match self.overlooked(look, now, notice).filter(|_| relays) {
                    Some(waiting) => {
                        let (what, why) = (task.words(), waiting.to_string());
                        notice(Notice::Hermes(HermesNews::Failed { what, why }));
                        drop(command);
                    }
                    None => {
                        self.running = Some((task, command));
                        return Ok(());
                    }
                },
                Some(status) => self.judge(&task, status.success(), now, notice),
            }
        }
        if now < self.not_before {
            return Ok(());
        }
        if chains != self.known {
            return self.know(chains, notice);
        }
        let task = self.next(look);
        notice(Notice::Hermes(HermesNews::Does(task.words())));
        self.listens = false;
        log::begin(&self.folder)?;
        let config = config::file(&self.folder);
        let arguments = ["--config".as_ref(), config.as_os_str()].into_iter();
        let arguments = arguments.chain(task.arguments().into_iter().map(OsStr::new));
        let command = Tied::start(&self.program, arguments, &log::file(&self.folder))?;
        self.running = Some((task, command));
        Ok(())
    }

    /// Whether it relays, and hears of every new block.
    pub(super) const fn listens(&self) -> bool {
        self.listens
    }

    /// What Hermes does not see to although it listens.
    fn overlooked(&mut self, look: &Look<'_>, now: Time, notice: &mut dyn FnMut(Notice)) -> Option<Waiting> {
        if !self.listens {
            self.listens = log::has_said(&self.folder, LISTENS);
            if self.listens {
                self.waits.begin(now);
                notice(Notice::Hermes(HermesNews::Does("hears of new blocks".to_owned())));
            }
            return None;
        }
        if now.since(self.looked) < LOOK_EVERY {
            return None;
        }
        self.looked = now;
        // Of a chain that does not answer nothing is known: then it is looked again later.
        let waiting = self.waiting(look).ok()?;
        self.waits.overdue(now, waiting)
    }

    /// What waits on the channels of all consumers.
    fn waiting(&self, look: &Look<'_>) -> Result<BTreeSet<Waiting>, AskError> {
        let mut found = BTreeSet::new();
        let mut failure = None;
        for chain in self.known.iter().filter(|chain| chain.role == ChainRole::Consumer) {
            look(&chain.id, &mut |pair| match between(pair) {
                Ok(waiting) => found.extend(waiting),
                Err(error) => failure = Some(error),
            });
        }
        failure.map_or(Ok(found), Err)
    }

    /// Whether it has begun to scan the chains and does not listen to them yet: of a packet that is sent behind the scan and before
    /// it listens, Hermes learns only with the next one of the channel.
    pub(super) fn is_deaf(&mut self) -> bool {
        match &mut self.running {
            Some((Task::Relay { .. }, command)) if !self.listens => {
                command.ended().is_none() && !log::has_said(&self.folder, LISTENS)
            }
            _ => false,
        }
    }

    /// What a command's end means.
    fn judge(&mut self, task: &Task, went_well: bool, now: Time, notice: &mut dyn FnMut(Notice)) {
        if went_well && task.consumer().is_some() {
            return;
        }
        if let Some(consumer) = task.consumer() {
            let failures = self.failures.entry(consumer.to_owned()).or_default();
            *failures = failures.saturating_add(1);
        }
        self.not_before = now.plus(PAUSE).unwrap_or(now);
        notice(Notice::Hermes(HermesNews::Failed { what: task.words(), why: log::last_words(&self.folder) }));
    }

    /// Writes the config and adds the keys of chains that have come. One whose id Hermes does not like is left out.
    fn know(&mut self, chains: Vec<ChainFact>, notice: &mut dyn FnMut(Notice)) -> Result<(), LocalnetError> {
        config::write(&self.folder, &chains, &self.price, self.events)?;
        for chain in &chains {
            if let Err(why) = config::add_key(&self.program, &self.folder, &chain.id) {
                self.refused.insert(chain.id.clone());
                let what = format!("takes a key for {}", chain.id);
                notice(Notice::Hermes(HermesNews::Failed { what, why }));
            }
        }
        self.known = chains;
        Ok(())
    }

    /// A consumer's handshake, one at a time because all of them are signed by one account; else relaying.
    fn next(&self, look: &Look<'_>) -> Task {
        let failures = |chain: &&ChainFact| self.failures.get(&chain.id).copied().unwrap_or_default();
        let consumers = self.known.iter().filter(|chain| chain.role == ChainRole::Consumer);
        let mut willing: Vec<_> = consumers.filter(|chain| failures(chain) < ATTEMPTS).collect();
        // One that cannot be connected keeps no other waiting.
        willing.sort_by_key(failures);
        let mut missing = None;
        for chain in willing {
            if missing.is_none() {
                look(&chain.id, &mut |pair| missing = task::missing(pair));
            }
        }
        missing.unwrap_or_else(|| Task::Relay {
            chains: self.known.iter().map(|chain| chain.id.clone()).collect(),
        })
    }
}

/// What waits between a consumer and its provider.
fn between(pair: &Pair<'_>) -> Result<Vec<Waiting>, AskError> {
    let mut found = half_open::between(pair)?;
    found.extend(unreceived::between(pair)?);
    Ok(found)
}
