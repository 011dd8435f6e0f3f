//! Whether a chain starts from a genesis document: it is tried, in memory.

use super::OperatorError;
use super::document::read;
use crate::abci::{app_config, role, role_of};
use crate::app_toml::ChainKind;
use crate::node_home::NodeHome;
use ics_abci::{Application as _, Genesis, Halt};
use ics_chain::App;
use std::path::{Path, PathBuf};

/// Tries a document, that of the home where none is named: the chain reads all of it, makes its accounts and validators,
/// and has somebody who signs. Gives the file.
///
/// # Errors
/// [`OperatorError`].
pub fn validate(home: &NodeHome, file: Option<&Path>) -> Result<PathBuf, OperatorError> {
    let path = file.map_or_else(|| home.genesis_json(), Path::to_owned);
    let genesis = read(&path, &home.text(&path)?)?;
    let kind = role_of(home.path(), &genesis)?;
    starts(&path, &genesis, kind)?;
    Ok(path)
}

/// Starts a chain from a document, in memory.
pub(super) fn starts(path: &Path, genesis: &Genesis, kind: ChainKind) -> Result<(), OperatorError> {
    let Halt(why) = match ics_engine::params::check(&genesis.params) {
        Err(why) => Halt(why),
        Ok(()) => match App::new(app_config(genesis, kind), role(kind)).init_chain(genesis) {
            Ok(init) if init.validators.is_empty() && genesis.validators.is_empty() => Halt(nobody(kind)),
            Ok(_) => return Ok(()),
            Err(halt) => halt,
        },
    };
    Err(invalid(path, why.strip_prefix("genesis: ").unwrap_or(&why).to_owned()))
}

fn nobody(kind: ChainKind) -> String {
    match kind {
        ChainKind::Consumer => {
            "it names no validators: put what `ics query provider consumer-genesis` gives into \
                                app_state.ccvconsumer"
                .to_owned()
        }
        ChainKind::Provider | ChainKind::Standalone => {
            "it names no validators that bond a unit of power: add some with `ics genesis gentx` and \
             `ics genesis collect-gentxs`"
                .to_owned()
        }
    }
}

fn invalid(path: &Path, why: String) -> OperatorError {
    OperatorError::Invalid { path: path.to_owned(), why }
}
