//! Questions about a chain, answered beside everything else: from the state of any kept height, and by simulations on the
//! state that the mempool sees.
//!
//! Source: SDK baseapp `Query`; codes and texts as recorded (gRPC errors get the SDK's code for their status).

use super::node_info::{node_config, node_info};
use super::past::Past;
use super::{Fixed, block_at};
use crate::ctx::Base;
use crate::query::{QueryCtx, QueryError};
use crate::tx::{Mode, Outcome, run};
use crate::{BlockInfo, Ctx, Error};
use core::convert::Infallible;
use ics_abci::{Answer, Check, Event, Height, Query, Time, TxResult};
use ics_kv::rows::Rows;
use ics_kv::{Bytes, Corrupt, Journal, KeyRange, Read, Scan};
use ics_proto::cosmos::base::abci::v1beta1 as abci;
use ics_proto::cosmos::tx::v1beta1::{SimulateRequest, SimulateResponse};
use ics_proto::tendermint::abci as wire;
use ics_store::{Multistore, ProofError, Snapshot};
use prost::Message;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// A handle for questions. Clones share what they see.
#[derive(Clone)]
pub struct Reader {
    fixed: Arc<Fixed>,
    committed: Arc<RwLock<Arc<Committed>>>,
    check: Arc<Mutex<CheckState>>,
    /// What is in memory no longer, where the disk has it.
    past: Option<Arc<Past>>,
}

/// Committed state, with its history.
pub(super) struct Committed {
    pub(super) store: Multistore,
    pub(super) last: BlockInfo,
}

/// The last block's state with the transactions of the mempool on top: sequences and fees.
#[derive(Clone)]
pub(super) struct CheckState {
    pub(super) state: Journal<Base>,
    pub(super) block: BlockInfo,
}

/// A state that was asked for.
struct View {
    state: Snapshot,
    block: BlockInfo,
}

/// Whether whoever asked still waits for the answer.
type GoesOn<'a> = dyn Fn() -> bool + Sync + 'a;

/// A state whose lists end when nobody waits any longer.
struct Stoppable<'a> {
    state: &'a Snapshot,
    goes_on: &'a GoesOn<'a>,
}

impl Read for Stoppable<'_> {
    fn get(&self, key: &[u8]) -> Option<Bytes> {
        self.state.get(key)
    }

    fn scan(&self, range: KeyRange) -> Scan<'_> {
        Box::new(self.state.scan(range).take_while(|_| (self.goes_on)()))
    }
}

impl Reader {
    pub(super) fn new(fixed: Arc<Fixed>, committed: Committed, check: CheckState) -> Self {
        let committed = Arc::new(RwLock::new(Arc::new(committed)));
        Self { fixed, committed, check: Arc::new(Mutex::new(check)), past: None }
    }

    /// The same handle for questions about any height that these rows have, the chain's own: they forget none.
    #[must_use]
    pub fn reaching(mut self, rows: Arc<dyn Rows>) -> Self {
        let stores = super::stores(self.fixed.role);
        self.past = Some(Arc::new(Past::new(rows, stores, self.fixed.chain.initial_height)));
        self
    }

    pub(super) fn publish(&self, committed: Committed) {
        let Ok(()) = self.publish_written(committed, || Ok::<_, Infallible>(()));
    }

    pub(super) fn publish_written<E>(
        &self,
        committed: Committed,
        write: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let committed = Arc::new(committed);
        let old = {
            let mut slot = self.committed.write().unwrap_or_else(PoisonError::into_inner);
            write()?;
            core::mem::replace(&mut *slot, committed)
        };
        drop(old);
        Ok(())
    }

    pub(super) fn publish_check(&self, check: CheckState) {
        *self.check.lock().unwrap_or_else(PoisonError::into_inner) = check;
    }

