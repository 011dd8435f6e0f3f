//! Questions to the provider's protocol, in protobuf. Source: provider spec §8.5.

use super::host::ask;
use crate::ccv_host::convert;
use crate::modules::staking;
use crate::query::{QueryCtx, QueryError, QueryRoute};
use crate::{Error, query_route};
use ics_abci::{ConsAddr, Dec, ValAddr};
use ics_ccv::id::{ClientId, ConsumerAddr, ConsumerId, ProviderAddr};
use ics_ccv::provider::phase::Phase;
use ics_ccv::provider::query::{self as protocol, Commission, Order};
use ics_proto::interchain_security::ccv::provider::v1 as pb;

/// Every question that the protocol answers.
pub const PROVIDER_QUERIES: &[QueryRoute] = &[
    query_route!("/interchain_security.ccv.provider.v1.Query/QueryConsumerGenesis", consumer_genesis),
    query_route!("/interchain_security.ccv.provider.v1.Query/QueryConsumerChains", consumer_chains),
    query_route!("/interchain_security.ccv.provider.v1.Query/QueryConsumerChain", consumer_chain),
    query_route!("/interchain_security.ccv.provider.v1.Query/QueryValidatorConsumerAddr", consumer_addr),
    query_route!("/interchain_security.ccv.provider.v1.Query/QueryValidatorProviderAddr", provider_addr),
    query_route!("/interchain_security.ccv.provider.v1.Query/QueryThrottleState", throttle_state),
    query_route!(
        "/interchain_security.ccv.provider.v1.Query/QueryRegisteredConsumerRewardDenoms",
        reward_denoms
    ),
    query_route!("/interchain_security.ccv.provider.v1.Query/QueryAllPairsValConsAddrByConsumer", all_pairs),
    query_route!("/interchain_security.ccv.provider.v1.Query/QueryParams", params),
    query_route!("/interchain_security.ccv.provider.v1.Query/QueryConsumerChainOptedInValidators", opted_in),
    query_route!(
        "/interchain_security.ccv.provider.v1.Query/QueryConsumerChainsValidatorHasToValidate",
        duty
    ),
    query_route!(
        "/interchain_security.ccv.provider.v1.Query/QueryValidatorConsumerCommissionRate",
        commission_rate
    ),
    query_route!("/interchain_security.ccv.provider.v1.Query/QueryConsumerValidators", consumer_validators),
    query_route!("/interchain_security.ccv.provider.v1.Query/QueryBlocksUntilNextEpoch", until_epoch),
    query_route!("/interchain_security.ccv.provider.v1.Query/QueryConsumerIdFromClientId", id_of_client),
    query_route!("/interchain_security.ccv.provider.v1.Query/QueryConsumerGenesisTime", genesis_time),
];

/// Most consumers of a page where nobody says.
const PAGE: u64 = 100;

fn id(text: &str) -> Result<ConsumerId, QueryError> {
    ics_ccv::provider::msgs::consumer_id(text).map_err(QueryError::invalid)
}

fn valcons(ctx: &QueryCtx<'_>) -> String {
    format!("{}valcons", ctx.chain.prefix)
}

fn address(ctx: &QueryCtx<'_>, whose: &str, text: &str) -> Result<ConsAddr, QueryError> {
    if text.is_empty() {
        return Err(QueryError::invalid(format!("empty {whose} address")));
    }
    ConsAddr::parse(&valcons(ctx), text)
        .map_err(|error| QueryError::invalid(format!("invalid {whose} address: {error}")))
}

fn not_found(error: Error) -> QueryError {
    match error {
        Error::Corrupt(corrupt) => corrupt.into(),
        Error::Refused { .. } => QueryError::not_found(error),
    }
}

fn invalid(error: Error) -> QueryError {
    match error {
        Error::Corrupt(corrupt) => corrupt.into(),
        Error::Refused { .. } => QueryError::invalid(error),
    }
}

