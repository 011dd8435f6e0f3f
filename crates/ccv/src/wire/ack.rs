//! Acknowledgements of packets, both ways. Source: provider spec §1.7, consumer spec §2.3.

use super::json::{JsonError, Members, Out, first_value};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// Most bytes of an acknowledgement that are looked at.
const ACK_BYTES_MAX: usize = 1 << 20;

/// An acknowledgement as IBC applications write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ack {
    /// The packet was received; the bytes say more.
    Result(Vec<u8>),
    /// The packet was refused, and this is why.
    Error(String),
}

/// What an acknowledgement means in this protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Received.
    Ok,
    /// The slash packet was dealt with, or dropped on purpose.
    Handled,
    /// The slash packet must come again later.
    Bounced,
    /// Refused.
    Error,
    /// A result that is not exactly one known byte.
    Unknown,
}

impl Ack {
    /// Received: one byte, 1.
    #[must_use]
    pub fn ok() -> Self {
        Self::Result(vec![1])
    }

    /// A slash packet was dealt with: one byte, 2.
    #[must_use]
    pub fn handled() -> Self {
        Self::Result(vec![2])
    }

    /// A slash packet must come again: one byte, 3.
    #[must_use]
    pub fn bounced() -> Self {
        Self::Result(vec![3])
    }

    /// Refused with an ABCI code; the only text of an error that is in the state, so it names no reason.
    #[must_use]
    pub fn refused(abci_code: u32) -> Self {
        Self::Error(format!("ABCI code: {abci_code}: error handling packet: see events for details"))
    }

    /// What it means.
    #[must_use]
    pub fn meaning(&self) -> Meaning {
        match self {
            Self::Result(bytes) => match bytes.as_slice() {
                [1] => Meaning::Ok,
                [2] => Meaning::Handled,
                [3] => Meaning::Bounced,
                _ => Meaning::Unknown,
            },
            Self::Error(_) => Meaning::Error,
        }
    }

    /// The text of a refusal.
    #[must_use]
    pub fn as_error(&self) -> Option<&str> {
        match self {
            Self::Error(text) => Some(text),
            Self::Result(_) => None,
        }
    }

    /// The bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Out::build(|out| {
            out.object(|out| match self {
                Self::Result(bytes) => out.bytes("result", bytes),
                Self::Error(text) => out.text("error", text),
            });
        })
        .into_bytes()
    }

    /// Reads an acknowledgement. Only the bytes that [`Ack::encode`] gives back are one: other forms of the same JSON
    /// have been read differently by different nodes (provider spec §1.3).
    ///
    /// # Errors
    /// [`JsonError`] where the bytes are none.
    pub fn decode(bytes: &[u8]) -> Result<Self, JsonError> {
        let mut members = Members::of("acknowledgement", first_value(bytes, ACK_BYTES_MAX)?)?;
        let result = members.present("result");
        let error = members.present("error");
        members.finish()?;
        let ack = match (result, error) {
            (Some(_), Some(_)) => return Err(JsonError::Both("result", "error")),
            (None, None) => {
                return Err(JsonError::Value { field: "acknowledgement", expected: "result or error" });
            }
            (Some(json), None) => Self::Result(super::json::base64("result", json)?),
            (None, Some(json)) => Self::Error(super::json::text("error", json)?),
        };
        if ack.encode() != bytes {
            return Err(JsonError::Value { field: "acknowledgement", expected: "its canonical form" });
        }
        Ok(ack)
    }

    /// The compact protobuf text, as events show it.
    #[must_use]
    pub fn proto_text(&self) -> String {
        let (name, bytes) = match self {
            Self::Result(bytes) => ("result", bytes.as_slice()),
            Self::Error(text) => ("error", text.as_bytes()),
        };
        let mut text = format!("{name}:\"");
        for byte in bytes {
            match byte {
                b'\n' => text.push_str("\\n"),
                b'\r' => text.push_str("\\r"),
                b'\t' => text.push_str("\\t"),
                b'"' => text.push_str("\\\""),
                b'\\' => text.push_str("\\\\"),
                0x20..=0x7e => text.push(char::from(*byte)),
                _ => text.push_str(&format!("\\{byte:03o}")),
            }
        }
        text.push_str("\" ");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_nodes_could_read_differently_are_refused() {
        for text in [
            "{\"result\":\"AQ==\"} ",
            "{ \"result\":\"AQ==\"}",
            "{\"result\":\"AQ==\",\"result\":\"AQ==\"}",
            "{\"result\":\"AQ==\",\"error\":\"x\"}",
            "{\"result\":\"AR==\"}",
            "{}",
            "null",
            "{\"result\":null}",
        ] {
            assert!(Ack::decode(text.as_bytes()).is_err_and(|error| matches!(
                error,
                JsonError::Both(..) | JsonError::Value { field: "acknowledgement", .. }
            )));
        }
    }

    #[test]
    fn events_show_protobuf_text() {
        assert_eq!(Ack::handled().proto_text(), "result:\"\\002\" ");
        assert_eq!(
            Ack::refused(1).proto_text(),
            "error:\"ABCI code: 1: error handling packet: see events for details\" "
        );
    }
}
