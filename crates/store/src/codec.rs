//! Bytes that the store writes for itself, and a reader of them that never trusts a length.

/// Appends `n` as LEB128, seven bits a byte, least first.
pub(crate) fn put_uvarint(out: &mut impl Extend<u8>, mut n: u64) {
    loop {
        let [low, ..] = n.to_le_bytes();
        n >>= 7;
        if n == 0 {
            out.extend([low & 0x7f]);
            return;
        }
        out.extend([low | 0x80]);
    }
}

/// Appends a count or a length.
pub(crate) fn put_len(out: &mut impl Extend<u8>, len: usize) {
    // No machine has more than 2^64 bytes of memory.
    put_uvarint(out, u64::try_from(len).unwrap_or(u64::MAX));
}

/// Appends a length and then the bytes.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_len(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// Takes values from the front of stored bytes; `None` where they are cut or no such value.
///
/// It borrows what it returns, so a length that lies allocates nothing.
#[derive(Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n)?;
        self.0 = tail;
        Some(head)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(crate) fn uvarint(&mut self) -> Option<u64> {
        let mut n = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            let shifted = bits.checked_shl(shift)?;
            if shifted.checked_shr(shift)? != bits {
                return None;
            }
            n |= shifted;
            if byte & 0x80 == 0 {
                // One encoding for each number: a trailing zero byte adds nothing.
                return (shift == 0 || byte != 0).then_some(n);
            }
        }
        None
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.uvarint()?).ok()?;
        self.take(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_of_number_reads_back_and_has_one_encoding() {
        for n in [0, 1, 127, 128, 300, 1 << 34, u64::MAX - 1, u64::MAX] {
            let mut bytes = Vec::new();
            put_uvarint(&mut bytes, n);
            let mut reader = Reader::new(&bytes);
            assert_eq!((reader.uvarint(), reader.is_empty()), (Some(n), true), "{n}");
        }
        assert_eq!(Reader::new(&[0x80, 0x00]).uvarint(), None);
        assert_eq!(Reader::new(&[0xff; 11]).uvarint(), None);
        assert_eq!(
            Reader::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]).uvarint(),
            None
        );
    }

    #[test]
    fn a_length_beyond_the_bytes_is_refused() {
        let mut bytes = Vec::new();
        put_uvarint(&mut bytes, u64::MAX);
        bytes.push(7);
        assert_eq!(Reader::new(&bytes).bytes(), None);
        assert_eq!(Reader::new(&[2, 7]).bytes(), None);
        assert_eq!(Reader::new(&[1, 7]).bytes(), Some(&[7][..]));
    }
}