/// A refusal in the words that the reference has for it in this query.
fn said<'a>(words: &'a str, what: &'a dyn std::fmt::Display) -> impl Fn(Error) -> QueryError + 'a {
    move |error| match error {
        Error::Corrupt(corrupt) => corrupt.into(),
        Error::Refused { .. } => QueryError::invalid(format!("{words}: {what}")),
    }
}

fn consumer_genesis(
    ctx: &QueryCtx<'_>,
    request: pb::QueryConsumerGenesisRequest,
) -> Result<pb::QueryConsumerGenesisResponse, QueryError> {
    let id = id(&request.consumer_id)?;
    let genesis = ask(ctx, |view| protocol::consumer_genesis(view, id)).map_err(not_found)?;
    Ok(pb::QueryConsumerGenesisResponse { genesis_state: Some(convert::consumer_genesis(&genesis)) })
}

fn consumer_chains(
    ctx: &QueryCtx<'_>,
    request: pb::QueryConsumerChainsRequest,
) -> Result<pb::QueryConsumerChainsResponse, QueryError> {
    let phase = match pb::ConsumerPhase::try_from(request.phase) {
        Ok(pb::ConsumerPhase::Unspecified) => None,
        Ok(pb::ConsumerPhase::Registered) => Some(Phase::Registered),
        Ok(pb::ConsumerPhase::Initialized) => Some(Phase::Initialized),
        Ok(pb::ConsumerPhase::Launched) => Some(Phase::Launched),
        Ok(pb::ConsumerPhase::Stopped) => Some(Phase::Stopped),
        Ok(pb::ConsumerPhase::Deleted) => Some(Phase::Deleted),
        Err(_) => return Err(QueryError::invalid(format!("invalid phase: {}", request.phase))),
    };
    let page = request.pagination.unwrap_or_default();
    if page.offset > 0 && !page.key.is_empty() {
        return Err(QueryError::invalid("invalid request, either offset or key is expected, got both"));
    }
    let start = match page.key.as_slice() {
        [] => None,
        key => {
            let key = key.try_into().map_err(|_| QueryError::invalid("invalid page key"))?;
            Some(ConsumerId(u64::from_be_bytes(key)))
        }
    };
    let limit = if page.limit == 0 { PAGE } else { page.limit };
    let wanted = protocol::PageWanted {
        phase,
        order: if page.reverse { Order::Descending } else { Order::Ascending },
        start,
        skip: usize::try_from(page.offset).unwrap_or(usize::MAX),
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
        // As the SDK does: who names no number is told how many there are.
        count: page.key.is_empty() && (page.count_total || page.limit == 0),
    };
    let found = ask(ctx, |view| protocol::consumer_chains(view, wanted)).map_err(invalid)?;
    Ok(pb::QueryConsumerChainsResponse {
        chains: found.chains.iter().map(chain_of_list).collect(),
        pagination: Some(ics_proto::cosmos::base::query::v1beta1::PageResponse {
            next_key: found.next.map(|id| id.0.to_be_bytes().to_vec()).unwrap_or_default(),
            total: found.total.unwrap_or_default(),
        }),
    })
}

fn chain_of_list(chain: &protocol::Chain) -> pb::Chain {
    let shaping = convert::power_shaping(&chain.power_shaping);
    pb::Chain {
        chain_id: chain.chain_id.0.clone(),
        client_id: chain.client_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        top_n: shaping.top_n,
        // There is none without Top N.
        min_power_in_top_n: chain.min_power.unwrap_or(-1),
        validators_power_cap: shaping.validators_power_cap,
        validator_set_cap: shaping.validator_set_cap,
        allowlist: shaping.allowlist,
        denylist: shaping.denylist,
        phase: convert::phase(chain.phase).as_str_name().to_owned(),
        metadata: Some(convert::metadata(&chain.metadata)),
        min_stake: shaping.min_stake,
        allow_inactive_vals: shaping.allow_inactive_vals,
        consumer_id: chain.consumer_id.to_string(),
        allowlisted_reward_denoms: Some(pb::AllowlistedRewardDenoms { denoms: Vec::new() }),
        prioritylist: shaping.prioritylist,
        infraction_parameters: Some(convert::infraction(&chain.infraction_params)),
    }
}

