//! Questions about stake.

mod redelegations;

use super::state::{DELEGATIONS, DELEGATORS};
use super::unbonding::{self, Unbonding};
use super::validator::Validator;
use super::{BONDED_POOL, NOT_BONDED_POOL, state};
use crate::modules::page::page;
use crate::query::{QueryCtx, QueryError, QueryRoute};
use crate::query_route;
use ics_abci::{AccAddr, Dec, Time, ValAddr};
use ics_kv::Corrupt;
use ics_proto::cosmos::base::v1beta1::Coin;
use ics_proto::cosmos::staking::v1beta1 as proto;
use ics_proto::{Any, Duration, Timestamp};
use prost::Message;
use redelegations::redelegations;

/// The queries of this module.
pub const QUERIES: &[QueryRoute] = &[
    query_route!("/cosmos.staking.v1beta1.Query/Params", params),
    query_route!("/cosmos.staking.v1beta1.Query/Pool", pool),
    query_route!("/cosmos.staking.v1beta1.Query/Validators", validators),
    query_route!("/cosmos.staking.v1beta1.Query/Validator", validator),
    query_route!("/cosmos.staking.v1beta1.Query/Delegation", delegation),
    query_route!("/cosmos.staking.v1beta1.Query/DelegatorDelegations", delegator_delegations),
    query_route!("/cosmos.staking.v1beta1.Query/ValidatorDelegations", validator_delegations),
    query_route!("/cosmos.staking.v1beta1.Query/UnbondingDelegation", unbonding_delegation),
    query_route!("/cosmos.staking.v1beta1.Query/DelegatorUnbondingDelegations", delegator_unbondings),
    query_route!("/cosmos.staking.v1beta1.Query/Redelegations", redelegations),
];

fn delegator(ctx: &QueryCtx<'_>, text: &str) -> Result<AccAddr, QueryError> {
    if text.is_empty() {
        return Err(QueryError::invalid("delegator address cannot be empty"));
    }
    AccAddr::parse(ctx.chain.prefix, text).map_err(QueryError::invalid)
}

fn operator(ctx: &QueryCtx<'_>, text: &str) -> Result<ValAddr, QueryError> {
    if text.is_empty() {
        return Err(QueryError::invalid("validator address cannot be empty"));
    }
    ValAddr::parse(&valoper(ctx), text).map_err(QueryError::invalid)
}

fn valoper(ctx: &QueryCtx<'_>) -> String {
    format!("{}valoper", ctx.chain.prefix)
}

fn known(ctx: &QueryCtx<'_>, operator: &ValAddr) -> Result<Validator, QueryError> {
    let no_validator =
        || QueryError::not_found(format!("validator {} not found", operator.to_text(&valoper(ctx))));
    state::validator(ctx.state, operator)?.ok_or_else(no_validator)
}

/// A time as protobuf has it.
pub(super) fn timestamp(time: Time) -> Timestamp {
    Timestamp { seconds: time.seconds(), nanos: i32::try_from(time.nanos()).unwrap_or(0) }
}

fn params(
    ctx: &QueryCtx<'_>,
    _: proto::QueryParamsRequest,
) -> Result<proto::QueryParamsResponse, QueryError> {
    let params = state::params(ctx.state)?;
    let unbonding_time: std::time::Duration = params.unbonding_time.into();
    let least = params.min_commission();
    Ok(proto::QueryParamsResponse {
        params: Some(proto::Params {
            unbonding_time: Some(Duration {
                seconds: i64::try_from(unbonding_time.as_secs()).unwrap_or(i64::MAX),
                nanos: i32::try_from(unbonding_time.subsec_nanos()).unwrap_or(0),
            }),
            max_validators: params.max_validators,
            max_entries: params.max_entries,
            historical_entries: params.historical_entries,
            bond_denom: params.bond_denom,
            min_commission_rate: least.to_atomics_text(),
        }),
    })
}

fn pool(ctx: &QueryCtx<'_>, _: proto::QueryPoolRequest) -> Result<proto::QueryPoolResponse, QueryError> {
    let tokens = |pool| state::tokens_of(ctx.state, pool).map(|tokens| tokens.to_string());
    let pool =
        proto::Pool { not_bonded_tokens: tokens(NOT_BONDED_POOL)?, bonded_tokens: tokens(BONDED_POOL)? };
    Ok(proto::QueryPoolResponse { pool: Some(pool) })
}

