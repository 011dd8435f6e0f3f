//! The protocol in the genesis document: section `provider` in the reference's form, for reading and for new chains, and
//! `provider_state`, which holds all that the reference loses: next consumer id, owners, names, sets, opt-ins, queues, …
//!
//! Source: provider spec §8.2, §11.11.

use super::STORE;
use super::host::{ask, run};
use crate::ccv_host::convert;
use crate::ccv_host::on_state::{self, OnState};
use crate::query::QueryCtx;
use crate::{Ctx, Error, rows};
use ics_abci::{Height, ValUpdate};
use ics_ccv::id::{ConsumerId, VscId};
use ics_ccv::provider::{self, Error as ProviderError, TABLES, View, genesis::Genesis, state as tables};
use ics_ccv::wire::genesis::ClientState;
use ics_proto::interchain_security::ccv::{provider::v1 as pb, v1 as shared};
use serde_json::Value;
use std::collections::BTreeMap;

/// The sections, and the validators that go with them.
pub struct Sections {
    /// `provider`.
    pub reference: Value,
    /// `provider_state`.
    pub state: Value,
    /// The set that was given to consensus last.
    pub validators: Vec<ValUpdate>,
}

/// Starts the protocol; gives the first validator set. Fields of `params` that are left out have their defaults.
///
/// # Errors
/// Where a section is not acceptable, the two contradict one another, or the reference's alone holds consumers: it does not
/// say what it takes to go on with them.
pub fn init(
    ctx: &mut Ctx<'_>,
    reference: Option<&Value>,
    state: Option<&Value>,
) -> Result<Vec<ValUpdate>, Error> {
    let Some(state) = state else {
        let genesis = reference.map_or_else(|| Ok(Genesis::default()), read_new)?;
        return run(ctx, |host| provider::genesis::init(host, &genesis));
    };
    let reference = reference.map(read).transpose()?;
    ctx.atomically(|ctx| {
        on_state::run(
            ctx,
            STORE,
            |error: Error| error,
            |host| rows::import(host, TABLES, "provider_state", state),
        )?;
        let set = ask(&*ctx, provider::genesis::resume)?;
        if let Some(reference) = reference {
            compare(&reference, &ask(&*ctx, told)?)?;
        }
        Ok(set)
    })
}

fn wrong(what: impl std::fmt::Display) -> Error {
    Error::invalid_request(format!("section provider: {what}"))
}

fn read(section: &Value) -> Result<pb::GenesisState, Error> {
    ics_proto::json::from_json_as(&section.to_string()).map_err(wrong)
}

fn read_new(section: &Value) -> Result<Genesis, Error> {
    let read = read(section)?;
    let has_consumers = !read.consumer_states.is_empty()
        || !read.validator_consumer_pubkeys.is_empty()
        || !read.validators_by_consumer_addr.is_empty()
        || !read.consumer_addrs_to_prune_v2.is_empty();
    if has_consumers {
        return Err(wrong(
            "holds consumers without their owners, chain ids, opt-ins, sets and queues: \
             they cannot go on without section provider_state",
        ));
    }
    let mut genesis = Genesis::default();
    if read.valset_update_id != 0 {
        genesis.valset_update_id = VscId(read.valset_update_id);
    }
    let liable = read.valset_update_id_to_height.iter();
    genesis.liable = liable.map(|entry| (VscId(entry.valset_update_id), Height(entry.height))).collect();
    if let (Some(params), Some(given)) = (read.params, section.get("params")) {
        let template = given.get("template_client").filter(|template| !template.is_null());
        if let Some(template) = template {
            let template = ClientState::from_json(template.to_string().as_bytes());
            genesis.params.template_client =
                template.map_err(|error| wrong(format!("params.template_client: {error}")))?;
        }
        convert::read_params(&mut genesis.params, params, |name| {
            name != "template_client" && given.get(name).is_some()
        })?;
    }
    Ok(genesis)
}

/// The sections from which the protocol goes on.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn export(ctx: &QueryCtx<'_>) -> Result<Sections, Error> {
    let reference = ask(ctx, told)?;
    let reference = ics_proto::json::to_json_of(&reference).map_err(wrong)?;
    let reference = serde_json::from_str(&reference).map_err(wrong)?;
    let state = ask(ctx, |host| Ok(rows::export(host, TABLES)?))?;
    let validators = ask(ctx, provider::genesis::resume)?;
    Ok(Sections { reference, state, validators })
}

