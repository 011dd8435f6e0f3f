//! Questions about coins.

use super::{Coin, SUPPLY, balance, balances, is_denom, supply};
use crate::modules::page::page;
use crate::query::{QueryCtx, QueryError, QueryRoute};
use crate::query_route;
use ics_abci::AccAddr;
use ics_proto::cosmos::bank::v1beta1::{
    Params, QueryAllBalancesRequest, QueryAllBalancesResponse, QueryBalanceRequest, QueryBalanceResponse,
    QueryParamsRequest, QueryParamsResponse, QuerySendEnabledRequest, QuerySendEnabledResponse,
    QuerySpendableBalancesRequest, QuerySpendableBalancesResponse, QuerySupplyOfRequest,
    QuerySupplyOfResponse, QueryTotalSupplyRequest, QueryTotalSupplyResponse, SendEnabled,
};

/// The queries of this module.
pub const QUERIES: &[QueryRoute] = &[
    query_route!("/cosmos.bank.v1beta1.Query/Balance", one_balance),
    query_route!("/cosmos.bank.v1beta1.Query/AllBalances", all_balances),
    query_route!("/cosmos.bank.v1beta1.Query/SpendableBalances", spendable_balances),
    query_route!("/cosmos.bank.v1beta1.Query/SupplyOf", supply_of),
    query_route!("/cosmos.bank.v1beta1.Query/TotalSupply", total_supply),
    query_route!("/cosmos.bank.v1beta1.Query/Params", params),
    query_route!("/cosmos.bank.v1beta1.Query/SendEnabled", send_enabled),
];

fn owner(ctx: &QueryCtx<'_>, address: &str) -> Result<AccAddr, QueryError> {
    AccAddr::parse(ctx.chain.prefix, address)
        .map_err(|error| QueryError::invalid(format!("invalid address: {error}")))
}

fn denom(text: &str) -> Result<(), QueryError> {
    if is_denom(text) { Ok(()) } else { Err(QueryError::invalid(format!("invalid denom: {text}"))) }
}

fn one_balance(ctx: &QueryCtx<'_>, request: QueryBalanceRequest) -> Result<QueryBalanceResponse, QueryError> {
    denom(&request.denom)?;
    let amount = balance(ctx.state, &owner(ctx, &request.address)?, &request.denom)?;
    Ok(QueryBalanceResponse { balance: Some(Coin { denom: request.denom, amount }.to_proto()) })
}

fn all_balances(
    ctx: &QueryCtx<'_>,
    request: QueryAllBalancesRequest,
) -> Result<QueryAllBalancesResponse, QueryError> {
    let coins = balances(ctx.state, &owner(ctx, &request.address)?)?;
    let (balances, pagination) = page(request.pagination, coins.to_proto().into_iter().map(Ok))?;
    Ok(QueryAllBalancesResponse { balances, pagination })
}

fn spendable_balances(
    ctx: &QueryCtx<'_>,
    request: QuerySpendableBalancesRequest,
) -> Result<QuerySpendableBalancesResponse, QueryError> {
    let coins = balances(ctx.state, &owner(ctx, &request.address)?)?;
    let (balances, pagination) = page(request.pagination, coins.to_proto().into_iter().map(Ok))?;
    Ok(QuerySpendableBalancesResponse { balances, pagination })
}

fn supply_of(ctx: &QueryCtx<'_>, request: QuerySupplyOfRequest) -> Result<QuerySupplyOfResponse, QueryError> {
    denom(&request.denom)?;
    let amount = supply(ctx.state, &request.denom)?;
    Ok(QuerySupplyOfResponse { amount: Some(Coin { denom: request.denom, amount }.to_proto()) })
}

fn total_supply(
    ctx: &QueryCtx<'_>,
    request: QueryTotalSupplyRequest,
) -> Result<QueryTotalSupplyResponse, QueryError> {
    let all = SUPPLY.iter(ctx.state);
    let all = all.map(|entry| entry.map(|(denom, amount)| Coin { denom, amount }.to_proto()));
    let (supply, pagination) = page(request.pagination, all)?;
    Ok(QueryTotalSupplyResponse { supply, pagination })
}

fn params(ctx: &QueryCtx<'_>, _: QueryParamsRequest) -> Result<QueryParamsResponse, QueryError> {
    let default_send_enabled = super::default_send_enabled(ctx.state)?;
    Ok(QueryParamsResponse { params: Some(Params { default_send_enabled, ..Params::default() }) })
}

/// The exceptions, all of them or those for some denominations.
fn send_enabled(
    ctx: &QueryCtx<'_>,
    request: QuerySendEnabledRequest,
) -> Result<QuerySendEnabledResponse, QueryError> {
    if request.denoms.is_empty() {
        let all = super::send_exceptions(ctx.state);
        let all = all.map(|entry| entry.map(|(denom, enabled)| SendEnabled { denom, enabled }));
        let (send_enabled, pagination) = page(request.pagination, all)?;
        return Ok(QuerySendEnabledResponse { send_enabled, pagination });
    }
    let mut send_enabled = Vec::new();
    for denom in request.denoms {
        if let Some(enabled) = super::send_exception(ctx.state, &denom)? {
            send_enabled.push(SendEnabled { denom, enabled });
        }
    }
    Ok(QuerySendEnabledResponse { send_enabled, pagination: None })
}
