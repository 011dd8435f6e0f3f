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
