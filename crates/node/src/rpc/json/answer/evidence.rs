//! Evidence of misbehaviour that strangers bring.
//!
//! Source: CometBFT 0.38 `rpc/core/evidence.go`.

use super::super::args::Args;
use super::super::form::{Hex, evidence};
use super::{Answered, Refusal, print};
use crate::rpc::Backend;
use crate::rpc::backend::History;
use ics_engine::evidence::{EvidenceError, Proven};
use ics_engine::prove;
use prost::Message as _;
use serde::Serialize;

#[derive(Serialize)]
struct EvidenceAnswer {
    hash: Hex,
}

/// Puts evidence that proves a double vote into the next block; what waits already, or stands in a block,
/// is answered the same.
pub(super) fn broadcast_evidence(backend: &dyn Backend, args: &Args) -> Answered {
    let given = args.json("evidence").ok_or(Refusal::NoEvidence)?;
    let raw = evidence::read(given.clone()).map_err(Refusal::EvidenceForm)?;
    let bytes = raw.encode_to_vec();
    let proved = prove::double_vote(&History::of(backend), &bytes)?;
    match backend.add_evidence(&proved) {
        Ok(()) | Err(EvidenceError::Known | EvidenceError::Committed) => {}
        Err(error) => return Err(Refusal::Evidence(error.into())),
    }
    let proven = Proven::decode(&bytes).map_err(|error| Refusal::Evidence(error.into()))?;
    print(&EvidenceAnswer { hash: Hex(proven.hash().to_vec()) })
}
