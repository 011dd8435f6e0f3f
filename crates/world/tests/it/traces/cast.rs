//! Who acts in a trace: the model's names and the real keys behind them.

use ics_abci::{ConsAddr, ConsKey};
use ics_client::{ConsensusKey, Key};
use ics_world::{Plan, ValidatorPlan, topology};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

/// A token of the model in the chain's smallest unit. The model has one power per token; on the chain a power is a
/// million of the smallest unit, and everything else follows in proportion.
pub(crate) const TOKEN: u128 = 1_000_000;

/// Validators and their tokens.
const VALIDATORS: [(&str, u128); 6] =
    [("v1", 100), ("v2", 90), ("v3", 80), ("v4", 50), ("v5", 40), ("v6", 10)];
/// Keys that belong to nobody yet.
const SPARE: [&str; 6] = ["k1", "k2", "k3", "k4", "k5", "k6"];

/// The names and their keys.
pub(crate) struct Cast {
    keys: BTreeMap<&'static str, ConsensusKey>,
    names: BTreeMap<ConsAddr, &'static str>,
    operators: BTreeMap<&'static str, Key>,
    pub(crate) relayer: Key,
    pub(crate) plan: Plan,
}

pub(crate) static CAST: LazyLock<Cast> = LazyLock::new(Cast::new);

impl Cast {
    fn new() -> Self {
        let names = VALIDATORS.iter().map(|(name, _)| *name).chain(SPARE);
        let keys: BTreeMap<_, _> = names.map(|name| (name, topology::consensus_key(name))).collect();
        // Ties of power are broken by the operator's address, in the model by name: so addresses ascend with names.
        let mut operators: Vec<(u32, Key)> = (topology::OPERATOR_INDEX..)
            .take(VALIDATORS.len())
            .map(|index| (index, topology::key(index).unwrap()))
            .collect();
        operators.sort_by_key(|(_, key)| key.operator().0);
        let validators = VALIDATORS.iter().zip(&operators).map(|((name, tokens), (index, _))| {
            ValidatorPlan { moniker: (*name).to_owned(), index: *index, stake: tokens * TOKEN }
        });
        let plan = Plan {
            epoch_blocks: 3,
            provider_unbonding: Duration::from_secs(21 * 86_400),
            validators: validators.collect(),
            ..Plan::of(&[], 0)
        };
        Self {
            names: keys.iter().map(|(name, key)| (key.address(), *name)).collect(),
            operators: VALIDATORS
                .iter()
                .map(|(name, _)| *name)
                .zip(operators.into_iter().map(|(_, key)| key))
                .collect(),
            relayer: topology::key(topology::RELAYER_INDEX).unwrap(),
            keys,
            plan,
        }
    }

    /// The consensus key of a name.
    pub(crate) fn key(&self, name: &str) -> ConsKey {
        self.keys[name].public()
    }

    /// The name of a consensus address.
    pub(crate) fn name(&self, addr: &ConsAddr) -> &'static str {
        self.names.get(addr).copied().unwrap_or("nobody")
    }

    /// The account that speaks for a validator.
    pub(crate) fn operator(&self, name: &str) -> &Key {
        &self.operators[name]
    }

    /// The validator of an operator.
    pub(crate) fn name_of_operator(&self, operator: &ics_abci::ValAddr) -> &'static str {
        self.operators.iter().find(|(_, key)| key.operator() == *operator).map_or("nobody", |(name, _)| name)
    }

    /// The seeds of all consensus keys: every chain's blocks are signed with these.
    pub(crate) fn seeds(&self) -> impl Iterator<Item = [u8; 32]> + '_ {
        self.keys.values().map(ConsensusKey::seed)
    }
}
