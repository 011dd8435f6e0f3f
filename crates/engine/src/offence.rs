//! What evidence is about: one offence, of which any number of different proofs can be made.

use crate::evidence::Proven;
use ics_abci::{Height, Misbehavior};
use tendermint_proto::v0_38::types::evidence::Sum;

const ATTACK: u8 = 0;
const DOUBLE_VOTE: u8 = 1;

/// By what an offence is told from others, as the key of a row; those of lower heights come first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Offence(Vec<u8>);

impl Offence {
    /// Of a double vote: the validator, and the height, the round and the kind of the votes. An attack on light clients is one
    /// with its proof, which names all who took part.
    pub(crate) fn of(proven: &Proven, claim: &Misbehavior) -> Self {
        let mut key = claim.height.0.to_be_bytes().to_vec();
        match proven.sum() {
            Sum::DuplicateVoteEvidence(it) => {
                let (kind, round) =
                    it.vote_a.as_ref().map(|vote| (vote.r#type, vote.round)).unwrap_or_default();
                key.push(DOUBLE_VOTE);
                key.extend_from_slice(&claim.validator.0);
                key.extend_from_slice(&kind.to_be_bytes());
                key.extend_from_slice(&round.to_be_bytes());
            }
            Sum::LightClientAttackEvidence(_) => {
                key.push(ATTACK);
                key.extend_from_slice(&proven.hash());
            }
        }
        Self(key)
    }

    /// Reads a key; `None` where it is too short for one.
    pub(crate) fn from_key(key: &[u8]) -> Option<Self> {
        key.first_chunk::<8>().is_some().then(|| Self(key.to_vec()))
    }

    /// The key of its row.
    pub(crate) fn key(&self) -> Vec<u8> {
        self.0.clone()
    }

    /// The height of the offence.
    pub(crate) fn height(&self) -> Height {
        self.0.first_chunk().map_or(Height(0), |bytes| Height(u64::from_be_bytes(*bytes)))
    }
}
