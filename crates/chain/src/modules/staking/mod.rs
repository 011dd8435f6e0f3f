//! Stake: validators, delegations, and the set that they make.
//!
//! Journey: a message → [`create_validator`], [`delegate`], [`undelegate`], [`redelegate`] → the power index →
//! [`end_block`], which says what changed. Whoever runs the chain passes that on; this module calls nobody above.
//! Source: SDK x/staking. Not here yet: slashing, and bringing a jailed validator back.

mod create;
mod delegation;
mod edit;
mod error;
mod exported;
mod genesis;
mod msg;
mod query;
mod redelegation;
mod set;
mod state;
mod unbonding;
mod validator;

pub use create::{NewValidator, create_validator};
pub use delegation::{Undelegated, delegate, undelegate};
pub use edit::{Edit, edit_validator};
pub use exported::{
    GenesisCommission, GenesisDelegation, GenesisRedelegation, GenesisRedelegations, GenesisUnbonding,
    GenesisUnbondings, GenesisValidator, LastPower, Rates, export, given,
};
pub use genesis::{StakingGenesis, StakingState, init};
pub use msg::{MSGS, check_create_validator, cons_key, handle_create_validator};
pub use query::QUERIES;
pub use redelegation::{Redelegation, redelegate, redelegations};
pub(crate) use set::apply as apply_set;
pub use set::{EndBlock, PowerChange, end_block};
pub(crate) use state::time_key;
pub use state::{
    Bonded, bonded, delegation, delegations_of, historical_entries, last_power, last_powers,
    last_total_power, params, tokens_of, unbonding_time, validator, validator_by_cons_addr, validators,
};
pub use unbonding::{Unbonding, cancel_unbonding, unbondings};
pub use validator::{
    Commission, Description, POWER_REDUCTION, Params, Status, StoredDuration, Validator, power_of,
};

use crate::modules::auth::ModuleAccount;

/// Module account of the stake of bonded validators.
pub const BONDED_POOL: &str = "bonded_tokens_pool";
/// Module account of all other stake.
pub const NOT_BONDED_POOL: &str = "not_bonded_tokens_pool";

/// The module accounts that staking needs.
pub const MODULE_ACCOUNTS: [ModuleAccount; 2] = [
    ModuleAccount { name: BONDED_POOL, permissions: &["burner", "staking"], open: false },
    ModuleAccount { name: NOT_BONDED_POOL, permissions: &["burner", "staking"], open: false },
];
