//! Addresses: who owns, who operates, who signs blocks. Raw bytes inside; bech32 only at the borders.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use bech32::{Bech32, Hrp};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use sha2::{Digest, Sha256};

/// Address of a consensus key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct ConsAddr(pub [u8; 20]);

/// Address of an account: 20 bytes for a key, 32 for some modules.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct AccAddr(pub Vec<u8>);

/// Address of a validator's operator: the bytes of its account.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct ValAddr(pub Vec<u8>);

/// Text that is not the address asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddrError {
    /// Not bech32 at all.
    #[error("decoding bech32 failed: {0}")]
    Bech32(String),
    /// Bech32 of another kind of address or another chain.
    #[error("invalid Bech32 prefix; expected {expected}, got {found}")]
    Prefix {
        /// The prefix asked for.
        expected: String,
        /// The prefix of the text.
        found: String,
    },
    /// Not as many bytes as such an address has (1 to 255, 20 for a consensus address).
    #[error("address of {0} bytes")]
    Length(usize),
}

/// Encodes bytes with a prefix. Total for prefixes that a chain's configuration accepted; "" otherwise.
#[must_use]
pub fn to_bech32(prefix: &str, bytes: &[u8]) -> String {
    Hrp::parse(prefix).ok().and_then(|hrp| bech32::encode::<Bech32>(hrp, bytes).ok()).unwrap_or_default()
}

/// Decodes any bech32 text to its prefix and bytes.
///
/// # Errors
/// [`AddrError::Bech32`] where the text is none, or not the one text of its bytes: the bits that fill up its last
/// character must be few and zero.
pub fn from_bech32(text: &str) -> Result<(String, Vec<u8>), AddrError> {
    let checked = bech32::primitives::decode::CheckedHrpstring::new::<Bech32>(text)
        .map_err(|error| AddrError::Bech32(error.to_string()))?;
    checked.validate_segwit_padding().map_err(|error| AddrError::Bech32(error.to_string()))?;
    Ok((checked.hrp().to_lowercase(), checked.byte_iter().collect()))
}

fn with_prefix(prefix: &str, text: &str) -> Result<Vec<u8>, AddrError> {
    let (found, bytes) = from_bech32(text)?;
    if found != prefix {
        return Err(AddrError::Prefix { expected: prefix.to_string(), found });
    }
    if bytes.is_empty() || bytes.len() > 255 {
        return Err(AddrError::Length(bytes.len()));
    }
    Ok(bytes)
}

/// Address of a module's account: the first 20 bytes of SHA-256 of its name.
#[must_use]
pub fn module_address(name: &str) -> AccAddr {
    AccAddr(ConsAddr::of_hash(&Sha256::digest(name.as_bytes())).0.to_vec())
}

impl ConsAddr {
    pub(crate) fn of_hash(hash: &[u8]) -> Self {
        let mut address = [0_u8; 20];
        for (to, from) in address.iter_mut().zip(hash) {
            *to = *from;
        }
        Self(address)
    }

    /// Parses bech32 with exactly this prefix.
    ///
    /// # Errors
    /// [`AddrError`] where it is no such address.
    pub fn parse(prefix: &str, text: &str) -> Result<Self, AddrError> {
        let bytes = with_prefix(prefix, text)?;
        let len = bytes.len();
        Ok(Self(bytes.try_into().map_err(|_| AddrError::Length(len))?))
    }

    /// The text with this prefix, e.g. `cosmosvalcons`.
    #[must_use]
    pub fn to_text(&self, prefix: &str) -> String {
        to_bech32(prefix, &self.0)
    }
}

macro_rules! account_like {
    ($name:ident) => {
        impl $name {
            /// Parses bech32 with exactly this prefix.
            ///
            /// # Errors
            /// [`AddrError`] where it is no such address.
            pub fn parse(prefix: &str, text: &str) -> Result<Self, AddrError> {
                with_prefix(prefix, text).map(Self)
            }

            /// The text with this prefix.
            #[must_use]
            pub fn to_text(&self, prefix: &str) -> String {
                to_bech32(prefix, &self.0)
            }
        }
    };
}
account_like!(AccAddr);
account_like!(ValAddr);

macro_rules! hex_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), hex::encode(&self.0))
            }
        }
    )*};
}
hex_debug!(ConsAddr, AccAddr, ValAddr);
