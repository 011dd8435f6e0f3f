//! `MsgSetConsumerCommissionRate`: a validator chooses what it keeps of a consumer's rewards. Source: provider spec §7.7.

use super::validator_key::{Actor, tell};
use crate::provider::commission;
use crate::provider::error::{Error, Fault, Message, Wanted};
use crate::provider::host::Host;
use crate::provider::phase::{self, Phase};
use alloc::string::String;
use ics_abci::{AccAddr, Dec, ValAddr};

/// Chooses a commission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetConsumerCommissionRate {
    /// Deprecated; blank.
    pub chain_id: String,
    /// The validator's operator, bech32.
    pub provider_addr: String,
    /// The share that it keeps, 0 to 1.
    pub rate: Dec,
    /// Who signs: the operator's account.
    pub signer: AccAddr,
    /// Which consumer, decimal.
    pub consumer_id: String,
}

impl SetConsumerCommissionRate {
    /// Checks what needs no state. `prefix` is that of accounts.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn validate_basic(&self, prefix: &str) -> Result<(), Error> {
        self.parse(prefix).map(|_| ())
    }

    /// Chooses the commission; it holds until another is chosen. Who validates the chain, or is opted in, is not asked.
    ///
    /// # Errors
    /// Those of [`Self::validate_basic`], [`Error::UnknownConsumer`], [`Error::NoValidator`], [`Error::WrongPhase`],
    /// [`Error::LowCommission`], [`Error::Corrupt`]; then nothing is written.
    pub fn handle(&self, host: &mut impl Host) -> Result<(), Error> {
        let operator = self.parse(host.prefix())?;
        let id = super::consumer_id(&self.consumer_id)?;
        let validator = host.validator(&operator).ok_or_else(|| Error::NoValidator(operator.clone()))?;
        let found = phase::of(host, id)?;
        if !found.is_some_and(Phase::is_active) {
            return Err(Error::WrongPhase { id, wanted: Wanted::Active, found });
        }
        let least = host.min_commission_rate();
        if self.rate < least {
            return Err(Error::LowCommission { rate: self.rate, least });
        }
        host.atomically(|host| {
            commission::choose(host, id, validator.provider_addr, self.rate);
            tell(host, id, &operator, |act| act.set_commission(self.rate))
        })
    }

    fn parse(&self, prefix: &str) -> Result<ValAddr, Error> {
        let actor = Actor {
            chain_id: &self.chain_id,
            consumer_id: &self.consumer_id,
            provider_addr: &self.provider_addr,
            signer: &self.signer,
        };
        let fault = |part| Message::SetCommission.fault(part);
        let operator = actor.validate(prefix).map_err(fault)?;
        if self.rate.is_negative() || self.rate > Dec::ONE {
            return Err(fault(Fault::new("Rate", "should be in the range [0, 1]")));
        }
        Ok(operator)
    }
}