    pub(super) fn check_state(&self) -> CheckState {
        self.check.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a transaction may enter the mempool: it is checked on the mempool's state, beside the block that runs, and
    /// what it changes is kept there until the next commit.
    #[must_use]
    pub fn check_tx(&self, tx: &[u8], check: Check) -> TxResult {
        let mode = match check {
            Check::New => Mode::Check,
            Check::Again => Mode::Recheck,
        };
        let mut slot = self.check.lock().unwrap_or_else(PoisonError::into_inner);
        let CheckState { state, block } = &mut *slot;
        let base = Arc::clone(state.base());
        let mut ctx = Ctx::resume(&self.fixed.chain, block, core::mem::replace(state, Journal::new(base)));
        let outcome = run(&mut ctx, &self.fixed.terms(), tx, mode);
        ctx.settle();
        *state = ctx.into_state();
        match outcome {
            Ok(outcome) => {
                let mut result = outcome.into_result();
                result.data = Vec::new();
                result
            }
            Err(corrupt) => refusal(Error::Corrupt(corrupt)),
        }
    }

    /// The last committed height; 0 before the first.
    #[must_use]
    pub fn height(&self) -> Height {
        Height(self.committed().store.tip().unwrap_or(0))
    }

    /// The earliest height whose state can be asked about; 0 before the first.
    #[must_use]
    pub fn oldest(&self) -> Height {
        let in_memory = self.committed().store.oldest().unwrap_or(0);
        let rebuilt = self.past.as_ref().and_then(|past| past.oldest());
        Height(rebuilt.map_or(in_memory, |oldest| oldest.min(in_memory)))
    }

    /// Height and time of the last committed block; none before the first.
    #[must_use]
    pub fn last(&self) -> Option<(Height, Time)> {
        let committed = self.committed();
        committed.store.tip().map(|tip| (Height(tip), committed.last.time))
    }

    /// The state after a kept height (0 for the last), to be read directly.
    #[must_use]
    pub fn state(&self, height: Height) -> Option<Snapshot> {
        let committed = self.committed();
        if height.0 == 0 { Some(committed.store.latest()) } else { committed.store.at(height.0) }
    }

    /// What a transaction would do and cost, on the mempool's state; nothing is kept.
    ///
    /// # Errors
    /// [`Corrupt`] state.
    pub fn simulate(&self, tx: &[u8]) -> Result<Outcome, Corrupt> {
        let CheckState { state, block } = self.check_state();
        let mut ctx = Ctx::resume(&self.fixed.chain, &block, state);
        run(&mut ctx, &self.fixed.terms(), tx, Mode::Simulate)
    }

    /// Answers a question of any kind.
    #[must_use]
    pub fn query(&self, query: &Query) -> Answer {
        self.query_while(query, &|| true)
    }

    /// The same as long as `goes_on` says so: it is asked before each entry of a list that is read, and once it says no,
    /// the state looks as if there were no further entries. The answer is then a wrong one: whoever stops a question has
    /// no use for its answer.
    #[must_use]
    pub fn query_while(&self, query: &Query, goes_on: &GoesOn<'_>) -> Answer {
        let answer = match query.path.as_str() {
            "" => Err(Error::unknown_request("no query path provided")),
            path if path.starts_with('/') && self.is_grpc(path) => self.grpc(query, goes_on),
            path => {
                let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
                match parts.as_slice() {
                    ["store", store, "key"] => self.store(query, store, goes_on),
                    ["app", "simulate"] => self.app_simulate(query),
                    ["app", "version"] => Ok(self.app_version()),
                    ["p2p", "filter", ..] => Ok(Answer::default()),
                    _ => Err(Error::unknown_request("unknown query path")),
                }
            }
        };
        answer.unwrap_or_else(|error| {
            let (codespace, code, log) = error.parts();
            // Whoever asks the chain's modules learns at which height they do not know.
            let height =
                if self.is_grpc(&query.path) && code != 26 { self.asked(query.height) } else { Height(0) };
            Answer { code, log, codespace, height, ..Answer::default() }
        })
    }

    /// Answers a gRPC method: request and response are protobuf. The height is that of the state it was answered from.
    ///
    /// # Errors
    /// [`QueryError`] with gRPC's status; unknown methods are `Unimplemented`.
    pub fn call(&self, path: &str, request: &[u8], height: Height) -> Result<(Vec<u8>, Height), QueryError> {
        if path == SIMULATE {
            return Ok((self.grpc_simulate(request)?, self.height()));
        }
        let goes_on: &GoesOn<'_> = &|| true;
        let view = self.view(height, goes_on).map_err(|error| QueryError::invalid(error.parts().2))?;
        Ok((self.call_on(&view, path, request, goes_on)?, view.block.height))
    }

    fn call_on(
        &self,
        view: &View,
        path: &str,
        request: &[u8],
        goes_on: &GoesOn<'_>,
    ) -> Result<Vec<u8>, QueryError> {
        let config = &self.fixed.config;
        match path {
            NODE_INFO => return Ok(node_info(config).encode_to_vec()),
            NODE_CONFIG => return Ok(node_config(config, self.past.is_some()).encode_to_vec()),
            _ => {}
        }
        let state = Stoppable { state: &view.state, goes_on };
        let ctx = QueryCtx { state: &state, block: &view.block, chain: &self.fixed.chain };
        self.fixed.answer(&ctx, path, request)
    }

    fn committed(&self) -> Arc<Committed> {
        Arc::clone(&self.committed.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn asked(&self, height: Height) -> Height {
        if height.0 == 0 { self.height() } else { height }
    }

    fn is_grpc(&self, path: &str) -> bool {
        [SIMULATE, NODE_INFO, NODE_CONFIG].contains(&path)
            || self.fixed.role.queries.iter().any(|table| table.iter().any(|route| route.path == path))
    }

    /// The state after a height that is committed, from memory or else rebuilt; none where it is forgotten.
    fn at(
        &self,
        committed: &Committed,
        height: Height,
        goes_on: &GoesOn<'_>,
    ) -> Result<Option<Snapshot>, Error> {
        let past = self.past.as_ref().filter(|_| Some(height.0) < committed.store.oldest());
        match (committed.store.at(height.0), past) {
            (None, Some(past)) => past.at(height, goes_on),
            (state, _) => Ok(state),
        }
    }

    /// The state after a height (0 for the last).
    fn view(&self, height: Height, goes_on: &GoesOn<'_>) -> Result<View, Error> {
        let committed = self.committed();
        let Some(tip) = committed.store.tip() else {
            let text = format!("{} is not ready; please wait for first block", self.fixed.role.name);
            return Err(Error::invalid_height(text));
        };
        if height.0 > tip {
            let text = "cannot query with height in the future; please provide a valid height";
            return Err(Error::invalid_height(text));
        }
        if height.0 == 0 || height.0 == tip {
            return Ok(View { state: committed.store.latest(), block: committed.last.clone() });
        }
        let pruned = || {
            let text = format!(
                "failed to load state at height {height}; version does not exist (latest height: {tip})"
            );
            Error::invalid_request(text)
        };
        let state = self.at(&committed, height, goes_on)?.ok_or_else(pruned)?;
        let block = block_at(&state, height).ok_or_else(pruned)?;
        Ok(View { state, block })
    }

    fn grpc(&self, query: &Query, goes_on: &GoesOn<'_>) -> Result<Answer, Error> {
        let (value, height) = if query.path == SIMULATE {
            (self.grpc_simulate(&query.data), self.height())
        } else {
            let view = self.view(query.height, goes_on)?;
            (self.call_on(&view, &query.path, &query.data, goes_on), view.block.height)
        };
        Ok(Answer { value: value.map_err(to_sdk)?, height, ..Answer::default() })
    }

    fn store(&self, query: &Query, store: &str, goes_on: &GoesOn<'_>) -> Result<Answer, Error> {
        let committed = self.committed();
        if !self.fixed.role.stores.contains(&store) && store != "headers" {
            let text = format!("no such store: {store}: unknown request");
            return Err(Error::refused("store", 4, text));
        }
        if query.data.is_empty() {
            return Err(Error::refused("store", 2, "query cannot be zero length: tx parse error"));
        }
        let height = self.asked(query.height);
        let state = match query.height.0 {
            0 => Some(committed.store.latest()),
            _ => self.at(&committed, height, goes_on)?,
        };
        let empty = || {
            let text = "proof is unexpectedly empty; ensure height has not been pruned: invalid request";
            Error::refused("store", 7, text)
        };
        let Some(state) = state else {
            if query.prove {
                return Err(empty());
            }
            let log = "version does not exist".to_owned();
            return Ok(Answer { log, key: query.data.clone(), height, ..Answer::default() });
        };
        let mut answer = Answer { key: query.data.clone(), height, ..Answer::default() };
        if query.prove {
            let proof = state.prove(store, &query.data).map_err(|error| match error {
                ProofError::EmptyStore(_) | ProofError::EmptyKey | ProofError::UnknownStore(_) => empty(),
            })?;
            let [inner, outer] = proof.encoded();
            answer.value = proof.value.map(|value| value.to_vec()).unwrap_or_default();
            answer.proof = vec![
                ("ics23:iavl".to_owned(), query.data.clone(), inner),
                ("ics23:simple".to_owned(), store.as_bytes().to_vec(), outer),
            ];
        } else {
            let full = [store.as_bytes(), b"/", &query.data].concat();
            answer.value = state.get(&full).map(|value| value.to_vec()).unwrap_or_default();
        }
        Ok(answer)
    }

    fn app_version(&self) -> Answer {
        let value = env!("CARGO_PKG_VERSION").as_bytes().to_vec();
        Answer { value, height: self.height(), codespace: "sdk".to_owned(), ..Answer::default() }
    }

    fn app_simulate(&self, query: &Query) -> Result<Answer, Error> {
        let outcome = self.simulate(&query.data)?;
        let (_, response) = simulated(outcome).map_err(|(error, _)| error.within("failed to simulate tx"))?;
        let value = response.encode_to_vec();
        Ok(Answer { value, height: self.height(), codespace: "sdk".to_owned(), ..Answer::default() })
    }

    #[allow(deprecated, reason = "old clients send the transaction in the old field")]
    fn grpc_simulate(&self, request: &[u8]) -> Result<Vec<u8>, QueryError> {
        let request = SimulateRequest::decode(request)
            .map_err(|error| QueryError::invalid(format!("cannot decode the request: {error}")))?;
        let bytes = match (request.tx_bytes, request.tx) {
            (bytes, _) if !bytes.is_empty() => bytes,
            (_, Some(tx)) => tx.encode_to_vec(),
            (_, None) => return Err(QueryError::invalid("empty txBytes is not allowed")),
        };
        let (_, response) = simulated(self.simulate(&bytes)?)
            .map_err(|(error, gas)| QueryError::unknown(format!("{error} with gas used: '{gas}'")))?;
        Ok(response.encode_to_vec())
    }
}

const SIMULATE: &str = "/cosmos.tx.v1beta1.Service/Simulate";
const NODE_INFO: &str = "/cosmos.base.tendermint.v1beta1.Service/GetNodeInfo";
const NODE_CONFIG: &str = "/cosmos.base.node.v1beta1.Service/Config";

#[allow(deprecated, reason = "old clients read the response from the old field")]
fn simulated(outcome: Outcome) -> Result<(u64, SimulateResponse), (Error, u64)> {
    let gas_info = abci::GasInfo { gas_wanted: outcome.gas_wanted, gas_used: outcome.gas_used };
    let used = outcome.gas_used;
    let msg_responses = outcome.result.map_err(|error| (error, used))?;
    let data = abci::TxMsgData { msg_responses: msg_responses.clone(), ..abci::TxMsgData::default() };
    let result = abci::Result {
        data: data.encode_to_vec(),
        events: outcome.events.into_iter().map(event).collect(),
        msg_responses,
        ..abci::Result::default()
    };
    Ok((used, SimulateResponse { gas_info: Some(gas_info), result: Some(result) }))
}

fn event(event: Event) -> wire::Event {
    let attributes = event.attributes.into_iter();
    let attributes = attributes.map(|attribute| wire::EventAttribute {
        key: attribute.key,
        value: attribute.value,
        index: false,
    });
    wire::Event { r#type: event.kind, attributes: attributes.collect() }
}

fn refusal(error: Error) -> TxResult {
    let (codespace, code, log) = error.parts();
    TxResult { code, log, codespace, ..TxResult::default() }
}

/// An error with a gRPC status as ABCI carries it. One without a status (`Unknown`) is an SDK error, whose text stands
/// for itself.
fn to_sdk(error: QueryError) -> Error {
    let QueryError { grpc, message } = error;
    let with_status = |name: &str| format!("rpc error: code = {name} desc = {message}");
    match grpc {
        2 => Error::unknown_request(message),
        3 => Error::invalid_request(with_status("InvalidArgument")),
        5 => Error::key_not_found(with_status("NotFound")),
        9 => Error::invalid_request(with_status("FailedPrecondition")),
        16 => Error::unauthorized(with_status("Unauthenticated")),
        12 => Error::unknown_request(with_status("Unimplemented")),
        13 => Error::unknown_request(with_status("Internal")),
        other => Error::unknown_request(with_status(&format!("Code({other})"))),
    }
}
