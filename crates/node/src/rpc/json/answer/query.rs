//! Questions to the application, with proofs.
//!
//! Source: CometBFT 0.38 `rpc/core/abci.go`; the SDK's refusal of negative heights.

use super::super::args::Args;
use super::super::form::{B64, Int};
use super::{Answered, print};
use crate::rpc::{Backend, Deadline, services};
use ics_abci::{Answer, Height, Query};
use serde::Serialize;

/// The SDK's code for an invalid request.
const INVALID_REQUEST: u32 = 18;

#[derive(Serialize)]
struct QueryAnswer {
    response: ResponseForm,
}

#[derive(Serialize)]
struct ResponseForm {
    code: u32,
    log: String,
    info: &'static str,
    index: Int<u8>,
    key: Option<B64>,
    value: Option<B64>,
    #[serde(rename = "proofOps")]
    proof_ops: Option<ProofForm>,
    height: Int<u64>,
    codespace: String,
}

#[derive(Serialize)]
struct ProofForm {
    ops: Vec<ProofOpForm>,
}

#[derive(Serialize)]
struct ProofOpForm {
    r#type: String,
    key: B64,
    data: B64,
}

pub(super) fn abci_query(backend: &dyn Backend, args: &Args, until: Deadline) -> Answered {
    let prove = args.flag("prove");
    let answer = match u64::try_from(args.int("height").unwrap_or(0)) {
        Ok(height) => services::abci(
            backend,
            &Query {
                path: args.text("path").to_owned(),
                data: args.bytes("data").to_vec(),
                height: Height(height),
                prove,
            },
            until,
        ),
        Err(_) => negative(prove),
    };
    print(&QueryAnswer { response: answer.into() })
}

/// The answer to a negative height, which no application here is asked about.
fn negative(prove: bool) -> Answer {
    let rule =
        if prove { "cannot query with proof when height <= 1" } else { "cannot query with height < 0" };
    let log = format!("{rule}; please provide a valid height: invalid request");
    Answer { code: INVALID_REQUEST, log, codespace: "sdk".to_owned(), ..Answer::default() }
}

impl From<Answer> for ResponseForm {
    fn from(answer: Answer) -> Self {
        // An empty message of a gRPC route is bytes; an absent key of a store, or a refusal, is none.
        let is_message = answer.code == 0 && answer.key.is_empty() && answer.height.0 > 0;
        let value = if is_message { Some(B64(answer.value)) } else { B64::or_null(answer.value) };
        let op = |(kind, key, data): (String, Vec<u8>, Vec<u8>)| ProofOpForm {
            r#type: kind,
            key: B64(key),
            data: B64(data),
        };
        let ops: Vec<_> = answer.proof.into_iter().map(op).collect();
        Self {
            code: answer.code,
            log: answer.log,
            info: "",
            index: Int(0),
            key: B64::or_null(answer.key),
            value,
            proof_ops: (!ops.is_empty()).then_some(ProofForm { ops }),
            height: Int(answer.height.0),
            codespace: answer.codespace,
        }
    }
}
