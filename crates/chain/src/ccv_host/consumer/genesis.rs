//! The protocol in the genesis document: section `ccvconsumer` in the reference's form, from which a new chain starts and
//! the reference's own exports start again, and `ccvconsumer_state`, which holds all that a chain has.

use super::STORE;
use super::host::{ask, run};
use crate::ccv_host::on_state;
use crate::query::QueryCtx;
use crate::{Ctx, Error, rows};
use ics_abci::ValUpdate;
use ics_ccv::consumer;
use ics_ccv::consumer::state::TABLES;
use ics_ccv::wire::genesis::GenesisState;
use serde_json::Value;

/// The sections, and the validators that go with them.
pub struct Sections {
    /// `ccvconsumer`.
    pub reference: Value,
    /// `ccvconsumer_state`.
    pub state: Value,
    /// The present set.
    pub validators: Vec<ValUpdate>,
}

/// Starts the protocol; gives the first validator set. Without sections the protocol is there and does nothing.
///
/// # Errors
/// Where a section is not acceptable, IBC refuses the client in it, or the two contradict one another.
pub fn init(
    ctx: &mut Ctx<'_>,
    reference: Option<&Value>,
    state: Option<&Value>,
) -> Result<Vec<ValUpdate>, Error> {
    let genesis = reference.map(read).transpose()?;
    let Some(state) = state else {
        return run(ctx, |host| consumer::init_genesis(host, &genesis.unwrap_or_default()));
    };
    ctx.atomically(|ctx| {
        on_state::run(
            ctx,
            STORE,
            |error: Error| error,
            |host| rows::import(host, TABLES, "ccvconsumer_state", state),
        )?;
        let set = ask(&*ctx, consumer::genesis::resume)?;
        let held = ask(&*ctx, consumer::export_genesis)?;
        if genesis.is_some_and(|genesis| genesis != held) {
            return Err(Error::invalid_request("ccvconsumer: says otherwise than ccvconsumer_state"));
        }
        Ok(set)
    })
}

fn read(section: &Value) -> Result<GenesisState, Error> {
    GenesisState::from_json(section.to_string().as_bytes())
        .map_err(|error| Error::invalid_request(format!("section ccvconsumer: {error}")))
}

/// The sections from which the protocol goes on.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn export(ctx: &QueryCtx<'_>) -> Result<Sections, Error> {
    let genesis = ask(ctx, consumer::export_genesis)?;
    let reference = serde_json::from_str(&genesis.to_json()).map_err(Error::invalid_request)?;
    let state = ask(ctx, |host| Ok(rows::export(host, TABLES)?))?;
    let validators = ask(ctx, consumer::genesis::resume)?;
    Ok(Sections { reference, state, validators })
}
