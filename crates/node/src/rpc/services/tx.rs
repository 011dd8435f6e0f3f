//! Transactions: offered, found in blocks, read and written.
//!
//! Source: the SDK's `x/auth/tx/{service,query}.go`, `client/broadcast.go`.

use super::{Asked, engine, page};
use crate::rpc::EngineError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ics_abci::Time;
use ics_proto::Any;
use ics_proto::cosmos::base::abci::v1beta1::TxResponse;
use ics_proto::cosmos::tx::v1beta1::{
    BroadcastMode, BroadcastTxRequest, BroadcastTxResponse, GetTxRequest, GetTxResponse, GetTxsEventRequest,
    GetTxsEventResponse, OrderBy, Tx, TxDecodeRequest, TxDecodeResponse, TxEncodeRequest, TxEncodeResponse,
};
use ics_proto::tendermint::v0_38::abci as raw;
use prost::Message as _;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use tonic::Status;

/// The SDK's codes for what a mempool refuses, by a part of its words in small letters.
const REFUSED: [(&str, u32); 3] =
    [("tx already exists in cache", 19), ("mempool is full", 20), ("tx too large", 21)];

#[derive(Deserialize)]
struct BroadcastAnswer {
    code: u32,
    data: Option<String>,
    log: String,
    codespace: String,
}

#[derive(Deserialize)]
struct SearchAnswer {
    txs: Vec<TxAnswer>,
    #[serde(with = "tendermint_proto::serializers::from_str")]
    total_count: u64,
}

#[derive(Deserialize)]
struct TxAnswer {
    hash: String,
    #[serde(with = "tendermint_proto::serializers::from_str")]
    height: i64,
    tx_result: ResultAnswer,
    tx: String,
}

#[derive(Deserialize)]
struct ResultAnswer {
    code: u32,
    data: Option<String>,
    log: String,
    #[serde(default)]
    info: String,
    #[serde(with = "tendermint_proto::serializers::from_str")]
    gas_wanted: i64,
    #[serde(with = "tendermint_proto::serializers::from_str")]
    gas_used: i64,
    events: Option<Vec<EventAnswer>>,
    codespace: String,
}

#[derive(Deserialize)]
struct EventAnswer {
    r#type: String,
    attributes: Option<Vec<AttributeAnswer>>,
}

#[derive(Deserialize)]
struct AttributeAnswer {
    #[serde(default)]
    key: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    index: bool,
}

#[derive(Deserialize)]
struct HeaderAnswer {
    header: Header,
}

#[derive(Deserialize)]
struct Header {
    time: String,
}

/// A transaction of the SDK's kind.
pub(super) fn decoded(bytes: &[u8]) -> Result<Tx, Status> {
    Tx::decode(bytes)
        .map_err(|error| Status::internal(format!("the transaction is none of the SDK's: {error}")))
}

fn from_base64(text: &str) -> Result<Vec<u8>, Status> {
    STANDARD.decode(text).map_err(|error| Status::internal(format!("the engine's bytes are odd: {error}")))
}

/// Offers a transaction to the mempool.
pub(super) fn broadcast_tx(
    node: &Asked<'_>,
    request: BroadcastTxRequest,
) -> Result<BroadcastTxResponse, Status> {
    let BroadcastTxRequest { tx_bytes, mode } = request;
    if tx_bytes.is_empty() {
        return Err(Status::invalid_argument("invalid empty tx"));
    }
    let method = match BroadcastMode::try_from(mode) {
        Ok(BroadcastMode::Sync) => "broadcast_tx_sync",
        Ok(BroadcastMode::Async) => "broadcast_tx_async",
        _ => return Err(Status::unknown("unsupported broadcast mode; supported modes: sync, async")),
    };
    let txhash = hex::encode_upper(ics_engine::header::tx_hash(&tx_bytes));
    let result = match node.engine(method, &json!({"tx": STANDARD.encode(&tx_bytes)})) {
        Ok(result) => result,
        Err(EngineError::Refused(why)) => {
            let words = why.to_lowercase();
            let (_, code) =
                REFUSED.iter().find(|(part, _)| words.contains(part)).ok_or(Status::unknown(why))?;
            let refused =
                TxResponse { txhash, code: *code, codespace: "sdk".to_owned(), ..TxResponse::default() };
            return Ok(BroadcastTxResponse { tx_response: Some(refused) });
        }
        Err(away) => return Err(away.into()),
    };
    let checked: BroadcastAnswer = serde_json::from_str(result.get())
        .map_err(|error| Status::internal(format!("the engine's answer to {method} is odd: {error}")))?;
    let tx_response = TxResponse {
        txhash,
        code: checked.code,
        codespace: checked.codespace,
        // In hexadecimal already.
        data: checked.data.unwrap_or_default(),
        raw_log: checked.log,
        ..TxResponse::default()
    };
    Ok(BroadcastTxResponse { tx_response: Some(tx_response) })
}

