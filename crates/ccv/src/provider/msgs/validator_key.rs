//! What the messages of validators have in common: the operator's address, its signature, the text of a key.
//!
//! Source: provider spec §4.2; attack K-5 (only the validator itself may act for it).

use crate::id::ConsumerId;
use crate::provider::error::{Error, Fault};
use crate::provider::host::Host;
use crate::provider::lifecycle;
use crate::provider::report::ValidatorAct;
use alloc::format;
use alloc::string::{String, ToString};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ics_abci::{AccAddr, ConsKey, Event, ValAddr};
use serde_json::{Map, Value};

const ED25519: &str = "/cosmos.crypto.ed25519.PubKey";

/// Who acts, on which consumer.
pub(super) struct Actor<'a> {
    pub(super) chain_id: &'a str,
    pub(super) consumer_id: &'a str,
    pub(super) provider_addr: &'a str,
    pub(super) signer: &'a AccAddr,
}

impl Actor<'_> {
    /// Checks that the fields are what they should be, and that the signer is the operator; gives the operator.
    pub(super) fn validate(&self, prefix: &str) -> Result<ValAddr, Fault> {
        if !self.chain_id.trim().is_empty() {
            return Err(Fault::new("ChainId", "is deprecated; use ConsumerId"));
        }
        super::validate_id(self.consumer_id)?;
        let operator = ValAddr::parse(&format!("{prefix}valoper"), self.provider_addr)
            .map_err(|_| Fault::new("ProviderAddr", "is no validator address"))?;
        if operator.0 != self.signer.0 {
            return Err(Fault::new("Signer", "is not the validator"));
        }
        Ok(operator)
    }
}

/// Tells the world what a validator did.
///
/// # Errors
/// [`Error::UnknownConsumer`], [`Error::Corrupt`].
pub(super) fn tell(
    host: &mut impl Host,
    id: ConsumerId,
    operator: &ValAddr,
    event: impl FnOnce(&ValidatorAct<'_>) -> Event,
) -> Result<(), Error> {
    let chain = lifecycle::chain_id(host, id)?;
    let event = event(&ValidatorAct { id, chain: &chain, operator, prefix: host.prefix() });
    host.emit(event);
    Ok(())
}

/// The two members of a key's JSON text, each "" where absent.
pub(super) struct KeyText {
    kind: String,
    key: String,
}

impl KeyText {
    /// Reads `{"@type": …, "key": …}`; other members are ignored.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let fault = Fault::new("ConsumerKey", "is no JSON object with members @type and key");
        let object: Map<String, Value> = serde_json::from_str(text).map_err(|_| fault)?;
        let member = |name| match object.get(name) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(fault),
        };
        Ok(Self { kind: member("@type")?, key: member("key")? })
    }

    /// The key: Ed25519 in standard base64.
    ///
    /// # Errors
    /// [`Error::KeyType`] for another type; the fault that `invalid` makes of a text that is no such key.
    pub(super) fn key(&self, invalid: impl Fn(Fault) -> Error) -> Result<ConsKey, Error> {
        if self.kind != ED25519 {
            return Err(Error::KeyType(self.kind.to_string()));
        }
        let bytes = STANDARD
            .decode(&self.key)
            .map_err(|_| invalid(Fault::new("ConsumerKey", "key is not base64")))?;
        ConsKey::ed25519(&bytes).ok_or_else(|| invalid(Fault::new("ConsumerKey", "key is not of 32 bytes")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::error::Message;

    fn key(text: &str) -> Result<ConsKey, Error> {
        let invalid = |fault| Message::AssignKey.fault(fault);
        KeyText::parse(text).map_err(invalid)?.key(invalid)
    }

    #[test]
    fn a_key_is_read_from_its_json() {
        let ones = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
        let text = format!(r#"{{"@type":"{ED25519}","key":"{ones}","more":[1]}}"#);
        assert_eq!(key(&text), Ok(ConsKey::Ed25519([1; 32])));
    }

    #[test]
    fn what_is_no_key_is_refused_with_its_reason() {
        let object = Fault::new("ConsumerKey", "is no JSON object with members @type and key");
        let invalid = |fault| Err(Message::AssignKey.fault(fault));
        for text in ["", "[]", "1", "{", r#"{"@type":1}"#] {
            assert_eq!(key(text), invalid(object), "{text}");
        }
        assert_eq!(key("{}"), Err(Error::KeyType(String::new())));
        let of = |key: &str| format!(r#"{{"@type":"{ED25519}","key":"{key}"}}"#);
        assert_eq!(key(&of("!")), invalid(Fault::new("ConsumerKey", "key is not base64")));
        assert_eq!(key(&of("AQE=")), invalid(Fault::new("ConsumerKey", "key is not of 32 bytes")));
    }
}