/// What the reference would export of this state.
fn told<V: crate::ibc::View>(host: &OnState<V>) -> Result<pb::GenesisState, ProviderError> {
    let params = provider::params::get(host)?;
    let mut consumer_states = Vec::new();
    for entry in tables::LINK.iter(host) {
        let (id, link) = entry?;
        consumer_states.push(consumer(host, id, &link)?);
    }
    let mut heights = Vec::new();
    for entry in tables::LIABLE.iter(host) {
        let (id, liable) = entry?;
        heights.push(pb::ValsetUpdateIdToHeight { valset_update_id: id.0, height: liable.height.0 });
    }
    let mut keys = Vec::new();
    for entry in tables::KEY.iter(host) {
        let ((id, validator), key) = entry?;
        keys.push(pb::ValidatorConsumerPubKey {
            chain_id: id.to_string(),
            provider_addr: validator.0.0.to_vec(),
            consumer_key: Some(convert::public_key(&key)),
        });
    }
    let mut holders = BTreeMap::new();
    for entry in tables::HOLDER.iter(host) {
        let ((addr, id), validator) = entry?;
        holders.insert((id, addr), validator);
    }
    let holders = holders.into_iter().map(|((id, addr), validator)| pb::ValidatorByConsumerAddr {
        chain_id: id.to_string(),
        consumer_addr: addr.0.0.to_vec(),
        provider_addr: validator.0.0.to_vec(),
    });
    let mut prunes: BTreeMap<(ConsumerId, ics_abci::Time), Vec<Vec<u8>>> = BTreeMap::new();
    for entry in tables::PRUNE_QUEUE.iter(host) {
        let (due, (id, addr)) = entry?;
        prunes.entry((id, due.0)).or_default().push(addr.0.0.to_vec());
    }
    let prunes = prunes.into_iter().map(|((id, due), addresses)| pb::ConsumerAddrsToPruneV2 {
        chain_id: id.to_string(),
        prune_ts: Some(convert::timestamp(due)),
        consumer_addrs: Some(pb::AddressList { addresses }),
    });
    Ok(pb::GenesisState {
        valset_update_id: provider::epoch::current(host)?.0,
        consumer_states,
        valset_update_id_to_height: heights,
        params: Some(convert::params(&params)),
        validator_consumer_pubkeys: keys,
        validators_by_consumer_addr: holders.collect(),
        consumer_addrs_to_prune_v2: prunes.collect(),
    })
}

fn consumer(
    view: &impl View,
    id: ConsumerId,
    link: &provider::link::Link,
) -> Result<pb::ConsumerState, ProviderError> {
    let genesis = tables::GENESIS.get(view, &id)?;
    let waiting = provider::pending::waiting(view, id)?.into_iter();
    let waiting = waiting.map(|change| shared::ValidatorSetChangePacketData {
        validator_updates: change.updates.iter().map(convert::update).collect(),
        valset_update_id: change.id.0,
        slash_acks: change.slash_acks,
    });
    let phase = provider::phase::of(view, id)?;
    Ok(pb::ConsumerState {
        // The reference calls it so; it is the consumer's id.
        chain_id: id.to_string(),
        channel_id: link.channel().map_or_else(String::new, |channel| channel.0.clone()),
        client_id: link.client().0.clone(),
        initial_height: link.opened().unwrap_or_default().0,
        consumer_genesis: genesis.as_ref().map(convert::consumer_genesis),
        pending_valset_changes: waiting.collect(),
        slash_downtime_ack: Vec::new(),
        phase: phase.map_or(pb::ConsumerPhase::Unspecified, convert::phase).into(),
    })
}

/// Both sections say the same.
fn compare(given: &pb::GenesisState, held: &pb::GenesisState) -> Result<(), Error> {
    let fields = [
        ("valset_update_id", given.valset_update_id == held.valset_update_id),
        ("consumer_states", given.consumer_states == held.consumer_states),
        ("valset_update_id_to_height", given.valset_update_id_to_height == held.valset_update_id_to_height),
        ("params", given.params == held.params),
        ("validator_consumer_pubkeys", given.validator_consumer_pubkeys == held.validator_consumer_pubkeys),
        (
            "validators_by_consumer_addr",
            given.validators_by_consumer_addr == held.validators_by_consumer_addr,
        ),
        ("consumer_addrs_to_prune_v2", given.consumer_addrs_to_prune_v2 == held.consumer_addrs_to_prune_v2),
    ];
    match fields.iter().find(|(_, agree)| !agree) {
        None => Ok(()),
        Some((field, _)) => Err(wrong(format!("{field}: says otherwise than provider_state"))),
    }
}
