//! Where a chain stands between two blocks, and how a block moves it on.
//!
//! Journey: [`State::genesis`] or [`State::load`] → `produce` → [`State::advance`] → [`State::save`].
//! Source: CometBFT 0.38 `state/state.go`, `state/execution.go` (`updateState`).

use crate::border::{BorderError, from_height, from_time, to_time};
use crate::history::{self, HistoryError};
use crate::set::{SetError, ValidatorSet};
use crate::tables::{self, MembersRow, StateRow, TurnRow};
use crate::{header, median, params};
use ics_abci::{
    Block, BlockResult, Genesis, Halt, Height, Init, Misbehavior, Params, Time, ValUpdate, Vote, VoteFlag,
};
use ics_kv::rows::{Batch, Rows};
use prost::Message;
use tendermint::block::{Commit, CommitSig, Header, Id, header::Version};
use tendermint::{AppHash, Hash, chain};
use tendermint_proto::v0_38::types as raw;

/// Where a chain stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State {
    chain_id: chain::Id,
    initial_height: Height,
    genesis_time: Time,
    tip: Option<Tip>,
    params: Params,
    current: ValidatorSet,
    next: ValidatorSet,
    app_hash: [u8; 32],
    results_hash: [u8; 32],
}

/// The last block.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tip {
    pub(crate) height: Height,
    pub(crate) id: Id,
    /// What was signed for it, in the order of `set`.
    pub(crate) commit: Commit,
    pub(crate) set: ValidatorSet,
    /// Derived of the two: the time of the next block.
    next_time: Time,
}

impl Tip {
    fn new(height: Height, id: Id, commit: Commit, set: ValidatorSet) -> Result<Self, BorderError> {
        let mut votes = Vec::with_capacity(commit.signatures.len());
        for (signature, validator) in commit.signatures.iter().zip(set.validators()) {
            match signature {
                CommitSig::BlockIdFlagAbsent => {}
                CommitSig::BlockIdFlagCommit { timestamp, .. }
                | CommitSig::BlockIdFlagNil { timestamp, .. } => {
                    votes.push((to_time(*timestamp)?, validator.power));
                }
            }
        }
        let next_time = median::weighted(&votes).ok_or_else(|| BorderError::new("commit", "nobody voted"))?;
        Ok(Self { height, id, commit, set, next_time })
    }
}

impl State {
    /// Before the first block.
    ///
    /// # Errors
    /// What is wrong with the genesis, in words.
    pub(crate) fn genesis(genesis: &Genesis, init: &Init) -> Result<Self, String> {
        check_genesis(genesis)?;
        let members = if init.validators.is_empty() { &genesis.validators } else { &init.validators };
        check_updates(members, &genesis.params).map_err(|error| error.to_string())?;
        let current = ValidatorSet::genesis(members).map_err(|error| match error {
            SetError::Empty => "validator set is nil in genesis and still empty after InitChain".to_owned(),
            other => other.to_string(),
        })?;
        let next = current.next(&[]).map_err(|error| error.to_string())?;
        let chain_id = chain::Id::try_from(genesis.chain_id.as_str());
        Ok(Self {
            chain_id: chain_id.map_err(|error| format!("chain id {:?}: {error}", genesis.chain_id))?,
            initial_height: genesis.initial_height,
            genesis_time: genesis.time,
            tip: None,
            params: genesis.params.clone(),
            current,
            next,
            app_hash: init.app_hash,
            results_hash: header::results_hash(&[]),
        })
    }

    pub(crate) const fn chain_id(&self) -> &chain::Id {
        &self.chain_id
    }

    pub(crate) const fn params(&self) -> &Params {
        &self.params
    }

    pub(crate) const fn tip(&self) -> Option<&Tip> {
        self.tip.as_ref()
    }

    pub(crate) const fn current(&self) -> &ValidatorSet {
        &self.current
    }

    pub(crate) const fn next(&self) -> &ValidatorSet {
        &self.next
    }

    pub(crate) const fn app_hash(&self) -> [u8; 32] {
        self.app_hash
    }

    /// The height of the next block.
    pub(crate) fn next_height(&self) -> Height {
        self.tip.as_ref().map_or(self.initial_height, |tip| tip.height.next())
    }

