//! Acts from a seed: what users might do to a network, the same for the same seed, always.
//!
//! Journey: a test, or whoever hunts for a failure, calls [`Seeded::acts`] before each step and gives them to
//! [`World::act`]. Acts that a chain refuses are part of it.

use crate::act::Act;
use crate::plan::{ConsumerPlan, Plan};
use crate::relayer::Relaying;
use crate::topology::{self, DENOM, PROVIDER_PREFIX};
use crate::world::{ChainIndex, World};
use ics_client::{Coin, Key, KeyError, msgs};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::collections::BTreeSet;
use std::time::Duration;

/// Longest time between two blocks, seconds: a quarter of a day.
const STRIDE_MAX_S: u64 = 21_600;

/// A source of acts, and of the network that they happen in.
#[derive(Clone, Debug)]
pub struct Seeded {
    seed: u64,
    dice: ChaCha8Rng,
}

impl Seeded {
    /// The source of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, dice: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// The network with so many consumers: the local network's own two come first, then each next one has at least one
    /// validator of its own choice, some of them with keys of their own. The same for the same seed, whatever was acted.
    #[must_use]
    pub fn plan(&self, consumers: usize) -> Plan {
        let mut plan = Plan::local();
        let mut dice = Self::new(self.seed);
        dice.dice.set_stream(1);
        for number in plan.consumers.len().saturating_add(1)..=consumers {
            let consumer = dice.consumer(&plan, &format!("consumer-{number}"));
            plan.consumers.push(consumer);
        }
        plan.consumers.truncate(consumers);
        plan
    }

    fn consumer(&mut self, plan: &Plan, chain_id: &str) -> ConsumerPlan {
        let first = self.below(plan.validators.len());
        let mut members = Vec::new();
        let mut assigned = Vec::new();
        for (place, validator) in plan.validators.iter().enumerate() {
            if place == first || self.below(2) == 0 {
                members.push(validator.moniker.as_str());
                if self.below(3) == 0 {
                    assigned.push(validator.moniker.clone());
                }
            }
        }
        ConsumerPlan { assigned, ..ConsumerPlan::new(chain_id, members) }
    }

    /// How long until the next step: mostly a few seconds, sometimes hours.
    pub fn stride(&mut self) -> Duration {
        let most = if self.below(8) == 0 { STRIDE_MAX_S } else { 10 };
        Duration::from_secs(self.number(most).saturating_add(1))
    }

    /// What users do before the next step, at most three acts.
    ///
    /// # Errors
    /// [`KeyError`] never: the keys are those of the development mnemonic.
    pub fn acts(&mut self, world: &World) -> Result<Vec<Act>, KeyError> {
        let count = self.below(4);
        (0..count).map(|_| self.one(world)).collect()
    }

    fn one(&mut self, world: &World) -> Result<Act, KeyError> {
        match self.below(20) {
            0..6 => self.bond(world, msgs::delegate, 40_000_000),
            6..8 => self.bond(world, msgs::undelegate, 10_000_000),
            8..12 => self.send(world),
            12..14 => self.membership(world, |signer, validator, consumer| {
                msgs::opt_in(signer, validator, consumer, None)
            }),
            14..15 => self.membership(world, msgs::opt_out),
            15..17 => Ok(self.absent(world)),
            17 => Ok(Act::RestartRelayer),
            18 => Ok(Act::Relay(Relaying::Nothing)),
            _ => Ok(Act::Relay(Relaying::Everything)),
        }
    }

    fn number(&mut self, below: u64) -> u64 {
        self.dice.next_u64().checked_rem(below).unwrap_or(0)
    }

    fn below(&mut self, count: usize) -> usize {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        usize::try_from(self.number(count)).unwrap_or(0)
    }

    /// An account's place in the mnemonic, and its key.
    fn account(&mut self, world: &World) -> Result<(u32, Key), KeyError> {
        let accounts = &world.plan().accounts;
        let place = self.below(accounts.len());
        let index = accounts.get(place).map_or(0, |account| account.index);
        Ok((index, topology::key(index)?))
    }

    fn operator(&mut self, world: &World) -> Result<(u32, Key), KeyError> {
        let validators = &world.plan().validators;
        let place = self.below(validators.len());
        let index = validators.get(place).map_or(0, |validator| validator.index);
        Ok((index, topology::key(index)?))
    }

    fn coin(&mut self, most: u64) -> Coin {
        Coin { denom: DENOM.to_owned(), amount: u128::from(self.number(most).saturating_add(1)) }
    }

    fn bond(
        &mut self,
        world: &World,
        message: fn(&str, &str, &Coin) -> ics_proto::Any,
        most: u64,
    ) -> Result<Act, KeyError> {
        let (signer, key) = self.account(world)?;
        let (_, operator) = self.operator(world)?;
        let validator = operator.operator().to_text(&valoper());
        let message = message(&key.address().to_text(PROVIDER_PREFIX), &validator, &self.coin(most));
        Ok(Act::Send { chain: ChainIndex(0), signer, messages: vec![message] })
    }

    fn send(&mut self, world: &World) -> Result<Act, KeyError> {
        let chain = self.chain(world);
        let ((signer, from), (_, to)) = (self.account(world)?, self.account(world)?);
        let text = |key: &Key| key.address().to_text(world.prefix(chain));
        let message = msgs::send(&text(&from), &text(&to), &[self.coin(1_000_000)]);
        Ok(Act::Send { chain, signer, messages: vec![message] })
    }

    fn membership(
        &mut self,
        world: &World,
        message: fn(&str, &str, &str) -> ics_proto::Any,
    ) -> Result<Act, KeyError> {
        let (signer, key) = self.operator(world)?;
        let consumer = self.chain(world);
        let id = world.consumer_id(consumer).unwrap_or("0");
        let operator = key.operator().to_text(&valoper());
        let message = message(&key.address().to_text(PROVIDER_PREFIX), &operator, id);
        Ok(Act::Send { chain: ChainIndex(0), signer, messages: vec![message] })
    }

    /// At most one validator is absent at a time, everywhere else all sign.
    fn absent(&mut self, world: &World) -> Act {
        let chain = self.chain(world);
        let all = &world.plan().validators;
        let who = self.below(all.len().saturating_add(1));
        let validators: BTreeSet<_> = all
            .get(who)
            .map(|validator| topology::consensus_key(&validator.moniker).address())
            .into_iter()
            .collect();
        Act::Absent { chain, validators }
    }

    fn chain(&mut self, world: &World) -> ChainIndex {
        ChainIndex(self.below(world.sites().len()))
    }
}

fn valoper() -> String {
    format!("{PROVIDER_PREFIX}valoper")
}
