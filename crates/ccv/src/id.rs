//! Names of things: consumers, chains, updates, and whose address an address is.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;
use ics_abci::{ConsAddr, Height, Time};
use ics_kv::Key;

/// What the provider calls a consumer: a number given at its creation, never used again, printed in decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct ConsumerId(pub u64);

/// Number of a validator set update; counts epochs from 1. 0 stands for the genesis set.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct VscId(pub u64);

/// Consensus address of the key that a validator uses on the provider: who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct ProviderAddr(pub ConsAddr);

/// Consensus address of the key that a validator uses on one consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct ConsumerAddr(pub ConsAddr);

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
        pub struct $name(pub String);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_string())
            }
        }

        impl Key for $name {
            fn write(&self, out: &mut Vec<u8>) {
                self.0.write(out);
            }
            fn read(bytes: &mut &[u8]) -> Option<Self> {
                String::read(bytes).map(Self)
            }
        }
    )*};
}
text_id! {
    /// A chain's own name for itself. Not unique among consumers.
    ChainId,
    /// A light client on the chain at hand, e.g. `07-tendermint-0`.
    ClientId,
    /// A connection on the chain at hand, e.g. `connection-0`.
    ConnectionId,
    /// A channel on the chain at hand, e.g. `channel-0`.
    ChannelId,
}

impl fmt::Display for ConsumerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for VscId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl VscId {
    /// The id of the next epoch.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

macro_rules! wrapped_key {
    ($($name:ident => $inner:ty),*) => {$(
        impl Key for $name {
            fn write(&self, out: &mut Vec<u8>) {
                self.0.write(out);
            }
            fn read(bytes: &mut &[u8]) -> Option<Self> {
                <$inner>::read(bytes).map(Self)
            }
        }
    )*};
}
wrapped_key!(ConsumerId => u64, VscId => u64);

macro_rules! address_key {
    ($($name:ident),*) => {$(
        impl Key for $name {
            fn write(&self, out: &mut Vec<u8>) {
                self.0.0.write(out);
            }
            fn read(bytes: &mut &[u8]) -> Option<Self> {
                <[u8; 20]>::read(bytes).map(|address| Self(ConsAddr(address)))
            }
        }
    )*};
}
address_key!(ProviderAddr, ConsumerAddr);

/// Text that is no such name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing but white space.
    #[error("{0} cannot be blank")]
    Blank(&'static str),
    /// More bytes than allowed, or fewer.
    #[error("{what} of {found} bytes, expected {min} to {max}")]
    Length {
        /// What it should be.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// Fewest allowed.
        min: usize,
        /// Most allowed.
        max: usize,
    },
    /// Characters that are not allowed.
    #[error("{0} has characters that are not allowed")]
    Characters(&'static str),
    /// Not a decimal number of 64 bits without a sign.
    #[error("{0} is not a number of 64 bits")]
    Number(&'static str),
    /// A number, but not as the provider writes it: no consumer has this id.
    #[error("no consumer is named {0}")]
    NotCanonical(String),
    /// A name that another chain has for ever.
    #[error("chain id {0} is reserved")]
    Reserved(String),
}

/// A decimal number without sign; leading zeros are fine.
fn parse_u64(what: &'static str, text: &str) -> Result<u64, IdError> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(IdError::Number(what));
    }
    text.parse().map_err(|_| IdError::Number(what))
}

impl ConsumerId {
    /// Whether text may name a consumer: not blank, a number of 64 bits.
    ///
    /// # Errors
    /// [`IdError`] where it may not.
    ///
    /// Source: provider spec §2.1.
    pub fn check(text: &str) -> Result<(), IdError> {
        if text.trim().is_empty() {
            return Err(IdError::Blank("consumer id"));
        }
        parse_u64("consumer id", text).map(|_| ())
    }

    /// The consumer that text names.
    ///
    /// # Errors
    /// Those of [`ConsumerId::check`], and [`IdError::NotCanonical`] for leading zeros: such text is well formed, but
    /// names no consumer that could exist.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        Self::check(text)?;
        let id = Self(parse_u64("consumer id", text)?);
        if id.to_string() == text { Ok(id) } else { Err(IdError::NotCanonical(text.to_string())) }
    }
}

impl ChainId {
    /// Longest chain id, bytes.
    pub const BYTES_MAX: usize = 50;

    /// Whether a consumer may call itself so: not blank, at most 50 bytes, not the name of a chain that was a consumer
    /// before there were ids. Any characters.
    ///
    /// # Errors
    /// [`IdError`] where it may not.
    ///
    /// Source: provider spec §2.2.
    pub fn check(&self) -> Result<(), IdError> {
        let found = self.0.len();
        if self.0.trim().is_empty() {
            return Err(IdError::Blank("chain id"));
        }
        if found > Self::BYTES_MAX {
            return Err(IdError::Length { what: "chain id", found, min: 1, max: Self::BYTES_MAX });
        }
        if matches!(self.0.as_str(), "neutron-1" | "stride-1") {
            return Err(IdError::Reserved(self.0.clone()));
        }
        Ok(())
    }

