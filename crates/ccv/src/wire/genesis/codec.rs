//! The genesis documents as JSON: compact, members as declared, all of them there. Source: consumer spec §2.2, §7.

use super::super::json::{
    Json, JsonError, Members, Out, integer, only_value, read_update, text, write_update,
};
use super::super::slash::{ConsumerPacket, Spelling};
use super::{
    ClientState, ConsensusState, ConsumerGenesis, ConsumerParams, DurationNs, GenesisState, InnerSpec,
    LeafSpec, ProofSpec, ProviderInfo,
};
use crate::id::{ChainId, RevisionHeight, VscId};
use alloc::string::String;
use alloc::vec::Vec;
use ics_abci::{Height, Time};

/// Most bytes of a document: a chain that starts again brings an entry per block of its past.
const DOCUMENT_BYTES_MAX: usize = 1 << 30;

const HASHES: &[(i32, &str)] = &[
    (0, "NO_HASH"),
    (1, "SHA256"),
    (2, "SHA512"),
    (3, "KECCAK256"),
    (4, "RIPEMD160"),
    (5, "BITCOIN"),
    (6, "SHA512_256"),
    (7, "BLAKE2B_512"),
    (8, "BLAKE2S_256"),
    (9, "BLAKE3"),
];
const LENGTHS: &[(i32, &str)] = &[
    (0, "NO_PREFIX"),
    (1, "VAR_PROTO"),
    (2, "VAR_RLP"),
    (3, "FIXED32_BIG"),
    (4, "FIXED32_LITTLE"),
    (5, "FIXED64_BIG"),
    (6, "FIXED64_LITTLE"),
    (7, "REQUIRE_32_BYTES"),
    (8, "REQUIRE_64_BYTES"),
];

macro_rules! document {
    ($type:ty) => {
        impl $type {
            /// The compact JSON, all members in their declared order.
            #[must_use]
            pub fn to_json(&self) -> String {
                Out::build(|out| self.write(out))
            }

            /// Reads the JSON; unknown members are refused. Nothing is validated.
            ///
            /// # Errors
            /// [`JsonError`] where it is no such document.
            pub fn from_json(bytes: &[u8]) -> Result<Self, JsonError> {
                Self::read(only_value(bytes, DOCUMENT_BYTES_MAX)?)
            }
        }
    };
}
document!(ConsumerParams);
document!(ConsumerGenesis);
document!(GenesisState);
document!(ClientState);
document!(ConsensusState);

fn duration(members: &mut Members, name: &'static str) -> Result<DurationNs, JsonError> {
    let text = members.text(name)?;
    if text.is_empty() {
        return Ok(DurationNs(0));
    }
    DurationNs::parse(&text).ok_or(JsonError::Value { field: name, expected: "seconds, e.g. 3600s" })
}

/// A message that may be absent.
fn optional<T>(
    members: &mut Members,
    name: &'static str,
    read: impl FnOnce(Json) -> Result<T, JsonError>,
) -> Result<Option<T>, JsonError> {
    members.present(name).map(read).transpose()
}

/// A message that is its default where it is absent.
fn embedded<T>(
    members: &mut Members,
    name: &'static str,
    read: impl FnOnce(Json) -> Result<T, JsonError>,
) -> Result<T, JsonError> {
    read(members.take(name).unwrap_or(Json::Null))
}

fn write_optional<T>(out: &mut Out, name: &str, value: Option<&T>, write: impl FnOnce(&T, &mut Out)) {
    let out = out.member(name);
    match value {
        None => out.null(),
        Some(value) => write(value, out),
    }
}

impl ConsumerParams {
    fn write(&self, out: &mut Out) {
        out.object(|out| {
            out.member("enabled").plain(self.enabled);
            out.quoted("blocks_per_distribution_transmission", self.blocks_per_distribution_transmission);
            out.text("distribution_transmission_channel", &self.distribution_transmission_channel);
            out.text("provider_fee_pool_addr_str", &self.provider_fee_pool_addr);
            out.quoted("ccv_timeout_period", self.ccv_timeout_period);
            out.quoted("transfer_timeout_period", self.transfer_timeout_period);
            out.text("consumer_redistribution_fraction", &self.consumer_redistribution_fraction);
            out.quoted("historical_entries", self.historical_entries);
            out.quoted("unbonding_period", self.unbonding_period);
            out.text("soft_opt_out_threshold", &self.soft_opt_out_threshold);
            out.texts("reward_denoms", &self.reward_denoms);
            out.texts("provider_reward_denoms", &self.provider_reward_denoms);
            out.quoted("retry_delay_period", self.retry_delay_period);
            out.text("consumer_id", &self.consumer_id);
        });
    }

