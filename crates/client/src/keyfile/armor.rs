//! A key on its way from one keyring to another: OpenPGP armor around a secret that a passphrase hides.
//!
//! Source: the SDK's `crypto/armor.go`; RFC 4880 §6 for the armor, with its checksum.

use super::KeyFileError;
use super::keyhash;
use crate::key::Key;
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use crypto_secretbox::XSalsa20Poly1305;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

const KIND: &str = "TENDERMINT PRIVATE KEY";
const TYPE: &str = "secp256k1";
/// Argon2id: one pass over 64 MiB in four lanes.
const PASSES: u32 = 1;
const MEMORY_KIB: u32 = 64 * 1024;
const LANES: u32 = 4;
/// bcrypt: 2^12 rounds.
const BCRYPT_COST: u32 = 12;
/// Amino's four bytes before a `tendermint/PrivKeySecp256k1`, and the length of what follows.
const AMINO: [u8; 5] = [0xe1, 0xb0, 0xf7, 0x9b, 32];
const LINE: usize = 64;

/// The armored key; `salt` is random and used once.
///
/// # Errors
/// [`KeyFileError::Malformed`] for a passphrase beyond what the derivation takes.
pub fn encode(key: &Key, passphrase: &str, salt: [u8; 16]) -> Result<String, KeyFileError> {
    let cipher = ChaCha20Poly1305::new((&*argon2_key(passphrase, &salt)?).into());
    let secret = Zeroizing::new([AMINO.as_slice(), key.secret_bytes().as_slice()].concat());
    // The key of the cipher is used once, for its salt is: the nonce may stay the same.
    let hidden = cipher
        .encrypt(&[0; 12].into(), secret.as_slice())
        .map_err(|_| KeyFileError::Malformed("the key to hide"))?;
    let mut text =
        format!("-----BEGIN {KIND}-----\nkdf: argon2\nsalt: {}\ntype: {TYPE}\n\n", hex::encode_upper(salt));
    let body = BASE64.encode(&hidden);
    for (place, letter) in body.chars().enumerate() {
        if place > 0 && place % LINE == 0 {
            text.push('\n');
        }
        text.push(letter);
    }
    text.push_str(&format!("\n={}\n-----END {KIND}-----\n", BASE64.encode(checksum(&hidden))));
    Ok(text)
}

/// The key of an armored text, whether its passphrase went through argon2 or, as older ones, through bcrypt.
///
/// # Errors
/// [`KeyFileError`].
pub fn decode(text: &str, passphrase: &str) -> Result<Key, KeyFileError> {
    let block = Block::read(text)?;
    let unknown = |what, found: &str, known| KeyFileError::Unknown { what, found: found.to_owned(), known };
    let named = block.header("type");
    if !matches!(named, "" | TYPE) {
        return Err(unknown("the key's type", named, TYPE));
    }
    let salt = hex::decode(block.header("salt"))
        .ok()
        .and_then(|salt| <[u8; 16]>::try_from(salt).ok())
        .ok_or(KeyFileError::Malformed("the salt of the armored key"))?;
    let secret = match block.header("kdf") {
        "argon2" => ChaCha20Poly1305::new((&*argon2_key(passphrase, &salt)?).into())
            .decrypt(&[0; 12].into(), block.body.as_slice()),
        "bcrypt" => {
            let key = Sha256::digest(keyhash::hash(passphrase, BCRYPT_COST, salt)?.as_bytes());
            let (nonce, hidden) = block
                .body
                .split_first_chunk::<24>()
                .ok_or(KeyFileError::Malformed("the body of the armored key"))?;
            XSalsa20Poly1305::new(&key).decrypt(nonce.into(), hidden)
        }
        other => return Err(unknown("the derivation", other, "argon2 and bcrypt")),
    };
    let secret = Zeroizing::new(secret.map_err(|_| KeyFileError::Passphrase)?);
    let bytes = secret.strip_prefix(&AMINO).and_then(|bytes| <&[u8; 32]>::try_from(bytes).ok());
    bytes
        .and_then(|bytes| Key::from_secret(bytes).ok())
        .ok_or(KeyFileError::Malformed("the key in the armor"))
}

