//! `MsgOptIn`: a validator joins a consumer from the next epoch on. Source: provider spec §3.5.

use super::validator_key::{Actor, KeyText, tell};
use crate::provider::error::{Error, Message, Wanted};
use crate::provider::host::Host;
use crate::provider::phase::{self, Phase};
use crate::provider::{keys, members};
use alloc::string::String;
use ics_abci::{AccAddr, ValAddr};

/// Opts a validator in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptIn {
    /// Deprecated; blank.
    pub chain_id: String,
    /// The validator's operator, bech32.
    pub provider_addr: String,
    /// A key to assign, JSON text; "" for none.
    pub consumer_key: String,
    /// Who signs: the operator's account.
    pub signer: AccAddr,
    /// Which consumer, decimal.
    pub consumer_id: String,
}

impl OptIn {
    /// Checks what needs no state. `prefix` is that of accounts.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn validate_basic(&self, prefix: &str) -> Result<(), Error> {
        self.parse(prefix).map(|_| ())
    }

    /// Opts the validator in, and assigns the key if there is one.
    ///
    /// # Errors
    /// Those of [`Self::validate_basic`], [`Error::UnknownConsumer`], [`Error::NoValidator`], [`Error::KeyType`],
    /// [`Error::WrongPhase`], those of [`keys::assign`]; then nothing is written.
    pub fn handle(&self, host: &mut impl Host) -> Result<(), Error> {
        let (operator, key) = self.parse(host.prefix())?;
        let id = super::consumer_id(&self.consumer_id)?;
        let validator = host.validator(&operator).ok_or_else(|| Error::NoValidator(operator.clone()))?;
        let found = phase::of(host, id)?;
        if !found.is_some_and(Phase::is_active) {
            return Err(Error::WrongPhase { id, wanted: Wanted::Active, found });
        }
        let key = key.map(|key| key.key(|fault| Message::OptIn.fault(fault))).transpose()?;
        host.atomically(|host| {
            members::join(host, id, validator.provider_addr)?;
            if let Some(key) = key {
                keys::assign(host, id, validator.provider_addr, key)?;
            }
            tell(host, id, &operator, |act| act.opt_in(&self.consumer_key))
        })
    }

    fn parse(&self, prefix: &str) -> Result<(ValAddr, Option<KeyText>), Error> {
        let actor = Actor {
            chain_id: &self.chain_id,
            consumer_id: &self.consumer_id,
            provider_addr: &self.provider_addr,
            signer: &self.signer,
        };
        let fault = |part| Message::OptIn.fault(part);
        let operator = actor.validate(prefix).map_err(fault)?;
        if self.consumer_key.is_empty() {
            return Ok((operator, None));
        }
        let key = KeyText::parse(&self.consumer_key).map_err(fault)?;
        Ok((operator, Some(key)))
    }
}
