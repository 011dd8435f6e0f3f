//! What becomes of a transaction that is sent.

use crate::context::Context;
use crate::output::Format;
use crate::query::history;
use crate::rpc::{Included, text_at};
use crate::settings::Settings;
use crate::{Failure, output};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ics_client::Signed;
use ics_proto::Any;
use ics_proto::cosmos::base::abci::v1beta1::TxMsgData;
use ics_proto::cosmos::gov::v1::MsgSubmitProposalResponse;
use ics_proto::interchain_security::ccv::provider::v1::MsgCreateConsumerResponse;
use prost::{Message as _, Name as _};
use serde_json::{Value, json};
use std::time::Duration;

/// How long to wait for a block with the transaction, in looks of a fifth of a second: two minutes, which busy validators
/// may need.
const LOOKS: u64 = 600;
const LOOKS_A_SECOND: u64 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// Hands a transaction to the node: `sync` ends with the node's check, `async` before it, and where neither is said the
/// block is waited for.
pub(super) fn broadcast(context: &Context, typed: Option<&String>, signed: &Signed) -> Result<(), Failure> {
    let mode = Settings::or(typed, &context.settings.file.broadcast_mode, "block");
    let method = match mode.as_str() {
        "sync" | "block" => "broadcast_tx_sync",
        "async" => "broadcast_tx_async",
        other => return Err(Failure(format!("--broadcast-mode takes sync, async or block, not `{other}`"))),
    };
    let (code, log) = context.rpc.broadcast(method, signed)?;
    if code != 0 {
        return Err(Failure(format!("the node refused the transaction (code {code}): {log}")));
    }
    if mode == "block" {
        return wait(context, &signed.hash, LOOKS);
    }
    let answer = json!({"height": "0", "txhash": signed.hash, "code": 0, "codespace": "", "raw_log": log});
    output::answer(context.output, &answer.to_string())
}

/// `ics query wait-tx HASH`.
pub(crate) fn wait_for(context: &Context, hash: &str, seconds: u64) -> Result<(), Failure> {
    // Nobody waits for what is no hash, or at a node that is not there.
    context.rpc.transaction(hash)?;
    wait(context, hash, seconds.saturating_mul(LOOKS_A_SECOND).max(1))
}

fn wait(context: &Context, hash: &str, looks: u64) -> Result<(), Failure> {
    let mut last = None;
    for _ in 0..looks {
        let looked = context.rpc.transaction(hash);
        // A node that is away for a moment comes back.
        last = looked.as_ref().err().map(|Failure(why)| why.clone());
        if let Ok(Some(done)) = looked {
            match context.output {
                Format::Json => output::print(&format!("{}\n", response(context, &done)?))?,
                Format::Text => {
                    let result = if done.code == 0 { "success" } else { "failed" };
                    let (height, code) = (done.height, done.code);
                    let made = made(&text_at(&done.raw, "/tx_result/data"));
                    let text =
                        format!("height: {height}\ntxhash: {hash}\ncode: {code}\nresult: {result}\n{made}");
                    output::print(&text)?;
                }
            }
            return if done.code == 0 {
                Ok(())
            } else {
                Err(Failure(format!("the transaction failed (code {}): {}", done.code, done.log)))
            };
        }
        std::thread::sleep(BETWEEN_LOOKS);
    }
    Err(Failure(match last {
        Some(why) => format!("what became of transaction {hash} is not known: {why}"),
        None => format!(
            "transaction {hash} is in no block of {} yet; look again with `ics query tx {hash}`",
            context.rpc.url()
        ),
    }))
}

/// The ids of what a transaction made, one a line, from the answers to its messages in base64.
fn made(data: &str) -> String {
    let data = BASE64.decode(data).unwrap_or_default();
    let answers = TxMsgData::decode(data.as_slice()).unwrap_or_default().msg_responses;
    let id = |answer: &Any| {
        let bytes = answer.value.as_slice();
        if answer.type_url == MsgCreateConsumerResponse::type_url() {
            let made = MsgCreateConsumerResponse::decode(bytes).ok()?;
            Some(format!("consumer_id: {}\n", made.consumer_id))
        } else if answer.type_url == MsgSubmitProposalResponse::type_url() {
            let made = MsgSubmitProposalResponse::decode(bytes).ok()?;
            Some(format!("proposal_id: {}\n", made.proposal_id))
        } else {
            None
        }
    };
    answers.iter().filter_map(id).collect()
}

/// `ics query tx HASH`.
pub(crate) fn show(context: &Context, hash: &str) -> Result<(), Failure> {
    match context.rpc.transaction(hash)? {
        Some(found) => output::answer(context.output, &response(context, &found)?.to_string()),
        None => Err(Failure(format!("there is no transaction {hash}"))),
    }
}

/// `ics query txs`: those with such events, a page of them.
pub(crate) fn search(context: &Context, query: &str, page: u64, limit: u64) -> Result<(), Failure> {
    let found = history::search(context, "tx_search", query, page, limit)?;
    let none = Vec::new();
    let list = found.pointer("/txs").and_then(Value::as_array).unwrap_or(&none);
    let txs = list
        .iter()
        .map(|raw| response(context, &Included::read(raw.clone())))
        .collect::<Result<Vec<Value>, Failure>>()?;
    let answer = history::paged(&found, "txs", Value::from(txs), page, limit);
    output::answer(context.output, &answer.to_string())
}

/// What the SDK's programs say of a transaction in a block: `cosmos.base.abci.v1beta1.TxResponse`.
fn response(context: &Context, included: &Included) -> Result<Value, Failure> {
    let raw = &included.raw;
    let at = |pointer: &str| text_at(raw, pointer);
    let bytes = BASE64.decode(at("/tx")).unwrap_or_default();
    let block = context.rpc.call("block", json!({"height": included.height.to_string()}))?;
    let time = text_at(&block, "/block/header/time");
    // Seconds are what that message has.
    let time = time.split_once('.').map_or(time.clone(), |(seconds, _)| format!("{seconds}Z"));
    Ok(json!({
        "height": included.height.to_string(),
        "txhash": at("/hash"),
        "codespace": at("/tx_result/codespace"),
        "code": included.code,
        "data": hex::encode_upper(BASE64.decode(at("/tx_result/data")).unwrap_or_default()),
        "raw_log": included.log,
        "logs": [],
        "info": at("/tx_result/info"),
        "gas_wanted": at("/tx_result/gas_wanted"),
        "gas_used": at("/tx_result/gas_used"),
        "tx": super::files::value(&bytes),
        "timestamp": time,
        "events": raw.pointer("/tx_result/events").cloned().unwrap_or_else(|| json!([])),
    }))
}
