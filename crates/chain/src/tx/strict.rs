//! What protobuf lets pass but a signed transaction must not contain: fields that nobody knows, and bytes of `TxRaw`
//! that say the same in two ways.
//!
//! Source: ADR-020 (unknown fields), ADR-027.

use crate::Error;
use ics_proto::known::{self, Unknown, UnknownError};
use prost::encoding::{WireType, decode_key, decode_varint, encoded_len_varint};

/// Checks `TxRaw`: only its three fields, in order, lengths as short as possible.
pub(super) fn tx_raw(bytes: &[u8]) -> Result<(), Error> {
    let mut last = 0;
    let mut rest = bytes;
    while !rest.is_empty() {
        let (field, wire) = key(&mut rest)?;
        if wire != WireType::LengthDelimited {
            return Err(twice(format!("expected 2 wire type, got {}", wire as u8)));
        }
        if field < last {
            let text =
                format!("txRaw must follow ascending tag numbers, got tagNum {field} after tagNum {last}");
            return Err(twice(text));
        }
        last = field;
        let before = rest.len();
        let body = body(&mut rest)?;
        let prefix = before.saturating_sub(rest.len()).saturating_sub(body.len());
        let shortest = encoded_len_varint(u64::try_from(body.len()).unwrap_or(u64::MAX));
        if prefix != shortest {
            return Err(twice(format!(
                "length prefix varint for tagNum {field} is not as short as possible, read {prefix}, only need {shortest}"
            )));
        }
        if !(1..=3).contains(&field) {
            let (message, wire) = ("*tx.TxRaw", "bytes");
            return Err(Error::tx_decode(UnknownError::Field { message, number: field, wire }));
        }
    }
    Ok(())
}

/// Checks `TxBody` and all that is in it.
pub(super) fn body_fields(bytes: &[u8]) -> Result<(), Error> {
    known::check("cosmos.tx.v1beta1.TxBody", bytes, Unknown::AllowNonCritical).map_err(Error::tx_decode)
}

/// Checks `AuthInfo` and all that is in it.
pub(super) fn auth_info_fields(bytes: &[u8]) -> Result<(), Error> {
    known::check("cosmos.tx.v1beta1.AuthInfo", bytes, Unknown::Refuse).map_err(Error::tx_decode)
}

fn key(rest: &mut &[u8]) -> Result<(u32, WireType), Error> {
    decode_key(rest).map_err(Error::tx_decode)
}

fn body<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Error> {
    let len = decode_varint(rest).map_err(Error::tx_decode)?;
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    let (head, tail) = rest.split_at_checked(len).ok_or_else(|| Error::tx_decode("unexpected EOF"))?;
    *rest = tail;
    Ok(head)
}

/// The SDK names the error twice where `TxRaw` itself is not as it must be.
fn twice(text: String) -> Error {
    Error::tx_decode(format!("{text}: tx parse error"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn txraw_with_one_meaning_in_two_forms_is_refused() {
        assert_eq!(tx_raw(&[0x0a, 1, 7, 0x12, 0, 0x1a, 0, 0x1a, 1, 9]), Ok(()));
        let text = |bytes: &[u8]| tx_raw(bytes).map_err(|error| error.to_string());
        assert_eq!(
            text(b"hello world"),
            Err("expected 2 wire type, got 0: tx parse error: tx parse error".into())
        );
        let order = "txRaw must follow ascending tag numbers, got tagNum 1 after tagNum 2: tx parse error: tx parse error";
        assert_eq!(text(&[0x12, 0, 0x0a, 0]), Err(order.into()));
        let long = "length prefix varint for tagNum 1 is not as short as possible, read 2, only need 1: tx parse error: tx parse error";
        assert_eq!(text(&[0x0a, 0x81, 0, 7]), Err(long.into()));
        let field = "errUnknownField \"*tx.TxRaw\": {TagNum: 4, WireType:\"bytes\"}: tx parse error";
        assert_eq!(text(&[0x22, 0]), Err(field.into()));
        assert_eq!(text(&[0x0a, 5, 1]), Err("unexpected EOF: tx parse error".into()));
    }

    #[test]
    fn only_what_is_not_critical_may_be_unknown_in_a_body() {
        // Field 4 is critical, field 1024 is not.
        let text = body_fields(&[0x20, 1]).map_err(|error| error.to_string());
        assert_eq!(
            text,
            Err("errUnknownField \"*tx.TxBody\": {TagNum: 4, WireType:\"varint\"}: tx parse error".into())
        );
        assert_eq!(body_fields(&[0x82, 0x40, 1, 0]), Ok(()));
        let text = auth_info_fields(&[0x82, 0x40, 1, 0]).map_err(|error| error.to_string());
        assert_eq!(
            text,
            Err("errUnknownField \"*tx.AuthInfo\": {TagNum: 1024, WireType:\"bytes\"}: tx parse error".into())
        );
        // Inside: AuthInfo.fee with a field 9.
        let text = auth_info_fields(&[0x12, 2, 0x48, 1]).map_err(|error| error.to_string());
        assert_eq!(
            text,
            Err("errUnknownField \"*tx.Fee\": {TagNum: 9, WireType:\"varint\"}: tx parse error".into())
        );
    }

    /// What wallets and relayers send: all recorded transactions of a live network.
    #[test]
    fn every_recorded_transaction_passes() {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../client/tests/recordings/txs.json");
        let file: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let txs = file["txs"].as_array().unwrap();
        assert!(txs.len() > 20, "{}", txs.len());
        for tx in txs {
            let bytes = STANDARD.decode(tx["tx"].as_str().unwrap()).unwrap();
            assert_eq!(tx_raw(&bytes), Ok(()), "{}", tx["name"]);
            let raw = <ics_proto::cosmos::tx::v1beta1::TxRaw as prost::Message>::decode(&*bytes).unwrap();
            assert_eq!(body_fields(&raw.body_bytes), Ok(()), "{}", tx["name"]);
            assert_eq!(auth_info_fields(&raw.auth_info_bytes), Ok(()), "{}", tx["name"]);
        }
    }
}
