//! Why a step of the provider's side failed, and the code by which clients know it.
//!
//! Source: provider spec §8.6, §8.7; codes of IBC, staking and the SDK where the reference returns theirs.

pub use super::fault::{Fault, InUse, Message, Wanted};
use super::phase::Phase;
use crate::id::{ChainId, ChannelId, ClientId, ConnectionId, ConsumerId, ProviderAddr, VscId};
use crate::wire::handshake::HandshakeError;
use crate::wire::{JsonError, PacketError};

use alloc::format;
use alloc::string::{String, ToString};
use ics_abci::{Dec, Height, Power, ValAddr};
use ics_kv::Corrupt;

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A stored value does not decode: the node must halt.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// Not there in this version.
    #[error("not supported yet: {0}")]
    NotYet(&'static str),
    /// A message is wrong in itself.
    #[error("{part}: {message}")]
    Invalid {
        /// Which message.
        message: Message,
        /// What is wrong in it.
        part: Fault,
    },
    /// The consumer id is none at all (in a message whose own error does not say so).
    #[error("{}: invalid consumer id", no_consumer_id(.0))]
    InvalidConsumerId(String),
    /// No consumer has this id.
    #[error("{0}: no consumer chain with this consumer id")]
    UnknownConsumer(String),
    /// The consumer is in a phase that does not allow it.
    #[error(
        "consumer {id}: {wanted}, found {}: cannot perform action in the current phase of consumer chain",
        .found.map_or("no such consumer", Phase::name)
    )]
    WrongPhase {
        /// Which consumer.
        id: ConsumerId,
        /// What is asked of its phase.
        wanted: Wanted,
        /// Its phase; none for an unknown consumer.
        found: Option<Phase>,
    },
    /// A phase cannot follow another: a fault of this program.
    #[error("consumer {id} cannot move from {from:?} to {to:?}")]
    Transition {
        /// Which consumer.
        id: ConsumerId,
        /// Where it is.
        from: Option<Phase>,
        /// Where it should go.
        to: Phase,
    },
    /// The consumer has no owner.
    #[error("cannot retrieve owner address of consumer {0}: missing owner address")]
    NoOwner(ConsumerId),
    /// Somebody else owns the consumer.
    #[error("expected owner address {owner}, got {found}: unauthorized")]
    NotOwner {
        /// Who owns it, bech32.
        owner: String,
        /// Who asked, bech32.
        found: String,
    },
    /// The new owner is no account of this chain.
    #[error("invalid new owner address {0}: invalid new owner address")]
    InvalidNewOwner(String),
    /// The initial height's revision is not that of the chain id.
    #[error(
        "invalid initial height for consumer id ({id}): chain ID ({chain_id}) doesn't match revision number ({revision}): invalid consumer initialization parameters"
    )]
    WrongRevision {
        /// Which consumer.
        id: ConsumerId,
        /// Its chain id.
        chain_id: ChainId,
        /// The revision of the initial height.
        revision: u64,
    },
    /// The consumer's stake would be bound longer than the provider's.
    #[error(
        "unbonding period of consumer id ({id}) is longer than the provider's: {found} s, at most {most} s: invalid consumer initialization parameters"
    )]
    LongUnbonding {
        /// Which consumer.
        id: ConsumerId,
        /// The one asked for, whole seconds.
        found: u64,
        /// The provider's, whole seconds.
        most: u64,
    },
    /// The power shaping of a message cannot be on a chain that governance does not own.
    #[error(
        "an update to a Top N chain can only be done if the owner of the chain is the gov module: invalid transform to Top N chain"
    )]
    NotOwnedByGovernance,
    /// A consumer cannot be created as a Top N chain.
    #[error(
        "cannot create a Top N chain through `MsgCreateConsumer`; first create the chain and then use `MsgUpdateConsumer` to make the chain Top N"
    )]
    CreateTopN,
    /// Nobody is active, so there is no least power for Top N.
    #[error(
        "could not compute the minimum power of consumer {0}: nobody is active: cannot update minimum power in Top N"
    )]
    NobodyToBind(ConsumerId),
    /// A Top N chain must stay with governance.
    #[error(
        "a move to a new owner address that is not the gov module can only be done if `Top N` is set to 0: invalid transform to Opt In chain"
    )]
    TopNNeedsGovernance,
    /// Top N binds the validator.
    #[error(
        "validator with power ({power}) cannot opt out from Top N chain ({id}) because all validators with at least {min_power} power have to validate: cannot opt out from a Top N chain"
    )]
    BoundByTopN {
        /// Which consumer.
        id: ConsumerId,
        /// The validator's last power.
        power: Power,
        /// The least power that is bound.
        min_power: Power,
    },
    /// A Top N chain has no least power.
    #[error(
        "could not find minimum power in top N for chain with consumer id {0}: no consumer chain with this consumer id"
    )]
    NoMinPower(ConsumerId),
    /// Somebody else asks for what governance alone decides.
    #[error(
        "invalid authority; expected {expected}, got {found}: expected gov account as only signer for proposal message"
    )]
    NotAuthority {
        /// The account of governance, bech32.
        expected: String,
        /// Who asked, bech32.
        found: String,
    },
    /// Staking does not know the validator.
    #[error("validator does not exist")]
    NoValidator(ValAddr),
    /// A commission below what staking allows.
    #[error(
        "commission {rate} cannot be less than min rate {least}: commission cannot be less than min rate"
    )]
    LowCommission {
        /// What was asked for.
        rate: Dec,
        /// The least there is.
        least: Dec,
    },
    /// Staking knows no validator with this consensus address.
    #[error("unknown validator: {0:?}")]
    NoSuchValidator(ProviderAddr),
    /// The key is of a type that consensus does not take from a consumer.
    #[error("{0}: validator pubkey type is not supported")]
    KeyType(String),
    /// Another validator uses the key on the provider, or somebody uses or used it on the consumer.
    #[error("{0}: consumer key is already in use by a validator")]
    KeyInUse(InUse),
    /// The validator's own provider key, which it uses anyway.
    #[error(
        "a validator cannot assign the default key: its key on the provider chain is used as the default"
    )]
    DefaultKey,

    /// Handshakes start on the consumer.
    #[error("channel handshake must be initiated by consumer chain: invalid message sent to channel end")]
    HandshakeFlow,
    /// Users cannot close the channel.
    #[error("user cannot close channel: invalid request")]
    UserClose,
    /// The channel is not ORDERED.
    #[error("expected ORDERED channel: invalid channel ordering")]
    Unordered,
    /// The port is not the protocol's.
    #[error("invalid port: {found}, expected {expected}: invalid port")]
    Port {
        /// The protocol's.
        expected: &'static str,
        /// The one given.
        found: String,
    },
    /// The consumer proposes another version.
    #[error("invalid counterparty version: got {0:?}, expected \"1\": invalid CCV version")]
    Version(String),
    /// The channel does not run over exactly one connection.
    #[error("{0} connection hops: too many connection hops")]
    Hops(usize),
    /// No such connection.
    #[error("connection not found for connection ID: {0}: connection not found")]
    NoConnection(ConnectionId),
    /// No such Tendermint client.
    #[error("client not found for client ID: {0}: light client not found")]
    NoClient(ClientId),
    /// No such channel end.
    #[error("channel not found for channel ID: {0}: channel not found")]
    NoChannel(ChannelId),
    /// The client is no consumer's (handshake).
    #[error("no consumer chain for client {0}: consumer chain not found")]
    NoConsumerChain(ClientId),
    /// The consumer has no client.
    #[error("consumer {0} has no client: light client not found")]
    NoClientOf(ConsumerId),
    /// The consumer has another client.
    #[error(
        "consumer {id} has client {expected}, the channel is on {found}: ccv channel is not built on correct client"
    )]
    WrongClient {
        /// Which consumer.
        id: ConsumerId,
        /// Its client.
        expected: ClientId,
        /// The channel's client.
        found: ClientId,
    },
    /// The client is no consumer's (when the channel opened, or in a query).
    #[error("no consumer id for client {0}: missing consumer id")]
    NoConsumerOfClient(ClientId),
    /// The consumer has a channel.
    #[error("CCV channel with ID: {1} already created for consumer ID {0}: CCV channel already exists")]
    DuplicateChannel(ConsumerId, ChannelId),
    /// A packet on a channel that is no consumer's.
    #[error("channel {0}: no consumer chain with this channel")]
    UnknownChannel(ChannelId),
    /// A timeout on a channel that is no consumer's.
    #[error("channel {0} is no consumer's: invalid channel state")]
    TimeoutOnUnknownChannel(ChannelId),
    /// An acknowledgement that is none.
    #[error("cannot unmarshal packet acknowledgement: {0}: unknown request")]
    Ack(JsonError),
    /// A packet's data does not decode, or says what cannot be.
    #[error(transparent)]
    Packet(#[from] PacketError),
    /// The account of the rewards pool is too long for a channel's version.
    #[error("cannot tell the version: {0}")]
    Metadata(#[from] HandshakeError),
    /// A report names an update that was never made.
    #[error("cannot find infraction height matching the validator update id {0}: invalid CCV packet data")]
    UnknownUpdate(VscId),

    /// Nobody would validate the consumer.
    #[error("cannot create genesis state: empty validator set")]
    NobodyOptedIn,
    /// Nobody who validates the provider would validate the consumer.
    #[error("cannot launch: no validator of the set is active on the provider")]
    NobodyActive,
    /// What the provider's block looks like is not known.
    #[error("the provider's own consensus state at height {0} is not known")]
    NoSelfConsensusState(Height),
    /// The connection to reuse leads to another chain.
    #[error("connection {connection}: its client follows {found:?}: invalid consumer client")]
    OtherChain {
        /// The connection.
        connection: ConnectionId,
        /// The chain id of its client.
        found: String,
    },
    /// The connection to reuse is not open to the other side yet.
    #[error("connection {0} has no counterparty: invalid consumer client")]
    HalfConnection(ConnectionId),
    /// The client belongs to another consumer.
    #[error("client {client} belongs to consumer {other}: invalid consumer client")]
    ClientTaken {
        /// The client.
        client: ClientId,
        /// Whose it is.
        other: ConsumerId,
    },
    /// IBC refuses to make the client.
    #[error("cannot create client: {0}: invalid consumer client")]
    ClientRefused(String),
    /// The parameters give no trusting period.
    #[error("trusting period: {0}")]
    TrustingPeriod(ics_abci::DecError),

    /// Parameters or genesis of the module are wrong.
    #[error("{0}")]
    Params(Fault),
    /// The module was never initialised.
    #[error("the provider module has no parameters: its genesis was not run")]
    NoGenesis,
    /// There are no more consumer ids.
    #[error("consumer ids are exhausted")]
    IdsExhausted,
    /// The consumer has no genesis (yet, or any more).
    #[error("{0}: no consumer chain with this consumer id")]
    NoConsumerGenesis(String),
    /// The genesis time is not known, because the consumer reuses a connection.
    #[error("cannot get consumer genesis time for consumer Id: {0}")]
    NoGenesisTime(ConsumerId),
}

/// Why a text is no consumer id, in the words of Go's parser, which clients of the reference know.
fn no_consumer_id(text: &str) -> String {
    if text.trim().is_empty() {
        return "consumer id cannot be blank".to_string();
    }
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let why = if is_number { "value out of range" } else { "invalid syntax" };
    format!("consumer id ({text}) cannot be parsed: strconv.ParseUint: parsing {text:?}: {why}")
}

impl Error {
    /// Codespace and code, as transactions and acknowledgements carry them.
    #[must_use]
    pub const fn code(&self) -> (&'static str, u32) {
        match self {
            Self::UnknownConsumer(_) | Self::NoMinPower(_) => ("provider", 3),
            Self::UnknownChannel(_) => ("provider", 4),
            Self::KeyInUse(_) => ("provider", 10),
            Self::DefaultKey => ("provider", 11),
            Self::WrongClient { .. } => ("provider", 16),
            Self::BoundByTopN { .. } => ("provider", 20),
            Self::NotOwner { .. } => ("provider", 25),
            Self::WrongPhase { .. } => ("provider", 27),
            Self::WrongRevision { .. } | Self::LongUnbonding { .. } => ("provider", 30),
            Self::NobodyToBind(_) => ("provider", 31),
            Self::NoConsumerGenesis(_) => ("provider", 33),
            Self::NoConsumerOfClient(_) => ("provider", 35),
            Self::NoOwner(_) => ("provider", 37),
            Self::InvalidNewOwner(_) => ("provider", 38),
            Self::NotOwnedByGovernance => ("provider", 39),
            Self::TopNNeedsGovernance => ("provider", 40),
            Self::Invalid { message: Message::Create, .. } => ("provider", 44),
            Self::Invalid { message: Message::Update, .. } => ("provider", 45),
            Self::Invalid { message: Message::AssignKey, .. } => ("provider", 46),
            Self::Invalid { message: Message::OptIn, .. } => ("provider", 49),
            Self::Invalid { message: Message::OptOut, .. } => ("provider", 50),
            Self::Invalid { message: Message::SetCommission, .. } => ("provider", 51),
            Self::Packet(PacketError::Invalid(_)) | Self::UnknownUpdate(_) => ("CCV", 1),
            Self::Version(_) => ("CCV", 2),
            Self::HandshakeFlow => ("CCV", 3),
            Self::DuplicateChannel(..) => ("CCV", 5),
            Self::NoClientOf(_) => ("CCV", 10),
            Self::ClientRefused(_)
            | Self::ClientTaken { .. }
            | Self::OtherChain { .. }
            | Self::HalfConnection(_) => ("CCV", 12),
            Self::NoConsumerChain(_) => ("CCV", 15),
            Self::InvalidConsumerId(_) => ("CCV", 19),
            Self::NotAuthority { .. } => ("gov", 13),
            Self::NoConnection(_) => ("connection", 3),
            Self::NoClient(_) => ("client", 4),
            Self::NoChannel(_) => ("channel", 3),
            Self::TimeoutOnUnknownChannel(_) => ("channel", 5),
            Self::Unordered => ("channel", 6),
            Self::Hops(_) => ("channel", 15),
            Self::Port { .. } => ("port", 4),
            Self::LowCommission { .. } => ("staking", 40),
            Self::NoValidator(_) | Self::NoSuchValidator(_) => ("staking", 3),
            Self::KeyType(_) => ("staking", 6),
            Self::Metadata(_) => ("CCV", 8),
            Self::Ack(_) => ("sdk", 6),
            Self::UserClose => ("sdk", 18),
            Self::Packet(PacketError::Undecodable(_)) => ("sdk", 29),
            Self::NotYet(_) => ("sdk", 37),
            Self::Corrupt(_)
            | Self::Transition { .. }
            | Self::CreateTopN
            | Self::NobodyOptedIn
            | Self::NobodyActive
            | Self::NoSelfConsensusState(_)
            | Self::TrustingPeriod(_)
            | Self::Params(_)
            | Self::NoGenesis
            | Self::IdsExhausted
            | Self::NoGenesisTime(_) => ("undefined", 1),
        }
    }

    /// Whether the node must halt rather than let one consumer's step fail.
    #[must_use]
    pub const fn is_corrupt(&self) -> bool {
        matches!(self, Self::Corrupt(_))
    }
}
