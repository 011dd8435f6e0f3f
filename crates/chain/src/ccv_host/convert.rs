//! Between the protocol's types and protobuf's. Reading checks; writing cannot fail.

use crate::Error;
use ibc_proto::google::protobuf::{Any, Duration, Timestamp};
use ibc_proto::ibc::core::client::v1::Height as ProtoHeight;
use ibc_proto::ibc::core::commitment::v1::MerkleRoot;
use ibc_proto::ibc::lightclients::tendermint::v1 as tm;
use ibc_proto::ics23;
use ics_abci::{ConsKey, Dec, Time, ValUpdate};
use ics_ccv::id::{ChainId, RevisionHeight};
use ics_ccv::provider::infraction_params::{InfractionChange, InfractionParameters, SlashJailParameters};
use ics_ccv::provider::init_params::InitializationParameters;
use ics_ccv::provider::metadata::ConsumerMetadata;
use ics_ccv::provider::params::Params;
use ics_ccv::provider::phase::Phase;
use ics_ccv::provider::power_shaping::PowerShaping;
use ics_ccv::wire::genesis::{
    ClientState, ConsensusState, ConsumerGenesis, ConsumerParams, DurationNs, InnerSpec, LeafSpec, ProofSpec,
};
use ics_proto::interchain_security::ccv::{provider::v1 as pb, v1 as shared};
use ics_proto::tendermint::abci::ValidatorUpdate;
use ics_proto::tendermint::crypto::{PublicKey, public_key};
use prost::{Message, Name};

pub(crate) fn any<M: Message + Name>(message: &M) -> Any {
    Any { type_url: M::type_url(), value: message.encode_to_vec() }
}

pub(crate) fn public_key(key: &ConsKey) -> PublicKey {
    let bytes = key.bytes().to_vec();
    let sum = match key {
        ConsKey::Ed25519(_) => public_key::Sum::Ed25519(bytes),
        ConsKey::Secp256k1(_) => public_key::Sum::Secp256k1(bytes),
    };
    PublicKey { sum: Some(sum) }
}

pub(crate) fn update(update: &ValUpdate) -> ValidatorUpdate {
    ValidatorUpdate { pub_key: Some(public_key(&update.key)), power: update.power }
}

pub(crate) fn timestamp(time: Time) -> Timestamp {
    Timestamp { seconds: time.seconds(), nanos: i32::try_from(time.nanos()).unwrap_or(0) }
}

/// A time that was left out is no time.
pub(crate) fn time(timestamp: Option<&Timestamp>) -> Result<Time, Error> {
    let Some(timestamp) = timestamp else { return Ok(Time::ZERO) };
    let nanos = u32::try_from(timestamp.nanos).map_err(Error::invalid_request)?;
    Time::new(timestamp.seconds, nanos).map_err(Error::invalid_request)
}

pub(crate) fn duration(duration: DurationNs) -> Duration {
    let nanos = duration.0.wrapping_rem(1_000_000_000);
    Duration { seconds: duration.0.wrapping_div(1_000_000_000), nanos: i32::try_from(nanos).unwrap_or(0) }
}

pub(crate) fn duration_ns(duration: Option<&Duration>) -> Result<DurationNs, Error> {
    let Some(duration) = duration else { return Ok(DurationNs(0)) };
    let ns =
        duration.seconds.checked_mul(1_000_000_000).and_then(|ns| ns.checked_add(i64::from(duration.nanos)));
    ns.map(DurationNs).ok_or_else(|| Error::invalid_request("duration out of range"))
}

pub(crate) fn height(height: RevisionHeight) -> ProtoHeight {
    ProtoHeight { revision_number: height.revision, revision_height: height.height }
}

pub(crate) fn revision_height(height: Option<&ProtoHeight>) -> RevisionHeight {
    height.map_or_else(RevisionHeight::default, |height| RevisionHeight {
        revision: height.revision_number,
        height: height.revision_height,
    })
}

pub(crate) fn client_state(state: &ClientState) -> tm::ClientState {
    #[allow(deprecated)] // Two fields that the protocol still carries.
    tm::ClientState {
        chain_id: state.chain_id.0.clone(),
        trust_level: Some(tm::Fraction { numerator: state.trust_level.0, denominator: state.trust_level.1 }),
        trusting_period: Some(duration(state.trusting_period)),
        unbonding_period: Some(duration(state.unbonding_period)),
        max_clock_drift: Some(duration(state.max_clock_drift)),
        frozen_height: Some(height(state.frozen_height)),
        latest_height: Some(height(state.latest_height)),
        proof_specs: state.proof_specs.iter().map(proof_spec).collect(),
        upgrade_path: state.upgrade_path.clone(),
        allow_update_after_expiry: state.allow_update_after_expiry,
        allow_update_after_misbehaviour: state.allow_update_after_misbehaviour,
    }
}