    fn read(json: Json) -> Result<Self, JsonError> {
        let mut m = Members::of("params", json)?;
        let params = Self {
            enabled: m.boolean("enabled")?,
            blocks_per_distribution_transmission: m.integer("blocks_per_distribution_transmission")?,
            distribution_transmission_channel: m.text("distribution_transmission_channel")?,
            provider_fee_pool_addr: m.text("provider_fee_pool_addr_str")?,
            ccv_timeout_period: duration(&mut m, "ccv_timeout_period")?,
            transfer_timeout_period: duration(&mut m, "transfer_timeout_period")?,
            consumer_redistribution_fraction: m.text("consumer_redistribution_fraction")?,
            historical_entries: m.integer("historical_entries")?,
            unbonding_period: duration(&mut m, "unbonding_period")?,
            soft_opt_out_threshold: m.text("soft_opt_out_threshold")?,
            reward_denoms: m.texts("reward_denoms")?,
            provider_reward_denoms: m.texts("provider_reward_denoms")?,
            retry_delay_period: duration(&mut m, "retry_delay_period")?,
            consumer_id: m.text("consumer_id")?,
        };
        m.finish()?;
        Ok(params)
    }
}

impl ConsumerGenesis {
    fn write(&self, out: &mut Out) {
        out.object(|out| {
            self.params.write(out.member("params"));
            self.provider.write(out.member("provider"));
            out.member("new_chain").plain(self.new_chain);
            out.member("preCCV").plain(self.pre_ccv);
            out.text("connection_id", &self.connection_id);
        });
    }

    fn read(json: Json) -> Result<Self, JsonError> {
        let mut m = Members::of("genesis", json)?;
        let genesis = Self {
            params: embedded(&mut m, "params", ConsumerParams::read)?,
            provider: embedded(&mut m, "provider", ProviderInfo::read)?,
            new_chain: m.boolean("new_chain")?,
            pre_ccv: m.boolean("preCCV")?,
            connection_id: m.text("connection_id")?,
        };
        m.finish()?;
        Ok(genesis)
    }
}

impl GenesisState {
    fn write(&self, out: &mut Out) {
        out.object(|out| {
            self.params.write(out.member("params"));
            out.text("provider_client_id", &self.provider_client_id);
            out.text("provider_channel_id", &self.provider_channel_id);
            out.member("new_chain").plain(self.new_chain);
            out.list("height_to_valset_update_id", &self.height_to_vsc_id, |out, (height, id)| {
                out.object(|out| {
                    out.quoted("height", height);
                    out.quoted("valset_update_id", id);
                });
            });
            out.list("outstanding_downtime_slashing", &self.outstanding_downtime, |out, address| {
                out.object(|out| out.text("validator_consensus_address", address));
            });
            out.member("pending_consumer_packets").object(|out| {
                out.list("list", &self.pending_packets, |out, packet| packet.write(out, Spelling::Stored));
            });
            out.member("last_transmission_block_height")
                .object(|out| out.quoted("height", self.last_transmission_height));
            out.member("preCCV").plain(self.pre_ccv);
            self.provider.write(out.member("provider"));
            out.text("connection_id", &self.connection_id);
        });
    }

    fn read(json: Json) -> Result<Self, JsonError> {
        let mut m = Members::of("genesis", json)?;
        let genesis = Self {
            params: embedded(&mut m, "params", ConsumerParams::read)?,
            provider_client_id: m.text("provider_client_id")?,
            provider_channel_id: m.text("provider_channel_id")?,
            new_chain: m.boolean("new_chain")?,
            height_to_vsc_id: m.each("height_to_valset_update_id", read_height_entry)?,
            outstanding_downtime: m.each("outstanding_downtime_slashing", |json| {
                let mut m = Members::of("outstanding_downtime_slashing", json)?;
                let address = m.text("validator_consensus_address")?;
                m.finish()?;
                Ok(address)
            })?,
            pending_packets: embedded(&mut m, "pending_consumer_packets", |json| {
                let mut m = Members::of("pending_consumer_packets", json)?;
                let packets = m.each("list", ConsumerPacket::read_stored)?;
                m.finish()?;
                Ok(packets)
            })?,
            last_transmission_height: embedded(&mut m, "last_transmission_block_height", |json| {
                let mut m = Members::of("last_transmission_block_height", json)?;
                let height = m.integer("height")?;
                m.finish()?;
                Ok(height)
            })?,
            pre_ccv: m.boolean("preCCV")?,
            provider: embedded(&mut m, "provider", ProviderInfo::read)?,
            connection_id: m.text("connection_id")?,
        };
        m.finish()?;
        Ok(genesis)
    }
}

