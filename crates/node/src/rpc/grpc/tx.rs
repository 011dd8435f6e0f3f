//! The two methods of `cosmos.tx.v1beta1.Service` that are no questions to the application.
//!
//! Source: the SDK's `x/auth/tx/service.go`, `client/broadcast.go`.

use super::Reply;
use crate::rpc::Backend;
use crate::rpc::backend::History;
use ics_abci::{Event, Height, TxResult};
use ics_engine::header::tx_hash;
use ics_engine::{TxRefused, history};
use ics_proto::Any;
use ics_proto::cosmos::base::abci::v1beta1::TxResponse;
use ics_proto::cosmos::tx::v1beta1::{
    BroadcastMode, BroadcastTxRequest, BroadcastTxResponse, GetTxRequest, GetTxResponse, Tx,
};
use ics_proto::tendermint::v0_38::{abci as raw, types};
use prost::Message;
use tonic::Status;

pub(super) const BROADCAST_TX: &str = "/cosmos.tx.v1beta1.Service/BroadcastTx";
pub(super) const GET_TX: &str = "/cosmos.tx.v1beta1.Service/GetTx";

/// The SDK's codes for what a mempool refuses.
const TX_IN_MEMPOOL_CACHE: u32 = 19;
const MEMPOOL_IS_FULL: u32 = 20;
const TX_TOO_LARGE: u32 = 21;

fn decoded<M: Message + Default>(message: &[u8]) -> Result<M, Status> {
    M::decode(message)
        .map_err(|error| Status::internal(format!("grpc: error unmarshalling request: {error}")))
}

fn unavailable(error: history::HistoryError) -> Status {
    Status::internal(error.to_string())
}

/// Offers a transaction to the mempool.
pub(super) fn broadcast_tx(backend: &dyn Backend, message: &[u8]) -> Reply {
    let request: BroadcastTxRequest = decoded(message)?;
    if request.tx_bytes.is_empty() {
        return Err(Status::invalid_argument("invalid empty tx"));
    }
    let mode = BroadcastMode::try_from(request.mode).unwrap_or(BroadcastMode::Unspecified);
    if !matches!(mode, BroadcastMode::Sync | BroadcastMode::Async) {
        return Err(Status::unknown("unsupported broadcast mode; supported modes: sync, async"));
    }
    let txhash = hex::encode_upper(tx_hash(&request.tx_bytes));
    let refused =
        |code, codespace: &str| TxResult { code, codespace: codespace.to_owned(), ..TxResult::default() };
    let checked = match backend.broadcast(request.tx_bytes) {
        Ok(_) if mode == BroadcastMode::Async => TxResult::default(),
        Ok(checked) => checked,
        Err(TxRefused::Known) => refused(TX_IN_MEMPOOL_CACHE, "sdk"),
        Err(TxRefused::Full { .. }) => refused(MEMPOOL_IS_FULL, "sdk"),
        Err(TxRefused::TooLarge { .. }) => refused(TX_TOO_LARGE, "sdk"),
        Err(other) => return Err(Status::unknown(other.to_string())),
    };
    let tx_response = TxResponse {
        txhash,
        code: checked.code,
        codespace: checked.codespace,
        data: hex::encode_upper(&checked.data),
        raw_log: checked.log,
        ..TxResponse::default()
    };
    let height = Height(History::of(backend).tip().map_err(unavailable)?);
    Ok((BroadcastTxResponse { tx_response: Some(tx_response) }.encode_to_vec(), height))
}

/// A transaction in a block, by its hash.
pub(super) fn get_tx(backend: &dyn Backend, message: &[u8]) -> Reply {
    let request: GetTxRequest = decoded(message)?;
    if request.hash.is_empty() {
        return Err(Status::invalid_argument("tx hash cannot be empty"));
    }
    let rows = &History::of(backend);
    let missing = || Status::not_found(format!("tx not found: {}", request.hash));
    let hash = hex::decode(&request.hash).ok().and_then(|hash| <[u8; 32]>::try_from(hash).ok());
    let hash = hash.ok_or_else(missing)?;
    let stored = history::tx(rows, &hash).map_err(unavailable)?.ok_or_else(missing)?;
    let header = history::header(rows, stored.height).map_err(unavailable)?.ok_or_else(missing)?;
    let tx = Tx::decode(stored.tx.as_slice())
        .map_err(|error| Status::internal(format!("the transaction is none of the SDK's: {error}")))?;
    let result = stored.result;
    let tx_response = TxResponse {
        height: i64::try_from(stored.height.0).unwrap_or(i64::MAX),
        txhash: hex::encode_upper(hash),
        codespace: result.codespace,
        code: result.code,
        data: hex::encode_upper(&result.data),
        raw_log: result.log,
        logs: Vec::new(),
        info: String::new(),
        gas_wanted: result.gas_wanted,
        gas_used: result.gas_used,
        tx: Some(Any { type_url: "/cosmos.tx.v1beta1.Tx".to_owned(), value: stored.tx }),
        timestamp: seconds(types::Header::from(header)),
        events: result.events.into_iter().map(event).collect(),
    };
    let height = Height(rows.tip().map_err(unavailable)?);
    Ok((GetTxResponse { tx: Some(tx), tx_response: Some(tx_response) }.encode_to_vec(), height))
}

/// The time of a block without fractions of a second.
fn seconds(header: types::Header) -> String {
    let time = header.time.and_then(|time| ics_abci::Time::new(time.seconds, 0).ok());
    time.map(crate::rpc::json::form::rfc3339).unwrap_or_default()
}

fn event(event: Event) -> raw::Event {
    let attributes = event.attributes.into_iter();
    let attribute =
        |one: ics_abci::Attribute| raw::EventAttribute { key: one.key, value: one.value, index: true };
    raw::Event { r#type: event.kind, attributes: attributes.map(attribute).collect() }
}
