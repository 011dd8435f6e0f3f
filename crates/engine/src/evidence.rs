//! Evidence of misbehaviour that a block carries: its bytes, and that they say what the application is told.
//!
//! Journey: whoever drives the chain hands evidence to [`crate::Engine::add_evidence`] → it waits in [`Pool`] → the next
//! block carries it. What waits has rows from the moment that it is taken until a block carries it or it is too old, so that
//! a restart loses none; what a block carried has rows until it is too old, so that no block carries it again, with whatever
//! proof. Signatures in it are not verified here: it comes from the driver, not from a network.
//! Source: CometBFT 0.38 `types/evidence.go`, `evidence/pool.go`.

use crate::border::{BorderError, timestamp};
use crate::history::{self, HistoryError};
use crate::offence::Offence;
use crate::params::tx_bytes;
use crate::state::State;
use crate::tables::{self, CarriedRow, EvidenceRow};
use ics_abci::{ConsAddr, Evidence, Fault, Height, Misbehavior, Time};
use ics_kv::KeyRange;
use ics_kv::rows::{Batch, DiskError, Rows};
use prost::Message;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use tendermint_proto::v0_38::types::{self as raw, evidence::Sum};

/// Most pieces of evidence that wait for a block.
const POOL_MAX: usize = 1_000;
/// Most pieces that a block carried and that are forgotten with one block: as many as one can carry, so that none pile up.
const FORGOTTEN_MAX: usize = POOL_MAX;
/// Rows of one reading.
const PAGE: usize = 1_000;

/// Decoded evidence of one of the two kinds.
#[derive(Clone, Debug, PartialEq)]
pub struct Proven(Sum);

/// Why evidence is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// Not protobuf `tendermint.types.Evidence`.
    #[error("evidence does not decode: {0}")]
    Decode(String),
    /// It decodes, but encoding it again gives other bytes.
    #[error("evidence is not in canonical encoding")]
    NotCanonical,
    /// It does not prove what is said of it.
    #[error("evidence does not show the {0} that is claimed")]
    Mismatch(&'static str),
    /// It waits already, or another proof of the same offence does.
    #[error("evidence was already added")]
    Known,
    /// A block carried it already, or another proof of the same offence.
    #[error("evidence was already committed")]
    Committed,
    /// It is older than the chain's parameters allow, or of a block that is not there yet.
    #[error("evidence from height {0} is too old or not yet possible")]
    Age(u64),
    /// Larger than all evidence of a block may be.
    #[error("evidence of {bytes} bytes, at most {max} fit in a block")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The parameter.
        max: u64,
    },
    /// Too much of it waits.
    #[error("evidence pool is full ({POOL_MAX})")]
    Full,
    /// It cannot be written down, and would not survive a restart.
    #[error("evidence cannot be kept: {0}")]
    Disk(String),
}

impl From<DiskError> for EvidenceError {
    fn from(error: DiskError) -> Self {
        Self::Disk(error.to_string())
    }
}

impl Proven {
    /// Decodes protobuf `tendermint.types.Evidence`.
    ///
    /// # Errors
    /// [`EvidenceError::Decode`], [`EvidenceError::NotCanonical`].
    pub fn decode(bytes: &[u8]) -> Result<Self, EvidenceError> {
        let decoded =
            raw::Evidence::decode(bytes).map_err(|error| EvidenceError::Decode(error.to_string()))?;
        let proven = Self::from_raw(decoded)?;
        if proven.encode() == bytes { Ok(proven) } else { Err(EvidenceError::NotCanonical) }
    }

