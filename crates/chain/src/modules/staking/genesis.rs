//! The stake that a chain starts with: parameters, and validators as genesis transactions name them or as they were.

use super::exported::{self, GenesisDelegation, GenesisUnbondings, GenesisValidator, LastPower};
use super::state;
use super::validator::{Description, Params};
use super::{NewValidator, create_validator, set};
use crate::modules::auth::PubKey;
use crate::modules::bank::Coin;
use crate::{Ctx, Error};
use ics_abci::{ConsKey, Dec, Power, ValAddr};
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
    /// Must be empty.
    pub redelegations: Vec<serde_json::Value>,
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
    /// The id that an unbonding was given last; where it is left out, the greatest that is there.
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

/// Section `genutil`: the transactions that make the first validators. Signatures in them are not read: whoever starts
/// from a genesis document has agreed to all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Genutil {
    /// One per validator.
    pub gen_txs: Vec<GenTx>,
}

impl Genutil {
    /// Whether nobody validates by it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.gen_txs.is_empty()
    }
}

/// A genesis transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenTx {
    /// Its body.
    pub body: Body,
}

/// The body of a genesis transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// One message each.
    pub messages: Vec<CreateValidator>,
}

/// `MsgCreateValidator` in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateValidator {
    /// `/cosmos.staking.v1beta1.MsgCreateValidator`.
    #[serde(rename = "@type")]
    pub kind: String,
    /// What it says of itself.
    #[serde(default)]
    pub description: Description,
    /// What it takes.
    pub commission: Commission,
    /// Least stake of its own, smallest unit.
    #[serde(with = "crate::json::int")]
    pub min_self_delegation: u128,
    /// Its operator, bech32.
    pub validator_address: String,
    /// The key with which it signs.
    pub pubkey: PubKey,
    /// Its first stake.
    pub value: Coin,
}

/// Commission rates in JSON: decimals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commission {
    /// Now.
    pub rate: String,
    /// At most, ever.
    pub max_rate: String,
    /// More at most within a day.
    pub max_change_rate: String,
}

const CREATE_VALIDATOR: &str = "/cosmos.staking.v1beta1.MsgCreateValidator";
const ED25519: &str = "/cosmos.crypto.ed25519.PubKey";

impl GenTx {
    /// A validator with a moniker, a first stake of its own, and the SDK's usual commission.
    #[must_use]
    pub fn new(moniker: &str, validator_address: String, key: &ConsKey, stake: Coin) -> Self {
        let commission = Commission {
            rate: "0.100000000000000000".to_owned(),
            max_rate: "0.200000000000000000".to_owned(),
            max_change_rate: "0.010000000000000000".to_owned(),
        };
        let message = CreateValidator {
            kind: CREATE_VALIDATOR.to_owned(),
            description: Description { moniker: moniker.to_owned(), ..Description::default() },
            commission,
            min_self_delegation: 1,
            validator_address,
            pubkey: PubKey { kind: ED25519.to_owned(), key: key.bytes().to_vec() },
            value: stake,
        };
        Self { body: Body { messages: vec![message] } }
    }
}

impl CreateValidator {
    fn read(&self, prefix: &str) -> Result<NewValidator, Error> {
        if self.kind != CREATE_VALIDATOR {
            return Err(Error::invalid_type(format!("{} is no genesis message", self.kind)));
        }
        let operator = ValAddr::parse(&format!("{prefix}valoper"), &self.validator_address)
            .map_err(|error| Error::invalid_address(format!("invalid validator address: {error}")))?;
        let key = if self.pubkey.kind == ED25519 { ConsKey::ed25519(&self.pubkey.key) } else { None };
        let key = key.ok_or_else(|| Error::invalid_pub_key("a validator's key must be Ed25519, 32 bytes"))?;
        let rate = |text: &str| {
            text.parse::<Dec>().map_err(|_| Error::invalid_request(format!("{text:?} is no commission rate")))
        };
        let Commission { rate: now, max_rate, max_change_rate } = &self.commission;
        Ok(NewValidator {
            operator,
            key,
            description: self.description.clone(),
            rates: [rate(now)?, rate(max_rate)?, rate(max_change_rate)?],
            min_self_delegation: self.min_self_delegation,
            amount: self.value.amount,
        })
    }
}

/// Stores the parameters, makes the first validators or stores those of an exported chain, and gives the first set.
///
/// # Errors
/// What a validator of genesis is refused for; exported stake that is not marked as such, beside genesis transactions, or
/// in itself not consistent.
pub fn init(
    ctx: &mut Ctx<'_>,
    genesis: &StakingGenesis,
    own: &StakingState,
    genutil: &Genutil,
) -> Result<Vec<set::PowerChange>, Error> {
    if genesis.has_stake() && (!genesis.exported || !genutil.is_empty()) {
        let text = "staking holds the stake of a chain: it must be marked exported, without genutil.gen_txs";
        return Err(Error::invalid_request(text));
    }
    let params = &genesis.params;
    params.validate()?;
    state::PARAMS.set(ctx, params);
    if genesis.exported {
        return exported::restore(ctx, genesis, own);
    }
    for message in genutil.gen_txs.iter().flat_map(|tx| &tx.body.messages) {
        let new = message.read(ctx.chain.prefix)?;
        if message.value.denom != params.bond_denom {
            let (got, expected) = (&message.value.denom, &params.bond_denom);
            let text = format!("invalid coin denomination: got {got}, expected {expected}");
            return Err(Error::invalid_request(text));
        }
        create_validator(ctx, &new)
            .map_err(|error| error.within(&format!("validator {}", message.validator_address)))?;
    }
    set::apply(ctx)
}
