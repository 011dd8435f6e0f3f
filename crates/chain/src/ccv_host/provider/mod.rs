//! The chain as the protocol's provider: [`ics_ccv::provider::Host`] over the context, in the store `provider`.

mod genesis;
mod host;
mod msgs;
mod port;
mod queries;

pub use genesis::{Sections, export as export_genesis, init as init_genesis};
pub use msgs::PROVIDER_MSGS;
pub use port::ProviderPort;
pub use queries::PROVIDER_QUERIES;

/// What the consumer's host shares with the provider's.
pub(in crate::ccv_host) mod shared {
    pub(in crate::ccv_host) use super::host::{channel, connection, create_client, send};
}

use crate::ibc::View;
use crate::modules::staking;
use crate::{Ctx, Error};
use ics_abci::{ConsAddr, ValAddr, ValUpdate};
use ics_ccv::id::ProviderAddr;
use ics_ccv::provider;
pub use ics_ccv::provider::Staked;

/// The store that the protocol lives in.
pub const STORE: &str = "provider";

/// The protocol's begin block, last of all modules.
///
/// # Errors
/// [`Error::Corrupt`]; anything else is a fault of this program.
pub fn begin_block(ctx: &mut Ctx<'_>) -> Result<(), Error> {
    host::run(ctx, |host| provider::begin_block(host))
}

/// The protocol's end block, last of all modules; gives the changes of the chain's own set. `staked` says whether staking
/// changed a power.
///
/// # Errors
/// [`Error::Corrupt`]; anything else is a fault of this program.
pub fn end_block(ctx: &mut Ctx<'_>, staked: Staked) -> Result<Vec<ValUpdate>, Error> {
    host::run(ctx, |host| provider::end_block(host, staked))
}

/// The validators whose stake decides proposals: bonded ones beyond the provider's own set do not count. Source:
/// provider spec §10.2.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn electorate(view: &dyn View) -> Result<Vec<staking::Validator>, Error> {
    let most = host::ask(view, provider::params::get)?.own_set_max();
    let bonded = staking::bonded(view.state())?;
    Ok(bonded.into_iter().take(most).map(|bonded| bonded.validator).collect())
}

/// Whether a new validator may use a consensus key: not if somebody assigned it on an active consumer.
///
/// # Errors
/// The protocol's refusal.
pub fn admit(ctx: &mut Ctx<'_>, key: &ics_abci::ConsKey) -> Result<(), Error> {
    host::run(ctx, |host| provider::keys::admit(host, key))
}

/// Validators that staking removed: the protocol forgets their keys.
///
/// # Errors
/// [`Error::Corrupt`].
pub fn removed(ctx: &mut Ctx<'_>, validators: &[(ValAddr, ConsAddr)]) -> Result<(), Error> {
    for (_, validator) in validators {
        host::run(ctx, |host| provider::keys::on_validator_removed(host, ProviderAddr(*validator)))?;
    }
    Ok(())
}

/// A refusal of the protocol, as the chain reports it.
pub(crate) fn refusal(error: provider::Error) -> Error {
    if let provider::Error::Corrupt(corrupt) = error {
        return Error::Corrupt(corrupt);
    }
    let (codespace, code) = error.code();
    Error::refused(codespace, code, error)
}
