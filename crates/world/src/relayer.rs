//! The relayer's hands: asks [`ics_relay::plan`], signs, pays from its own account, submits.

use crate::effect::Effect;
use crate::site::Site;
use crate::view::SiteView;
use crate::wallet::{SubmitError, account, submit};
use crate::world::ChainIndex;
use ics_abci::Time;
use ics_client::{Account, GasPrice, Key};
use ics_relay::{Path, Side, plan};
use std::collections::BTreeMap;

/// A path between two chains of the world.
struct Line {
    path: Path,
    a: ChainIndex,
    b: ChainIndex,
}

/// A relayer with one key, the same on every chain.
pub struct Relayer {
    key: Key,
    price: GasPrice,
    lines: Vec<Line>,
    paused: bool,
}

impl Relayer {
    /// A relayer that relays nothing yet.
    #[must_use]
    pub fn new(key: Key, price: GasPrice) -> Self {
        Self { key, price, lines: Vec::new(), paused: false }
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Relays along a path from now on.
    pub fn add(&mut self, path: Path, a: ChainIndex, b: ChainIndex) {
        self.lines.push(Line { path, a, b });
    }

    /// Whether it relays between these two chains, in either order.
    #[must_use]
    pub fn has(&self, a: ChainIndex, b: ChainIndex) -> bool {
        self.lines.iter().any(|line| (line.a, line.b) == (a, b) || (line.a, line.b) == (b, a))
    }

    /// Stops or goes on.
    pub fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Does what the paths need now. An account is asked once per chain and step, and counted on from there.
    pub(crate) fn step(&mut self, sites: &mut [Site], prefixes: &[&'static str], now: Time) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.paused {
            return effects;
        }
        let mut accounts = BTreeMap::new();
        for line in &mut self.lines {
            let (Some(a), Some(b)) = (sites.get(line.a.0), sites.get(line.b.0)) else { continue };
            let plan = match plan(&mut line.path, now, &SiteView(a), &SiteView(b)) {
                Ok(plan) => plan,
                Err(error) => {
                    effects.push(Effect::RelayFailed { chain: line.a, why: error.to_string() });
                    continue;
                }
            };
            for (side, chain) in [(Side::A, line.a), (Side::B, line.b)] {
                let messages = plan.of(side);
                let (Some(site), Some(prefix)) = (sites.get_mut(chain.0), prefixes.get(chain.0)) else {
                    continue;
                };
                if messages.is_empty() || site.has_work() && !accounts.contains_key(&chain) {
                    continue;
                }
                let sent = known(&mut accounts, chain, site, prefix, &self.key)
                    .and_then(|account| submit(site, &self.key, account, &self.price, messages.to_vec()));
                effects.push(match sent {
                    Ok(sent) => Effect::Relayed { chain, hash: sent.hash, messages: sent.messages },
                    Err(error) => Effect::RelayFailed { chain, why: error.to_string() },
                });
            }
        }
        effects
    }
}

fn known<'a>(
    accounts: &'a mut BTreeMap<ChainIndex, Account>,
    chain: ChainIndex,
    site: &Site,
    prefix: &str,
    key: &Key,
) -> Result<&'a mut Account, SubmitError> {
    use std::collections::btree_map::Entry;
    match accounts.entry(chain) {
        Entry::Occupied(known) => Ok(known.into_mut()),
        Entry::Vacant(new) => Ok(new.insert(account(site, prefix, key)?)),
    }
}