fn argon2_key(passphrase: &str, salt: &[u8; 16]) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
    let wrong = |_| KeyFileError::Malformed("the passphrase");
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(32)).map_err(wrong)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
        .map_err(wrong)?;
    Ok(key)
}

/// An armored text, taken apart.
struct Block<'a> {
    headers: Vec<(&'a str, &'a str)>,
    body: Vec<u8>,
}

impl<'a> Block<'a> {
    fn read(text: &'a str) -> Result<Self, KeyFileError> {
        let wrong = || KeyFileError::Malformed("the armor of the key");
        let (begin, end) = (format!("-----BEGIN {KIND}-----"), format!("-----END {KIND}-----"));
        let (_, rest) = text.split_once(&begin).ok_or_else(wrong)?;
        let (inner, _) = rest.split_once(&end).ok_or_else(wrong)?;
        let (mut headers, mut body, mut sum) = (Vec::new(), String::new(), None);
        for line in inner.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match (line.split_once(": "), line.strip_prefix('=')) {
                (Some(header), _) if body.is_empty() => headers.push(header),
                (None, Some(text)) => sum = Some(text),
                (None, None) if sum.is_none() => body.push_str(line),
                _ => return Err(wrong()),
            }
        }
        let body = BASE64.decode(body).map_err(|_| wrong())?;
        if let Some(sum) = sum
            && BASE64.decode(sum).ok().as_deref() != Some(checksum(&body).as_slice())
        {
            return Err(KeyFileError::Malformed("the checksum of the armored key"));
        }
        Ok(Self { headers, body })
    }

    fn header(&self, name: &str) -> &'a str {
        self.headers.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }
}

/// CRC-24 of RFC 4880 §6.1.
fn checksum(bytes: &[u8]) -> [u8; 3] {
    let mut sum: u32 = 0x00b7_04ce;
    for byte in bytes {
        sum ^= u32::from(*byte) << 16;
        for _ in 0..8 {
            sum <<= 1;
            if sum & 0x0100_0000 != 0 {
                sum ^= 0x0186_4cfb;
            }
        }
    }
    let [_, a, b, c] = sum.to_be_bytes();
    [a, b, c]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn armored() -> (Key, String) {
        let key = Key::from_secret(&[7; 32]).unwrap();
        let text = encode(&key, "password1", [9; 16]).unwrap();
        (key, text)
    }

    fn refused(text: &str, passphrase: &str) -> KeyFileError {
        decode(text, passphrase).map(|key| key.public()).unwrap_err()
    }

    #[test]
    fn an_armored_key_comes_back_for_its_passphrase_alone() {
        let (key, text) = armored();
        assert_eq!(decode(&text, "password1").unwrap().public(), key.public());
        assert_eq!(decode(&text.replace('\n', "\r\n"), "password1").unwrap().public(), key.public());
        assert_eq!(refused(&text, "password2"), KeyFileError::Passphrase);
        assert!(!text.contains(&*key.to_secret_hex()));
    }

    #[test]
    fn text_that_is_no_armored_key_is_refused_in_words() {
        let (_, text) = armored();
        let malformed = KeyFileError::Malformed;
        assert_eq!(refused("", "password1"), malformed("the armor of the key"));
        assert_eq!(
            refused(&text.replace("PRIVATE", "PUBLIC"), "password1"),
            malformed("the armor of the key")
        );
        let other = |from: &str, to: &str| refused(&text.replace(from, to), "password1");
        assert_eq!(other("salt: 09", "salt: 0"), malformed("the salt of the armored key"));
        assert_eq!(other("\n=", "\n=A"), malformed("the checksum of the armored key"));
        let unknown =
            |what, found: &str, known| KeyFileError::Unknown { what, found: found.to_owned(), known };
        assert_eq!(other("argon2", "scrypt"), unknown("the derivation", "scrypt", "argon2 and bcrypt"));
        assert_eq!(other("type: secp256k1", "type: sr25519"), unknown("the key's type", "sr25519", TYPE));
    }
}