fn consumer_chain(
    ctx: &QueryCtx<'_>,
    request: pb::QueryConsumerChainRequest,
) -> Result<pb::QueryConsumerChainResponse, QueryError> {
    let id = id(&request.consumer_id)?;
    let chain = ask(ctx, |view| protocol::consumer_chain(view, id))
        .map_err(said("cannot retrieve chain id for consumer id", &id))?;
    Ok(pb::QueryConsumerChainResponse {
        consumer_id: chain.consumer_id.to_string(),
        chain_id: chain.chain_id.0.clone(),
        owner_address: chain.owner.to_text(ctx.chain.prefix),
        phase: convert::phase(chain.phase).as_str_name().to_owned(),
        metadata: Some(convert::metadata(&chain.metadata)),
        init_params: Some(convert::init_params(&chain.init_params)),
        power_shaping_params: Some(convert::power_shaping(&chain.power_shaping)),
        infraction_parameters: Some(convert::infraction(&chain.infraction_params)),
        client_id: chain.client_id.map(|client| client.0).unwrap_or_default(),
    })
}

fn consumer_addr(
    ctx: &QueryCtx<'_>,
    request: pb::QueryValidatorConsumerAddrRequest,
) -> Result<pb::QueryValidatorConsumerAddrResponse, QueryError> {
    let (id, who) =
        (id(&request.consumer_id)?, ProviderAddr(address(ctx, "provider", &request.provider_address)?));
    let found = ask(ctx, |view| protocol::validator_consumer_addr(view, id, who)).map_err(invalid)?;
    let consumer_address = found.map(|addr| addr.0.to_text(&valcons(ctx))).unwrap_or_default();
    Ok(pb::QueryValidatorConsumerAddrResponse { consumer_address })
}

fn provider_addr(
    ctx: &QueryCtx<'_>,
    request: pb::QueryValidatorProviderAddrRequest,
) -> Result<pb::QueryValidatorProviderAddrResponse, QueryError> {
    let (id, whose) =
        (id(&request.consumer_id)?, ConsumerAddr(address(ctx, "consumer", &request.consumer_address)?));
    let found = ask(ctx, |view| protocol::validator_provider_addr(view, id, whose)).map_err(invalid)?;
    let provider_address = found.map(|addr| addr.0.to_text(&valcons(ctx))).unwrap_or_default();
    Ok(pb::QueryValidatorProviderAddrResponse { provider_address })
}

fn all_pairs(
    ctx: &QueryCtx<'_>,
    request: pb::QueryAllPairsValConsAddrByConsumerRequest,
) -> Result<pb::QueryAllPairsValConsAddrByConsumerResponse, QueryError> {
    let id = id(&request.consumer_id)?;
    let prefix = valcons(ctx);
    let pairs = ask(ctx, |view| protocol::all_pairs(view, id)).map_err(invalid)?;
    let pair = |pair: &protocol::KeyPair| pb::PairValConAddrProviderAndConsumer {
        provider_address: pair.provider_addr.0.to_text(&prefix),
        consumer_address: pair.consumer_addr.0.to_text(&prefix),
        consumer_key: Some(convert::public_key(&pair.consumer_key)),
    };
    Ok(pb::QueryAllPairsValConsAddrByConsumerResponse { pair_val_con_addr: pairs.iter().map(pair).collect() })
}

fn params(ctx: &QueryCtx<'_>, _: pb::QueryParamsRequest) -> Result<pb::QueryParamsResponse, QueryError> {
    let params = ask(ctx, protocol::params).map_err(invalid)?;
    Ok(pb::QueryParamsResponse { params: Some(convert::params(&params)) })
}

