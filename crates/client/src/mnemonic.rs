//! Words to key: BIP-39 words → seed → BIP-32 child of secp256k1, at the path that Cosmos wallets use.
//!
//! Source: BIP-39, BIP-32, BIP-44, SLIP-44 (coin type 118).

use crate::key::{Key, KeyError};
use bip32::{ChildNumber, XPrv};
use core::fmt;
use core::str::FromStr;
use zeroize::Zeroizing;

/// The words of every local network: known to all the world, so never a home for real coins.
pub const DEVELOPMENT_MNEMONIC: &str = "test test test test test test test test test test test junk";

/// The deepest path: deeper ones have no use, and a bound keeps derivation cheap.
const DEPTH_MAX: usize = 16;
/// The first child number that means "hardened".
const HARDENED: u32 = 1 << 31;

/// A path of BIP-32 children such as `m/44'/118'/0'/0/7`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HdPath(Vec<Step>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Normal(u32),
    Hardened(u32),
}

impl HdPath {
    /// `m/44'/118'/{account}'/0/{index}`.
    ///
    /// # Errors
    /// [`KeyError::PathStep`] where a number is 2^31 or more.
    pub fn cosmos(account: u32, index: u32) -> Result<Self, KeyError> {
        Self::bip44(118, account, index)
    }

    /// `m/44'/{coin_type}'/{account}'/0/{index}`.
    ///
    /// # Errors
    /// [`KeyError::PathStep`] where a number is 2^31 or more.
    pub fn bip44(coin_type: u32, account: u32, index: u32) -> Result<Self, KeyError> {
        for number in [coin_type, account, index] {
            if number >= HARDENED {
                return Err(KeyError::PathStep(number.to_string()));
            }
        }
        let (purpose, coin) = (Step::Hardened(44), Step::Hardened(coin_type));
        Ok(Self(vec![purpose, coin, Step::Hardened(account), Step::Normal(0), Step::Normal(index)]))
    }
}

impl fmt::Display for HdPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("m")?;
        self.0.iter().try_for_each(|step| match step {
            Step::Normal(number) => write!(f, "/{number}"),
            Step::Hardened(number) => write!(f, "/{number}'"),
        })
    }
}

impl FromStr for HdPath {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut parts = text.split('/');
        if parts.next() != Some("m") {
            return Err(KeyError::PathRoot);
        }
        let steps = parts.map(Step::from_str).collect::<Result<Vec<_>, _>>()?;
        if steps.is_empty() || steps.len() > DEPTH_MAX {
            return Err(KeyError::PathDepth(steps.len()));
        }
        Ok(Self(steps))
    }
}

impl FromStr for Step {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let wrong = || KeyError::PathStep(text.to_owned());
        let (digits, step): (_, fn(u32) -> Self) = match text.strip_suffix('\'') {
            Some(digits) => (digits, Self::Hardened),
            None => (text, Self::Normal),
        };
        // `u32::from_str` alone would take "+1".
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        let number = digits.parse::<u32>().ok().filter(|number| *number < HARDENED).ok_or_else(wrong)?;
        Ok(step(number))
    }
}

impl Step {
    fn child(self) -> Result<ChildNumber, KeyError> {
        match self {
            Self::Normal(number) => ChildNumber::new(number, false),
            Self::Hardened(number) => ChildNumber::new(number, true),
        }
        .map_err(|_| KeyError::Underivable)
    }
}

impl Key {
    /// The key at `path` below the words (12, 15, 18, 21 or 24 of the English list, no passphrase).
    ///
    /// # Errors
    /// [`KeyError`] says what is wrong with the words; it names places, never words.
    pub fn from_mnemonic(words: &str, path: &HdPath) -> Result<Self, KeyError> {
        let phrase = bip39::Mnemonic::parse_in(bip39::Language::English, words).map_err(wrong_words)?;
        let seed = Zeroizing::new(phrase.to_seed(""));
        let mut node = XPrv::new(*seed).map_err(|_| KeyError::Underivable)?;
        for step in &path.0 {
            node = node.derive_child(step.child()?).map_err(|_| KeyError::Underivable)?;
        }
        Self::from_secret(&Zeroizing::new(node.to_bytes()))
    }

