//! The state as a genesis document, from which a chain with the same id goes on where this one stopped.

use super::App;
use crate::genesis::{AppState, Exported};
use crate::modules::auth;
use crate::query::QueryCtx;
use crate::{Error, headers};
use ics_abci::{Genesis, Height, Params, Time};
use std::time::Duration;

impl App {
    /// The genesis document of the committed state; before the first block, of the genesis as it was read.
    ///
    /// The next block becomes the first: its height follows, and its time comes a millisecond after the last block, for
    /// light clients refuse a block that is not younger than the one before. `validators` is the set that was given to
    /// consensus last, whether it already signs or only two blocks later; it signs from the first block on, as with the SDK.
    /// `params` are the engine's, which the chain does not keep.
    ///
    /// # Errors
    /// Before a genesis was read; [`Error::Corrupt`] state.
    pub fn export(&self, params: &Params) -> Result<Genesis, Error> {
        match &self.genesis {
            Some(_) => self.document(self.last.height, self.last.time, params),
            None => {
                let Some(tip) = self.store.tip() else {
                    return Err(Error::invalid_height("the chain has no genesis yet"));
                };
                let time = self.last.time.plus(Duration::from_millis(1)).map_err(Error::invalid_request)?;
                self.document(Height(tip).next(), time, params)
            }
        }
    }

    fn document(&self, initial_height: Height, time: Time, params: &Params) -> Result<Genesis, Error> {
        let (chain, state) = (&self.fixed.chain, self.state());
        let state = &*state;
        let ctx = QueryCtx { state, block: &self.last, chain };
        let Exported { app_state, validators } = (self.fixed.role.export_genesis)(&ctx)?;
        let app_state =
            AppState { auth: auth::export(state, chain)?, headers: headers::export(state)?, ..app_state };
        Ok(Genesis {
            chain_id: chain.chain_id.clone(),
            time,
            initial_height,
            params: params.clone(),
            validators,
            app_state: serde_json::to_vec(&app_state).map_err(Error::invalid_request)?,
        })
    }
}