fn throttle_state(
    ctx: &QueryCtx<'_>,
    _: pb::QueryThrottleStateRequest,
) -> Result<pb::QueryThrottleStateResponse, QueryError> {
    let (meter, allowance) = ask(ctx, protocol::throttle_state).map_err(invalid)?;
    Ok(pb::QueryThrottleStateResponse {
        slash_meter: meter.level,
        slash_meter_allowance: allowance,
        next_replenish_candidate: Some(convert::timestamp(meter.candidate)),
    })
}

fn reward_denoms(
    _: &QueryCtx<'_>,
    _: pb::QueryRegisteredConsumerRewardDenomsRequest,
) -> Result<pb::QueryRegisteredConsumerRewardDenomsResponse, QueryError> {
    Ok(pb::QueryRegisteredConsumerRewardDenomsResponse { denoms: protocol::registered_reward_denoms() })
}

fn commission_rate(
    ctx: &QueryCtx<'_>,
    request: pb::QueryValidatorConsumerCommissionRateRequest,
) -> Result<pb::QueryValidatorConsumerCommissionRateResponse, QueryError> {
    let (id, who) =
        (id(&request.consumer_id)?, ProviderAddr(address(ctx, "provider", &request.provider_address)?));
    let refused = |error| match error {
        Error::Refused { codespace: "staking", .. } => {
            said("unknown validator", &request.provider_address)(error)
        }
        error => said("unknown consumer chain", &id)(error),
    };
    let rate = match ask(ctx, |view| protocol::commission_of(view, id, who)).map_err(refused)? {
        Commission::Chosen(rate) => Some(rate),
        Commission::Staking(operator) => {
            staking::validator(ctx.state, &operator)?.map(|staked| staked.commission.rate)
        }
    };
    let rate = rate.map(Dec::to_atomics_text).unwrap_or_default();
    Ok(pb::QueryValidatorConsumerCommissionRateResponse { rate })
}

fn opted_in(
    ctx: &QueryCtx<'_>,
    request: pb::QueryConsumerChainOptedInValidatorsRequest,
) -> Result<pb::QueryConsumerChainOptedInValidatorsResponse, QueryError> {
    let id = id(&request.consumer_id)?;
    let prefix = valcons(ctx);
    let found = ask(ctx, |view| protocol::opted_in_validators(view, id))
        .map_err(said("unknown consumer chain", &id))?;
    let validators_provider_addresses = found.iter().map(|addr| addr.0.to_text(&prefix)).collect();
    Ok(pb::QueryConsumerChainOptedInValidatorsResponse { validators_provider_addresses })
}

fn duty(
    ctx: &QueryCtx<'_>,
    request: pb::QueryConsumerChainsValidatorHasToValidateRequest,
) -> Result<pb::QueryConsumerChainsValidatorHasToValidateResponse, QueryError> {
    let who = ProviderAddr(address(ctx, "provider", &request.provider_address)?);
    let ids = ask(ctx, |view| protocol::has_to_validate(view, who)).map_err(invalid)?;
    let consumer_ids = ids.iter().map(ToString::to_string).collect();
    Ok(pb::QueryConsumerChainsValidatorHasToValidateResponse { consumer_ids })
}

fn consumer_validators(
    ctx: &QueryCtx<'_>,
    request: pb::QueryConsumerValidatorsRequest,
) -> Result<pb::QueryConsumerValidatorsResponse, QueryError> {
    let id = id(&request.consumer_id)?;
    let found = ask(ctx, |view| protocol::consumer_validators(view, id))
        .map_err(said("cannot find a phase for consumer", &id))?;
    let validators = found.iter().map(|member| validator(ctx, member)).collect::<Result<_, _>>()?;
    Ok(pb::QueryConsumerValidatorsResponse { validators })
}

