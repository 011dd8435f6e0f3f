//! The services of the Cosmos SDK that ask the engine, not the application: blocks, sets, transactions in blocks.
//!
//! Journey: a path and a message, by gRPC, REST or `abci_query` → a method here, or else the application → the reply.
//! Source: the SDK's `client/grpc/cmtservice`, `x/auth/tx/service.go`, of version 0.50.

#![allow(clippy::result_large_err)] // a tonic status is as large as tonic makes it

mod block;
mod node;
mod page;
mod set;
mod tx;

use super::grpc::status;
use super::node::Asked;
use super::{Deadline, EngineError, Node};
use ics_abci::{Answer, Height, Query};
use prost::Message;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tonic::Status;

/// A reply: a message, and after which block it was so.
pub(crate) type Reply = Result<(Vec<u8>, Height), Status>;

/// A method that brings something; it is none of `abci_query`'s, which reads.
const BROADCAST_TX: &str = "/cosmos.tx.v1beta1.Service/BroadcastTx";

/// What a method answers to a message, at a height, 0 for the last.
pub(crate) fn answer(
    node: &dyn Node,
    (path, message): (&str, &[u8]),
    height: Height,
    until: Deadline,
) -> Reply {
    let node = &Asked { node, until };
    if let Some(reply) = of_engine(node, path, message, height) {
        return Ok((reply?, if height.0 == 0 { node.height() } else { height }));
    }
    let query = Query { path: path.to_owned(), data: message.to_vec(), height, prove: false };
    let answer = node.ask(&query);
    if answer.code == 0 { Ok((answer.value, answer.height)) } else { Err(status::of(&answer, path)) }
}

/// The same as ABCI has it: the application's answer, or that of a service here that reads; after the deadline, that it has
/// passed.
pub(crate) fn abci(node: &dyn Node, query: &Query, until: Deadline) -> Answer {
    let node = &Asked { node, until };
    let reads = query.path != BROADCAST_TX;
    let reply = reads.then(|| of_engine(node, &query.path, &query.data, query.height)).flatten();
    let answer = match reply {
        None => node.ask(query),
        Some(reply) => {
            let height = if query.height.0 == 0 { node.height() } else { query.height };
            match reply {
                Ok(value) => Answer { value, height, ..Answer::default() },
                Err(refused) => Answer { height, ..status::to_abci(&refused) },
            }
        }
    };
    // What was stopped is no answer.
    until
        .check()
        .map_or_else(|late| status::to_abci(&Status::deadline_exceeded(late.to_string())), |()| answer)
}

/// The reply of a method that is written here.
fn of_engine(
    node: &Asked<'_>,
    path: &str,
    message: &[u8],
    height: Height,
) -> Option<Result<Vec<u8>, Status>> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    Some(match (service, method) {
        ("cosmos.tx.v1beta1.Service", "BroadcastTx") => {
            run(message, |request| tx::broadcast_tx(node, request))
        }
        ("cosmos.tx.v1beta1.Service", "GetTx") => run(message, |request| tx::get_tx(node, &request)),
        ("cosmos.tx.v1beta1.Service", "GetTxsEvent") => {
            run(message, |request| tx::get_txs_event(node, request))
        }
        ("cosmos.tx.v1beta1.Service", "GetBlockWithTxs") => {
            run(message, |request| block::get_block_with_txs(node, &request, height))
        }
        ("cosmos.tx.v1beta1.Service", "TxDecode") => run(message, |request| tx::tx_decode(&request)),
        ("cosmos.tx.v1beta1.Service", "TxEncode") => run(message, tx::tx_encode),
        ("cosmos.tx.v1beta1.Service", "TxEncodeAmino" | "TxDecodeAmino") => Err(Status::unimplemented(
            format!("{method} is not supported: transactions are read and written in protobuf here"),
        )),
        ("cosmos.base.tendermint.v1beta1.Service", "GetLatestBlock") => {
            run(message, |request| block::get_latest_block(node, request))
        }
        ("cosmos.base.tendermint.v1beta1.Service", "GetBlockByHeight") => {
            run(message, |request| block::get_block_by_height(node, &request))
        }
        ("cosmos.base.tendermint.v1beta1.Service", "GetLatestValidatorSet") => {
            run(message, |request| set::get_latest_validator_set(node, request))
        }
        ("cosmos.base.tendermint.v1beta1.Service", "GetValidatorSetByHeight") => {
            run(message, |request| set::get_validator_set_by_height(node, request))
        }
        ("cosmos.base.tendermint.v1beta1.Service", "GetSyncing") => {
            run(message, |request| node::get_syncing(node, request))
        }
        ("cosmos.base.tendermint.v1beta1.Service", "GetNodeInfo") => {
            run(message, |request| node::get_node_info(node, request, height))
        }
        ("cosmos.base.node.v1beta1.Service", "Status") => {
            run(message, |request| node::get_status(node, request))
        }
        ("cosmos.base.tendermint.v1beta1.Service", "ABCIQuery") => {
            run(message, |request| node::abci_query(node, request))
        }
        _ => return None,
    })
}

/// A method of typed messages, as bytes.
fn run<Q: Message + Default, A: Message>(
    message: &[u8],
    method: impl FnOnce(Q) -> Result<A, Status>,
) -> Result<Vec<u8>, Status> {
    let request = Q::decode(message)
        .map_err(|error| Status::internal(format!("grpc: error unmarshalling request: {error}")))?;
    Ok(method(request)?.encode_to_vec())
}

/// What the engine answers, read.
fn engine<A: DeserializeOwned>(node: &Asked<'_>, method: &str, params: &Value) -> Result<A, Status> {
    let result = node.engine(method, params)?;
    serde_json::from_str(result.get())
        .map_err(|error| Status::internal(format!("the engine's answer to {method} is odd: {error}")))
}

impl From<EngineError> for Status {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Refused(why) => Self::unknown(why),
            EngineError::Away(why) => Self::unavailable(why),
            EngineError::Late(late) => Self::deadline_exceeded(late.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ics_store::Snapshot;
    use serde_json::value::RawValue;
    use std::time::Duration;

    /// An application that answers at once, whatever the time, as one that was stopped does.
    struct Hasty;

    impl Node for Hasty {
        fn ask(&self, _: &Query, _: Deadline) -> Answer {
            Answer { value: b"half a list".to_vec(), ..Answer::default() }
        }
        fn engine(&self, _: &str, _: &Value, _: Deadline) -> Result<Box<RawValue>, EngineError> {
            Err(EngineError::Away("there is none".to_owned()))
        }
        fn height(&self) -> Height {
            Height(1)
        }
        fn oldest(&self) -> Height {
            Height(1)
        }
        fn state(&self) -> Option<Snapshot> {
            None
        }
        fn chain_id(&self) -> String {
            String::new()
        }
        fn prefix(&self) -> String {
            String::new()
        }
    }

    #[test]
    fn what_was_stopped_is_no_answer_over_abci_either() {
        let query = Query { path: "/a.B/C".to_owned(), data: Vec::new(), height: Height(0), prove: false };
        let in_time = abci(&Hasty, &query, Deadline::after(Duration::from_secs(3_600)));
        assert_eq!((in_time.code, in_time.value), (0, b"half a list".to_vec()));
        let late = abci(&Hasty, &query, Deadline::after(Duration::ZERO));
        let log = "rpc error: code = DeadlineExceeded desc = there is no answer within 0ns: \
                   ask for less at once, or for fewer heights: unknown request";
        assert_eq!((late.code, late.log.as_str(), late.value), (6, log, Vec::new()));
    }
}