    /// The time of the next block.
    pub(crate) fn next_time(&self) -> Time {
        self.tip.as_ref().map_or(self.genesis_time, |tip| tip.next_time)
    }

    /// The votes for the last block, as the application is told of them.
    pub(crate) fn last_votes(&self) -> Vec<Vote> {
        let Some(tip) = &self.tip else { return Vec::new() };
        let vote = |(signature, validator): (&CommitSig, &crate::Validator)| Vote {
            validator: validator.addr,
            power: validator.power,
            flag: match signature {
                CommitSig::BlockIdFlagAbsent => VoteFlag::Absent,
                CommitSig::BlockIdFlagCommit { .. } => VoteFlag::Commit,
                CommitSig::BlockIdFlagNil { .. } => VoteFlag::Nil,
            },
        };
        tip.commit.signatures.iter().zip(tip.set.validators()).map(vote).collect()
    }

    /// The next block without its transactions and its hash, which depends on them.
    pub(crate) fn outline(&self, misbehavior: Vec<Misbehavior>) -> Block {
        Block {
            height: self.next_height(),
            time: self.next_time(),
            hash: [0; 32],
            next_validators_hash: self.next.hash(),
            proposer: self.current.proposer(),
            txs: Vec::new(),
            last_commit: self.last_votes(),
            misbehavior,
        }
    }

    /// The header of the next block over these contents.
    pub(crate) fn header(&self, data_hash: [u8; 32], evidence_hash: [u8; 32]) -> Result<Header, BorderError> {
        let last_commit = self.tip.as_ref().map(|tip| &tip.commit);
        Ok(Header {
            version: Version { block: header::BLOCK_PROTOCOL, app: self.params.app_version },
            chain_id: self.chain_id.clone(),
            height: from_height(self.next_height())?,
            time: from_time(self.next_time())?,
            last_block_id: self.tip.as_ref().map(|tip| tip.id),
            last_commit_hash: Some(Hash::Sha256(header::commit_hash(last_commit))),
            data_hash: Some(Hash::Sha256(data_hash)),
            validators_hash: Hash::Sha256(self.current.hash()),
            next_validators_hash: Hash::Sha256(self.next.hash()),
            consensus_hash: Hash::Sha256(params::hash(&self.params)),
            app_hash: AppHash::try_from(self.app_hash.to_vec())
                .map_err(|error| BorderError::new("app hash", error))?,
            last_results_hash: Some(Hash::Sha256(self.results_hash)),
            evidence_hash: Some(Hash::Sha256(evidence_hash)),
            proposer_address: crate::border::from_addr(self.current.proposer()),
        })
    }

    /// Where the chain stands after the next block.
    ///
    /// # Errors
    /// [`Halt`] where the application's updates of validators or parameters cannot be applied.
    pub(crate) fn advance(&self, id: Id, commit: Commit, result: &BlockResult) -> Result<Self, Halt> {
        let params = match &result.params {
            None => self.params.clone(),
            Some(params) => {
                params::check(params)
                    .map_err(|error| Halt(format!("validating new consensus params: {error}")))?;
                params.clone()
            }
        };
        check_updates(&result.validators, &self.params)
            .map_err(|error| Halt(format!("error in validator updates: {error}")))?;
        let next = self
            .next
            .next(&result.validators)
            .map_err(|error| Halt(format!("changing validator set: {error}")))?;
        Ok(Self {
            chain_id: self.chain_id.clone(),
            initial_height: self.initial_height,
            genesis_time: self.genesis_time,
            tip: Some(Tip::new(self.next_height(), id, commit, self.current.clone())?),
            params,
            current: self.next.clone(),
            next,
            app_hash: result.app_hash,
            results_hash: header::results_hash(&result.txs),
        })
    }

