//! Blocks, headers, commits and their ids.

use super::evidence::EvidenceForm;
use super::{B64, Hex, Int, Stamp, non_zero};
use ics_engine::history::StoredBlock;
use ics_proto::tendermint::v0_38::types as raw;
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct IdForm {
    hash: Hex,
    parts: PartsForm,
}

#[derive(Serialize)]
struct PartsForm {
    total: u32,
    hash: Hex,
}

#[derive(Serialize)]
pub(crate) struct HeaderForm {
    version: VersionForm,
    chain_id: String,
    height: Int<i64>,
    time: Stamp,
    last_block_id: IdForm,
    last_commit_hash: Hex,
    data_hash: Hex,
    validators_hash: Hex,
    next_validators_hash: Hex,
    consensus_hash: Hex,
    app_hash: Hex,
    last_results_hash: Hex,
    evidence_hash: Hex,
    proposer_address: Hex,
}

#[derive(Serialize)]
struct VersionForm {
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<Int<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<Int<u64>>,
}

#[derive(Serialize)]
pub(crate) struct CommitForm {
    height: Int<i64>,
    round: i32,
    block_id: IdForm,
    signatures: Vec<SignatureForm>,
}

#[derive(Serialize)]
struct SignatureForm {
    block_id_flag: i32,
    validator_address: Hex,
    timestamp: Stamp,
    signature: Option<B64>,
}

#[derive(Serialize)]
pub(crate) struct SignedHeaderForm {
    pub(crate) header: HeaderForm,
    pub(crate) commit: CommitForm,
}

/// The answer of `block`.
#[derive(Serialize)]
pub(crate) struct BlockForm {
    block_id: IdForm,
    block: FullForm,
}

/// The answer of `block_by_hash` where no block has this hash.
#[derive(Serialize)]
pub(crate) struct NoBlockForm {
    block_id: IdForm,
    block: Option<FullForm>,
}

impl Default for NoBlockForm {
    fn default() -> Self {
        Self { block_id: None.into(), block: None }
    }
}

#[derive(Serialize)]
pub(crate) struct FullForm {
    header: HeaderForm,
    data: DataForm,
    evidence: EvidenceListForm,
    last_commit: CommitForm,
}

#[derive(Serialize)]
struct DataForm {
    txs: Vec<B64>,
}

#[derive(Serialize)]
struct EvidenceListForm {
    evidence: Vec<EvidenceForm>,
}

/// A block in a list of blocks.
#[derive(Serialize)]
pub(crate) struct MetaForm {
    block_id: IdForm,
    block_size: Int<usize>,
    header: HeaderForm,
    num_txs: Int<usize>,
}

impl From<raw::BlockId> for IdForm {
    fn from(id: raw::BlockId) -> Self {
        let parts = id.part_set_header.unwrap_or_default();
        Self { hash: Hex(id.hash), parts: PartsForm { total: parts.total, hash: Hex(parts.hash) } }
    }
}

impl From<Option<raw::BlockId>> for IdForm {
    fn from(id: Option<raw::BlockId>) -> Self {
        id.unwrap_or_default().into()
    }
}

impl From<raw::Header> for HeaderForm {
    fn from(header: raw::Header) -> Self {
        let version = header.version.unwrap_or_default();
        Self {
            version: VersionForm { block: non_zero(version.block), app: non_zero(version.app) },
            chain_id: header.chain_id,
            height: Int(header.height),
            time: Stamp(header.time),
            last_block_id: header.last_block_id.into(),
            last_commit_hash: Hex(header.last_commit_hash),
            data_hash: Hex(header.data_hash),
            validators_hash: Hex(header.validators_hash),
            next_validators_hash: Hex(header.next_validators_hash),
            consensus_hash: Hex(header.consensus_hash),
            app_hash: Hex(header.app_hash),
            last_results_hash: Hex(header.last_results_hash),
            evidence_hash: Hex(header.evidence_hash),
            proposer_address: Hex(header.proposer_address),
        }
    }
}

impl From<raw::Commit> for CommitForm {
    fn from(commit: raw::Commit) -> Self {
        Self {
            height: Int(commit.height),
            round: commit.round,
            block_id: commit.block_id.into(),
            signatures: commit.signatures.into_iter().map(SignatureForm::from).collect(),
        }
    }
}

impl From<raw::CommitSig> for SignatureForm {
    fn from(signature: raw::CommitSig) -> Self {
        Self {
            block_id_flag: signature.block_id_flag,
            validator_address: Hex(signature.validator_address),
            timestamp: Stamp(signature.timestamp),
            signature: B64::or_null(signature.signature),
        }
    }
}

impl From<StoredBlock> for BlockForm {
    fn from(stored: StoredBlock) -> Self {
        let block = stored.block;
        let evidence = block.evidence.iter().filter_map(EvidenceForm::new).collect();
        Self {
            block_id: raw::BlockId::from(stored.id).into(),
            block: FullForm {
                header: raw::Header::from(block.header).into(),
                data: DataForm { txs: block.txs.into_iter().map(B64).collect() },
                evidence: EvidenceListForm { evidence },
                last_commit: block.last_commit.map(raw::Commit::from).unwrap_or_default().into(),
            },
        }
    }
}

impl BlockForm {
    /// The block and its id.
    pub(crate) fn into_parts(self) -> (FullForm, IdForm) {
        (self.block, self.block_id)
    }
}

