//! The consumer's genesis: what the provider serves and a consumer starts from. Source: consumer spec §2.1, §5 to §7.

mod codec;
mod duration;
mod validate;

pub use validate::{ClientError, GenesisError, ParamsError};

use super::slash::ConsumerPacket;
use crate::id::{ChainId, RevisionHeight, VscId};
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::time::Duration;
use ics_abci::{Height, Time, ValUpdate};

/// Parameters of a consumer. Durations in JSON are seconds, counts are blocks. Source: consumer spec §5.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ConsumerParams {
    /// Whether the module does anything at all.
    pub enabled: bool,
    /// Blocks between transmissions of rewards.
    pub blocks_per_distribution_transmission: i64,
    /// Transfer channel on which rewards go; "" for none yet.
    pub distribution_transmission_channel: String,
    /// Account on the provider to which rewards go; "" until the handshake names it.
    pub provider_fee_pool_addr: String,
    /// How long a packet to the provider may take.
    pub ccv_timeout_period: DurationNs,
    /// How long a transfer of rewards may take.
    pub transfer_timeout_period: DurationNs,
    /// Share of the fees that stays on the consumer, decimal text.
    pub consumer_redistribution_fraction: String,
    /// How many blocks of historical info to keep.
    pub historical_entries: i64,
    /// Unbonding period of the consumer.
    pub unbonding_period: DurationNs,
    /// Deprecated, always "0".
    pub soft_opt_out_threshold: String,
    /// Denoms of the consumer that go to the provider.
    pub reward_denoms: Vec<String>,
    /// Denoms of the provider that go back to it.
    pub provider_reward_denoms: Vec<String>,
    /// How long to wait before a bounced slash packet goes again.
    pub retry_delay_period: DurationNs,
    /// What the provider calls this consumer, decimal.
    pub consumer_id: String,
}

impl Default for ConsumerParams {
    /// The reference's defaults: nothing is enabled. Source: consumer spec §5.
    fn default() -> Self {
        Self {
            enabled: false,
            blocks_per_distribution_transmission: 1_000,
            distribution_transmission_channel: String::new(),
            provider_fee_pool_addr: String::new(),
            ccv_timeout_period: DurationNs::from_secs(2_419_200),
            transfer_timeout_period: DurationNs::from_secs(3_600),
            consumer_redistribution_fraction: "0.75".to_string(),
            historical_entries: 10_000,
            unbonding_period: DurationNs::from_secs(1_728_000),
            soft_opt_out_threshold: "0".to_string(),
            reward_denoms: Vec::new(),
            provider_reward_denoms: Vec::new(),
            retry_delay_period: DurationNs::from_secs(3_600),
            consumer_id: "0".to_string(),
        }
    }
}

/// A protobuf duration in nanoseconds; may be negative before it is validated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct DurationNs(pub i64);

impl DurationNs {
    /// This many whole seconds (the greatest duration where they do not fit).
    #[must_use]
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }
    /// As a duration; `None` below zero.
    #[must_use]
    pub fn get(self) -> Option<Duration> {
        u64::try_from(self.0).ok().map(Duration::from_nanos)
    }
}

/// A Tendermint light client's state, as far as the protocol makes and reads one (type `07-tendermint`).
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ClientState {
    /// The chain that the client follows.
    pub chain_id: ChainId,
    /// Least share of a trusted set that must have signed: numerator, denominator.
    pub trust_level: (u64, u64),
    /// How long a header is trusted.
    pub trusting_period: DurationNs,
    /// The chain's unbonding period.
    pub unbonding_period: DurationNs,
    /// How far the chain's clock may be ahead.
    pub max_clock_drift: DurationNs,
    /// Height at which the client was frozen; zero if it was not.
    pub frozen_height: RevisionHeight,
    /// The latest height it knows.
    pub latest_height: RevisionHeight,
    /// How the chain proves its state, lowest tree first. Empty is invalid.
    pub proof_specs: Vec<ProofSpec>,
    /// Keys under which the chain would announce its upgrade.
    pub upgrade_path: Vec<String>,
    /// Deprecated, false.
    pub allow_update_after_expiry: bool,
    /// Deprecated, false.
    pub allow_update_after_misbehaviour: bool,
}

/// An `ics23.ProofSpec`. Enums by number: hash 0 none, 1 SHA-256; length 0 none, 1 varint.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ProofSpec {
    /// How leaves are hashed.
    pub leaf_spec: Option<LeafSpec>,
    /// How inner nodes are hashed.
    pub inner_spec: Option<InnerSpec>,
    /// Deepest proof; 0 for no limit.
    pub max_depth: i32,
    /// Shallowest proof; 0 for no limit.
    pub min_depth: i32,
    /// Whether keys are hashed before they are compared.
    pub prehash_key_before_comparison: bool,
}

