//! The provider, step by step.

mod attacks;
mod channel;
mod codes;
mod commission;
mod epoch;
mod hazards;
mod infraction;
mod key_cases;
mod keys;
mod launch;
mod lifecycle;
mod messages;
pub(crate) mod power_shaping;
mod properties;
mod queries;
mod sets;
mod shaping_properties;

use crate::host_provider::{Provider, account, key_json, operator};
use ics_abci::{AccAddr, Time};
use ics_ccv::consumer::host::ChannelOrder;
use ics_ccv::id::{ConnectionId, ConsumerId};
use ics_ccv::provider::Error;
use ics_ccv::provider::channel::{OpenTry, on_open_confirm, on_open_try};
use ics_ccv::provider::init_params::InitializationParameters;
use ics_ccv::provider::metadata::ConsumerMetadata;
use ics_ccv::provider::msgs::{
    AssignConsumerKey, CreateConsumer, OptIn, OptOut, RemoveConsumer, SetConsumerCommissionRate,
    UpdateConsumer,
};
use ics_ccv::provider::phase::{self, Phase};
use std::time::Duration;

/// Who owns the consumers of these tests.
fn owner() -> AccAddr {
    AccAddr(vec![200; 20])
}

/// The refusal of whoever is not the owner.
fn not_owner(owner: &AccAddr, found: &AccAddr) -> Error {
    Error::NotOwner { owner: owner.to_text("cosmos"), found: found.to_text("cosmos") }
}

fn metadata() -> ConsumerMetadata {
    ConsumerMetadata { name: "one".to_string(), description: "first".to_string(), metadata: "{}".to_string() }
}

pub(crate) fn create(chain_id: &str, init: Option<InitializationParameters>) -> CreateConsumer {
    CreateConsumer {
        submitter: owner(),
        chain_id: chain_id.to_string(),
        metadata: metadata(),
        initialization_parameters: init,
        power_shaping_parameters: None,
        allowlisted_reward_denoms: None,
        infraction_parameters: None,
    }
}

pub(crate) fn update(id: ConsumerId) -> UpdateConsumer {
    UpdateConsumer {
        owner: owner(),
        consumer_id: id.to_string(),
        new_owner_address: String::new(),
        metadata: None,
        initialization_parameters: None,
        power_shaping_parameters: None,
        allowlisted_reward_denoms: None,
        new_chain_id: String::new(),
        infraction_parameters: None,
    }
}

fn remove(id: ConsumerId) -> RemoveConsumer {
    RemoveConsumer { consumer_id: id.to_string(), owner: owner() }
}

pub(crate) fn spawn_at(spawn_time: Time) -> InitializationParameters {
    InitializationParameters { spawn_time, ..InitializationParameters::default() }
}

/// Spawn time in the past: launches in the next block.
fn at_once() -> InitializationParameters {
    spawn_at(Time::UNIX_EPOCH)
}

pub(crate) fn opt_in(id: ConsumerId, n: u8) -> OptIn {
    OptIn {
        chain_id: String::new(),
        provider_addr: operator(n),
        consumer_key: String::new(),
        signer: account(n),
        consumer_id: id.to_string(),
    }
}

pub(crate) fn opt_out(id: ConsumerId, n: u8) -> OptOut {
    OptOut {
        chain_id: String::new(),
        provider_addr: operator(n),
        signer: account(n),
        consumer_id: id.to_string(),
    }
}

fn assign(id: ConsumerId, n: u8, key: u8) -> AssignConsumerKey {
    AssignConsumerKey {
        chain_id: String::new(),
        provider_addr: operator(n),
        consumer_key: key_json(key),
        signer: account(n),
        consumer_id: id.to_string(),
    }
}

pub(crate) fn set_commission(id: ConsumerId, n: u8, rate: &str) -> SetConsumerCommissionRate {
    SetConsumerCommissionRate {
        chain_id: String::new(),
        provider_addr: operator(n),
        rate: rate.parse().unwrap(),
        signer: account(n),
        consumer_id: id.to_string(),
    }
}

fn phase_of(host: &Provider, id: ConsumerId) -> Option<Phase> {
    phase::of(host, id).unwrap()
}

/// A consumer with the chain id `consumer-1` that these validators opted in to, launched by the next block.
fn launched(host: &mut Provider, validators: &[u8]) -> ConsumerId {
    let id = host.block(|host| {
        let id = create("consumer-1", Some(at_once())).handle(host).unwrap().consumer_id;
        for n in validators {
            opt_in(id, *n).handle(host).unwrap();
        }
        id
    });
    host.block(|_| ());
    assert_eq!(phase_of(host, id), Some(Phase::Launched));
    id
}

fn open_try(hops: &[ConnectionId]) -> OpenTry<'_> {
    OpenTry {
        order: ChannelOrder::Ordered,
        hops,
        port: "provider",
        counterparty_port: "consumer",
        counterparty_version: "1",
    }
}

/// Opens `channel` over `connection` on the client of a launched consumer.
fn open(host: &mut Provider, client: &str, connection: &str, channel: &str) -> Result<(), Error> {
    host.connect(client, connection);
    on_open_try(host, &open_try(&[connection.into()]))?;
    host.channel_end(connection, channel);
    on_open_confirm(host, &channel.into())
}

/// A launched consumer whose channel `channel-0` is open.
fn connected(host: &mut Provider, validators: &[u8]) -> ConsumerId {
    let id = launched(host, validators);
    open(host, "07-tendermint-0", "connection-0", "channel-0").unwrap();
    id
}

/// Lets time pass without blocks in between.
fn wait(host: &mut Provider, duration: Duration) {
    host.now = host.now.plus(duration).unwrap();
}
