//! Messages to the provider's protocol: from protobuf to the protocol's own, and their answers back.

use super::host::run;
use super::refusal;
use crate::ccv_host::convert;
use crate::route::MsgRoute;
use crate::route::account;
use crate::{ChainConfig, Ctx, Error, msg_route};
use ics_abci::{AccAddr, Dec};
use ics_ccv::provider::msgs::{
    AssignConsumerKey, CreateConsumer, OptIn, OptOut, RemoveConsumer, SetConsumerCommissionRate,
    UpdateConsumer, UpdateParams,
};
use ics_ccv::provider::params::Params;
use ics_proto::interchain_security::ccv::provider::v1 as pb;

/// Every message that the protocol takes.
pub const PROVIDER_MSGS: &[MsgRoute] = &[
    msg_route!("/interchain_security.ccv.provider.v1.MsgCreateConsumer", check_create, create),
    msg_route!("/interchain_security.ccv.provider.v1.MsgUpdateConsumer", check_update, update),
    msg_route!("/interchain_security.ccv.provider.v1.MsgRemoveConsumer", check_remove, remove),
    msg_route!("/interchain_security.ccv.provider.v1.MsgOptIn", check_opt_in, opt_in),
    msg_route!("/interchain_security.ccv.provider.v1.MsgOptOut", check_opt_out, opt_out),
    msg_route!("/interchain_security.ccv.provider.v1.MsgAssignConsumerKey", check_assign, assign),
    msg_route!(
        "/interchain_security.ccv.provider.v1.MsgSetConsumerCommissionRate",
        check_set_commission,
        set_commission
    ),
    msg_route!("/interchain_security.ccv.provider.v1.MsgUpdateParams", check_update_params, update_params),
];

fn read_create(chain: &ChainConfig, message: pb::MsgCreateConsumer) -> Result<CreateConsumer, Error> {
    Ok(CreateConsumer {
        submitter: account(chain, "submitter", &message.submitter)?,
        chain_id: message.chain_id,
        metadata: convert::read_metadata(message.metadata.unwrap_or_default()),
        initialization_parameters: message
            .initialization_parameters
            .map(convert::read_init_params)
            .transpose()?,
        power_shaping_parameters: message.power_shaping_parameters.map(convert::read_power_shaping),
        allowlisted_reward_denoms: message.allowlisted_reward_denoms.map(|list| list.denoms),
        infraction_parameters: message.infraction_parameters.map(convert::read_infraction).transpose()?,
    })
}

fn check_create(chain: &ChainConfig, message: &pb::MsgCreateConsumer) -> Result<Vec<AccAddr>, Error> {
    let message = read_create(chain, message.clone())?;
    message.validate_basic(chain.prefix).map_err(refusal)?;
    Ok(vec![message.submitter])
}

fn create(ctx: &mut Ctx<'_>, message: pb::MsgCreateConsumer) -> Result<pb::MsgCreateConsumerResponse, Error> {
    let message = read_create(ctx.chain, message)?;
    let created = run(ctx, |host| message.handle(host))?;
    Ok(pb::MsgCreateConsumerResponse { consumer_id: created.consumer_id.to_string() })
}

fn read_update(chain: &ChainConfig, message: pb::MsgUpdateConsumer) -> Result<UpdateConsumer, Error> {
    Ok(UpdateConsumer {
        owner: account(chain, "owner", &message.owner)?,
        consumer_id: message.consumer_id,
        new_owner_address: message.new_owner_address,
        metadata: message.metadata.map(convert::read_metadata),
        initialization_parameters: message
            .initialization_parameters
            .map(convert::read_init_params)
            .transpose()?,
        power_shaping_parameters: message.power_shaping_parameters.map(convert::read_power_shaping),
        allowlisted_reward_denoms: message.allowlisted_reward_denoms.map(|list| list.denoms),
        new_chain_id: message.new_chain_id,
        infraction_parameters: message.infraction_parameters.map(convert::read_infraction).transpose()?,
    })
}

fn check_update(chain: &ChainConfig, message: &pb::MsgUpdateConsumer) -> Result<Vec<AccAddr>, Error> {
    let message = read_update(chain, message.clone())?;
    message.validate_basic(chain.prefix).map_err(refusal)?;
    Ok(vec![message.owner])
}

fn update(ctx: &mut Ctx<'_>, message: pb::MsgUpdateConsumer) -> Result<pb::MsgUpdateConsumerResponse, Error> {
    let message = read_update(ctx.chain, message)?;
    run(ctx, |host| message.handle(host))?;
    Ok(pb::MsgUpdateConsumerResponse {})
}

fn read_remove(chain: &ChainConfig, message: &pb::MsgRemoveConsumer) -> Result<RemoveConsumer, Error> {
    let owner = account(chain, "owner", &message.owner)?;
    Ok(RemoveConsumer { consumer_id: message.consumer_id.clone(), owner })
}

fn check_remove(chain: &ChainConfig, message: &pb::MsgRemoveConsumer) -> Result<Vec<AccAddr>, Error> {
    let message = read_remove(chain, message)?;
    message.validate_basic().map_err(refusal)?;
    Ok(vec![message.owner])
}

fn remove(ctx: &mut Ctx<'_>, message: pb::MsgRemoveConsumer) -> Result<pb::MsgRemoveConsumerResponse, Error> {
    let message = read_remove(ctx.chain, &message)?;
    run(ctx, |host| message.handle(host))?;
    Ok(pb::MsgRemoveConsumerResponse {})
}

