//! What the provider tells in the channel's version string. Source: provider spec §1.1.

use alloc::string::String;
use alloc::vec::Vec;

/// Protobuf `HandshakeMetadata`, used as the version of the channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandshakeMetadata {
    /// Account on the provider to which rewards go, bech32.
    pub provider_fee_pool_addr: String,
    /// Version of the protocol, `1`.
    pub version: String,
}

/// Bytes that are no handshake metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// The bytes end inside a field.
    #[error("unexpected end")]
    End,
    /// A varint of more than 64 bits.
    #[error("integer overflow")]
    Overflow,
    /// A field whose wire type is not that of the message, or does not exist.
    #[error("wrong wire type {0}")]
    WireType(u8),
    /// Field number 0.
    #[error("illegal tag 0")]
    Tag,
    /// Text that is not UTF-8.
    #[error("text that is not UTF-8")]
    Utf8,
}

impl HandshakeMetadata {
    /// The protobuf bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (tag, text) in [(0x0a, &self.provider_fee_pool_addr), (0x12, &self.version)] {
            if !text.is_empty() {
                out.push(tag);
                write_varint(&mut out, u64::try_from(text.len()).unwrap_or(u64::MAX));
                out.extend_from_slice(text.as_bytes());
            }
        }
        out
    }

    /// The bytes as the version string of a channel.
    ///
    /// # Errors
    /// [`HandshakeError::Utf8`] where they are not text: a field is longer than 127 bytes.
    pub fn to_version(&self) -> Result<String, HandshakeError> {
        String::from_utf8(self.encode()).map_err(|_| HandshakeError::Utf8)
    }

    /// Reads the protobuf bytes; unknown fields are skipped.
    ///
    /// # Errors
    /// [`HandshakeError`].
    pub fn decode(mut bytes: &[u8]) -> Result<Self, HandshakeError> {
        let mut metadata = Self::default();
        while !bytes.is_empty() {
            let tag = read_varint(&mut bytes)?;
            let wire_type = u8::try_from(tag & 7).unwrap_or(7);
            match (tag >> 3, wire_type) {
                (0, _) => return Err(HandshakeError::Tag),
                (1, 2) => metadata.provider_fee_pool_addr = read_text(&mut bytes)?,
                (2, 2) => metadata.version = read_text(&mut bytes)?,
                (1 | 2, other) => return Err(HandshakeError::WireType(other)),
                (_, 0) => drop(read_varint(&mut bytes)?),
                (_, 1) => drop(take(&mut bytes, 8)?),
                (_, 2) => drop(read_bytes(&mut bytes)?),
                (_, 5) => drop(take(&mut bytes, 4)?),
                (_, other) => return Err(HandshakeError::WireType(other)),
            }
        }
        Ok(metadata)
    }
}

/// Appends a protobuf varint.
pub(crate) fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

fn read_varint(bytes: &mut &[u8]) -> Result<u64, HandshakeError> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?.first().copied().ok_or(HandshakeError::End)?;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return Err(HandshakeError::Overflow);
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(HandshakeError::Overflow)
}

fn take<'a>(bytes: &mut &'a [u8], n: usize) -> Result<&'a [u8], HandshakeError> {
    let (head, tail) = bytes.split_at_checked(n).ok_or(HandshakeError::End)?;
    *bytes = tail;
    Ok(head)
}

fn read_bytes<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], HandshakeError> {
    let len = usize::try_from(read_varint(bytes)?).map_err(|_| HandshakeError::End)?;
    take(bytes, len)
}

fn read_text(bytes: &mut &[u8]) -> Result<String, HandshakeError> {
    let bytes = read_bytes(bytes)?;
    core::str::from_utf8(bytes).map(String::from).map_err(|_| HandshakeError::Utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_of_the_reference() {
        let metadata = HandshakeMetadata {
            provider_fee_pool_addr: "cosmos1ap0mh6xzfn8943urr84q6ae7zfnar48am2erhd".into(),
            version: "1".into(),
        };
        let expected = "0a2d636f736d6f73316170306d6836787a666e38393433757272383471366165377a666e61723438616d3265726864120131";
        assert_eq!(hex::encode(metadata.encode()), expected);
        assert_eq!(HandshakeMetadata::decode(&hex::decode(expected).unwrap()), Ok(metadata));
    }

    #[test]
    fn hostile_bytes_give_typed_errors() {
        for (bytes, error) in [
            (&[0x0a_u8][..], HandshakeError::End),
            (&[0x0a, 5, b'a'], HandshakeError::End),
            (&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], HandshakeError::End),
            (&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2], HandshakeError::Overflow),
            (&[0xff; 11], HandshakeError::Overflow),
            (&[0x08, 1], HandshakeError::WireType(0)),
            (&[0x1b], HandshakeError::WireType(3)),
            (&[0x02, 0], HandshakeError::Tag),
            (&[0x0a, 1, 0xff], HandshakeError::Utf8),
        ] {
            assert_eq!(HandshakeMetadata::decode(bytes), Err(error), "{bytes:x?}");
        }
    }

    #[test]
    fn unknown_fields_are_skipped() {
        let bytes =
            [0x18, 0x96, 0x01, 0x21, 1, 2, 3, 4, 5, 6, 7, 8, 0x2a, 1, 9, 0x35, 1, 2, 3, 4, 0x12, 1, b'1'];
        let metadata = HandshakeMetadata { version: "1".into(), ..HandshakeMetadata::default() };
        assert_eq!(HandshakeMetadata::decode(&bytes), Ok(metadata));
    }
}
