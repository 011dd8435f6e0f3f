//! Hermes as the relayer of a local network: one command of it at a time, each tied to this process.
//!
//! Journey: [`find`] before anything else → each block [`Hermes::step`]: what is missing is read off the chains → config and keys of new
//! chains → `create connection` and `create channel` for each consumer that has none → `start`, until a consumer comes.
//! While [`Hermes::is_deaf`] no block is made.
//! Source: Hermes' guide, "Commands" and "Configuration"; ICS-28, channel initialization.

mod config;
mod program;
mod tied;

pub(super) use program::find;

use super::{LocalnetError, Notice, Shared, lock};
use crate::home::{ChainFact, ChainRole, Facts, Home};
use ics_abci::Time;
use ics_client::GasPrice;
use ics_proto::ibc::core::channel::v1::{QueryChannelsRequest, QueryChannelsResponse, State as ChannelState};
use ics_proto::ibc::core::connection::v1::{
    QueryConnectionsRequest, QueryConnectionsResponse, State as ConnectionState,
};
use ics_world::{ChainIndex, World};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;
use tied::Tied;

/// Between a command that failed and the next one.
const PAUSE: Duration = Duration::from_secs(5);
/// How often a handshake is begun before the consumer is left alone.
const ATTEMPTS: u8 = 3;
/// What it says as soon as it hears of every block.
const LISTENS: &str = "Hermes has started";
/// Port of CCV on consumers.
const CONSUMER_PORT: &str = "consumer";

/// How Hermes hears of blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventSource {
    /// It asks for each.
    #[default]
    Pull,
    /// It is told of each, by websocket.
    Push,
}

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

/// What Hermes is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Task {
    /// A connection on the clients that both chains have of each other since genesis.
    Connect { consumer: String, provider: String, client: String, provider_client: String },
    /// The CCV channel.
    Open { consumer: String, connection: String },
    /// Everything that comes, between these chains.
    Relay { chains: Vec<String> },
}

impl Task {
    fn arguments(&self) -> Vec<&str> {
        match self {
            Self::Connect { consumer, provider_client, client, .. } => vec![
                "create",
                "connection",
                "--a-chain",
                consumer,
                "--a-client",
                client,
                "--b-client",
                provider_client,
            ],
            Self::Open { consumer, connection } => vec![
                "create",
                "channel",
                "--a-chain",
                consumer,
                "--a-connection",
                connection,
                "--a-port",
                CONSUMER_PORT,
                "--b-port",
                "provider",
                "--order",
                "ordered",
                "--channel-version",
                "1",
            ],
            Self::Relay { .. } => vec!["start"],
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Connect { consumer, provider, .. } => format!("connects {consumer} with {provider}"),
            Self::Open { consumer, .. } => format!("opens the CCV channel of {consumer}"),
            Self::Relay { chains } => format!("relays between {}", chains.join(", ")),
        }
    }

    /// The consumer that waits for it.
    fn consumer(&self) -> Option<&str> {
        match self {
            Self::Connect { consumer, .. } | Self::Open { consumer, .. } => Some(consumer),
            Self::Relay { .. } => None,
        }
    }
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
            refused: BTreeSet::new(),
            failures: BTreeMap::new(),
            not_before: Time::UNIX_EPOCH,
        }
    }

    /// Looks how it goes, and begins what is missing next.
    ///
    /// # Errors
    /// [`LocalnetError`] where its files cannot be written, or it does not start.
    pub(super) fn step(
        &mut self,
        world: &Shared,
        facts: &Facts,
        now: Time,
        notice: &mut dyn FnMut(Notice),
    ) -> Result<(), LocalnetError> {
        let chains = self.relayed(world, facts);
        if let Some((task, mut command)) = self.running.take() {
            let is_outdated = matches!(task, Task::Relay { .. }) && chains != self.known;
            match command.ended() {
                None if is_outdated => command.stop(),
                None => {
                    self.running = Some((task, command));
                    return Ok(());
                }
                Some(went_well) => self.judge(&task, went_well, now, notice),
            }
        }
        if now < self.not_before {
            return Ok(());
        }
        if chains != self.known {
            return self.know(chains, notice);
        }
        let task = self.next(&lock(world));
        notice(Notice::Hermes(HermesNews::Does(task.words())));
        let command = Tied::start(&self.program, &self.folder, &task.arguments())?;
        self.running = Some((task, command));
        Ok(())
    }

    /// Whether it has begun to scan the chains and does not listen to them yet: of a packet that is sent behind the scan and before
    /// it listens, Hermes learns only with the next one of the channel.
    pub(super) fn is_deaf(&mut self) -> bool {
        match &mut self.running {
            Some((Task::Relay { .. }, command)) => {
                command.ended().is_none() && !tied::has_said(&self.folder, LISTENS)
            }
            _ => false,
        }
    }

    /// The chains that it is to relay between.
    fn relayed(&self, world: &Shared, facts: &Facts) -> Vec<ChainFact> {
        let world = lock(world);
        let is_relayed =
            |chain: &&ChainFact| world.find(&chain.id).is_some() && !self.refused.contains(&chain.id);
        facts.chains.iter().filter(is_relayed).cloned().collect()
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
        notice(Notice::Hermes(HermesNews::Failed {
            what: task.words(),
            why: tied::last_words(&self.folder),
        }));
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
    fn next(&self, world: &World) -> Task {
        let consumers = self.known.iter().filter(|chain| chain.role == ChainRole::Consumer);
        let willing = consumers
            .filter(|chain| self.failures.get(&chain.id).is_none_or(|failures| *failures < ATTEMPTS));
        let missing = willing.filter_map(|chain| missing(world, &chain.id)).next();
        missing.unwrap_or_else(|| Task::Relay {
            chains: self.known.iter().map(|chain| chain.id.clone()).collect(),
        })
    }
}

/// What a consumer needs before its packets are relayed as they come. A channel that was closed is not opened again.
fn missing(world: &World, consumer: &str) -> Option<Task> {
    let (provider, index) = (ChainIndex(0), world.find(consumer)?);
    let (provider_client, client) = world.relayer().clients(provider, index)?;
    let path = "/ibc.core.channel.v1.Query/Channels";
    let channels: QueryChannelsResponse = world.ask(index, path, &QueryChannelsRequest::default()).ok()?;
    let is_settled = |state: i32| state == ChannelState::Open as i32 || state == ChannelState::Closed as i32;
    if channels.channels.iter().any(|channel| channel.port_id == CONSUMER_PORT && is_settled(channel.state)) {
        return None;
    }
    let path = "/ibc.core.connection.v1.Query/Connections";
    let connections: QueryConnectionsResponse =
        world.ask(index, path, &QueryConnectionsRequest::default()).ok()?;
    let open = connections.connections.into_iter().find(|connection| {
        connection.client_id == client && connection.state == ConnectionState::Open as i32
    });
    let consumer = consumer.to_owned();
    Some(match open {
        Some(connection) => Task::Open { consumer, connection: connection.id },
        None => Task::Connect {
            consumer,
            provider: world.site(provider)?.chain_id().to_owned(),
            client: client.to_owned(),
            provider_client: provider_client.to_owned(),
        },
    })
}
