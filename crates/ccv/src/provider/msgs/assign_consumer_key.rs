//! `MsgAssignConsumerKey`: a validator chooses the key that it uses on a consumer. Source: provider spec §4.2.

use super::validator_key::{Actor, KeyText, tell};
use crate::provider::error::{Error, Message};
use crate::provider::host::Host;
use crate::provider::keys;
use alloc::string::String;
use ics_abci::{AccAddr, ValAddr};

/// Assigns a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignConsumerKey {
    /// Deprecated; blank.
    pub chain_id: String,
    /// The validator's operator, bech32.
    pub provider_addr: String,
    /// The key, JSON text.
    pub consumer_key: String,
    /// Who signs: the operator's account.
    pub signer: AccAddr,
    /// Which consumer, decimal.
    pub consumer_id: String,
}

impl AssignConsumerKey {
    /// Checks what needs no state. `prefix` is that of accounts.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn validate_basic(&self, prefix: &str) -> Result<(), Error> {
        self.parse(prefix).map(|_| ())
    }

    /// Assigns the key.
    ///
    /// # Errors
    /// Those of [`Self::validate_basic`], [`Error::UnknownConsumer`], [`Error::NoValidator`], [`Error::KeyType`], those
    /// of [`keys::assign`]; then nothing is written.
    pub fn handle(&self, host: &mut impl Host) -> Result<(), Error> {
        let (operator, key) = self.parse(host.prefix())?;
        let id = super::consumer_id(&self.consumer_id)?;
        let validator = host.validator(&operator).ok_or_else(|| Error::NoValidator(operator.clone()))?;
        let key = key.key(|fault| Message::AssignKey.fault(fault))?;
        host.atomically(|host| {
            keys::assign(host, id, validator.provider_addr, key)?;
            tell(host, id, &operator, |act| act.assign_key(&self.consumer_key))
        })
    }

    fn parse(&self, prefix: &str) -> Result<(ValAddr, KeyText), Error> {
        let actor = Actor {
            chain_id: &self.chain_id,
            consumer_id: &self.consumer_id,
            provider_addr: &self.provider_addr,
            signer: &self.signer,
        };
        let fault = |part| Message::AssignKey.fault(part);
        let operator = actor.validate(prefix).map_err(fault)?;
        let key = KeyText::parse(&self.consumer_key).map_err(fault)?;
        Ok((operator, key))
    }
}
