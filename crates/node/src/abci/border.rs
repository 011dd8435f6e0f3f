//! Between the messages of ABCI 2.0 and what the application speaks; the one place of the server that knows both.

use ics_abci::{
    Answer, Block, BlockResult, ConsAddr, ConsKey, Event, Fault, Genesis, Height, Init, Misbehavior, Params,
    Proposal, Query, Time, TxResult, ValUpdate, Vote, VoteFlag,
};
use prost::bytes::Bytes;
use tendermint_proto::google::protobuf::{Duration, Timestamp};
use tendermint_proto::v0_38::abci as raw;
use tendermint_proto::v0_38::crypto::{ProofOp, ProofOps, PublicKey, public_key::Sum};
use tendermint_proto::v0_38::types::{BlockIdFlag, ConsensusParams};

/// A field that the application has no value for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub(super) struct Malformed {
    field: &'static str,
    why: String,
}

fn malformed(field: &'static str, why: impl ToString) -> Malformed {
    Malformed { field, why: why.to_string() }
}

fn required<T>(field: &'static str, value: Option<T>) -> Result<T, Malformed> {
    value.ok_or_else(|| malformed(field, "is missing"))
}

/// # Errors
/// [`Malformed`].
pub(super) fn to_genesis(request: raw::RequestInitChain) -> Result<Genesis, Malformed> {
    Ok(Genesis {
        chain_id: request.chain_id,
        time: to_time("time", request.time)?,
        initial_height: to_height("initial_height", request.initial_height)?,
        params: to_params(required("consensus_params", request.consensus_params)?)?,
        validators: request.validators.into_iter().map(to_update).collect::<Result<_, _>>()?,
        app_state: request.app_state_bytes.to_vec(),
    })
}

/// # Errors
/// [`Malformed`].
pub(super) fn to_block(request: raw::RequestFinalizeBlock) -> Result<Block, Malformed> {
    let votes = request.decided_last_commit.unwrap_or_default().votes;
    Ok(Block {
        height: to_height("height", request.height)?,
        time: to_time("time", request.time)?,
        hash: to_hash("hash", &request.hash)?,
        next_validators_hash: to_hash("next_validators_hash", &request.next_validators_hash)?,
        proposer: to_addr("proposer_address", &request.proposer_address)?,
        txs: to_txs(&request.txs),
        last_commit: votes.into_iter().map(to_vote).collect::<Result<_, _>>()?,
        misbehavior: request.misbehavior.into_iter().map(to_misbehavior).collect::<Result<_, _>>()?,
    })
}

/// # Errors
/// [`Malformed`].
pub(super) fn to_proposal(request: &raw::RequestPrepareProposal) -> Result<Proposal, Malformed> {
    Ok(Proposal {
        height: to_height("height", request.height)?,
        time: to_time("time", request.time)?,
        max_bytes: u64::try_from(request.max_tx_bytes).map_err(|error| malformed("max_tx_bytes", error))?,
        txs: to_txs(&request.txs),
    })
}

/// The proposal of another: CometBFT has compared its size with what a block may have.
///
/// # Errors
/// [`Malformed`].
pub(super) fn to_proposed(request: &raw::RequestProcessProposal) -> Result<Proposal, Malformed> {
    Ok(Proposal {
        height: to_height("height", request.height)?,
        time: to_time("time", request.time)?,
        max_bytes: u64::MAX,
        txs: to_txs(&request.txs),
    })
}

/// # Errors
/// [`Malformed`] where the height is negative.
pub(super) fn to_query(request: raw::RequestQuery) -> Result<Query, Malformed> {
    Ok(Query {
        path: request.path,
        data: request.data.to_vec(),
        height: to_height("height", request.height)?,
        prove: request.prove,
    })
}

fn to_txs(txs: &[Bytes]) -> Vec<Vec<u8>> {
    txs.iter().map(|tx| tx.to_vec()).collect()
}

fn to_height(field: &'static str, height: i64) -> Result<Height, Malformed> {
    u64::try_from(height).map(Height).map_err(|_| malformed(field, format!("{height} is negative")))
}

fn to_time(field: &'static str, time: Option<Timestamp>) -> Result<Time, Malformed> {
    let time = required(field, time)?;
    let nanos = u32::try_from(time.nanos).map_err(|error| malformed(field, error))?;
    Time::new(time.seconds, nanos).map_err(|error| malformed(field, error))
}

fn to_hash(field: &'static str, hash: &[u8]) -> Result<[u8; 32], Malformed> {
    hash.try_into().map_err(|_| malformed(field, format!("{} bytes are no hash", hash.len())))
}

fn to_addr(field: &'static str, address: &[u8]) -> Result<ConsAddr, Malformed> {
    let addr = address.try_into().map(ConsAddr);
    addr.map_err(|_| malformed(field, format!("{} bytes are no address of a validator", address.len())))
}