    /// The bytes that [`Proven::decode`] takes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.to_raw().encode_to_vec()
    }

    /// What the evidence hash is over: the message without the wrapper that says of which kind it is.
    #[must_use]
    pub fn inner_bytes(&self) -> Vec<u8> {
        match &self.0 {
            Sum::DuplicateVoteEvidence(evidence) => evidence.encode_to_vec(),
            Sum::LightClientAttackEvidence(evidence) => evidence.encode_to_vec(),
        }
    }

    /// What CometBFT calls it by.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.inner_bytes()).into()
    }

    pub(crate) fn from_raw(decoded: raw::Evidence) -> Result<Self, EvidenceError> {
        decoded.sum.map(Self).ok_or_else(|| EvidenceError::Decode("of no known kind".into()))
    }

    pub(crate) const fn sum(&self) -> &Sum {
        &self.0
    }

    pub(crate) fn to_raw(&self) -> raw::Evidence {
        raw::Evidence { sum: Some(self.0.clone()) }
    }

    /// What the application is told of it, held against this validator; none where it does not say so.
    fn claim(&self, validator: ConsAddr) -> Option<Misbehavior> {
        let (fault, height, power, total_power, time) = match &self.0 {
            Sum::DuplicateVoteEvidence(it) => {
                let height = it.vote_a.as_ref()?.height;
                (Fault::DuplicateVote, height, it.validator_power, it.total_voting_power, it.timestamp?)
            }
            Sum::LightClientAttackEvidence(it) => {
                let culprit = it.byzantine_validators.iter().find(|one| one.address == validator.0)?;
                let (height, total) = (it.common_height, it.total_voting_power);
                (Fault::LightClientAttack, height, culprit.voting_power, total, it.timestamp?)
            }
        };
        let time = Time::new(time.seconds, u32::try_from(time.nanos).ok()?).ok()?;
        let height = Height(u64::try_from(height).ok()?);
        let claim = Misbehavior { fault, validator, power, height, time, total_power };
        self.check(&claim).is_ok().then_some(claim)
    }

    /// Whether the bytes say what the application will be told.
    ///
    /// # Errors
    /// [`EvidenceError::Mismatch`] naming what differs.
    pub fn check(&self, claim: &Misbehavior) -> Result<(), EvidenceError> {
        let height = i64::try_from(claim.height.0).unwrap_or(i64::MAX);
        let is = |same: bool, what| if same { Ok(()) } else { Err(EvidenceError::Mismatch(what)) };
        let (total, time) = match &self.0 {
            Sum::DuplicateVoteEvidence(evidence) => {
                is(claim.fault == Fault::DuplicateVote, "fault")?;
                for vote in [&evidence.vote_a, &evidence.vote_b] {
                    let vote = vote.as_ref().ok_or(EvidenceError::Mismatch("votes"))?;
                    is(vote.validator_address == claim.validator.0, "validator")?;
                    is(vote.height == height, "height")?;
                }
                is(evidence.validator_power == claim.power, "power")?;
                (evidence.total_voting_power, evidence.timestamp.as_ref())
            }
            Sum::LightClientAttackEvidence(evidence) => {
                is(claim.fault == Fault::LightClientAttack, "fault")?;
                let mut byzantine = evidence.byzantine_validators.iter();
                let culprit = byzantine.find(|validator| validator.address == claim.validator.0);
                is(culprit.is_some_and(|validator| validator.voting_power == claim.power), "validator")?;
                is(evidence.common_height == height, "height")?;
                (evidence.total_voting_power, evidence.timestamp.as_ref())
            }
        };
        is(total == claim.total_power, "total power")?;
        is(time == Some(&timestamp(claim.time)), "time")
    }
}

/// Evidence that waits for a block, by the number of its row, and what blocks carried.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    waiting: BTreeMap<u64, (Proven, Misbehavior)>,
    carried: BTreeMap<Offence, CarriedRow>,
}

/// What a block does to the evidence.
pub(crate) struct Done {
    /// The numbers of what waits no longer.
    gone: Vec<u64>,
    /// What the block carried.
    carried: Vec<(Offence, CarriedRow)>,
    /// What was carried long ago.
    forgotten: Vec<Offence>,
}

impl Pool {
    /// What waited and what was carried when the rows were written.
    ///
    /// # Errors
    /// [`HistoryError`] where rows do not decode.
    pub(crate) fn load(rows: &impl Rows) -> Result<Self, HistoryError> {
        let corrupt = |why: &dyn std::fmt::Display| HistoryError::corrupt(tables::EVIDENCE, why);
        let stored = rows.rows(tables::EVIDENCE, KeyRange::prefix(&[]), POOL_MAX)?;
        let waiting = stored.into_iter().map(|(key, row)| {
            let number = key.as_ref().try_into().map(u64::from_be_bytes).map_err(|_| corrupt(&"a key"))?;
            let EvidenceRow { bytes, validator } = history::decode(tables::EVIDENCE, &row)?;
            let proven = Proven::decode(&bytes).map_err(|error| corrupt(&error))?;
            let claim =
                proven.claim(validator).ok_or_else(|| corrupt(&"it says nothing of the validator"))?;
            Ok((number, (proven, claim)))
        });
        let waiting = waiting.collect::<Result<_, HistoryError>>()?;
        Ok(Self { waiting, carried: carried(rows)? })
    }