/// An `ics23.LeafOp`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LeafSpec {
    /// Hash of the leaf.
    pub hash: i32,
    /// Hash of the key before.
    pub prehash_key: i32,
    /// Hash of the value before.
    pub prehash_value: i32,
    /// How lengths are written.
    pub length: i32,
    /// First bytes of every leaf.
    pub prefix: Vec<u8>,
}

/// An `ics23.InnerSpec`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct InnerSpec {
    /// Order of the children.
    pub child_order: Vec<i32>,
    /// Bytes of a child.
    pub child_size: i32,
    /// Fewest bytes before the children.
    pub min_prefix_length: i32,
    /// Most bytes before the children.
    pub max_prefix_length: i32,
    /// What stands for no child.
    pub empty_child: Vec<u8>,
    /// Hash of the node.
    pub hash: i32,
}

/// A Tendermint light client's view of one block.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ConsensusState {
    /// Time of the block.
    pub timestamp: Time,
    /// App hash in its header.
    pub root: Vec<u8>,
    /// Hash of the set that signs the next block.
    pub next_validators_hash: Vec<u8>,
}

/// What a consumer knows of its provider at the start.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ProviderInfo {
    /// The client to create; none when a connection is reused.
    pub client_state: Option<ClientState>,
    /// Its first consensus state; none when a connection is reused.
    pub consensus_state: Option<ConsensusState>,
    /// The first validators, in order.
    pub initial_val_set: Vec<ValUpdate>,
}

/// What the provider serves: message `interchain_security.ccv.v1.ConsumerGenesisState`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ConsumerGenesis {
    /// Parameters.
    pub params: ConsumerParams,
    /// The provider.
    pub provider: ProviderInfo,
    /// Whether the chain starts new (always, from a provider).
    pub new_chain: bool,
    /// Whether a running chain becomes a consumer.
    pub pre_ccv: bool,
    /// The consumer's end of a connection to reuse; "" for none.
    pub connection_id: String,
}

/// What a consumer starts from: message `interchain_security.ccv.consumer.v1.GenesisState`. Every [`ConsumerGenesis`] is
/// one; the members that it lacks are those of a chain that starts again.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GenesisState {
    /// Parameters.
    pub params: ConsumerParams,
    /// The client of the provider; "" for a new chain.
    pub provider_client_id: String,
    /// The established channel; "" where there is none yet.
    pub provider_channel_id: String,
    /// Whether the chain starts new.
    pub new_chain: bool,
    /// Which update made the set that signs at a height.
    pub height_to_vsc_id: Vec<(Height, VscId)>,
    /// Consensus addresses, bech32 with the consumer's prefix, whose downtime is reported and not dealt with.
    pub outstanding_downtime: Vec<String>,
    /// Packets that wait to be sent, in order.
    pub pending_packets: Vec<ConsumerPacket>,
    /// Height of the last transmission of rewards; 0 for none.
    pub last_transmission_height: i64,
    /// Whether a running chain becomes a consumer.
    pub pre_ccv: bool,
    /// The provider.
    pub provider: ProviderInfo,
    /// The consumer's end of a connection to reuse; "" for none.
    pub connection_id: String,
}

impl From<ConsumerGenesis> for GenesisState {
    fn from(served: ConsumerGenesis) -> Self {
        Self {
            params: served.params,
            new_chain: served.new_chain,
            pre_ccv: served.pre_ccv,
            provider: served.provider,
            connection_id: served.connection_id,
            ..Self::default()
        }
    }
}

/// How a chain of the Cosmos SDK proves its state: the state tree, then the tree of the stores.
#[must_use]
pub fn sdk_proof_specs() -> Vec<ProofSpec> {
    const SHA256: i32 = 1;
    let spec = |child_size, min_prefix_length, max_prefix_length| ProofSpec {
        leaf_spec: Some(LeafSpec {
            hash: SHA256,
            prehash_key: 0,
            prehash_value: SHA256,
            length: 1,
            prefix: vec![0],
        }),
        inner_spec: Some(InnerSpec {
            child_order: vec![0, 1],
            child_size,
            min_prefix_length,
            max_prefix_length,
            empty_child: Vec::new(),
            hash: SHA256,
        }),
        max_depth: 0,
        min_depth: 0,
        prehash_key_before_comparison: false,
    };
    vec![spec(33, 4, 12), spec(32, 1, 1)]
}
