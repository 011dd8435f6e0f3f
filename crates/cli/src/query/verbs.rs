//! Every question that the command line knows, as the field's binaries spell it.
//!
//! Source: provider spec §8.5, §8.9; consumer spec §19; the SDK's commands.

/// One question.
pub(crate) struct Verb {
    /// `module verb`.
    pub(crate) words: [&'static str; 2],
    /// Arguments in order, each a field of the request: `name`, `?name` where it may be left out, then the options that
    /// are taken, `--name`.
    pub(crate) args: &'static [&'static str],
    /// What it tells.
    pub(crate) about: &'static str,
    /// The method at the node.
    pub(crate) path: &'static str,
    /// The message asked with.
    pub(crate) request: &'static str,
    /// The message answered with.
    pub(crate) response: &'static str,
    /// The one member of the answer that is printed; all of it where none is named.
    pub(crate) inner: Option<&'static str>,
}

impl Verb {
    /// The arguments that are told from one another by their place.
    pub(crate) fn placed(&self) -> impl Iterator<Item = &'static str> {
        self.args.iter().copied().filter(|arg| !arg.starts_with("--"))
    }

    /// Whether an option of this name is taken.
    pub(crate) fn takes(&self, option: &str) -> bool {
        self.args.iter().any(|arg| arg.strip_prefix("--") == Some(option))
    }
}

macro_rules! verbs {
    (@) => { None };
    (@ $inner:literal) => { Some($inner) };
    ($($module:literal $package:literal {
        $($verb:literal [$($arg:literal),*] $about:literal => $method:literal $request:literal $response:literal $(. $inner:literal)?;)*
    })*) => {
        &[$($(Verb {
            words: [$module, $verb],
            args: &[$($arg),*],
            about: $about,
            path: concat!("/", $package, ".Query/", $method),
            request: concat!($package, ".", $request),
            response: concat!($package, ".", $response),
            inner: verbs!(@ $($inner)?),
        },)*)*]
    };
}

