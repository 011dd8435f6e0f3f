//! The stake that a chain starts with: parameters, and what a chain that ran before had. The first validators of a new
//! chain come by genesis transactions.

use super::exported::{
    self, GenesisDelegation, GenesisRedelegations, GenesisUnbondings, GenesisValidator, LastPower,
};
use super::validator::Params;
use super::{set, state};
use crate::{Ctx, Error};
use ics_abci::Power;
use serde::{Deserialize, Serialize};

/// Section `staking` of a genesis document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StakingGenesis {
    /// The parameters.
    pub params: Params,
    /// Sum of the powers after the last end of block; this and the rest are of an exported chain alone.
    #[serde(with = "crate::json::int")]
    pub last_total_power: Power,
    /// The set after the last end of block.
    pub last_validator_powers: Vec<LastPower>,
    /// All validators.
    pub validators: Vec<GenesisValidator>,
    /// All delegations.
    pub delegations: Vec<GenesisDelegation>,
    /// All stake that is on its way back.
    pub unbonding_delegations: Vec<GenesisUnbondings>,
    /// All stake that went from one validator to another and is not free of the first.
    pub redelegations: Vec<GenesisRedelegations>,
    /// Whether this is the stake of a chain that ran before.
    pub exported: bool,
}

impl StakingGenesis {
    /// Whether nothing in it differs from what is meant without it.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    const fn has_stake(&self) -> bool {
        self.exported
            || !self.last_validator_powers.is_empty()
            || !self.validators.is_empty()
            || !self.delegations.is_empty()
            || !self.unbonding_delegations.is_empty()
            || !self.redelegations.is_empty()
    }
}

/// Section `staking_state`: what the SDK's section loses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StakingState {
    /// The id that an unbonding or a redelegation was given last; where it is left out, the greatest that is there.
    #[serde(with = "crate::json::int")]
    pub last_unbonding_id: u64,
}

impl StakingState {
    /// Whether nothing in it differs from what is meant without it.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Stores the parameters and the stake of an exported chain; gives its set, none for a new chain.
///
/// # Errors
/// Exported stake that is not marked as such, or in itself not consistent.
pub fn init(
    ctx: &mut Ctx<'_>,
    genesis: &StakingGenesis,
    own: &StakingState,
) -> Result<Vec<set::PowerChange>, Error> {
    if genesis.has_stake() && !genesis.exported {
        let text = "staking holds the stake of a chain: it must be marked exported";
        return Err(Error::invalid_request(text));
    }
    genesis.params.validate()?;
    state::PARAMS.set(ctx, &genesis.params);
    if genesis.exported { exported::restore(ctx, genesis, own) } else { Ok(Vec::new()) }
}