    /// The revision that light clients count heights in: the number after the last `-`, where it has no leading zero and
    /// something other than `-` stands before it; else 0.
    ///
    /// # Errors
    /// [`IdError::Number`] where that number does not fit 64 bits.
    ///
    /// Source: provider spec §2.3.
    pub fn revision(&self) -> Result<u64, IdError> {
        let Some((name, number)) = self.0.rsplit_once('-') else { return Ok(0) };
        let digits = number.bytes().all(|b| b.is_ascii_digit());
        if number.is_empty() || !digits || number.starts_with('0') {
            return Ok(0);
        }
        if name.is_empty() || name.ends_with('-') || name.contains('\n') {
            return Ok(0);
        }
        number.parse().map_err(|_| IdError::Number("revision of the chain id"))
    }
}

/// ICS-24: `min` to `max` bytes of a fixed set of characters.
fn check_identifier(what: &'static str, text: &str, min: usize, max: usize) -> Result<(), IdError> {
    if text.trim().is_empty() {
        return Err(IdError::Blank(what));
    }
    let found = text.len();
    if !(min..=max).contains(&found) {
        return Err(IdError::Length { what, found, min, max });
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+-#[]<>".contains(&b)) {
        return Err(IdError::Characters(what));
    }
    Ok(())
}

impl ConnectionId {
    /// Whether it is an ICS-24 connection identifier: 10 to 64 characters.
    ///
    /// # Errors
    /// [`IdError`] where it is not.
    pub fn check(&self) -> Result<(), IdError> {
        check_identifier("connection id", &self.0, 10, 64)
    }

    /// The same rule for a place where no connection may stand: blank is fine. Source: provider spec §2.2.
    ///
    /// # Errors
    /// [`IdError`] where it is neither.
    pub fn check_optional(text: &str) -> Result<(), IdError> {
        if text.trim().is_empty() { Ok(()) } else { check_identifier("connection id", text, 10, 64) }
    }
}

impl ChannelId {
    /// Whether it is an ICS-24 channel identifier: 8 to 64 characters.
    ///
    /// # Errors
    /// [`IdError`] where it is not.
    pub fn check(&self) -> Result<(), IdError> {
        check_identifier("channel id", &self.0, 8, 64)
    }

    /// The same rule for a place where no channel may stand: empty is fine, blank is not. Source: provider spec §2.2.
    ///
    /// # Errors
    /// [`IdError`] where it is neither.
    pub fn check_optional(text: &str) -> Result<(), IdError> {
        if text.is_empty() { Ok(()) } else { check_identifier("channel id", text, 8, 64) }
    }
}

/// Whether text is the name of a coin as the SDK has it: 3 to 128 characters, a letter first.
///
/// # Errors
/// [`IdError`] where it is not.
pub fn check_denom(text: &str) -> Result<(), IdError> {
    let found = text.len();
    if !(3..=128).contains(&found) {
        return Err(IdError::Length { what: "denom", found, min: 3, max: 128 });
    }
    let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    if !first || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/:._-".contains(&b)) {
        return Err(IdError::Characters("denom"));
    }
    Ok(())
}

/// A block height as a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AtHeight(pub Height);

impl Key for AtHeight {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.0.write(out);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        u64::read(bytes).map(|height| Self(Height(height)))
    }
}

/// A time as a key: sorts as time does, years 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueAt(pub Time);

impl Key for DueAt {
    fn write(&self, out: &mut Vec<u8>) {
        // Shifted so that the years before 1970 sort first; a time's seconds are far inside 63 bits.
        self.0.seconds().wrapping_sub(i64::MIN).cast_unsigned().write(out);
        self.0.nanos().write(out);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let seconds = u64::read(bytes)?.cast_signed().wrapping_add(i64::MIN);
        Time::new(seconds, u32::read(bytes)?).ok().map(Self)
    }
}

/// A height as light clients count: the revision of the chain id, then the block height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct RevisionHeight {
    /// Revision, see [`ChainId::revision`].
    pub revision: u64,
    /// Block height.
    pub height: u64,
}

/// `revision-height`, as events print it.
impl fmt::Display for RevisionHeight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.revision, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_are_well_formed_but_name_nobody() {
        assert_eq!(ConsumerId::check("007"), Ok(()));
        assert_eq!(ConsumerId::parse("007"), Err(IdError::NotCanonical("007".into())));
        assert_eq!(ConsumerId::parse("7"), Ok(ConsumerId(7)));
        assert_eq!(ConsumerId::parse("+7"), Err(IdError::Number("consumer id")));
        assert_eq!(ConsumerId::parse("18446744073709551616"), Err(IdError::Number("consumer id")));
    }

    #[test]
    fn a_revision_needs_a_name_before_it() {
        for (id, revision) in [("-1", 0), ("a--1", 0), ("a\n-1", 0), ("a\nb-1", 0), ("é-7", 7), ("a-", 0)] {
            assert_eq!(ChainId::from(id).revision(), Ok(revision), "{id:?}");
        }
    }

    #[test]
    fn denoms_are_the_sdks() {
        for good in ["abc", "ibc", "ibc/0A", "factory/x/y", "a:._-9"] {
            assert_eq!(check_denom(good), Ok(()), "{good}");
        }
        assert_eq!(check_denom("1abc"), Err(IdError::Characters("denom")));
        assert_eq!(check_denom("ab c"), Err(IdError::Characters("denom")));
        assert_eq!(check_denom("ab"), Err(IdError::Length { what: "denom", found: 2, min: 3, max: 128 }));
    }
}
