//! Starting the chain of a consumer that launched, and a path to it for the relayer.
//!
//! Journey (d) of the architecture: the provider serves the consumer's genesis → its chain's genesis document → [`World::step`]
//! makes its blocks → the relayer connects it.

use crate::app_state::consumer_genesis;
use crate::bring_up::{HOME, Phase, ask, listed};
use crate::effect::Effect;
use crate::topology::{CONSUMER_PREFIX, PROVIDER_PREFIX};
use crate::world::{ChainIndex, World, WorldError};
use ics_abci::Height;
use ics_proto::interchain_security::ccv::provider::v1 as provider;
use ics_relay::{End, Path, Side, Wanted};

/// The client that a consumer's genesis makes.
const FIRST_CLIENT: &str = "07-tendermint-0";

/// Starts, or resumes, the chain of every launched consumer whose validators' keys the world holds, and relays for it.
pub(crate) fn start_launched(world: &mut World) -> Result<Vec<Effect>, WorldError> {
    let mut effects = Vec::new();
    if world.site(HOME).is_none_or(|site| site.height() == Height(0)) {
        return Ok(effects);
    }
    for chain in listed(world)? {
        let launched = chain.phase() == provider::ConsumerPhase::Launched;
        let planned = world.plan().consumers.iter().any(|plan| plan.chain_id == chain.chain_id);
        if !launched || !planned || world.find(&chain.chain_id).is_some() {
            continue;
        }
        let path = "/interchain_security.ccv.provider.v1.Query/QueryConsumerGenesis";
        let request = provider::QueryConsumerGenesisRequest { consumer_id: chain.consumer_id.clone() };
        let answer: Option<provider::QueryConsumerGenesisResponse> = ask(world, HOME, path, &request)?;
        let Some(served) = answer.and_then(|answer| answer.genesis_state) else { continue };
        let text = ics_proto::json::to_json_of(&served).map_err(|_| WorldError::Answer(path.to_owned()))?;
        let time = world.site(HOME).map_or_else(|| world.now(), crate::view::tip_time);
        let genesis = consumer_genesis(world.plan(), &chain.chain_id, Height(1), time, &text)?;
        let index = world.add_consumer(&genesis, &chain.consumer_id)?;
        relay_for(world, index, &chain)?;
        effects.push(Effect::ConsumerStarted { chain: index, consumer_id: chain.consumer_id });
    }
    Ok(effects)
}

/// A path between the provider (side A) and a consumer (side B), which the consumer's side begins to connect.
fn relay_for(world: &mut World, index: ChainIndex, chain: &provider::Chain) -> Result<(), WorldError> {
    let key = world.relayer().key().clone();
    let end = |client: &str, prefix: &str| End {
        client_id: client.to_owned(),
        signer: key.address().to_text(prefix),
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
    world.relayer_mut().add(path, HOME, index);
    Ok(())
}
