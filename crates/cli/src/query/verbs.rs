//! Every question that the command line knows, as the field's binaries spell it: a table.
//!
//! Source: provider spec §8.5, §8.9; consumer spec §19; the SDK's commands.

/// One question.
#[derive(Debug)]
pub(crate) struct Verb {
    /// The words before its name, apart by spaces; none of a question that goes to the node and not to a module of its chain.
    pub(crate) module: &'static str,
    /// The last word.
    pub(crate) name: &'static str,
    /// Arguments in order: `name`, `?name` where it may be left out, then the options that are taken, `--name`.
    pub(crate) args: &'static [&'static str],
    /// What it tells.
    pub(crate) about: &'static str,
    /// What is asked.
    pub(crate) ask: Ask,
}

/// What is asked.
#[derive(Debug)]
pub(crate) enum Ask {
    /// A gRPC method; the arguments are fields of the request.
    Module(Method),
    /// The node, about blocks and transactions.
    Node(Node),
}

/// A gRPC method.
#[derive(Debug)]
pub(crate) struct Method {
    /// The method at the node.
    pub(crate) path: &'static str,
    /// The message asked with.
    pub(crate) request: &'static str,
    /// The message answered with.
    pub(crate) response: &'static str,
    /// The one member of the answer that is printed; all of it where none is named.
    pub(crate) inner: Option<&'static str>,
}

/// What a node knows of blocks and transactions.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node {
    Tx,
    WaitTx,
    Txs,
    Block,
    BlockResults,
    Blocks,
    Validators,
}

impl Verb {
    /// All words before the question's arguments.
    pub(crate) fn words(&self) -> impl Iterator<Item = &'static str> {
        self.module.split_whitespace().chain([self.name])
    }

    /// The arguments that are told from one another by their place.
    pub(crate) fn placed(&self) -> impl Iterator<Item = &'static str> {
        self.args.iter().copied().filter(|arg| !arg.starts_with("--"))
    }

    /// The options that are taken.
    pub(crate) fn options(&self) -> impl Iterator<Item = &'static str> {
        self.args.iter().copied().filter(|arg| arg.starts_with("--"))
    }
}

/// What the first words are about.
pub(crate) const MODULES: &[(&str, &str)] = &[
    ("auth", "Accounts"),
    ("bank", "Coins"),
    ("staking", "Validators and who stakes on them"),
    ("gov", "Proposals and votes"),
    ("provider", "Consumers, and who secures them"),
    ("ccvconsumer", "What secures this chain"),
    ("ibc", "Clients, connections and channels"),
    ("ibc client", "Light clients"),
    ("ibc connection", "Connections"),
    ("ibc channel", "Channels and packets"),
    ("ibc-transfer", "Coins that came from other chains"),
];

/// The questions that go to the node.
pub(crate) const OF_NODE: &[Verb] = &[
    node("tx", &["hash"], "A transaction in a block", Node::Tx),
    node("wait-tx", &["hash", "--timeout"], "The same, waited for", Node::WaitTx),
    node("txs", &["--query", "--page", "--limit"], "Transactions by their events", Node::Txs),
    node("block", &["?height", "--height"], "A block; the last where nothing is given", Node::Block),
    node("block-results", &["?height", "--height"], "What came of a block", Node::BlockResults),
    node("blocks", &["--query", "--page", "--limit"], "Blocks by their events", Node::Blocks),
    node(
        "comet-validator-set",
        &["?height", "--height", "--page", "--limit"],
        "Who signed a block, and with what power",
        Node::Validators,
    ),
];