fn validators(
    ctx: &QueryCtx<'_>,
    request: proto::QueryValidatorsRequest,
) -> Result<proto::QueryValidatorsResponse, QueryError> {
    let status = request.status;
    let names = ["", "BOND_STATUS_UNBONDED", "BOND_STATUS_UNBONDING", "BOND_STATUS_BONDED"];
    if !names.contains(&status.as_str()) {
        return Err(QueryError::invalid(format!("invalid validator status {status}")));
    }
    let wanted = |entry: &Result<Validator, Corrupt>| {
        entry.as_ref().map_or(true, |validator| status.is_empty() || validator.status.name() == status)
    };
    let all = state::validators(ctx.state).filter(wanted);
    let all = all.map(|entry| entry.map(|validator| to_proto(ctx, validator)));
    let (validators, pagination) = page(request.pagination, all)?;
    Ok(proto::QueryValidatorsResponse { validators, pagination })
}

fn validator(
    ctx: &QueryCtx<'_>,
    request: proto::QueryValidatorRequest,
) -> Result<proto::QueryValidatorResponse, QueryError> {
    let validator = known(ctx, &operator(ctx, &request.validator_addr)?)?;
    Ok(proto::QueryValidatorResponse { validator: Some(to_proto(ctx, validator)) })
}

fn to_proto(ctx: &QueryCtx<'_>, validator: Validator) -> proto::Validator {
    let (description, commission) = (validator.description, validator.commission);
    let key = ics_proto::cosmos::crypto::ed25519::PubKey { key: validator.key.bytes().to_vec() };
    proto::Validator {
        operator_address: validator.operator.to_text(&valoper(ctx)),
        consensus_pubkey: Some(Any {
            type_url: format!("/cosmos.crypto.{}.PubKey", validator.key.kind()),
            value: key.encode_to_vec(),
        }),
        jailed: validator.jailed,
        status: validator.status.to_proto(),
        tokens: validator.tokens.to_string(),
        delegator_shares: validator.shares.to_atomics_text(),
        description: Some(proto::Description {
            moniker: description.moniker,
            identity: description.identity,
            website: description.website,
            security_contact: description.security_contact,
            details: description.details,
        }),
        unbonding_height: i64::try_from(validator.unbonding_height.0).unwrap_or(i64::MAX),
        unbonding_time: Some(timestamp(validator.unbonding_time)),
        commission: Some(proto::Commission {
            commission_rates: Some(proto::CommissionRates {
                rate: commission.rate.to_atomics_text(),
                max_rate: commission.max_rate.to_atomics_text(),
                max_change_rate: commission.max_change_rate.to_atomics_text(),
            }),
            update_time: Some(timestamp(commission.updated)),
        }),
        min_self_delegation: validator.min_self_delegation.to_string(),
        unbonding_on_hold_ref_count: 0,
        unbonding_ids: Vec::new(),
    }
}

fn delegation_response(
    ctx: &QueryCtx<'_>,
    delegator: &AccAddr,
    operator: &ValAddr,
    shares: Dec,
) -> Result<proto::DelegationResponse, QueryError> {
    let tokens = known(ctx, operator)?.tokens_of(shares).map_err(QueryError::internal)?;
    Ok(proto::DelegationResponse {
        delegation: Some(proto::Delegation {
            delegator_address: delegator.to_text(ctx.chain.prefix),
            validator_address: operator.to_text(&valoper(ctx)),
            shares: shares.to_atomics_text(),
        }),
        balance: Some(Coin { denom: state::params(ctx.state)?.bond_denom, amount: tokens.to_string() }),
    })
}

fn delegation(
    ctx: &QueryCtx<'_>,
    request: proto::QueryDelegationRequest,
) -> Result<proto::QueryDelegationResponse, QueryError> {
    let (delegator, operator) =
        (delegator(ctx, &request.delegator_addr)?, operator(ctx, &request.validator_addr)?);
    let none = || {
        let (delegator, validator) = (&request.delegator_addr, &request.validator_addr);
        QueryError::not_found(format!(
            "delegation with delegator {delegator} not found for validator {validator}"
        ))
    };
    let shares = state::delegation(ctx.state, &delegator, &operator)?.ok_or_else(none)?;
    let response = delegation_response(ctx, &delegator, &operator, shares)?;
    Ok(proto::QueryDelegationResponse { delegation_response: Some(response) })
}