    /// Takes evidence once its row is written.
    pub(crate) fn add(
        &mut self,
        state: &State,
        evidence: &Evidence,
        write: impl FnOnce(Batch) -> Result<(), DiskError>,
    ) -> Result<(), EvidenceError> {
        let bytes = size(&evidence.bytes);
        let max = u64::try_from(state.params().evidence_max_bytes).unwrap_or(0);
        if bytes > max {
            return Err(EvidenceError::TooLarge { bytes, max });
        }
        let proven = Proven::decode(&evidence.bytes)?;
        let claim = evidence.misbehavior;
        proven.check(&claim)?;
        let offence = Offence::of(&proven, &claim);
        if self.waiting.values().any(|(known, claim)| Offence::of(known, claim) == offence) {
            return Err(EvidenceError::Known);
        }
        if self.carried.contains_key(&offence) {
            return Err(EvidenceError::Committed);
        }
        if !is_current(state, claim.height, claim.time) {
            return Err(EvidenceError::Age(claim.height.0));
        }
        if self.waiting.len() >= POOL_MAX {
            return Err(EvidenceError::Full);
        }
        let number = self.waiting.last_key_value().map_or(0, |(last, _)| last.saturating_add(1));
        let mut batch = Batch::default();
        let row = EvidenceRow { bytes: evidence.bytes.clone(), validator: claim.validator };
        tables::put(&mut batch, tables::EVIDENCE, number.to_be_bytes().to_vec(), &row)
            .map_err(|error| EvidenceError::Disk(error.to_string()))?;
        write(batch)?;
        self.waiting.insert(number, (proven, claim));
        Ok(())
    }

    /// The first pieces that fit in a block, and their bytes together.
    pub(crate) fn next(&self, state: &State) -> (Vec<(Proven, Misbehavior)>, u64) {
        let max = u64::try_from(state.params().evidence_max_bytes).unwrap_or(0);
        let mut bytes = 0_u64;
        let mut chosen = Vec::new();
        for (proven, claim) in self.waiting.values() {
            let more = bytes.saturating_add(size(&proven.encode()));
            if more > max {
                break;
            }
            bytes = more;
            chosen.push((proven.clone(), *claim));
        }
        (chosen, bytes)
    }

    /// What a block does to it, having carried the first pieces; its rows go into the block's batch.
    pub(crate) fn done(&self, after: &State, carried: usize, batch: &mut Batch) -> Result<Done, BorderError> {
        let is_done = |place: usize, claim: &Misbehavior| {
            place < carried || !is_current(after, claim.height, claim.time)
        };
        let numbered = self.waiting.iter().enumerate();
        let gone = numbered.filter(|(place, (_, (_, claim)))| is_done(*place, claim));
        let gone: Vec<u64> = gone.map(|(_, (number, _))| *number).collect();
        let first = self.waiting.values().take(carried);
        let carried: Vec<_> = first
            .map(|(proven, claim)| (Offence::of(proven, claim), CarriedRow { time: claim.time }))
            .collect();
        let is_old = |offence: &Offence, row: &CarriedRow| !is_current(after, offence.height(), row.time);
        let old = self.carried.iter().take_while(|(offence, row)| is_old(offence, row));
        let forgotten: Vec<_> = old.take(FORGOTTEN_MAX).map(|(offence, _)| offence.clone()).collect();
        gone.iter().for_each(|number| batch.delete(tables::EVIDENCE, number.to_be_bytes().to_vec()));
        forgotten.iter().for_each(|offence| batch.delete(tables::CARRIED, offence.key()));
        for (offence, row) in &carried {
            tables::put(batch, tables::CARRIED, offence.key(), row)?;
        }
        Ok(Done { gone, carried, forgotten })
    }

    /// Does that in memory too.
    pub(crate) fn settle(&mut self, done: Done) {
        for number in &done.gone {
            self.waiting.remove(number);
        }
        for offence in &done.forgotten {
            self.carried.remove(offence);
        }
        self.carried.extend(done.carried);
    }
}

/// What blocks carried, by the rows.
fn carried(rows: &impl Rows) -> Result<BTreeMap<Offence, CarriedRow>, HistoryError> {
    let mut carried = BTreeMap::new();
    let mut range = KeyRange::prefix(&[]);
    loop {
        let page = rows.rows(tables::CARRIED, range.clone(), PAGE)?;
        let Some((last, _)) = page.last() else { return Ok(carried) };
        range.start = [last, &[0][..]].concat();
        for (key, row) in &page {
            let offence =
                Offence::from_key(key).ok_or_else(|| HistoryError::corrupt(tables::CARRIED, "a key"))?;
            carried.insert(offence, history::decode(tables::CARRIED, row)?);
        }
    }
}

/// Bytes within a block: as for a transaction, tag and length added.
fn size(bytes: &[u8]) -> u64 {
    tx_bytes(bytes)
}

/// Old is what is too old by both measures, as the block that would carry it counts.
fn is_current(state: &State, height: Height, time: Time) -> bool {
    let params = state.params();
    let blocks = u64::try_from(params.evidence_max_age_blocks).unwrap_or(0);
    let Some(age) = state.next_height().0.checked_sub(height.0) else { return false };
    let old = age > blocks && state.next_time().since(time) > params.evidence_max_age();
    age > 0 && !old
}