    /// Adds the rows that [`State::load`] reads. `before` is the state that the last block moved on.
    pub(crate) fn save(&self, before: &Self, batch: &mut Batch) -> Result<(), BorderError> {
        let Some(tip) = &self.tip else { return Err(BorderError::new("state", "no block yet")) };
        if before.tip.is_none() {
            save_set(tip.height, &tip.set, batch)?;
            save_set(tip.height.next(), &self.current, batch)?;
            save_members(&tip.set, batch)?;
            tables::put(batch, tables::PARAMS, tables::height_key(tip.height), &before.params)?;
        }
        let after_next = tip.height.next().next();
        save_set(after_next, &self.next, batch)?;
        if self.next.hash() != self.current.hash() {
            save_members(&self.next, batch)?;
        }
        if self.params != before.params {
            tables::put(batch, tables::PARAMS, tables::height_key(tip.height.next()), &self.params)?;
        }
        let row = StateRow {
            layout: tables::LAYOUT,
            chain_id: self.chain_id.to_string(),
            initial_height: self.initial_height,
            height: tip.height,
            params: self.params.clone(),
            app_hash: self.app_hash,
            results_hash: self.results_hash,
            seen_commit: raw::Commit::from(tip.commit.clone()).encode_to_vec(),
        };
        tables::put(batch, tables::STATE, tables::STATE_KEY.to_vec(), &row)
    }

    /// The state after the last stored block; `None` where there is none.
    ///
    /// # Errors
    /// [`HistoryError`] where rows are missing or do not decode.
    pub(crate) fn load(rows: &impl Rows) -> Result<Option<Self>, HistoryError> {
        let Some(row) = history::state_row(rows)? else { return Ok(None) };
        let corrupt = |why: &dyn std::fmt::Display| HistoryError::corrupt(tables::STATE, why);
        let (commit, id) = history::seen_commit(&row)?;
        let set = |height| {
            history::stored_set(rows, height)?
                .ok_or_else(|| corrupt(&format!("no validators of height {height}")))
        };
        let first = history::header(rows, row.initial_height)?;
        let first = first.ok_or_else(|| corrupt(&"no first block"))?;
        let genesis_time = to_time(first.time).map_err(|error| corrupt(&error))?;
        let set_of_tip = set(row.height)?;
        if set_of_tip.validators().len() != commit.signatures.len() {
            return Err(corrupt(&"the seen commit is not of the set"));
        }
        params::check(&row.params).map_err(|error| corrupt(&error))?;
        let tip = Tip::new(row.height, id, commit, set_of_tip).map_err(|error| corrupt(&error))?;
        Ok(Some(Self {
            chain_id: chain::Id::try_from(row.chain_id.as_str()).map_err(|error| corrupt(&error))?,
            initial_height: row.initial_height,
            genesis_time,
            tip: Some(tip),
            params: row.params,
            current: set(row.height.next())?,
            next: set(row.height.next().next())?,
            app_hash: row.app_hash,
            results_hash: row.results_hash,
        }))
    }
}

fn check_genesis(genesis: &Genesis) -> Result<(), String> {
    if genesis.initial_height.0 == 0 {
        return Err("initial_height must be at least 1".into());
    }
    // Two more heights are named by the sets that a block decides.
    if i64::try_from(genesis.initial_height.0.saturating_add(2)).is_err() {
        return Err(format!("initial_height {} is too large", genesis.initial_height));
    }
    params::check(&genesis.params)
}

fn check_updates(updates: &[ValUpdate], params: &Params) -> Result<(), SetError> {
    for update in updates.iter().filter(|update| update.power > 0) {
        if !params.key_types.iter().any(|kind| kind == update.key.kind()) {
            return Err(SetError::KeyType { addr: update.key.address(), kind: update.key.kind() });
        }
    }
    Ok(())
}

fn save_set(height: Height, set: &ValidatorSet, batch: &mut Batch) -> Result<(), BorderError> {
    let row = TurnRow {
        set_hash: set.hash(),
        proposer: set.proposer(),
        priorities: set.validators().iter().map(|validator| validator.priority).collect(),
    };
    tables::put(batch, tables::TURNS, tables::height_key(height), &row)
}

fn save_members(set: &ValidatorSet, batch: &mut Batch) -> Result<(), BorderError> {
    let row = MembersRow(set.validators().iter().map(|validator| (validator.key, validator.power)).collect());
    tables::put(batch, tables::MEMBERS, set.hash().to_vec(), &row)
}
