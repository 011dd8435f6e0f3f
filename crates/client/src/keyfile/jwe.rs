//! One file of a keyring: JSON Web Encryption in compact form, under a passphrase.
//!
//! PBES2-HS256+A128KW makes a key from the passphrase, which wraps the key of A256GCM, which hides the text.
//! Source: RFC 7516 §7.1, RFC 7518 §4.8 and §5.3.

use super::KeyFileError;
use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use aes_kw::KekAes128;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::Deserialize;
use sha2::Sha256;
use zeroize::Zeroizing;

const ALG: &str = "PBES2-HS256+A128KW";
const ENC: &str = "A256GCM";
/// The most rounds that are worked through for a file; other programs refuse more, too.
const ROUNDS_MAX: u32 = 1_300_000;
/// Bytes of a wrapped key of 32.
const WRAPPED: usize = 40;
/// Bytes that a file needs of chance.
pub const CHANCE: usize = 60;

#[derive(Deserialize)]
struct Header {
    alg: String,
    enc: String,
    p2c: u32,
    p2s: String,
    #[serde(default)]
    zip: Option<String>,
}

/// Hides a text. `rounds` of PBKDF2 stand between a guess of the passphrase and its trial; `chance` is random and used
/// once.
///
/// # Errors
/// [`KeyFileError::Malformed`] for a text beyond what the cipher takes.
pub fn seal(
    text: &[u8],
    passphrase: &str,
    rounds: u32,
    chance: &[u8; CHANCE],
) -> Result<String, KeyFileError> {
    let wrong = || KeyFileError::Malformed("the text to hide");
    let (salt, rest) = chance.split_first_chunk::<16>().ok_or_else(wrong)?;
    let (key, rest) = rest.split_first_chunk::<32>().ok_or_else(wrong)?;
    let nonce: &[u8; 12] = rest.try_into().map_err(|_| wrong())?;
    let salt = BASE64.encode(salt);
    let header = BASE64.encode(format!(r#"{{"alg":"{ALG}","enc":"{ENC}","p2c":{rounds},"p2s":"{salt}"}}"#));
    let mut wrapped = [0; WRAPPED];
    wrapper(passphrase, &salt, rounds)?.wrap(key, &mut wrapped).map_err(|_| wrong())?;
    let payload = Payload { msg: text, aad: header.as_bytes() };
    let hidden = Aes256Gcm::new(key.into()).encrypt(nonce.into(), payload).map_err(|_| wrong())?;
    let (hidden, tag) = hidden.split_last_chunk::<16>().ok_or_else(wrong)?;
    let [wrapped, nonce, hidden, tag] =
        [wrapped.as_slice(), nonce, hidden, tag].map(|part| BASE64.encode(part));
    Ok(format!("{header}.{wrapped}.{nonce}.{hidden}.{tag}"))
}

/// The hidden text.
///
/// # Errors
/// [`KeyFileError`].
pub fn open(sealed: &str, passphrase: &str) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let wrong = || KeyFileError::Malformed("the encrypted text");
    let parts: Vec<&str> = sealed.trim().split('.').collect();
    let &[head, wrapped, nonce, hidden, tag] = parts.as_slice() else { return Err(wrong()) };
    let header: Header = serde_json::from_slice(&bytes(head)?)
        .map_err(|_| KeyFileError::Malformed("the header of the encrypted text"))?;
    known("the encryption", &header.alg, ALG)?;
    known("the cipher", &header.enc, ENC)?;
    if let Some(zip) = header.zip {
        return Err(KeyFileError::Unknown { what: "the compression", found: zip, known: "none" });
    }
    let wrapped: [u8; WRAPPED] = bytes(wrapped)?.try_into().map_err(|_| wrong())?;
    let nonce: [u8; 12] = bytes(nonce)?.try_into().map_err(|_| wrong())?;
    let mut key = Zeroizing::new([0; 32]);
    wrapper(passphrase, &header.p2s, header.p2c)?
        .unwrap(&wrapped, key.as_mut_slice())
        .map_err(|_| KeyFileError::Passphrase)?;
    let hidden = [bytes(hidden)?, bytes(tag)?].concat();
    let payload = Payload { msg: &hidden, aad: head.as_bytes() };
    let text = Aes256Gcm::new((&*key).into()).decrypt((&nonce).into(), payload);
    text.map(Zeroizing::new).map_err(|_| wrong())
}

fn bytes(part: &str) -> Result<Vec<u8>, KeyFileError> {
    BASE64.decode(part).map_err(|_| KeyFileError::Malformed("the encrypted text"))
}

fn known(what: &'static str, found: &str, known: &'static str) -> Result<(), KeyFileError> {
    if found == known {
        return Ok(());
    }
    Err(KeyFileError::Unknown { what, found: found.to_owned(), known })
}

fn wrapper(passphrase: &str, salt: &str, rounds: u32) -> Result<KekAes128, KeyFileError> {
    if !(1..=ROUNDS_MAX).contains(&rounds) {
        return Err(KeyFileError::Malformed("the number of rounds"));
    }
    let salt = [ALG.as_bytes(), &[0], bytes(salt)?.as_slice()].concat();
    let mut key = Zeroizing::new([0; 16]);
    pbkdf2::pbkdf2_hmac::<Sha256>(passphrase.as_bytes(), &salt, rounds, key.as_mut_slice());
    Ok(KekAes128::from(*key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_opens_with_its_passphrase_and_no_other() {
        let sealed = seal(b"text", "test", 1000, &[7; CHANCE]).unwrap();
        assert_eq!(sealed, seal(b"text", "test", 1000, &[7; CHANCE]).unwrap());
        assert_ne!(sealed, seal(b"text", "test", 1000, &[8; CHANCE]).unwrap());
        assert_eq!(open(&sealed, "test").unwrap().as_slice(), b"text");
        assert_eq!(open(&sealed, "tset"), Err(KeyFileError::Passphrase));
    }

    #[test]
    fn a_changed_text_is_refused() {
        let sealed = seal(b"text", "test", 1000, &[7; CHANCE]).unwrap();
        let parts: Vec<&str> = sealed.split('.').collect();
        let with = |place: usize, part: &str| {
            let mut parts = parts.clone();
            parts[place] = part;
            open(&parts.join("."), "test").unwrap_err()
        };
        let text = KeyFileError::Malformed("the encrypted text");
        assert_eq!(with(4, &BASE64.encode([0; 16])), text);
        assert_eq!(with(3, "AAAAAA"), text);
        assert_eq!(with(2, "AAAA"), text);
        assert_eq!(with(1, &BASE64.encode([0; 40])), KeyFileError::Passphrase);
        assert_eq!(with(1, "!"), text);
        assert_eq!(open("", "test"), Err(text));
        let head = |json: &str| with(0, &BASE64.encode(json));
        assert_eq!(head("{}"), KeyFileError::Malformed("the header of the encrypted text"));
        let header = |alg: &str, enc: &str, rounds: u32, more: &str| {
            head(&format!(r#"{{"alg":"{alg}","enc":"{enc}","p2c":{rounds},"p2s":"AAAA"{more}}}"#))
        };
        let unknown =
            |what, found: &str, known| KeyFileError::Unknown { what, found: found.to_owned(), known };
        assert_eq!(header("dir", ENC, 1, ""), unknown("the encryption", "dir", ALG));
        assert_eq!(header(ALG, "A128GCM", 1, ""), unknown("the cipher", "A128GCM", ENC));
        assert_eq!(header(ALG, ENC, 1, r#","zip":"DEF""#), unknown("the compression", "DEF", "none"));
        for rounds in [0, ROUNDS_MAX + 1] {
            assert_eq!(header(ALG, ENC, rounds, ""), KeyFileError::Malformed("the number of rounds"));
        }
    }
}
