//! Consensus keys and what they weigh.

use crate::ConsAddr;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest, Sha256};

/// Voting power, in whole units; an update may carry 0 (removal), a member never does.
pub type Power = i64;

/// A public key with which a validator signs blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum ConsKey {
    /// Ed25519, 32 bytes.
    Ed25519([u8; 32]),
    /// Secp256k1, compressed, 33 bytes.
    Secp256k1([u8; 33]),
}

impl ConsKey {
    /// The consensus address: SHA-256 cut to 20 bytes for Ed25519, RIPEMD-160 of SHA-256 for Secp256k1.
    #[must_use]
    pub fn address(&self) -> ConsAddr {
        match self {
            Self::Ed25519(key) => ConsAddr::of_hash(&Sha256::digest(key)),
            Self::Secp256k1(key) => ConsAddr(ripemd::Ripemd160::digest(Sha256::digest(key)).into()),
        }
    }

    /// The raw bytes of the key.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(key) => key,
            Self::Secp256k1(key) => key,
        }
    }

    /// `ed25519` or `secp256k1`, as protobuf names the two.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "ed25519",
            Self::Secp256k1(_) => "secp256k1",
        }
    }

    /// An Ed25519 key from its bytes; `None` unless there are 32.
    #[must_use]
    pub fn ed25519(bytes: &[u8]) -> Option<Self> {
        Some(Self::Ed25519(bytes.try_into().ok()?))
    }

    /// A Secp256k1 key from its bytes; `None` unless there are 33.
    #[must_use]
    pub fn secp256k1(bytes: &[u8]) -> Option<Self> {
        Some(Self::Secp256k1(bytes.try_into().ok()?))
    }

    /// The compact protobuf text form, by whose bytes pending updates of equal power are ordered.
    #[must_use]
    pub fn proto_text(&self) -> Vec<u8> {
        let mut text = Vec::from(self.kind().as_bytes());
        text.extend_from_slice(b":\"");
        for byte in self.bytes() {
            match byte {
                b'\n' => text.extend_from_slice(b"\\n"),
                b'\r' => text.extend_from_slice(b"\\r"),
                b'\t' => text.extend_from_slice(b"\\t"),
                b'"' => text.extend_from_slice(b"\\\""),
                b'\\' => text.extend_from_slice(b"\\\\"),
                0x20..=0x7e => text.push(*byte),
                _ => text.extend_from_slice(alloc::format!("\\{byte:03o}").as_bytes()),
            }
        }
        text.extend_from_slice(b"\" ");
        text
    }
}

/// A validator's new power; 0 removes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ValUpdate {
    /// The key that signs.
    pub key: ConsKey,
    /// Its new power.
    pub power: Power,
}
