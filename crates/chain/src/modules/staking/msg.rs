//! The messages of staking, from their wire form.

use super::create::NewValidator;
use super::edit::Edit;
use super::query::timestamp;
use super::validator::{Description, Params};
use super::{error, state};
use crate::modules::auth;
use crate::modules::bank::Coin;
use crate::route::{MsgRoute, account};
use crate::{ChainConfig, Ctx, Error, msg_route};
use ics_abci::{AccAddr, ConsKey, Dec, Height, ValAddr};
use ics_proto::Any;
use ics_proto::cosmos::base::v1beta1::Coin as ProtoCoin;
use ics_proto::cosmos::staking::v1beta1::{
    Description as ProtoDescription, MsgBeginRedelegate, MsgBeginRedelegateResponse,
    MsgCancelUnbondingDelegation, MsgCancelUnbondingDelegationResponse, MsgCreateValidator,
    MsgCreateValidatorResponse, MsgDelegate, MsgDelegateResponse, MsgEditValidator, MsgEditValidatorResponse,
    MsgUndelegate, MsgUndelegateResponse, MsgUpdateParams, MsgUpdateParamsResponse,
};
use prost::Message;

/// The messages of this module.
pub const MSGS: &[MsgRoute] = &[
    msg_route!("/cosmos.staking.v1beta1.MsgCreateValidator", check_create_validator, handle_create_validator),
    msg_route!("/cosmos.staking.v1beta1.MsgDelegate", check_delegate, delegate),
    msg_route!("/cosmos.staking.v1beta1.MsgUndelegate", check_undelegate, undelegate),
    msg_route!("/cosmos.staking.v1beta1.MsgUpdateParams", check_update_params, update_params),
    msg_route!("/cosmos.staking.v1beta1.MsgBeginRedelegate", check_redelegate, redelegate),
    msg_route!("/cosmos.staking.v1beta1.MsgEditValidator", check_edit, edit_validator),
    msg_route!("/cosmos.staking.v1beta1.MsgCancelUnbondingDelegation", check_cancel, cancel),
];

/// What the SDK says of a delegation of nothing.
const NO_AMOUNT: &str = "invalid delegation amount";

fn valoper(chain: &ChainConfig, role: &str, text: &str) -> Result<ValAddr, Error> {
    ValAddr::parse(&format!("{}valoper", chain.prefix), text)
        .map_err(|error| Error::invalid_address(format!("invalid {role} address: {error}")))
}

/// A positive amount of something, or `fault`.
fn stake(coin: Option<&ProtoCoin>, fault: &str) -> Result<Coin, Error> {
    let coin = coin.and_then(|coin| Coin::from_proto(coin).ok()).filter(|coin| coin.amount > 0);
    coin.ok_or_else(|| Error::invalid_request(fault))
}

/// The amount, which must be of the denomination that is staked.
fn bond_amount(ctx: &Ctx<'_>, coin: Option<&ProtoCoin>) -> Result<u128, Error> {
    let (coin, denom) = (stake(coin, NO_AMOUNT)?, state::params(ctx)?.bond_denom);
    if coin.denom != denom {
        let text = format!("invalid coin denomination: got {}, expected {denom}", coin.denom);
        return Err(Error::invalid_request(text));
    }
    Ok(coin.amount)
}

/// The consensus key in an `Any`: Ed25519 or Secp256k1.
///
/// # Errors
/// `staking/39` where there is none, `sdk/8` for other kinds and wrong lengths.
pub fn cons_key(any: Option<&Any>) -> Result<ConsKey, Error> {
    let any = any.ok_or_else(error::no_key)?;
    // Both kinds have the one field `key`.
    let key = ics_proto::cosmos::crypto::ed25519::PubKey::decode(any.value.as_slice())
        .map_err(Error::tx_decode)?
        .key;
    let read = match any.type_url.as_str() {
        "/cosmos.crypto.ed25519.PubKey" => ConsKey::ed25519(&key),
        "/cosmos.crypto.secp256k1.PubKey" => ConsKey::secp256k1(&key),
        url => return Err(Error::invalid_pub_key(format!("{url} is no type of consensus keys"))),
    };
    read.ok_or_else(|| Error::invalid_pub_key(format!("a consensus key of {} bytes", key.len())))
}

