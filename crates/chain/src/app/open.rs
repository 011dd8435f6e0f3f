//! A block being executed: opened by the app, closed into what the app commits next.
//!
//! It owns all that it needs, so whoever drives the chain can hold it for as long as it likes, deliver transactions one at
//! a time and ask about the state between them, while the app goes on to answer for the blocks before.
//! Journey: [`super::App::open`] → [`OpenBlock::deliver`]… → [`OpenBlock::close`] → [`super::App::accept`].

use super::{Executed, Fixed, halt};
use crate::ctx::Base;
use crate::query::{QueryCtx, QueryError};
use crate::tx::{Mode, run};
use crate::{BlockInfo, Ctx, Error, headers};
use ics_abci::{Attribute, BlockResult, Event, Halt, TxResult};
use ics_kv::{Journal, Read};
use ics_proto::Any;
use ics_store::Multistore;
use std::sync::Arc;

/// A block being executed.
pub struct OpenBlock {
    fixed: Arc<Fixed>,
    store: Multistore,
    info: BlockInfo,
    state: Journal<Base>,
    events: Vec<Event>,
    txs: Vec<TxResult>,
}

/// A block that was executed, and its state.
pub struct Closed {
    pub(super) result: BlockResult,
    pub(super) executed: Executed,
}

impl OpenBlock {
    pub(super) fn begin(
        fixed: Arc<Fixed>,
        store: Multistore,
        info: BlockInfo,
        state: Journal<Base>,
    ) -> Result<Self, Halt> {
        let mut open = Self { fixed, store, info, state, events: Vec::new(), txs: Vec::new() };
        open.events = open.with_ctx(|ctx, fixed| {
            headers::record(ctx).map_err(|corrupt| Halt(corrupt.to_string()))?;
            (fixed.role.begin_block)(ctx).map_err(|error| halt("begin block", &error))?;
            Ok(marked(ctx.take_events(), "BeginBlock"))
        })?;
        Ok(open)
    }

    /// Executes the next transaction of the block.
    ///
    /// # Errors
    /// [`Halt`] where state is corrupt.
    pub fn deliver(&mut self, tx: &[u8]) -> Result<&TxResult, Halt> {
        let outcome = self.with_ctx(|ctx, fixed| run(ctx, &fixed.terms(), tx, Mode::Deliver));
        self.txs.push(outcome.map_err(|corrupt| Halt(corrupt.to_string()))?.into_result());
        self.txs.last().ok_or_else(|| Halt("a transaction without a result".to_owned()))
    }

    /// Executes a message in the name of whoever it speaks for, as governance does with what was voted for: nobody
    /// signs, nobody pays. It is part of no transaction, so a chain that is replayed from its blocks does not know of it:
    /// for the drivers of models, in which decisions take no time.
    ///
    /// # Errors
    /// What the message is refused for; the state is as before.
    pub fn decree(&mut self, message: &Any) -> Result<Vec<Event>, Error> {
        self.with_ctx(|ctx, _| {
            let route = ctx.chain.route(&message.type_url);
            let unknown = || Error::unknown_request(format!("no message route for {}", message.type_url));
            let route = route.ok_or_else(unknown)?;
            (route.check)(ctx.chain, &message.value)?;
            ctx.atomically(|ctx| (route.run)(ctx, &message.value))?;
            Ok(ctx.take_events())
        })
    }

    /// The block.
    #[must_use]
    pub fn info(&self) -> &BlockInfo {
        &self.info
    }

    /// The state so far; keys begin with the name of their store and a slash.
    #[must_use]
    pub fn state(&self) -> &(dyn Read + Send + Sync) {
        &self.state
    }

    /// Answers a gRPC method from the state so far: request and response are protobuf.
    ///
    /// # Errors
    /// [`QueryError`] with gRPC's status; unknown methods are `Unimplemented`.
    pub fn call(&self, path: &str, request: &[u8]) -> Result<Vec<u8>, QueryError> {
        let ctx = QueryCtx { state: &self.state, block: &self.info, chain: &self.fixed.chain };
        self.fixed.answer(&ctx, path, request)
    }

    /// Runs what comes after the transactions and works out the state's hash.
    ///
    /// # Errors
    /// [`Halt`] where state is corrupt.
    pub fn close(mut self) -> Result<Closed, Halt> {
        let (validators, events) = self.with_ctx(|ctx, fixed| {
            let updates = (fixed.role.end_block)(ctx).map_err(|error| halt("end block", &error))?;
            Ok((updates, marked(ctx.take_events(), "EndBlock")))
        })?;
        self.events.extend(events);
        let height = self.info.height.0;
        let working = self.store.working(height, self.state.changes());
        let working = working.map_err(|error| Halt(error.to_string()))?;
        let app_hash = working.app_hash();
        let result = BlockResult { events: self.events, txs: self.txs, validators, params: None, app_hash };
        Ok(Closed { result, executed: Executed { working, block: self.info } })
    }

    /// One step of the execution; what it wrote can no longer be undone after it.
    fn with_ctx<T>(&mut self, step: impl FnOnce(&mut Ctx<'_>, &Fixed) -> T) -> T {
        let empty = Journal::new(Arc::clone(self.state.base()));
        let state = core::mem::replace(&mut self.state, empty);
        let mut ctx = Ctx::resume(&self.fixed.chain, &self.info, state);
        let done = step(&mut ctx, &self.fixed);
        ctx.settle();
        self.state = ctx.into_state();
        done
    }
}

fn marked(mut events: Vec<Event>, mode: &str) -> Vec<Event> {
    for event in &mut events {
        event.attributes.push(Attribute { key: "mode".to_owned(), value: mode.to_owned() });
    }
    events
}
