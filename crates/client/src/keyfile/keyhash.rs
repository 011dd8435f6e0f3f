//! What a keyring in files remembers of its passphrase: a bcrypt hash, in the file `keyhash`.

use super::KeyFileError;
use zeroize::Zeroizing;

/// The work of a trial: 2^10 rounds, as the SDK's.
const COST: u32 = 10;
/// The fewest characters.
const SHORTEST: usize = 8;

/// The hash of a new passphrase; `salt` is random and used once.
///
/// # Errors
/// [`KeyFileError::Short`]; [`KeyFileError::Malformed`] for a passphrase with a zero byte.
pub fn new(passphrase: &str, salt: [u8; 16]) -> Result<String, KeyFileError> {
    check(passphrase)?;
    let hash = hash(passphrase, COST, salt)?;
    Ok(hash.as_str().to_owned())
}

/// Whether a new passphrase is long enough.
///
/// # Errors
/// [`KeyFileError::Short`].
pub fn check(passphrase: &str) -> Result<(), KeyFileError> {
    if passphrase.chars().count() < SHORTEST { Err(KeyFileError::Short) } else { Ok(()) }
}

/// Whether it is the hash of this passphrase.
#[must_use]
pub fn matches(hash: &str, passphrase: &str) -> bool {
    bcrypt::verify(passphrase, hash.trim()).unwrap_or(false)
}

/// `$2a$COST$SALT…HASH…`.
pub(super) fn hash(passphrase: &str, cost: u32, salt: [u8; 16]) -> Result<Zeroizing<String>, KeyFileError> {
    let hash = bcrypt::hash_with_salt(passphrase, cost, salt)
        .map_err(|_| KeyFileError::Malformed("the passphrase"))?;
    Ok(Zeroizing::new(hash.format_for_version(bcrypt::Version::TwoA)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_knows_its_passphrase() {
        let hash = new("password1", [7; 16]).unwrap();
        assert!(hash.starts_with("$2a$10$") && hash.len() == 60, "{hash}");
        assert!(matches(&hash, "password1") && matches(&format!("{hash}\n"), "password1"));
        assert!(!matches(&hash, "password2") && !matches("", "") && !matches("$2a$", "x"));
        assert_eq!(new("seven77", [7; 16]), Err(KeyFileError::Short));
    }
}