fn proof_spec(spec: &ProofSpec) -> ics23::ProofSpec {
    ics23::ProofSpec {
        leaf_spec: spec.leaf_spec.as_ref().map(|leaf| ics23::LeafOp {
            hash: leaf.hash,
            prehash_key: leaf.prehash_key,
            prehash_value: leaf.prehash_value,
            length: leaf.length,
            prefix: leaf.prefix.clone(),
        }),
        inner_spec: spec.inner_spec.as_ref().map(|inner| ics23::InnerSpec {
            child_order: inner.child_order.clone(),
            child_size: inner.child_size,
            min_prefix_length: inner.min_prefix_length,
            max_prefix_length: inner.max_prefix_length,
            empty_child: inner.empty_child.clone(),
            hash: inner.hash,
        }),
        max_depth: spec.max_depth,
        min_depth: spec.min_depth,
        prehash_key_before_comparison: spec.prehash_key_before_comparison,
    }
}

/// A client state as a message or a genesis document has it.
pub(crate) fn read_client_state(from: tm::ClientState) -> Result<ClientState, Error> {
    let trust = from.trust_level.unwrap_or_default();
    #[allow(deprecated)] // Two fields that the protocol still carries.
    Ok(ClientState {
        chain_id: ChainId(from.chain_id),
        trust_level: (trust.numerator, trust.denominator),
        trusting_period: duration_ns(from.trusting_period.as_ref())?,
        unbonding_period: duration_ns(from.unbonding_period.as_ref())?,
        max_clock_drift: duration_ns(from.max_clock_drift.as_ref())?,
        frozen_height: revision_height(from.frozen_height.as_ref()),
        latest_height: revision_height(from.latest_height.as_ref()),
        proof_specs: from.proof_specs.into_iter().map(read_proof_spec).collect(),
        upgrade_path: from.upgrade_path,
        allow_update_after_expiry: from.allow_update_after_expiry,
        allow_update_after_misbehaviour: from.allow_update_after_misbehaviour,
    })
}

fn read_proof_spec(spec: ics23::ProofSpec) -> ProofSpec {
    ProofSpec {
        leaf_spec: spec.leaf_spec.map(|leaf| LeafSpec {
            hash: leaf.hash,
            prehash_key: leaf.prehash_key,
            prehash_value: leaf.prehash_value,
            length: leaf.length,
            prefix: leaf.prefix,
        }),
        inner_spec: spec.inner_spec.map(|inner| InnerSpec {
            child_order: inner.child_order,
            child_size: inner.child_size,
            min_prefix_length: inner.min_prefix_length,
            max_prefix_length: inner.max_prefix_length,
            empty_child: inner.empty_child,
            hash: inner.hash,
        }),
        max_depth: spec.max_depth,
        min_depth: spec.min_depth,
        prehash_key_before_comparison: spec.prehash_key_before_comparison,
    }
}

pub(crate) fn consensus_state(state: &ConsensusState) -> tm::ConsensusState {
    tm::ConsensusState {
        timestamp: Some(timestamp(state.timestamp)),
        root: Some(MerkleRoot { hash: state.root.clone() }),
        next_validators_hash: state.next_validators_hash.clone(),
    }
}

pub(crate) fn consumer_params(params: &ConsumerParams) -> shared::ConsumerParams {
    #[allow(deprecated)] // `soft_opt_out_threshold` is still on the wire.
    shared::ConsumerParams {
        enabled: params.enabled,
        blocks_per_distribution_transmission: params.blocks_per_distribution_transmission,
        distribution_transmission_channel: params.distribution_transmission_channel.clone(),
        provider_fee_pool_addr_str: params.provider_fee_pool_addr.clone(),
        ccv_timeout_period: Some(duration(params.ccv_timeout_period)),
        transfer_timeout_period: Some(duration(params.transfer_timeout_period)),
        consumer_redistribution_fraction: params.consumer_redistribution_fraction.clone(),
        historical_entries: params.historical_entries,
        unbonding_period: Some(duration(params.unbonding_period)),
        soft_opt_out_threshold: params.soft_opt_out_threshold.clone(),
        reward_denoms: params.reward_denoms.clone(),
        provider_reward_denoms: params.provider_reward_denoms.clone(),
        retry_delay_period: Some(duration(params.retry_delay_period)),
        consumer_id: params.consumer_id.clone(),
    }
}

