//! `MsgRemoveConsumer`: the owner stops a consumer; it is deleted one unbonding period later. Source: provider spec §2.12.

use crate::provider::error::{Error, Wanted};
use crate::provider::host::Host;
use crate::provider::phase::{self, Cause, Phase};
use crate::provider::{lifecycle, report};
use alloc::string::{String, ToString};
use ics_abci::AccAddr;

/// Stops a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoveConsumer {
    /// Which consumer, decimal.
    pub consumer_id: String,
    /// Who signs, and owns it.
    pub owner: AccAddr,
}

impl RemoveConsumer {
    /// Checks what needs no state.
    ///
    /// # Errors
    /// [`Error::InvalidConsumerId`].
    pub fn validate_basic(&self) -> Result<(), Error> {
        super::validate_id(&self.consumer_id)
            .map_err(|_| Error::InvalidConsumerId(self.consumer_id.to_string()))
    }

    /// Stops the consumer.
    ///
    /// # Errors
    /// Those of [`Self::validate_basic`], [`Error::UnknownConsumer`], [`Error::NoOwner`], [`Error::NotOwner`],
    /// [`Error::WrongPhase`], [`Error::Corrupt`]; then nothing is written.
    pub fn handle(&self, host: &mut impl Host) -> Result<(), Error> {
        self.validate_basic()?;
        let id = super::consumer_id(&self.consumer_id)?;
        lifecycle::require_owner(host, id, &self.owner)?;
        let chain_id = lifecycle::chain_id(host, id)?;
        let found = phase::of(host, id)?;
        if found != Some(Phase::Launched) {
            return Err(Error::WrongPhase { id, wanted: Wanted::Launched, found });
        }
        phase::stop(host, id, &Cause::Owner)?;
        let event = report::remove_consumer(id, &chain_id, &self.owner, host.prefix());
        host.emit(event);
        Ok(())
    }
}
