//! What is said of the network: its people, its keys, its chains.

use crate::home::{
    AccountFact, ChainFact, ChainRole, Facts, Home, HomeError, ValidatorFact, load_keys, save_keys,
};
use ics_client::{DEVELOPMENT_MNEMONIC, HdPath};
use ics_world::topology::{self, PROVIDER_PREFIX, RELAYER_INDEX};
use ics_world::{ChainIndex, Plan, World};
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
    Facts { chains: Vec::new(), accounts: accounts.collect(), validators: validators.collect() }
}

/// Puts the network's accounts into the keyring, beside whatever the user has there.
pub(super) fn write_keys(home: &Home, plan: &Plan) -> Result<(), HomeError> {
    let mut keys = load_keys(home)?;
    let accounts = plan.accounts.iter().map(|account| (account.index, account.name.as_str()));
    let operators = plan.validators.iter().map(|validator| (validator.index, validator.moniker.as_str()));
    let mut added = false;
    for (index, name) in accounts.chain([(RELAYER_INDEX, "relayer")]).chain(operators) {
        let Ok(path) = HdPath::cosmos(0, index) else { continue };
        if keys.key(name).is_err() {
            added |= keys.add_mnemonic(name, DEVELOPMENT_MNEMONIC, &path).is_ok();
        }
    }
    if added { save_keys(home, &keys) } else { Ok(()) }
}

/// A chain that serves.
pub(super) fn chain(world: &World, index: ChainIndex, rpc: SocketAddr, grpc: SocketAddr) -> ChainFact {
    let id = world.site(index).map(|site| site.chain_id().to_owned()).unwrap_or_default();
    let role = if index.0 == 0 { ChainRole::Provider } else { ChainRole::Consumer };
    let consumer_id = world.consumer_id(index).map(str::to_owned);
    ChainFact { id, role, consumer_id, rpc: format!("http://{rpc}"), grpc: format!("http://{grpc}") }
}

/// Validators by moniker, with their powers, of every chain.
pub(super) fn sets(world: &World) -> Vec<(String, Vec<(String, i64)>)> {
    let moniker = |chain_id: &str, addr| {
        let of = |moniker: &str| {
            topology::consensus_key(moniker).address() == addr
                || topology::assigned_key(moniker, chain_id).address() == addr
        };
        let found = world.plan().validators.iter().find(|validator| of(&validator.moniker));
        found.map_or("?", |validator| &validator.moniker).to_owned()
    };
    let set = |site: &ics_world::Site| {
        let members = site.engine().validators().validators().iter();
        let named = members.map(|member| (moniker(site.chain_id(), member.key.address()), member.power));
        (site.chain_id().to_owned(), named.collect())
    };
    world.sites().iter().map(set).collect()
}