fn to_vote(vote: raw::VoteInfo) -> Result<Vote, Malformed> {
    let validator = required("votes.validator", vote.validator)?;
    let flag = match BlockIdFlag::try_from(vote.block_id_flag) {
        Ok(BlockIdFlag::Absent) => VoteFlag::Absent,
        Ok(BlockIdFlag::Commit) => VoteFlag::Commit,
        Ok(BlockIdFlag::Nil) => VoteFlag::Nil,
        Ok(BlockIdFlag::Unknown) | Err(_) => {
            return Err(malformed("votes.block_id_flag", format!("{} is no vote", vote.block_id_flag)));
        }
    };
    let addr = to_addr("votes.validator.address", &validator.address)?;
    Ok(Vote { validator: addr, power: validator.power, flag })
}

fn to_misbehavior(found: raw::Misbehavior) -> Result<Misbehavior, Malformed> {
    let validator = required("misbehavior.validator", found.validator)?;
    let fault = match raw::MisbehaviorType::try_from(found.r#type) {
        Ok(raw::MisbehaviorType::DuplicateVote) => Fault::DuplicateVote,
        Ok(raw::MisbehaviorType::LightClientAttack) => Fault::LightClientAttack,
        Ok(raw::MisbehaviorType::Unknown) | Err(_) => {
            return Err(malformed("misbehavior.type", format!("{} is unknown", found.r#type)));
        }
    };
    Ok(Misbehavior {
        fault,
        validator: to_addr("misbehavior.validator.address", &validator.address)?,
        power: validator.power,
        height: to_height("misbehavior.height", found.height)?,
        time: to_time("misbehavior.time", found.time)?,
        total_power: found.total_voting_power,
    })
}

fn to_update(update: raw::ValidatorUpdate) -> Result<ValUpdate, Malformed> {
    let field = "validators.pub_key";
    let key = match required(field, update.pub_key.and_then(|key| key.sum))? {
        Sum::Ed25519(bytes) => ConsKey::ed25519(&bytes),
        Sum::Secp256k1(bytes) => ConsKey::secp256k1(&bytes),
    };
    let key = key.ok_or_else(|| malformed(field, "has another length than its kind"))?;
    Ok(ValUpdate { key, power: update.power })
}

fn to_params(params: ConsensusParams) -> Result<Params, Malformed> {
    let block = required("consensus_params.block", params.block)?;
    let evidence = required("consensus_params.evidence", params.evidence)?;
    let age = required("consensus_params.evidence.max_age_duration", evidence.max_age_duration)?;
    Ok(Params {
        block_max_bytes: block.max_bytes,
        block_max_gas: block.max_gas,
        evidence_max_age_blocks: evidence.max_age_num_blocks,
        evidence_max_age_ns: to_nanos(&age)?,
        evidence_max_bytes: evidence.max_bytes,
        key_types: required("consensus_params.validator", params.validator)?.pub_key_types,
        app_version: params.version.map_or(0, |version| version.app),
        vote_extensions_height: params.abci.map_or(0, |abci| abci.vote_extensions_enable_height),
    })
}

fn to_nanos(duration: &Duration) -> Result<i64, Malformed> {
    let nanos = duration.seconds.checked_mul(1_000_000_000);
    let nanos = nanos.and_then(|nanos| nanos.checked_add(i64::from(duration.nanos)));
    nanos.ok_or_else(|| malformed("consensus_params.evidence.max_age_duration", "is longer than 292 years"))
}

pub(super) fn from_init(init: Init) -> raw::ResponseInitChain {
    raw::ResponseInitChain {
        // As they were: the application changes none at genesis.
        consensus_params: None,
        validators: init.validators.iter().map(from_update).collect(),
        app_hash: Bytes::copy_from_slice(&init.app_hash),
    }
}

pub(super) fn from_result(result: BlockResult) -> raw::ResponseFinalizeBlock {
    raw::ResponseFinalizeBlock {
        events: result.events.into_iter().map(from_event).collect(),
        tx_results: result.txs.into_iter().map(from_tx).collect(),
        validator_updates: result.validators.iter().map(from_update).collect(),
        consensus_param_updates: result.params.as_ref().map(from_params),
        app_hash: Bytes::copy_from_slice(&result.app_hash),
    }
}

fn from_tx(result: TxResult) -> raw::ExecTxResult {
    raw::ExecTxResult {
        code: result.code,
        data: result.data.into(),
        log: result.log,
        info: String::new(),
        gas_wanted: result.gas_wanted,
        gas_used: result.gas_used,
        events: result.events.into_iter().map(from_event).collect(),
        codespace: result.codespace,
    }
}

pub(super) fn from_check(result: TxResult) -> raw::ResponseCheckTx {
    raw::ResponseCheckTx {
        code: result.code,
        data: result.data.into(),
        log: result.log,
        info: String::new(),
        gas_wanted: result.gas_wanted,
        gas_used: result.gas_used,
        events: result.events.into_iter().map(from_event).collect(),
        codespace: result.codespace,
    }
}

pub(super) fn from_answer(answer: Answer) -> raw::ResponseQuery {
    let op = |(kind, key, data)| ProofOp { r#type: kind, key, data };
    let ops: Vec<ProofOp> = answer.proof.into_iter().map(op).collect();
    raw::ResponseQuery {
        code: answer.code,
        log: answer.log,
        info: String::new(),
        index: 0,
        key: answer.key.into(),
        value: answer.value.into(),
        proof_ops: (!ops.is_empty()).then_some(ProofOps { ops }),
        height: from_height(answer.height),
        codespace: answer.codespace,
    }
}

/// CometBFT's heights have a sign; ours came from there or are below [`i64::MAX`] blocks.
pub(super) fn from_height(height: Height) -> i64 {
    i64::try_from(height.0).unwrap_or(i64::MAX)
}

/// Every attribute is indexed: relayers find packets by a search.
fn from_event(event: Event) -> raw::Event {
    let attributes = event.attributes.into_iter();
    let attributes = attributes.map(|attribute| raw::EventAttribute {
        key: attribute.key,
        value: attribute.value,
        index: true,
    });
    raw::Event { r#type: event.kind, attributes: attributes.collect() }
}

fn from_update(update: &ValUpdate) -> raw::ValidatorUpdate {
    let sum = match update.key {
        ConsKey::Ed25519(bytes) => Sum::Ed25519(bytes.to_vec()),
        ConsKey::Secp256k1(bytes) => Sum::Secp256k1(bytes.to_vec()),
    };
    raw::ValidatorUpdate { pub_key: Some(PublicKey { sum: Some(sum) }), power: update.power }
}

fn from_params(params: &Params) -> ConsensusParams {
    use tendermint_proto::v0_38::types as raw;
    let age = params.evidence_max_age();
    let age = Duration {
        seconds: i64::try_from(age.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(age.subsec_nanos()).unwrap_or(0),
    };
    ConsensusParams {
        block: Some(raw::BlockParams { max_bytes: params.block_max_bytes, max_gas: params.block_max_gas }),
        evidence: Some(raw::EvidenceParams {
            max_age_num_blocks: params.evidence_max_age_blocks,
            max_age_duration: Some(age),
            max_bytes: params.evidence_max_bytes,
        }),
        validator: Some(raw::ValidatorParams { pub_key_types: params.key_types.clone() }),
        version: Some(raw::VersionParams { app: params.app_version }),
        abci: Some(raw::AbciParams { vote_extensions_enable_height: params.vote_extensions_height }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_back_to_the_nanosecond() {
        let params = Params {
            evidence_max_age_ns: 172_800_000_000_001,
            block_max_bytes: -1,
            app_version: 7,
            vote_extensions_height: 9,
            key_types: vec!["ed25519".to_owned(), "secp256k1".to_owned()],
            ..Params::default()
        };
        assert_eq!(to_params(from_params(&params)), Ok(params));
    }

    #[test]
    fn an_age_that_no_clock_counts_is_refused() {
        let mut params = from_params(&Params::default());
        let age = Duration { seconds: i64::MAX, nanos: 0 };
        params.evidence = params.evidence.map(|evidence| tendermint_proto::v0_38::types::EvidenceParams {
            max_age_duration: Some(age),
            ..evidence
        });
        let why = to_params(params).unwrap_err().to_string();
        assert_eq!(why, "consensus_params.evidence.max_age_duration: is longer than 292 years");
    }

    #[test]
    fn updates_of_both_kinds_of_keys_come_back() {
        for key in [ConsKey::Ed25519([3; 32]), ConsKey::Secp256k1([2; 33])] {
            let update = ValUpdate { key, power: 0 };
            assert_eq!(to_update(from_update(&update)), Ok(update));
        }
    }

    #[test]
    fn votes_evidence_and_hashes_of_no_known_form_are_refused_by_name() {
        let validator = Some(raw::Validator { address: vec![1; 20].into(), power: 5 });
        let vote = raw::VoteInfo { validator: validator.clone(), block_id_flag: 0 };
        assert_eq!(to_vote(vote).unwrap_err().to_string(), "votes.block_id_flag: 0 is no vote");
        let vote = raw::VoteInfo { validator: None, block_id_flag: 2 };
        assert_eq!(to_vote(vote).unwrap_err().to_string(), "votes.validator: is missing");
        let found = raw::Misbehavior { validator, r#type: 3, ..raw::Misbehavior::default() };
        assert_eq!(to_misbehavior(found).unwrap_err().to_string(), "misbehavior.type: 3 is unknown");
        assert_eq!(to_hash("hash", &[0; 31]).unwrap_err().to_string(), "hash: 31 bytes are no hash");
        assert_eq!(to_height("height", -1).unwrap_err().to_string(), "height: -1 is negative");
    }
}