/// A transaction in a block, by its hash.
pub(super) fn get_tx(node: &Asked<'_>, request: &GetTxRequest) -> Result<GetTxResponse, Status> {
    if request.hash.is_empty() {
        return Err(Status::invalid_argument("tx hash cannot be empty"));
    }
    let missing = || Status::not_found(format!("tx not found: {}", request.hash));
    let hash = hex::decode(&request.hash).ok().filter(|hash| hash.len() == 32).ok_or_else(missing)?;
    let found = match node.engine("tx", &json!({"hash": STANDARD.encode(hash)})) {
        Err(EngineError::Refused(why)) if why.contains("not found") => return Err(missing()),
        other => other?,
    };
    let found: TxAnswer = serde_json::from_str(found.get())
        .map_err(|error| Status::internal(format!("the engine's answer to tx is odd: {error}")))?;
    let time = time(node, found.height)?;
    let (tx, response) = response(found, time)?;
    Ok(GetTxResponse { tx: Some(tx), tx_response: Some(response) })
}

/// The transactions whose events a query asks for.
#[allow(deprecated, reason = "old clients send events, each a condition")]
pub(super) fn get_txs_event(
    node: &Asked<'_>,
    request: GetTxsEventRequest,
) -> Result<GetTxsEventResponse, Status> {
    let GetTxsEventRequest { events, pagination, order_by, page, limit, query } = request;
    let query = if query.is_empty() { events.join(" AND ") } else { query };
    if query.is_empty() {
        return Err(Status::invalid_argument("query cannot be empty"));
    }
    let order_by = match OrderBy::try_from(order_by) {
        Ok(OrderBy::Asc) => "asc",
        Ok(OrderBy::Desc) => "desc",
        _ => "",
    };
    let (page, limit) = match (page, limit, &pagination) {
        (0, 0, Some(_)) => page::number(pagination.as_ref()),
        (page, limit, _) => (page.max(1), if limit == 0 { page::LIMIT } else { limit }),
    };
    let params = json!({
        "query": query, "prove": false, "page": page.to_string(), "per_page": limit.to_string(), "order_by": order_by,
    });
    let searched: Result<SearchAnswer, Status> = engine(node, "tx_search", &params);
    let SearchAnswer { txs: found, total_count } = searched.map_err(|status| {
        Status::new(status.code(), format!("failed to search for txs: {}", status.message()))
    })?;
    let (mut times, mut txs, mut tx_responses) = (BTreeMap::new(), Vec::new(), Vec::new());
    for one in found {
        let moment = match times.get(&one.height) {
            Some(known) => String::clone(known),
            None => {
                let moment = time(node, one.height)?;
                times.insert(one.height, moment.clone());
                moment
            }
        };
        let (tx, response) = response(one, moment)?;
        txs.push(tx);
        tx_responses.push(response);
    }
    Ok(GetTxsEventResponse { txs, tx_responses, pagination: None, total: total_count })
}

pub(super) fn tx_decode(request: &TxDecodeRequest) -> Result<TxDecodeResponse, Status> {
    if request.tx_bytes.is_empty() {
        return Err(Status::invalid_argument("invalid empty tx bytes"));
    }
    let tx = Tx::decode(request.tx_bytes.as_slice())
        .map_err(|error| Status::invalid_argument(format!("{error}: tx parse error")))?;
    Ok(TxDecodeResponse { tx: Some(tx) })
}

pub(super) fn tx_encode(request: TxEncodeRequest) -> Result<TxEncodeResponse, Status> {
    let tx = request.tx.ok_or_else(|| Status::invalid_argument("invalid empty tx"))?;
    Ok(TxEncodeResponse { tx_bytes: tx.encode_to_vec() })
}

/// The time of a block without fractions of a second.
fn time(node: &Asked<'_>, height: i64) -> Result<String, Status> {
    let HeaderAnswer { header } = engine(node, "header", &json!({"height": height.to_string()}))?;
    let time = Time::parse(&header.time).ok().and_then(|time| Time::new(time.seconds(), 0).ok());
    Ok(time.map(crate::rpc::json::form::rfc3339).unwrap_or_default())
}

fn response(found: TxAnswer, timestamp: String) -> Result<(Tx, TxResponse), Status> {
    let TxAnswer { hash, height, tx_result, tx } = found;
    let bytes = from_base64(&tx)?;
    let tx = decoded(&bytes)?;
    let data = from_base64(tx_result.data.as_deref().unwrap_or_default())?;
    let response = TxResponse {
        height,
        txhash: hash,
        codespace: tx_result.codespace,
        code: tx_result.code,
        data: hex::encode_upper(data),
        raw_log: tx_result.log,
        logs: Vec::new(),
        info: tx_result.info,
        gas_wanted: tx_result.gas_wanted,
        gas_used: tx_result.gas_used,
        tx: Some(Any { type_url: "/cosmos.tx.v1beta1.Tx".to_owned(), value: bytes }),
        timestamp,
        events: tx_result.events.unwrap_or_default().into_iter().map(event).collect(),
    };
    Ok((tx, response))
}

fn event(event: EventAnswer) -> raw::Event {
    let attribute =
        |one: AttributeAnswer| raw::EventAttribute { key: one.key, value: one.value, index: one.index };
    let attributes = event.attributes.unwrap_or_default().into_iter().map(attribute).collect();
    raw::Event { r#type: event.r#type, attributes }
}