pub(crate) fn read_consumer_params(params: shared::ConsumerParams) -> Result<ConsumerParams, Error> {
    #[allow(deprecated)] // `soft_opt_out_threshold` is still on the wire.
    Ok(ConsumerParams {
        enabled: params.enabled,
        blocks_per_distribution_transmission: params.blocks_per_distribution_transmission,
        distribution_transmission_channel: params.distribution_transmission_channel,
        provider_fee_pool_addr: params.provider_fee_pool_addr_str,
        ccv_timeout_period: duration_ns(params.ccv_timeout_period.as_ref())?,
        transfer_timeout_period: duration_ns(params.transfer_timeout_period.as_ref())?,
        consumer_redistribution_fraction: params.consumer_redistribution_fraction,
        historical_entries: params.historical_entries,
        unbonding_period: duration_ns(params.unbonding_period.as_ref())?,
        soft_opt_out_threshold: params.soft_opt_out_threshold,
        reward_denoms: params.reward_denoms,
        provider_reward_denoms: params.provider_reward_denoms,
        retry_delay_period: duration_ns(params.retry_delay_period.as_ref())?,
        consumer_id: params.consumer_id,
    })
}

pub(crate) fn consumer_genesis(genesis: &ConsumerGenesis) -> shared::ConsumerGenesisState {
    shared::ConsumerGenesisState {
        params: Some(consumer_params(&genesis.params)),
        provider: Some(shared::ProviderInfo {
            client_state: genesis.provider.client_state.as_ref().map(client_state),
            consensus_state: genesis.provider.consensus_state.as_ref().map(consensus_state),
            initial_val_set: genesis.provider.initial_val_set.iter().map(update).collect(),
        }),
        new_chain: genesis.new_chain,
        pre_ccv: genesis.pre_ccv,
        connection_id: genesis.connection_id.clone(),
    }
}

pub(crate) fn metadata(metadata: &ConsumerMetadata) -> pb::ConsumerMetadata {
    pb::ConsumerMetadata {
        name: metadata.name.clone(),
        description: metadata.description.clone(),
        metadata: metadata.metadata.clone(),
    }
}

pub(crate) fn read_metadata(metadata: pb::ConsumerMetadata) -> ConsumerMetadata {
    ConsumerMetadata { name: metadata.name, description: metadata.description, metadata: metadata.metadata }
}

pub(crate) fn init_params(params: &InitializationParameters) -> pb::ConsumerInitializationParameters {
    pb::ConsumerInitializationParameters {
        initial_height: Some(height(params.initial_height)),
        genesis_hash: params.genesis_hash.clone(),
        binary_hash: params.binary_hash.clone(),
        spawn_time: Some(timestamp(params.spawn_time)),
        unbonding_period: Some(duration(params.unbonding_period)),
        ccv_timeout_period: Some(duration(params.ccv_timeout_period)),
        transfer_timeout_period: Some(duration(params.transfer_timeout_period)),
        consumer_redistribution_fraction: params.consumer_redistribution_fraction.clone(),
        blocks_per_distribution_transmission: params.blocks_per_distribution_transmission,
        historical_entries: params.historical_entries,
        distribution_transmission_channel: params.distribution_transmission_channel.clone(),
        connection_id: params.connection_id.clone(),
    }
}

pub(crate) fn read_init_params(
    params: pb::ConsumerInitializationParameters,
) -> Result<InitializationParameters, Error> {
    Ok(InitializationParameters {
        initial_height: revision_height(params.initial_height.as_ref()),
        genesis_hash: params.genesis_hash,
        binary_hash: params.binary_hash,
        spawn_time: time(params.spawn_time.as_ref())?,
        unbonding_period: duration_ns(params.unbonding_period.as_ref())?,
        ccv_timeout_period: duration_ns(params.ccv_timeout_period.as_ref())?,
        transfer_timeout_period: duration_ns(params.transfer_timeout_period.as_ref())?,
        consumer_redistribution_fraction: params.consumer_redistribution_fraction,
        blocks_per_distribution_transmission: params.blocks_per_distribution_transmission,
        historical_entries: params.historical_entries,
        distribution_transmission_channel: params.distribution_transmission_channel,
        connection_id: params.connection_id,
    })
}

pub(crate) fn power_shaping(shaping: &PowerShaping) -> pb::PowerShapingParameters {
    pb::PowerShapingParameters {
        top_n: shaping.top_n,
        validators_power_cap: shaping.validators_power_cap,
        validator_set_cap: shaping.validator_set_cap,
        allowlist: shaping.allowlist.clone(),
        denylist: shaping.denylist.clone(),
        min_stake: shaping.min_stake,
        allow_inactive_vals: shaping.allow_inactive_vals,
        prioritylist: shaping.prioritylist.clone(),
    }
}

