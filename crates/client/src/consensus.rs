//! Ed25519 keys that sign blocks.
//!
//! Secrets come from seeds that the caller names, never from randomness of this crate.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use core::fmt;
use ed25519_consensus::SigningKey;
use ics_abci::{ConsAddr, ConsKey};
use sha2::{Digest, Sha256};

/// The tail of every numbered seed.
const NUMBERED: &[u8; 24] = b"abcdefghijklmnopqrstuvwx";
/// Keeps seeds of names apart from every other use of SHA-256.
const NAMED: &[u8] = b"ics-consensus-key/";

/// An Ed25519 secret that signs blocks; it prints only its public half.
#[derive(Clone)]
pub struct ConsensusKey(SigningKey);

impl ConsensusKey {
    /// The key of a 32-byte seed; every seed has one.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from(seed))
    }

    /// The seed, for a keyring file alone.
    #[must_use]
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> ConsKey {
        ConsKey::Ed25519(self.0.verification_key().to_bytes())
    }

    /// The consensus address.
    #[must_use]
    pub fn address(&self) -> ConsAddr {
        self.public().address()
    }

    /// Signs the bytes as they are: the same signature every time.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for ConsensusKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConsensusKey").field(&self.public()).finish()
    }
}

/// The numbered test seeds: `n` as 8 bytes little endian, then the letters a to x.
#[must_use]
pub fn seed_from_number(n: u64) -> [u8; 32] {
    let mut seed = [0_u8; 32];
    for (to, from) in seed.iter_mut().zip(n.to_le_bytes().iter().chain(NUMBERED)) {
        *to = *from;
    }
    seed
}

/// The seed of a validator that signs on one chain of a local network. Another chain gives another key, so that keys
/// never tell which validators are the same.
#[must_use]
pub fn seed_from_name(name: &str, chain_id: &str) -> [u8; 32] {
    // The parts are hashed first, so that no two pairs of texts run together to the same bytes.
    let mut hasher = Sha256::new();
    hasher.update(NAMED);
    hasher.update(Sha256::digest(name.as_bytes()));
    hasher.update(Sha256::digest(chain_id.as_bytes()));
    hasher.finalize().into()
}

/// The seed that CometBFT derives from words (`init --recover`): their SHA-256.
#[must_use]
pub fn seed_from_mnemonic(words: &str) -> [u8; 32] {
    Sha256::digest(words.as_bytes()).into()
}

/// The JSON text of a key, as provider messages carry it: `{"@type":"/cosmos.crypto.ed25519.PubKey","key":"…"}`.
#[must_use]
pub fn key_json(key: &ConsKey) -> String {
    let base64 = STANDARD.encode(key.bytes());
    format!("{{\"@type\":\"/cosmos.crypto.{}.PubKey\",\"key\":\"{base64}\"}}", key.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_seed_is_little_endian_then_letters() {
        assert_eq!(&seed_from_number(258)[..10], &[2, 1, 0, 0, 0, 0, 0, 0, b'a', b'b']);
        assert_eq!(&seed_from_number(u64::MAX)[8..], NUMBERED);
    }

    #[test]
    fn names_and_chains_never_run_together() {
        let seeds = [("a", "bc"), ("ab", "c"), ("abc", ""), ("", "abc")]
            .map(|(name, chain)| seed_from_name(name, chain));
        for (index, seed) in seeds.iter().enumerate() {
            assert!(!seeds[..index].contains(seed), "{index}");
        }
        assert_eq!(seed_from_name("val1", "provider-1"), seed_from_name("val1", "provider-1"));
    }

    /// The provider's first validator in the recorded network.
    #[test]
    fn recovered_validator_has_the_recorded_key() {
        let words = format!("{}about", "abandon ".repeat(11));
        let key = ConsensusKey::from_seed(seed_from_mnemonic(&words));
        assert_eq!(
            key_json(&key.public()),
            r#"{"@type":"/cosmos.crypto.ed25519.PubKey","key":"k6XyYZhJMeDfXHQ0sW1GjvsZUwmNPK1PoVBrngUuf8c="}"#
        );
    }

    #[test]
    fn signatures_verify_and_debug_hides_the_seed() {
        let key = ConsensusKey::from_seed([0xab; 32]);
        let public = ed25519_consensus::VerificationKey::try_from(key.public().bytes()).unwrap();
        assert_eq!(public.verify(&key.sign(b"vote").into(), b"vote"), Ok(()));
        assert!(!format!("{key:?}").contains("171, 171"));
        assert_eq!(key.seed(), [0xab; 32]);
    }
}
