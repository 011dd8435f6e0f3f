//! Signatures that were found good, so that a block need not check again what the mempool checked.
//!
//! Only good ones are remembered, under all that their verification depends on: results cannot differ from those of a
//! node that remembers nothing.

use secp256k1::{Message, PublicKey, SECP256K1, ecdsa::Signature};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// How many signatures are remembered: a full mempool's worth.
const MOST: usize = 8_192;

/// A bounded memory of good signatures, shared by its clones.
#[derive(Clone, Debug, Default)]
pub struct Verified(Arc<Mutex<Memory>>);

#[derive(Debug, Default)]
struct Memory {
    known: BTreeSet<[u8; 32]>,
    order: VecDeque<[u8; 32]>,
}

impl Verified {
    /// Whether `signature` (64 bytes, r and a low s) of `key` (compressed) is good for a message with this digest.
    #[must_use]
    pub fn check(&self, key: &[u8; 33], digest: &[u8; 32], signature: &[u8]) -> bool {
        let id: [u8; 32] =
            Sha256::new().chain_update(key).chain_update(digest).chain_update(signature).finalize().into();
        if self.lock().known.contains(&id) {
            return true;
        }
        let good = verify(key, digest, signature);
        if good {
            self.lock().remember(id);
        }
        good
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Memory> {
        // Every state that a panicking thread can leave behind is a good one: at worst an entry is missing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn remember(&mut self, id: [u8; 32]) {
        if self.known.insert(id) {
            self.order.push_back(id);
        }
        while self.order.len() > MOST {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }
}

/// libsecp256k1 refuses a high s, as the SDK does.
fn verify(key: &[u8; 33], digest: &[u8; 32], signature: &[u8]) -> bool {
    let (Ok(key), Ok(signature)) = (PublicKey::from_slice(key), Signature::from_compact(signature)) else {
        return false;
    };
    SECP256K1.verify_ecdsa(&Message::from_digest(*digest), &signature, &key).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use secp256k1::SecretKey;

    /// The order of the curve.
    const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

    #[test]
    fn a_signature_with_a_high_s_is_refused_though_the_mathematics_allows_it() {
        let secret = SecretKey::from_slice(&[7; 32]).unwrap();
        let key = secret.public_key(SECP256K1).serialize();
        let digest = [9; 32];
        let good = SECP256K1.sign_ecdsa(&Message::from_digest(digest), &secret).serialize_compact();
        let verified = Verified::default();
        assert!(verified.check(&key, &digest, &good));
        assert!(verified.check(&key, &digest, &good), "from memory");
        let order: [u8; 32] = hex::decode(ORDER).unwrap().try_into().unwrap();
        let mut high = good;
        let mut borrow = 0_i16;
        for i in (0..32).rev() {
            let difference = i16::from(order[i]) - i16::from(good[32 + i]) - borrow;
            borrow = i16::from(difference < 0);
            high[32 + i] = u8::try_from(difference.rem_euclid(256)).unwrap();
        }
        assert!(!verified.check(&key, &digest, &high));
        assert!(!verified.check(&key, &[8; 32], &good));
        assert!(!verified.check(&key, &digest, &good[..63]));
        assert!(!verified.check(&key, &digest, &[]));
    }

    #[test]
    fn memory_is_bounded() {
        let mut memory = Memory::default();
        for n in 0..MOST + 10 {
            let mut id = [0; 32];
            id[..8].copy_from_slice(&n.to_be_bytes());
            memory.remember(id);
        }
        assert_eq!((memory.known.len(), memory.order.len()), (MOST, MOST));
        assert!(!memory.known.contains(&[0; 32]));
    }
}
