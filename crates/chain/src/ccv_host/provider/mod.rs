//! The chain as the protocol's provider: [`ics_ccv::provider::Host`] over the context, in the store `provider`.

mod host;
mod msgs;
mod port;
mod queries;

pub use msgs::PROVIDER_MSGS;
pub use port::ProviderPort;
pub use queries::PROVIDER_QUERIES;

/// What the consumer's host shares with the provider's.
pub(in crate::ccv_host) mod shared {
    pub(in crate::ccv_host) use super::host::{channel, connection, create_client, send};
}

use super::convert;
use crate::ibc::View;
use crate::modules::staking;
use crate::{Ctx, Error};
use ics_abci::{ConsAddr, ValAddr, ValUpdate};
use ics_ccv::id::{ProviderAddr, VscId};
pub use ics_ccv::provider::Staked;
use ics_ccv::provider::{self, genesis::Genesis};
use ics_proto::interchain_security::ccv::provider::v1 as pb;

/// The store that the protocol lives in.
pub const STORE: &str = "provider";

/// Starts the protocol from its section of the genesis document, in the reference's form; gives the first validator set.
/// Fields of `params` that are left out have their defaults.
///
/// # Errors
/// Where the section is not acceptable, or holds consumers: their import is not there yet.
pub fn init_genesis(ctx: &mut Ctx<'_>, section: Option<&serde_json::Value>) -> Result<Vec<ValUpdate>, Error> {
    let genesis = section.map_or_else(|| Ok(Genesis::default()), read_genesis)?;
    host::run(ctx, |host| provider::genesis::init(host, &genesis))
}

fn read_genesis(section: &serde_json::Value) -> Result<Genesis, Error> {
    let wrong = |what: &dyn std::fmt::Display| Error::invalid_request(format!("section provider: {what}"));
    let read: pb::GenesisState =
        ics_proto::json::from_json_as(&section.to_string()).map_err(|error| wrong(&error))?;
    let has_state = !read.consumer_states.is_empty()
        || !read.valset_update_id_to_height.is_empty()
        || !read.validator_consumer_pubkeys.is_empty()
        || !read.validators_by_consumer_addr.is_empty()
        || !read.consumer_addrs_to_prune_v2.is_empty();
    if has_state {
        return Err(wrong(&"importing the state of consumers is not supported yet"));
    }
    let mut genesis = Genesis::default();
    if read.valset_update_id != 0 {
        genesis.valset_update_id = VscId(read.valset_update_id);
    }
    if let (Some(params), Some(given)) = (read.params, section.get("params")) {
        convert::read_params(&mut genesis.params, params, |name| given.get(name).is_some())?;
    }
    Ok(genesis)
}

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
