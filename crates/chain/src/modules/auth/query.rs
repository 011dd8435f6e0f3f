//! Questions about accounts.

use super::Account;
use crate::query::{QueryCtx, QueryError, QueryRoute};
use crate::query_route;
use ics_abci::{AccAddr, module_address};
use ics_proto::Any;
use ics_proto::cosmos::auth::v1beta1::{
    BaseAccount, ModuleAccount, Params, QueryAccountRequest, QueryAccountResponse,
    QueryModuleAccountByNameRequest, QueryModuleAccountByNameResponse, QueryParamsRequest,
    QueryParamsResponse,
};
use ics_proto::cosmos::crypto::secp256k1::PubKey;
use prost::Message;

/// The queries of this module.
pub const QUERIES: &[QueryRoute] = &[
    query_route!("/cosmos.auth.v1beta1.Query/Bech32Prefix", bech32_prefix),
    query_route!("/cosmos.auth.v1beta1.Query/Account", account),
    query_route!("/cosmos.auth.v1beta1.Query/ModuleAccountByName", module_account_by_name),
    query_route!("/cosmos.auth.v1beta1.Query/Params", params),
];

/// Type URL of an account's public key.
pub(crate) const SECP256K1: &str = "/cosmos.crypto.secp256k1.PubKey";

fn account(ctx: &QueryCtx<'_>, request: QueryAccountRequest) -> Result<QueryAccountResponse, QueryError> {
    if request.address.is_empty() {
        return Err(QueryError::invalid("Address cannot be empty"));
    }
    let addr = AccAddr::parse(ctx.chain.prefix, &request.address).map_err(QueryError::invalid)?;
    let account = super::account(ctx.state, &addr)?
        .ok_or_else(|| QueryError::not_found(format!("account {} not found", request.address)))?;
    Ok(QueryAccountResponse { account: Some(account_any(&request.address, &account)) })
}

fn module_account_by_name(
    ctx: &QueryCtx<'_>,
    request: QueryModuleAccountByNameRequest,
) -> Result<QueryModuleAccountByNameResponse, QueryError> {
    let addr = module_address(&request.name);
    let account = super::account(ctx.state, &addr)?.filter(|account| account.module.is_some());
    let account =
        account.ok_or_else(|| QueryError::not_found(format!("account {} not found", request.name)))?;
    let text = addr.to_text(ctx.chain.prefix);
    Ok(QueryModuleAccountByNameResponse { account: Some(account_any(&text, &account)) })
}

fn params(ctx: &QueryCtx<'_>, _: QueryParamsRequest) -> Result<QueryParamsResponse, QueryError> {
    let params = super::params(ctx.state)?;
    Ok(QueryParamsResponse {
        params: Some(Params {
            max_memo_characters: params.max_memo_characters,
            tx_sig_limit: params.tx_sig_limit,
            tx_size_cost_per_byte: params.tx_size_cost_per_byte,
            sig_verify_cost_ed25519: params.sig_verify_cost_ed25519,
            sig_verify_cost_secp256k1: params.sig_verify_cost_secp256k1,
        }),
    })
}

/// An account as others see it: `BaseAccount` or `ModuleAccount`.
#[must_use]
pub fn account_any(address: &str, account: &Account) -> Any {
    let pub_key = account.key.map(|key| Any {
        type_url: SECP256K1.to_owned(),
        value: PubKey { key: key.to_vec() }.encode_to_vec(),
    });
    let base = BaseAccount {
        address: address.to_owned(),
        pub_key,
        account_number: account.number,
        sequence: account.sequence,
    };
    match &account.module {
        None => Any { type_url: "/cosmos.auth.v1beta1.BaseAccount".to_owned(), value: base.encode_to_vec() },
        Some(module) => Any {
            type_url: "/cosmos.auth.v1beta1.ModuleAccount".to_owned(),
            value: ModuleAccount {
                base_account: Some(base),
                name: module.name.clone(),
                permissions: module.permissions.clone(),
            }
            .encode_to_vec(),
        },
    }
}

fn bech32_prefix(
    ctx: &QueryCtx<'_>,
    _: ics_proto::cosmos::auth::v1beta1::Bech32PrefixRequest,
) -> Result<ics_proto::cosmos::auth::v1beta1::Bech32PrefixResponse, QueryError> {
    let bech32_prefix = ctx.chain.prefix.to_owned();
    Ok(ics_proto::cosmos::auth::v1beta1::Bech32PrefixResponse { bech32_prefix })
}
