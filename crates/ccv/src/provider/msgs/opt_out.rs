//! `MsgOptOut`: a validator leaves a consumer from the next epoch on. Source: provider spec §3.5.

use super::validator_key::{Actor, tell};
use crate::id::ConsumerId;
use crate::provider::error::{Error, Message, Wanted};
use crate::provider::host::{Host, View};
use crate::provider::phase::{self, Phase};
use crate::provider::{members, power_shaping};
use alloc::string::{String, ToString};
use ics_abci::{AccAddr, Power, ValAddr};

/// Opts a validator out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptOut {
    /// Deprecated; blank.
    pub chain_id: String,
    /// The validator's operator, bech32.
    pub provider_addr: String,
    /// Who signs: the operator's account.
    pub signer: AccAddr,
    /// Which consumer, decimal.
    pub consumer_id: String,
}

impl OptOut {
    /// Checks what needs no state. `prefix` is that of accounts.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn validate_basic(&self, prefix: &str) -> Result<(), Error> {
        self.parse(prefix).map(|_| ())
    }

    /// Opts the validator out; who is not in stays out.
    ///
    /// # Errors
    /// Those of [`Self::validate_basic`], [`Error::NoValidator`], [`Error::UnknownConsumer`], [`Error::WrongPhase`],
    /// [`Error::BoundByTopN`], [`Error::NoMinPower`], [`Error::Corrupt`]; then nothing is written.
    pub fn handle(&self, host: &mut impl Host) -> Result<(), Error> {
        let operator = self.parse(host.prefix())?;
        let id = super::consumer_id(&self.consumer_id)?;
        let validator = host.validator(&operator).ok_or_else(|| Error::NoValidator(operator.clone()))?;
        let found =
            phase::of(host, id)?.ok_or_else(|| Error::UnknownConsumer(self.consumer_id.to_string()))?;
        if found != Phase::Launched {
            return Err(Error::WrongPhase { id, wanted: Wanted::Launched, found: Some(found) });
        }
        require_free(host, id, validator.power)?;
        host.atomically(|host| {
            members::leave(host, id, validator.provider_addr)?;
            tell(host, id, &operator, |act| act.opt_out())
        })
    }

    fn parse(&self, prefix: &str) -> Result<ValAddr, Error> {
        let actor = Actor {
            chain_id: &self.chain_id,
            consumer_id: &self.consumer_id,
            provider_addr: &self.provider_addr,
            signer: &self.signer,
        };
        actor.validate(prefix).map_err(|part| Message::OptOut.fault(part))
    }
}

/// Checks that Top N does not bind a validator with this power.
fn require_free(view: &impl View, id: ConsumerId, power: Power) -> Result<(), Error> {
    if power_shaping::get(view, id)?.top_n == 0 {
        return Ok(());
    }
    let min_power = power_shaping::min_power(view, id)?.ok_or(Error::NoMinPower(id))?;
    if power < min_power {
        return Ok(());
    }
    Err(Error::BoundByTopN { id, power, min_power })
}
