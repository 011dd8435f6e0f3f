//! The votes of all validators, cast by one keyring. The only file that knows that one process signs for everybody.
//!
//! Source: CometBFT 0.38 `types/{vote,canonical}.go`.

use crate::border::{BorderError, from_addr, from_height, from_time, timestamp};
use crate::error::NoQuorum;
use crate::set::{Validator, ValidatorSet};
use ed25519_consensus::SigningKey;
use ics_abci::{ConsAddr, ConsKey, Height, Time};
use prost::Message;
use std::collections::{BTreeMap, BTreeSet};
use tendermint::block::{Commit, CommitSig, Id, Round};
use tendermint::chain;
use tendermint_proto::v0_38::types::{CanonicalBlockId, CanonicalVote, SignedMsgType};

/// The consensus keys that this process signs with.
#[derive(Clone, Default)]
pub struct Keyring {
    keys: BTreeMap<ConsAddr, SigningKey>,
}

/// Who does not sign a block as it should. By default everybody signs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signing {
    /// Those who do not vote at all.
    pub absent: BTreeSet<ConsAddr>,
    /// Those who vote for no block.
    pub nil: BTreeSet<ConsAddr>,
}

/// Why there is no commit.
#[derive(Debug)]
pub(crate) enum SignError {
    Border(BorderError),
    NoQuorum(NoQuorum),
}

impl From<BorderError> for SignError {
    fn from(error: BorderError) -> Self {
        Self::Border(error)
    }
}

impl Keyring {
    /// A keyring of these Ed25519 seeds.
    #[must_use]
    pub fn from_seeds(seeds: impl IntoIterator<Item = [u8; 32]>) -> Self {
        let mut keyring = Self::default();
        for seed in seeds {
            keyring.add(seed);
        }
        keyring
    }

    /// Adds the key of this Ed25519 seed and says which one it is.
    pub fn add(&mut self, seed: [u8; 32]) -> ConsKey {
        let signing = SigningKey::from(seed);
        let key = ConsKey::Ed25519(signing.verification_key().to_bytes());
        self.keys.insert(key.address(), signing);
        key
    }

    /// Whether this keyring signs for this address.
    #[must_use]
    pub fn has(&self, addr: &ConsAddr) -> bool {
        self.keys.contains_key(addr)
    }

    /// Signs any bytes, for whoever forges votes to test how a chain punishes them; `None` without the key.
    #[must_use]
    pub fn sign(&self, addr: &ConsAddr, bytes: &[u8]) -> Option<[u8; 64]> {
        Some(self.keys.get(addr)?.sign(bytes).to_bytes())
    }
}

/// Names the keys, never the secrets.
impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.keys.keys()).finish()
    }
}

/// What a validator signs to vote in round 0 for a block, or for none.
#[must_use]
pub fn vote_bytes(chain_id: &str, height: Height, block: Option<&Id>, time: Time) -> Vec<u8> {
    let vote = CanonicalVote {
        r#type: SignedMsgType::Precommit.into(),
        height: i64::try_from(height.0).unwrap_or(i64::MAX),
        round: 0,
        block_id: block.map(|id| CanonicalBlockId::from(*id)),
        timestamp: Some(timestamp(time)),
        chain_id: chain_id.to_owned(),
    };
    vote.encode_length_delimited_to_vec()
}

/// The commit of a block: a vote of every member of the set that is not absent.
///
/// # Errors
/// [`NoQuorum`] where not more than two thirds of the power sign for the block.
pub(crate) fn commit(
    keyring: &Keyring,
    signing: &Signing,
    set: &ValidatorSet,
    chain_id: &chain::Id,
    (height, id, time): (Height, Id, Time),
) -> Result<Commit, SignError> {
    let for_block = vote_bytes(chain_id.as_str(), height, Some(&id), time);
    let for_none = vote_bytes(chain_id.as_str(), height, None, time);
    let timestamp = from_time(time)?;
    let mut power = 0_i64;
    let mut missing = Vec::new();
    let mut signatures = Vec::with_capacity(set.validators().len());
    for Validator { addr, power: weight, .. } in set.validators() {
        let key = keyring.keys.get(addr).filter(|_| !signing.absent.contains(addr));
        let nil = signing.nil.contains(addr);
        let Some(key) = key else {
            missing.push(*addr);
            signatures.push(CommitSig::BlockIdFlagAbsent);
            continue;
        };
        let validator_address = from_addr(*addr);
        let signature = key.sign(if nil { &for_none } else { &for_block }).to_bytes();
        let signature =
            tendermint::Signature::new(signature).map_err(|error| BorderError::new("signature", error))?;
        signatures.push(if nil {
            missing.push(*addr);
            CommitSig::BlockIdFlagNil { validator_address, timestamp, signature }
        } else {
            power = power.saturating_add(*weight);
            CommitSig::BlockIdFlagCommit { validator_address, timestamp, signature }
        });
    }
    let total = set.total_power();
    if i128::from(power).saturating_mul(3) <= i128::from(total).saturating_mul(2) {
        return Err(SignError::NoQuorum(NoQuorum { height, power, total, missing }));
    }
    Ok(Commit { height: from_height(height)?, round: Round::default(), block_id: id, signatures })
}
