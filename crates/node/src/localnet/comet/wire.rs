//! A chain at the other end of a wire: CometBFT's JSON-RPC, read as a relayer reads a chain.
//!
//! Journey: [`Wire::refresh`] notes how far the application is → everything of a step is read as of then. CometBFT stores a
//! block before the application has it, so the application is who is asked; and what waits in the mempool is asked before
//! that, so that what is in neither has not been sent.
//! Source: CometBFT 0.38 `rpc/core`.

use crate::rpc::{Comet, EngineError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ics_abci::{Answer, Attribute, Event, Height, Query, Time, TxResult};
use ics_proto::tendermint::types::{SignedHeader, ValidatorSet};
use ics_relay::{LightBlock, View, ViewError};
use ics_world::{Endpoint, Submission, SubmitError, account_at};
use serde_json::{Value, json};
use std::cell::Cell;
use std::net::SocketAddr;
use tendermint::block::signed_header;
use tendermint::validator::{Info, Set};

/// Validators of one page, which is the most that CometBFT gives.
const PAGE: usize = 100;
/// Blocks after which a transaction that is in none of them, while others wait too, counts as lost.
const GIVEN_UP_AFTER: u64 = 20;

/// A chain, by one of its nodes.
pub(super) struct Wire {
    /// None for an address that is none.
    comet: Option<Comet>,
    chain_id: String,
    prefix: &'static str,
    tip: (Height, Time),
    base: Height,
    /// Whether any transaction waited for a block before the application was asked.
    has_work: bool,
    /// Whether a question had no answer since the last refresh: what was concluded from that is not sent.
    is_broken: Cell<bool>,
}

/// What a block did.
pub(super) struct Done {
    /// Events of its beginning and its end.
    pub(super) events: Vec<Event>,
    pub(super) txs: Vec<TxResult>,
    /// How many validators change.
    pub(super) changes: usize,
}

impl Wire {
    /// A chain of which nothing is known yet.
    pub(super) fn new(addr: SocketAddr, chain_id: &str, prefix: &'static str) -> Self {
        Self {
            comet: Comet::at(&format!("http://{addr}")).ok(),
            chain_id: chain_id.to_owned(),
            prefix,
            tip: (Height(0), Time::UNIX_EPOCH),
            base: Height(0),
            has_work: true,
            is_broken: Cell::new(true),
        }
    }

    /// Looks how far the chain is; says whether it has got further. One that does not answer has not.
    pub(super) fn refresh(&mut self) -> bool {
        let before = self.tip.0;
        let read = self.look();
        self.is_broken.set(read.is_none());
        read.is_some() && self.tip.0 > before
    }

    fn call(&self, method: &str, params: Value) -> Result<Value, EngineError> {
        let away = |why: String| EngineError::Away(why);
        let comet = self.comet.as_ref().ok_or_else(|| away("there is no node".to_owned()))?;
        let found = comet.call(method, &params)?;
        serde_json::from_str(found.get()).map_err(|error| away(error.to_string()))
    }

    fn look(&mut self) -> Option<()> {
        self.has_work = number(&self.call("num_unconfirmed_txs", json!({})).ok()?, "/total")? > 0;
        let info = self.call("abci_info", json!({})).ok()?;
        let height = Height(number(&info, "/response/last_block_height")?);
        if height == self.tip.0 {
            return Some(());
        }
        let header = self.call("header", json!({"height": height.to_string()})).ok()?;
        let time = Time::parse(text(&header, "/header/time")).ok()?;
        let status = self.call("status", json!({})).ok()?;
        self.base = Height(number(&status, "/sync_info/earliest_block_height")?);
        self.tip = (height, time);
        Some(())
    }

    /// When a block was, and what it did.
    ///
    /// # Errors
    /// [`ViewError::NoBlock`].
    pub(super) fn block(&self, height: Height) -> Result<(Time, Done), ViewError> {
        let header = self.at("header", height)?;
        let time = Time::parse(text(&header, "/header/time")).map_err(|_| ViewError::NoBlock(height))?;
        Ok((time, self.result(height)?))
    }

    fn result(&self, height: Height) -> Result<Done, ViewError> {
        let found = self.at("block_results", height)?;
        let listed = |key: &str| found.get(key).and_then(Value::as_array).into_iter().flatten();
        let tx = |tx: &Value| TxResult {
            code: tx
                .get("code")
                .and_then(Value::as_u64)
                .and_then(|code| u32::try_from(code).ok())
                .unwrap_or(0),
            log: text(tx, "/log").to_owned(),
            events: events(tx.get("events")),
            ..TxResult::default()
        };
        Ok(Done {
            events: events(found.get("finalize_block_events")),
            txs: listed("txs_results").map(tx).collect(),
            changes: listed("validator_updates").count(),
        })
    }

    /// Asks a node about one of its blocks.
    fn at(&self, method: &str, height: Height) -> Result<Value, ViewError> {
        self.ask(method, json!({"height": height.to_string()})).map_err(|_| ViewError::NoBlock(height))
    }

    fn ask(&self, method: &str, params: Value) -> Result<Value, EngineError> {
        self.call(method, params).inspect_err(|_| self.is_broken.set(true))
    }

    /// The validators that sign a block, and their powers.
    ///
    /// # Errors
    /// [`ViewError::NoBlock`].
    pub(super) fn members(&self, height: Height) -> Result<Vec<Info>, ViewError> {
        let mut members: Vec<Info> = Vec::new();
        for page in 1_usize.. {
            let params = json!({
                "height": height.to_string(),
                "page": page.to_string(),
                "per_page": PAGE.to_string(),
            });
            let mut found = self.ask("validators", params).map_err(|_| ViewError::NoBlock(height))?;
            let listed = found.get_mut("validators").map(Value::take).unwrap_or_default();
            let listed: Vec<Info> = decoded(listed, "validators")?;
            let is_last = listed.len() < PAGE;
            members.extend(listed);
            let total = number(&found, "/total").and_then(|total| usize::try_from(total).ok());
            if is_last || total.is_none_or(|total| members.len() >= total) {
                break;
            }
        }
        Ok(members)
    }

    fn answer(&self, query: &Query) -> Option<Answer> {
        let params = json!({
            "path": query.path,
            "data": hex::encode(&query.data),
            "height": query.height.to_string(),
            "prove": query.prove,
        });
        let mut found = self.ask("abci_query", params).ok()?;
        let response = found.get_mut("response").map(Value::take)?;
        let bytes = |value: &Value, pointer| BASE64.decode(text(value, pointer)).ok();
        let proof = response.pointer("/proofOps/ops").and_then(Value::as_array).into_iter().flatten();
        let proof =
            proof.map(|op| Some((text(op, "/type").to_owned(), bytes(op, "/key")?, bytes(op, "/data")?)));
        Some(Answer {
            code: u32::try_from(number(&response, "/code")?).ok()?,
            log: text(&response, "/log").to_owned(),
            codespace: text(&response, "/codespace").to_owned(),
            key: bytes(&response, "/key")?,
            value: bytes(&response, "/value")?,
            proof: proof.collect::<Option<_>>()?,
            height: Height(number(&response, "/height")?),
        })
    }
}

fn decoded<T: serde::de::DeserializeOwned>(value: Value, what: &str) -> Result<T, ViewError> {
    serde_json::from_value(value).map_err(|_| ViewError::Undecodable(what.to_owned()))
}

fn events(listed: Option<&Value>) -> Vec<Event> {
    let attribute = |attribute: &Value| Attribute {
        key: text(attribute, "/key").to_owned(),
        value: text(attribute, "/value").to_owned(),
    };
    let event = |event: &Value| {
        let attributes = event.get("attributes").and_then(Value::as_array).into_iter().flatten();
        Event { kind: text(event, "/type").to_owned(), attributes: attributes.map(attribute).collect() }
    };
    listed.and_then(Value::as_array).into_iter().flatten().map(event).collect()
}

impl View for Wire {
    fn chain_id(&self) -> &str {
        &self.chain_id
    }

    fn tip(&self) -> (Height, Time) {
        self.tip
    }

    fn base(&self) -> Height {
        self.base
    }

    fn light_block(&self, height: Height) -> Result<LightBlock, ViewError> {
        let mut found = self.at("commit", height)?;
        let signed = found.get_mut("signed_header").map(Value::take).unwrap_or_default();
        let signed: signed_header::SignedHeader = decoded(signed, "commit")?;
        let members = self.members(height)?;
        let set = Set::with_proposer(members, signed.header().proposer_address);
        let set = set.map_err(|_| ViewError::Undecodable("validators".to_owned()))?;
        Ok(LightBlock { signed_header: SignedHeader::from(signed), validators: ValidatorSet::from(set) })
    }

    fn validators(&self, height: Height) -> Result<ValidatorSet, ViewError> {
        self.members(height).map(|members| ValidatorSet::from(Set::without_proposer(members)))
    }

    fn events(&self, height: Height) -> Result<Vec<Event>, ViewError> {
        let result = self.result(height)?;
        let of_txs = result.txs.into_iter().filter(|tx| tx.code == 0).flat_map(|tx| tx.events);
        Ok(result.events.into_iter().chain(of_txs).collect())
    }

    fn query(&self, query: &Query) -> Answer {
        self.answer(query).unwrap_or_else(|| {
            self.is_broken.set(true);
            Answer { code: 1, log: format!("{} does not answer", self.chain_id), ..Answer::default() }
        })
    }
}

impl Endpoint for Wire {
    fn prefix(&self) -> &str {
        self.prefix
    }

    /// By the signer's sequence. A node tells neither what became of a transaction that is in no block, nor whether it holds
    /// one among many others, so that one is given up after a while: as long as it waits after all, the node refuses another.
    fn may_wait(&self, sent: &Submission) -> bool {
        let is_given_up = self.tip.0.0.saturating_sub(sent.after.0) >= GIVEN_UP_AFTER;
        let is_in_block = || {
            let account = account_at(self, &sent.signer, self.tip.0);
            account.is_ok_and(|account| account.sequence >= sent.sequence)
        };
        self.has_work && !is_given_up && !is_in_block()
    }

    fn offer(&mut self, tx: &[u8]) -> Result<(), SubmitError> {
        let refused = |code, log| SubmitError::Refused { code, log };
        if self.is_broken.get() {
            return Err(refused(0, format!("{} did not answer", self.chain_id)));
        }
        let said = self.ask("broadcast_tx_sync", json!({"tx": BASE64.encode(tx)}));
        let said = said.map_err(|error| refused(0, error.to_string()))?;
        match number(&said, "/code").and_then(|code| u32::try_from(code).ok()) {
            Some(0) => Ok(()),
            code => Err(refused(code.unwrap_or(1), text(&said, "/log").to_owned())),
        }
    }
}

/// A number that CometBFT writes as text, or leaves out where it is 0.
fn number(value: &Value, pointer: &str) -> Option<u64> {
    match value.pointer(pointer) {
        None | Some(Value::Null) => Some(0),
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_u64(),
    }
}

/// A text; empty where there is none.
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
