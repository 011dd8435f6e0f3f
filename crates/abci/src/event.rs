//! What happened, for whoever watches: relayers, indexers, wallets.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// One thing that happened. Every attribute is indexed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Event {
    /// The type, e.g. `send_packet`.
    pub kind: String,
    /// In order; a key may come twice.
    pub attributes: Vec<Attribute>,
}

/// A named fact of an [`Event`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Attribute {
    /// Its name.
    pub key: String,
    /// Its value as text.
    pub value: String,
}

impl Event {
    /// An event without attributes.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Self { kind: kind.to_string(), attributes: Vec::new() }
    }

    /// The same event with one attribute more.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl ToString) -> Self {
        self.attributes.push(Attribute { key: key.to_string(), value: value.to_string() });
        self
    }

    /// The value of the first attribute of this name.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.key == key)
            .map(|attribute| attribute.value.as_str())
    }
}
