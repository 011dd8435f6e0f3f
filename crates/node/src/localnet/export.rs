//! The genesis document of a chain of a network that does not run.

use super::databases::Databases;
use super::failure::{LocalnetError, explain};
use crate::home::{ChainFact, ChainRole, Engine, Home, HomeError};
use ics_world::{DiskFactory as _, GenesisError, SiteError, WorldError};
use std::path::Path;

/// The document, as JSON, from which the chain of this id, or the provider where none is given, goes on where it stopped.
/// The network must not run meanwhile.
///
/// # Errors
/// [`LocalnetError`]: no network in the home, one that runs, no such chain in it, damaged files.
pub fn export(home: &Path, chain_id: Option<&str>) -> Result<String, LocalnetError> {
    let home = Home::existing(home)?;
    let _hold = home.hold()?;
    let empty = || HomeError::Empty(home.path().to_owned());
    let facts = home.facts()?.ok_or_else(empty)?;
    if facts.engine == Engine::CometBft {
        return Err(LocalnetError::Options(
            "the chains of a network on CometBFT cannot be exported: only those of the embedded engine can",
        ));
    }
    let is_meant = |chain: &&ChainFact| match chain_id {
        Some(id) => chain.id == id,
        None => chain.role == ChainRole::Provider,
    };
    let chain = facts.chains.iter().find(is_meant).ok_or_else(|| {
        let known = facts.chains.iter().map(|chain| chain.id.clone()).collect();
        LocalnetError::UnknownChain { asked: chain_id.unwrap_or("provider").to_owned(), known }
    })?;
    let mut databases = Databases::new(home.clone(), Some(&facts));
    let failed = |error| explain(home.path(), error);
    let disk = databases.disk(&chain.id).map_err(|error| failed(error.into()))?;
    let genesis = ics_world::export(&chain.id, chain.consumer_id.as_deref(), disk).map_err(failed)?;
    let genesis = genesis.ok_or_else(empty)?;
    ics_world::genesis_json(&genesis).map_err(|error: GenesisError| {
        failed(WorldError::Site { chain: chain.id.clone(), error: SiteError::Genesis(error) })
    })
}