fn new_validator(chain: &ChainConfig, msg: &MsgCreateValidator) -> Result<NewValidator, Error> {
    let operator = valoper(chain, "validator", &msg.validator_address)?;
    let key = cons_key(msg.pubkey.as_ref())?;
    let amount = stake(msg.value.as_ref(), NO_AMOUNT)?.amount;
    let rates = msg.commission.as_ref().ok_or_else(|| Error::invalid_request("empty commission"))?;
    let rate = |text: &str| {
        Dec::from_atomics_text(text)
            .map_err(|_| Error::invalid_request(format!("{text:?} is no commission rate")))
    };
    let rates = [rate(&rates.rate)?, rate(&rates.max_rate)?, rate(&rates.max_change_rate)?];
    let new = NewValidator {
        operator,
        key,
        description: msg.description.clone().unwrap_or_default().into(),
        rates,
        min_self_delegation: msg.min_self_delegation.parse().unwrap_or(0),
        amount,
    };
    new.check()?;
    Ok(new)
}

impl From<ProtoDescription> for Description {
    fn from(given: ProtoDescription) -> Self {
        let ProtoDescription { moniker, identity, website, security_contact, details } = given;
        Self { moniker, identity, website, security_contact, details }
    }
}

/// Checks a message that creates a validator; gives its signers.
///
/// # Errors
/// What is wrong in it.
pub fn check_create_validator(chain: &ChainConfig, msg: &MsgCreateValidator) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![AccAddr(new_validator(chain, msg)?.operator.0)])
}

/// Answers a message that creates a validator.
///
/// # Errors
/// The module's refusals.
pub fn handle_create_validator(
    ctx: &mut Ctx<'_>,
    msg: MsgCreateValidator,
) -> Result<MsgCreateValidatorResponse, Error> {
    let new = new_validator(ctx.chain, &msg)?;
    bond_amount(ctx, msg.value.as_ref())?;
    super::create_validator(ctx, &new)?;
    Ok(MsgCreateValidatorResponse {})
}

fn check_delegate(chain: &ChainConfig, msg: &MsgDelegate) -> Result<Vec<AccAddr>, Error> {
    valoper(chain, "validator", &msg.validator_address)?;
    stake(msg.amount.as_ref(), NO_AMOUNT)?;
    Ok(vec![account(chain, "delegator", &msg.delegator_address)?])
}

fn delegate(ctx: &mut Ctx<'_>, msg: MsgDelegate) -> Result<MsgDelegateResponse, Error> {
    let operator = valoper(ctx.chain, "validator", &msg.validator_address)?;
    let delegator = account(ctx.chain, "delegator", &msg.delegator_address)?;
    let amount = bond_amount(ctx, msg.amount.as_ref())?;
    super::delegate(ctx, &delegator, &operator, amount)?;
    Ok(MsgDelegateResponse {})
}

fn check_undelegate(chain: &ChainConfig, msg: &MsgUndelegate) -> Result<Vec<AccAddr>, Error> {
    valoper(chain, "validator", &msg.validator_address)?;
    stake(msg.amount.as_ref(), NO_AMOUNT)?;
    Ok(vec![account(chain, "delegator", &msg.delegator_address)?])
}

fn undelegate(ctx: &mut Ctx<'_>, msg: MsgUndelegate) -> Result<MsgUndelegateResponse, Error> {
    let operator = valoper(ctx.chain, "validator", &msg.validator_address)?;
    let delegator = account(ctx.chain, "delegator", &msg.delegator_address)?;
    let amount = bond_amount(ctx, msg.amount.as_ref())?;
    let undelegated = super::undelegate(ctx, &delegator, &operator, amount)?;
    let denom = state::params(ctx)?.bond_denom;
    Ok(MsgUndelegateResponse {
        completion_time: Some(timestamp(undelegated.completion)),
        amount: Some(Coin { denom, amount: undelegated.amount }.to_proto()),
    })
}

fn check_update_params(chain: &ChainConfig, msg: &MsgUpdateParams) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![account(chain, "authority", &msg.authority)?])
}

/// Replaces the parameters. The denomination of stake stays while there is stake: the pools hold coins of it.
fn update_params(ctx: &mut Ctx<'_>, msg: MsgUpdateParams) -> Result<MsgUpdateParamsResponse, Error> {
    auth::only_authority(ctx.chain, &msg.authority)?;
    let given = msg.params.unwrap_or_default();
    let unbonding_time = given.unbonding_time.unwrap_or_default();
    let parts = u64::try_from(unbonding_time.seconds).ok().zip(u32::try_from(unbonding_time.nanos).ok());
    let (seconds, nanos) = parts.filter(|(_, nanos)| *nanos < 1_000_000_000).ok_or_else(|| {
        Error::unregistered(format!("unbonding time must be positive: {}s", unbonding_time.seconds))
    })?;
    let rate = Dec::from_atomics_text(&given.min_commission_rate)
        .map_err(|_| Error::unregistered("minimum commission rate must be a decimal"))?;
    let params = Params {
        unbonding_time: std::time::Duration::new(seconds, nanos).into(),
        max_validators: given.max_validators,
        max_entries: given.max_entries,
        historical_entries: given.historical_entries,
        bond_denom: given.bond_denom,
        min_commission_rate: rate.to_string(),
    };
    params.validate()?;
    let before = state::params(ctx)?.bond_denom;
    if params.bond_denom != before && state::validators(ctx).next().is_some() {
        let text = format!("the bond denomination stays {before} while there are validators");
        return Err(Error::not_supported(text));
    }
    state::PARAMS.set(ctx, &params);
    Ok(MsgUpdateParamsResponse {})
}