/// The table.
pub(crate) const VERBS: &[Verb] = verbs! {
    "auth" "cosmos.auth.v1beta1" {
        "account" ["address"] "an account's number and sequence" => "Account" "QueryAccountRequest" "QueryAccountResponse";
        "params" [] "parameters" => "Params" "QueryParamsRequest" "QueryParamsResponse";
        "module-account" ["name"] "the account of a module, such as gov" => "ModuleAccountByName" "QueryModuleAccountByNameRequest" "QueryModuleAccountByNameResponse";
    }
    "bank" "cosmos.bank.v1beta1" {
        "params" [] "parameters" => "Params" "QueryParamsRequest" "QueryParamsResponse";
        "balances" ["address", "--pagination"] "all coins of an account" => "AllBalances" "QueryAllBalancesRequest" "QueryAllBalancesResponse";
        "balance" ["address", "denom"] "an account's coins of one denomination" => "Balance" "QueryBalanceRequest" "QueryBalanceResponse";
        "total-supply" ["--pagination"] "all coins there are" => "TotalSupply" "QueryTotalSupplyRequest" "QueryTotalSupplyResponse";
    }
    "staking" "cosmos.staking.v1beta1" {
        "params" [] "parameters" => "Params" "QueryParamsRequest" "QueryParamsResponse";
        "pool" [] "bonded and unbonded tokens" => "Pool" "QueryPoolRequest" "QueryPoolResponse";
        "validators" ["--pagination"] "all validators" => "Validators" "QueryValidatorsRequest" "QueryValidatorsResponse";
        "validator" ["validator_addr"] "one validator" => "Validator" "QueryValidatorRequest" "QueryValidatorResponse";
        "delegation" ["delegator_addr", "validator_addr"] "one delegation" => "Delegation" "QueryDelegationRequest" "QueryDelegationResponse";
        "delegations" ["delegator_addr", "--pagination"] "an account's delegations" => "DelegatorDelegations" "QueryDelegatorDelegationsRequest" "QueryDelegatorDelegationsResponse";
        "unbonding-delegations" ["delegator_addr", "--pagination"] "what an account is unbonding" => "DelegatorUnbondingDelegations" "QueryDelegatorUnbondingDelegationsRequest" "QueryDelegatorUnbondingDelegationsResponse";
    }
    "gov" "cosmos.gov.v1" {
        "params" [] "parameters" => "Params" "QueryParamsRequest" "QueryParamsResponse";
        "constitution" [] "what the chain says it is for" => "Constitution" "QueryConstitutionRequest" "QueryConstitutionResponse";
        "proposal" ["proposal_id"] "one proposal" => "Proposal" "QueryProposalRequest" "QueryProposalResponse";
        "proposals" ["--proposal_status", "--voter", "--depositor", "--pagination"] "all proposals, or those of a state" => "Proposals" "QueryProposalsRequest" "QueryProposalsResponse";
        "vote" ["proposal_id", "voter"] "one vote" => "Vote" "QueryVoteRequest" "QueryVoteResponse";
        "votes" ["proposal_id", "--pagination"] "the votes on a proposal that is voted on" => "Votes" "QueryVotesRequest" "QueryVotesResponse";
        "deposit" ["proposal_id", "depositor"] "one deposit" => "Deposit" "QueryDepositRequest" "QueryDepositResponse";
        "deposits" ["proposal_id", "--pagination"] "the deposits on a proposal" => "Deposits" "QueryDepositsRequest" "QueryDepositsResponse";
        "tally" ["proposal_id"] "how a proposal stands" => "TallyResult" "QueryTallyResultRequest" "QueryTallyResultResponse";
    }
    "provider" "interchain_security.ccv.provider.v1" {
        "params" [] "parameters" => "QueryParams" "QueryParamsRequest" "QueryParamsResponse" . "params";
        "list-consumer-chains" ["?phase", "--pagination"] "consumers, of all phases or one" => "QueryConsumerChains" "QueryConsumerChainsRequest" "QueryConsumerChainsResponse";
        "consumer-chain" ["consumer_id"] "one consumer" => "QueryConsumerChain" "QueryConsumerChainRequest" "QueryConsumerChainResponse";
        "consumer-genesis" ["consumer_id"] "what a launched consumer starts from" => "QueryConsumerGenesis" "QueryConsumerGenesisRequest" "QueryConsumerGenesisResponse" . "genesis_state";
        "consumer-validators" ["consumer_id"] "who validates a consumer" => "QueryConsumerValidators" "QueryConsumerValidatorsRequest" "QueryConsumerValidatorsResponse";
        "consumer-opted-in-validators" ["consumer_id"] "who opted in to a consumer" => "QueryConsumerChainOptedInValidators" "QueryConsumerChainOptedInValidatorsRequest" "QueryConsumerChainOptedInValidatorsResponse";
        "has-to-validate" ["provider_address"] "which consumers a validator has to validate" => "QueryConsumerChainsValidatorHasToValidate" "QueryConsumerChainsValidatorHasToValidateRequest" "QueryConsumerChainsValidatorHasToValidateResponse";
        "validator-consumer-key" ["consumer_id", "provider_address"] "the address that a validator uses on a consumer" => "QueryValidatorConsumerAddr" "QueryValidatorConsumerAddrRequest" "QueryValidatorConsumerAddrResponse";
        "validator-provider-key" ["consumer_id", "consumer_address"] "whose address on a consumer it is" => "QueryValidatorProviderAddr" "QueryValidatorProviderAddrRequest" "QueryValidatorProviderAddrResponse";
        "all-pairs-valconsensus-address" ["consumer_id"] "all keys assigned on a consumer" => "QueryAllPairsValConsAddrByConsumer" "QueryAllPairsValConsAddrByConsumerRequest" "QueryAllPairsValConsAddrByConsumerResponse";
        "blocks-until-next-epoch" [] "blocks until sets are computed again" => "QueryBlocksUntilNextEpoch" "QueryBlocksUntilNextEpochRequest" "QueryBlocksUntilNextEpochResponse";
        "consumer-id-from-client-id" ["client_id"] "the consumer that a client follows" => "QueryConsumerIdFromClientId" "QueryConsumerIdFromClientIdRequest" "QueryConsumerIdFromClientIdResponse";
        "consumer-genesis-time" ["consumer_id"] "when a consumer's genesis was" => "QueryConsumerGenesisTime" "QueryConsumerGenesisTimeRequest" "QueryConsumerGenesisTimeResponse";
        "throttle-state" [] "how much power consumers may still jail" => "QueryThrottleState" "QueryThrottleStateRequest" "QueryThrottleStateResponse";
        "registered-consumer-reward-denoms" [] "denominations that every consumer may pay rewards in" => "QueryRegisteredConsumerRewardDenoms" "QueryRegisteredConsumerRewardDenomsRequest" "QueryRegisteredConsumerRewardDenomsResponse";
        "validator-consumer-commission-rate" ["consumer_id", "provider_address"] "the share of a consumer's rewards that a validator keeps" => "QueryValidatorConsumerCommissionRate" "QueryValidatorConsumerCommissionRateRequest" "QueryValidatorConsumerCommissionRateResponse";
    }
    "ccvconsumer" "interchain_security.ccv.consumer.v1" {
        "params" [] "parameters" => "QueryParams" "QueryParamsRequest" "QueryParamsResponse";
        "provider-info" [] "the channel to the provider, from both ends" => "QueryProviderInfo" "QueryProviderInfoRequest" "QueryProviderInfoResponse";
        "next-fee-distribution" [] "what is sent to the provider next, and when" => "QueryNextFeeDistribution" "QueryNextFeeDistributionEstimateRequest" "QueryNextFeeDistributionEstimateResponse";
        "throttle-state" [] "what waits to be sent to the provider" => "QueryThrottleState" "QueryThrottleStateRequest" "QueryThrottleStateResponse";
    }
    "ibc" "ibc.core.client.v1" {
        "clients" ["--pagination"] "light clients" => "ClientStates" "QueryClientStatesRequest" "QueryClientStatesResponse";
    }
    "ibc" "ibc.core.connection.v1" {
        "connections" ["--pagination"] "connections" => "Connections" "QueryConnectionsRequest" "QueryConnectionsResponse";
    }
    "ibc" "ibc.core.channel.v1" {
        "channels" ["--pagination"] "channels" => "Channels" "QueryChannelsRequest" "QueryChannelsResponse";
    }
    "ibc-transfer" "ibc.applications.transfer.v1" {
        "denom-traces" ["--pagination"] "where vouchers come from" => "DenomTraces" "QueryDenomTracesRequest" "QueryDenomTracesResponse";
    }
};
