//! A network as data: its provider, its consumers, who validates what with which key, who owns what.
//!
//! Journey: [`Plan::local`], or a test's own plan → [`crate::World::open`], which founds what the plan says by ordinary
//! transactions. Consumers that somebody makes by hand later are in no plan.

use crate::topology::{self, ACCOUNTS, FUNDS, OPERATOR_INDEX, RELAYER_INDEX};
use ics_abci::ConsAddr;
use ics_client::{ConsensusKey, GasPrice};
use std::time::Duration;

/// What the validators of the local network stake.
const STAKES: [u128; 4] = [100_000_000, 90_000_000, 80_000_000, 70_000_000];

/// A network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Blocks of an epoch.
    pub epoch_blocks: i64,
    /// The provider's unbonding period.
    pub provider_unbonding: Duration,
    /// Unbonding period of the plan's consumers.
    pub consumer_unbonding: Duration,
    /// Least price of gas on every chain, and what the network's own transactions pay.
    pub gas_price: GasPrice,
    /// What each of [`Plan::funded`] owns on every chain, in the staking coin.
    pub funds: u128,
    /// Accounts that own coins on every chain, beside the relayer's.
    pub accounts: Vec<AccountPlan>,
    /// Validators of the provider.
    pub validators: Vec<ValidatorPlan>,
    /// The consumers that the network begins with, in the order in which they are created.
    pub consumers: Vec<ConsumerPlan>,
}

/// An account of the development mnemonic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPlan {
    /// Its name.
    pub name: String,
    /// The last part of its key's path.
    pub index: u32,
}

/// A validator of the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorPlan {
    /// Its name; its consensus keys derive from it.
    pub moniker: String,
    /// The last part of its operator's path.
    pub index: u32,
    /// What it stakes itself, in the staking coin.
    pub stake: u128,
}

/// A consumer that the network begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerPlan {
    /// Its chain id.
    pub chain_id: String,
    /// Monikers of those who opt in before it launches.
    pub members: Vec<String>,
    /// Those of them who sign with a key of their own there.
    pub assigned: Vec<String>,
}

impl Plan {
    /// The local network: four validators, `consumer-1` with all of them, `consumer-2` with the first three of whom `val2`
    /// uses a key of its own.
    #[must_use]
    pub fn local() -> Self {
        Self::local_of(STAKES.len())
    }

    /// The local network with no more than the first so many of its validators.
    #[must_use]
    pub fn local_of(validators: usize) -> Self {
        let stakes = STAKES.get(..validators).unwrap_or(&STAKES);
        let mut plan = Self::of(stakes, 1);
        let members = plan.validators.iter().take(3).map(|validator| validator.moniker.as_str());
        let mut second = ConsumerPlan::new("consumer-2", members);
        if second.members.iter().any(|member| member == "val2") {
            second = second.assign("val2");
        }
        plan.consumers.push(second);
        plan
    }

    /// A network with the local one's numbers: a validator `val1`, `val2`, … for each of these stakes, and so many consumers
    /// `consumer-1`, `consumer-2`, …, each with all validators.
    #[must_use]
    pub fn of(stakes: &[u128], consumers: usize) -> Self {
        let accounts = (0_u32..).zip(ACCOUNTS);
        let validators = (1_usize..).zip(OPERATOR_INDEX..).zip(stakes);
        let validators: Vec<ValidatorPlan> = validators
            .map(|((number, index), stake)| ValidatorPlan {
                moniker: format!("val{number}"),
                index,
                stake: *stake,
            })
            .collect();
        let monikers = || validators.iter().map(|validator| validator.moniker.as_str());
        let consumers =
            (1..=consumers).map(|number| ConsumerPlan::new(&format!("consumer-{number}"), monikers()));
        Self {
            epoch_blocks: topology::EPOCH_BLOCKS,
            provider_unbonding: topology::PROVIDER_UNBONDING,
            consumer_unbonding: topology::CONSUMER_UNBONDING,
            gas_price: topology::gas_price(),
            funds: FUNDS,
            accounts: accounts.map(|(index, name)| AccountPlan { name: name.to_owned(), index }).collect(),
            consumers: consumers.collect(),
            validators,
        }
    }

    /// Places in the mnemonic of everybody who owns [`Plan::funds`] on every chain: the accounts, then the relayer.
    pub fn funded(&self) -> impl Iterator<Item = u32> + '_ {
        self.accounts.iter().map(|account| account.index).chain([RELAYER_INDEX])
    }

    /// Every consensus key that the plan gives its validators on a chain.
    pub fn keys_for(&self, chain_id: &str) -> impl Iterator<Item = ConsensusKey> {
        let own = self.validators.iter().map(|validator| topology::consensus_key(&validator.moniker));
        let assigned =
            self.validators.iter().map(move |validator| topology::assigned_key(&validator.moniker, chain_id));
        own.chain(assigned)
    }

    /// The validator that has this consensus address on the provider.
    #[must_use]
    pub fn validator(&self, addr: &ConsAddr) -> Option<&ValidatorPlan> {
        self.validators
            .iter()
            .find(|validator| topology::consensus_key(&validator.moniker).address() == *addr)
    }
}

impl ConsumerPlan {
    /// A consumer that these validators secure, with the keys that they have on the provider.
    #[must_use]
    pub fn new<'a>(chain_id: &str, monikers: impl IntoIterator<Item = &'a str>) -> Self {
        let members = monikers.into_iter().map(str::to_owned).collect();
        Self { chain_id: chain_id.to_owned(), members, assigned: Vec::new() }
    }

    /// The same with a key of its own for one of them.
    #[must_use]
    pub fn assign(mut self, moniker: &str) -> Self {
        self.assigned.push(moniker.to_owned());
        self
    }
}
