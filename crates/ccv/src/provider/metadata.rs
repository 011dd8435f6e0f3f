//! How a consumer describes itself. Source: provider spec §2.2.

use super::error::Fault;
use alloc::string::String;
use borsh::{BorshDeserialize, BorshSerialize};

/// For people who choose what to validate.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ConsumerMetadata {
    /// Its name, at most 50 bytes.
    pub name: String,
    /// What it is, at most 10,000 bytes.
    pub description: String,
    /// Anything else, at most 255 bytes.
    pub metadata: String,
}

impl ConsumerMetadata {
    /// Checks every field: not blank and not too long.
    ///
    /// # Errors
    /// The first [`Fault`].
    pub fn validate(&self) -> Result<(), Fault> {
        text("Metadata: Name", &self.name, 50)?;
        text("Metadata: Description", &self.description, 10_000)?;
        text("Metadata: Metadata", &self.metadata, 255)
    }
}

fn text(field: &'static str, text: &str, len_max: usize) -> Result<(), Fault> {
    if text.trim().is_empty() {
        return Err(Fault::new(field, "cannot be empty"));
    }
    if text.len() > len_max {
        return Err(Fault::new(field, "is too long"));
    }
    Ok(())
}