#[allow(deprecated)] // `chain_id` is deprecated and must be looked at: it has to be blank.
fn read_opt_in(chain: &ChainConfig, message: &pb::MsgOptIn) -> Result<OptIn, Error> {
    Ok(OptIn {
        chain_id: message.chain_id.clone(),
        provider_addr: message.provider_addr.clone(),
        consumer_key: message.consumer_key.clone(),
        signer: account(chain, "signer", &message.signer)?,
        consumer_id: message.consumer_id.clone(),
    })
}

fn check_opt_in(chain: &ChainConfig, message: &pb::MsgOptIn) -> Result<Vec<AccAddr>, Error> {
    let message = read_opt_in(chain, message)?;
    message.validate_basic(chain.prefix).map_err(refusal)?;
    Ok(vec![message.signer])
}

fn opt_in(ctx: &mut Ctx<'_>, message: pb::MsgOptIn) -> Result<pb::MsgOptInResponse, Error> {
    let message = read_opt_in(ctx.chain, &message)?;
    run(ctx, |host| message.handle(host))?;
    Ok(pb::MsgOptInResponse {})
}

#[allow(deprecated)] // As above.
fn read_opt_out(chain: &ChainConfig, message: &pb::MsgOptOut) -> Result<OptOut, Error> {
    Ok(OptOut {
        chain_id: message.chain_id.clone(),
        provider_addr: message.provider_addr.clone(),
        signer: account(chain, "signer", &message.signer)?,
        consumer_id: message.consumer_id.clone(),
    })
}

fn check_opt_out(chain: &ChainConfig, message: &pb::MsgOptOut) -> Result<Vec<AccAddr>, Error> {
    let message = read_opt_out(chain, message)?;
    message.validate_basic(chain.prefix).map_err(refusal)?;
    Ok(vec![message.signer])
}

fn opt_out(ctx: &mut Ctx<'_>, message: pb::MsgOptOut) -> Result<pb::MsgOptOutResponse, Error> {
    let message = read_opt_out(ctx.chain, &message)?;
    run(ctx, |host| message.handle(host))?;
    Ok(pb::MsgOptOutResponse {})
}

#[allow(deprecated)] // As above.
fn read_assign(chain: &ChainConfig, message: &pb::MsgAssignConsumerKey) -> Result<AssignConsumerKey, Error> {
    Ok(AssignConsumerKey {
        chain_id: message.chain_id.clone(),
        provider_addr: message.provider_addr.clone(),
        consumer_key: message.consumer_key.clone(),
        signer: account(chain, "signer", &message.signer)?,
        consumer_id: message.consumer_id.clone(),
    })
}

fn check_assign(chain: &ChainConfig, message: &pb::MsgAssignConsumerKey) -> Result<Vec<AccAddr>, Error> {
    let message = read_assign(chain, message)?;
    message.validate_basic(chain.prefix).map_err(refusal)?;
    Ok(vec![message.signer])
}

fn assign(
    ctx: &mut Ctx<'_>,
    message: pb::MsgAssignConsumerKey,
) -> Result<pb::MsgAssignConsumerKeyResponse, Error> {
    let message = read_assign(ctx.chain, &message)?;
    run(ctx, |host| message.handle(host))?;
    Ok(pb::MsgAssignConsumerKeyResponse {})
}

#[allow(deprecated)] // As above.
fn read_set_commission(
    chain: &ChainConfig,
    message: &pb::MsgSetConsumerCommissionRate,
) -> Result<SetConsumerCommissionRate, Error> {
    Ok(SetConsumerCommissionRate {
        chain_id: message.chain_id.clone(),
        provider_addr: message.provider_addr.clone(),
        rate: Dec::from_atomics_text(&message.rate).map_err(Error::invalid_request)?,
        signer: account(chain, "signer", &message.signer)?,
        consumer_id: message.consumer_id.clone(),
    })
}

fn check_set_commission(
    chain: &ChainConfig,
    message: &pb::MsgSetConsumerCommissionRate,
) -> Result<Vec<AccAddr>, Error> {
    let message = read_set_commission(chain, message)?;
    message.validate_basic(chain.prefix).map_err(refusal)?;
    Ok(vec![message.signer])
}

fn set_commission(
    ctx: &mut Ctx<'_>,
    message: pb::MsgSetConsumerCommissionRate,
) -> Result<pb::MsgSetConsumerCommissionRateResponse, Error> {
    let message = read_set_commission(ctx.chain, &message)?;
    run(ctx, |host| message.handle(host))?;
    Ok(pb::MsgSetConsumerCommissionRateResponse {})
}

fn check_update_params(chain: &ChainConfig, message: &pb::MsgUpdateParams) -> Result<Vec<AccAddr>, Error> {
    Ok(vec![account(chain, "authority", &message.authority)?])
}

fn update_params(
    ctx: &mut Ctx<'_>,
    message: pb::MsgUpdateParams,
) -> Result<pb::MsgUpdateParamsResponse, Error> {
    let authority = account(ctx.chain, "authority", &message.authority)?;
    let mut params = Params::default();
    convert::read_params(&mut params, message.params.unwrap_or_default(), |_| true)?;
    let message = UpdateParams { authority, params };
    run(ctx, |host| message.handle(host))?;
    Ok(pb::MsgUpdateParamsResponse {})
}
