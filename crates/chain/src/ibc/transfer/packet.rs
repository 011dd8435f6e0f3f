//! The JSON of transfers, to the byte: packet commitments hash it.
//!
//! Written as ibc-go v10 writes it (members in the order of its struct, Go's escapes); read in any order.

use crate::Error;
use crate::ibc::error::{general, transfer};
use crate::ibc::transfer::Denom;
use serde::Deserialize;

/// Longest receiver in a message, bytes.
pub(super) const RECEIVER_BYTES_MAX: usize = 2_048;
/// Longest memo, bytes.
pub(super) const MEMO_BYTES_MAX: usize = 32_768;

/// What one transfer says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TransferData {
    /// The full path of the denomination on the sending chain.
    pub denom: String,
    /// In the smallest unit, decimal.
    pub amount: String,
    /// Who sent, in the sending chain's form.
    pub sender: String,
    /// Who receives, in the receiving chain's form.
    pub receiver: String,
    /// For whoever reads it there; "" for none.
    pub memo: String,
}

/// A JSON string with Go's escapes, which spare HTML.
pub(super) fn json_text(text: &str) -> String {
    let plain = serde_json::Value::from(text).to_string();
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

impl TransferData {
    /// The packet's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = format!(
            "{{\"denom\":{},\"amount\":{},\"sender\":{},\"receiver\":{}",
            json_text(&self.denom),
            json_text(&self.amount),
            json_text(&self.sender),
            json_text(&self.receiver)
        );
        if !self.memo.is_empty() {
            out.push_str(",\"memo\":");
            out.push_str(&json_text(&self.memo));
        }
        out.push('}');
        out.into_bytes()
    }

    /// From a packet's bytes.
    ///
    /// # Errors
    /// `ibc/12` where they are not this JSON.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(bytes).map_err(|error| {
            general::invalid_type(format!("cannot unmarshal ICS20-V1 transfer packet data: {error}"))
        })
    }

    /// The denomination with its way.
    #[must_use]
    pub fn denom(&self) -> Denom {
        Denom::from_path(&self.denom)
    }

    /// The amount; this chain counts coins in 128 bits.
    ///
    /// # Errors
    /// `transfer/5`.
    pub fn amount(&self) -> Result<u128, Error> {
        let digits = !self.amount.is_empty() && self.amount.bytes().all(|byte| byte.is_ascii_digit());
        let amount: Option<u128> = if digits { self.amount.parse().ok() } else { None };
        match amount {
            None => Err(transfer::invalid_amount(format!(
                "unable to parse transfer amount ({}) into math.Int",
                self.amount
            ))),
            Some(0) => Err(transfer::invalid_amount("amount must be strictly positive: got 0")),
            Some(amount) => Ok(amount),
        }
    }

    /// Checks what both sides can.
    ///
    /// # Errors
    /// `transfer/5`, `ibc/5`, `transfer/3`, `transfer/11`.
    pub fn validate(&self) -> Result<(), Error> {
        self.amount()?;
        if self.sender.trim().is_empty() {
            return Err(general::invalid_address("sender address cannot be blank"));
        }
        if self.receiver.trim().is_empty() {
            return Err(general::invalid_address("receiver address cannot be blank"));
        }
        self.denom().validate()?;
        if self.memo.len() > MEMO_BYTES_MAX {
            return Err(transfer::invalid_memo(format!("memo must not exceed {MEMO_BYTES_MAX} bytes")));
        }
        Ok(())
    }
}

/// An acknowledgement of ICS-20.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransferAck {
    /// Received; base64.
    Result(String),
    /// Refused: the text of an ABCI code.
    Error(String),
}

impl TransferAck {
    /// Received: one byte, 1.
    #[must_use]
    pub fn received() -> Self {
        Self::Result("AQ==".to_owned())
    }

    /// Refused: the code alone, since logs are not part of the state.
    #[must_use]
    pub fn refused(code: u32) -> Self {
        Self::Error(format!("ABCI code: {code}: error handling packet: see events for details"))
    }

    /// The acknowledgement's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Result(base64) => format!("{{\"result\":{}}}", json_text(base64)),
            Self::Error(text) => format!("{{\"error\":{}}}", json_text(text)),
        }
        .into_bytes()
    }

    /// From an acknowledgement's bytes, which must be those that encoding gives.
    ///
    /// # Errors
    /// `ibc/4` where they are not this JSON, `ibc/12` where they are written otherwise.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let ack: Self = serde_json::from_slice(bytes).map_err(|error| {
            general::unknown_request(format!(
                "cannot unmarshal ICS-20 transfer packet acknowledgement: {error}"
            ))
        })?;
        let canonical = ack.encode();
        if canonical == bytes {
            return Ok(ack);
        }
        Err(general::invalid_type(format!(
            "acknowledgement did not marshal to expected bytes: {} ≠ {}",
            hex::encode_upper(canonical),
            hex::encode_upper(bytes)
        )))
    }
}
