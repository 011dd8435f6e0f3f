//! The relayer's hands: asks [`ics_relay::plan`], signs, pays from its own account, submits.

use crate::effect::Effect;
use crate::endpoint::Endpoint;
use crate::wallet::{Submission, SubmitError, account, submit};
use crate::world::ChainIndex;
use ics_abci::Time;
use ics_client::{Account, GasPrice, Key};
use ics_proto::Any;
use ics_relay::{Duty, Path, Side, apart, plan};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// What the relayer is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Relaying {
    /// All that its paths need.
    #[default]
    Everything,
    /// It keeps clients alive; handshakes and packets wait.
    ClientsOnly,
    /// Nothing.
    Nothing,
}

/// A path between two chains of the world.
struct Line {
    path: Path,
    a: ChainIndex,
    b: ChainIndex,
    /// What was said last of why a side gets nothing; the same is not said twice in a row.
    troubles: BTreeMap<Side, String>,
}

impl Line {
    const fn chain(&self, side: Side) -> ChainIndex {
        match side {
            Side::A => self.a,
            Side::B => self.b,
        }
    }

    fn fail(&mut self, side: Side, why: String, effects: &mut Vec<Effect>) {
        let chain = self.chain(side);
        if self.troubles.insert(side, why.clone()).as_ref() != Some(&why) {
            effects.push(Effect::RelayFailed { chain, why });
        }
    }
}

/// A relayer with one key, the same on every chain.
pub struct Relayer {
    key: Key,
    price: GasPrice,
    lines: Vec<Line>,
    relaying: Relaying,
    /// What it submitted last to each chain.
    sent: BTreeMap<ChainIndex, Submission>,
}

/// The chains that a relayer acts on, and its accounts there, asked once per step and counted on from there.
struct Desk<'a, E> {
    chains: &'a mut [E],
    accounts: BTreeMap<ChainIndex, Account>,
    sent: &'a mut BTreeMap<ChainIndex, Submission>,
}

impl Relayer {
    /// A relayer that relays nothing yet.
    #[must_use]
    pub fn new(key: Key, price: GasPrice) -> Self {
        Self { key, price, lines: Vec::new(), relaying: Relaying::default(), sent: BTreeMap::new() }
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Signs and pays with another key from now on.
    pub fn use_key(&mut self, key: Key) {
        self.key = key;
        self.sent.clear();
    }

    /// Relays along a path from now on.
    pub fn add(&mut self, path: Path, a: ChainIndex, b: ChainIndex) {
        self.lines.push(Line { path, a, b, troubles: BTreeMap::new() });
    }

    /// Whether it relays between these two chains, in either order.
    #[must_use]
    pub fn has(&self, a: ChainIndex, b: ChainIndex) -> bool {
        self.lines.iter().any(|line| (line.a, line.b) == (a, b) || (line.a, line.b) == (b, a))
    }

    /// The clients on which two chains of it are connected: that of `b` on `a`, and that of `a` on `b`.
    #[must_use]
    pub fn clients(&self, a: ChainIndex, b: ChainIndex) -> Option<(&str, &str)> {
        let line = self.lines.iter().find(|line| (line.a, line.b) == (a, b))?;
        Some((&line.path.a.client_id, &line.path.b.client_id))
    }

    /// Stops, goes on, or keeps no more than its clients alive.
    pub fn relay(&mut self, relaying: Relaying) {
        self.relaying = relaying;
    }

    /// Forgets what it read off the chains, as when it is started anew.
    pub fn restart(&mut self) {
        for line in &mut self.lines {
            line.path.forget();
            line.troubles.clear();
        }
    }

    /// Does what the paths need now, on chains that stand at their [`ChainIndex`].
    pub fn step<E: Endpoint>(&mut self, chains: &mut [E], now: Time) -> Vec<Effect> {
        let mut effects = Vec::new();
        let duty = match self.relaying {
            Relaying::Everything => Duty::Everything,
            Relaying::ClientsOnly => Duty::Clients,
            Relaying::Nothing => return effects,
        };
        let mut desk = Desk { chains, accounts: BTreeMap::new(), sent: &mut self.sent };
        for line in &mut self.lines {
            line.path.duty = duty;
            desk.work(line, &self.key, &self.price, now, &mut effects);
        }
        effects
    }
}

impl<E: Endpoint> Desk<'_, E> {
    fn work(&mut self, line: &mut Line, key: &Key, price: &GasPrice, now: Time, effects: &mut Vec<Effect>) {
        let (Some(a), Some(b)) = (self.chains.get(line.a.0), self.chains.get(line.b.0)) else { return };
        let address = key.address();
        (line.path.a.signer, line.path.b.signer) = (address.to_text(a.prefix()), address.to_text(b.prefix()));
        let plan = match plan(&mut line.path, now, a, b) {
            Ok(plan) => plan,
            Err(error) => return line.fail(Side::A, error.to_string(), effects),
        };
        for side in [Side::A, Side::B] {
            let messages = plan.of(side);
            if plan.dead.contains(&side) {
                let client = &line.path.end(side).client_id;
                let why = format!("client {client} of the other chain is expired or frozen");
                line.fail(side, why, effects);
            } else if !messages.is_empty() && self.is_free(line.chain(side)) {
                self.deliver(line, side, key, price, messages, effects);
            }
        }
    }

    /// Whether nothing that it sent in an earlier step may still wait for a block there: the account's sequence is known then.
    fn is_free(&self, chain: ChainIndex) -> bool {
        let may_wait = |endpoint: &E| self.sent.get(&chain).is_some_and(|sent| endpoint.may_wait(sent));
        self.accounts.contains_key(&chain) || !self.chains.get(chain.0).is_none_or(may_wait)
    }

    /// Submits messages in one transaction or, where the chain refuses that, each for itself, so that one that cannot be
    /// relayed does not hold up the others.
    fn deliver(
        &mut self,
        line: &mut Line,
        side: Side,
        key: &Key,
        price: &GasPrice,
        messages: &[Any],
        effects: &mut Vec<Effect>,
    ) {
        let chain = line.chain(side);
        match self.submit(chain, key, price, messages.to_vec()) {
            Ok(effect) => {
                line.troubles.remove(&side);
                effects.push(effect);
            }
            Err(error) => {
                line.fail(side, error.to_string(), effects);
                let alone = match error {
                    SubmitError::Simulation(_) => apart(messages),
                    SubmitError::Unfunded(_) | SubmitError::Refused { .. } => Vec::new(),
                };
                // Why the others fail is the next step's business, if it is not the same.
                effects
                    .extend(alone.into_iter().filter_map(|some| self.submit(chain, key, price, some).ok()));
            }
        }
    }

    fn submit(
        &mut self,
        chain: ChainIndex,
        key: &Key,
        price: &GasPrice,
        messages: Vec<Any>,
    ) -> Result<Effect, SubmitError> {
        let unknown = || SubmitError::Unfunded(format!("there is no chain {}", chain.0));
        let endpoint = self.chains.get_mut(chain.0).ok_or_else(unknown)?;
        let account = match self.accounts.entry(chain) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(account(endpoint, key)?),
        };
        let sent = submit(endpoint, key, account, price, messages)?;
        let effect = Effect::Relayed { chain, hash: sent.hash.clone(), messages: sent.messages.clone() };
        self.sent.insert(chain, sent);
        Ok(effect)
    }
}
