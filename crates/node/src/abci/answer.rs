//! A request's answer: every method of ABCI 2.0.
//!
//! Source: CometBFT 0.38 `spec/abci/abci++_methods.md`.

use super::border;
use super::chain::Chain;
use super::doors::Behind;
use crate::rpc::{ANSWER_TIMEOUT, Deadline, services};
use ics_abci::{Answer, Check, Halt, Height, TxResult, Verdict};
use tendermint_proto::v0_38::abci::{
    CheckTxType, RequestInfo, ResponseApplySnapshotChunk, ResponseCommit, ResponseEcho, ResponseExtendVote,
    ResponseFlush, ResponseInfo, ResponseListSnapshots, ResponseLoadSnapshotChunk, ResponseOfferSnapshot,
    ResponsePrepareProposal, ResponseProcessProposal, ResponseVerifyVoteExtension, request, response,
    response_apply_snapshot_chunk, response_offer_snapshot, response_process_proposal,
    response_verify_vote_extension,
};

/// What the node calls itself.
const NAME: &str = "ics";
/// `sdk/18`, for questions about heights below zero.
const INVALID_REQUEST: u32 = 18;
/// `sdk/111222`, for what ended in a panic.
const PANIC: u32 = 111_222;

/// Why there is no answer.
pub(super) enum Failed {
    /// The request has no meaning; the chain goes on.
    Refused(String),
    /// The chain cannot go on.
    Halted(Halt),
}

impl From<border::Malformed> for Failed {
    fn from(error: border::Malformed) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<Halt> for Failed {
    fn from(halt: Halt) -> Self {
        Self::Halted(halt)
    }
}

/// Answers a request.
///
/// # Errors
/// [`Failed`].
pub(super) fn answer(behind: &Behind, request: request::Value) -> Result<response::Value, Failed> {
    use request::Value as Asked;
    use response::Value as Said;
    let chain = &behind.chain;
    Ok(match request {
        Asked::Echo(request) => Said::Echo(ResponseEcho { message: request.message }),
        Asked::Flush(_) => Said::Flush(ResponseFlush {}),
        Asked::Info(request) => Said::Info(info(chain, &request)),
        Asked::Query(request) => {
            // CometBFT hands on what users ask, and dies where a question has no answer.
            let answer = match border::to_query(request) {
                Ok(query) => services::abci(behind, &query, Deadline::after(ANSWER_TIMEOUT)),
                Err(error) => sdk(INVALID_REQUEST, format!("{error}: invalid request")),
            };
            Said::Query(border::from_answer(answer))
        }
        Asked::CheckTx(request) => {
            let check = match CheckTxType::try_from(request.r#type) {
                Ok(CheckTxType::New) => Check::New,
                Ok(CheckTxType::Recheck) => Check::Again,
                Err(_) => return Err(Failed::Refused(format!("{} is no kind of check", request.r#type))),
            };
            Said::CheckTx(border::from_check(chain.check_tx(&request.tx, check)))
        }
        Asked::InitChain(request) => {
            Said::InitChain(border::from_init(chain.init(&border::to_genesis(request)?)?))
        }
        Asked::PrepareProposal(request) => {
            let txs = chain.prepare(border::to_proposal(&request)?)?;
            Said::PrepareProposal(ResponsePrepareProposal { txs: txs.into_iter().map(Into::into).collect() })
        }
        Asked::ProcessProposal(request) => {
            let status = match chain.process(&border::to_proposed(&request)?)? {
                Verdict::Accept => response_process_proposal::ProposalStatus::Accept,
                Verdict::Reject => response_process_proposal::ProposalStatus::Reject,
            };
            Said::ProcessProposal(ResponseProcessProposal { status: status.into() })
        }
        Asked::FinalizeBlock(request) => {
            Said::FinalizeBlock(border::from_result(chain.finalize(&border::to_block(request)?)?))
        }
        Asked::Commit(_) => {
            Said::Commit(ResponseCommit { retain_height: border::from_height(chain.commit()?) })
        }
        // Genesis refuses vote extensions, so nobody asks; an empty one says what there is.
        Asked::ExtendVote(_) => Said::ExtendVote(ResponseExtendVote::default()),
        Asked::VerifyVoteExtension(request) => {
            use response_verify_vote_extension::VerifyStatus;
            let is_none = request.vote_extension.is_empty();
            let status = if is_none { VerifyStatus::Accept } else { VerifyStatus::Reject };
            Said::VerifyVoteExtension(ResponseVerifyVoteExtension { status: status.into() })
        }
        // There are no snapshots, and none can be restored.
        Asked::ListSnapshots(_) => Said::ListSnapshots(ResponseListSnapshots::default()),
        Asked::LoadSnapshotChunk(_) => Said::LoadSnapshotChunk(ResponseLoadSnapshotChunk::default()),
        Asked::OfferSnapshot(_) => Said::OfferSnapshot(ResponseOfferSnapshot {
            result: response_offer_snapshot::Result::Abort.into(),
        }),
        Asked::ApplySnapshotChunk(_) => Said::ApplySnapshotChunk(ResponseApplySnapshotChunk {
            result: response_apply_snapshot_chunk::Result::Abort.into(),
            ..ResponseApplySnapshotChunk::default()
        }),
    })
}

/// What a request is answered with if its work ends in a panic.
pub(super) fn panicked(request: &request::Value) -> Result<response::Value, Failed> {
    let why = "this question ends in a fault of the node: please report it".to_owned();
    match request {
        request::Value::Query(_) => Ok(response::Value::Query(border::from_answer(sdk(PANIC, why)))),
        request::Value::CheckTx(_) => {
            let result =
                TxResult { code: PANIC, log: why, codespace: "sdk".to_owned(), ..TxResult::default() };
            Ok(response::Value::CheckTx(border::from_check(result)))
        }
        _ => Err(Failed::Halted(Halt("a fault of the node: please report it".to_owned()))),
    }
}

fn info(chain: &Chain, _: &RequestInfo) -> ResponseInfo {
    let (height, app_hash) = match chain.last() {
        Some((height, app_hash)) => (height, app_hash.to_vec()),
        None => (Height(0), Vec::new()),
    };
    ResponseInfo {
        data: NAME.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        app_version: 0,
        last_block_height: border::from_height(height),
        last_block_app_hash: app_hash.into(),
    }
}

fn sdk(code: u32, log: String) -> Answer {
    Answer { code, log, codespace: "sdk".to_owned(), ..Answer::default() }
}
