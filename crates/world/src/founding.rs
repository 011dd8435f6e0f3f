//! The transactions that found the network's consumers: create, opt in, spawn.

use crate::plan::{ConsumerPlan, Plan, ValidatorPlan};
use crate::topology::{self, PROVIDER_PREFIX};
use crate::world::WorldError;
use ics_abci::Time;
use ics_client::msgs;
use ics_proto::Any;
use ics_proto::google::protobuf::{Duration, Timestamp};
use ics_proto::ibc::core::client::v1::Height as ClientHeight;
use ics_proto::interchain_security::ccv::provider::v1 as provider;

/// Registers a consumer of the plan.
pub(crate) fn create(plan: &Plan, consumer: &ConsumerPlan, owner: &str) -> Any {
    msgs::create_consumer(&provider::MsgCreateConsumer {
        submitter: owner.to_owned(),
        chain_id: consumer.chain_id.clone(),
        metadata: Some(provider::ConsumerMetadata {
            name: consumer.chain_id.clone(),
            description: "a consumer of the local network".to_owned(),
            metadata: "local".to_owned(),
        }),
        initialization_parameters: Some(init_params(plan, consumer, Time::ZERO)),
        ..Default::default()
    })
}

/// Lets a consumer spawn as soon as a block is made.
pub(crate) fn spawn(
    plan: &Plan,
    consumer: &ConsumerPlan,
    chain: &provider::Chain,
    owner: &str,
    now: Time,
) -> Any {
    msgs::update_consumer(&provider::MsgUpdateConsumer {
        owner: owner.to_owned(),
        consumer_id: chain.consumer_id.clone(),
        initialization_parameters: Some(init_params(plan, consumer, now)),
        ..Default::default()
    })
}

fn init_params(
    plan: &Plan,
    consumer: &ConsumerPlan,
    spawn: Time,
) -> provider::ConsumerInitializationParameters {
    let seconds = |seconds| Some(Duration { seconds, nanos: 0 });
    let revision = consumer.chain_id.rsplit_once('-').and_then(|(_, number)| number.parse().ok());
    provider::ConsumerInitializationParameters {
        initial_height: Some(ClientHeight { revision_number: revision.unwrap_or(0), revision_height: 1 }),
        spawn_time: Some(Timestamp {
            seconds: spawn.seconds(),
            nanos: i32::try_from(spawn.nanos()).unwrap_or(0),
        }),
        unbonding_period: seconds(i64::try_from(plan.consumer_unbonding.as_secs()).unwrap_or(i64::MAX)),
        ccv_timeout_period: seconds(28 * 86_400),
        transfer_timeout_period: seconds(3_600),
        consumer_redistribution_fraction: "0.75".to_owned(),
        blocks_per_distribution_transmission: 1_000,
        historical_entries: 10_000,
        ..Default::default()
    }
}

/// Opts a validator in, with a key of its own where the plan says so.
pub(crate) fn opt_in(
    consumer: &ConsumerPlan,
    chain: &provider::Chain,
    validator: &ValidatorPlan,
) -> Result<Any, WorldError> {
    let key = topology::key(validator.index)?;
    let moniker = &validator.moniker;
    let assigned = consumer.assigned.contains(moniker);
    let assigned = assigned.then(|| topology::assigned_key(moniker, &consumer.chain_id).public());
    let operator = key.operator().to_text(&format!("{PROVIDER_PREFIX}valoper"));
    let signer = key.address().to_text(PROVIDER_PREFIX);
    Ok(msgs::opt_in(&signer, &operator, &chain.consumer_id, assigned.as_ref()))
}
