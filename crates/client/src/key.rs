//! A secp256k1 key that owns an account.
//!
//! Source: the SDK's `crypto/keys/secp256k1`: ECDSA over SHA-256, 64 bytes r ‖ s, s in the lower half, nonce by RFC 6979.

use core::fmt;
use ics_abci::{AccAddr, ConsKey, ValAddr};
use ics_proto::cosmos::crypto::secp256k1::PubKey;
use ics_proto::google::protobuf::Any;
use secp256k1::ecdsa::Signature;
use secp256k1::{Message, SECP256K1, SecretKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Why there is no such key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A mnemonic has 12, 15, 18, 21 or 24 words.
    #[error("a mnemonic has 12, 15, 18, 21 or 24 words, not {0}")]
    WordCount(usize),
    /// A word, counted from 1, that is not in the list; the word itself stays secret.
    #[error("word {0} of the mnemonic is not in the English list")]
    UnknownWord(usize),
    /// All words are known, but together they are no mnemonic.
    #[error("the mnemonic's checksum is wrong: a word is mistyped or out of place")]
    Checksum,
    /// Not a number of random bytes that words can stand for.
    #[error("a mnemonic stands for 16, 20, 24, 28 or 32 bytes, not {0}")]
    Entropy(usize),
    /// A derivation path begins at the root.
    #[error("a derivation path begins with \"m/\"")]
    PathRoot,
    /// A part of a derivation path that is no child number below 2^31, with or without `'`.
    #[error("invalid step {0:?} in the derivation path")]
    PathStep(String),
    /// Too shallow or too deep.
    #[error("a derivation path has 1 to 16 steps, not {0}")]
    PathDepth(usize),
    /// The one path in 2^127 that has no key.
    #[error("no key exists at this derivation path")]
    Underivable,
    /// Not 64 hexadecimal digits, or no scalar of the curve.
    #[error("a secret key is 64 hexadecimal digits of a number below the order of secp256k1 and not 0")]
    Secret,
    /// Not a point of the curve in compressed form.
    #[error("not a compressed secp256k1 public key")]
    Public,
}

/// A secret key. It signs; it prints only its public half, and is wiped when dropped.
#[derive(Clone)]
pub struct Key {
    secret: SecretKey,
    public: PublicKey,
}

/// A compressed point of secp256k1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 33]);

impl Key {
    /// A key from its 32 bytes.
    ///
    /// # Errors
    /// [`KeyError::Secret`] where the number is 0 or beyond the curve's order.
    pub fn from_secret(secret: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = SecretKey::from_byte_array(secret).map_err(|_| KeyError::Secret)?;
        let public = PublicKey(secret.public_key(SECP256K1).serialize());
        Ok(Self { secret, public })
    }

    /// A key from 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`KeyError::Secret`].
    pub fn from_secret_hex(text: &str) -> Result<Self, KeyError> {
        let mut secret = Zeroizing::new([0_u8; 32]);
        hex::decode_to_slice(text, secret.as_mut_slice()).map_err(|_| KeyError::Secret)?;
        Self::from_secret(&secret)
    }

    /// The secret as 64 hexadecimal digits, for whoever asks for it in so many words.
    #[must_use]
    pub fn to_secret_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.secret_bytes().as_slice()))
    }

    /// The secret, for a keyring file alone.
    pub(crate) fn secret_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.secret.secret_bytes())
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> PublicKey {
        self.public
    }

    /// The account that the key owns.
    #[must_use]
    pub fn address(&self) -> AccAddr {
        self.public.address()
    }

    /// The validator that the account operates, or would.
    #[must_use]
    pub fn operator(&self) -> ValAddr {
        ValAddr(self.address().0)
    }

    /// Signs the SHA-256 of a message: r ‖ s, the same bytes every time.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        SECP256K1.sign_ecdsa(&digest(message), &self.secret).serialize_compact()
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.secret.non_secure_erase();
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("public", &self.public).finish_non_exhaustive()
    }
}

impl PublicKey {
    /// A key from its 33 bytes.
    ///
    /// # Errors
    /// [`KeyError::Public`] where they are no point of the curve.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let bytes: [u8; 33] = bytes.try_into().map_err(|_| KeyError::Public)?;
        secp256k1::PublicKey::from_byte_array_compressed(&bytes).map_err(|_| KeyError::Public)?;
        Ok(Self(bytes))
    }

    /// The 33 bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 33] {
        self.0
    }

    /// The account that the key owns: RIPEMD-160 of SHA-256.
    #[must_use]
    pub fn address(&self) -> AccAddr {
        AccAddr(ConsKey::Secp256k1(self.0).address().0.to_vec())
    }

    /// As transactions and accounts carry it: `/cosmos.crypto.secp256k1.PubKey`.
    #[must_use]
    pub fn to_any(&self) -> Any {
        crate::msgs::any(&PubKey { key: self.0.to_vec() })
    }

    /// Whether these 64 bytes are this key's signature of the message. A high `s` is refused, as the chain does:
    /// otherwise anybody could change a transaction's hash.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(key) = secp256k1::PublicKey::from_byte_array_compressed(&self.0) else { return false };
        let Ok(signature) = Signature::from_compact(signature) else { return false };
        SECP256K1.verify_ecdsa(&digest(message), &signature, &key).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", hex::encode(self.0))
    }
}

fn digest(message: &[u8]) -> Message {
    Message::from_digest(Sha256::digest(message).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0000000000000000000000000000000000000000000000000000000000000001";

    #[test]
    fn secret_one_is_the_generator() {
        let key = Key::from_secret_hex(ONE).unwrap();
        assert_eq!(
            hex::encode(key.public().to_bytes()),
            "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
        );
        assert_eq!(hex::encode(key.address().0), "751e76e8199196d454941c45d1b3a323f1433bd6");
        assert_eq!(key.operator().0, key.address().0);
        assert_eq!(*key.to_secret_hex(), ONE);
    }

    #[test]
    fn numbers_off_the_curve_are_no_secrets() {
        let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
        for text in [&"0".repeat(64), order, "", "01", &"g".repeat(64), &"0".repeat(66)] {
            assert_eq!(Key::from_secret_hex(text).map(|key| key.public()), Err(KeyError::Secret), "{text}");
        }
    }

    #[test]
    fn debug_never_shows_the_secret() {
        let key = Key::from_secret(&[0xab; 32]).unwrap();
        let shown = format!("{key:?}");
        assert!(shown.starts_with("Key { public: PublicKey(0"), "{shown}");
        assert!(!shown.contains(&"ab".repeat(8)), "{shown}");
    }

    #[test]
    fn bytes_off_the_curve_are_no_public_key() {
        let mut bytes = [0xff; 33];
        for bytes in [&bytes[..], &[], &[2; 32]] {
            assert_eq!(PublicKey::from_bytes(bytes), Err(KeyError::Public));
        }
        bytes[0] = 2;
        assert_eq!(PublicKey::from_bytes(&bytes), Err(KeyError::Public));
    }

    #[test]
    fn a_signature_with_high_s_is_refused() {
        let key = Key::from_secret(&[7; 32]).unwrap();
        let low = key.sign(b"message");
        assert!(key.public().verifies(b"message", &low));
        assert!(!key.public().verifies(b"massage", &low));
        let order = SecretKey::from_slice(&low[32..]).unwrap().negate();
        let mut high = low;
        high[32..].copy_from_slice(&order.secret_bytes());
        assert!(!key.public().verifies(b"message", &high));
        assert!(!key.public().verifies(b"message", &low[..63]));
    }
}
