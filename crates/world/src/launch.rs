//! Starting the chain of a consumer that launched, and a path to it for the relayer.
//!
//! Journey (d) of the architecture: the provider serves the consumer's genesis → its chain's genesis document → [`World::step`]
//! makes its blocks → the relayer connects it. Who made the consumer does not matter: one of the plan and one made by hand
//! start alike, as soon as more than two thirds of its power signs with keys that the world holds. One that was stopped or
//! deleted since is not started any more, but a chain that ran here goes on.

use crate::app_state::consumer_genesis;
use crate::ask::ask_if;
use crate::bring_up::{HOME, Phase};
use crate::effect::Effect;
use crate::plan::Plan;
use crate::site::{SiteError, stored_genesis};
use crate::topology::{CONSUMER_PREFIX, PROVIDER_PREFIX};
use crate::unstarted::{Unstarted, check_keys};
use crate::world::{ChainIndex, World, WorldError, at};
use ics_abci::{ConsKey, Genesis, Height, ValUpdate};
use ics_client::Key;
use ics_engine::EngineError;
use ics_proto::interchain_security::ccv::provider::v1 as provider;
use ics_proto::interchain_security::ccv::v1::ConsumerGenesisState;
use ics_proto::tendermint::crypto::public_key::Sum;
use ics_relay::{End, Path, Side, View, Wanted};

/// The client that a consumer's genesis makes.
const FIRST_CLIENT: &str = "07-tendermint-0";
/// Where the provider serves a consumer's genesis.
const GENESIS: &str = "/interchain_security.ccv.provider.v1.Query/QueryConsumerGenesis";

/// What became of a launched consumer.
enum Start {
    /// It goes on where it was.
    Resumed(ChainIndex),
    /// It begins.
    New(ChainIndex),
    /// It does neither.
    Not(Unstarted),
}

/// Starts, or resumes, the chain of every launched consumer that does not run yet, and relays for it. What cannot be
/// started is told once.
pub(crate) fn start_launched(
    world: &mut World,
    listed: &[provider::Chain],
) -> Result<Vec<Effect>, WorldError> {
    let mut effects = Vec::new();
    for chain in listed {
        let id = &chain.consumer_id;
        let began = chain.phase() >= provider::ConsumerPhase::Launched;
        let is_settled =
            world.unstarted(id).is_some_and(|why| !(why.waits_for_keys() && world.has_new_keys()));
        if !began || is_settled || world.find_consumer(id).is_some() {
            continue;
        }
        match start(world, chain)? {
            None => {}
            Some(Start::Resumed(index)) => relay_for(world, index, chain),
            Some(Start::New(index)) => {
                relay_for(world, index, chain);
                effects.push(Effect::ConsumerStarted { chain: index, consumer_id: id.clone() });
            }
            Some(Start::Not(why)) => {
                if !world.give_up(id, why.clone()) {
                    continue;
                }
                let (consumer_id, chain_id) = (id.clone(), chain.chain_id.clone());
                effects.push(Effect::Unstarted { consumer_id, chain_id, why });
            }
        }
    }
    Ok(effects)
}

fn start(world: &mut World, chain: &provider::Chain) -> Result<Option<Start>, WorldError> {
    if world.find(&chain.chain_id).is_some() {
        let served = world.site(HOME).map(|provider| served_genesis(provider, chain)).transpose()?;
        let adopted = served.flatten().and_then(|served| adopts(&served));
        return Ok(Some(Start::Not(adopted.unwrap_or(Unstarted::NameTaken))));
    }
    if let Some(disk) = world.disks_mut().stored(&chain.chain_id)?
        && let Some(genesis) = stored_genesis(&*disk).map_err(at(&chain.chain_id))?
    {
        if genesis.chain_id != chain.chain_id {
            let (expected, found) = (chain.chain_id.clone(), genesis.chain_id);
            return Err(at(&chain.chain_id)(SiteError::OtherChain { expected, found }));
        }
        return match world.add_consumer(&genesis, &chain.consumer_id) {
            Ok(index) => Ok(Some(Start::Resumed(index))),
            Err(WorldError::Site { error: SiteError::OtherConsumer { .. }, .. }) => {
                Ok(Some(Start::Not(Unstarted::NameTaken)))
            }
            Err(error) => Err(error),
        };
    }
    if chain.phase() != provider::ConsumerPhase::Launched {
        return Ok(None);
    }
    let Some(provider) = world.site(HOME) else { return Ok(None) };
    let held = |key: &ConsKey| world.holds(&chain.chain_id, &key.address());
    let genesis = match first_genesis(world.plan(), provider, chain, held)? {
        None => return Ok(None),
        Some(Err(why)) => return Ok(Some(Start::Not(why))),
        Some(Ok(genesis)) => genesis,
    };
    match world.add_consumer(&genesis, &chain.consumer_id) {
        Ok(index) => Ok(Some(Start::New(index))),
        // What somebody asked the provider for may be no chain; that is no reason for the others to stop.
        Err(WorldError::Site {
            error: SiteError::Engine(error @ (EngineError::Genesis(_) | EngineError::Halt(_))),
            ..
        }) => Ok(Some(Start::Not(Unstarted::Refused(error.to_string())))),
        Err(error) => Err(error),
    }
}