fn read_height_entry(json: Json) -> Result<(Height, VscId), JsonError> {
    let mut m = Members::of("height_to_valset_update_id", json)?;
    let entry = (Height(m.integer("height")?), VscId(m.integer("valset_update_id")?));
    m.finish()?;
    Ok(entry)
}

impl ProviderInfo {
    fn write(&self, out: &mut Out) {
        out.object(|out| {
            write_optional(out, "client_state", self.client_state.as_ref(), ClientState::write);
            write_optional(out, "consensus_state", self.consensus_state.as_ref(), ConsensusState::write);
            out.list("initial_val_set", &self.initial_val_set, write_update);
        });
    }

    fn read(json: Json) -> Result<Self, JsonError> {
        let mut m = Members::of("provider", json)?;
        let info = Self {
            client_state: optional(&mut m, "client_state", ClientState::read)?,
            consensus_state: optional(&mut m, "consensus_state", ConsensusState::read)?,
            initial_val_set: m.each("initial_val_set", read_update)?,
        };
        m.finish()?;
        Ok(info)
    }
}

fn write_height(out: &mut Out, height: RevisionHeight) {
    out.object(|out| {
        out.quoted("revision_number", height.revision);
        out.quoted("revision_height", height.height);
    });
}

fn read_height(json: Json) -> Result<RevisionHeight, JsonError> {
    let mut m = Members::of("height", json)?;
    let height =
        RevisionHeight { revision: m.integer("revision_number")?, height: m.integer("revision_height")? };
    m.finish()?;
    Ok(height)
}

impl ClientState {
    fn write(&self, out: &mut Out) {
        out.object(|out| {
            out.text("chain_id", &self.chain_id.0);
            out.member("trust_level").object(|out| {
                out.quoted("numerator", self.trust_level.0);
                out.quoted("denominator", self.trust_level.1);
            });
            out.quoted("trusting_period", self.trusting_period);
            out.quoted("unbonding_period", self.unbonding_period);
            out.quoted("max_clock_drift", self.max_clock_drift);
            write_height(out.member("frozen_height"), self.frozen_height);
            write_height(out.member("latest_height"), self.latest_height);
            out.list("proof_specs", &self.proof_specs, |out, spec| spec.write(out));
            out.texts("upgrade_path", &self.upgrade_path);
            out.member("allow_update_after_expiry").plain(self.allow_update_after_expiry);
            out.member("allow_update_after_misbehaviour").plain(self.allow_update_after_misbehaviour);
        });
    }

    fn read(json: Json) -> Result<Self, JsonError> {
        let mut m = Members::of("client_state", json)?;
        let state = Self {
            chain_id: ChainId(m.text("chain_id")?),
            trust_level: embedded(&mut m, "trust_level", |json| {
                let mut m = Members::of("trust_level", json)?;
                let level = (m.integer("numerator")?, m.integer("denominator")?);
                m.finish()?;
                Ok(level)
            })?,
            trusting_period: duration(&mut m, "trusting_period")?,
            unbonding_period: duration(&mut m, "unbonding_period")?,
            max_clock_drift: duration(&mut m, "max_clock_drift")?,
            frozen_height: embedded(&mut m, "frozen_height", read_height)?,
            latest_height: embedded(&mut m, "latest_height", read_height)?,
            proof_specs: m.each("proof_specs", ProofSpec::read)?,
            upgrade_path: m.texts("upgrade_path")?,
            allow_update_after_expiry: m.boolean("allow_update_after_expiry")?,
            allow_update_after_misbehaviour: m.boolean("allow_update_after_misbehaviour")?,
        };
        m.finish()?;
        Ok(state)
    }
}

