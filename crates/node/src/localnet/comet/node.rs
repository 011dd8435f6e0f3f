//! A node of a chain: `ics start` and `cometbft start` in one home, started and ended together.

use crate::app_toml::ChainKind;
use crate::localnet::LocalnetError;
use crate::localnet::ports::NodeAddrs;
use crate::localnet::tied::Tied;
use crate::node_home::{Comet, NodeHome, Peer, Setup, Users, node_id};
use ics_abci::Time;
use ics_client::ConsensusKey;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Between the end of a node and its next start: so much longer each time that it ends in a row.
const PAUSE: Duration = Duration::from_secs(1);
/// How often a node may end in a row before it is said to.
const ENDS_MAX: u32 = 5;
/// How long a node has to run for what was before to be forgotten.
const STEADY: Duration = Duration::from_secs(30);

/// The programs that a node consists of.
#[derive(Clone, Debug)]
pub(super) struct Programs {
    /// This one: `ics`.
    pub(super) ics: PathBuf,
    pub(super) cometbft: PathBuf,
}

/// What one node has that others do not.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) chain_id: String,
    pub(super) kind: ChainKind,
    pub(super) moniker: String,
    pub(super) home: NodeHome,
    pub(super) addrs: NodeAddrs,
    /// Where it serves gRPC and REST, if it does.
    pub(super) users: Users,
}

/// A node.
pub(super) struct Node {
    place: Place,
    programs: Programs,
    running: Option<(Tied, Tied)>,
    /// When it was started last, and how often it has ended in a row.
    since: Time,
    ends: u32,
}

impl Place {
    /// The key that other nodes know it by.
    fn node_key(&self) -> ConsensusKey {
        ics_world::topology::assigned_key(&format!("{}/node", self.moniker), &self.chain_id)
    }

    /// As others reach it.
    pub(super) fn peer(&self) -> Peer {
        Peer { id: node_id(&self.node_key().public()), p2p: self.addrs.p2p }
    }

    fn comet(&self, peers: &[Peer], block_time: Duration) -> Comet {
        let own = self.peer();
        Comet {
            proxy_app: self.app_address(),
            rpc: self.addrs.rpc,
            p2p: self.addrs.p2p,
            metrics: Some(self.addrs.metrics),
            peers: peers.iter().filter(|peer| **peer != own).cloned().collect(),
            timeout_commit: block_time,
            is_local: true,
            log_level: "error",
            ..Comet::usual(&self.moniker)
        }
    }

    fn app_address(&self) -> String {
        format!("tcp://{}", self.addrs.abci)
    }

    /// Makes the home where it is not made yet, and writes what may differ from start to start.
    pub(super) fn prepare(
        &self,
        genesis: &str,
        key: &ConsensusKey,
        peers: &[Peer],
        block_time: Duration,
        gas_price: &str,
    ) -> Result<(), LocalnetError> {
        let comet = self.comet(peers, block_time);
        if !self.home.is_made() {
            self.home.make(&Setup {
                kind: self.kind,
                minimum_gas_prices: gas_price,
                genesis,
                comet: &comet,
                users: self.users,
                node_key: &self.node_key(),
                validator_key: key,
            })?;
        }
        self.home.write_comet(&comet)?;
        Ok(self.home.write_app(self.kind, gas_price, self.users)?)
    }
}

impl Node {
    /// A node that does not run yet, in a home that is prepared. What it said at earlier starts is forgotten.
    pub(super) fn new(place: Place, programs: Programs) -> Self {
        for log in [log(&place.home, APP), log(&place.home, COMET)] {
            let _ = fs::remove_file(log);
        }
        Self { place, programs, running: None, since: Time::UNIX_EPOCH, ends: 0 }
    }

    /// Where it is.
    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    /// Starts it where it does not run. Whichever of the two has ended, the other is ended too: CometBFT does not go on without
    /// its application. Says why it had ended, if that is news.
    ///
    /// # Errors
    /// [`LocalnetError::Node`] where it ends again and again.
    pub(super) fn tend(&mut self, now: Time) -> Result<Option<String>, LocalnetError> {
        let mut news = None;
        if let Some((app, comet)) = &mut self.running {
            let end = app.ended().map(|status| ("ics start", APP, status));
            let Some((program, name, status)) = end.or_else(|| comet.ended().map(|s| ("cometbft", COMET, s)))
            else {
                return Ok(None);
            };
            self.stop();
            let path = log(&self.place.home, name);
            let why = format!("{program} has ended ({status}): {}", last_line(&path));
            self.ends = if now.since(self.since) > STEADY { 1 } else { self.ends.saturating_add(1) };
            if self.ends >= ENDS_MAX {
                let (chain_id, moniker) = (self.place.chain_id.clone(), self.place.moniker.clone());
                return Err(LocalnetError::Node { chain_id, moniker, log: path, why });
            }
            self.since = now;
            news = Some(why);
        }
        if self.ends == 0 || now.since(self.since) >= PAUSE.saturating_mul(self.ends) {
            self.start(now)?;
        }
        Ok(news)
    }

    fn start(&mut self, now: Time) -> Result<(), LocalnetError> {
        let home = self.place.home.path();
        let (app_log, comet_log) = (log(&self.place.home, APP), log(&self.place.home, COMET));
        let address = self.place.app_address();
        let arguments = ["start".as_ref(), "--home".as_ref(), home.as_os_str()];
        let app = arguments.into_iter().chain(["--address".as_ref(), address.as_ref()]);
        let app = Tied::start(&self.programs.ics, app, &app_log)?;
        let comet = Tied::start(&self.programs.cometbft, arguments, &comet_log)?;
        self.running = Some((app, comet));
        self.since = now;
        Ok(())
    }

    /// Asks CometBFT to end, and does not wait for that.
    pub(super) fn release(&mut self) {
        if let Some((_, comet)) = &mut self.running {
            comet.release();
        }
    }

    /// Ends it: CometBFT first, which otherwise complains of its application.
    pub(super) fn stop(&mut self) {
        if let Some((app, comet)) = self.running.take() {
            drop(comet);
            drop(app);
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop();
    }
}

const APP: &str = "app.log";
const COMET: &str = "comet.log";

fn log(home: &NodeHome, name: &str) -> PathBuf {
    home.path().join(name)
}

/// The last line of a file that says something.
fn last_line(path: &Path) -> String {
    let text = String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").to_owned()
}
