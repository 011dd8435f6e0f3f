//! How the Cosmos SDK keeps a key: the bytes of its keyring's files, and of the text that carries a key elsewhere.
//!
//! A file of a keyring is a [`jwe`] under the keyring's passphrase; in it stands an item with a name ([`item`]), in that a
//! [`Record`]. What leaves the keyring is [`armor`]. All pure: whoever calls brings random bytes and has the folder.
//! Source: the SDK's `crypto/keyring`, `crypto/armor.go`; 99designs' keyring; RFC 7516, 7518.

pub mod armor;
pub mod item;
pub mod jwe;
pub mod keyhash;
mod record;

pub use record::{Kind, Record};

/// Why bytes are no key, or not for this passphrase. It never quotes them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// Not of the form.
    #[error("{0} is not as it should be")]
    Malformed(&'static str),
    /// The form is right, but what it says to use is not known here.
    #[error("{what} `{found}` is not known: this program reads {known}")]
    Unknown {
        /// What is unknown.
        what: &'static str,
        /// What was found.
        found: String,
        /// What would be understood.
        known: &'static str,
    },
    /// The passphrase opens nothing; or somebody changed the bytes.
    #[error("the passphrase is wrong")]
    Passphrase,
    /// The passphrase is too short to keep anything.
    #[error("a passphrase has at least 8 characters")]
    Short,
}