pub(crate) fn read_power_shaping(shaping: pb::PowerShapingParameters) -> PowerShaping {
    PowerShaping {
        top_n: shaping.top_n,
        validators_power_cap: shaping.validators_power_cap,
        validator_set_cap: shaping.validator_set_cap,
        allowlist: shaping.allowlist,
        denylist: shaping.denylist,
        min_stake: shaping.min_stake,
        allow_inactive_vals: shaping.allow_inactive_vals,
        prioritylist: shaping.prioritylist,
    }
}

pub(crate) fn infraction(params: &InfractionParameters) -> pb::InfractionParameters {
    pb::InfractionParameters {
        double_sign: Some(slash_jail(&params.double_sign)),
        downtime: Some(slash_jail(&params.downtime)),
    }
}

fn slash_jail(params: &SlashJailParameters) -> pb::SlashJailParameters {
    pb::SlashJailParameters {
        slash_fraction: params.slash_fraction.to_atomics_text().into_bytes(),
        jail_duration: Some(duration(params.jail_duration)),
        tombstone: params.tombstone,
    }
}

fn read_slash_jail(params: pb::SlashJailParameters) -> Result<SlashJailParameters, Error> {
    let fraction = core::str::from_utf8(&params.slash_fraction).map_err(Error::invalid_request)?;
    Ok(SlashJailParameters {
        slash_fraction: Dec::from_atomics_text(fraction).map_err(Error::invalid_request)?,
        jail_duration: duration_ns(params.jail_duration.as_ref())?,
        tombstone: params.tombstone,
    })
}

pub(crate) fn read_infraction(params: pb::InfractionParameters) -> Result<InfractionChange, Error> {
    Ok(InfractionChange {
        double_sign: params.double_sign.map(read_slash_jail).transpose()?,
        downtime: params.downtime.map(read_slash_jail).transpose()?,
    })
}

pub(crate) fn params(params: &Params) -> pb::Params {
    let (amount, denom) = &params.consumer_reward_denom_registration_fee;
    pb::Params {
        template_client: Some(client_state(&params.template_client)),
        trusting_period_fraction: params.trusting_period_fraction.clone(),
        ccv_timeout_period: Some(duration(params.ccv_timeout_period)),
        slash_meter_replenish_period: Some(duration(params.slash_meter_replenish_period)),
        slash_meter_replenish_fraction: params.slash_meter_replenish_fraction.clone(),
        consumer_reward_denom_registration_fee: Some(ics_proto::cosmos::base::v1beta1::Coin {
            denom: denom.clone(),
            amount: amount.to_string(),
        }),
        blocks_per_epoch: params.blocks_per_epoch,
        number_of_epochs_to_start_receiving_rewards: params.number_of_epochs_to_start_receiving_rewards,
        max_provider_consensus_validators: params.max_provider_consensus_validators,
    }
}

/// Reads the parameters that a document gives, over those that are there.
pub(crate) fn read_params(
    to: &mut Params,
    from: pb::Params,
    given: impl Fn(&str) -> bool,
) -> Result<(), Error> {
    if given("template_client") {
        let template =
            from.template_client.ok_or_else(|| Error::invalid_request("template client is nil"))?;
        to.template_client = read_client_state(template)?;
    }
    if given("trusting_period_fraction") {
        to.trusting_period_fraction = from.trusting_period_fraction;
    }
    if given("ccv_timeout_period") {
        to.ccv_timeout_period = duration_ns(from.ccv_timeout_period.as_ref())?;
    }
    if given("slash_meter_replenish_period") {
        to.slash_meter_replenish_period = duration_ns(from.slash_meter_replenish_period.as_ref())?;
    }
    if given("slash_meter_replenish_fraction") {
        to.slash_meter_replenish_fraction = from.slash_meter_replenish_fraction;
    }
    if given("consumer_reward_denom_registration_fee") {
        let fee = from.consumer_reward_denom_registration_fee.unwrap_or_default();
        to.consumer_reward_denom_registration_fee =
            (fee.amount.parse().map_err(Error::invalid_request)?, fee.denom);
    }
    if given("blocks_per_epoch") {
        to.blocks_per_epoch = from.blocks_per_epoch;
    }
    if given("number_of_epochs_to_start_receiving_rewards") {
        to.number_of_epochs_to_start_receiving_rewards = from.number_of_epochs_to_start_receiving_rewards;
    }
    if given("max_provider_consensus_validators") {
        to.max_provider_consensus_validators = from.max_provider_consensus_validators;
    }
    Ok(())
}

pub(crate) const fn phase(phase: Phase) -> pb::ConsumerPhase {
    match phase {
        Phase::Registered => pb::ConsumerPhase::Registered,
        Phase::Initialized => pb::ConsumerPhase::Initialized,
        Phase::Launched => pb::ConsumerPhase::Launched,
        Phase::Stopped => pb::ConsumerPhase::Stopped,
        Phase::Deleted => pb::ConsumerPhase::Deleted,
    }
}
