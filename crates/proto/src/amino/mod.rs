//! What an account signs in SIGN_MODE_LEGACY_AMINO_JSON: the transaction as sorted JSON.
//!
//! This form is what wallets show before they sign, and all that a hardware wallet can sign. No message has code of its
//! own here: names and encodings come from the options `amino.*`, `cosmos_proto.scalar` and `gogoproto.customtype` of
//! the descriptors. What the JSON cannot say is refused, or else two transactions would have one signature.
//!
//! Journey: `chain` asks for [`sign_bytes`] when it verifies a signature of this mode.
//! Source: ADR-020; the SDK's x/tx/signing/aminojson (SDK 0.50 and 0.53 agree on all that is taken here).

mod rules;
mod write;

use prost_reflect::{DynamicMessage, Value};

use crate::json::{JsonError, schema::Schema};

/// How deep messages may nest, `Any` counted as its content; deeper input is refused.
const DEPTH_MAX: usize = 64;

/// Why a transaction cannot be signed in this form.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AminoError {
    /// A part is of no known type, or is not of its type.
    #[error(transparent)]
    Bytes(#[from] JsonError),
    /// A field that nobody knows, which a signature would not cover.
    #[error("{message}: unknown field {number}")]
    UnknownField {
        /// Full name of the message that has it.
        message: String,
        /// Its number.
        number: u32,
    },
    /// A part of the transaction for which this form has no place.
    #[error("{0} cannot be signed in SIGN_MODE_LEGACY_AMINO_JSON")]
    NoPlace(&'static str),
    /// A transaction without a fee, even of zero.
    #[error("fee cannot be nil")]
    NoFee,
    /// A message that must be there is not.
    #[error("{0} must be set")]
    Absent(String),
    /// A field or a message for which there is no rule.
    #[error("{0} has no amino JSON form")]
    NoForm(String),
    /// Text that is no number, or not in its shortest form.
    #[error("{field}: not an integer in its shortest form: {text:?}")]
    Number {
        /// Full name of the field.
        field: String,
        /// The text that stands there.
        text: String,
    },
    /// A time or a duration outside what can be written.
    #[error("{0}: out of range")]
    Range(&'static str),
    /// Messages nest deeper than we follow.
    #[error("message nests deeper than {DEPTH_MAX} levels")]
    TooDeep,
}

/// The bytes that an account signs, UTF-8; their SHA-256 is the digest. `body` and `auth_info` are the bytes of the
/// transaction, `sequence` is the signer's.
///
/// # Errors
/// [`AminoError`]; nothing that a signature would not cover passes.
pub fn sign_bytes(
    body: &[u8],
    auth_info: &[u8],
    chain_id: &str,
    account_number: u64,
    sequence: u64,
) -> Result<String, AminoError> {
    let schema = Schema::load()?;
    let body = schema.decode("cosmos.tx.v1beta1.TxBody", body)?;
    let auth_info = schema.decode("cosmos.tx.v1beta1.AuthInfo", auth_info)?;
    write::all_known(&body)?;
    write::all_known(&auth_info)?;
    for (part, message, field) in [
        ("an extension option", &body, "extension_options"),
        ("an extension option", &body, "non_critical_extension_options"),
        ("an unordered transaction", &body, "unordered"),
        ("a timeout timestamp", &body, "timeout_timestamp"),
        ("a tip", &auth_info, "tip"),
    ] {
        if message.has_field_by_name(field) {
            return Err(AminoError::NoPlace(part));
        }
    }
    if !auth_info.has_field_by_name("fee") {
        return Err(AminoError::NoFee);
    }
    let fee = auth_info.get_field_by_name("fee");
    let fee = fee.as_deref().and_then(Value::as_message).ok_or(AminoError::NoFee)?;

    let mut doc = Doc { out: format!("{{\"account_number\":\"{account_number}\",\"chain_id\":") };
    doc.text(chain_id);
    doc.out.push_str(",\"fee\":");
    doc.fee(schema, fee)?;
    doc.out.push_str(",\"memo\":");
    doc.text(&text(&body, "memo"));
    doc.out.push_str(",\"msgs\":");
    doc.list(schema, &body, "messages")?;
    doc.out.push_str(&format!(",\"sequence\":\"{sequence}\""));
    match number(&body, "timeout_height") {
        0 => {}
        height => doc.out.push_str(&format!(",\"timeout_height\":\"{height}\"")),
    }
    doc.out.push('}');
    Ok(doc.out)
}

/// A document that grows.
struct Doc {
    out: String,
}

impl Doc {
    fn text(&mut self, text: &str) {
        crate::json::quoted(text, &mut self.out);
    }

    fn fee(&mut self, schema: &Schema, fee: &DynamicMessage) -> Result<(), AminoError> {
        write::all_known(fee)?;
        self.out.push_str("{\"amount\":");
        self.list(schema, fee, "amount")?;
        self.out.push_str(&format!(",\"gas\":\"{}\"", number(fee, "gas_limit")));
        for name in ["granter", "payer"] {
            let who = text(fee, name);
            if !who.is_empty() {
                self.out.push_str(&format!(",\"{name}\":"));
                self.text(&who);
            }
        }
        self.out.push('}');
        Ok(())
    }

    fn list(&mut self, schema: &Schema, of: &DynamicMessage, name: &str) -> Result<(), AminoError> {
        let items = of.get_field_by_name(name);
        let items = items.as_deref().and_then(Value::as_list).unwrap_or_default();
        self.out.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            let message = item.as_message().ok_or_else(|| AminoError::NoForm(name.to_owned()))?;
            write::message(schema, message, &mut self.out, 0)?;
        }
        self.out.push(']');
        Ok(())
    }
}

fn text(message: &DynamicMessage, field: &str) -> String {
    let value = message.get_field_by_name(field);
    value.as_deref().and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn number(message: &DynamicMessage, field: &str) -> u64 {
    let value = message.get_field_by_name(field);
    value.as_deref().and_then(Value::as_u64).unwrap_or_default()
}
