//! The few bytes of a node that stand before its hashes: small enough to build without allocating.

use crate::codec::put_uvarint;

/// Byte before each hash inside a node's preimage: the length of a hash.
pub(crate) const HASH_LEN: u8 = 0x20;

/// Three numbers as Go's signed varints (zigzag), and what a caller adds behind them. At most 40 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    bytes: [u8; 40],
    len: usize,
}

impl Header {
    /// The header of a leaf: height 0, size 1, version.
    pub(crate) fn leaf(version: u64) -> Self {
        Self::of(0, 1, version)
    }

    /// The header of an inner node: height, number of leaves below, version.
    pub(crate) fn of(height: u8, size: u64, version: u64) -> Self {
        let mut header = Self { bytes: [0; 40], len: 0 };
        for n in [u64::from(height), size, version] {
            // Zigzag of a number that is not negative doubles it. Sizes and heights stay below 2^63.
            put_uvarint(&mut header, n << 1);
        }
        header
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&self.bytes)
    }
}

impl Extend<u8> for Header {
    fn extend<I: IntoIterator<Item = u8>>(&mut self, bytes: I) {
        for byte in bytes {
            if let Some(slot) = self.bytes.get_mut(self.len) {
                *slot = byte;
                self.len = self.len.saturating_add(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_zigzag_varints() {
        assert_eq!(Header::leaf(1).bytes(), [0, 2, 2]);
        assert_eq!(Header::of(63, 64, 0).bytes(), [0x7e, 0x80, 0x01, 0x00]);
    }
}
