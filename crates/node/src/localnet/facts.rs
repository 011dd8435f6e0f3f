//! What is said of the network: its people, its keys, its chains.

use super::ports::Addrs;
use crate::home::{
    AccountFact, Backend, ChainFact, ChainRole, Facts, Home, Ring, RingError, ValidatorFact, load_keys,
};
use ics_abci::ConsAddr;
use ics_client::DEVELOPMENT_MNEMONIC;
use ics_client::keyfile::Record;
use ics_proto::interchain_security::ccv::provider::v1::{
    QueryValidatorProviderAddrRequest, QueryValidatorProviderAddrResponse,
};
use ics_relay::View;
use ics_world::topology::{self, PROVIDER_PREFIX, RELAYER_INDEX};
use ics_world::{ChainIndex, Plan, World, ask};
use std::net::SocketAddr;

/// Accounts and validators; chains are added as they serve.
pub(super) fn people(plan: &Plan) -> Facts {
    let address = |index| topology::key(index).map(|key| key.address().to_text(PROVIDER_PREFIX));
    let accounts = plan.accounts.iter().filter_map(|account| {
        Some(AccountFact {
            name: account.name.clone(),
            address: address(account.index).ok()?,
            mnemonic: DEVELOPMENT_MNEMONIC.to_owned(),
            index: account.index,
        })
    });
    let validators = plan.validators.iter().filter_map(|validator| {
        let key = topology::key(validator.index).ok()?;
        Some(ValidatorFact {
            moniker: validator.moniker.clone(),
            operator_address: key.operator().to_text(&format!("{PROVIDER_PREFIX}valoper")),
            account: validator.moniker.clone(),
        })
    });
    let (accounts, validators) = (accounts.collect(), validators.collect());
    Facts { accounts, validators, ..Facts::default() }
}

/// Puts the network's accounts into the keyring, beside whatever the user has there.
pub(super) fn write_keys(home: &Home, plan: &Plan) -> Result<(), RingError> {
    let accounts = plan.accounts.iter().map(|account| (account.index, account.name.as_str()));
    let operators = plan.validators.iter().map(|validator| (validator.index, validator.moniker.as_str()));
    // What signs blocks is read while the network runs: a file that cannot be read is told before.
    load_keys(home)?;
    let ring = Ring::new(home.path(), Backend::Test);
    let known = ring.names()?;
    for (index, name) in accounts.chain([(RELAYER_INDEX, "relayer")]).chain(operators) {
        let Ok(key) = topology::key(index) else { continue };
        if known.iter().any(|known| known == name) {
            continue;
        }
        match ring.put(&Record::local(name, key)) {
            // The user has the key under a name of their own.
            Ok(()) | Err(RingError::Known(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The place of a chain: where it stands, or the next one.
pub(super) fn place(facts: &Facts, chain_id: &str) -> usize {
    facts.chains.iter().position(|chain| chain.id == chain_id).unwrap_or(facts.chains.len())
}

/// Puts a chain at its place.
pub(super) fn put(facts: &mut Facts, place: usize, fact: ChainFact) {
    match facts.chains.get_mut(place) {
        Some(known) => *known = fact,
        None => facts.chains.push(fact),
    }
}

/// A chain that serves.
pub(super) fn chain(world: &World, index: ChainIndex, addrs: &Addrs) -> ChainFact {
    let id = world.site(index).map(|site| site.chain_id().to_owned()).unwrap_or_default();
    let role = if index.0 == 0 { ChainRole::Provider } else { ChainRole::Consumer };
    let consumer_id = world.consumer_id(index).map(str::to_owned);
    let url = |addr: SocketAddr| format!("http://{addr}");
    let (rpc, grpc, rest) = (url(addrs.rpc), url(addrs.grpc), url(addrs.rest));
    ChainFact { id, role, consumer_id, rpc, grpc, rest }
}

/// Validators by moniker, with their powers, of every chain.
pub(super) fn sets(world: &World) -> Vec<(String, Vec<(String, i64)>)> {
    let of = |index| {
        let site = world.site(index)?;
        Some((site.chain_id().to_owned(), members(world, index)))
    };
    (0..world.sites().len()).map(ChainIndex).filter_map(of).collect()
}

/// Validators by moniker, with their powers, of a chain.
pub(super) fn members(world: &World, index: ChainIndex) -> Vec<(String, i64)> {
    let Some(site) = world.site(index) else { return Vec::new() };
    let members = site.engine().validators().validators().iter();
    members.map(|member| (name(world, index, &member.key.address()), member.power)).collect()
}

/// Whose key it is. Where the provider does not know, the key's name, or its address.
fn name(world: &World, index: ChainIndex, addr: &ConsAddr) -> String {
    let owner = world
        .site(ChainIndex(0))
        .and_then(|provider| moniker(world.plan(), provider, world.consumer_id(index), addr));
    let key = || world.key_name(addr).map_or_else(|| hex::encode_upper(addr.0), str::to_owned);
    owner.unwrap_or_else(key)
}

/// Whose key it is on a consumer, or on the provider itself: the provider knows who assigned it.
pub(super) fn moniker(
    plan: &Plan,
    provider: &dyn View,
    consumer_id: Option<&str>,
    addr: &ConsAddr,
) -> Option<String> {
    let owner = consumer_id.and_then(|consumer_id| {
        let path = "/interchain_security.ccv.provider.v1.Query/QueryValidatorProviderAddr";
        let request = QueryValidatorProviderAddrRequest {
            consumer_address: addr.to_text(&format!("{PROVIDER_PREFIX}valcons")),
            consumer_id: consumer_id.to_owned(),
        };
        let answer: QueryValidatorProviderAddrResponse = ask(provider, path, &request).ok()?;
        let (_, bytes) = ics_abci::from_bech32(&answer.provider_address).ok()?;
        bytes.try_into().ok().map(ConsAddr)
    });
    plan.validator(&owner.unwrap_or(*addr)).map(|validator| validator.moniker.clone())
}