/// The genesis document of the chain of a launched consumer, from what the provider serves; `None` where it serves nothing.
/// `held` says of a key whether blocks are signed with it here.
///
/// # Errors
/// [`WorldError`].
pub fn first_genesis(
    plan: &Plan,
    provider: &dyn View,
    chain: &provider::Chain,
    held: impl Fn(&ConsKey) -> bool,
) -> Result<Option<Result<Genesis, Unstarted>>, WorldError> {
    let Some(served) = served_genesis(provider, chain)? else { return Ok(None) };
    if let Some(why) = adopts(&served) {
        return Ok(Some(Err(why)));
    }
    if let Err(why) = first_set(&served).and_then(|set| check_keys(&set, held)) {
        return Ok(Some(Err(why)));
    }
    let text = ics_proto::json::to_json_of(&served).map_err(|_| WorldError::Answer(GENESIS.to_owned()))?;
    let (_, time) = provider.tip();
    let height = initial_height(provider, &chain.consumer_id)?;
    Ok(Some(Ok(consumer_genesis(plan, &chain.chain_id, height, time, &text)?)))
}

fn served_genesis(
    provider: &dyn View,
    chain: &provider::Chain,
) -> Result<Option<ConsumerGenesisState>, WorldError> {
    let request = provider::QueryConsumerGenesisRequest { consumer_id: chain.consumer_id.clone() };
    let answer: Option<provider::QueryConsumerGenesisResponse> = ask_if(provider, GENESIS, &request)?;
    Ok(answer.and_then(|answer| answer.genesis_state))
}

/// A chain that keeps its connection runs already, and is no new one.
fn adopts(served: &ConsumerGenesisState) -> Option<Unstarted> {
    let connection = served.connection_id.clone();
    (served.pre_ccv || !connection.is_empty()).then_some(Unstarted::Adopts { connection })
}

fn first_set(served: &ConsumerGenesisState) -> Result<Vec<ValUpdate>, Unstarted> {
    let unknown = || Unstarted::Refused("a validator's key is of an unknown kind".to_owned());
    let set = served.provider.iter().flat_map(|provider| &provider.initial_val_set);
    set.map(|member| {
        let key = match member.pub_key.as_ref().and_then(|key| key.sum.as_ref()) {
            Some(Sum::Ed25519(bytes)) => ConsKey::ed25519(bytes),
            Some(Sum::Secp256k1(bytes)) => ConsKey::secp256k1(bytes),
            None => None,
        };
        Ok(ValUpdate { key: key.ok_or_else(unknown)?, power: member.power })
    })
    .collect()
}

/// Height of a consumer's first block, which the provider's client of it begins with.
fn initial_height(provider: &dyn View, consumer_id: &str) -> Result<Height, WorldError> {
    let path = "/interchain_security.ccv.provider.v1.Query/QueryConsumerChain";
    let request = provider::QueryConsumerChainRequest { consumer_id: consumer_id.to_owned() };
    let answer: Option<provider::QueryConsumerChainResponse> = ask_if(provider, path, &request)?;
    let height = answer.and_then(|answer| answer.init_params?.initial_height);
    Ok(Height(height.map_or(1, |height| height.revision_height)))
}

fn relay_for(world: &mut World, index: ChainIndex, chain: &provider::Chain) {
    if let Some(path) = path_to(world.relayer().key(), chain) {
        world.relayer_mut().add(path, HOME, index);
    }
}

/// A path between the provider (side A) and a consumer (side B), which the consumer's side begins to connect. None where
/// the provider has deleted the consumer: nothing is left to relay along.
#[must_use]
pub fn path_to(relayer: &Key, chain: &provider::Chain) -> Option<Path> {
    if chain.client_id.is_empty() {
        return None;
    }
    let end = |client: &str, prefix: &str| End {
        client_id: client.to_owned(),
        signer: relayer.address().to_text(prefix),
    };
    let mut path = Path::new(end(&chain.client_id, PROVIDER_PREFIX), end(FIRST_CLIENT, CONSUMER_PREFIX));
    path.connect_from = Some(Side::B);
    path.wanted.push(Wanted {
        from: Side::B,
        port: "consumer".to_owned(),
        counterparty_port: "provider".to_owned(),
        version: "1".to_owned(),
        ordered: true,
    });
    Some(path)
}
