//! Consensus parameters: all of them, and as a block's results name them.

use super::{Int, non_zero};
use ics_abci::Params;
use serde::Serialize;

/// All parameters, as `consensus_params` gives them.
#[derive(Serialize)]
pub(crate) struct ParamsForm {
    block: BlockForm<Int<i64>>,
    evidence: EvidenceForm<Int<i64>>,
    validator: ValidatorForm,
    version: VersionForm<Int<u64>>,
    abci: AbciForm<Int<i64>>,
}

/// The same from protobuf, as a block's results have them: zeros are left out.
#[derive(Serialize)]
pub(crate) struct UpdatesForm {
    block: BlockForm<Option<Int<i64>>>,
    evidence: EvidenceForm<Option<Int<i64>>>,
    validator: ValidatorForm,
    version: VersionForm<Option<Int<u64>>>,
    abci: AbciForm<Option<Int<i64>>>,
}

/// Whether a number is left out.
trait Left {
    fn is_out(&self) -> bool;
}

impl<T> Left for Int<T> {
    fn is_out(&self) -> bool {
        false
    }
}

impl<T> Left for Option<Int<T>> {
    fn is_out(&self) -> bool {
        self.is_none()
    }
}

#[derive(Serialize)]
struct BlockForm<N: Left> {
    #[serde(skip_serializing_if = "Left::is_out")]
    max_bytes: N,
    #[serde(skip_serializing_if = "Left::is_out")]
    max_gas: N,
}

#[derive(Serialize)]
struct EvidenceForm<N: Left> {
    #[serde(skip_serializing_if = "Left::is_out")]
    max_age_num_blocks: N,
    /// Nanoseconds.
    max_age_duration: Int<i64>,
    #[serde(skip_serializing_if = "Left::is_out")]
    max_bytes: N,
}

#[derive(Serialize)]
struct ValidatorForm {
    pub_key_types: Vec<String>,
}

#[derive(Serialize)]
struct VersionForm<N: Left> {
    #[serde(skip_serializing_if = "Left::is_out")]
    app: N,
}

#[derive(Serialize)]
struct AbciForm<N: Left> {
    #[serde(skip_serializing_if = "Left::is_out")]
    vote_extensions_enable_height: N,
}

impl From<Params> for ParamsForm {
    fn from(params: Params) -> Self {
        Self {
            block: BlockForm { max_bytes: Int(params.block_max_bytes), max_gas: Int(params.block_max_gas) },
            evidence: EvidenceForm {
                max_age_num_blocks: Int(params.evidence_max_age_blocks),
                max_age_duration: Int(params.evidence_max_age_ns),
                max_bytes: Int(params.evidence_max_bytes),
            },
            validator: ValidatorForm { pub_key_types: params.key_types },
            version: VersionForm { app: Int(params.app_version) },
            abci: AbciForm { vote_extensions_enable_height: Int(params.vote_extensions_height) },
        }
    }
}

impl From<Params> for UpdatesForm {
    fn from(params: Params) -> Self {
        Self {
            block: BlockForm {
                max_bytes: non_zero(params.block_max_bytes),
                max_gas: non_zero(params.block_max_gas),
            },
            evidence: EvidenceForm {
                max_age_num_blocks: non_zero(params.evidence_max_age_blocks),
                max_age_duration: Int(params.evidence_max_age_ns),
                max_bytes: non_zero(params.evidence_max_bytes),
            },
            validator: ValidatorForm { pub_key_types: params.key_types },
            version: VersionForm { app: non_zero(params.app_version) },
            abci: AbciForm { vote_extensions_enable_height: non_zero(params.vote_extensions_height) },
        }
    }
}