    /// The key at `m/44'/118'/0'/0/{index}` below the words.
    ///
    /// # Errors
    /// As [`Key::from_mnemonic`] and [`HdPath::cosmos`].
    pub fn from_mnemonic_index(words: &str, index: u32) -> Result<Self, KeyError> {
        Self::from_mnemonic(words, &HdPath::cosmos(0, index)?)
    }
}

/// The words that stand for 16, 20, 24, 28 or 32 random bytes; the caller has the randomness.
///
/// # Errors
/// [`KeyError::Entropy`] for another number of bytes.
pub fn phrase_from_entropy(entropy: &[u8]) -> Result<Zeroizing<String>, KeyError> {
    bip39::Mnemonic::from_entropy_in(bip39::Language::English, entropy)
        .map(|phrase| Zeroizing::new(phrase.to_string()))
        .map_err(|_| KeyError::Entropy(entropy.len()))
}

fn wrong_words(error: bip39::Error) -> KeyError {
    match error {
        bip39::Error::BadWordCount(count) => KeyError::WordCount(count),
        bip39::Error::UnknownWord(index) => KeyError::UnknownWord(index.saturating_add(1)),
        _ => KeyError::Checksum,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_print_as_they_were_written() {
        for text in ["m/44'/118'/0'/0/0", "m/44'/118'/3'/0/2147483647", "m/0", "m/1'/2"] {
            assert_eq!(text.parse::<HdPath>().map(|path| path.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(HdPath::cosmos(4, 7), "m/44'/118'/4'/0/7".parse());
    }

    #[test]
    fn wrong_paths_name_what_is_wrong() {
        let step = |text: &str| KeyError::PathStep(text.to_owned());
        for (text, error) in [
            ("", KeyError::PathRoot),
            ("44'/118'/0'/0/0", KeyError::PathRoot),
            ("M/44'", KeyError::PathRoot),
            ("m", KeyError::PathDepth(0)),
            ("m/", step("")),
            ("m/0/", step("")),
            ("m/'", step("'")),
            ("m/+1", step("+1")),
            ("m/-1", step("-1")),
            ("m/0h", step("0h")),
            ("m/0''", step("0''")),
            ("m/2147483648", step("2147483648")),
            ("m/99999999999", step("99999999999")),
            ("m/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0", KeyError::PathDepth(17)),
        ] {
            assert_eq!(text.parse::<HdPath>(), Err(error), "{text}");
        }
        assert_eq!(HdPath::cosmos(HARDENED, 0), Err(step("2147483648")));
        assert_eq!(HdPath::cosmos(0, u32::MAX), Err(step("4294967295")));
    }

    #[test]
    fn wrong_words_are_told_by_place_not_by_word() {
        let eleven = "abandon ".repeat(11);
        for (words, error) in [
            (String::new(), KeyError::WordCount(0)),
            (eleven.clone(), KeyError::WordCount(11)),
            (format!("{eleven}abandon"), KeyError::Checksum),
            (format!("{eleven}abuot"), KeyError::UnknownWord(12)),
            (format!("{eleven}ABOUT"), KeyError::UnknownWord(12)),
        ] {
            assert_eq!(Key::from_mnemonic_index(&words, 0).map(|key| key.public()), Err(error), "{words}");
        }
        assert_eq!(
            KeyError::UnknownWord(12).to_string(),
            "word 12 of the mnemonic is not in the English list"
        );
    }

    #[test]
    fn entropy_of_zeros_is_abandon_about() {
        let words = phrase_from_entropy(&[0; 16]).unwrap();
        assert_eq!(*words, format!("{}about", "abandon ".repeat(11)));
        assert_eq!(phrase_from_entropy(&[0; 17]), Err(KeyError::Entropy(17)));
    }
}