fn validator(
    ctx: &QueryCtx<'_>,
    member: &protocol::ConsumerValidator,
) -> Result<pb::QueryConsumerValidatorsValidator, QueryError> {
    let staked = staking::validator(ctx.state, &member.operator)?;
    let (description, commission) = staked.map(|staked| (staked.description, staked.commission)).unzip();
    let rate = commission.map(|commission| commission.rate.to_atomics_text()).unwrap_or_default();
    let consumer_rate = member.commission.map_or_else(|| rate.clone(), Dec::to_atomics_text);
    let power = staking::power_of(member.tokens);
    let is_bonded = member.status == ics_ccv::provider::ValidatorStatus::Bonded;
    #[allow(deprecated)] // Two fields that the protocol still carries, left at their defaults.
    Ok(pb::QueryConsumerValidatorsValidator {
        provider_address: member.provider_addr.0.to_text(&valcons(ctx)),
        consumer_key: Some(convert::public_key(&member.consumer_key)),
        consumer_power: member.consumer_power,
        consumer_commission_rate: consumer_rate,
        provider_commission_rate: rate,
        description: description.map(described),
        provider_operator_address: operator_text(ctx, &member.operator),
        jailed: member.jailed,
        status: match member.status {
            ics_ccv::provider::ValidatorStatus::Unbonded => 1,
            ics_ccv::provider::ValidatorStatus::Unbonding => 2,
            ics_ccv::provider::ValidatorStatus::Bonded => 3,
        },
        provider_tokens: member.tokens.to_string(),
        provider_power: if is_bonded { power } else { 0 },
        validates_current_epoch: member.validates_current_epoch,
        // A decimal is never empty on the wire, even where it says nothing.
        rate: "0".to_owned(),
        ..Default::default()
    })
}

fn described(by: staking::Description) -> ics_proto::cosmos::staking::v1beta1::Description {
    ics_proto::cosmos::staking::v1beta1::Description {
        moniker: by.moniker,
        identity: by.identity,
        website: by.website,
        security_contact: by.security_contact,
        details: by.details,
    }
}

fn operator_text(ctx: &QueryCtx<'_>, operator: &ValAddr) -> String {
    operator.to_text(&format!("{}valoper", ctx.chain.prefix))
}

fn until_epoch(
    ctx: &QueryCtx<'_>,
    _: pb::QueryBlocksUntilNextEpochRequest,
) -> Result<pb::QueryBlocksUntilNextEpochResponse, QueryError> {
    let blocks_until_next_epoch = ask(ctx, protocol::blocks_until_next_epoch).map_err(invalid)?;
    Ok(pb::QueryBlocksUntilNextEpochResponse { blocks_until_next_epoch })
}

fn id_of_client(
    ctx: &QueryCtx<'_>,
    request: pb::QueryConsumerIdFromClientIdRequest,
) -> Result<pb::QueryConsumerIdFromClientIdResponse, QueryError> {
    let client = ClientId(request.client_id);
    let id = ask(ctx, |view| protocol::consumer_id_from_client_id(view, &client))
        .map_err(said("no known consumer chain for this client id", &client))?;
    Ok(pb::QueryConsumerIdFromClientIdResponse { consumer_id: id.to_string() })
}

fn genesis_time(
    ctx: &QueryCtx<'_>,
    request: pb::QueryConsumerGenesisTimeRequest,
) -> Result<pb::QueryConsumerGenesisTimeResponse, QueryError> {
    let id = id(&request.consumer_id)?;
    let time = ask(ctx, |view| protocol::consumer_genesis_time(view, id)).map_err(|error| match error {
        Error::Refused { code: 33, ref log, .. } => {
            let log = log.clone();
            said("cannot get consumer genesis time for consumer Id", &log)(error)
        }
        error => invalid(error),
    })?;
    Ok(pb::QueryConsumerGenesisTimeResponse { genesis_time: Some(convert::timestamp(time)) })
}
