//! Keys that sort as their values do, and values with one encoding each.

use crate::Bytes;
use alloc::string::String;
use alloc::vec::Vec;

/// A part of a key: its bytes sort as the values do, and end where the reader can tell.
///
/// Text and byte strings carry their length before them, so no key is the prefix of another; they therefore sort by
/// length first.
pub trait Key: Sized {
    /// Appends the bytes of this part.
    fn write(&self, out: &mut Vec<u8>);
    /// Takes this part from the front of `bytes`; `None` where they are no such key.
    fn read(bytes: &mut &[u8]) -> Option<Self>;
}

/// A key whose last part may run to the end of the key without a length.
pub trait KeyEnd: Sized {
    /// Appends the bytes of this part.
    fn write_end(&self, out: &mut Vec<u8>);
    /// Reads this part from all of `bytes`.
    fn read_end(bytes: &[u8]) -> Option<Self>;
}

impl<K: Key> KeyEnd for K {
    fn write_end(&self, out: &mut Vec<u8>) {
        self.write(out);
    }
    fn read_end(mut bytes: &[u8]) -> Option<Self> {
        let key = K::read(&mut bytes)?;
        bytes.is_empty().then_some(key)
    }
}

fn take<'a>(bytes: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (head, tail) = bytes.split_at_checked(n)?;
    *bytes = tail;
    Some(head)
}

impl Key for () {
    fn write(&self, _: &mut Vec<u8>) {}
    fn read(_: &mut &[u8]) -> Option<Self> {
        Some(())
    }
}

impl Key for u8 {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        take(bytes, 1)?.first().copied()
    }
}

macro_rules! int_key {
    ($($int:ty),*) => {$(
        impl Key for $int {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }
            fn read(bytes: &mut &[u8]) -> Option<Self> {
                Some(Self::from_be_bytes(take(bytes, size_of::<$int>())?.try_into().ok()?))
            }
        }
    )*};
}
int_key!(u16, u32, u64, u128);

impl<const N: usize> Key for [u8; N] {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        take(bytes, N)?.try_into().ok()
    }
}

/// A length of two bytes; from 65,535 bytes on, those two are 0xff and the length follows in eight more.
impl Key for Vec<u8> {
    fn write(&self, out: &mut Vec<u8>) {
        match u16::try_from(self.len()) {
            Ok(len) if len < u16::MAX => len.write(out),
            _ => {
                u16::MAX.write(out);
                u64::try_from(self.len()).unwrap_or(u64::MAX).write(out);
            }
        }
        out.extend_from_slice(self);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let short = u16::read(bytes)?;
        if short < u16::MAX {
            return Some(take(bytes, usize::from(short))?.to_vec());
        }
        // The long form of a short length would be a second encoding of one key.
        let long = u64::read(bytes).filter(|len| *len >= u64::from(u16::MAX))?;
        Some(take(bytes, usize::try_from(long).ok()?)?.to_vec())
    }
}

impl Key for String {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_bytes().to_vec().write(out);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Self::from_utf8(Vec::<u8>::read(bytes)?).ok()
    }
}

impl<A: Key, B: Key> Key for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::read(bytes)?, B::read(bytes)?))
    }
}

impl<A: Key, B: Key, C: Key> Key for (A, B, C) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
        self.2.write(out);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::read(bytes)?, B::read(bytes)?, C::read(bytes)?))
    }
}

/// A stored value: one encoding, never empty. Every borsh type is one.
pub trait Value: Sized {
    /// The bytes to store.
    fn to_value(&self) -> Bytes;
    /// The value of stored bytes; `None` where they are no such value.
    fn from_value(bytes: &[u8]) -> Option<Self>;
}

/// Behind every value stands one byte, so that even `()` and an empty list are provable.
const MARK: u8 = 1;

impl<T: borsh::BorshSerialize + borsh::BorshDeserialize> Value for T {
    fn to_value(&self) -> Bytes {
        // Writing to memory fails only for values that deny encoding themselves, of which there are none;
        // such a value would come back as corrupt rather than as another value.
        let mut bytes = borsh::to_vec(self).unwrap_or_default();
        bytes.push(MARK);
        Bytes::from(bytes)
    }
    fn from_value(bytes: &[u8]) -> Option<Self> {
        let (mark, body) = bytes.split_last()?;
        if *mark != MARK {
            return None;
        }
        borsh::from_slice(body).ok()
    }
}
