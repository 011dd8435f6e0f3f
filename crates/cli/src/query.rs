//! `ics query …`: a table of verbs over the gRPC methods that every node answers.

use crate::context::Context;
use crate::{Failure, output};
use serde_json::{Map, Value};

/// One verb.
pub(crate) struct Verb {
    /// `module verb`, as the field's binaries spell them.
    pub(crate) words: [&'static str; 2],
    /// Arguments in order: `name` of the request's field; a leading `?` makes it optional.
    pub(crate) args: &'static [&'static str],
    /// What it tells.
    pub(crate) about: &'static str,
    path: &'static str,
    request: &'static str,
    response: &'static str,
}

macro_rules! verbs {
    ($($module:literal $verb:literal [$($arg:literal),*] $about:literal => $package:literal $service:literal $method:literal $request:literal $response:literal;)*) => {
        &[$(Verb {
            words: [$module, $verb],
            args: &[$($arg),*],
            about: $about,
            path: concat!("/", $package, ".", $service, "/", $method),
            request: concat!($package, ".", $request),
            response: concat!($package, ".", $response),
        }),*]
    };
}

/// Every query that the command line knows.
pub(crate) const VERBS: &[Verb] = verbs! {
    "auth" "account" ["address"] "an account's number and sequence" => "cosmos.auth.v1beta1" "Query" "Account" "QueryAccountRequest" "QueryAccountResponse";
    "auth" "params" [] "parameters" => "cosmos.auth.v1beta1" "Query" "Params" "QueryParamsRequest" "QueryParamsResponse";
    "bank" "balances" ["address"] "all coins of an account" => "cosmos.bank.v1beta1" "Query" "AllBalances" "QueryAllBalancesRequest" "QueryAllBalancesResponse";
    "bank" "balance" ["address", "denom"] "an account's coins of one denomination" => "cosmos.bank.v1beta1" "Query" "Balance" "QueryBalanceRequest" "QueryBalanceResponse";
    "bank" "total-supply" [] "all coins there are" => "cosmos.bank.v1beta1" "Query" "TotalSupply" "QueryTotalSupplyRequest" "QueryTotalSupplyResponse";
    "staking" "params" [] "parameters" => "cosmos.staking.v1beta1" "Query" "Params" "QueryParamsRequest" "QueryParamsResponse";
    "staking" "pool" [] "bonded and unbonded tokens" => "cosmos.staking.v1beta1" "Query" "Pool" "QueryPoolRequest" "QueryPoolResponse";
    "staking" "validators" [] "all validators" => "cosmos.staking.v1beta1" "Query" "Validators" "QueryValidatorsRequest" "QueryValidatorsResponse";
    "staking" "validator" ["validator_addr"] "one validator" => "cosmos.staking.v1beta1" "Query" "Validator" "QueryValidatorRequest" "QueryValidatorResponse";
    "staking" "delegation" ["delegator_addr", "validator_addr"] "one delegation" => "cosmos.staking.v1beta1" "Query" "Delegation" "QueryDelegationRequest" "QueryDelegationResponse";
    "staking" "delegations" ["delegator_addr"] "an account's delegations" => "cosmos.staking.v1beta1" "Query" "DelegatorDelegations" "QueryDelegatorDelegationsRequest" "QueryDelegatorDelegationsResponse";
    "staking" "unbonding-delegations" ["delegator_addr"] "what an account is unbonding" => "cosmos.staking.v1beta1" "Query" "DelegatorUnbondingDelegations" "QueryDelegatorUnbondingDelegationsRequest" "QueryDelegatorUnbondingDelegationsResponse";
    "provider" "params" [] "parameters" => "interchain_security.ccv.provider.v1" "Query" "QueryParams" "QueryParamsRequest" "QueryParamsResponse";
    "provider" "list-consumer-chains" ["?phase"] "consumers, of all phases or one" => "interchain_security.ccv.provider.v1" "Query" "QueryConsumerChains" "QueryConsumerChainsRequest" "QueryConsumerChainsResponse";
    "provider" "consumer-chain" ["consumer_id"] "one consumer" => "interchain_security.ccv.provider.v1" "Query" "QueryConsumerChain" "QueryConsumerChainRequest" "QueryConsumerChainResponse";
    "provider" "consumer-genesis" ["consumer_id"] "what a launched consumer starts from" => "interchain_security.ccv.provider.v1" "Query" "QueryConsumerGenesis" "QueryConsumerGenesisRequest" "QueryConsumerGenesisResponse";
    "provider" "consumer-validators" ["consumer_id"] "who validates a consumer" => "interchain_security.ccv.provider.v1" "Query" "QueryConsumerValidators" "QueryConsumerValidatorsRequest" "QueryConsumerValidatorsResponse";
    "provider" "consumer-opted-in-validators" ["consumer_id"] "who opted in to a consumer" => "interchain_security.ccv.provider.v1" "Query" "QueryConsumerChainOptedInValidators" "QueryConsumerChainOptedInValidatorsRequest" "QueryConsumerChainOptedInValidatorsResponse";
    "provider" "has-to-validate" ["provider_address"] "which consumers a validator has to validate" => "interchain_security.ccv.provider.v1" "Query" "QueryConsumerChainsValidatorHasToValidate" "QueryConsumerChainsValidatorHasToValidateRequest" "QueryConsumerChainsValidatorHasToValidateResponse";
    "provider" "validator-consumer-key" ["consumer_id", "provider_address"] "the address that a validator uses on a consumer" => "interchain_security.ccv.provider.v1" "Query" "QueryValidatorConsumerAddr" "QueryValidatorConsumerAddrRequest" "QueryValidatorConsumerAddrResponse";
    "provider" "validator-provider-key" ["consumer_id", "consumer_address"] "whose address on a consumer it is" => "interchain_security.ccv.provider.v1" "Query" "QueryValidatorProviderAddr" "QueryValidatorProviderAddrRequest" "QueryValidatorProviderAddrResponse";
    "provider" "all-pairs-valconsensus-address" ["consumer_id"] "all keys assigned on a consumer" => "interchain_security.ccv.provider.v1" "Query" "QueryAllPairsValConsAddrByConsumer" "QueryAllPairsValConsAddrByConsumerRequest" "QueryAllPairsValConsAddrByConsumerResponse";
    "provider" "blocks-until-next-epoch" [] "blocks until sets are computed again" => "interchain_security.ccv.provider.v1" "Query" "QueryBlocksUntilNextEpoch" "QueryBlocksUntilNextEpochRequest" "QueryBlocksUntilNextEpochResponse";
    "provider" "consumer-id-from-client-id" ["client_id"] "the consumer that a client follows" => "interchain_security.ccv.provider.v1" "Query" "QueryConsumerIdFromClientId" "QueryConsumerIdFromClientIdRequest" "QueryConsumerIdFromClientIdResponse";
    "provider" "consumer-genesis-time" ["consumer_id"] "when a consumer's genesis was" => "interchain_security.ccv.provider.v1" "Query" "QueryConsumerGenesisTime" "QueryConsumerGenesisTimeRequest" "QueryConsumerGenesisTimeResponse";
    "ccvconsumer" "params" [] "parameters" => "interchain_security.ccv.consumer.v1" "Query" "QueryParams" "QueryParamsRequest" "QueryParamsResponse";
    "ccvconsumer" "provider-info" [] "the channel to the provider, from both ends" => "interchain_security.ccv.consumer.v1" "Query" "QueryProviderInfo" "QueryProviderInfoRequest" "QueryProviderInfoResponse";
    "ibc" "clients" [] "light clients" => "ibc.core.client.v1" "Query" "ClientStates" "QueryClientStatesRequest" "QueryClientStatesResponse";
    "ibc" "connections" [] "connections" => "ibc.core.connection.v1" "Query" "Connections" "QueryConnectionsRequest" "QueryConnectionsResponse";
    "ibc" "channels" [] "channels" => "ibc.core.channel.v1" "Query" "Channels" "QueryChannelsRequest" "QueryChannelsResponse";
    "ibc-transfer" "denom-traces" [] "where vouchers come from" => "ibc.applications.transfer.v1" "Query" "DenomTraces" "QueryDenomTracesRequest" "QueryDenomTracesResponse";
};

