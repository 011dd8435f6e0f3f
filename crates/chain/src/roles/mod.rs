//! What a chain does: which modules it has, what happens in a block, which messages and questions it takes.
//!
//! A role is straight-line code and tables, one line each (what Cosmos calls app.go).

pub mod consumer;
pub mod provider;
pub mod standalone;

use crate::genesis::{Exported, GenesisDoc};
use crate::ibc::Ports;
use crate::modules::auth::ModuleAccount;
use crate::modules::gov::Electorate;
use crate::query::{QueryCtx, QueryRoute};
use crate::route::MsgTables;
use crate::tx::{MessageFilter, RelayCheck};
use crate::{Ctx, Error};
use ics_abci::ValUpdate;

pub use consumer::CONSUMER;
pub use provider::PROVIDER;
pub use standalone::STANDALONE;

/// A role.
#[derive(Clone, Copy)]
pub struct Role {
    /// Its name, e.g. `provider`.
    pub name: &'static str,
    /// The stores of its state; `headers` is added by the app.
    pub stores: &'static [&'static str],
    /// The accounts of its modules, opened before genesis is read.
    pub module_accounts: &'static [ModuleAccount],
    /// Writes the state of genesis; gives the first validators (none keeps those of the document).
    pub init_genesis: fn(&mut Ctx<'_>, &GenesisDoc) -> Result<Vec<ValUpdate>, Error>,
    /// Gives the sections from which [`Role::init_genesis`] writes the same state again.
    pub export_genesis: fn(&QueryCtx<'_>) -> Result<Exported, Error>,
    /// What happens before the transactions of a block.
    pub begin_block: fn(&mut Ctx<'_>) -> Result<(), Error>,
    /// What happens after them; gives the changes of the set.
    pub end_block: fn(&mut Ctx<'_>) -> Result<Vec<ValUpdate>, Error>,
    /// The messages it takes: tables, of which the first row with a URL wins.
    pub msgs: MsgTables,
    /// Whose stake decides proposals.
    pub electorate: Electorate,
    /// The questions it answers: tables, of which the first row with a path wins.
    pub queries: &'static [&'static [QueryRoute]],
    /// Which messages are taken now.
    pub message_filter: Option<MessageFilter>,
    /// Which transactions of relayers are superfluous.
    pub relay_check: Option<RelayCheck>,
    /// Who answers on which IBC port.
    pub ports: Ports,
}