impl From<StoredBlock> for MetaForm {
    fn from(stored: StoredBlock) -> Self {
        Self {
            block_id: raw::BlockId::from(stored.id).into(),
            block_size: Int(stored.size),
            header: raw::Header::from(stored.block.header).into(),
            num_txs: Int(stored.block.txs.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ics_engine::block::FullBlock;
    use ics_engine::evidence::Proven;
    use prost::Message as _;
    use serde_json::Value;

    fn recorded(name: &str) -> String {
        let path = format!("{}/../../recordings/rpc/{name}.json", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The text without the white space that whoever recorded it added.
    fn compact(text: &str) -> String {
        let (mut compact, mut quoted, mut escaped) = (String::new(), false, false);
        for character in text.chars() {
            if quoted || !character.is_whitespace() {
                compact.push(character);
            }
            quoted ^= character == '"' && !escaped;
            escaped = quoted && character == '\\' && !escaped;
        }
        compact
    }

    /// A recorded block through the types that the engine stores.
    fn stored(result: &Value) -> StoredBlock {
        let block: tendermint::Block = serde_json::from_value(result["block"].clone()).unwrap();
        let evidence = block.evidence.iter().enumerate().map(|(index, evidence)| {
            let mut evidence = raw::Evidence::from(evidence.clone());
            // tendermint 0.40 writes the total here.
            if let Some(raw::evidence::Sum::DuplicateVoteEvidence(votes)) = &mut evidence.sum {
                let recorded = &result["block"]["evidence"]["evidence"][index]["value"]["ValidatorPower"];
                votes.validator_power = recorded.as_str().unwrap().parse().unwrap();
            }
            Proven::decode(&evidence.encode_to_vec()).unwrap()
        });
        let block = FullBlock {
            evidence: evidence.collect(),
            header: block.header,
            txs: block.data,
            last_commit: block.last_commit,
        };
        let id = serde_json::from_value(result["block_id"].clone()).unwrap();
        StoredBlock { id, size: block.encode().len(), block }
    }

    #[test]
    fn recorded_blocks_print_to_the_byte() {
        for name in ["provider_block", "provider_block_h1", "consumer_block_with_evidence_208"] {
            let text = recorded(name);
            let recording: Value = serde_json::from_str(&text).unwrap();
            let ours = serde_json::to_string(&BlockForm::from(stored(&recording["result"]))).unwrap();
            assert_eq!(compact(&text), format!(r#"{{"jsonrpc":"2.0","id":1,"result":{ours}}}"#), "{name}");
        }
    }

    #[test]
    fn recorded_headers_and_commits_print_to_the_byte() {
        for name in ["provider_commit", "provider_commit_latest"] {
            let text = recorded(name);
            let recording: Value = serde_json::from_str(&text).unwrap();
            let signed = &recording["result"]["signed_header"];
            let header: tendermint::block::Header = serde_json::from_value(signed["header"].clone()).unwrap();
            let commit: tendermint::block::Commit = serde_json::from_value(signed["commit"].clone()).unwrap();
            let ours = serde_json::to_string(&SignedHeaderForm {
                header: raw::Header::from(header).into(),
                commit: raw::Commit::from(commit).into(),
            });
            let (ours, theirs) = (ours.unwrap(), compact(&text));
            assert!(theirs.contains(&format!(r#""result":{{"signed_header":{ours},"canonical":"#)), "{ours}");
        }
    }

    #[test]
    fn an_attack_on_a_light_client_is_read_by_an_unmodified_client() {
        let recording: Value = serde_json::from_str(&recorded("provider_commit")).unwrap();
        let signed = &recording["result"]["signed_header"];
        let header: tendermint::block::Header = serde_json::from_value(signed["header"].clone()).unwrap();
        let commit: tendermint::block::Commit = serde_json::from_value(signed["commit"].clone()).unwrap();
        let validators: Value = serde_json::from_str(&recorded("provider_validators_two")).unwrap();
        let validators: Vec<tendermint::validator::Info> =
            serde_json::from_value(validators["result"]["validators"].clone()).unwrap();
        let validators: Vec<raw::Validator> = validators.into_iter().map(raw::Validator::from).collect();
        let time = raw::Header::from(header.clone()).time;
        let attack = raw::LightClientAttackEvidence {
            conflicting_block: Some(raw::LightBlock {
                signed_header: Some(raw::SignedHeader {
                    header: Some(header.into()),
                    commit: Some(commit.into()),
                }),
                validator_set: Some(raw::ValidatorSet {
                    proposer: validators.first().cloned(),
                    validators: validators.clone(),
                    total_voting_power: 0,
                }),
            }),
            common_height: 400,
            byzantine_validators: validators,
            total_voting_power: 105,
            timestamp: time,
        };
        let evidence = raw::Evidence { sum: Some(raw::evidence::Sum::LightClientAttackEvidence(attack)) };
        let form = EvidenceForm::new(&Proven::decode(&evidence.encode_to_vec()).unwrap()).unwrap();
        let text = serde_json::to_string(&form).unwrap();
        let head =
            r#"{"type":"tendermint/LightClientAttackEvidence","value":{"ConflictingBlock":{"signed_header":"#;
        assert!(text.starts_with(head), "{text}");
        let mut block: Value = serde_json::from_str(&recorded("provider_block")).unwrap();
        block["result"]["block"]["evidence"]["evidence"] =
            Value::Array(vec![serde_json::from_str(&text).unwrap()]);
        let read: tendermint::Block = serde_json::from_value(block["result"]["block"].clone()).unwrap();
        let mut again = raw::Evidence::from(read.evidence.iter().next().unwrap().clone());
        // Their total is computed of the members; it is not part of the JSON.
        if let Some(raw::evidence::Sum::LightClientAttackEvidence(attack)) = &mut again.sum {
            let block = attack.conflicting_block.as_mut().unwrap();
            block.validator_set.as_mut().unwrap().total_voting_power = 0;
        }
        assert_eq!(again, evidence);
    }
}