impl ProofSpec {
    fn write(&self, out: &mut Out) {
        out.object(|out| {
            write_optional(out, "leaf_spec", self.leaf_spec.as_ref(), LeafSpec::write);
            write_optional(out, "inner_spec", self.inner_spec.as_ref(), InnerSpec::write);
            out.member("max_depth").plain(self.max_depth);
            out.member("min_depth").plain(self.min_depth);
            out.member("prehash_key_before_comparison").plain(self.prehash_key_before_comparison);
        });
    }

    fn read(json: Json) -> Result<Self, JsonError> {
        if matches!(json, Json::Null) {
            return Err(JsonError::Value { field: "proof_specs", expected: "no null" });
        }
        let mut m = Members::of("proof_specs", json)?;
        let spec = Self {
            leaf_spec: optional(&mut m, "leaf_spec", LeafSpec::read)?,
            inner_spec: optional(&mut m, "inner_spec", InnerSpec::read)?,
            max_depth: m.integer("max_depth")?,
            min_depth: m.integer("min_depth")?,
            prehash_key_before_comparison: m.boolean("prehash_key_before_comparison")?,
        };
        m.finish()?;
        Ok(spec)
    }
}

impl LeafSpec {
    fn write(&self, out: &mut Out) {
        out.object(|out| {
            out.enumeration("hash", self.hash, HASHES);
            out.enumeration("prehash_key", self.prehash_key, HASHES);
            out.enumeration("prehash_value", self.prehash_value, HASHES);
            out.enumeration("length", self.length, LENGTHS);
            out.bytes("prefix", &self.prefix);
        });
    }

    fn read(json: Json) -> Result<Self, JsonError> {
        let mut m = Members::of("leaf_spec", json)?;
        let spec = Self {
            hash: m.enumeration("hash", HASHES)?,
            prehash_key: m.enumeration("prehash_key", HASHES)?,
            prehash_value: m.enumeration("prehash_value", HASHES)?,
            length: m.enumeration("length", LENGTHS)?,
            prefix: m.bytes("prefix")?,
        };
        m.finish()?;
        Ok(spec)
    }
}

impl InnerSpec {
    fn write(&self, out: &mut Out) {
        out.object(|out| {
            out.list("child_order", &self.child_order, |out, child| out.plain(child));
            out.member("child_size").plain(self.child_size);
            out.member("min_prefix_length").plain(self.min_prefix_length);
            out.member("max_prefix_length").plain(self.max_prefix_length);
            out.bytes("empty_child", &self.empty_child);
            out.enumeration("hash", self.hash, HASHES);
        });
    }

    fn read(json: Json) -> Result<Self, JsonError> {
        let mut m = Members::of("inner_spec", json)?;
        let spec = Self {
            child_order: m.each("child_order", |json| integer("child_order", json))?,
            child_size: m.integer("child_size")?,
            min_prefix_length: m.integer("min_prefix_length")?,
            max_prefix_length: m.integer("max_prefix_length")?,
            empty_child: m.bytes("empty_child")?,
            hash: m.enumeration("hash", HASHES)?,
        };
        m.finish()?;
        Ok(spec)
    }
}

impl ConsensusState {
    fn write(&self, out: &mut Out) {
        out.object(|out| {
            out.quoted("timestamp", self.timestamp);
            out.member("root").object(|out| out.bytes("hash", &self.root));
            out.quoted("next_validators_hash", hex::encode_upper(&self.next_validators_hash));
        });
    }

    fn read(json: Json) -> Result<Self, JsonError> {
        let mut m = Members::of("consensus_state", json)?;
        let timestamp = match m.present("timestamp") {
            None => Time::ZERO,
            Some(json) => Time::parse(&text("timestamp", json)?)
                .map_err(|_| JsonError::Value { field: "timestamp", expected: "an RFC 3339 time in UTC" })?,
        };
        let root = embedded(&mut m, "root", |json| {
            let mut m = Members::of("root", json)?;
            let hash = m.bytes("hash")?;
            m.finish()?;
            Ok(hash)
        })?;
        let next_validators_hash: Vec<u8> = hex::decode(m.text("next_validators_hash")?)
            .map_err(|_| JsonError::Value { field: "next_validators_hash", expected: "hex" })?;
        m.finish()?;
        Ok(Self { timestamp, root, next_validators_hash })
    }
}
