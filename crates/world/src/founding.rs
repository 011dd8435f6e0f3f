//! The transactions that found the network's consumers: create, opt in, spawn.

use crate::ask::ask_if;
use crate::bring_up::Phase as _;
use crate::plan::{ConsumerPlan, Plan, ValidatorPlan};
use crate::topology::{self, PROVIDER_PREFIX};
use crate::world::WorldError;
use ics_abci::Time;
use ics_client::msgs;
use ics_proto::Any;
use ics_proto::google::protobuf::{Duration, Timestamp};
use ics_proto::ibc::core::client::v1::Height as ClientHeight;
use ics_proto::interchain_security::ccv::provider::v1 as provider;
use ics_relay::View;

/// Place of the account that owns the network's consumers.
const OWNER_INDEX: u32 = 0;
/// Most messages of one transaction.
const AT_ONCE: usize = 20;

/// The transactions that the provider needs next, each of a bounded size, with the place of its signer in the mnemonic:
/// what is left is the next step's. It is read off what the provider lists, so it can be interrupted anywhere.
///
/// # Errors
/// [`WorldError`].
pub fn next(
    plan: &Plan,
    provider: &dyn View,
    listed: &[provider::Chain],
    now: Time,
) -> Result<Vec<(u32, Vec<Any>)>, WorldError> {
    let is_listed = |consumer: &ConsumerPlan| listed.iter().any(|chain| chain.chain_id == consumer.chain_id);
    let missing = plan.consumers.iter().filter(|consumer| !is_listed(consumer));
    let owner = topology::key(OWNER_INDEX)?.address().to_text(PROVIDER_PREFIX);
    let messages: Vec<Any> = missing.take(AT_ONCE).map(|consumer| create(plan, consumer, &owner)).collect();
    if !messages.is_empty() {
        return Ok(vec![(OWNER_INDEX, messages)]);
    }
    let registered: Vec<_> = plan
        .consumers
        .iter()
        .filter_map(|consumer| registered(listed, consumer).map(|chain| (consumer, chain)))
        .collect();
    let mut acts = Vec::new();
    for validator in &plan.validators {
        let mut messages = Vec::new();
        for (consumer, chain) in &registered {
            let is_member = consumer.members.contains(&validator.moniker);
            if is_member && messages.len() < AT_ONCE && !has_opted_in(provider, chain, &validator.moniker)? {
                messages.push(opt_in(consumer, chain, validator)?);
            }
        }
        if !messages.is_empty() {
            acts.push((validator.index, messages));
        }
    }
    if !acts.is_empty() {
        return Ok(acts);
    }
    let spawn =
        |(consumer, chain): &(&ConsumerPlan, &provider::Chain)| spawn(plan, consumer, chain, &owner, now);
    let messages: Vec<Any> = registered.iter().take(AT_ONCE).map(spawn).collect();
    if !messages.is_empty() {
        acts.push((OWNER_INDEX, messages));
    }
    Ok(acts)
}

fn registered<'a>(listed: &'a [provider::Chain], consumer: &ConsumerPlan) -> Option<&'a provider::Chain> {
    listed.iter().find(|chain| {
        chain.chain_id == consumer.chain_id && chain.phase() == provider::ConsumerPhase::Registered
    })
}

fn has_opted_in(provider: &dyn View, chain: &provider::Chain, moniker: &str) -> Result<bool, WorldError> {
    let path = "/interchain_security.ccv.provider.v1.Query/QueryConsumerChainOptedInValidators";
    let request =
        provider::QueryConsumerChainOptedInValidatorsRequest { consumer_id: chain.consumer_id.clone() };
    let answer: Option<provider::QueryConsumerChainOptedInValidatorsResponse> =
        ask_if(provider, path, &request)?;
    let addr = topology::consensus_key(moniker).address().to_text(&format!("{PROVIDER_PREFIX}valcons"));
    Ok(answer.is_some_and(|answer| answer.validators_provider_addresses.contains(&addr)))
}

/// Registers a consumer of the plan.
fn create(plan: &Plan, consumer: &ConsumerPlan, owner: &str) -> Any {
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
fn spawn(plan: &Plan, consumer: &ConsumerPlan, chain: &provider::Chain, owner: &str, now: Time) -> Any {
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
fn opt_in(
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