/// Runs a verb: asks the node, prints the answer.
pub(crate) fn run(context: &Context, words: &[String]) -> Result<(), Failure> {
    let [module, verb, args @ ..] = words else {
        return Err(Failure(format!("which query? Try one of:\n{}", list(None))));
    };
    let Some(found) = VERBS.iter().find(|known| known.words == [module.as_str(), verb.as_str()]) else {
        let own = list(Some(module));
        let known = if own.is_empty() { list(None) } else { own };
        return Err(Failure(format!("there is no query `{module} {verb}`. Try one of:\n{known}")));
    };
    let required = found.args.iter().filter(|arg| !arg.starts_with('?')).count();
    if args.len() < required || args.len() > found.args.len() {
        return Err(Failure(format!("usage: ics query {}", usage(found))));
    }
    let mut request = Map::new();
    for (name, value) in found.args.iter().zip(args) {
        request.insert(name.trim_start_matches('?').to_owned(), context.resolve(name, value)?);
    }
    let bytes = ics_proto::json::from_json(found.request, &Value::Object(request).to_string())
        .map_err(|error| Failure(format!("usage: ics query {}: {error}", usage(found))))?;
    let answer = context.rpc.query(found.path, &bytes)?;
    let json =
        ics_proto::json::to_json(found.response, &answer).map_err(|error| Failure(error.to_string()))?;
    output::answer(context.output, &json)
}

fn usage(verb: &Verb) -> String {
    let args = verb.args.iter().map(|arg| match arg.strip_prefix('?') {
        Some(name) => format!(" [{name}]"),
        None => format!(" <{arg}>"),
    });
    format!("{} {}{}", verb.words[0], verb.words[1], args.collect::<String>())
}

/// The verbs of a module, or all, one a line.
pub(crate) fn list(module: Option<&str>) -> String {
    VERBS
        .iter()
        .filter(|verb| module.is_none_or(|module| verb.words[0] == module))
        .map(|verb| format!("  {:<58} {}\n", usage(verb), verb.about))
        .collect()
}