const fn node(name: &'static str, args: &'static [&'static str], about: &'static str, ask: Node) -> Verb {
    Verb { module: "", name, args, about, ask: Ask::Node(ask) }
}

macro_rules! verbs {
    (@) => { None };
    (@ $inner:literal) => { Some($inner) };
    ($($module:literal $package:literal {
        $($verb:literal [$($arg:literal),*] $about:literal => $method:literal $request:literal $response:literal $(. $inner:literal)?;)*
    })*) => {
        &[$($(Verb {
            module: $module,
            name: $verb,
            args: &[$($arg,)* "--height"],
            about: $about,
            ask: Ask::Module(Method {
                path: concat!("/", $package, ".Query/", $method),
                request: concat!($package, ".", $request),
                response: concat!($package, ".", $response),
                inner: verbs!(@ $($inner)?),
            }),
        },)*)*]
    };
}

/// The questions that go to the modules of a chain.
pub(crate) const OF_MODULES: &[Verb] = verbs! {
    "auth" "cosmos.auth.v1beta1" {
        "account" ["address"] "an account's number and sequence" => "Account" "QueryAccountRequest" "QueryAccountResponse";
        "params" [] "parameters" => "Params" "QueryParamsRequest" "QueryParamsResponse";
        "module-account" ["name"] "the account of a module, such as gov" => "ModuleAccountByName" "QueryModuleAccountByNameRequest" "QueryModuleAccountByNameResponse";
    }
    "bank" "cosmos.bank.v1beta1" {
        "params" [] "parameters" => "Params" "QueryParamsRequest" "QueryParamsResponse";
        "balances" ["address", "--pagination"] "all coins of an account" => "AllBalances" "QueryAllBalancesRequest" "QueryAllBalancesResponse";
        "balance" ["address", "denom"] "an account's coins of one denomination" => "Balance" "QueryBalanceRequest" "QueryBalanceResponse";
        "spendable-balances" ["address", "--pagination"] "the coins of an account that it may spend" => "SpendableBalances" "QuerySpendableBalancesRequest" "QuerySpendableBalancesResponse";
        "total-supply" ["--pagination"] "all coins there are" => "TotalSupply" "QueryTotalSupplyRequest" "QueryTotalSupplyResponse";
        "total-supply-of" ["denom"] "how much of a denomination there is" => "SupplyOf" "QuerySupplyOfRequest" "QuerySupplyOfResponse";
        "send-enabled" ["--pagination"] "the denominations whose sending is a case of its own" => "SendEnabled" "QuerySendEnabledRequest" "QuerySendEnabledResponse";
    }
    "staking" "cosmos.staking.v1beta1" {
        "params" [] "parameters" => "Params" "QueryParamsRequest" "QueryParamsResponse";
        "pool" [] "bonded and unbonded tokens" => "Pool" "QueryPoolRequest" "QueryPoolResponse";
        "validators" ["--pagination"] "all validators" => "Validators" "QueryValidatorsRequest" "QueryValidatorsResponse";
        "validator" ["validator_addr"] "one validator" => "Validator" "QueryValidatorRequest" "QueryValidatorResponse";
        "delegation" ["delegator_addr", "validator_addr"] "one delegation" => "Delegation" "QueryDelegationRequest" "QueryDelegationResponse";
        "delegations" ["delegator_addr", "--pagination"] "an account's delegations" => "DelegatorDelegations" "QueryDelegatorDelegationsRequest" "QueryDelegatorDelegationsResponse";
        "delegations-to" ["validator_addr", "--pagination"] "the delegations to a validator" => "ValidatorDelegations" "QueryValidatorDelegationsRequest" "QueryValidatorDelegationsResponse";
        "unbonding-delegation" ["delegator_addr", "validator_addr"] "what an account is unbonding from a validator" => "UnbondingDelegation" "QueryUnbondingDelegationRequest" "QueryUnbondingDelegationResponse";
        "unbonding-delegations" ["delegator_addr", "--pagination"] "what an account is unbonding" => "DelegatorUnbondingDelegations" "QueryDelegatorUnbondingDelegationsRequest" "QueryDelegatorUnbondingDelegationsResponse";
        "redelegation" ["delegator_addr", "?src_validator_addr", "?dst_validator_addr", "--pagination"] "what an account moved between validators and both answer for" => "Redelegations" "QueryRedelegationsRequest" "QueryRedelegationsResponse";
    }
    "gov" "cosmos.gov.v1" {
        "params" [] "parameters" => "Params" "QueryParamsRequest" "QueryParamsResponse";
        "constitution" [] "what the chain says it is for" => "Constitution" "QueryConstitutionRequest" "QueryConstitutionResponse";
        "proposal" ["proposal_id"] "one proposal" => "Proposal" "QueryProposalRequest" "QueryProposalResponse";
        "proposals" ["--proposal-status", "--voter", "--depositor", "--pagination"] "all proposals, or those of a state" => "Proposals" "QueryProposalsRequest" "QueryProposalsResponse";
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
    "ibc client" "ibc.core.client.v1" {
        "states" ["--pagination"] "all light clients" => "ClientStates" "QueryClientStatesRequest" "QueryClientStatesResponse";
        "state" ["client_id"] "one light client" => "ClientState" "QueryClientStateRequest" "QueryClientStateResponse";
        "status" ["client_id"] "whether a light client is active" => "ClientStatus" "QueryClientStatusRequest" "QueryClientStatusResponse";
        "consensus-states" ["client_id", "--pagination"] "all that a light client knows of its chain" => "ConsensusStates" "QueryConsensusStatesRequest" "QueryConsensusStatesResponse";
        "consensus-state" ["client_id", "revision-height"] "what a light client knows of a height, REVISION-HEIGHT" => "ConsensusState" "QueryConsensusStateRequest" "QueryConsensusStateResponse";
        "consensus-state-heights" ["client_id", "--pagination"] "the heights that a light client knows" => "ConsensusStateHeights" "QueryConsensusStateHeightsRequest" "QueryConsensusStateHeightsResponse";
        "params" [] "parameters" => "ClientParams" "QueryClientParamsRequest" "QueryClientParamsResponse";
    }
    "ibc connection" "ibc.core.connection.v1" {
        "connections" ["--pagination"] "all connections" => "Connections" "QueryConnectionsRequest" "QueryConnectionsResponse";
        "end" ["connection_id"] "one connection" => "Connection" "QueryConnectionRequest" "QueryConnectionResponse";
        "path" ["client_id"] "the connections of a light client" => "ClientConnections" "QueryClientConnectionsRequest" "QueryClientConnectionsResponse";
        "params" [] "parameters" => "ConnectionParams" "QueryConnectionParamsRequest" "QueryConnectionParamsResponse";
    }
    "ibc channel" "ibc.core.channel.v1" {
        "channels" ["--pagination"] "all channels" => "Channels" "QueryChannelsRequest" "QueryChannelsResponse";
        "end" ["port_id", "channel_id"] "one channel" => "Channel" "QueryChannelRequest" "QueryChannelResponse";
        "connections" ["connection", "--pagination"] "the channels of a connection" => "ConnectionChannels" "QueryConnectionChannelsRequest" "QueryConnectionChannelsResponse";
        "client-state" ["port_id", "channel_id"] "the light client under a channel" => "ChannelClientState" "QueryChannelClientStateRequest" "QueryChannelClientStateResponse";
        "packet-commitments" ["port_id", "channel_id", "--pagination"] "packets sent and not yet acknowledged" => "PacketCommitments" "QueryPacketCommitmentsRequest" "QueryPacketCommitmentsResponse";
        "packet-commitment" ["port_id", "channel_id", "sequence"] "one packet sent and not yet acknowledged" => "PacketCommitment" "QueryPacketCommitmentRequest" "QueryPacketCommitmentResponse";
        "packet-receipt" ["port_id", "channel_id", "sequence"] "whether a packet of an unordered channel was received" => "PacketReceipt" "QueryPacketReceiptRequest" "QueryPacketReceiptResponse";
        "packet-ack" ["port_id", "channel_id", "sequence"] "the acknowledgement of a packet received" => "PacketAcknowledgement" "QueryPacketAcknowledgementRequest" "QueryPacketAcknowledgementResponse";
        "next-sequence-receive" ["port_id", "channel_id"] "the packet that an ordered channel waits for" => "NextSequenceReceive" "QueryNextSequenceReceiveRequest" "QueryNextSequenceReceiveResponse";
        "next-sequence-send" ["port_id", "channel_id"] "the number of the next packet sent" => "NextSequenceSend" "QueryNextSequenceSendRequest" "QueryNextSequenceSendResponse";
    }
    "ibc-transfer" "ibc.applications.transfer.v1" {
        "denom-traces" ["--pagination"] "where vouchers come from" => "DenomTraces" "QueryDenomTracesRequest" "QueryDenomTracesResponse";
        "denom-trace" ["hash"] "where one voucher comes from" => "DenomTrace" "QueryDenomTraceRequest" "QueryDenomTraceResponse";
        "denom-hash" ["trace"] "the hash in a voucher's name, of port/channel/denom" => "DenomHash" "QueryDenomHashRequest" "QueryDenomHashResponse";
        "escrow-address" ["port_id", "channel_id"] "who holds what was sent over a channel" => "EscrowAddress" "QueryEscrowAddressRequest" "QueryEscrowAddressResponse";
        "total-escrow" ["denom"] "how much of a denomination is on other chains" => "TotalEscrowForDenom" "QueryTotalEscrowForDenomRequest" "QueryTotalEscrowForDenomResponse";
        "params" [] "parameters" => "Params" "QueryParamsRequest" "QueryParamsResponse";
    }
};