fn edit(chain: &ChainConfig, msg: &MsgEditValidator) -> Result<Edit, Error> {
    let rate = Some(msg.commission_rate.as_str()).filter(|text| !text.is_empty());
    let rate = rate.map(|text| Dec::from_atomics_text(text).map_err(Error::tx_decode)).transpose()?;
    let least = Some(msg.min_self_delegation.as_str()).filter(|text| !text.is_empty());
    let edit = Edit {
        operator: valoper(chain, "validator", &msg.validator_address)?,
        description: msg.description.clone().unwrap_or_default().into(),
        rate,
        min_self_delegation: least.map(natural).transpose()?,
    };
    edit.check()?;
    Ok(edit)
}

/// An integer as text: 0 for negative ones, the most that there is for longer ones.
fn natural(text: &str) -> Result<u128, Error> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::tx_decode(format!("{text:?} is no integer")));
    }
    Ok(if text.starts_with('-') { 0 } else { digits.parse().unwrap_or(u128::MAX) })
}

fn check_edit(chain: &ChainConfig, msg: &MsgEditValidator) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![AccAddr(edit(chain, msg)?.operator.0)])
}

fn edit_validator(ctx: &mut Ctx<'_>, msg: MsgEditValidator) -> Result<MsgEditValidatorResponse, Error> {
    super::edit_validator(ctx, &edit(ctx.chain, &msg)?)?;
    Ok(MsgEditValidatorResponse {})
}

fn check_redelegate(chain: &ChainConfig, msg: &MsgBeginRedelegate) -> Result<Vec<AccAddr>, Error> {
    valoper(chain, "source validator", &msg.validator_src_address)?;
    valoper(chain, "destination validator", &msg.validator_dst_address)?;
    let delegator = account(chain, "delegator", &msg.delegator_address)?;
    stake(msg.amount.as_ref(), "invalid shares amount")?;
    Ok(vec![delegator])
}

fn redelegate(ctx: &mut Ctx<'_>, msg: MsgBeginRedelegate) -> Result<MsgBeginRedelegateResponse, Error> {
    let from = valoper(ctx.chain, "source validator", &msg.validator_src_address)?;
    let to = valoper(ctx.chain, "destination validator", &msg.validator_dst_address)?;
    let delegator = account(ctx.chain, "delegator", &msg.delegator_address)?;
    let amount = bond_amount(ctx, msg.amount.as_ref())?;
    let completion = super::redelegate(ctx, &delegator, &from, &to, amount)?;
    Ok(MsgBeginRedelegateResponse { completion_time: Some(timestamp(completion)) })
}

fn check_cancel(chain: &ChainConfig, msg: &MsgCancelUnbondingDelegation) -> Result<Vec<AccAddr>, Error> {
    valoper(chain, "validator", &msg.validator_address)?;
    let delegator = account(chain, "delegator", &msg.delegator_address)?;
    stake(msg.amount.as_ref(), "invalid amount")?;
    began_at(msg)?;
    Ok(vec![delegator])
}

fn began_at(msg: &MsgCancelUnbondingDelegation) -> Result<Height, Error> {
    let height = u64::try_from(msg.creation_height).ok().filter(|height| *height > 0);
    height.map(Height).ok_or_else(|| Error::invalid_request("invalid height"))
}

fn cancel(
    ctx: &mut Ctx<'_>,
    msg: MsgCancelUnbondingDelegation,
) -> Result<MsgCancelUnbondingDelegationResponse, Error> {
    let operator = valoper(ctx.chain, "validator", &msg.validator_address)?;
    let delegator = account(ctx.chain, "delegator", &msg.delegator_address)?;
    let amount = bond_amount(ctx, msg.amount.as_ref())?;
    super::cancel_unbonding(ctx, &delegator, &operator, amount, began_at(&msg)?)?;
    Ok(MsgCancelUnbondingDelegationResponse {})
}
