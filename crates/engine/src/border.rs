//! Between the domain types and those of the tendermint crates.

use ics_abci::{ConsAddr, ConsKey, Height, Time};
use tendermint_proto::google::protobuf::Timestamp;

/// A value that has no counterpart on the other side of the border.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {why}")]
pub struct BorderError {
    what: &'static str,
    why: String,
}

impl BorderError {
    pub(crate) fn new(what: &'static str, why: impl ToString) -> Self {
        Self { what, why: why.to_string() }
    }
}

impl From<BorderError> for ics_abci::Halt {
    fn from(error: BorderError) -> Self {
        Self(error.to_string())
    }
}

/// The moment of a header or a vote, in domain terms.
///
/// # Errors
/// [`BorderError`] outside the years 1 to 9999.
pub fn to_time(time: tendermint::Time) -> Result<Time, BorderError> {
    Time::from_unix_nanos(time.unix_timestamp_nanos()).map_err(|error| BorderError::new("time", error))
}

pub(crate) fn from_time(time: Time) -> Result<tendermint::Time, BorderError> {
    tendermint::Time::from_unix_timestamp(time.seconds(), time.nanos())
        .map_err(|error| BorderError::new("time", error))
}

pub(crate) fn timestamp(time: Time) -> Timestamp {
    // Below 10^9 by the type's invariant.
    Timestamp { seconds: time.seconds(), nanos: i32::try_from(time.nanos()).unwrap_or(0) }
}

pub(crate) fn from_height(height: Height) -> Result<tendermint::block::Height, BorderError> {
    tendermint::block::Height::try_from(height.0).map_err(|error| BorderError::new("height", error))
}

pub(crate) fn from_addr(addr: ConsAddr) -> tendermint::account::Id {
    tendermint::account::Id::new(addr.0)
}

pub(crate) fn to_hash(hash: tendermint::Hash) -> Result<[u8; 32], BorderError> {
    match hash {
        tendermint::Hash::Sha256(hash) => Ok(hash),
        tendermint::Hash::None => Err(BorderError::new("hash", "empty")),
    }
}

pub(crate) fn from_key(key: &ConsKey) -> Result<tendermint::PublicKey, BorderError> {
    match key {
        ConsKey::Ed25519(bytes) => tendermint::PublicKey::from_raw_ed25519(bytes)
            .ok_or_else(|| BorderError::new("validator key", "not a point of the curve")),
        ConsKey::Secp256k1(_) => {
            Err(BorderError::new("validator key", "secp256k1 is not a key that light clients here verify"))
        }
    }
}