fn delegator_delegations(
    ctx: &QueryCtx<'_>,
    request: proto::QueryDelegatorDelegationsRequest,
) -> Result<proto::QueryDelegatorDelegationsResponse, QueryError> {
    let delegator = delegator(ctx, &request.delegator_addr)?;
    let (found, pagination) = page(request.pagination, state::delegations_of(ctx.state, &delegator))?;
    let responses =
        found.into_iter().map(|(operator, shares)| delegation_response(ctx, &delegator, &operator, shares));
    let delegation_responses = responses.collect::<Result<_, _>>()?;
    Ok(proto::QueryDelegatorDelegationsResponse { delegation_responses, pagination })
}

fn validator_delegations(
    ctx: &QueryCtx<'_>,
    request: proto::QueryValidatorDelegationsRequest,
) -> Result<proto::QueryValidatorDelegationsResponse, QueryError> {
    let operator = operator(ctx, &request.validator_addr)?;
    known(ctx, &operator)?;
    let (found, pagination) = page(request.pagination, DELEGATORS.under(ctx.state, &operator.0))?;
    let mut delegation_responses = Vec::with_capacity(found.len());
    for ((operator, delegator), ()) in found {
        let shares = DELEGATIONS.get(ctx.state, &(delegator.clone(), operator.clone()))?.unwrap_or(Dec::ZERO);
        delegation_responses.push(delegation_response(ctx, &AccAddr(delegator), &ValAddr(operator), shares)?);
    }
    Ok(proto::QueryValidatorDelegationsResponse { delegation_responses, pagination })
}

fn unbonding_to_proto(
    ctx: &QueryCtx<'_>,
    delegator: &AccAddr,
    operator: &ValAddr,
    entries: Vec<Unbonding>,
) -> proto::UnbondingDelegation {
    let entries = entries.into_iter().map(|entry| proto::UnbondingDelegationEntry {
        creation_height: i64::try_from(entry.height.0).unwrap_or(i64::MAX),
        completion_time: Some(timestamp(entry.completion)),
        initial_balance: entry.initial_balance.to_string(),
        balance: entry.balance.to_string(),
        unbonding_id: entry.id,
        unbonding_on_hold_ref_count: 0,
    });
    proto::UnbondingDelegation {
        delegator_address: delegator.to_text(ctx.chain.prefix),
        validator_address: operator.to_text(&valoper(ctx)),
        entries: entries.collect(),
    }
}

fn unbonding_delegation(
    ctx: &QueryCtx<'_>,
    request: proto::QueryUnbondingDelegationRequest,
) -> Result<proto::QueryUnbondingDelegationResponse, QueryError> {
    let (delegator, operator) =
        (delegator(ctx, &request.delegator_addr)?, operator(ctx, &request.validator_addr)?);
    let entries = unbonding::unbondings(ctx.state, &delegator, &operator)?;
    if entries.is_empty() {
        let (delegator, validator) = (&request.delegator_addr, &request.validator_addr);
        let text =
            format!("unbonding delegation with delegator {delegator} not found for validator {validator}");
        return Err(QueryError::not_found(text));
    }
    let unbond = unbonding_to_proto(ctx, &delegator, &operator, entries);
    Ok(proto::QueryUnbondingDelegationResponse { unbond: Some(unbond) })
}

fn delegator_unbondings(
    ctx: &QueryCtx<'_>,
    request: proto::QueryDelegatorUnbondingDelegationsRequest,
) -> Result<proto::QueryDelegatorUnbondingDelegationsResponse, QueryError> {
    let delegator = delegator(ctx, &request.delegator_addr)?;
    let (found, pagination) = page(request.pagination, unbonding::of_delegator(ctx.state, &delegator))?;
    let responses =
        found.into_iter().map(|(operator, entries)| unbonding_to_proto(ctx, &delegator, &operator, entries));
    Ok(proto::QueryDelegatorUnbondingDelegationsResponse {
        unbonding_responses: responses.collect(),
        pagination,
    })
}
